"""From the network's size to the picture's own: alpha follows the picture's edges on its way up.

The network sees a picture of some 500 pixels; a photo has 6000. Enlarging its alpha blurs every edge over a dozen
pixels. So alpha climbs in doublings. At each of them the alpha of the lower step is written as a linear function of
the picture's colours in small windows (the guided filter: He, Sun, Tang 2010, "Guided Image Filtering"; read one step
higher as in He, Sun 2015, "Fast Guided Filter"), and that function is read at twice the resolution:

    alpha = a . colour + b        a, b from windows of the lower step, interpolated

A window mixes both sides of an edge, which dilutes contrast, so it is given back (``CONTRAST``), but only where sure
foreground and sure background lie close together: a veil that is half transparent all over stays as it is. Where
colours don't tell the sides apart (``TRUST``), the enlarged alpha is kept.
Only tiles that hold uncertain pixels are computed; all others are exactly 0 or 255. Memory is bounded by the picture,
the picture at half its size, and one tile. One thread: the steps on a tile are so short that a second one waits for the
first most of the time; several pictures at once use several cores.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

REFINEMENT = "r2"  # changes with everything here that changes an alpha; part of the keys of caches

# Chosen on held-out pictures of the training packs, never the evaluation: `python -m benchmarks.refine --choose` (true
# alphas made smaller and blurred), and the three of the first step and TRUST with --network (what the network says).
RADIUS = 2  # px of a step: windows of 5x5
FIRST_RADIUS = 4  # px of the base, where the mistakes of a network are wider than a pixel or two
SMOOTHNESS = 1e-4  # the guided filter's epsilon: 0.01 squared, about the noise of a photo in 0..1
FIRST_CONTRAST = 1.15  # given back before the first step, as the network's own edges are soft; 1 is nothing
CONTRAST = 1.3  # given back at each step
UNSURE = (0.03, 0.97)  # alphas between these are uncertain
TRUST = (
    0.35,
    0.8,
)  # share of alpha's variance that colours explain: below the first they don't count, above the second
# they alone do. Where both sides look alike, the enlarged alpha is smoother and truer than any guess from colours.
BAND = 2  # px of the base by which the uncertain band is grown
NEAR = 4  # px of the base within which the two sure sides count as close together
FAINT = 0.08  # alphas up to this hold no region together
SOLID = 0.6  # the alpha that a region must reach somewhere to be more than a ghost
STRANDS = 6  # px of the network's size around a solid region in which faint alphas stay: ends of hair
# What is averaged besides the four planes themselves: 0, 1, 2, 3 are red, green, blue, alpha.
PRODUCTS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2), (0, 3), (1, 3), (2, 3), (3, 3))
SNAP = 4  # of 255: alphas this close to 0 or 255 are taken for sure
TILE = 256  # px of the higher step: a multiple of 2 ** (number of steps), which never passes 7


class Window(NamedTuple):
    """A part of an array: rows top..bottom, columns left..right, ends excluded; may reach past the borders."""

    top: int
    bottom: int
    left: int
    right: int

    def grown(self, by: int) -> Window:
        """With a margin on all four sides."""
        return Window(self.top - by, self.bottom + by, self.left - by, self.right + by)

    def lower(self, times: int) -> Window:
        """The window that covers the same part of the picture where that is ``times`` times smaller."""
        return Window(self.top // times, -(-self.bottom // times), self.left // times, -(-self.right // times))


class Step(NamedTuple):
    """What one climb needs: the lower and the higher picture, the lower alpha, and maps (gain, weight) of the base."""

    low: Bytes
    high: Bytes
    alpha: Bytes
    maps: Floats
    times: int  # how many times larger the higher picture is than the lower: 1 or 2
    times_base: int  # and than the base
    radius: int


def refine(rgb: Bytes, alpha: Floats) -> Bytes:
    """Brings alpha to the picture's size along the picture's edges.

    Args:
        rgb: (H, W, 3) uint8 sRGB.
        alpha: (h, w) float32, 0..1, of the same picture at any size.

    Returns:
        (H, W) uint8, 0..255; exactly 0 or 255 wherever the network was sure.
    """
    pictures = _pyramid(rgb, _steps(alpha.shape[:2], rgb.shape[:2]))
    base = _resized(alpha, pictures[0].shape[:2])
    maps = _maps(base)
    sharper = _quantised(_with_contrast(base, 1 + (FIRST_CONTRAST - 1) * maps[..., 0]))
    maps[..., 0] = 1 + (CONTRAST - 1) * maps[..., 0]
    climbed = _climb(Step(pictures[0], pictures[0], sharper, maps, 1, 1, FIRST_RADIUS))
    for index in range(1, len(pictures)):
        step = Step(pictures[index - 1], pictures[index], climbed, maps, 2, 2**index, RADIUS)
        climbed = _climb(step)
    return climbed


def without_ghosts(alpha: Floats) -> Floats:
    """Alpha without faint veils that have no sure pixel of their own: a lamp or a cupboard that shines through.

    Takes and returns (h, w) float32, 0..1, at the network's size. Where nothing at all is sure, all is kept.
    """
    count, labels = cv2.connectedComponents((alpha > FAINT).astype(np.uint8))
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, np.asarray(labels, np.intp).ravel(), alpha.ravel())
    solid = peaks >= SOLID
    solid[0] = False
    if not solid.any():
        return alpha
    near = cv2.dilate(solid[labels].astype(np.uint8), np.ones((2 * STRANDS + 1,) * 2, np.uint8))
    return np.asarray(np.where(near > 0, alpha, 0), np.float32)


def _steps(small: tuple[int, ...], full: tuple[int, ...]) -> int:
    """How often the long side can be halved without becoming shorter than the network's."""
    return max(0, int(np.log2(max(full) / max(small)) + 1e-9))


def _pyramid(rgb: Bytes, steps: int) -> list[Bytes]:
    """The picture at 1/2^steps … 1/2, 1, each exactly half of the next (which counts as padded to even sides)."""
    pictures = [rgb]
    for _ in range(steps):
        above = pictures[0]
        height, width = above.shape[:2]
        if height % 2 or width % 2:
            above = cv2.copyMakeBorder(above, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)  # type: ignore[assignment]
        half = cv2.resize(above, (above.shape[1] // 2, above.shape[0] // 2), interpolation=cv2.INTER_AREA)
        pictures.insert(0, np.asarray(half, np.uint8))
    return pictures


def _resized(alpha: Floats, size: tuple[int, ...]) -> Floats:
    grows = size[0] * size[1] >= alpha.size
    how = cv2.INTER_LINEAR if grows else cv2.INTER_AREA
    return np.asarray(cv2.resize(alpha, (size[1], size[0]), interpolation=how), np.float32)


def _maps(base: Floats) -> Floats:
    """(h, w, 2): how much contrast may be given back (0..1), and how much of the refined alpha counts (0..1).

    The second is 1 in the uncertain band and falls to 0 within two pixels around it, so that no seam shows.
    """
    near = np.ones((2 * NEAR + 1,) * 2, np.uint8)
    spread = cv2.dilate(base, near) - cv2.erode(base, near)
    closeness = np.clip((spread - 0.5) / 0.4, 0, 1)
    unsure = ((base > UNSURE[0]) & (base < UNSURE[1])).astype(np.uint8)
    outline = cv2.morphologyEx((base >= 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    band = cv2.dilate(np.maximum(unsure, outline), np.ones((2 * BAND + 3,) * 2, np.uint8))
    weight = cv2.blur(band.astype(np.float32), (3, 3))
    return np.dstack([closeness, weight]).astype(np.float32)


def _with_contrast(alpha: Floats, gain: Floats) -> Floats:
    stretched = (alpha - np.float32(0.5)) * gain + np.float32(0.5)
    return np.asarray(np.clip(stretched, 0, 1), np.float32)


def _quantised(alpha: Floats) -> Bytes:
    return (alpha * 255 + np.float32(0.5)).astype(np.uint8)


def _climb(step: Step) -> Bytes:
    """One step: alpha at the size of ``step.high``. Only around uncertain pixels there is more to do than to decide."""
    height, width = step.high.shape[:2]
    out = np.empty((height, width), np.uint8)
    for window in _tiles(height, width):
        out[window.top : window.bottom, window.left : window.right] = _decided(step, window)
        box = _uncertain(step, window)
        if box:
            out[box.top : box.bottom, box.left : box.right] = _refined(step, box)
    return out


def _tiles(height: int, width: int) -> Iterator[Window]:
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            yield Window(top, min(top + TILE, height), left, min(left + TILE, width))


def _decided(step: Step, window: Window) -> Bytes:
    """0 or 255, whichever side the lower alpha is on."""
    low = _crop(step.alpha, window.lower(step.times).grown(1))
    return np.where(_enlarged(low, step.times, window) > 127.5, np.uint8(255), np.uint8(0))


def _uncertain(step: Step, window: Window) -> Window | None:
    """The part of the window in which the refined alpha counts: whole pixels of the base, so that it can be read."""
    times, low = step.times_base, window.lower(step.times_base)
    weight = _crop(step.maps[..., 1], low.grown(1))
    if not weight.any():
        return None
    # A pixel of the base reaches one pixel of the base far, as it is read between two of them.
    near = np.asarray(cv2.dilate(weight, np.ones((3, 3), np.uint8)))[1:-1, 1:-1]
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    if not len(rows):
        return None
    top, bottom = (low.top + int(rows[0])) * times, (low.top + int(rows[-1]) + 1) * times
    left, right = (low.left + int(columns[0])) * times, (low.left + int(columns[-1]) + 1) * times
    return Window(top, min(bottom, window.bottom), left, min(right, window.right))


def _refined(step: Step, window: Window) -> Bytes:
    """The linear functions of the lower step, read at the pixels of the higher; blended with the sure sides."""
    low = window.lower(step.times).grown(1)
    margin = low.grown(2 * step.radius)
    functions = _linear_functions(_crop(step.low, margin), _crop(step.alpha, margin), step.radius)
    there = _enlarged_planes(functions, step.times, window)
    linear = there[3]
    for a, colour in zip(there, cv2.split(_crop(step.high, window)), strict=False):
        linear += a * (np.asarray(colour, np.float32) * np.float32(1 / 255))
    before = _enlarged(_crop(step.alpha, low), step.times, window)
    sure = (before > 127.5).astype(np.float32)
    before = before * np.float32(1 / 255)
    trust = np.clip((there[4] - TRUST[0]) * np.float32(1 / (TRUST[1] - TRUST[0])), 0, 1)
    gain, weight = _enlarged_planes(_maps_of(step, window), step.times_base, window)
    alpha = _with_contrast(before + trust * (linear - before), gain)
    return _snapped(_quantised(sure + weight * (alpha - sure)))


def _snapped(alpha: Bytes) -> Bytes:
    alpha[alpha <= SNAP] = 0
    alpha[alpha >= 255 - SNAP] = 255
    return alpha


def _linear_functions(rgb: Bytes, alpha: Bytes, radius: int) -> Floats:
    """(5, h - 4 radius, w - 4 radius): a (3), b (1) of the guided filter with a colour guide, for values in 0..1, and
    the share of alpha's variance that they explain (1).

    Equations 19 to 21 of He, Sun, Tang 2013 (PAMI), the 3x3 matrix inverted by its cofactors.
    """
    planes = np.empty((14, *alpha.shape), np.float32)
    for index, plane in enumerate((*cv2.split(rgb), alpha)):
        np.multiply(plane, np.float32(1 / 255), out=planes[index])
    for index, (one, other) in enumerate(PRODUCTS, 4):
        np.multiply(planes[one], planes[other], out=planes[index])
    r, g, b, p, rr, rg, rb, gg, gb, bb, rp, gp, bp, pp = _means(planes, radius)
    rr, gg, bb = rr - r * r + SMOOTHNESS, gg - g * g + SMOOTHNESS, bb - b * b + SMOOTHNESS
    rg, rb, gb = rg - r * g, rb - r * b, gb - g * b
    rp, gp, bp = rp - r * p, gp - g * p, bp - b * p
    c_rr, c_rg, c_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    c_gg, c_gb, c_bb = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    scale = 1 / (rr * c_rr + rg * c_rg + rb * c_rb)
    functions = np.empty((5, *r.shape), np.float32)
    a_r, a_g, a_b = functions[:3]
    np.multiply(c_rr * rp + c_rg * gp + c_rb * bp, scale, out=a_r)
    np.multiply(c_rg * rp + c_gg * gp + c_gb * bp, scale, out=a_g)
    np.multiply(c_rb * rp + c_gb * gp + c_bb * bp, scale, out=a_b)
    np.subtract(p, a_r * r + a_g * g + a_b * b, out=functions[3])
    np.divide(a_r * rp + a_g * gp + a_b * bp, pp - p * p + SMOOTHNESS, out=functions[4])
    return _means(functions, radius)


def _means(planes: Floats, radius: int) -> Floats:
    """The mean over windows of (2 radius + 1)^2 pixels of each plane (n, h, w); only those windows that lie inside.

    All planes are filtered as one tall picture: the windows that reach into the next plane are the ones cut off.
    """
    side = 2 * radius + 1
    tall = cv2.blur(planes.reshape(-1, planes.shape[2]), (side, side))
    return np.asarray(tall.reshape(planes.shape)[:, radius:-radius, radius:-radius], np.float32)


def _crop(array: NDArray[Any], window: Window) -> NDArray[Any]:
    """The window's part of an array; beyond the borders the outermost pixel repeats."""
    height, width = array.shape[:2]
    top, left = min(max(window.top, 0), height - 1), min(max(window.left, 0), width - 1)
    bottom, right = max(min(window.bottom, height), top + 1), max(min(window.right, width), left + 1)
    before, after = top - window.top, window.bottom - bottom
    start, end = left - window.left, window.right - right
    inside = array[top:bottom, left:right]
    if not (before or after or start or end):
        return inside
    return cv2.copyMakeBorder(inside, before, after, start, end, cv2.BORDER_REPLICATE)


def _enlarged(low: NDArray[Any], times: int, window: Window) -> Floats:
    """``low`` covers ``window.lower(times).grown(1)``; bilinear values at the window's pixels."""
    height, width = window.bottom - window.top, window.right - window.left
    large = np.asarray(low, np.float32)
    if times > 1:
        size = (low.shape[1] * times, low.shape[0] * times)
        large = np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return large[times : times + height, times : times + width]


def _enlarged_planes(low: Floats, times: int, window: Window) -> Floats:
    """``_enlarged`` for planes (n, h, w), as one tall picture; the outermost pixels, where planes meet, are cut off."""
    height, width = window.bottom - window.top, window.right - window.left
    large = np.ascontiguousarray(low)
    if times > 1:
        count, rows, columns = low.shape
        tall = cv2.resize(
            large.reshape(-1, columns), (columns * times, count * rows * times), interpolation=cv2.INTER_LINEAR
        )
        large = np.asarray(tall, np.float32).reshape(count, rows * times, columns * times)
    return large[:, times : times + height, times : times + width]


def _maps_of(step: Step, window: Window) -> Floats:
    """Gain and weight around the window, (2, h, w), at the size of the base."""
    return _crop(step.maps, window.lower(step.times_base).grown(1)).transpose(2, 0, 1)
