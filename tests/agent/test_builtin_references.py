"""Which pictures the built-in planner takes a sentence to be about, and what is then done to each."""

from __future__ import annotations

from typing import Any

import pytest

from agent.plan_lines import plan_line

THREE = (("me.jpg", "portrait"), ("cat.jpg", "animal"), ("shoe.png", "product"))
WHITE, BLACK, BLUE, GREY = "#FFFFFF", "#000000", "#0000FF", "#808080"


def colours(*said: str, pictures: tuple[tuple[str, str], ...] = THREE) -> dict[str, str]:
    """Picture -> the colour or kind of the background that it gets."""
    steps = planned(*said, pictures=pictures)
    found = [(p, a.get("color", a["kind"])) for tool, a in steps if tool == "set_background" for p in a["pictures"]]
    assert len(dict(found)) == len(found), "a picture gets two backgrounds"
    return dict(found)


def planned(*said: str, pictures: tuple[tuple[str, str], ...] = THREE) -> list[tuple[str, dict[str, Any]]]:
    shown = [
        {"id": f"p{n}", "name": name, "width": 3024, "height": 4032, "subject": subject}
        for n, (name, subject) in enumerate(pictures, 1)
    ]
    answer = plan_line({"id": "1", "pictures": shown, "said": list(said)})
    return [(s["tool"], s["arguments"]) for s in answer["steps"]]


def named(*names: str, subject: str = "product") -> tuple[tuple[str, str], ...]:
    return tuple((name, subject) for name in names)


@pytest.mark.parametrize(
    ("said", "files", "expected"),
    [
        ("0032那张换成黑底", named("IMG_0031.jpg", "IMG_0032.jpg"), {"p2": BLACK}),
        ("the stack of pillows: white", named("pillow.jpg", "pillow_stack.jpg"), {"p2": WHITE}),
        ("乙那张换成黑底", named("海报甲.jpg", "海报乙.jpg"), {"p2": BLACK}),
        ("A 要白底, B 要黑底", named("product_A.jpg", "product_B.jpg"), {"p1": WHITE, "p2": BLACK}),
        ("mug on white, plate on black", named("mug.jpg", "plate.jpg"), {"p1": WHITE, "p2": BLACK}),
        ("kid 7 on white", named("kid_07.jpg", "kid_08.jpg"), {"p1": WHITE}),
        ("the red one on white", named("red.jpg", "bag.jpg"), {"p1": WHITE}),
        ("沙灘那張換白底", named("沙灘.jpg", "課室.jpg"), {"p1": WHITE}),
    ],
)
def test_a_part_of_a_file_name_names_a_picture(
    said: str, files: tuple[tuple[str, str], ...], expected: dict[str, str]
) -> None:
    assert colours(said, pictures=files) == expected


def test_a_word_that_every_file_name_holds_names_none() -> None:
    assert colours("the cafe photos on white", pictures=named("cafe.jpg", "cafe_2.jpg")) == {"p1": WHITE, "p2": WHITE}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("猫和鞋都换白底", {"p2": WHITE, "p3": WHITE}),
        ("all of them but the last on grey", {"p1": GREY, "p2": GREY}),
        ("everything white except the cat, that one black", {"p1": WHITE, "p2": BLACK, "p3": WHITE}),
        ("第一张和第三张白底,第二张别动", {"p1": WHITE, "p3": WHITE}),
        ("white for everything, but don't touch the cat", {"p1": WHITE, "p3": WHITE}),
        ("奇数张换白底", {"p1": WHITE, "p3": WHITE}),
        ("1、2换蓝底,3换白底", {"p1": BLUE, "p2": BLUE, "p3": WHITE}),
        ("三张各换一个颜色：白、蓝、黑", {"p1": WHITE, "p2": BLUE, "p3": BLACK}),
        ("全部白底,猫那张黑底", {"p1": WHITE, "p2": BLACK, "p3": WHITE}),
        ("我那张换蓝底,剩下两张白底", {"p1": BLUE, "p2": WHITE, "p3": WHITE}),
        ("black behind the cat and the rest on grey", {"p1": GREY, "p2": BLACK, "p3": GREY}),
    ],
)
def test_each_picture_gets_what_is_said_of_it(said: str, expected: dict[str, str]) -> None:
    assert colours(said) == expected


def test_halves_and_the_one_after_it() -> None:
    six = named(*(f"f{n}.jpg" for n in range(6)))
    assert colours("first half white, second half black", pictures=six) == {
        **dict.fromkeys(("p1", "p2", "p3"), WHITE),
        **dict.fromkeys(("p4", "p5", "p6"), BLACK),
    }
    assert set(colours("the second and the one right after it need black behind them", pictures=six)) == {"p2", "p3"}


def test_a_file_that_is_wanted_after_several_pictures_is_wanted_of_all_of_them() -> None:
    steps = planned("第一张白底,第二张黑底,然后导出jpg")
    assert [a["pictures"] for tool, a in steps if tool == "export"] == [["p1", "p2"]]


def test_versions_of_one_picture_are_exported_one_after_the_other() -> None:
    steps = planned("我要两个版本,一个白底一个蓝底,都导出jpg", pictures=THREE[:1])
    assert [tool for tool, _ in steps] == ["set_background", "export", "set_background", "export"]
    assert [a["color"] for tool, a in steps if tool == "set_background"] == [WHITE, BLUE]


def test_several_sizes_are_several_files() -> None:
    steps = planned("export 800x800 and 400x400", pictures=THREE[:1])
    assert [(a["width"], a["height"]) for _, a in steps] == [(800, 800), (400, 400)]


def test_a_limit_said_later_is_about_the_file_of_before() -> None:
    steps = planned("白底", "导出800x800的jpg", "不超过200KB", pictures=THREE[:1])
    assert [a | {"pictures": []} for _, a in steps] == [
        {"pictures": [], "format": "jpeg", "width": 800, "height": 800, "max_kb": 200}
    ]


@pytest.mark.parametrize(
    ("said", "first", "second", "direction"),
    [
        ("渐变背景，上面蓝下面白", BLUE, WHITE, "vertical"),
        ("最下面白的,往上走慢慢变成蓝", BLUE, WHITE, "vertical"),
        ("a gradient: white on the right, black on the left", BLACK, WHITE, "horizontal"),
        ("white in the centre going out to black at the corners", WHITE, BLACK, "radial"),
    ],
)
def test_the_colours_of_a_gradient_stand_where_they_are_said_to(
    said: str, first: str, second: str, direction: str
) -> None:
    (_, arguments), *rest = planned(said, pictures=THREE[:1])
    assert not rest and (arguments["color"], arguments["color2"]) == (first, second)
    assert arguments["direction"] == direction


def test_a_choice_of_people_by_place_becomes_a_question() -> None:
    assert planned("只留左边的人", pictures=(("us.jpg", "group"),)) == []
    assert planned("只留左边的人", "只留主体", pictures=(("us.jpg", "group"),))[0][1]["keep"] == "main_subject"
