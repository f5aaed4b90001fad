"""「用 isnet 抠」: the built-in planner knows networks by name, and names none unless one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from agent.builtin.tokens.lexicon import tables
from agent.plan_lines import plan_line
from models.others.known_networks import NAMES


def planned(*said: str, pictures: int = 1) -> list[dict[str, Any]]:
    photos = [
        {"id": f"p{n}", "name": f"a{n}.jpg", "width": 800, "height": 600, "subject": "animal"}
        for n in range(1, pictures + 1)
    ]
    steps: Sequence[dict[str, Any]] = plan_line({"id": "1", "pictures": photos, "said": list(said)})["steps"]
    return list(steps)


def network(*said: str, pictures: int = 1) -> Any:
    found = {s["arguments"].get("network") for s in planned(*said, pictures=pictures) if s["tool"] == "matte"}
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("用 isnet 抠", "isnet"),
        ("use isnet for this one", "isnet"),
        ("用ISNet抠图", "isnet"),
        ("换成 u2net 试试", "u2net"),
        ("用 U2-Net 抠出来", "u2net"),
        ("cut it out with BiRefNet", "birefnet"),
        ("用birefnet lite抠", "birefnet-lite"),
        ("cut out with rvm and export as png", "rvm"),
        ("用内置的网络抠", "builtin"),
        ("不要用 isnet", "builtin"),
        ("抠图，不要用rvm，用modnet", "modnet"),
        ("换回默认的网络", "default"),
    ],
)
def test_a_network_that_is_named_is_asked_for(said: str, expected: str) -> None:
    assert network(said) == expected


def test_nothing_else_is_asked_for_after_a_cut() -> None:
    (step,) = planned("抠图", "用 isnet 再抠一次")
    assert step == {"tool": "matte", "arguments": {"pictures": ["p1"], "network": "isnet"}}


def test_it_is_for_the_pictures_that_are_named() -> None:
    (step,) = planned("第二张用 modnet 抠", pictures=2)
    assert step["arguments"]["pictures"] == ["p2"] and step["arguments"]["network"] == "modnet"


@pytest.mark.parametrize("said", ["抠图", "cut it out and make the background white", "羽化 2 像素", "只留人物"])
def test_without_a_name_the_field_is_left_out(said: str) -> None:
    assert network(said) is None


@pytest.mark.parametrize("said", ["isnet 是什么", "what is birefnet"])
def test_a_question_about_one_changes_nothing(said: str) -> None:
    assert planned(said) == []


def test_the_lexicon_knows_exactly_the_names_that_the_tool_takes() -> None:
    assert set(tables()["lexicon"]["network"]) == {"default", "builtin", *NAMES}
