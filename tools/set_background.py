"""`set_background`: what lies behind the subject."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tools.desk import Desk, Progress, Result
from tools.editing import edit_each
from tools.errors import BadValue
from tools.matte import EDGES_BY_HAND, PICTURES, edges_in_words, with_edges
from tools.recipe import Background, Recipe
from tools.registry import Arguments, Choice, Field, Tool
from tools.wording import say

TAKEN = ("color", "color2", "direction", "blur")


def background(arguments: Arguments) -> Background:
    """The background that ``arguments`` ask for; ``background_picture`` must already be a sha256."""
    given: dict[str, Any] = {name: arguments[name] for name in TAKEN if name in arguments}
    return Background(kind=arguments["kind"], picture=arguments.get("background_picture", ""), **given)


def with_background(recipe: Recipe, arguments: Arguments) -> Recipe:
    """The recipe cut out and with the new background; "original" on an uncut picture leaves it uncut."""
    cut = recipe.cut or arguments["kind"] != "original"
    return replace(with_edges(recipe, arguments), cut=cut, background=background(arguments))


def run(desk: Desk, arguments: Arguments, progress: Progress) -> Result:
    """Sets the background of each picture, cutting it out first where that has not been done.

    Raises:
        BadValue: kind "picture" without a picture to put behind, or a picture behind itself alone.
    """
    if arguments["kind"] == "picture":
        if "background_picture" not in arguments:
            raise BadValue("no_background_picture")
        behind = desk.pictures[arguments["background_picture"]]
        arguments = arguments | {"background_picture": behind.sha256}
    if arguments["kind"] == "color" and "color" not in arguments:
        raise BadValue("no_color")
    return edit_each(desk, arguments, progress, with_background)


def describe(arguments: Arguments, language: str) -> str:
    """For example: "Background: #438EDB", and the edge's settings where they are given by hand."""
    color = arguments.get("color", Background.color)
    behind = say(
        language,
        f"step.background.{arguments['kind']}",
        color=color,
        color2=arguments.get("color2", Background.color2),
        picture=arguments.get("background_picture", ""),
    )
    return say(language, "step.comma").join([behind, *edges_in_words(arguments, language)])


def _only(*kinds: str) -> tuple[str, tuple[str, ...]]:
    return "kind", kinds


TOOL = Tool(
    name="set_background",
    about=(
        "Set what lies behind the subject. Cuts the picture out by itself if that was not done. Colours without a "
        "number: blue of an ID photo #438EDB, otherwise CSS names."
    ),
    label={"zh": "背景", "en": "Background"},
    fields=(
        PICTURES,
        Field(
            "kind",
            "choice",
            "transparent, one color, a gradient from color to color2, another picture, the own background blurred, "
            "or the original background.",
            {"zh": "类型", "en": "Kind"},
            default="transparent",
            required=True,
            choices=(
                Choice("transparent", {"zh": "透明", "en": "Transparent"}),
                Choice("color", {"zh": "纯色", "en": "Colour"}),
                Choice("gradient", {"zh": "渐变", "en": "Gradient"}),
                Choice("picture", {"zh": "图片", "en": "Picture"}),
                Choice("blur", {"zh": "模糊", "en": "Blur"}),
                Choice("original", {"zh": "原背景", "en": "Original"}),
            ),
        ),
        Field(
            "color",
            "color",
            "#RRGGBB of a color, or where a gradient begins (top, left, centre).",
            {"zh": "颜色", "en": "Colour"},
            default="#FFFFFF",
            shown_if=_only("color", "gradient"),
        ),
        Field(
            "color2",
            "color",
            "#RRGGBB where a gradient ends.",
            {"zh": "渐变终点色", "en": "End colour"},
            default="#000000",
            shown_if=_only("gradient"),
        ),
        Field(
            "direction",
            "choice",
            "Of a gradient.",
            {"zh": "方向", "en": "Direction"},
            default="vertical",
            choices=(
                Choice("vertical", {"zh": "上下", "en": "Vertical"}),
                Choice("horizontal", {"zh": "左右", "en": "Horizontal"}),
                Choice("radial", {"zh": "中心向外", "en": "Radial"}),
            ),
            shown_if=_only("gradient"),
        ),
        Field(
            "background_picture",
            "picture",
            "Id of the picture to put behind (filled and centred), for kind picture.",
            {"zh": "背景图片", "en": "Background picture"},
            shown_if=_only("picture"),
        ),
        Field(
            "blur",
            "number",
            "Strength in px for kind blur; leave it out for one that suits the picture's size.",
            {"zh": "模糊强度", "en": "Blur"},
            default=0,
            minimum=0,
            maximum=200,
            unit="px",
            hint={"zh": "0 为自动", "en": "0 is automatic"},
            shown_if=_only("blur"),
        ),
        *EDGES_BY_HAND,
    ),
    run=run,
    describe=describe,
)
