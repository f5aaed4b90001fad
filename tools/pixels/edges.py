"""What a person can do to the edge of a matte: threshold, erode, dilate, denoise, feather.

Pure functions on alpha, ``uint8`` (H, W), 0 = background, 255 = foreground. Everything is integer
arithmetic, so that the live preview in the browser computes the same bytes (``tests/vectors/edges.json`` is
checked by both).

Lengths are in pixels of the array given, 0..``LONGEST``, and may be fractional (a preview passes scaled
lengths). Each operation is defined for whole lengths; between two of them the results are mixed::

    low, high = operation(floor(px)), operation(floor(px) + 1)
    w = floor((px - floor(px)) * 256 + 0.5)
    result = (low * (256 - w) + high * w + 128) >> 8

A whole length of 0 is the identity. Outside of the picture lies nothing: erosion and dilation look only at
pixels inside, feathering repeats the pixels at the border.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.pixels.edge_loops import add_masses, fill_chosen, keep_chosen
from tools.recipe import Edges

Alpha = NDArray[np.uint8]

LONGEST = 50
"""px. At 50 the sums of ``feather`` still fit into 32 bits: 255 * 51**4 + 51**4 / 2 < 2**31."""

FAINT = 8
"""Alpha below it (3 %) can't be seen: background to ``denoise``; above 255 - 8 is foreground to it."""

ISLAND = 500
"""A part with less than 1/500 of the largest part's mass is an island: 60 x 60 px beside one of 1.8 MP."""

PINHOLE = 2000
"""A hole of at most 1/2000 of the largest part's mass is a pinhole: 30 x 30 px in one of 1.8 MP.
Stricter than for islands, since a gap that is wrongly filled shows the old background."""

_TILE = 512  # px; bounds the memory of ``feather`` and lets it skip flat areas


def threshold(alpha: Alpha, level: int) -> Alpha:
    """Alpha below ``level`` (0..255) becomes 0, the rest stays as it is; 0 changes nothing."""
    _check(alpha)
    if not 0 <= level <= 255:
        raise ValueError(f"level must be 0..255, got {level}")
    if level == 0:
        return alpha.copy()
    result: Alpha = np.where(alpha < level, np.uint8(0), alpha)
    return result


def erode(alpha: Alpha, px: float) -> Alpha:
    """Moves the edge inwards: each pixel becomes the least alpha within the disc dx² + dy² <= px²."""
    return _mixed(alpha, px, lambda r: np.asarray(cv2.erode(alpha, _disc(r)), np.uint8))


def dilate(alpha: Alpha, px: float) -> Alpha:
    """Moves the edge outwards: each pixel becomes the greatest alpha within the disc dx² + dy² <= px²."""
    return _mixed(alpha, px, lambda r: np.asarray(cv2.dilate(alpha, _disc(r)), np.uint8))


def feather(alpha: Alpha, px: float) -> Alpha:
    """Softens the edge over ``px`` to both sides of it.

    Filters rows and columns with the triangle of weights ``r + 1 - |i|``, i = -r..r, and rounds once::

        result = (sum + N // 2) // N,   N = (r + 1)**4

    Pixels farther than ceil(``px``) rows or columns from any other value keep theirs exactly. A triangle is
    two running sums of r + 1 pixels, so that time does not grow with ``px``.
    """
    return _mixed(alpha, px, lambda r: _triangle(alpha, r))


def denoise(alpha: Alpha) -> Alpha:
    """Drops small islands, then fills pinholes; "small" is relative to the largest part, whatever the scale.

    Islands: the 8-connected parts of alpha >= ``FAINT``; a part's mass is the sum of its alpha, ``largest``
    the greatest mass. Parts with mass * ``ISLAND`` >= max(largest, 1) stay, with the pixels that touch them
    (3 x 3: hair ends there); everything else becomes 0. What hangs on the subject, as a strand does, belongs
    to its part.

    Pinholes: of that result, the 4-connected parts of alpha <= 255 - ``FAINT``; a part's mass is the sum of
    255 - alpha. Parts with mass * ``PINHOLE`` <= largest (of above, before islands went) become 255, and so
    do the pixels above 255 - ``FAINT`` that touch them (3 x 3).
    """
    _check(alpha)
    kept, largest = _without_islands(alpha)
    return _without_pinholes(kept, largest)


def apply_edges(alpha: Alpha, edges: Edges, scale: float = 1.0) -> Alpha:
    """Threshold, erode, dilate, denoise, feather, in this order; those that are off change nothing.

    ``scale`` is the size of ``alpha`` over that of the original: lengths in ``edges`` are multiplied by it.
    """
    result = threshold(alpha, edges.alpha_threshold)
    result = erode(result, edges.erode * scale)
    result = dilate(result, edges.dilate * scale)
    if edges.denoise:
        result = denoise(result)
    return feather(result, edges.feather * scale)


def _check(alpha: Alpha) -> None:
    if alpha.dtype != np.uint8 or alpha.ndim != 2 or alpha.size == 0:
        raise ValueError(f"alpha must be uint8 (H, W), got {alpha.dtype} {alpha.shape}")


def _mixed(alpha: Alpha, px: float, whole: Callable[[int], Alpha]) -> Alpha:
    """``whole(r)`` for whole lengths, the mix of its two neighbours for others (see the module's text)."""
    _check(alpha)
    if not 0 <= px <= LONGEST:
        raise ValueError(f"a length must be 0..{LONGEST} px, got {px}")
    below = math.floor(px)
    weight = math.floor((px - below) * 256 + 0.5)
    low = whole(below) if below else alpha.copy()
    if weight == 0:
        return low
    high = whole(below + 1)
    mixed = low.astype(np.uint16) * np.uint16(256 - weight)  # at most 255 * 256 + 128: fits 16 bits
    mixed += high.astype(np.uint16) * np.uint16(weight)
    mixed += np.uint16(128)
    return (mixed >> 8).astype(np.uint8)


def _disc(radius: int) -> NDArray[np.uint8]:
    steps = np.arange(-radius, radius + 1)
    return (steps[:, None] ** 2 + steps[None, :] ** 2 <= radius**2).astype(np.uint8)


def _triangle(alpha: Alpha, radius: int) -> Alpha:
    """Tile by tile: where a tile and its surroundings are flat there is nothing to soften."""
    padded = np.pad(alpha, radius, mode="edge")
    result = alpha.copy()
    for top in range(0, alpha.shape[0], _TILE):
        for left in range(0, alpha.shape[1], _TILE):
            block = padded[top : top + _TILE + 2 * radius, left : left + _TILE + 2 * radius]
            if block.min() != block.max():
                result[top : top + _TILE, left : left + _TILE] = _filtered(block, radius)
    return result


def _filtered(block: Alpha, radius: int) -> Alpha:
    """The triangle filter, exact, for all but the outer ``radius`` pixels of ``block``."""
    window = radius + 1
    sums = cv2.boxFilter(block, cv2.CV_32S, (window, window), anchor=(0, 0), normalize=False)
    sums = cv2.boxFilter(sums, cv2.CV_32S, (window, window), anchor=(radius, radius), normalize=False)
    inner = sums[radius : block.shape[0] - radius, radius : block.shape[1] - radius]
    return ((inner + window**4 // 2) // window**4).astype(np.uint8)


def _without_islands(alpha: Alpha) -> tuple[Alpha, int]:
    """Alpha without islands, and the mass of the largest part."""
    labels, masses = _parts(alpha >= FAINT, alpha, 8)
    largest = int(masses.max())
    stays = masses * ISLAND >= max(largest, 1)
    kept = np.empty_like(alpha)
    keep_chosen(labels, stays, alpha, kept)
    return kept, largest


def _without_pinholes(alpha: Alpha, largest: int) -> Alpha:
    labels, masses = _parts(alpha <= 255 - FAINT, alpha, 4, inverse=True)
    small = (masses * PINHOLE <= largest) & (masses > 0)
    if not small.any():
        return alpha
    filled = np.empty_like(alpha)
    fill_chosen(labels, small, alpha, filled)
    return filled


def _parts(
    mask: NDArray[np.bool_], alpha: Alpha, connectivity: int, inverse: bool = False
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Labels of the connected parts of ``mask`` (0 is outside of it), and each part's sum of alpha, or of 255 - alpha;
    0 for what is outside."""
    count, found = cv2.connectedComponents(mask.view(np.uint8), connectivity=connectivity)
    labels, masses = np.asarray(found, np.int32), np.zeros(count, np.int64)
    add_masses(labels, alpha, inverse, masses)
    return labels, masses
