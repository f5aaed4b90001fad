"""Spreading known colours over the places where they are unknown."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def spread(colour: Floats, weight: Floats) -> Floats:
    """Fills what is unknown smoothly from what is known around it, near or far ("pull-push").

    Halves the picture, averaging by weight, until one pixel is left; then goes back up, and at each size the
    coarser answer stands in where the weight is missing (Gortler et al. 1996, "The Lumigraph", 3.4.2). Time grows
    with the number of pixels only.

    Args:
        colour: float32 (H, W, C); values where ``weight`` is 0 don't matter.
        weight: float32 (H, W), 0..1: 1 = known, kept as it is.

    Returns:
        float32 (H, W, C). Zeros where nothing at all is known.
    """
    height, width = weight.shape
    share = np.minimum(weight, np.float32(1))[..., None]
    if max(height, width) == 1:
        return np.where(share > 0, colour, np.float32(0))
    half = ((width + 1) // 2, (height + 1) // 2)
    halved = _channels(cv2.resize(weight, half, interpolation=cv2.INTER_AREA))
    sums = _channels(cv2.resize(colour * weight[..., None], half, interpolation=cv2.INTER_AREA))
    coarse = sums / np.maximum(halved, np.float32(1e-6))
    # A coarse pixel that is known in part is known: 4 times its weight, at most 1, is Gortler's saturation.
    filled = spread(coarse.astype(np.float32), np.minimum(halved[..., 0] * 4, np.float32(1)))
    above = _channels(cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR))
    result: Floats = colour * share + above * (1 - share)
    return result


def _channels(image: NDArray[Any]) -> Floats:
    """OpenCV drops a last axis of length 1."""
    return np.asarray(image if image.ndim == 3 else image[..., None], np.float32)
