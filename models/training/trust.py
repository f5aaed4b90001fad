"""How far each pixel of a matte is to be trusted in training: as its edge was made."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.training.augment import Pixels

WEIGHT_ONE = 32
"""Pixel weights travel as uint8 with this standing for 1."""


def odd(size: float) -> int:
    """The nearest odd number of pixels, at least 3."""
    return max(3, int(size) // 2 * 2 + 1)


def edge_band(alpha: Pixels, size: int) -> NDArray[np.bool_]:
    """Soft pixels and the outline, widened by a square of `size` pixels."""
    inside = (alpha >= 128).astype(np.uint8)
    outline = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    band = outline | ((alpha > 5) & (alpha < 250)).astype(np.uint8)
    return np.asarray(cv2.dilate(band, np.ones((size, size), np.uint8)) > 0)


# edge: (width of the band as a share of the long side, weight in it)
TRUST = {
    "alpha": (0.012, 4.0),
    "soft": (0.01, 3.0),
    "teacher": (0.012, 2.5),
    "seen": (0.014, 0.25),
    "hard": (0.008, 0.5),
    "coarse": (0.014, 0.0),
}


GREY, WIDE, DOUBTED = (40, 215), 0.04, 0.25
"""Machine-made mattes that are neither nor (0..255) over more than this share of the long side are doubted there."""


def weights_for(alpha: Pixels, edge: str) -> Pixels:
    """How much each pixel's truth counts: more along true edges, less along drawn ones, nothing along coarse ones."""
    weight = np.full(alpha.shape, WEIGHT_ONE, np.uint8)
    if edge in TRUST:
        share, trust = TRUST[edge]
        weight[edge_band(alpha, odd(share * max(alpha.shape)))] = round(trust * WEIGHT_ONE)
    if edge in ("teacher", "seen"):
        weight[undecided(alpha)] = round(DOUBTED * WEIGHT_ONE)
    return weight


def undecided(alpha: Pixels) -> NDArray[np.bool_]:
    """Where a matte is grey over a wide area: not the softness of an edge."""
    grey = ((alpha > GREY[0]) & (alpha < GREY[1])).astype(np.uint8)
    square = np.ones((odd(WIDE * max(alpha.shape)),) * 2, np.uint8)
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_OPEN, square, borderType=cv2.BORDER_REPLICATE) > 0)
