"""Two looks at a picture: a glance at the whole, to see what it is about; then closer at that, for its edges.

    picture ──► small ──► a glance, mirrored ──► what is the subject ──► the part that holds it
       │                                                 │                   │
       └─────────────────────────────────────────────────┼──► that part ──► network ──► edges ──► both as one

A network judges best what is about as large as what it learned on: seen too large, parts of the subject get lost;
seen too small, hair does. So edges are the second look's, and regions what both say. On held-out pictures
(`python -m benchmarks.looks`) this is better than either look alone.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from models.refine import Window

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

LOOKS = "l8"  # changes with everything here that changes an alpha; part of the keys of caches

FIRST = 0.75  # long side of the first look, as a share of the second's
SEEN = 0.2  # alpha from which on a pixel of the first look may belong to the subject
MARGIN = 0.12  # of the subject's height and width, shown around it at the second look
AROUND = 4  # px of the first look that are shown at least
NARROWEST = 0.5  # the part's short side by its long side: a slice alone says little about what it shows
NEARLY_ALL = 0.9  # of height and width: beyond that the part is the whole picture

# How both looks become one; chosen on held-out pictures (docs/training.md), where all of them lie on a wide plateau.
NEAR = 4  # px of the second look within which alpha is compared
EDGE = (0.4, 0.7)  # its range there: up to the first it is a region, from the second on an edge
SAY = 0.35  # of the first look in a region, beside the second's
DECIDED = 2.0  # how much farther from 0.5 a region's logit is set than both say
SUREST = 0.01  # and 1 - SUREST: alphas beyond count no more, or one look would outvote the other without bounds


class Part(NamedTuple):
    """The part of a picture that holds its subject, in pixels of the first look and of the picture itself."""

    cells: Window
    pixels: Window


def part_to_look_at(alpha: Floats, shape: tuple[int, ...]) -> Part | None:
    """Where the subject is, with some of what surrounds it; None where there is none.

    Args:
        alpha: (h, w) float32, 0..1, of the first look.
        shape: height and width of the picture itself.
    """
    seen = alpha > SEEN
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if not rows.size:
        return None
    height, width = alpha.shape
    down, across = _with_margin(rows, height), _with_margin(columns, width)
    longest = max(down[1] - down[0], across[1] - across[0])
    down, across = _at_least(down, NARROWEST * longest, height), _at_least(across, NARROWEST * longest, width)
    if down[1] - down[0] > NEARLY_ALL * height and across[1] - across[0] > NEARLY_ALL * width:
        down, across = (0, height), (0, width)
    cells = Window(*down, *across)
    return Part(cells, _scaled(cells, shape, (height, width)))


def _with_margin(places: NDArray[np.intp], end: int) -> tuple[int, int]:
    first, last = int(places[0]), int(places[-1]) + 1
    margin = round(MARGIN * (last - first)) + AROUND
    return max(0, first - margin), min(end, last + margin)


def _at_least(span: tuple[int, int], length: float, end: int) -> tuple[int, int]:
    """The span made longer on both sides until it has the length, within 0..end."""
    missing = min(length, end) - (span[1] - span[0])
    if missing <= 0:
        return span
    first = min(max(0.0, span[0] - missing / 2), end - (span[1] - span[0]) - missing)
    return int(first), min(end, int(np.ceil(first + (span[1] - span[0]) + missing)))


def _scaled(cells: Window, shape: tuple[int, ...], size: tuple[int, ...]) -> Window:
    """The window of a (h, w) look in pixels of the picture: it begins at even ones, and holds an even number of them
    but where the picture ends at an odd one, so that it can be cut from the picture at half its size, too."""
    spans = []
    for first, last, end, seen in (
        (cells.top, cells.bottom, shape[0], size[0]),
        (cells.left, cells.right, shape[1], size[1]),
    ):
        begin = min(int(first * end / seen), end - 1) // 2 * 2
        until = max(begin + 1, round(last * end / seen))
        spans.append((begin, min(end, until + (until - begin) % 2)))
    return Window(*spans[0], *spans[1])


Number = TypeVar("Number", np.uint8, np.float32)


def cut(array: NDArray[Number], window: Window) -> NDArray[Number]:
    """The window's part of an array, as a view."""
    return array[window.top : window.bottom, window.left : window.right]


def resized(values: Floats, shape: tuple[int, ...]) -> Floats:
    """Float32 values at another height and width: means when shrinking, bilinear when growing."""
    grows = shape[0] * shape[1] >= values.size
    how = cv2.INTER_LINEAR if grows else cv2.INTER_AREA
    return np.asarray(cv2.resize(values, (shape[1], shape[0]), interpolation=how), np.float32)


def as_one(first: Floats, second: Floats) -> Floats:
    """Alpha (h, w) of the part: the second look's along edges, what both say of regions.

    Away from edges grey means "not sure" and hardly ever "half transparent". The least error then has whoever says
    what is likelier, not what is likely by half; so a region is called more decidedly than the looks call it.

    Args:
        first: alpha of the part as the first look has it, float32 0..1, of any size.
        second: (h, w) float32, 0..1.
    """
    votes = SAY * _logit(resized(first, second.shape)) + (1 - SAY) * _logit(second)
    region = 1 / (1 + np.exp(-DECIDED * votes))
    return np.asarray(second + _away_from_edges(second) * (region - second), np.float32)


def _logit(alpha: Floats) -> Floats:
    held = np.clip(alpha, SUREST, 1 - SUREST)
    return np.asarray(np.log(held / (1 - held)), np.float32)


def _away_from_edges(alpha: Floats) -> Floats:
    """1 where alpha is about the same all around, 0 where nearly all of its range lies within NEAR px."""
    near = np.ones((2 * NEAR + 1,) * 2, np.uint8)
    spread = cv2.dilate(alpha, near) - cv2.erode(alpha, near)
    return np.asarray(1 - np.clip((spread - EDGE[0]) / (EDGE[1] - EDGE[0]), 0, 1), np.float32)


def into(whole: Floats, part: Floats, cells: Window) -> Floats:
    """A copy of ``whole`` (of the first look's size) with ``part``, of any size, in its place."""
    filled = whole.copy()
    filled[cells.top : cells.bottom, cells.left : cells.right] = resized(
        part, (cells.bottom - cells.top, cells.right - cells.left)
    )
    return filled
