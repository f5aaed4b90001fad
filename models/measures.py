"""How far a matte is from the truth: IoU, MAE and edge MAE, and intervals for their means."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Alpha = NDArray[np.float32]

EDGE_SHARE = 12 / 768
"""Width of the edge band as a share of the picture's long side."""


class Measures(NamedTuple):
    """iou: overlap at alpha 0.5, 1 is best. mae, edge_mae: mean absolute error, 0 is best.

    edge_mae is nan where there is no edge.
    """

    iou: float
    mae: float
    edge_mae: float


def band_size(height: int, width: int) -> int:
    """Side of the square that widens the edge, in pixels: odd(12 * long side / 768), at least 1."""
    size = max(1, round(EDGE_SHARE * max(height, width)))
    return size if size % 2 else size + 1


def edge_band(truth: Alpha) -> NDArray[np.bool_]:
    """Pixels with 0.02 < alpha < 0.98 and the contour of alpha >= 0.5, dilated by a square of `band_size` pixels.

    The contour is the morphological gradient (3x3), so the picture's own border is no edge.
    """
    soft = ((truth > 0.02) & (truth < 0.98)).astype(np.uint8)
    inside = (truth >= 0.5).astype(np.uint8)
    outline = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    size = band_size(*truth.shape)
    edge = cv2.bitwise_or(soft, outline)
    return np.asarray(cv2.dilate(edge, np.ones((size, size), np.uint8)) > 0)


def intersection_over_union(alpha: Alpha, truth: Alpha) -> float:
    """IoU of alpha >= 0.5; 1 where both hold nothing."""
    ours, theirs = alpha >= 0.5, truth >= 0.5
    either = np.count_nonzero(ours | theirs)
    return 1.0 if either == 0 else float(np.count_nonzero(ours & theirs)) / either


def measure(alpha: Alpha, truth: Alpha) -> Measures:
    """Both float32 (H, W) in 0..1. Raises ValueError where the shapes differ."""
    if alpha.shape != truth.shape:
        raise ValueError(f"alpha is {alpha.shape}, truth {truth.shape}")
    difference = np.abs(alpha - truth)
    band = edge_band(truth)
    edge = float(difference[band].mean()) if band.any() else float("nan")
    return Measures(intersection_over_union(alpha, truth), float(difference.mean()), edge)


def mean_measures(measures: list[Measures]) -> Measures:
    """Means over pictures; pictures without an edge don't count for the edge MAE. Raises ValueError for none."""
    if not measures:
        raise ValueError("no measures to average")
    table = np.array(measures, np.float64)
    edges = table[~np.isnan(table[:, 2]), 2]
    return Measures(
        float(table[:, 0].mean()), float(table[:, 1].mean()), float(edges.mean()) if edges.size else float("nan")
    )


def bootstrap_interval(values: NDArray[np.float64], seed: int = 0, draws: int = 2000) -> tuple[float, float]:
    """The 95 % interval of a mean by resampling pictures (Efron's percentile bootstrap). Raises ValueError for none."""
    values = values[~np.isnan(values)]
    if not values.size:
        raise ValueError("no values to draw from")
    picks = np.random.default_rng(seed).integers(values.size, size=(draws, values.size))
    low, high = np.percentile(values[picks].mean(1), (2.5, 97.5))
    return float(low), float(high)
