"""Drop and paste anywhere on the page, and the page's language where the framework knows only English."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.components.v2.bidi_component import ComponentResult

from ui.components.loading import texts_of

register = st.components.v2.component("koutu_attach", **texts_of("attach"))


def attach(*, lang: str, label: str, words: Mapping[str, str] | None = None, key: str = "attach") -> ComponentResult:
    """Files dropped or pasted anywhere go to the page's chat input; nothing of it is seen until something is dragged.

    ``lang`` becomes the language of the page for browsers and screen readers ("zh-CN", "en"). ``label`` is what the
    overlay says while files are dragged over the page. ``words`` replaces fixed texts of the framework: from its
    English to what shall stand there. Returns the component's result, which holds nothing.
    """
    return register(data={"lang": lang, "label": label, "words": dict(words or {})}, key=key, height=1)
