"""The result viewer: before/after, matte, zoom, backgrounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.components.v2.bidi_component import ComponentResult

from ui.components.loading import texts_of

register = st.components.v2.component("koutu_compare", **texts_of("compare", "viewport.js"))

LABELS = (
    "look", "slider", "result", "matte", "before", "after", "divider", "fit", "full", "fullscreen", "behind", "checker",
    "black", "white", "colour", "unsure", "loading", "failed",
)  # fmt: skip
"""What ``labels`` has to hold; the sentences are ``compare.*`` of the texts."""


def compare(
    *,
    before: str,
    after: str,
    matte: str,
    width: int,
    height: int,
    preview_before: str,
    preview_after: str,
    preview_matte: str,
    labels: Mapping[str, str],
    opaque: bool,
    key: str,
    regions: Sequence[Mapping[str, Any]] = (),
) -> ComponentResult:
    """One result, to look at. All pictures are addresses of this server; ``width`` x ``height`` is the full size.

    ``before`` and ``after`` are the full pictures (straight alpha), ``matte`` is grey and may be "" (no such view);
    the previews are the same ones small. ``opaque``: nothing is transparent, so no backgrounds are offered.
    ``regions``: places where the matte may be wrong, ``{"box": (x0, y0, x1, y1) in shares of the picture, "label"}``.
    Returns the component's result, which holds nothing: what is looked at stays in the browser.
    """
    data = {
        "before": before,
        "after": after,
        "matte": matte,
        "width": width,
        "height": height,
        "preview_before": preview_before,
        "preview_after": preview_after,
        "preview_matte": preview_matte,
        "labels": {name: labels[name] for name in LABELS},
        "opaque": opaque,
        "regions": [{"box": list(r["box"]), "label": r["label"]} for r in regions],
    }
    return register(data=data, key=key)
