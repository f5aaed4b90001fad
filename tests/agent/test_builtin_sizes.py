"""While nothing crops to the size of an ID photo, a wish for one is told so, and the rest of it is still proposed."""

from __future__ import annotations

import threading

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


@pytest.mark.skipif("id_photo" in registry.tools(), reason="there is a tool for it")
@pytest.mark.parametrize(("said", "told"), [("一寸蓝底证件照", "以后才有"), ("a 2 inch ID photo on white", "later")])
def test_a_size_that_can_not_be_made_yet_is_told(said: str, told: str) -> None:
    answer = plan(said)
    assert told in answer.text
    assert [w.tool for w in answer.wishes] == ["set_background"]


def test_without_a_size_nothing_is_told_about_it() -> None:
    assert "以后才有" not in plan("换成蓝底证件照").text
