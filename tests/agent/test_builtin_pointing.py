"""A picture that comes along with "use this as the background" is the one meant."""

from __future__ import annotations

import threading

import pytest

from agent.builtin import BuiltIn
from agent.conversation import view
from agent.events import Attached, Began, Call, Decided, Event, Finished, Planned, Said, Seen
from agent.planner import Plan, Request
from tests.agent.test_conversation import CUT, PICTURE


def after_a_cut_out(said: str) -> Plan:
    events: list[Event] = [Attached("p1", PICTURE), Said("抠图"), Seen("p1", "portrait", 0.9, True, 0.3)]
    events += [Planned("", (Call("c", "matte", {"pictures": ["p1"]}),), "built-in", 3), Decided("c", "confirmed")]
    events += [Began("c"), Finished("c", "done", {"p1": CUT.to_json()}), Planned("好了。", (), "built-in", 7)]
    events += [Attached("p2", PICTURE | {"sha256": "cd" * 32, "name": "beach.jpg"}), Said(said)]
    events.append(Seen("p2", "none", 0.9, True, 0.0))
    return BuiltIn().plan(Request(view(events), [], "zh"), lambda text: None, threading.Event())


@pytest.mark.parametrize(
    "said",
    [
        "用这张图片做背景",
        "背景换成这张图",
        "以这张为背景",
        "把人放到这张照片里",
        "use this picture as background",
        "put this behind him",
        "put her on this one",
    ],
)
def test_the_new_picture_goes_behind_the_earlier_one(said: str) -> None:
    (wish,) = after_a_cut_out(said).wishes
    assert wish.tool == "set_background"
    assert wish.arguments == {"pictures": ["p1"], "kind": "picture", "background_picture": "p2"}


def test_the_new_picture_is_still_what_this_is_about() -> None:
    (wish,) = after_a_cut_out("这张换成蓝底").wishes
    assert wish.arguments["pictures"] == ["p2"]
