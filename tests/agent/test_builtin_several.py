"""Several pictures in one message: who gets what, exceptions with wishes of their own, names, models, and the past."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agent.test_builtin_conversation import Talk, wishes
from tests.agent.test_builtin_told import planned

Steps = list[dict[str, Any]]
PEOPLE = "portrait portrait portrait portrait"


def told(steps: Steps, tool: str, field: str) -> dict[str, Any]:
    """Picture -> the value of a field in the last step with a tool."""
    return {p: s["arguments"][field] for s in steps if s["tool"] == tool for p in s["arguments"]["pictures"]}


@pytest.mark.parametrize(
    "said",
    [
        "All four on white, except Ben, he's off to Shanghai and they want blue.",
        "都要白底，只有ben用蓝底",
        "White background for everybody. only ben on blue",
    ],
)
def test_an_exception_may_have_a_wish_of_its_own(said: str) -> None:
    steps = planned(said, subjects=PEOPLE, names="anna.jpg ben.jpg carla.jpg david.jpg")
    colours = told(steps, "set_background", "color")
    assert colours["p2"] in ("#0000FF", "#438EDB")
    assert {colours[p] for p in ("p1", "p3", "p4")} == {"#FFFFFF"}


def test_an_exception_keeps_what_was_wished_for_all_but_for_its_own() -> None:
    steps = planned(
        "Nina: two inch, white", "now the same for the others, except that Oskar gets light grey",
        subjects="portrait portrait portrait", names="nina.jpg paul.jpg oskar.jpg",
    )  # fmt: skip
    assert told(steps, "id_photo", "size") == {"p2": "two_inch", "p3": "two_inch"}
    assert told(steps, "set_background", "color") == {"p2": "#FFFFFF", "p3": "#D3D3D3"}


@pytest.mark.parametrize(
    ("said", "pictures"),
    [
        ("红底那张存个jpg", ["p1"]),
        ("export the one on red as jpg", ["p1"]),
        ("the white one as a jpeg please", ["p2"]),
    ],
)
def test_a_picture_is_known_by_the_background_that_it_has(said: str, pictures: list[str]) -> None:
    (step,) = planned("第一张红底，第二张白底", said, subjects="portrait portrait")
    assert (step["tool"], step["arguments"]["pictures"]) == ("export", pictures)


def test_the_ones_left_out_are_those_to_which_nothing_was_done() -> None:
    (step,) = planned("sofa and lamp on white", "and the one I left out on beige", subjects="object object object",
                      names="sofa.jpg lamp.jpg rug.jpg")  # fmt: skip
    assert step["arguments"]["pictures"] == ["p3"]


@pytest.mark.parametrize(
    "said",
    ["颜色比较深的那张帮我抠出来", "就好看的那张，抠一下", "one of them should be yellow", "Lena's has to be on blue"],
)
def test_a_picture_that_nobody_can_know_is_asked_for(said: str) -> None:
    assert planned(said, subjects="portrait portrait portrait") == []


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (["照片按顺序是爷爷、奶奶、我。爷爷奶奶的红底，我的白底"], {"p1": "#FF0000", "p2": "#FF0000", "p3": "#FFFFFF"}),
        (["2041是张总，2042是小刘，2043是老吴", "小刘的要红底"], {"p2": "#FF0000"}),
        (["Mia is the first picture and Leo the second. Leo on red please"], {"p2": "#FF0000"}),
    ],
)
def test_names_that_the_person_gives_to_pictures_are_kept(said: list[str], wanted: dict[str, str]) -> None:
    steps = planned(*said, subjects="portrait portrait portrait", names="IMG_2041.jpg IMG_2042.jpg IMG_2043.jpg")
    assert told(steps, "set_background", "color") == wanted


def test_a_picture_is_to_look_like_another_one_of_the_same_sentence() -> None:
    said = "员工的蓝底一寸，主管的红底一寸，但是周婷这次跟员工一样"
    steps = planned(said, subjects=PEOPLE, names="员工1.jpg 员工2.jpg 主管王强.jpg 主管周婷.jpg")
    colours = told(steps, "set_background", "color")
    assert colours["p4"] == colours["p1"] != colours["p3"]


def test_what_is_told_of_files_last_completes_the_files_told_of_before() -> None:
    steps = planned("三张都白底", "第一张存png，另外两张存webp，webp质量90", subjects="product product product")
    exports = {tuple(s["arguments"]["pictures"]): s["arguments"] for s in steps}
    assert exports["p1",]["format"] == "png"
    assert "quality" not in exports["p1",]
    assert (exports["p2", "p3"]["format"], exports["p2", "p3"]["quality"]) == ("webp", 90)


def test_each_picture_may_be_saved_under_its_own_name() -> None:
    steps = planned("第一张存成zhangwei.jpg第二张存成lina.jpg，都要白底", subjects="portrait portrait")
    assert [s["tool"] for s in steps] == ["set_background", "export", "export"]
    assert told(steps, "export", "name") == {"p1": "zhangwei", "p2": "lina"}


def test_a_picture_behind_others_is_not_among_those_that_are_saved() -> None:
    steps = planned("第一张和第三张的背景都用第二张，换好一起导出webp", subjects="portrait landscape portrait")
    assert told(steps, "export", "format") == {"p1": "webp", "p3": "webp"}


def test_why_something_is_wished_is_no_wish() -> None:
    (step,) = planned("only Marta on white because her blazer is grey", subjects="portrait portrait",
                      names="marta.jpg ben.jpg")  # fmt: skip
    assert told([step], "set_background", "color") == {"p1": "#FFFFFF"}


def test_in_a_real_conversation_too_an_edge_goes_back_to_what_it_was() -> None:
    talk = Talk("person")
    for said in ("抠出来，羽化4", "羽化改成9"):
        talk.say(said)
        talk.confirm()
    assert wishes(talk.say("太糊了，羽化还是跟之前一样吧")) == [("matte", {"feather": 4})]
