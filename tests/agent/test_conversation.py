"""The state of a conversation follows from its events alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.conversation import view, views
from agent.events import (
    Attached,
    Began,
    Call,
    Clicked,
    Decided,
    Event,
    Finished,
    Noticed,
    Planned,
    Refused,
    Said,
    Seen,
    from_json,
    to_json,
)
from tools.pictures import Picture
from tools.recipe import ORIGINAL, Background, Recipe

PICTURE = Picture("ab" * 32, "me.jpg", 30, 40, "JPEG", 8, False, 1000).to_json()
CUT = Recipe(cut=True)
BLUE = Recipe(cut=True, background=Background("color", "#438EDB"))
WHITE = Recipe(cut=True, background=Background("color"))


def proposed(*calls: str, at: int = 3) -> Planned:
    return Planned("", tuple(Call(c, "matte", {"pictures": ["p1"]}) for c in calls), "built-in", at)


def done(call: str, recipe: Recipe, moved: int = 0) -> Finished:
    return Finished(call, "done", {"p1": recipe.to_json()}, moved=moved)


BEGINNING: list[Event] = [Attached("p1", PICTURE), Said("抠图"), Seen("p1", "portrait", 0.9, True, 0.3)]


def test_a_proposal_waits_until_the_person_decides() -> None:
    events = [*BEGINNING, proposed("a", "b")]
    assert [c.call.id for c in view(events).waiting] == ["a", "b"]
    events += [Decided("a", "confirmed"), Decided("b", "declined")]
    assert view(events).waiting == ()
    assert [c.call.id for c in view(events).ready] == ["a"]


def test_the_persons_own_values_count() -> None:
    own = {"pictures": ["p1"], "feather": 4}
    state = view([*BEGINNING, proposed("a"), Decided("a", "edited", own)])
    assert state.calls["a"].arguments == own


def test_a_second_decision_about_the_same_call_changes_nothing() -> None:
    events = [*BEGINNING, proposed("a"), Decided("a", "declined"), Decided("a", "confirmed")]
    assert view(events).ready == ()


def test_a_new_plan_abandons_what_still_waited() -> None:
    state = view([*BEGINNING, proposed("a"), Said("换成蓝底"), proposed("b", at=5)])
    assert [c.call.id for c in state.waiting] == ["b"]
    assert state.calls["a"].abandoned


def test_what_one_card_did_is_undone_in_one_step() -> None:
    events = [*BEGINNING, proposed("a", "b"), Decided("a", "confirmed"), Decided("b", "confirmed")]
    events += [done("a", CUT), done("b", BLUE)]
    state = view(events)
    assert state.pictures["p1"].recipe == BLUE
    assert len(state.done) == 1
    assert state.done[0].before["p1"] == ORIGINAL


def test_undo_and_redo_walk_the_history() -> None:
    events: list[Event] = [*BEGINNING, proposed("a"), Decided("a", "confirmed"), done("a", CUT)]
    events += [proposed("b", at=6), Decided("b", "confirmed"), done("b", BLUE)]
    events.append(Clicked("undo", {"steps": 1}, {"p1": CUT.to_json()}, -1))
    assert view(events).pictures["p1"].recipe == CUT
    assert len(view(events).undone) == 1
    events.append(Clicked("undo", {"steps": -1}, {"p1": BLUE.to_json()}, 1))
    assert view(events).pictures["p1"].recipe == BLUE
    assert (len(view(events).done), len(view(events).undone)) == (2, 0)


def test_something_new_after_an_undo_ends_what_could_be_redone() -> None:
    events: list[Event] = [*BEGINNING, proposed("a"), Decided("a", "confirmed"), done("a", CUT)]
    events += [Clicked("undo", {"steps": 1}, {"p1": ORIGINAL.to_json()}, -1)]
    events += [proposed("b", at=7), Decided("b", "confirmed"), done("b", WHITE)]
    assert view(events).undone == ()
    assert view(events).pictures["p1"].recipe == WHITE


def test_the_planner_owes_an_answer_after_something_was_said_and_after_work_was_done() -> None:
    assert view(BEGINNING).unanswered
    waiting = [*BEGINNING, proposed("a")]
    assert not view(waiting).unanswered
    worked = [*waiting, Decided("a", "confirmed"), done("a", CUT)]
    assert view(worked).unanswered
    assert not view([*worked, Planned("好了", (), "built-in", len(worked))]).unanswered


def test_cutting_out_a_picture_with_its_own_background_takes_the_background_away() -> None:
    from tools.matte import with_matte

    original = Recipe(cut=True, background=Background("original"))
    assert with_matte(original, {}).background.kind == "transparent"
    assert with_matte(original, {"feather": 2}).background.kind == "original"


def test_a_quiet_decline_needs_no_answer() -> None:
    assert not view([*BEGINNING, proposed("a"), Decided("a", "declined")]).unanswered


def test_an_event_about_something_unknown_changes_nothing() -> None:
    events: list[Event] = [Seen("p9", "cat", 1, True, 1), Began("x"), Decided("x", "confirmed"), done("x", CUT)]
    state = view(events)
    assert (state.pictures, state.calls, state.done) == ({}, {}, ())


def test_there_is_a_state_before_and_after_every_event() -> None:
    states = views(BEGINNING)
    assert len(states) == 4
    assert states[0].pictures == {}
    assert states[2].pictures["p1"].seen is None
    assert states[3].pictures["p1"].seen is not None


names = st.text(max_size=8)
facts = st.dictionaries(names, st.one_of(st.integers(), names, st.booleans()), max_size=3)
calls = st.builds(Call, names, names, facts, names)
events = st.one_of(
    st.builds(Said, names),
    st.builds(Refused, names, facts),
    st.builds(Noticed, names, facts, st.sampled_from(["", "builtin", "again"])),
    st.builds(Planned, names, st.lists(calls, max_size=3).map(tuple), names, st.integers(0, 9), st.just(("a",))),
    st.builds(Decided, names, st.sampled_from(["confirmed", "edited", "declined"]), facts, names, st.booleans()),
    st.builds(Began, names),
    st.builds(Clicked, names, facts, st.just({}), st.integers(-3, 3)),
)


@given(events)
def test_an_event_survives_the_store(event: Event) -> None:
    import json

    assert from_json(json.loads(json.dumps(to_json(event)))) == event
