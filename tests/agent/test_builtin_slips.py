"""Values and pictures that are taken back in the same breath, what was before, and how a picture stands now."""

from __future__ import annotations

from typing import Any

import pytest

from agent.plan_lines import plan_line
from tests.agent.test_builtin_told import planned


def replied(*said: str, subjects: str = "portrait") -> dict[str, Any]:
    pictures = [
        {"id": f"p{n}", "name": f"IMG_{n}.jpg", "width": 3000, "height": 4000, "subject": subject}
        for n, subject in enumerate(subjects.split(), 1)
    ]
    return dict(plan_line({"id": "1", "pictures": pictures, "said": list(said)}))


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ("trim the edge by like 1 no 2 px", "erode", 2),
        ("羽化个5吧嗯还是8吧", "feather", 8),
        ("put it on orange no purple", "color", "#800080"),
        ("存成jpg啊不对jpg没法透明那存png吧", "format", "png"),
    ],
)
def test_a_value_that_is_taken_back_at_once_does_not_count(said: str, field: str, value: object) -> None:
    step = planned("抠出来", said)[-1]
    assert step["arguments"][field] == value


@pytest.mark.parametrize(
    "said",
    ["把第一张，哦不对，是第三张的背景换成黄色", "Make the first one yellow. Sorry, typo, I mean the third one."],
)
def test_the_picture_that_was_meant_after_all_gets_the_wish(said: str) -> None:
    (step,) = planned(said, subjects="plant plant plant")
    assert step["arguments"] == {"pictures": ["p3"], "kind": "color", "color": "#FFFF00"}


def test_two_sizes_that_are_weighed_are_no_slip() -> None:
    assert replied("一寸还是两寸我还没问清楚")["steps"] == []


@pytest.mark.parametrize("said", ["money is tight, cut it out", "always cut it out like this"])
def test_real_english_words_are_not_taken_for_typing_errors(said: str) -> None:
    (step,) = planned(said)
    assert (step["tool"], "keep" in step["arguments"]) == ("matte", False)


def test_the_colour_that_a_background_has_or_that_is_judged_is_not_the_one_wished_for() -> None:
    (step,) = planned("底色用白的", "不对,要浅灰,白的跟杯子分不开", subjects="product")
    assert step["arguments"]["color"] == "#D3D3D3"


def test_an_edge_goes_back_to_what_it_was_before() -> None:
    (step,) = planned("抠图，羽化3", "羽化改成10", "太糊了，羽化还是跟之前一样吧")
    assert step["arguments"] == {"pictures": ["p1"], "feather": 3}


def test_a_step_back_may_have_a_wish_behind_it() -> None:
    back, wish = planned("change the background to orange", "undo that and make it navy instead")
    assert (back["tool"], wish["arguments"]["color"]) == ("undo", "#000080")


def test_how_a_picture_stands_is_told_in_the_persons_language() -> None:
    said = replied("cut it out", "feather it by 5 px", "what's the feather set to now?")
    assert said["steps"] == [] and "feather 5 px" in said["reply"]
    said = replied("背景换成深蓝色", "现在背景是什么颜色？")
    assert said["steps"] == [] and "深蓝" in said["reply"]


def test_of_many_pictures_only_the_first_five_are_told_of() -> None:
    said = replied("都换成白底", "现在背景是什么颜色？", subjects=" ".join(["product"] * 40))
    assert said["reply"].count("现在") == 5


def test_praise_of_a_sharp_edge_is_answered_with_words() -> None:
    assert planned("把狗狗抠出来", "太厉害了,毛都抠得清清楚楚,谢谢你", subjects="animal") == []


def test_done_once_more_like_before_is_not_an_undo() -> None:
    steps = planned("第一张换成灰底，边缘收2像素", "那第二张呢？照刚才那样来一遍", subjects="portrait portrait")
    assert {step["tool"] for step in steps} == {"matte", "set_background"}
    assert all(step["arguments"]["pictures"] == ["p2"] for step in steps)


def test_a_new_background_that_is_refused_is_not_taken_away_instead() -> None:
    steps = planned("I don't want a new background or anything, I only need the mask itself, as a tiff file")
    assert [step["tool"] for step in steps if step["tool"] == "set_background"] == []
    assert steps[-1]["arguments"]["content"] == "matte"


def test_surprise_at_a_rim_trims_the_edge() -> None:
    (step,) = planned("把这双鞋抠出来", "边上怎么还有一圈白的", subjects="product")
    assert step["arguments"]["erode"] >= 1


def test_a_colour_in_numbers_holds_against_the_name_that_explains_it() -> None:
    step = planned("need rgb(245, 130, 32) behind the bottle, it's our packaging orange", subjects="product")[-1]
    assert step["arguments"]["color"] == "#F58220"
