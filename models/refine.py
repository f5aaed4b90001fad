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
the picture at half its size, and a tile a thread. The loops over pixels are in ``models/refine_tiles.py``.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from models.compiled import side_by_side
from models.refine_tiles import climb_tiles

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

REFINEMENT = "r3"  # changes with everything here that changes an alpha; part of the keys of caches

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
SNAP = 4  # of 255: alphas this close to 0 or 255 are taken for sure
TILE = 128  # px of the higher step: a multiple of 2 ** (number of steps), which never passes 7


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
    sharper = _quantised(_with_contrast(base, 1 + (FIRST_CONTRAST - 1) * maps[0]))
    maps[0] = 1 + (CONTRAST - 1) * maps[0]
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
    """(2, h, w): how much contrast may be given back (0..1), and how much of the refined alpha counts (0..1).

    The second is 1 in the uncertain band and falls to 0 within two pixels around it, so that no seam shows.
    """
    near = np.ones((2 * NEAR + 1,) * 2, np.uint8)
    spread = cv2.dilate(base, near) - cv2.erode(base, near)
    closeness = np.clip((spread - 0.5) / 0.4, 0, 1)
    unsure = ((base > UNSURE[0]) & (base < UNSURE[1])).astype(np.uint8)
    outline = cv2.morphologyEx((base >= 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    band = cv2.dilate(np.maximum(unsure, outline), np.ones((2 * BAND + 3,) * 2, np.uint8))
    weight = cv2.blur(band.astype(np.float32), (3, 3))
    return np.stack([closeness, weight]).astype(np.float32)


def _with_contrast(alpha: Floats, gain: Floats) -> Floats:
    stretched = (alpha - np.float32(0.5)) * gain + np.float32(0.5)
    return np.asarray(np.clip(stretched, 0, 1), np.float32)


def _quantised(alpha: Floats) -> Bytes:
    return (alpha * 255 + np.float32(0.5)).astype(np.uint8)


def _climb(step: Step) -> Bytes:
    """One step: alpha at the size of ``step.high``. Only around uncertain pixels there is more to do than to decide."""
    out = np.empty(step.high.shape[:2], np.uint8)
    tiles = _tiles(*step.high.shape[:2])
    low, high = np.ascontiguousarray(step.low), np.ascontiguousarray(step.high)
    near = np.asarray(cv2.dilate(step.maps[1], np.ones((3, 3), np.uint8)), np.float32)

    def climb(first: int, every: int) -> None:
        climb_tiles(
            low,
            high,
            step.alpha,
            step.maps,
            near,
            step.times,
            step.times_base,
            step.radius,
            np.float32(SMOOTHNESS),
            TRUST,
            SNAP,
            tiles[first::every],
            out,
        )

    side_by_side(climb, len(tiles))
    return out


def _tiles(height: int, width: int) -> NDArray[np.int64]:
    """(n, 4): top, bottom, left and right of every tile."""
    corners = [(top, left) for top in range(0, height, TILE) for left in range(0, width, TILE)]
    return np.array([(y, min(y + TILE, height), x, min(x + TILE, width)) for y, x in corners], np.int64)
