"""One conversation: the list of its events, and what follows from it.

Two pure functions read the list: ``view`` (the state: pictures, versions, what waits for a decision) and
``agent.wire.wire`` (the messages for the language model). Nothing else is remembered anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.events import (
    Attached,
    Began,
    Call,
    Clicked,
    Decided,
    Event,
    Finished,
    Planned,
    Said,
    Seen,
)
from tools.desk import Change
from tools.pictures import Picture
from tools.recipe import ORIGINAL, Recipe


@dataclass(frozen=True)
class PictureState:
    """A picture of the conversation as it stands. ``seen`` is None until it was looked at."""

    id: str
    picture: Picture
    recipe: Recipe = ORIGINAL
    seen: Seen | None = None


@dataclass(frozen=True)
class CallState:
    """A call and what became of it so far; ``arguments`` are those that count (the person's own, if edited)."""

    call: Call
    planned_at: int  # index of the Planned event
    decided: Decided | None = None
    began: bool = False
    finished: Finished | None = None
    abandoned: bool = False  # something else was planned before it was resolved

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What is, or would be, carried out."""
        return self.decided.arguments if self.decided and self.decided.outcome == "edited" else self.call.arguments

    @property
    def waits(self) -> bool:
        """Whether the person still has to decide."""
        return not (self.call.problem or self.decided or self.finished or self.abandoned)

    @property
    def resolved(self) -> bool:
        """Whether nothing more is going to happen to it."""
        declined = self.decided is not None and self.decided.outcome == "declined"
        return bool(self.call.problem or declined or self.finished or self.abandoned)


@dataclass(frozen=True)
class View:
    """The state of a conversation after its events."""

    pictures: Mapping[str, PictureState] = field(default_factory=dict)
    calls: Mapping[str, CallState] = field(default_factory=dict)
    done: tuple[Change, ...] = ()
    undone: tuple[Change, ...] = ()
    said: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def waiting(self) -> tuple[CallState, ...]:
        """The proposal: calls that the person has to decide about, in order."""
        return tuple(c for c in self.calls.values() if c.waits)

    @property
    def ready(self) -> tuple[CallState, ...]:
        """Calls that were confirmed and not carried out yet, in order."""
        return tuple(c for c in self.calls.values() if c.decided and not c.resolved)

    @property
    def unanswered(self) -> bool:
        """Whether the planner owes an answer: something was said, or every call of its last plan is resolved."""
        last = max((i for i, e in enumerate(self.events) if isinstance(e, Planned)), default=-1)
        covers = self.events[last].covers if last >= 0 else 0  # type: ignore[union-attr]
        if any(isinstance(e, Said) for e in self.events[covers:]):
            return True
        calls = [c for c in self.calls.values() if c.planned_at == last]
        return bool(calls) and all(c.resolved for c in calls) and not all(_declined(c) for c in calls)


def _declined(state: CallState) -> bool:
    return state.decided is not None and state.decided.outcome == "declined"


def view(events: Sequence[Event]) -> View:
    """The state that follows from ``events``. Events about unknown calls or pictures change nothing."""
    return views(events)[-1]


def views(events: Sequence[Event]) -> list[View]:
    """The state before the first event and after each: one more than there are events. All of them name the
    whole list as their ``events``."""
    states = [View(events=tuple(events))]
    for index, event in enumerate(events):
        states.append(_after(states[-1], index, event))
    return states


def _after(state: View, index: int, event: Event) -> View:
    match event:
        case Attached():
            picture = PictureState(event.id, Picture.from_json(dict(event.picture)))
            return replace(state, pictures={**state.pictures, event.id: picture})
        case Seen() if event.id in state.pictures:
            seen = replace(state.pictures[event.id], seen=event)
            return replace(state, pictures={**state.pictures, event.id: seen})
        case Said():
            return replace(state, said=(*state.said, event.text))
        case Planned():
            calls = {k: c if c.resolved else replace(c, abandoned=True) for k, c in state.calls.items()}
            calls |= {c.id: CallState(c, index) for c in event.calls if c.id not in calls}
            return replace(state, calls=calls)
        case Decided() if event.call in state.calls and state.calls[event.call].waits:
            return _with_call(state, event.call, decided=event)
        case Began() if event.call in state.calls:
            return _with_call(state, event.call, began=True)
        case Finished() if event.call in state.calls and not state.calls[event.call].resolved:
            group = state.calls[event.call].planned_at
            return _moved(_with_call(state, event.call, finished=event), event.recipes, event.moved, group)
        case Clicked():
            return _moved(state, event.recipes, event.moved, index)
        case _:
            return state


def _with_call(state: View, call: str, **changes: Any) -> View:
    return replace(state, calls={**state.calls, call: replace(state.calls[call], **changes)})


def _moved(state: View, recipes: Mapping[str, Mapping[str, Any]], moved: int, group: int) -> View:
    """The pictures get new recipes; the history gets a step, or is moved along."""
    after = {i: Recipe.from_json(dict(r)) for i, r in recipes.items() if i in state.pictures}
    before = {i: state.pictures[i].recipe for i in after}
    pictures = {**state.pictures, **{i: replace(state.pictures[i], recipe=r) for i, r in after.items()}}
    done, undone = state.done, state.undone
    if moved < 0:
        steps = min(-moved, len(done))
        done, undone = done[: len(done) - steps], (*done[len(done) - steps :], *undone)
    elif moved > 0:
        done, undone = (*done, *undone[:moved]), undone[moved:]
    elif after and after != before:
        change = Change(before, after, group)
        if done and done[-1].group == group:
            done, change = done[:-1], done[-1].and_then(change)
        done, undone = (*done, change), ()
    return replace(state, pictures=pictures, done=done, undone=undone)
