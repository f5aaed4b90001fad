"""Laying a foreground onto a background, and the checkerboard that stands for "nothing behind"."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.pixels.edges import Alpha

Picture = NDArray[np.uint8] | NDArray[np.uint16]


def over(foreground: Picture, alpha: Alpha, background: Picture) -> Picture:
    """The foreground (straight, not premultiplied) over the background.

    ``(F * alpha + B * (255 - alpha)) / 255`` to the nearest whole number, in integers; so alpha 255 is the
    foreground byte for byte and alpha 0 the background. Values are mixed as they are stored (sRGB), as browsers
    and photo editors do.

    Args:
        foreground, background: (H, W, 3), both uint8 or both uint16.
        alpha: uint8 (H, W).

    Raises:
        ValueError: shapes or types don't fit each other.
    """
    _check(foreground, alpha, background)
    result = background.copy()
    cv2.copyTo(foreground, (alpha == 255).view(np.uint8), result)
    soft = np.flatnonzero((alpha > 0) & (alpha < 255))
    a = alpha.reshape(-1)[soft, None].astype(np.uint32)
    mixed = foreground.reshape(-1, 3)[soft] * a + background.reshape(-1, 3)[soft] * (255 - a)
    # 255 is odd, so there are no ties: adding 127 before the division rounds to the nearest.
    result.reshape(-1, 3)[soft] = ((mixed + 127) // 255).astype(result.dtype)
    return result


def checkerboard(height: int, width: int, cell: int = 8, light: int = 255, dark: int = 225) -> NDArray[np.uint8]:
    """Squares of ``cell`` px in two greys (0..255), the light one in the top left corner; uint8 (H, W, 3)."""
    rows = np.arange(height)[:, None] // cell
    columns = np.arange(width)[None, :] // cell
    grey = np.where((rows + columns) % 2 == 0, np.uint8(light), np.uint8(dark))
    return np.repeat(grey[:, :, None], 3, axis=2)


def _check(foreground: Picture, alpha: Alpha, background: Picture) -> None:
    shape = (*alpha.shape, 3)
    if alpha.dtype != np.uint8 or foreground.shape != shape or background.shape != shape:
        raise ValueError(f"shapes don't fit: {foreground.shape}, {alpha.dtype} {alpha.shape}, {background.shape}")
    if foreground.dtype != background.dtype or foreground.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"both pictures must be uint8 or uint16, got {foreground.dtype}, {background.dtype}")
