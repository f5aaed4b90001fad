"""The true colours of soft pixels.

A pixel at the subject's edge was captured as ``c = a F + (1 - a) B``: it still holds the old background B. To lay
the subject onto something else, F is needed. It is estimated after Germer, Uelwer, Conrad & Harmeling 2020,
"Fast Multi-Level Foreground Estimation" (arXiv 2006.14970): F and B that explain c and are smooth, most of all
where alpha is, found from coarse to fine. Three things are different here:

- Coarse sizes are solved for the whole picture ("guide", at most ``_GUIDE`` px), fine ones only in tiles where
  alpha is soft; so time and memory follow the length of the edge, not the size of the picture.
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

from tools.composite import Picture
from tools.edges import Alpha
from tools.spread import Floats, spread

_GUIDE = 512  # px, longer side of the coarse solution
_TILE = 128  # px of the picture; a multiple of every step between guide and picture
_MARGIN = 16  # px around a tile that are solved with it, so that no seams show

_REACH = 4  # px of each size around a box that its solution depends on, rounded up to even

_SMOOTH, _ALONG = np.float32(5e-3), np.float32(0.1)
"""Weight of smoothness everywhere, and times the difference of alpha: epsilon_r and omega of the paper."""

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
        layers = _relaxed(_resized(layers, alpha_here.shape), _planes(image_here), alpha_here, rounds)
    return layers


def _means(image: Floats, alpha: Floats) -> Floats:
    """The mean colours of foreground and background, (6, 1, 1)."""
    means = [(image * share[..., None]).sum((0, 1)) / max(share.sum(), 1e-6) for share in (alpha, 1 - alpha)]
    return np.concatenate(means).astype(np.float32)[:, None, None]


def _resized(planes: Floats, shape: tuple[int, ...]) -> Floats:
    if planes.shape[1:] == shape:
        return planes
    size = (shape[1], shape[0])
    return np.stack([np.asarray(cv2.resize(p, size, interpolation=cv2.INTER_LINEAR), np.float32) for p in planes])


def _relaxed(layers: Floats, image: Floats, alpha: Floats, rounds: int) -> Floats:
    """Jacobi steps for the F and B that explain ``image`` and are smooth (equations 5 to 8 of the paper).

    For each pixel, with weights w_j to its four neighbours and S their sum::

        [a² + S      a (1 - a)  ] [F]   [a c       + sum w_j F_j]
        [a (1 - a)   (1 - a)² + S] [B] = [(1 - a) c + sum w_j B_j]
    """
    height, width = alpha.shape
    around = np.pad(alpha, 1, mode="edge")
    windows = [np.s_[:height, 1:-1], np.s_[2:, 1:-1], np.s_[1:-1, :width], np.s_[1:-1, 2:]]
    weights = [_SMOOTH + _ALONG * np.abs(alpha - around[window]) for window in windows]
    total = weights[0] + weights[1] + weights[2] + weights[3]
    rest = 1 - alpha
    scale = 1 / (total * (alpha * alpha + rest * rest) + total * total)  # of the inverse matrix
    own_f, own_b, mixed = (rest * rest + total) * scale, (alpha * alpha + total) * scale, alpha * rest * scale
    known = np.concatenate([image * alpha, image * rest])
    wide = np.empty((6, height + 2, width + 2), np.float32)
    result = wide[:, 1:-1, 1:-1]
    result[:] = layers
    sums, part, minus = np.empty_like(known), np.empty_like(alpha), -mixed
    for _ in range(rounds):
        _surround(wide)
        sums[:] = known
        for weight, (rows, columns) in zip(weights, windows, strict=True):
            for index in range(6):
                cv2.accumulateProduct(weight, wide[index, rows, columns], sums[index])
        for index in range(6):
            here = np.multiply(own_f if index < 3 else own_b, sums[index], out=part)
            cv2.accumulateProduct(minus, sums[(index + 3) % 6], here)
            np.clip(here, 0, 1, out=result[index])
    return result


def _surround(wide: Floats) -> None:
    """Repeats around the middle of ``wide`` the border of it."""
    wide[:, 0, 1:-1], wide[:, -1, 1:-1] = wide[:, 1, 1:-1], wide[:, -2, 1:-1]
    wide[:, :, 0], wide[:, :, -1] = wide[:, :, 1], wide[:, :, -2]


def _times_larger(planes: Floats, times: int) -> Floats:
    """(n, h, w) -> (n, times h, times w), bilinear: all planes as one tall picture, with a border between them."""
    if times == 1:
        return planes
    count, height, width = planes.shape
    wide = np.empty((count, height + 2, width + 2), np.float32)
    wide[:, 1:-1, 1:-1] = planes
    _surround(wide)
    size = ((width + 2) * times, count * (height + 2) * times)
    tall = cv2.resize(wide.reshape(-1, width + 2), size, interpolation=cv2.INTER_LINEAR)
    large = np.asarray(tall, np.float32).reshape(count, (height + 2) * times, size[0])
    return large[:, times:-times, times:-times]


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
    result: Floats = red * red + green * green + blue * blue + np.float32(0.08**2)
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
    for y in range(0, result.shape[0], _TILE):
        for x in range(0, result.shape[1], _TILE):
            tile = alpha[y : y + _TILE, x : x + _TILE]
            soft = (tile > 0) & (tile < 255)
            if not soft.any():
                continue
            rows, columns = np.flatnonzero(soft.any(1)), np.flatnonzero(soft.any(0))
            top, bottom = y + int(rows[0]), min(y + int(rows[-1]) + 1, result.shape[0])
            left, right = x + int(columns[0]), min(x + int(columns[-1]) + 1, result.shape[1])
            colours, row, column = _tile(rgb, alpha, guide, (top, bottom, left, right))
            inner = colours[top - row : bottom - row, left - column : right - column]
            result[top:bottom, left:right] = _whole(inner, result.dtype)


def _tile(rgb: Picture, alpha: Alpha, guide: _Guide, box: tuple[int, int, int, int]) -> tuple[Floats, int, int]:
    """F of a box (top, bottom, left, right) with its margin, (h, w, 3), and the row and column where that begins.

    From the guide's size to the picture's by doubling.
    """
    step = guide.step
    rows = _steps(box[0], box[1], alpha.shape[0], step)
    columns = _steps(box[2], box[3], alpha.shape[1], step)
    top, left = rows.start * step, columns.start * step
    full = np.s_[top : rows.stop * step, left : columns.stop * step]
    captured = np.stack([_unit(plane) for plane in (*cv2.split(rgb[full]), alpha[full])])
    spill = _times_larger(guide.spill[:, rows, columns], step)
    layers = guide.layers[:, rows, columns]
    while step > 1:
        step //= 2
        down, across = _needed(rows, box[0], box[1], step), _needed(columns, box[2], box[3], step)
        layers = layers[:, _within(down, rows), _within(across, columns)]
        rows, columns = (slice(2 * part.start, 2 * part.stop) for part in (down, across))
        window = np.s_[
            :,
            rows.start * step - top : rows.stop * step - top,
            columns.start * step - left : columns.stop * step - left,
        ]
        here = _times_smaller(captured[window], step)
        layers = _relaxed(_times_larger(layers, 2), here[:3], here[3], _FEW)
    window = np.s_[:, rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    foreground = _without_spill(layers[:3], captured[window][3], spill[window])
    return foreground.transpose(1, 2, 0), rows.start, columns.start


def _needed(known: slice, begin: int, end: int, step: int) -> slice:
    """What the next finer size, ``step``, needs of the ``known`` pixels: two rounds reach two pixels far, and reading
    between pixels one more."""
    coarse = 2 * step
    start = max(known.start, (begin - _REACH * step) // coarse)
    return slice(start, min(known.stop, -(-(end + _REACH * step) // coarse)))


def _within(part: slice, whole: slice) -> slice:
    return slice(part.start - whole.start, part.stop - whole.start)


def _times_smaller(planes: Floats, times: int) -> Floats:
    """(n, h, w) -> (n, h / times, w / times), averaged; both sides are multiples of ``times``."""
    if times == 1:
        return planes
    count, height, width = planes.shape
    size = (width // times, count * height // times)
    tall = cv2.resize(np.ascontiguousarray(planes).reshape(-1, width), size, interpolation=cv2.INTER_AREA)
    return np.asarray(tall, np.float32).reshape(count, height // times, size[0])


def _steps(begin: int, end: int, length: int, step: int) -> slice:
    """The guide's pixels that cover ``begin`` to ``end`` of a side of ``length`` px, with a margin."""
    return slice(max(0, begin - _MARGIN) // step, -(-min(end + _MARGIN, length) // step))


def _without_spill(foreground: Floats, alpha: Floats, spill: Floats) -> Floats:
    """Takes back what of F lies farther along the line to the background than sure colours vary; all in planes.

    In full below alpha 11/12, less above it, so that nothing jumps where the captured bytes begin.
    """
    sure, towards, free = spill[:3], spill[3:6], spill[6]
    part = foreground - sure
    part *= towards
    along = (part[0] + part[1] + part[2]) / _squares(*towards)
    excess = along - np.clip(along, -free, free)
    excess *= np.minimum(np.float32(1), 12 * (1 - alpha))
    result: Floats = foreground - np.multiply(excess, towards, out=part)
    return result
