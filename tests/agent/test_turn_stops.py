"""Stops, kills, and what is said while something is going on."""

from __future__ import annotations

import time

import pytest

from agent.events import Decided, Finished, Noticed
from agent.planner import Plan
from tests.agent.acting import Open, of, say, settle
from tests.agent.scripted import BLUE, CUT, DONE, Patient, Scripted, wishes
from tools.errors import BadValue


def test_undo_waits_for_the_work_that_is_going_on(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(wishes(CUT), DONE, wishes(BLUE), DONE)
    talk = say(assistant, "抠图", me)
    settle(assistant, talk, lambda: assistant.confirm(talk))
    say(assistant, "蓝底", to=talk)
    with assistant._heavy:
        assistant.confirm(talk)
        with pytest.raises(BadValue, match="busy"):
            assistant.undo(talk)
    assistant.wait(talk, 60)


def test_a_conversation_that_waits_for_its_turn_can_be_stopped(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(wishes(CUT), DONE)
    talk = say(assistant, "抠图", me)
    with assistant._heavy:
        assistant.confirm(talk)
        assistant.stop(talk)
        assistant.wait(talk, 60)
    assert assistant.live(talk) is None
    assert not assistant.view(talk).pictures["p1"].recipe.cut


def test_thinking_can_be_stopped(open_: Open, me: list[tuple[str, bytes]]) -> None:
    planner = Patient()
    assistant = open_(planner=planner)
    talk = assistant.store.create()
    assistant.say(talk, "抠图", me)
    deadline = time.monotonic() + 60
    while not planner.asked and time.monotonic() < deadline:
        time.sleep(0.01)
    settle(assistant, talk, lambda: assistant.stop(talk))
    assert of(assistant, talk, Noticed)[-1].key == "stopped"  # type: ignore[union-attr]
    assert assistant.live(talk) is None


def test_something_said_right_after_a_stop_is_answered(open_: Open, me: list[tuple[str, bytes]]) -> None:
    planner = Scripted(wishes(CUT), Plan("here I am"))
    assistant = open_(planner=planner)
    talk = say(assistant, "抠图", me)
    with assistant._heavy:
        assistant.confirm(talk)
        assistant.stop(talk)
        assistant.say(talk, "你好")
    deadline = time.monotonic() + 60
    while len(planner.asked) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assistant.wait(talk, 60)
    assert planner.asked[1].messages[-1]["content"].endswith("你好")


def test_something_said_during_the_work_is_answered_after_it(open_: Open, me: list[tuple[str, bytes]]) -> None:
    planner = Scripted(wishes(CUT), Plan("both"))
    assistant = open_(planner=planner)
    talk = say(assistant, "抠图", me)
    with assistant._heavy:  # the work waits for its turn
        assistant.confirm(talk)
        assistant.say(talk, "快一点")
    assistant.wait(talk, 60)
    assert [m["role"] for m in planner.asked[1].messages[-3:]] == ["assistant", "tool", "user"]
    assert planner.asked[1].messages[-1]["content"] == "快一点"


def test_work_that_was_interrupted_by_a_kill_can_be_run_again(open_: Open, me: list[tuple[str, bytes]]) -> None:
    first = open_(wishes(CUT))
    talk = say(first, "抠图", me)
    call = first.view(talk).waiting[0].call.id
    first.store.append(talk, Decided(call, "confirmed"))  # and then the process was gone
    second = open_(DONE)
    assert [c.call.id for c in second.view(talk).ready] == [call]
    settle(second, talk, lambda: second.go_on(talk))
    assert [e.outcome for e in of(second, talk, Finished)] == ["done"]  # type: ignore[union-attr]


def test_saying_something_else_after_a_kill_ends_the_interrupted_work(open_: Open, me: list[tuple[str, bytes]]) -> None:
    first = open_(wishes(CUT))
    talk = say(first, "抠图", me)
    first.store.append(talk, Decided(first.view(talk).waiting[0].call.id, "confirmed"))
    second = open_(DONE)
    say(second, "你好", to=talk)
    assert [e.outcome for e in of(second, talk, Finished)] == ["interrupted"]  # type: ignore[union-attr]
