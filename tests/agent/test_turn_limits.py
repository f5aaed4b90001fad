"""A turn that does not come to an end by itself: limits, mistakes, a model that fails."""

from __future__ import annotations

import pytest

from agent.events import Noticed, Planned, Refused
from agent.planner import Plan
from tests.agent.acting import Open, of, say, settle
from tests.agent.scripted import BLUE, CUT, Scripted, wishes
from tools.errors import NoRoom, PlannerUnavailable
from tools.settings import Limits


def test_a_wish_that_does_not_exist_goes_back_to_the_planner_and_never_to_the_person(
    open_: Open, me: list[tuple[str, bytes]]
) -> None:
    planner = Scripted(wishes(("paint", {"pictures": ["p1"]})), wishes(CUT))
    assistant = open_(planner=planner)
    talk = say(assistant, "抠图", me)
    assert "unknown_tool" in planner.asked[1].messages[-1]["content"]
    assert [c.call.tool for c in assistant.view(talk).waiting] == ["matte"]


def test_the_same_mistake_again_and_again_ends_with_a_sentence(open_: Open, me: list[tuple[str, bytes]]) -> None:
    planner = Scripted(*[wishes(("paint", {"pictures": ["p1"]})) for _ in range(9)])
    talk = say(assistant := open_(planner=planner), "抠图", me)
    assert of(assistant, talk, Noticed)[-1].key == "same_failure"  # type: ignore[union-attr]
    assert len(planner.asked) == 3


def test_too_many_rounds_end_with_a_sentence(open_: Open, me: list[tuple[str, bytes]]) -> None:
    planner = Scripted(*[wishes((f"paint{i}", {})) for i in range(99)])
    talk = say(assistant := open_(planner=planner), "抠图", me)
    assert of(assistant, talk, Noticed)[-1].key == "too_many_rounds"  # type: ignore[union-attr]
    assert len(planner.asked) == Limits.rounds


def test_steps_beyond_the_limit_are_refused(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(wishes(CUT, BLUE, BLUE), limits=Limits(steps=2))
    talk = say(assistant, "抠图", me)
    assert len(assistant.view(talk).waiting) == 2


def test_a_text_beyond_the_limit_is_refused_with_a_sentence(open_: Open) -> None:
    assistant = open_(limits=Limits(text=10))
    talk = assistant.store.create()
    with pytest.raises(NoRoom, match="text_too_long"):
        assistant.say(talk, "x" * 11)
    assert assistant.store.count(talk) == 0


def test_pictures_beyond_the_limit_are_refused_by_name(open_: Open, me: list[tuple[str, bytes]]) -> None:
    assistant = open_(Plan("?"), limits=Limits(pictures=1))
    talk = say(assistant, "", me * 2)
    assert [e.key for e in of(assistant, talk, Refused)] == ["too_many_pictures"]  # type: ignore[union-attr]


def test_when_the_model_fails_the_built_in_planner_can_take_over_for_this_turn(
    open_: Open, me: list[tuple[str, bytes]]
) -> None:
    assistant = open_(PlannerUnavailable("bug"), Plan("model again"))
    talk = say(assistant, "抠图", me)
    notice = of(assistant, talk, Noticed)[-1]
    assert notice.offer == "builtin"  # type: ignore[union-attr]
    settle(assistant, talk, lambda: assistant.go_on(talk, builtin=True))
    assert [e.planner for e in of(assistant, talk, Planned)] == ["built-in"]  # type: ignore[union-attr]
    say(assistant, "你好", to=talk)
    assert of(assistant, talk, Planned)[-1].planner == "scripted"  # type: ignore[union-attr]
