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
Sheet = Literal["none", "5_inch", "6_inch", "a4"]


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
class IdPhoto:
    """An ID photo: how large it is in print, and the part of the picture that it shows.

    ``size`` is a name in prompts/id_sizes.toml. The part is as wide as the photo's proportions make it, and may reach
    beyond the picture: there lies the background.
    """

    size: str
    width_mm: float
    height_mm: float
    top: float  # px of the original: its upper edge
    height: float  # px of the original: from its upper to its lower edge
    centre: float  # px of the original: x of its middle
    dpi: int = 300
    sheet: Sheet = "none"

    @property
    def width(self) -> float:
        """Px of the original, from its left to its right edge."""
        return self.height * self.width_mm / self.height_mm


@dataclass(frozen=True)
class Recipe:
    """``cut`` False is the picture as it came; then nothing else counts but the part that an ID photo shows."""

    cut: bool = False
    keep: Keep = "everything"
    edges: Edges = field(default_factory=Edges)
    background: Background = field(default_factory=Background)
    network: str = ""  # whose alpha: "builtin", a known name, or "" for the configured one (tools/networks.py)
    id_photo: IdPhoto | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the store and for keys of caches."""
        plain = asdict(self)
        return plain if self.id_photo else {k: v for k, v in plain.items() if k != "id_photo"}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Recipe:
        """The inverse of ``to_json``."""
        return cls(
            cut=data["cut"],
            keep=data["keep"],
            edges=Edges(**data["edges"]),
            background=Background(**data["background"]),
            network=data.get("network", ""),
            id_photo=IdPhoto(**data["id_photo"]) if data.get("id_photo") else None,
        )

    def with_edges(self, **changes: Any) -> Recipe:
        """The same recipe with some edge settings changed, and cut."""
        return replace(self, cut=True, edges=replace(self.edges, **changes))

    def keeping(self, keep: Keep) -> Recipe:
        """The same recipe, keeping something else."""
        return replace(self, keep=keep)


ORIGINAL = Recipe()
