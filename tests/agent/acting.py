"""How tests act in a conversation: say, settle, and read what happened."""

from __future__ import annotations

from collections.abc import Callable

from agent.events import Event
from agent.turn import Assistant

Open = Callable[..., Assistant]


def say(assistant: Assistant, text: str, files: list[tuple[str, bytes]] | None = None, to: str = "") -> str:
    to = to or assistant.store.create()
    assistant.say(to, text, files or [])
    assistant.wait(to, 60)
    return to


def settle(assistant: Assistant, conversation: str, act: Callable[[], object]) -> None:
    act()
    assistant.wait(conversation, 60)


def kinds(assistant: Assistant, conversation: str) -> list[str]:
    return [type(e).__name__ for e in assistant.store.events(conversation)]


def of(assistant: Assistant, conversation: str, kind: type[Event]) -> list[Event]:
    return [e for e in assistant.store.events(conversation) if isinstance(e, kind)]
