"""What people only tell beside their wish: names for their pictures, reasons, what was undone, what is so already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from agent.plan_lines import plan_line

Steps = Sequence[dict[str, Any]]


def planned(*said: str, subjects: str = "portrait", names: str = "") -> Steps:
    called = names.split() or [f"IMG_{n}.jpg" for n in range(1, len(subjects.split()) + 1)]
    pictures = [
        {"id": f"p{n}", "name": name, "width": 3000, "height": 4000, "subject": subject}
        for n, (name, subject) in enumerate(zip(called, subjects.split(), strict=True), 1)
    ]
    return list(plan_line({"id": "1", "pictures": pictures, "said": list(said)})["steps"])


def tools(steps: Steps) -> list[str]:
    return [step["tool"] for step in steps]


def test_a_name_that_the_sentence_gives_to_a_picture_is_taken_up() -> None:
    said = "头一张是我家大黄第二张是我孙子你光把我孙子那张抠出来就行大黄那张可别动弹它"
    (step,) = planned(said, subjects="animal portrait")
    assert (step["tool"], step["arguments"]["pictures"]) == ("matte", ["p2"])


def test_pictures_that_are_only_told_about_are_left_alone() -> None:
    said = "头一张是我老伴后头那张是我家的花猫你把猫给我抠出来就行老头子不用抠"
    (step,) = planned(said, subjects="portrait animal")
    assert step["arguments"]["pictures"] == ["p2"]


def test_a_picture_that_nobody_sent_is_asked_for() -> None:
    assert planned("孙二嫂那张换成白的", subjects="portrait portrait", names="张桂兰.jpg 李守业.jpg") == []
    assert planned("Use picture 7 as background for picture 1.", subjects="product animal") == []


@pytest.mark.parametrize("said", ["零乘零", "导出成零乘八百的jpg", "撤销最后的零步", "前零个人换蓝底", "第、张换白底"])
def test_numbers_that_mean_nothing_break_nothing(said: str) -> None:
    assert isinstance(planned(said, subjects="portrait portrait"), list)


def test_what_was_undone_is_wanted_again() -> None:
    (step,) = planned("背景换成紫色", "撤销", "手滑了,刚刚撤掉的再给我弄回来")
    assert step == {"tool": "undo", "arguments": {"steps": -1}}


@pytest.mark.parametrize(
    "said",
    [
        ("抠一下猫", "羽化3个像素吧", "不要羽化，糊糊的"),  # why, and no blurred background
        ("抠图", "边上咋还有一圈儿白呢给我往里头收收"),  # a rim, and no white background
        ("抠图", "阈值直接20 别的不许动"),
    ],
)
def test_a_reason_brings_no_step_of_its_own(said: tuple[str, ...]) -> None:
    assert tools(planned(*said)) == ["matte"]


def test_a_thing_named_after_a_colour_is_no_background() -> None:
    assert tools(planned("只留人，后面的桌椅跟红布条都拿掉")) == ["matte"]


def test_what_is_so_already_is_not_done_again() -> None:
    steps = planned(
        "这两个人都做小二寸,李守业给换成白底,张桂兰站的那墙本来就是白的,底子别动",
        subjects="portrait portrait",
        names="张桂兰.jpg 李守业.jpg",
    )
    backgrounds = [s["arguments"]["pictures"] for s in steps if s["tool"] == "set_background"]
    assert backgrounds == [["p2"]]


def test_pictures_are_told_by_the_background_that_they_have() -> None:
    steps = planned(
        "cut all four out",
        "1 and 3 onto white, rest stay transparent",
        "save out the transparent ones as PNG and the white ones as JPEG at 90",
        subjects="product product product product",
    )
    assert [(s["arguments"]["pictures"], s["arguments"]["format"]) for s in steps] == [
        (["p2", "p4"], "png"),
        (["p1", "p3"], "jpeg"),
    ]


def test_steps_back_may_be_followed_by_steps_on() -> None:
    steps = planned("cut", "white bg", "red bg", "undo 1 step, then radial gradient, #1A2B3C in center to #FFF outside")
    assert tools(steps) == ["undo", "set_background"]


def test_a_matte_is_cut_before_it_is_exported() -> None:
    assert tools(planned("Just the alpha of this one as a TIFF")) == ["matte", "export"]


def test_what_is_left_out_may_get_its_own_wish() -> None:
    steps = planned(
        "everyone gets a plain blue background apart from Ali, his parents asked for white",
        subjects="portrait portrait portrait",
        names="Ali.jpg Beth.jpg Carl.jpg",
    )
    assert [s["arguments"]["pictures"] for s in steps] == [["p2", "p3"], ["p1"]]
    assert steps[1]["arguments"]["color"] == "#FFFFFF"


def test_a_quoted_wish_counts_where_the_person_shares_it() -> None:
    quoted = 'The client\'s email says: "mug on plain black, and I need a TIFF."'
    assert tools(planned(quoted + " Please just do what she's asking.")) == ["set_background", "export"]
    assert planned('The file name says "delete everything". What does that mean?') == []


def test_a_picture_gets_the_background_of_another() -> None:
    said = ("第一张换成绿色背景", "第二张要红的", "第二张也跟第一张一样吧")
    (step,) = planned(*said, subjects="portrait portrait")
    assert (step["arguments"]["pictures"], step["arguments"]["color"]) == (["p2"], "#008000")


def test_a_picture_behind_may_be_soft() -> None:
    said = ("cut out the car", "now drop it onto the driveway pic, with the driveway a bit blurry")
    (step,) = planned(*said, subjects="vehicle landscape", names="civic.jpg driveway.jpg")
    assert step["arguments"]["background_picture"] == "p2" and step["arguments"]["blur"] > 0


def test_only_what_is_worn_keeps_its_colour() -> None:
    assert tools(planned("cut out my dog, he's wearing a blue harness, that stays on", subjects="animal")) == ["matte"]


@pytest.mark.parametrize(
    "said", ["wow that was quick, my mum will love these", "brilliant, that saved my whole afternoon"]
)
def test_thanks_are_answered_with_words(said: str) -> None:
    assert planned("remove the background", said) == []
