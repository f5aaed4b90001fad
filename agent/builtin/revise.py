"""Changing a proposal by talking: 「改成白色」 while a plan waits changes that plan instead of starting anew."""

from __future__ import annotations

from collections.abc import Sequence

from agent.builtin.grammar import ORDER, Reading
from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Memory, Step


def revised(memory: Memory, reading: Reading, tokens: Sequence[Token]) -> list[Step]:
    """The declined proposal with the new steps worked in. "Only" and undo replace it."""
    if reading.only or any(s.tool == "undo" for s in reading.steps):
        return reading.steps
    spread = _spread(memory.proposal)
    named = any(t.kind in ("photo", "ordinal", "picture_number", "all", "rest") for t in tokens)
    for step in reading.steps:
        for picture in step.pictures:
            here = _place(spread, step, picture, named)
            before = spread.get(here, {})
            spread[here] = _over(step, before)
    return _gathered(spread)


Spread = dict[tuple[str, str], dict[str, object]]


def _spread(steps: Sequence[Step]) -> Spread:
    return {(s.tool, p): dict(s.arguments) for s in steps for p in s.pictures}


def _place(spread: Spread, step: Step, picture: str, named: bool) -> tuple[str, str]:
    return step.tool, picture


def _over(step: Step, before: dict[str, object]) -> dict[str, object]:
    """A new background replaces the old one; other tools' values are changed one by one."""
    if step.tool == "set_background":
        return dict(step.arguments)
    return before | dict(step.arguments)


def _gathered(spread: Spread) -> list[Step]:
    groups: dict[tuple[str, str], tuple[dict[str, object], list[str]]] = {}
    for (tool, picture), arguments in spread.items():
        key = tool, repr(sorted(arguments.items()))
        groups.setdefault(key, (arguments, []))[1].append(picture)
    steps = [Step(tool, arguments, tuple(pictures)) for (tool, _), (arguments, pictures) in groups.items()]
    return sorted(steps, key=lambda s: ORDER.index(s.tool))
