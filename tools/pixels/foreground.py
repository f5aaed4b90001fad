"""The true colours of soft pixels.

A pixel at the subject's edge was captured as ``c = a F + (1 - a) B``: it still holds the old background B. To lay
the subject onto something else, F is needed. It is estimated after Germer, Uelwer, Conrad & Harmeling 2020,
"Fast Multi-Level Foreground Estimation" (arXiv 2006.14970): F and B that explain c and are smooth, most of all
where alpha is, found from coarse to fine. Three things are different here:

- Coarse sizes are solved for the whole picture ("guide", at most ``_GUIDE`` px), fine ones only in tiles where
  alpha is soft; so time and memory follow the length of the edge, not the size of the picture. The loops over
  pixels are in ``tools/pixels/foreground_solver.py``.
- Alphas come from a network and are not exact. Where alpha is too high, F takes over B's colour and a rim shows.
  So F may leave the colours of the sure foreground nearby, in the direction of B or away from it, only as far as
  those colours vary themselves (``_without_spill``).
- Where alpha is 255 the captured bytes stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.compiled import side_by_side
from tools.pixels.composite import Picture
from tools.pixels.edges import Alpha
from tools.pixels.foreground_solver import NO_RIM, relaxed, solve_boxes, surround
from tools.pixels.spread import Floats, spread

_GUIDE = 512  # px, longer side of the coarse solution
_TILE = 128  # px of the picture; a multiple of every step between guide and picture
_MARGIN = 16  # px around a tile that are solved with it, so that no seams show

_ROUNDS, _FEW, _SMALL = 10, 2, 32
"""Relaxation rounds up to ``_SMALL`` px, and at larger sizes: as in the paper."""

_SURE, _SURE_NOT = 0.97, 0.02
"""Alpha (0..1) of the guide from which a place counts as foreground alone, and below which as background alone."""

_SPREAD, _FREE = 1.5, 0.05
"""How many standard deviations of the sure colours, and what part of the way to B, F may move freely."""


@dataclass(frozen=True)
class _Guide:
    """The coarse solution, 0..1. Layers are planes: F's red, green, blue, then B's; (6, h, w).

    ``spill`` (7, h, w): the sure foreground's colour nearby (3), the way from it to that of the background (3), and
    how far F may go along it, as a part of it (1).
    """

    step: int
    layers: Floats
    spill: Floats


def estimate_foreground(rgb: Picture, alpha: Alpha) -> Picture:
    """The foreground's colours, for laying ``rgb`` with ``alpha`` onto anything.

    ``alpha`` is the mixing at capture: the network's, after dropping unwanted parts. An alpha that was eroded,
    dilated or feathered describes what is wanted, not how the old background got mixed in; use the result of this
    function with it, but don't estimate from it.

    Args:
        rgb: uint8 or uint16 (H, W, 3), sRGB.
        alpha: uint8 (H, W).

    Returns:
        Same shape and type. Alpha 255: the bytes of ``rgb``. Below: estimated. At alpha 0 colours of the foreground
        nearby, so that an edge that is later moved outwards stays clean. A picture without foreground is returned
        as it is (a copy).
    """
    if alpha.dtype != np.uint8 or rgb.shape != (*alpha.shape, 3) or rgb.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"expected (H, W, 3) and uint8 (H, W), got {rgb.dtype} {rgb.shape}, {alpha.shape}")
    if not alpha.any() or alpha.min() == 255:
        return rgb.copy()
    padded_rgb, padded_alpha, step = _padded(rgb, alpha)
    guide = _guide(padded_rgb, padded_alpha, step)
    result = _enlarged(guide, rgb)
    _fill_band(result, padded_rgb, padded_alpha, guide)
    cv2.copyTo(rgb, (alpha == 255).view(np.uint8), result)
    return result


def _padded(rgb: Picture, alpha: Alpha) -> tuple[Picture, Alpha, int]:
    """Both with sides that are multiples of ``step``, the power of two between picture and guide."""
    step = 1
    while max(alpha.shape) > _GUIDE * step:
        step *= 2
    rows, columns = (-side % step for side in alpha.shape)
    if not rows and not columns:
        return rgb, alpha, step
    wider = cv2.copyMakeBorder(rgb, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
    return _like(wider, rgb), np.pad(alpha, ((0, rows), (0, columns)), mode="edge"), step


def _guide(rgb: Picture, alpha: Alpha, step: int) -> _Guide:
    size = (alpha.shape[1] // step, alpha.shape[0] // step)
    image = _unit(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    soft = _unit(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA))
    # Single pixels vary as the picture does; their averages vary less.
    sampled = _unit(rgb[step // 2 :: step, step // 2 :: step])
    return _Guide(step, _coarse_to_fine(image, soft), _sure_colours(sampled, soft))


def _unit(pixels: NDArray[np.generic]) -> Floats:
    """uint8 or uint16 as 0..1."""
    return np.asarray(pixels, np.float32) * np.float32(1 / (255 if pixels.dtype == np.uint8 else 65535))


def _planes(image: Floats) -> Floats:
    """(H, W, 3) -> (3, H, W), as arithmetic with a plane of alpha is fast on it."""
    return np.ascontiguousarray(image.transpose(2, 0, 1))


def _coarse_to_fine(image: Floats, alpha: Floats) -> Floats:
    """F and B for the whole of a small picture, from a pixel or two up; (6, h, w)."""
    levels = [(image, alpha)]
    while max(levels[-1][1].shape) > 2:
        height, width = levels[-1][1].shape
        half = ((width + 1) // 2, (height + 1) // 2)
        above = [cv2.resize(part, half, interpolation=cv2.INTER_AREA) for part in levels[-1]]
        levels.append((np.asarray(above[0], np.float32), np.asarray(above[1], np.float32)))
    layers = _means(image, alpha)
    for image_here, alpha_here in reversed(levels):
        rounds = _ROUNDS if max(alpha_here.shape) <= _SMALL else _FEW
        bordered = _bordered(_resized(layers, alpha_here.shape))
        layers = relaxed(bordered, _planes(image_here), _bordered(alpha_here[None])[0], rounds)[:, 1:-1, 1:-1]
    return layers


def _bordered(planes: Floats) -> Floats:
    """(n, h, w) in (n, h + 2, w + 2) whose border repeats the outermost pixels."""
    count, height, width = planes.shape
    wide = np.empty((count, height + 2, width + 2), np.float32)
    wide[:, 1:-1, 1:-1] = planes
    surround(wide)
    return wide


def _means(image: Floats, alpha: Floats) -> Floats:
    """The mean colours of foreground and background, (6, 1, 1)."""
    means = [(image * share[..., None]).sum((0, 1)) / max(share.sum(), 1e-6) for share in (alpha, 1 - alpha)]
    return np.concatenate(means).astype(np.float32)[:, None, None]


def _resized(planes: Floats, shape: tuple[int, ...]) -> Floats:
    if planes.shape[1:] == shape:
        return planes
    size = (shape[1], shape[0])
    return np.stack([np.asarray(cv2.resize(p, size, interpolation=cv2.INTER_LINEAR), np.float32) for p in planes])


def _sure_colours(image: Floats, alpha: Floats) -> Floats:
    """``spill`` of the guide, from places well inside and well outside of the subject."""
    reach = max(2, max(alpha.shape) // 40)
    inside, outside = _inner(alpha, _SURE), _inner(1 - alpha, 1 - _SURE_NOT)
    sure = _local(image, inside, reach)
    towards = _local(image, outside, reach) - sure
    # Variance along ``towards``: a subject in many greys, say, does not vary towards a green wall.
    red, green, blue = np.moveaxis(_local(image * image, inside, reach) - sure * sure, -1, 0)
    turned = image * np.roll(image, -1, axis=-1)
    mixed = _local(turned, inside, reach) - sure * np.roll(sure, -1, axis=-1)  # red-green, green-blue, blue-red
    d, pairs = towards, towards * np.roll(towards, -1, axis=-1)
    variance = d[..., 0] ** 2 * red + d[..., 1] ** 2 * green + d[..., 2] ** 2 * blue + 2 * (pairs * mixed).sum(-1)
    free = _FREE + _SPREAD * np.sqrt(np.maximum(variance, 0)) / _squares(*np.moveaxis(towards, -1, 0))
    return np.concatenate([_planes(sure), _planes(towards), free[None].astype(np.float32)])


def _inner(share: Floats, least: float) -> NDArray[np.bool_]:
    """Where ``share`` is at least ``least``, without its rim; with it, or the greatest there is, if that is empty."""
    mask = (share >= min(least, float(share.max()))).astype(np.uint8)
    inner = cv2.erode(mask, np.ones((3, 3), np.uint8)) > 0
    return inner if inner.any() else mask > 0


def _local(values: Floats, mask: NDArray[np.bool_], reach: int) -> Floats:
    """The mean of what is in the mask, near every pixel; (h, w, 3)."""
    window = (2 * reach + 1, 2 * reach + 1)
    weight = cv2.blur(mask.astype(np.float32), window)
    chosen = np.where(mask[..., None], values, np.float32(0))
    mean = cv2.blur(chosen, window) / np.maximum(weight, np.float32(1e-6))[..., None]
    enough = weight > 0.02
    known = enough if enough.any() else weight > 0
    return spread(mean.astype(np.float32), known.astype(np.float32))


def _squares(red: Floats, green: Floats, blue: Floats) -> Floats:
    """Squared lengths, kept away from 0: two colours less than 8 % apart show no rim."""
    result: Floats = red * red + green * green + blue * blue + NO_RIM
    return result


def _enlarged(guide: _Guide, rgb: Picture) -> Picture:
    """The guide's foreground at full size: the colours where alpha is 0."""
    rows, columns = (side * guide.step for side in guide.layers.shape[1:])
    small = _whole(guide.layers[:3].transpose(1, 2, 0), rgb.dtype)
    large = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR)[: rgb.shape[0], : rgb.shape[1]]
    return _like(large, rgb)


def _like(image: NDArray[np.generic], rgb: Picture) -> Picture:
    """What OpenCV returned, contiguous, known to have the type of ``rgb``."""
    if rgb.dtype == np.uint16:
        return np.ascontiguousarray(image, np.uint16)
    return np.ascontiguousarray(image, np.uint8)


def _whole(colours: Floats, dtype: np.dtype) -> Picture:
    """0..1 as uint8 or uint16, to the nearest."""
    scaled = np.clip(colours, 0, 1) * np.float32(np.iinfo(dtype).max) + np.float32(0.5)
    return scaled.astype(np.uint16) if dtype == np.uint16 else scaled.astype(np.uint8)


def _fill_band(result: Picture, rgb: Picture, alpha: Alpha, guide: _Guide) -> None:
    """Solves the parts of tiles in which alpha is soft and writes their colours into ``result``."""
    boxes = _soft_boxes(alpha[: result.shape[0], : result.shape[1]])
    layers, unit = _bordered(guide.layers), np.float32(np.iinfo(rgb.dtype).max)

    def solve(first: int, every: int) -> None:
        mine = boxes[first::every]
        solve_boxes(rgb, alpha, layers, guide.spill, guide.step, _MARGIN, _FEW, mine, result, unit)

    side_by_side(solve, len(boxes))


def _soft_boxes(alpha: Alpha) -> NDArray[np.int64]:
    """(n, 4): top, bottom, left and right of what is soft in each tile that holds soft pixels."""
    boxes = []
    for y in range(0, alpha.shape[0], _TILE):
        for x in range(0, alpha.shape[1], _TILE):
            tile = alpha[y : y + _TILE, x : x + _TILE]
            soft = (tile > 0) & (tile < 255)
            rows, columns = np.flatnonzero(soft.any(1)), np.flatnonzero(soft.any(0))
            if rows.size:
                boxes.append((y + rows[0], y + rows[-1] + 1, x + columns[0], x + columns[-1] + 1))
    return np.array(boxes, np.int64).reshape(-1, 4)
