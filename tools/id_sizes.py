"""The table of ID photos: prompts/id_sizes.toml. Everything in it is common practice, no authority's rule."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tools.settings import ROOT

MM = 25.4  # in an inch


@dataclass(frozen=True)
class Size:
    """A size of ID photos and where the head is put in it.

    width_mm, height_mm: in print; 0 for the custom one, whose lengths a person gives. head, margin: from chin to
    crown, and from the upper edge to the crown, as shares of the photo's height; head_most, margin_most: the largest
    that is not worth a word. source: what the figures lean on.
    """

    head: float
    head_most: float
    margin: float
    margin_most: float
    source: str
    width_mm: float = 0
    height_mm: float = 0


@dataclass(frozen=True)
class Paper:
    """A print sheet: its shorter and longer side, what stays white at its edges and between photos, in mm."""

    paper_mm: tuple[float, float]
    edge_mm: float
    gap_mm: float


def pixels(mm: float, dpi: int) -> int:
    """A length in px: ``mm / 25.4 * dpi`` to the nearest, at least 1."""
    return max(1, round(mm / MM * dpi))


@cache
def sizes() -> Mapping[str, Size]:
    """The sizes by name, "custom" last."""
    return {name: Size(**values) for name, values in _table()["size"].items()}


@cache
def papers() -> Mapping[str, Paper]:
    """The print sheets by name."""
    found = {}
    for name, values in _table()["sheet"].items():
        found[name] = Paper(tuple(values["paper_mm"]), values["edge_mm"], values["gap_mm"])
    return found


def _table() -> dict[str, Any]:
    return tomllib.loads((ROOT / "prompts" / "id_sizes.toml").read_text("utf-8"))
