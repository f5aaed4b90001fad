"""The sidebar: earlier conversations, and the few settings."""

from __future__ import annotations

import streamlit as st

from agent.store import Summary
from tools.wording import LANGUAGES
from ui.session import assistant
from ui.words import Words

SHOWN = 30  # conversations in the list


def sidebar(words: Words, summary: Summary) -> None:
    """Draws it."""
    with st.sidebar:
        st.markdown("### Koutu 抠图")
        st.button(
            words("sidebar.new"),
            key="new",
            icon=":material/add:",
            width="stretch",
            on_click=_open,
            args=(None,),
        )
        _conversations(words, summary)
        st.divider()
        _settings(words, summary)


def _conversations(words: Words, summary: Summary) -> None:
    listed = assistant().store.conversations()
    for other in listed[:SHOWN]:
        with st.container(key=f"row-{other.id[:12]}"):
            _row(words, other, summary)
    if len(listed) > SHOWN:
        st.caption(words("sidebar.older", count=len(listed) - SHOWN))


def _row(words: Words, other: Summary, current: Summary) -> None:
    """One conversation: its name, and behind the dots what can be done with it."""
    name, more = st.columns([5, 1], gap="small", vertical_alignment="center", wrap=False)
    name.button(
        other.title or words("sidebar.untitled"),
        key=f"open-{other.id}",
        type="secondary" if other.id == current.id else "tertiary",
        width="stretch",
        on_click=_open,
        args=(other.id,),
    )
    with more.popover("", icon=":material/more_horiz:", type="tertiary", help=words("sidebar.more")):
        st.text_input(
            words("sidebar.rename"),
            other.title,
            max_chars=80,
            key=f"title-{other.id}",
            on_change=_rename,
            args=(other.id,),
        )
        st.caption(words("sidebar.delete_note"))
        st.button(
            words("sidebar.delete"),
            key=f"delete-{other.id}",
            icon=":material/delete:",
            on_click=_delete,
            args=(other.id, current.id),
        )


def _settings(words: Words, summary: Summary) -> None:
    names = {"zh": "中文", "en": "English"}
    st.segmented_control(
        words("sidebar.language"),
        LANGUAGES,
        default=words.language,
        format_func=names.__getitem__,
        key="language",
        required=True,
        on_change=lambda: st.query_params.update(lang=st.session_state["language"]),
    )
    st.toggle(
        words("sidebar.automatic"),
        summary.automatic,
        key=f"automatic-{summary.id}",
        help=words("sidebar.automatic_note"),
        on_change=lambda: assistant().store.set_automatic(summary.id, st.session_state[f"automatic-{summary.id}"]),
    )
    settings, info = assistant().settings, assistant().studio.engine.info
    if settings.key:
        st.caption(words("sidebar.deepseek", model=settings.model))
        if settings.send_pictures:
            st.caption(words("sidebar.sends_pictures"))
    else:
        st.caption(words("sidebar.builtin"))
    st.caption(words("sidebar.network", device=info.device, precision=info.precision, network=info.network))
    with st.popover(words("sidebar.delete_all"), type="tertiary", icon=":material/delete_forever:"):
        st.write(words("sidebar.delete_all_note"))
        st.button(words("sidebar.delete_all_yes"), key="delete-all", type="primary", on_click=_delete_everything)


def _rename(conversation: str) -> None:
    title = st.session_state[f"title-{conversation}"]
    if title.strip():
        assistant().store.rename(conversation, title)


def _open(conversation: str | None) -> None:
    if conversation is None:
        st.query_params.pop("c", None)
    else:
        st.query_params["c"] = conversation


def _delete(conversation: str, current: str) -> None:
    assistant().delete(conversation)
    if conversation == current:
        _open(None)


def _delete_everything() -> None:
    assistant().delete_everything()
    _open(None)
