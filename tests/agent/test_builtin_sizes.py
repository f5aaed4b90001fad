"""The size of an ID photo, said in one sentence, becomes a step of its own; a colour alone doesn't."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from agent.builtin import BuiltIn
from agent.conversation import view
from agent.events import Attached, Said, Seen
from agent.planner import Plan, Request
from tests.agent.test_conversation import PICTURE
from tools import registry


def plan(said: str) -> Plan:
    events = [Attached("p1", PICTURE), Said(said), Seen("p1", "portrait", 0.9, True, 0.3)]
    return BuiltIn().plan(Request(view(events), [], "zh"), lambda text: None, threading.Event())


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("一寸蓝底证件照", {"size": "one_inch"}),
        ("a 2 inch ID photo on white", {"size": "two_inch"}),
        ("做一张 40×50 毫米的红底证件照", {"size": "custom", "width_mm": 40, "height_mm": 50}),
        ("白底二寸照，排在6寸相纸上", {"size": "two_inch", "sheet": "6_inch"}),
    ],
)
def test_a_size_and_a_colour_are_two_steps_that_the_tools_take(said: str, wanted: dict[str, Any]) -> None:
    wishes = {w.tool: registry.check(w.tool, w.arguments, ["p1"]) for w in plan(said).wishes}
    assert wishes.keys() == {"set_background", "id_photo"}
    assert wishes["id_photo"] == {"pictures": ["p1"], **wanted}


def test_a_colour_without_a_size_is_a_background_alone() -> None:
    assert [w.tool for w in plan("换成蓝底证件照").wishes] == ["set_background"]
