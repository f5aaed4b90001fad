"""What lies behind the subject: a colour, a gradient, a picture, the own background blurred, or the original.

Everything smooth is computed with 16 bits; for 8-bit pictures it is then dithered with a fixed pattern, so that
no bands appear and the same recipe gives the same bytes.
"""

from __future__ import annotations

import re

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.pixels.composite import Picture
from tools.pixels.edges import Alpha
from tools.pixels.spread import spread
from tools.recipe import Background, Direction

Deep = NDArray[np.uint16]

_ROWS = 256  # rows handled at once, to bound the memory

_UNSURE = 10
"""Alpha above it may hold the subject's colour, which must not get into a blurred background."""


def parse_color(text: str) -> tuple[int, int, int]:
    """The red, green and blue (0..255) of "#RRGGBB".

    Raises:
        ValueError: any other text.
    """
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise ValueError(f"a colour is written #RRGGBB, got {text!r}")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def default_blur(height: int, width: int) -> float:
    """A blur in px that suits a picture of this size: 2 % of the longer side, like a portrait lens wide open."""
    return 0.02 * max(height, width)


def paint(
    background: Background,
    height: int,
    width: int,
    *,
    original_rgb: Picture | None = None,
    alpha: Alpha | None = None,
    behind: Picture | None = None,
    scale: float = 1.0,
    dtype: type[np.uint8] | type[np.uint16] = np.uint8,
) -> Picture:
    """The background as an opaque picture, (height, width, 3) of ``dtype``.

    Args:
        background: what to paint; a "transparent" one can't be.
        original_rgb: the picture itself, for "blur" and "original"; (height, width, 3).
        alpha: the subject's alpha, for "blur"; uint8 (height, width).
        behind: for "picture", of any size; it fills the frame, centred.
        scale: size of the array over that of the original; multiplies ``background.blur``.

    Raises:
        ValueError: a transparent background, or one whose pictures are missing.
    """
    kind = background.kind
    if kind == "color":
        colour = np.array(parse_color(background.color), np.uint8)
        return _as(np.broadcast_to(colour, (height, width, 3)), dtype)
    if kind == "gradient":
        ends = (parse_color(background.color), parse_color(background.color2))
        return _shallow(_gradient(*ends, background.direction, height, width), dtype)
    if kind == "picture" and behind is not None:
        return _as(_cover(behind, height, width), dtype)
    if kind == "original" and original_rgb is not None:
        return _as(original_rgb, dtype)
    if kind == "blur" and original_rgb is not None and alpha is not None:
        sigma = background.blur * scale or default_blur(height, width)
        return _shallow(_blurred(original_rgb, alpha, sigma), dtype)
    raise ValueError(f"a background of kind {kind!r} can't be painted from what was given")


def _gradient(
    first: tuple[int, int, int], last: tuple[int, int, int], direction: Direction, height: int, width: int
) -> Deep:
    """From ``first`` to ``last``: top to bottom, left to right, or from the centre to the corners."""
    start, end = (np.array(colour, np.float32) * 257 for colour in (first, last))
    down, across = _ramp(height), _ramp(width)
    result = np.empty((height, width, 3), np.uint16)
    for top in range(0, height, _ROWS):
        rows = down[top : top + _ROWS, None]
        if direction == "radial":
            along = _from_centre(rows, across[None, :], height, width)
        else:
            along = rows if direction == "vertical" else across[None, :]
        result[top : top + _ROWS] = start + along[..., None] * (end - start) + np.float32(0.5)
    return result


def _ramp(length: int) -> NDArray[np.float32]:
    return np.linspace(0, 1, length, dtype=np.float32) if length > 1 else np.zeros(1, np.float32)


def _from_centre(
    down: NDArray[np.float32], across: NDArray[np.float32], height: int, width: int
) -> NDArray[np.float32]:
    """Distance from the centre in pixels, over that of the corners: circles, whatever the shape of the picture."""
    corner = np.float32(np.hypot(height, width) / 2)
    distance = np.hypot((down - 0.5) * np.float32(height), (across - 0.5) * np.float32(width))
    result: NDArray[np.float32] = np.minimum(distance / corner, np.float32(1))
    return result


def _cover(picture: Picture, height: int, width: int) -> Picture:
    """The middle of ``picture`` in the frame's proportions, resized to the frame."""
    rows, columns = picture.shape[:2]
    factor = max(height / rows, width / columns)
    inner_rows = min(rows, max(1, round(height / factor)))
    inner_columns = min(columns, max(1, round(width / factor)))
    top, left = (rows - inner_rows) // 2, (columns - inner_columns) // 2
    inner = picture[top : top + inner_rows, left : left + inner_columns]
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(np.ascontiguousarray(inner), (width, height), interpolation=method)
    return resized.astype(np.uint16) if picture.dtype == np.uint16 else resized.astype(np.uint8)


def _blurred(rgb: Picture, alpha: Alpha, sigma: float) -> Deep:
    """The background alone, spread under the subject and then blurred (Gaussian, ``sigma`` px).

    A blur hides small detail, so it is done at a size where ``sigma`` is 3 to 6 pixels.
    """
    height, width = alpha.shape
    step = max(1, int(sigma / 3))
    small = (-(-width // step), -(-height // step))
    known = (cv2.dilate(alpha, np.ones((3, 3), np.uint8)) <= _UNSURE).astype(np.float32)
    if not known.any():
        known[:] = 1  # nothing but subject: there is no other colour to show
    weight = cv2.resize(known, small, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(_weighted(rgb, known), small, interpolation=cv2.INTER_AREA)
    colour = sums / np.maximum(weight, np.float32(1e-6))[..., None]
    filled = spread(colour.astype(np.float32), np.minimum(weight * 2, np.float32(1)))
    soft = cv2.GaussianBlur(filled, (0, 0), sigma / step, borderType=cv2.BORDER_REPLICATE)
    deep = np.clip(soft + 0.5, 0, 65535).astype(np.uint16)
    return np.asarray(cv2.resize(deep, (width, height), interpolation=cv2.INTER_CUBIC), np.uint16)


def _weighted(rgb: Picture, known: NDArray[np.float32]) -> Deep:
    """``rgb`` with 16 bits, black where it isn't known."""
    return np.where(known[..., None] > 0, _as(rgb, np.uint16), np.uint16(0))


def _as(picture: NDArray[np.uint8] | NDArray[np.uint16], dtype: type[np.uint8] | type[np.uint16]) -> Picture:
    """Another depth, exactly (8 to 16 bits: times 257) or to the nearest (16 to 8); always a new array."""
    if picture.dtype == dtype:
        return picture.copy()
    if dtype is np.uint16:
        return picture.astype(np.uint16) * np.uint16(257)
    return ((picture.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _shallow(deep: Deep, dtype: type[np.uint8] | type[np.uint16]) -> Picture:
    """16 bits as they are, or 8 bits with ordered dithering; multiples of 257 come out exactly."""
    if dtype is np.uint16:
        return deep
    height, width = deep.shape[:2]
    pattern = (_bayer() * 4 + 2).astype(np.uint32)  # 2..254 of 257
    result = np.empty(deep.shape, np.uint8)
    for top in range(0, height, _ROWS):
        block = deep[top : top + _ROWS]
        noise = np.tile(pattern, (-(-block.shape[0] // 8), -(-width // 8)))[: block.shape[0], :width, None]
        result[top : top + _ROWS] = (block + noise) // 257
    return result


def _bayer() -> NDArray[np.int64]:
    """Bayer's 8 x 8 pattern of 0..63 (B. E. Bayer 1973)."""
    pattern = np.zeros((1, 1), np.int64)
    for _ in range(3):
        pattern = np.block([[4 * pattern, 4 * pattern + 2], [4 * pattern + 3, 4 * pattern + 1]])
    return pattern
