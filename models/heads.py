"""Where heads are, looked for inside of what was cut out.

A small network (`models/head_network.py`) judges the picture, laid onto grey, at many sizes; several places that mean
the same head are one. The network gives chin and centre; the crown is where the silhouette ends above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file

from models.head_network import CELL, UNIT, HeadNetwork, judged, padded, resized, seen

Bytes = NDArray[np.uint8]

WEIGHTS = Path(__file__).parent / "weights" / "heads.safetensors"

STEP = 1.25  # between one size and the next
SMALLEST, LARGEST = 0.13, 1.05  # of the silhouette's height: heads that are looked for
LEAST = 24.0  # px of the picture from crown to chin; smaller heads are not looked for
BORDER = 24  # px of nothing around each size, so that heads at the border have their surroundings

FOUND = 0.75
"""Chance from which on a place is a head. `python -m models.train_heads --measure` prints how many pictures of people
and of other things reach it."""

FAINT = 0.3
"""Chance from which on a place helps to say where a head is that was found."""

TALL = 1.3
"""Of the expected head: what stands higher above the chin is a hat, or hair worn high, and not the crown."""

HIGH = 1.7
"""Of the expected head: with more than that above the chin it is a badge or a print on somebody's chest."""


@dataclass(frozen=True)
class Head:
    """A head, in px of the picture.

    centre: x of the face. chin: y of its lower end. crown: y of the upper end of the head with its hair. top: y where
    the silhouette above it ends; higher than the crown with a hat. score: how sure, FOUND to 1.
    """

    centre: float
    crown: float
    chin: float
    top: float
    score: float

    @property
    def height(self) -> float:
        """From crown to chin."""
        return self.chin - self.crown


@dataclass(frozen=True)
class Window:
    """A place that looks like a face: ``height`` is what is expected from crown to chin, px of the picture."""

    score: float
    height: float
    chin: float
    centre: float


def find_heads(rgb: Bytes, alpha: Bytes) -> tuple[Head, ...]:
    """The heads of a picture, the surest first; empty if there is none.

    Args:
        rgb: (H, W, 3) uint8 sRGB.
        alpha: (H, W) uint8, of the cut-out. Faces are looked for inside of it.
    """
    sure = [w for w in apart(windows(rgb, alpha, detector())) if w.score >= FOUND]
    heads = [_head(window, alpha) for window in sure]
    return tuple(h for w, h in zip(sure, heads, strict=True) if w.chin - h.top <= HIGH * w.height)


@cache
def detector() -> HeadNetwork:
    """The network with its weights, ready to judge."""
    network = HeadNetwork()
    network.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
    return network.eval()


def windows(rgb: Bytes, alpha: Bytes, network: HeadNetwork, least: float = FAINT) -> list[Window]:
    """Every place of every size whose chance of a head is `least` or more, the best first."""
    solid = alpha >= 128
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not len(rows):
        return []
    height = float(rows[-1] - rows[0] + 1)
    around = round(0.1 * height)  # beyond it there is nothing but grey
    top, left = max(0, int(rows[0]) - around), max(0, int(columns[0]) - around)
    part = (slice(top, int(rows[-1]) + around + 1), slice(left, int(columns[-1]) + around + 1))
    found: list[Window] = []
    size = height * LARGEST
    while size >= max(height * SMALLEST, LEAST):
        here = _at_size(rgb[part], alpha[part], size, network, least)
        found += [replace(w, chin=w.chin + top, centre=w.centre + left) for w in here]
        size /= STEP
    return sorted(found, key=lambda window: -window.score)


def _at_size(rgb: Bytes, alpha: Bytes, size: float, network: HeadNetwork, least: float) -> list[Window]:
    scale = UNIT / size
    picture = padded(seen(*resized(rgb, alpha, scale)), BORDER)
    chance, right, down, larger = judged(network, picture)
    found = []
    for row, column in np.argwhere(chance >= least):
        place = (row, column)
        tall = UNIT * float(np.exp(larger[place])) / scale
        centre = (column * CELL + CELL / 2 + float(right[place]) * UNIT - BORDER) / scale
        middle = (row * CELL + CELL / 2 + float(down[place]) * UNIT - BORDER) / scale
        found.append(Window(float(chance[place]), tall, middle + tall / 2, centre))
    return found


def apart(found: Sequence[Window]) -> Iterator[Window]:
    """Of windows on the same head one, where all of them together say that it is."""
    left = list(found)
    while left:
        best = left[0]
        same = [w for w in left if _distance(best, w) <= 0.6]
        left = [w for w in left if _distance(best, w) > 0.6]
        yield _mean(best, [w for w in same if _distance(best, w) < 0.3 and 0.7 < w.height / best.height < 1.4])


def _mean(best: Window, near: Sequence[Window]) -> Window:
    shares = np.array([w.score for w in near])
    height, chin, centre = (
        float(np.average([getattr(w, name) for w in near], weights=shares)) for name in ("height", "chin", "centre")
    )
    return Window(best.score, height, chin, centre)


def _distance(one: Window, other: Window) -> float:
    """Between the middles of two heads, over the larger one's height."""
    down = (one.chin - one.height / 2) - (other.chin - other.height / 2)
    return float(np.hypot(one.centre - other.centre, down) / max(one.height, other.height))


def _head(window: Window, alpha: Bytes) -> Head:
    """The head at a window, with its crown where the silhouette ends above it."""
    half = 0.3 * window.height
    left, right = max(0, round(window.centre - half)), min(alpha.shape[1], round(window.centre + half) + 1)
    bottom = int(np.clip(round(window.chin - window.height / 2), 1, alpha.shape[0]))
    column = (alpha[:bottom, left:right] >= 128).mean(axis=1) > 0.08
    gaps = np.flatnonzero(~column)
    top = float(gaps[-1] + 1) if len(gaps) else 0.0
    crown = max(top, window.chin - TALL * window.height)
    return Head(window.centre, float(crown), window.chin, top, window.score)
