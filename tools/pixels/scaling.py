"""Pictures at another size."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def resize(
    rgb: NDArray[Any], alpha: NDArray[np.uint8] | None, width: int, height: int
) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    """To exactly ``width`` × ``height``; another aspect is not distorted: the middle is filled, the rest cropped.

    Colours are weighted by alpha, so that hidden colours don't bleed into the edge.
    """
    old_height, old_width = rgb.shape[:2]
    if (old_width, old_height) == (width, height):
        return rgb, alpha
    scale = max(width / old_width, height / old_height)
    take_w, take_h = min(old_width, round(width / scale)), min(old_height, round(height / scale))
    x, y = (old_width - take_w) // 2, (old_height - take_h) // 2
    window = (slice(y, y + max(1, take_h)), slice(x, x + max(1, take_w)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    if alpha is None:
        return np.asarray(cv2.resize(rgb[window], (width, height), interpolation=how)), None
    weight = alpha[window].astype(np.float32) / 255
    small = cv2.resize(weight, (width, height), interpolation=how).clip(0, 1)
    colour = cv2.resize(rgb[window].astype(np.float32) * weight[..., None], (width, height), interpolation=how)
    plain = cv2.resize(rgb[window], (width, height), interpolation=how)
    top = np.iinfo(rgb.dtype).max
    shown = np.where(small[..., None] > 0.002, colour / np.maximum(small[..., None], 0.002), plain)
    return np.rint(shown.clip(0, top)).astype(rgb.dtype), np.rint(small * 255).astype(np.uint8)
