"""The page script: sidebar, the log, the input. It draws what the conversation says and decides nothing."""

from __future__ import annotations

import streamlit as st

from agent.store import Summary
from ui import log
from ui.components.attach import attach
from ui.session import assistant
from ui.sidebar import sidebar
from ui.style import style
from ui.words import Words, language_of_page

PICTURES = ["jpg", "jpeg", "jfif", "png", "webp", "tif", "tiff", "bmp", "gif", "heic", "heif", "avif", "zip"]


def page() -> None:
    """Draws everything once."""
    words = Words(language_of_page())
    st.set_page_config(page_title="Koutu 抠图", page_icon="✂️", layout="centered")
    style()
    summary = conversation(words)
    attach(lang=words.language, label=words("page.drop"), key="attach")
    sidebar(words, summary)
    log.draw(words, summary.id)
    ask(words, summary)


def conversation(words: Words) -> Summary:
    """The conversation that the address names; an unknown one becomes a new one."""
    store = assistant().store
    found = store.summary(st.query_params.get("c", ""))
    if found is None:
        name = store.create(words.language)
        st.query_params["c"] = name
        found = store.summary(name)
        assert found is not None
    return found


def ask(words: Words, summary: Summary) -> None:
    """The input: words, pictures, or both."""
    limits = assistant().settings.limits
    given = st.chat_input(
        words("page.ask"),
        key="ask",
        accept_file="multiple",
        file_type=PICTURES,
        max_upload_size=limits.upload_bytes // 2**20,
        max_chars=limits.text,
    )
    pending = st.session_state.pop("pending", None)
    if given:
        files = [(f.name, f.getvalue()) for f in given.files]
        assistant().say(summary.id, given.text or "", files, words.language)
        st.rerun()
    elif pending:
        assistant().say(summary.id, pending[0], pending[1], words.language)
        st.rerun()


page()
