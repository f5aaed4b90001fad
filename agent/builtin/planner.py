"""The planner without a key and without a network, as a turn asks it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from agent.builtin.plan import Answer, ask, understand
from agent.builtin.recall import new_words, remember, said_anything
from agent.builtin.talk.replies import reply
from agent.builtin.talk.summary import summary
from agent.builtin.tokens.lexicon import lexicon
from agent.builtin.which.memory import Memory
from agent.builtin.which.pointing import pointed_out
from agent.builtin.wording import composed
from agent.builtin.wordless import propose
from agent.planner import Plan, Request, Wish
from tools import registry
from tools.errors import BadValue, Cancelled
from tools.wording import language_of


class BuiltIn:
    """Understands ordinary Chinese and English about pictures by a grammar and tables of words."""

    name = "built-in"

    def __init__(self) -> None:
        lexicon()  # the tables are read now, so that the first sentence is as quick as the others

    def plan(self, request: Request, on_text: Callable[[str], None], stop: threading.Event) -> Plan:
        """The answer to what was said last, or a sentence about what was just done.

        Raises:
            Cancelled: ``stop`` was set.
        """
        if stop.is_set():
            raise Cancelled
        if not said_anything(request.view):
            plan = Plan(summary(request.view, request.language))
        else:
            plan = self._answer(request)
        on_text(plan.text)
        return plan

    def _answer(self, request: Request) -> Plan:
        words = pointed_out(new_words(request.view), request.view)
        language = language_of(words, request.language)
        memory = remember(request.view, language)
        answer = checked(answer_to(words, memory, language), memory, language)
        if request.words_only:
            return Plan(answer.text or reply(language, "ask.unclear"))
        wishes = tuple(Wish(s.tool, s.to_arguments()) for s in answer.steps)
        return Plan(composed(answer, memory, language), wishes, answer.choices)


def answer_to(words: str, memory: Memory, language: str) -> Answer:
    """The answer to ``words``, which are empty where only pictures came."""
    if not words:
        return propose(memory, language) if memory.ids else Answer(reply(language, "ask.attach"))
    answer = understand(memory, words, language)
    undo = answer.steps and all(s.tool == "undo" for s in answer.steps)
    if not memory.ids and not undo and (answer.steps or answer.asked):
        return Answer(reply(language, "ask.attach"))
    return answer


def checked(answer: Answer, memory: Memory, language: str) -> Answer:
    """The answer, or a question where a step has a value that its tool does not take."""
    for step in answer.steps:
        if step.tool not in registry.tools():
            continue
        try:
            registry.check(step.tool, step.to_arguments(), list(memory.ids))
        except BadValue:
            return _out_of_range(step.tool, dict(step.arguments), memory, language)
    return answer


def _out_of_range(tool: str, arguments: dict[str, object], memory: Memory, language: str) -> Answer:
    for name, value in arguments.items():
        field = registry.tools()[tool].field(name)
        low, high = field.minimum, field.maximum
        if isinstance(value, int | float) and low is not None and high is not None and not low <= value <= high:
            facts = {"field": field.label[language], "value": f"{value:g}", "low": f"{low:g}", "high": f"{high:g}"}
            return Answer(reply(language, "ask.range", **facts))
    return ask(language, "unclear", memory, "")
