"""A piece of a sentence with what it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class Token:
    """``kind`` is a concept, or one of number, dimensions, colour, quote, photo, nick, filename, ordinal, stop,
    comma, word. ``used``: a number that a field has taken already."""

    kind: str
    value: Any
    text: str
    start: int
    unit: str = ""
    negated: bool = False
    used: bool = False

    @property
    def end(self) -> int:
        """Where the phrase ends."""
        return self.start + len(self.text)


ACTIONS = frozenset(
    [
        "cut",
        "remove_background",
        "transparent",
        "remove",
        "colour",
        "feather",
        "soft",
        "hard",
        "erode",
        "dilate",
        "threshold",
        "denoise",
        "fringe",
        "jag",
        "haze",
        "blur",
        "gradient",
        "original",
        "restore",
        "export",
        "resize",
        "mask",
        "id_photo",
        "size",
        "sheet",
        "undo",
        "redo",
        "format",
        "dimensions",
        "purpose",
        "overcut",
        "darker",
        "lighter",
        "keep",
        "background",
        "name",
        "hair",
        "touch",
        "held",
        "undo_all",
        "network",
    ]
)
EDITS = ACTIONS - frozenset(
    ["export", "resize", "format", "dimensions", "purpose", "name", "mask", "keep", "size", "sheet"]
)
STOPS = frozenset(("stop", "comma", "then"))
