"""Settings by hand (手动设置): a form made from the tools' fields, with the actual picture following it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.components.v2.bidi_component import ComponentResult

from ui.components.loading import texts_of

register = st.components.v2.component(
    "koutu_settings",
    **texts_of("settings", "viewport.js", "settings/edges.js", "settings/preview.js", "settings/form.js"),
)

LABELS = (
    "apply", "cancel", "reset", "recommended", "advanced", "preview", "before", "fit", "full", "loading", "failed",
)  # fmt: skip
"""What ``labels`` has to hold; the sentences are ``form.*`` of the texts."""


def settings_form(
    *,
    steps: Sequence[Mapping[str, Any]],
    preview: Mapping[str, Any] | None,
    labels: Mapping[str, str],
    key: str,
    colors: Sequence[Mapping[str, str]] = (),
    on_apply: Callable[[], None] | None = None,
    on_cancel: Callable[[], None] | None = None,
) -> ComponentResult:
    """The form; ``.apply`` or ``.cancel`` of the result is set in the one run after the button was pressed.

    ``steps``: ``{"call", "tool", "label", "fields": [...]}`` for each call of the proposal; a field is ``{"name",
    "type", "label", "hint", "minimum", "maximum", "step", "recommended": [lo, hi], "unit", "choices": [{"value",
    "label"}], "value", "advanced", "shown_if": [field, [values]]}``, of which only name, type and label are needed.
    Types are those of ``tools.registry`` but "pictures". ``value`` is the value now; None means not set.

    ``preview``: ``{"foreground", "original", "alpha", "scale"}``, addresses of the same small size (about 1 MP):
    estimated colours, the picture as it came, and the network's alpha as grey; ``scale`` is that size over the
    original's. ``alpha`` may also be ``{value of keep: address}``. Optional:
    ``behind`` (picture id: address) for backgrounds; ``recipe`` (``Recipe.to_json``) as it is now, for what the form
    does not ask. None leaves the preview out.

    ``colors``: swatches, ``{"value": "#RRGGBB", "label"}``; without them a few common ones.

    ``apply`` is ``{call: {field: value}}``: only what the person changed and what became visible by a change (the
    colour when the kind became "color"), so ``arguments | values`` are the arguments to run. ``cancel`` is True.
    """
    data = {
        "steps": [dict(step) for step in steps],
        "preview": None if preview is None else dict(preview),
        "labels": {name: labels[name] for name in LABELS},
        "colors": [dict(color) for color in colors],
    }
    return register(data=data, key=key, on_apply_change=on_apply or _nothing, on_cancel_change=on_cancel or _nothing)


def _nothing() -> None:
    """A trigger reaches the result only if it has a callback."""
