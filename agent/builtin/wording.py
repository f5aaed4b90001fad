"""The words that go with an answer: what was recognised, one suggestion, and that a yes is waited for."""

from __future__ import annotations

from collections.abc import Sequence

from agent.builtin.plan import Answer
from agent.builtin.readers.wishes import suggestion
from agent.builtin.talk.replies import reply, sentences
from agent.builtin.which.memory import Memory, Photo, Step


def composed(answer: Answer, memory: Memory, language: str) -> str:
    """The text of an answer. It stands above the steps of the card, so it never says that something was done."""
    if answer.text or not answer.steps:
        return answer.text
    undo = [s for s in answer.steps if s.tool == "undo"]
    if undo:
        return reply(language, "plan.undo" if undo[0].arguments["steps"] > 0 else "plan.redo")
    targets = dict.fromkeys(p for s in answer.steps for p in s.pictures)
    photos = [memory.photos[p] for p in targets]
    parts = [recognised(photos, language)] if any(not p.cut for p in photos) else []
    parts += _remarks(answer, memory, language)
    changed = bool(memory.proposal) and not _alike(answer.steps, memory.proposal)
    parts.append(reply(language, "plan.changed" if changed else "plan.ready"))
    return _joined(parts, language)


def _alike(steps: Sequence[Step], others: Sequence[Step]) -> bool:
    """Whether two plans do the same."""
    one, other = (
        {(s.tool, p): dict(s.arguments) for s in plan for p in s.pictures or ("",)} for plan in (steps, others)
    )
    return one == other


def recognised(photos: list[Photo], language: str) -> str:
    """「已识别为人像」, and so that it says so where it is not sure."""
    subjects = {p.subject for p in photos}
    if len(photos) > 1 and len(subjects) > 1:
        return reply(language, "plan.many", count=len(photos))
    subject = photos[0].subject
    known = sentences(language)["subject"]
    name = known.get(subject, known["object"])
    return reply(
        language, "plan.seen" if all(p.sure for p in photos) and subject != "none" else "plan.unsure", subject=name
    )


def _remarks(answer: Answer, memory: Memory, language: str) -> list[str]:
    parts = []
    for step in answer.steps:
        if step.tool == "matte":
            parts += _edge_advice(step, memory, language)
        clear = step.tool == "export" and any(memory.photos[p].kind == "transparent" for p in step.pictures)
        if (
            clear
            and step.arguments.get("format") == "jpeg"
            and not any(s.tool == "set_background" for s in answer.steps)
        ):
            parts.append(reply(language, "plan.jpeg_white"))
    if answer.note:
        known = sentences(language)["plan"]
        parts.append(
            known[answer.note] if answer.note in known else reply(language, "plan.also_impossible", what=answer.note)
        )
    return parts


def _edge_advice(step: Step, memory: Memory, language: str) -> list[str]:
    """The feather that suits the subject, for a first cut-out that was asked for without a word on the edge."""
    first = memory.photos[step.pictures[0]]
    feather = suggestion(first.subject).get("matte", {}).get("feather")
    if first.cut or not feather or "feather" in step.arguments:
        return []
    return [reply(language, "plan.soft", feather=feather)]


def _joined(parts: list[str], language: str) -> str:
    mark = "，" if language == "zh" else ". "
    return mark.join(parts)
