"""`matte`: cut the subject out, and set how its edge is treated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tools.desk import Desk, Progress, Result
from tools.editing import edit_each
from tools.networks import BUILTIN, CHOICES, CONFIGURED
from tools.recipe import Background, Recipe
from tools.registry import Arguments, Choice, Field, Tool
from tools.wording import say

PICTURES = Field(
    "pictures",
    "pictures",
    'Ids of the pictures it is for, such as ["p1"], or ["all"].',
    {"zh": "图片", "en": "Pictures"},
    required=True,
)

EDGES = ("alpha_threshold", "erode", "dilate", "feather", "denoise")


def with_edges(recipe: Recipe, arguments: Arguments) -> Recipe:
    """The recipe cut out, with those settings of the edge that are given; as it was where none is."""
    given = {name: arguments[name] for name in EDGES if name in arguments}
    return recipe.with_edges(**given) if given else recipe


def with_matte(recipe: Recipe, arguments: Arguments) -> Recipe:
    """The recipe cut out; only what is given changes, so that earlier settings stay."""
    changed = replace(with_edges(recipe, arguments), cut=True)
    edged = any(name in arguments for name in EDGES)
    if recipe.background.kind == "original" and not edged:  # cut out of its own background means: without it
        changed = replace(changed, background=Background())
    if "network" in arguments:
        changed = replace(changed, network="" if arguments["network"] == CONFIGURED else arguments["network"])
    return changed.keeping(arguments["keep"]) if "keep" in arguments else changed


def run(desk: Desk, arguments: Arguments, progress: Progress) -> Result:
    """Cuts out each picture; the network runs only where it has not looked at the picture before."""
    return edit_each(desk, arguments, progress, with_matte)


def describe(arguments: Arguments, language: str) -> str:
    """For example: "Cut out the subject, feather 2 px"."""
    keep = arguments.get("keep", "everything")
    parts = [say(language, f"step.matte.{keep}")]
    parts += edges_in_words(arguments, language)
    if "network" in arguments:
        parts.append(say(language, "step.matte.network", value=_network(arguments["network"], language)))
    return say(language, "step.comma").join(parts)


def _network(name: str, language: str) -> str:
    return say(language, f"step.network.{name}") if name in (CONFIGURED, BUILTIN) else name


def edges_in_words(arguments: Arguments, language: str) -> list[str]:
    """The settings of the edge that are given, for example ["feather 2 px", "no specks"]."""
    return [_edge(name, arguments[name], language) for name in EDGES if name in arguments]


def _edge(name: str, value: Any, language: str) -> str:
    off = value is False or value == 0
    return say(language, f"step.matte.{name}_off" if off else f"step.matte.{name}", value=value)


TOOL = Tool(
    name="matte",
    about=(
        "Cut the subject out of its background with true soft edges (hair). Only the given fields change; on a "
        "picture that is already cut out, earlier settings stay."
    ),
    label={"zh": "抠图", "en": "Cut out"},
    fields=(
        PICTURES,
        Field(
            "keep",
            "choice",
            "What to keep: everything in the foreground, only the people, or only the main subject.",
            {"zh": "保留", "en": "Keep"},
            default="everything",
            choices=(
                Choice("everything", {"zh": "所有前景", "en": "Everything in front"}),
                Choice("people", {"zh": "只留人物", "en": "People only"}),
                Choice("main_subject", {"zh": "只留主体", "en": "Main subject only"}),
            ),
        ),
        Field(
            "feather",
            "number",
            "Softness of the edge in px; 0 is off. 1-3 is subtle, 5 and more is clearly soft.",
            {"zh": "羽化", "en": "Feather"},
            default=0,
            minimum=0,
            maximum=30,
            recommended=(1, 3),
            unit="px",
            hint={"zh": "让边缘变柔和", "en": "Softens the edge"},
        ),
        Field(
            "erode",
            "number",
            "Pulls the edge inward by px, against a rim of the old background.",
            {"zh": "边缘内缩", "en": "Erode"},
            default=0,
            minimum=0,
            maximum=20,
            recommended=(1, 3),
            unit="px",
            hint={"zh": "去掉白边、毛边", "en": "Removes a rim"},
        ),
        Field(
            "alpha_threshold",
            "integer",
            "Alpha below it becomes fully transparent: removes haze. 0 is off.",
            {"zh": "透明度阈值", "en": "Alpha threshold"},
            default=0,
            minimum=0,
            maximum=255,
            recommended=(10, 30),
            hint={"zh": "去掉背景残影", "en": "Removes haze in the background"},
            advanced=True,
        ),
        Field(
            "dilate",
            "number",
            "Pushes the edge outward by px, when too much was cut away.",
            {"zh": "边缘外扩", "en": "Dilate"},
            default=0,
            minimum=0,
            maximum=20,
            unit="px",
            hint={"zh": "抠得太紧时使用", "en": "When the cut is too tight"},
            advanced=True,
        ),
        Field(
            "denoise",
            "boolean",
            "Drops small islands and fills pinholes in the matte.",
            {"zh": "去除杂点", "en": "Remove specks"},
            default=False,
            hint={"zh": "去掉小碎块，补上小洞", "en": "Drops small islands, fills pinholes"},
            advanced=True,
        ),
        Field(
            "network",
            "choice",
            "Whose network cuts it out, only if the person names one; builtin is Koutu's own.",
            {"zh": "抠图网络", "en": "Network"},
            default=CONFIGURED,
            choices=tuple(Choice(name, {"zh": _network(name, "zh"), "en": _network(name, "en")}) for name in CHOICES),
            hint={"zh": "换一个网络来抠", "en": "Cut out by another network"},
            advanced=True,
        ),
    ),
    run=run,
    describe=describe,
)

EDGES_BY_HAND = tuple(replace(f, advanced=True, by_hand=True) for f in TOOL.fields if f.name in EDGES)
"""What the form of a step that cuts out by itself offers for the edge."""
