"""A planner that says what a test wrote down, so that the turn around it can be tested to the letter."""

from __future__ import annotations

import threading
from collections.abc import Callable

from agent.planner import Plan, Request, Wish
from tools.errors import Cancelled, KoutuError


class Scripted:
    """Gives its ``answers`` in order: a Plan, or an error to raise. ``asked`` are the requests it got."""

    def __init__(self, *answers: Plan | KoutuError, name: str = "scripted") -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []
        self.name = name

    def plan(self, request: Request, on_text: Callable[[str], None], stop: threading.Event) -> Plan:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, KoutuError):
            raise answer
        on_text(answer.text)
        return answer


class Patient(Scripted):
    """Thinks until it is stopped."""

    def plan(self, request: Request, on_text: Callable[[str], None], stop: threading.Event) -> Plan:
        self.asked.append(request)
        on_text("…")
        stop.wait(30)
        raise Cancelled


def wishes(*pairs: tuple[str, dict[str, object]], text: str = "") -> Plan:
    return Plan(text, tuple(Wish(tool, arguments) for tool, arguments in pairs))


CUT = ("matte", {"pictures": ["p1"]})
BLUE = ("set_background", {"pictures": ["p1"], "kind": "color", "color": "#438EDB"})
DONE = Plan("好了。")
