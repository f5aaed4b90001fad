"""The steps of graded conversations: which are valid, and each with the set of pictures that it is for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SIZES = {
    "one_inch": (25, 35),
    "small_one_inch": (22, 32),
    "large_one_inch": (33, 48),
    "two_inch": (35, 49),
    "small_two_inch": (35, 45),
    "passport_cn": (33, 48),
    "visa_us": (51, 51),
    "visa_jp": (45, 45),
    "schengen": (35, 45),
    "id_card_cn": (26, 32),
}  # mm
_UNUSED = {"color", "color2", "direction", "background_picture", "blur"}
INERT: dict[str, set[str]] = {
    "transparent": _UNUSED,
    "original": _UNUSED,
    "color": _UNUSED - {"color"},
    "gradient": {"background_picture"},
    "picture": {"color", "color2", "direction"},
    "blur": _UNUSED - {"blur"},
}  # fields which a kind of background does not use
Test = Callable[[Any], bool]


@dataclass(frozen=True)
class GradedStep:
    """A step: its tool, its arguments without pictures, and the pictures."""

    tool: str
    arguments: Mapping[str, Any]
    group: frozenset[str]


def _number(low: float, high: float, whole: bool = False) -> Test:
    def test(value: Any) -> bool:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return bool(number and low <= value <= high and (not whole or value == int(value)))

    return test


def _one_of(*names: str) -> Test:
    return lambda value: isinstance(value, str) and value in names


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _color(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"#[0-9A-Fa-f]{6}", value))


FIELDS: dict[str, dict[str, Test]] = {
    "matte": {
        "keep": _one_of("everything", "people", "main_subject"),
        "alpha_threshold": _number(0, 255, whole=True),
        "erode": _number(0, 20, whole=True),
        "dilate": _number(0, 20, whole=True),
        "feather": _number(0, 30),
        "denoise": lambda value: isinstance(value, bool),
    },
    "set_background": {
        "kind": _one_of("transparent", "color", "gradient", "picture", "blur", "original"),
        "color": _color,
        "color2": _color,
        "direction": _one_of("vertical", "horizontal", "radial"),
        "background_picture": _text,
        "blur": _number(0, 1000),
    },
    "export": {
        "format": _one_of("png", "jpeg", "webp", "tiff", "pdf"),
        "content": _one_of("result", "matte"),
        "quality": _number(1, 100, whole=True),
        "width": _number(1, 100_000, whole=True),
        "height": _number(1, 100_000, whole=True),
        "dpi": _number(1, 2400, whole=True),
        "max_kb": _number(1, 10**7),
        "name": _text,
    },
    "id_photo": {
        "size": _one_of(*SIZES, "custom"),
        "width_mm": _number(1, 500),
        "height_mm": _number(1, 500),
        "dpi": _number(1, 2400, whole=True),
        "sheet": _one_of("none", "5_inch", "6_inch", "a4"),
    },
    "undo": {"steps": lambda value: _number(-1000, 1000, whole=True)(value) and value != 0},
}


def read_steps(steps: Any, ids: Sequence[str]) -> tuple[list[GradedStep], str]:
    """The steps of an answer, and what is wrong with them ("" if nothing is)."""
    if not isinstance(steps, list):
        return [], "steps is not a list"
    found = []
    for number, step in enumerate(steps, 1):
        graded, fault = _read(step, ids)
        if graded is None:
            return [], f"step {number}: {fault}"
        found.append(graded)
    return found, ""


def _read(step: Any, ids: Sequence[str]) -> tuple[GradedStep | None, str]:
    if not isinstance(step, Mapping) or step.get("tool") not in FIELDS:
        return None, "no such tool"
    tool, arguments = str(step["tool"]), step.get("arguments", {})
    if not isinstance(arguments, Mapping):
        return None, "arguments is not an object"
    given = {k: v for k, v in arguments.items() if v is not None}
    group, fault = _pictures(tool, given.pop("pictures", None), given, ids)
    for name, value in given.items():
        if name not in FIELDS[tool] or not FIELDS[tool][name](value):
            return None, f"{tool}.{name} cannot be {value!r}"
    if given.get("background_picture", ids[0]) not in ids:
        return None, "unknown background picture"
    return (None, fault) if fault else (GradedStep(tool, given, group), "")


def _pictures(tool: str, pictures: Any, given: Mapping[str, Any], ids: Sequence[str]) -> tuple[frozenset[str], str]:
    everything = frozenset(ids)
    if tool == "undo":
        sound = "steps" in given and pictures in (None, ["all"], list(ids))
        return everything, "" if sound else "undo takes steps and no pictures"
    if not isinstance(pictures, list) or not pictures:
        return everything, "no pictures"
    if "all" in pictures:
        return everything, ""
    unknown = [p for p in pictures if p not in ids]
    return frozenset(pictures), f"unknown picture {unknown[0]}" if unknown else ""


def expected(plan: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> list[GradedStep]:
    """An acceptable plan of a line."""
    found = []
    for step in plan:
        arguments = dict(step["arguments"])
        pictures = arguments.pop("pictures", ids)
        found.append(GradedStep(step["tool"], arguments, frozenset(ids if "all" in pictures else pictures)))
    return found
