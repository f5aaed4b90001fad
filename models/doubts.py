"""Where a matte is in doubt, and why, in words: at most three places, the worst first.

The network says for each pixel how wrong its alpha may be. What lies together becomes one region, and the picture tells
the reason: the same colour on both sides, hair and fur, a blurred edge, a part that may or may not belong to the
subject, or the border of the picture that cuts the subject off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

MOST = 3  # doubts that are told
HIGH = 0.25  # expected error from which on a pixel is in doubt
LEAST = 0.02  # strength below which a region is not worth a word
JOIN = 9  # px: doubtful pixels this close form one region
AROUND = 12  # px around a region in which the colours of both sides are taken
ALIKE = 14.0  # CIE76 distance of the two sides' colours below which they count as alike
ROUGH = 0.22  # outline pixels per pixel of the region from which on it is hair, fur or leaves
THICK = 0.35  # share of a region further than 4 px from any sure pixel from which on a whole part is unclear


@dataclass(frozen=True)
class Doubt:
    """One place where the matte may be wrong.

    reason: similar_colour, fine_detail, soft_edge, unclear_part or cut_at_border.
    where: top_left, top, top_right, left, middle, right, bottom_left, bottom or bottom_right.
    box: (x0, y0, x1, y1), 0..1 of the picture.
    strength: 0..1; 1 is a doubt as large as the subject itself.
    """

    reason: str
    where: str
    box: tuple[float, float, float, float]
    strength: float


class Region(NamedTuple):
    """Doubtful pixels that lie together: mask (h, w), box (left, top, right, bottom) in px, and their weight."""

    mask: Mask
    box: tuple[int, int, int, int]
    strength: float


def find_doubts(rgb: Bytes, alpha: Floats, doubt: Floats) -> tuple[Doubt, ...]:
    """The places where alpha may be wrong, the worst first.

    Args:
        rgb: (h, w, 3) uint8 sRGB.
        alpha: (h, w) float32, 0..1.
        doubt: (h, w) float32, 0..1, the expected absolute error of alpha.
    """
    lab = cv2.cvtColor(np.asarray(rgb, np.float32) / 255, cv2.COLOR_RGB2LAB).astype(np.float32)
    regions = sorted(_regions(alpha, doubt), key=lambda region: -region.strength)
    found = [_doubt(region, lab, alpha) for region in regions]
    return tuple(_without_repeats(found)[:MOST])


def _regions(alpha: Floats, doubt: Floats) -> list[Region]:
    high = (doubt >= HIGH).astype(np.uint8)
    joined = cv2.morphologyEx(high, cv2.MORPH_CLOSE, np.ones((JOIN, JOIN), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    # A doubt counts by its size beside the subject's: a strand matters on a head, not on a crowd.
    scale = max(float((alpha >= 0.5).sum()), 0.01 * alpha.size)
    found = []
    for index in range(1, count):
        left, top, width, height = (int(value) for value in stats[index, :4])
        mask = (labels == index) & (high > 0)
        strength = min(1.0, float(doubt[mask].sum()) / scale)
        if strength >= LEAST:
            found.append(Region(mask, (left, top, left + width, top + height), strength))
    return found


def _doubt(region: Region, lab: Floats, alpha: Floats) -> Doubt:
    height, width = alpha.shape
    left, top, right, bottom = region.box
    box = (left / width, top / height, right / width, bottom / height)
    rows, columns = np.nonzero(region.mask)
    where = place(float(columns.mean()) / width, float(rows.mean()) / height)
    return Doubt(_reason(region, lab, alpha), where, box, round(region.strength, 3))


def place(x: float, y: float) -> str:
    """The name of the third (in both directions) of the picture that a point lies in; x and y in 0..1."""
    across = ("left", "", "right")[min(2, int(x * 3))]
    down = ("top", "", "bottom")[min(2, int(y * 3))]
    return "_".join(part for part in (down, across) if part) or "middle"


def _reason(region: Region, lab: Floats, alpha: Floats) -> str:
    if _touches_border(region, alpha):
        return "cut_at_border"
    if _colour_distance(region, lab, alpha) < ALIKE:
        return "similar_colour"
    if _roughness(region, alpha) > ROUGH:
        return "fine_detail"
    return "unclear_part" if _thick_share(region, alpha) > THICK else "soft_edge"


def _touches_border(region: Region, alpha: Floats) -> bool:
    """Most of it along the left, right or upper border. The lower border cuts nearly every portrait: no news."""
    edge = np.zeros(alpha.shape, bool)
    edge[:3], edge[:, :3], edge[:, -3:] = True, True, True
    near = cv2.dilate(edge.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return bool((region.mask & near).sum() > 0.5 * region.mask.sum() and (region.mask & edge & (alpha > 0.3)).any())


def _colour_distance(region: Region, lab: Floats, alpha: Floats) -> float:
    """CIE76 distance between the mean colours of sure foreground and sure background around the region."""
    around = cv2.dilate(region.mask.astype(np.uint8), np.ones((2 * AROUND + 1,) * 2, np.uint8)) > 0
    inside, outside = around & (alpha > 0.9), around & (alpha < 0.1)
    if inside.sum() < 20 or outside.sum() < 20:
        return float("inf")
    return float(np.linalg.norm(lab[inside].mean(0) - lab[outside].mean(0)))


def _thick_share(region: Region, alpha: Floats) -> float:
    """The share of the region that lies deeper than 4 px among unsure pixels."""
    unsure = ((alpha > 0.1) & (alpha < 0.9)) | region.mask
    depth = cv2.distanceTransform(unsure.astype(np.uint8), cv2.DIST_L2, 3)
    return float((depth[region.mask] > 4).mean())


def _roughness(region: Region, alpha: Floats) -> float:
    """Outline pixels per pixel: a straight edge has few for its band, hair has many."""
    outline = cv2.morphologyEx((alpha >= 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
    return float((outline & region.mask).sum() / max(1, region.mask.sum()))


def _without_repeats(doubts: list[Doubt]) -> list[Doubt]:
    """One sentence is said once: of two doubts with the same place and reason the stronger stays, boxes united."""
    kept: dict[tuple[str, str], Doubt] = {}
    for doubt in doubts:
        key = (doubt.where, doubt.reason)
        kept[key] = _united(kept[key], doubt) if key in kept else doubt
    return list(kept.values())


def _united(first: Doubt, second: Doubt) -> Doubt:
    a, b = first.box, second.box
    box = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
    return Doubt(first.reason, first.where, box, min(1.0, round(first.strength + second.strength, 3)))
