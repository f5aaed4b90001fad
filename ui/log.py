"""The log of a conversation, from its events, and the pulse that follows what is going on."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from agent.conversation import View, views
from agent.events import Attached, Clicked, Event, Noticed, Planned, Refused, Said
from tools.settings import ROOT
from ui import cards
from ui.session import assistant
from ui.words import Words

FAST, SLOW = 0.4, 2.0  # seconds between two looks at what is going on, and at what another tab did
SENTENCES = ("start.sentence_poster", "start.sentence_id", "start.sentence_product")
SAMPLES = (
    ("astronaut.png", "NASA · public domain"),
    ("cat.png", "S. van der Walt · CC0"),
    ("coffee.png", "R. Michetti · CC0"),
)


def draw(words: Words, conversation: str) -> None:
    """Draws every event, and what is going on."""
    events = assistant().store.events(conversation)
    states = views(events)
    if not events:
        start(words)
    arrived: list[Attached] = []
    for number, event in enumerate(events):
        if isinstance(event, Attached):
            arrived.append(event)
        elif isinstance(event, Said):
            said(conversation, event, arrived)
            arrived = []
        else:
            other(words, conversation, number, event, states)
    cards.stands_still(words, conversation, states[-1])
    pulse(words, conversation, len(events))


def said(conversation: str, event: Said, arrived: Sequence[Attached]) -> None:
    """What the person said, with the pictures that came along."""
    with st.chat_message("user"):
        if arrived:
            cards.thumbnails(conversation, arrived)
        if event.text:
            st.text(event.text)


def other(words: Words, conversation: str, number: int, event: Event, states: Sequence[View]) -> None:
    """What the assistant did, or was told by a click."""
    last = states[-1]
    match event:
        case Planned() if any(not c.problem for c in event.calls):
            with st.chat_message("assistant", avatar=cards.AVATAR):
                cards.proposal(words, conversation, number, event, states)
        case Planned() if event.text:
            with st.chat_message("assistant", avatar=cards.AVATAR):
                cards.answer(words, event, is_last=number == len(last.events) - 1)
        case Clicked():
            with st.chat_message("assistant", avatar=cards.AVATAR):
                cards.clicked(words, conversation, number, event, states)
        case Refused() | Noticed():
            with st.chat_message("assistant", avatar=cards.AVATAR):
                cards.notice(words, conversation, event, is_last=number == len(last.events) - 1)


def pulse(words: Words, conversation: str, drawn: int) -> None:
    """Follows the turn while something is going on, and other tabs while nothing is."""
    live = assistant().live(conversation)

    def look() -> None:
        now = assistant().live(conversation)
        if assistant().store.count(conversation) != drawn or (live is not None) != (now is not None):
            st.rerun()
        if now is not None:
            cards.going_on(words, conversation, now)

    st.fragment(look, run_every=FAST if live else SLOW)()


def start(words: Words) -> None:
    """The empty state: what it can do, sentences to click, photos to try."""
    with st.container(key="start"):
        st.markdown(f"# {words('start.title')}")
        st.markdown(words("start.about"))
        for key in SENTENCES:
            st.button(words(key), key=key, type="secondary", on_click=_pend, args=(words(key), []))
        st.caption(words("start.samples"))
        with st.container(horizontal=True, key="samples"):
            for name, terms in SAMPLES:
                _sample(words, name, terms)


def _sample(words: Words, name: str, terms: str) -> None:
    label = words(f"start.{name.removesuffix('.png')}")
    with st.container(key=f"sample-{name}", width=150):
        st.html(f'<img class="koutu-sample" src="/samples/{name}" alt="{label}"><small>{terms}</small>')
        st.button(label, key=f"try-{name}", width="stretch", on_click=_try, args=(name,))


def _try(name: str) -> None:
    _pend("", [(name, (ROOT / "samples" / name).read_bytes())])


def _pend(text: str, files: list[tuple[str, bytes]]) -> None:
    st.session_state["pending"] = (text, files)
