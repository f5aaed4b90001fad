"""Drop and paste anywhere on the page, and the page's language where the framework knows only English."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.bidi_component import ComponentResult

from ui.components.loading import texts_of

register = st.components.v2.component("koutu_attach", **texts_of("attach"))


def attach(*, lang: str, label: str, key: str) -> ComponentResult:
    """Files dropped or pasted anywhere go to the page's chat input; nothing of it is seen until something is dragged.

    ``lang`` ("zh" or "en") becomes the language of the page for browsers and screen readers, and the framework's own
    fixed words are replaced as ``texts/framework.toml`` says. ``label`` is what the overlay says while files are
    dragged over the page. Returns the component's result, which holds nothing.
    """
    data = {"lang": TAGS.get(lang, lang), "label": label, "words": _words().get(lang, {})}
    return register(data=data, key=key, height=1)


TAGS = {"zh": "zh-CN"}


@cache
def _words() -> dict[str, dict[str, str]]:
    file = Path(__file__).parents[3] / "texts" / "framework.toml"
    return tomllib.loads(file.read_text("utf-8"))
