"""What an answer of the language model is worth: the plan in it, or why it can't be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent import arguments, dsml
from agent.answer import Answer, Asked
from agent.manners import claims_work, split_choices, without_choices, wrong_language
from agent.planner import Plan, Request, Wish
from agent.wire import WORDLESS, Message, clean

HELD = 60  # characters of an answer to a wish that are held back; longer ones are no remark beside a call
LANGUAGES = {"zh": "Chinese", "en": "English"}


@dataclass(frozen=True)
class Fault:
    """Why an answer can't be used. ``key`` is the sentence if it stays so, "" if it can be lived with. ``nudge``
    is what the model is told; "" means that it is just asked again."""

    key: str
    nudge: str = ""


def fault(answer: Answer, request: Request) -> Fault | None:
    """Why ``answer`` can't be used, or None."""
    if answer.finish == "length":
        return Fault("planner_cut_off", "Your answer was cut off and was not used. Answer again, much shorter.")
    if (answer.calls or _leaked(answer)) and not request.words_only:
        return None
    text, _ = split_choices(_text(answer))
    words = "Answer in words, without calls."
    if dsml.leaks(answer.text) and not (request.words_only and text):
        asked = words if request.words_only else "Call tools through the interface only."
        return Fault("planner_garbled", f"You wrote a tool call as text. Nothing was run. {asked}")
    if not text:
        return Fault("planner_empty", words if answer.calls else "")
    if wrong_language(text, request.language, _said(request)):
        name = LANGUAGES[request.language]
        return Fault("", f"The person reads {name}. Say the same in {name}, nothing else.")
    return None


def nudged(answer: Answer, why: Fault) -> list[Message]:
    """What follows the conversation in the second question; nothing where the first is just repeated."""
    if not why.nudge:
        return []
    note = f"<data>{json.dumps({'app': why.nudge})}</data>"
    draft = {"role": "assistant", "content": _text(answer) or WORDLESS}
    return [draft, {"role": "user", "content": note}]


def plan(answer: Answer, request: Request) -> Plan:
    """The plan in a usable ``answer``, without its usage."""
    text, choices = split_choices(_text(answer))
    if request.words_only:
        return Plan(text, choices=choices)
    wishes = tuple(_wish(asked) for asked in answer.calls)
    wishes += tuple(Wish(clean(name), arguments.cleaned(given)) for name, given in _leaked(answer))
    return Plan(_beside_calls(text, request), wishes) if wishes else Plan(text, (), choices)


class Shown:
    """Which words the person sees while they come."""

    def __init__(self, on_text: Callable[[str], None], request: Request) -> None:
        self._on_text = on_text
        self._held = 0 if request.words_only or _after_results(request) else HELD
        self._last = ""

    def follow(self, answer: Answer) -> None:
        """More has come. What was shown of an answer that turns out to hold calls is taken back."""
        words = without_choices(dsml.visible(clean(answer.text)))
        if not self._held or (len(words) > self._held and not answer.calls):
            self._show(words)
        else:
            self._show("")

    def end(self, plan: Plan) -> None:
        """All has come."""
        self._show(plan.text)

    def _show(self, words: str) -> None:
        if words != self._last:
            self._last = words
            self._on_text(words)


def _after_results(request: Request) -> bool:
    return bool(request.messages[-1]["role"] == "tool")


def _said(request: Request) -> str:
    return request.view.said[-1] if request.view.said else ""


def _leaked(answer: Answer) -> list[tuple[str, dict[str, Any]]]:
    """Calls that came as markup in the text, where none came as calls."""
    return [] if answer.calls else dsml.calls(answer.text) or []


def _text(answer: Answer) -> str:
    text = dsml.without_thoughts(clean(answer.text))
    return (dsml.visible(text) if dsml.leaks(text) else text).strip()


def _beside_calls(text: str, request: Request) -> str:
    """Words beside calls, which were said before they ran. After tool results "done" may be true."""
    untrue = claims_work(text) and not _after_results(request)
    return "" if untrue or wrong_language(text, request.language, _said(request)) else text


def _wish(asked: Asked) -> Wish:
    """A call as it was meant. One that can't be read carries the reason, for the model."""
    name = clean(asked.name.strip())
    if not name:
        return Wish("unknown", {}, "The call names no tool.")
    try:
        return Wish(name, arguments.read(asked.arguments))
    except ValueError as problem:
        return Wish(name, {}, str(problem))
