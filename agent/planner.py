"""What both planners are: something that is told the conversation and answers with words and tool calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.conversation import View


@dataclass(frozen=True)
class Request:
    """What a planner is asked. ``messages`` is the wire form of ``view``; with ``words_only`` it must not call."""

    view: View
    messages: list[dict[str, Any]]
    language: str  # "zh" or "en": what the person reads
    words_only: bool = False


@dataclass(frozen=True)
class Wish:
    """A tool call as a planner wants it, before it is checked. ``problem`` says why it could not be read."""

    tool: str
    arguments: Mapping[str, Any]
    problem: str = ""


@dataclass(frozen=True)
class Plan:
    """The answer: words, wishes in the order in which they must run, and choices to click."""

    text: str
    wishes: tuple[Wish, ...] = ()
    choices: tuple[str, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)


class Planner(Protocol):
    """Both planners. ``name`` is shown to the person ("deepseek-flash", "built-in")."""

    name: str

    def plan(self, request: Request, on_text: Callable[[str], None], stop: threading.Event) -> Plan:
        """Answers. ``on_text`` gets the words so far, as they come; ``stop`` asks it to give up.

        Raises:
            PlannerUnavailable: no answer can be had; its sentence says why.
            Cancelled: ``stop`` was set.
        """
        ...
