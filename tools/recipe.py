"""The recipe: everything a person asked for of one picture, as a small value that never changes.

A version of a picture is (picture, recipe). A tool that edits makes a new recipe from the old one; only
``render`` turns a recipe into pixels. Lengths are in pixels of the original.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Keep = Literal["everything", "people", "main_subject"]
BackgroundKind = Literal["transparent", "color", "gradient", "picture", "blur", "original"]
Direction = Literal["vertical", "horizontal", "radial"]


@dataclass(frozen=True)
class Edges:
    """What is done to the alpha of the network, in this order: threshold, erode, dilate, denoise, feather."""

    alpha_threshold: int = 0  # 0..255: alpha below it becomes 0; 0 is off
    erode: float = 0  # px
    dilate: float = 0  # px
    denoise: bool = False
    feather: float = 0  # px; 0 is off


@dataclass(frozen=True)
class Background:
    """What lies behind the subject. Only the fields of its ``kind`` count."""

    kind: BackgroundKind = "transparent"
    color: str = "#FFFFFF"  # "#RRGGBB", of a colour and of a gradient's beginning
    color2: str = "#000000"  # of a gradient's end
    direction: Direction = "vertical"
    picture: str = ""  # sha256 of the picture behind
    blur: float = 0  # px; 0 means a blur that suits the picture's size


@dataclass(frozen=True)
class Recipe:
    """``cut`` False is the picture as it came; everything else counts only once it is cut."""

    cut: bool = False
    keep: Keep = "everything"
    edges: Edges = field(default_factory=Edges)
    background: Background = field(default_factory=Background)
    network: str = ""  # whose alpha: "builtin", a known name, or "" for the configured one (tools/networks.py)

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the store and for keys of caches."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Recipe:
        """The inverse of ``to_json``."""
        return cls(
            cut=data["cut"],
            keep=data["keep"],
            edges=Edges(**data["edges"]),
            background=Background(**data["background"]),
            network=data.get("network", ""),
        )

    def with_edges(self, **changes: Any) -> Recipe:
        """The same recipe with some edge settings changed, and cut."""
        return replace(self, cut=True, edges=replace(self.edges, **changes))

    def keeping(self, keep: Keep) -> Recipe:
        """The same recipe, keeping something else."""
        return replace(self, keep=keep)


ORIGINAL = Recipe()
