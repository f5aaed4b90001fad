"""The events of a conversation -> what the built-in planner remembers of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.builtin.plan import understand
from agent.builtin.readers.identity import spoken
from agent.builtin.which.memory import Asked, Memory, Photo, Step
from agent.conversation import CallState, PictureState, View
from agent.events import Attached, Event, Planned, Said
from tools.recipe import IdPhoto
from tools.wording import language_of

WORDY = 3  # answers without steps that a question may lie back


def remember(view: View, language: str) -> Memory:
    """What is known before the sentence that is to be answered now."""
    told = _last_plan(view.events)
    fresh = tuple(e.id for e in view.events[told:] if isinstance(e, Attached))
    last = _last_done(view)
    focus = fresh or tuple(dict.fromkeys(p for s in last for p in s.pictures))
    memory = Memory(
        {p.id: _photo(p) for p in view.pictures.values()},
        last=last,
        focus=focus if len(focus) < len(view.pictures) else (),
        proposal=_declined(view),
        exports=_exports(view),
        undone=_undone(view),
        id_context=any(spoken(e.text) for e in view.events[:told] if isinstance(e, Said)),
        past=_past(view),
        said=tuple(e.text for e in view.events[:told] if isinstance(e, Said)),
    )
    return replace(memory, asked=_asked(view, memory, language))


def new_words(view: View) -> str:
    """What was said since the last answer; empty if only pictures came."""
    covered = _last_plan(view.events)
    return "\n".join(e.text for e in view.events[covered:] if isinstance(e, Said) and e.text.strip())


def said_anything(view: View) -> bool:
    """Whether the person did something that wants an answer (rather than steps having been carried out)."""
    return any(isinstance(e, Said) for e in view.events[_last_plan(view.events) :])


def _last_plan(events: Sequence[Event]) -> int:
    """The number of events that the last answer was told of."""
    return next((e.covers for e in reversed(events) if isinstance(e, Planned)), 0)


def _photo(state: PictureState) -> Photo:
    recipe, seen = state.recipe, state.seen
    edges = {k: v for k, v in vars(recipe.edges).items() if v} if recipe.cut else {}
    behind = {k: v for k, v in vars(recipe.background).items() if v not in ("", 0)} if recipe.cut else {}
    return Photo(
        state.id,
        state.picture.name,
        state.picture.width,
        state.picture.height,
        _subject(seen.subject) if seen else "none",
        seen.certainty if seen else 0.0,
        seen.sure if seen else False,
        recipe.cut,
        recipe.keep,
        edges,
        behind,
        _id_photo(recipe.id_photo),
    )


def _id_photo(made: IdPhoto | None) -> dict[str, Any]:
    """What was asked of ``id_photo``: 「再排个版」 keeps the size."""
    if made is None:
        return {}
    lengths = {"width_mm": made.width_mm, "height_mm": made.height_mm} if made.size == "custom" else {}
    sheet = {"sheet": made.sheet} if made.sheet != "none" else {}
    return {"size": made.size, **lengths, "dpi": made.dpi, **sheet}


def _subject(subject: str) -> str:
    return "portrait" if subject == "person" else subject


def _step(call: CallState) -> Step:
    arguments = dict(call.arguments)
    pictures = arguments.pop("pictures", ())
    return Step(call.call.tool, arguments, tuple(pictures))


def _last_done(view: View) -> tuple[Step, ...]:
    """The edits of the last plan of which something was carried out."""
    done = [c for c in view.calls.values() if c.finished and c.finished.outcome == "done" and c.call.tool != "undo"]
    last = max((c.planned_at for c in done), default=-1)
    return tuple(_step(c) for c in done if c.planned_at == last)


def _past(view: View) -> tuple[tuple[Mapping[str, Photo], tuple[Step, ...]], ...]:
    """How the pictures stood before each plan of which something was carried out, as far as its steps tell."""
    done = [c for c in view.calls.values() if c.finished and c.finished.outcome == "done"]
    fresh = {p.id: replace(_photo(p), cut=False, keep="everything", edges={}, background={}, id_photo={})
             for p in view.pictures.values()}  # fmt: skip
    memory = Memory(fresh)
    for plan in sorted({c.planned_at for c in done}):
        memory = memory.after([_step(c) for c in done if c.planned_at == plan])
    return memory.past


def _exports(view: View) -> dict[str, dict[str, Any]]:
    """Picture -> how it was exported last."""
    done = [c for c in view.calls.values() if c.call.tool == "export" and c.finished and c.finished.outcome == "done"]
    return {p: _step(c).arguments for c in done for p in c.arguments.get("pictures", ())}  # type: ignore[misc]


def _undone(view: View) -> bool:
    """Whether the last thing done was to take something back."""
    done = [c for c in view.calls.values() if c.finished and c.finished.outcome == "done"]
    last = max((c.planned_at for c in done), default=-1)
    return any(c.call.tool == "undo" and c.arguments.get("steps", 1) > 0 for c in done if c.planned_at == last)


def _declined(view: View) -> tuple[Step, ...]:
    """The proposal that the person answered by saying something else."""
    last = max((i for i, e in enumerate(view.events) if isinstance(e, Planned)), default=-1)
    calls = [c for c in view.calls.values() if c.planned_at == last and c.decided]
    talked = [c for c in calls if c.decided and c.decided.outcome == "declined" and c.decided.reason]
    return tuple(_step(c) for c in talked if c.call.tool != "undo")


def _asked(view: View, memory: Memory, language: str) -> Asked | None:
    """The question that the last answer asked, found by giving that answer again."""
    plans = [e for e in view.events if isinstance(e, Planned)]
    wordy: list[Planned] = []
    for plan in reversed(plans):
        if plan.calls or len(wordy) == WORDY:
            break
        wordy.insert(0, plan)
    before = plans[-len(wordy) - 1].covers if len(plans) > len(wordy) else 0
    asked: Asked | None = None
    for plan in wordy:
        words = "\n".join(e.text for e in view.events[before : plan.covers] if isinstance(e, Said))
        before = plan.covers
        if words.strip():
            earlier = replace(memory, asked=asked, proposal=())
            asked = understand(earlier, words, language_of(words, language)).asked
    return asked
