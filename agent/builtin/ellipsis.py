"""Sentences that only point at what was done before: "same for the others", 「那第二张呢」, 「再来一点」."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.builtin.grammar import Reading
from agent.builtin.lexicon import tables
from agent.builtin.memory import Memory, Step
from agent.builtin.sections import Section

AUTOMATIC_BLUR = 20  # px: what an automatic blur counts as when it is to be stronger or weaker


def carried_over(parts: Sequence[Section], memory: Memory) -> Reading | None:
    """The steps of before, for other pictures or once more; None if the sentence is nothing of the kind."""
    named = [p for part in parts for p in part.ids or ()]
    same = any(part.yes("same", "what_about", "all", "rest") or _what_about(part) for part in parts)
    if named and (same or any(part.tokens and _only_names(part) for part in parts)):
        return _for_others(tuple(dict.fromkeys(named)), memory)
    more = next((p for p in parts if p.yes("more", "less", "strong", "slight")), None)
    return _once_more(more, memory) if more else None


def _what_about(part: Section) -> bool:
    return part.has(lambda t: (t.kind == "question" and t.value == "suggest") or t.text == "呢")


def _only_names(part: Section) -> bool:
    quiet = {
        "picture",
        "number",
        "word",
        "at",
        "all",
        "rest",
        "same",
        "comma",
        "stop",
        "ordinal",
        "photo",
        "politeness",
        "what_about",
        "subject",
        "this",
        "ordinal_last",
        "ordinal_first",
        "question",
        "picture_number",
        "ordinal_next",
        "ordinal_previous",
        "too",
    }
    return all(t.kind in quiet for t in part.tokens)


def _for_others(ids: tuple[str, ...], memory: Memory) -> Reading | None:
    if not memory.last:
        return Reading(ask="nothing_last")
    done = set(memory.focus)
    targets = tuple(p for p in ids if p not in done) or ids
    steps = [replace(s, pictures=targets) for s in memory.last if s.pictures]
    return Reading(steps=[s for s in steps if not _behind_itself(s)])


def _behind_itself(step: Step) -> bool:
    return step.arguments.get("background_picture") in step.pictures


def _once_more(part: Section, memory: Memory) -> Reading | None:
    """「再来一点」: the last edge setting or blur, further in the same direction."""
    for step in reversed(memory.last):
        if step.arguments.get("kind") == "blur":
            now = step.arguments.get("blur") or AUTOMATIC_BLUR
            value = max(1, now - 10) if part.yes("less") else now + 10
            return Reading(steps=[Step(step.tool, {"kind": "blur", "blur": value}, step.pictures)])
        fields = [k for k in ("feather", "erode", "dilate", "alpha_threshold") if step.arguments.get(k)]
        if not fields:
            continue
        name = fields[-1]
        now = step.arguments[name]
        change = tables()["lexicon"]["feel"][name]["step"]
        value = max(0, now - change) if part.yes("less") else now + change
        return Reading(steps=[Step(step.tool, {name: value}, step.pictures)])
    return None
