"""Which parts of the foreground stay: all, the people, or the main subject.

Parts are found by shape alone. Two people who touch or overlap are one part and stay together; telling them apart
needs a network that knows persons.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.pixels.edges import FAINT, Alpha
from tools.recipe import Keep

Box = tuple[float, float, float, float]
"""left, top, right, bottom in px of the alpha's array."""

SOLID = 128
"""Parts are connected regions of at least this alpha: faint bridges don't join two subjects."""

FRAGMENT = 50
"""A region with less than 1/50 of the greatest mass is no part of its own but belongs to the part nearest to it."""

COMPARABLE = 8
"""Without boxes, "people" keeps parts with at least 1/8 of the main subject's mass."""

NEAR = 0.15
"""A fragment or faint haze stays if it is nearer to a kept part than this times the root of the part's area."""

CENTRAL = 0.6
"""How much less a part at the picture's corner counts than one at its centre."""

_SIDE = 512  # px; parts are told apart at this longer side


def keep_parts(alpha: Alpha, keep: Keep, boxes: Sequence[Box] | None = None) -> Alpha:
    """Alpha with only the parts that are wanted; values of kept parts don't change.

    - ``"everything"``: a copy.
    - ``"main_subject"``: the part with the greatest mass (sum of alpha), where mass counts less the farther its
      centre is from the picture's; with the strands of hair and other fragments near it.
    - ``"people"``: the parts in which one of ``boxes`` (faces or persons) lies, at least to a quarter. Without boxes
      nothing here knows what a person is: then the main subject and what is comparable in size stays, small
      clutter goes. An empty list means that nobody was found, and is treated the same.

    Args:
        alpha: uint8 (H, W).
    """
    if alpha.dtype != np.uint8 or alpha.ndim != 2:
        raise ValueError(f"alpha must be uint8 (H, W), got {alpha.dtype} {alpha.shape}")
    if keep == "everything" or not (alpha >= SOLID).any():
        return alpha.copy()
    scale = min(1.0, _SIDE / max(alpha.shape))
    size = (max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale)))
    small = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
    labels, masses = _parts(small)
    if not masses.any():
        return alpha.copy()
    scaled = [(x0 * scale, y0 * scale, x1 * scale, y1 * scale) for x0, y0, x1, y1 in boxes or ()]
    if keep == "people" and scaled:
        wanted = [part for part in _own(masses) if _holds(labels == part, scaled)]
    else:
        wanted = _main(labels, masses, small.shape, comparable=keep == "people")
    return _only(alpha, small, labels, _own(masses), wanted)


def _parts(small: Alpha) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Labels of solid regions (0 = none) and the sum of alpha in each."""
    count, labels = cv2.connectedComponents((small >= SOLID).astype(np.uint8), connectivity=8)
    masses = np.bincount(labels.ravel(), small.ravel(), count).astype(np.int64)
    masses[0] = 0
    return labels.astype(np.int32), masses


def _own(masses: NDArray[np.int64]) -> list[int]:
    """The regions that are parts of their own, not fragments."""
    return [int(part) for part in np.flatnonzero(masses * FRAGMENT >= masses.max()) if masses[part]]


def _main(labels: NDArray[np.int32], masses: NDArray[np.int64], shape: tuple[int, ...], comparable: bool) -> list[int]:
    half = np.array(shape, np.float64) / 2
    counts = {}
    for part in _own(masses):
        centre = np.argwhere(labels == part).mean(axis=0)
        counts[part] = masses[part] * (1 - CENTRAL * np.linalg.norm((centre - half) / half) / np.sqrt(2))
    main = max(counts, key=lambda part: counts[part])
    if not comparable:
        return [main]
    return [part for part in counts if masses[part] * COMPARABLE >= masses[main]]


def _holds(mask: NDArray[np.bool_], boxes: list[Box]) -> bool:
    """Whether a quarter or more of one of the boxes lies in the part."""
    for left, top, right, bottom in boxes:
        inside = mask[max(0, int(top)) : int(np.ceil(bottom)), max(0, int(left)) : int(np.ceil(right))]
        if inside.size and inside.mean() >= 0.25:
            return True
    return False


def _only(alpha: Alpha, small: Alpha, labels: NDArray[np.int32], own: list[int], wanted: list[int]) -> Alpha:
    """Everything nearer to a wanted part than to another stays, if it is near or hangs on it."""
    wanted_mask = np.isin(labels, wanted)
    to_wanted = _distance(wanted_mask)
    to_other = _distance(np.isin(labels, [part for part in own if part not in wanted]))
    reach = NEAR * np.sqrt(max(1, int(wanted_mask.sum())))
    count, hanging = cv2.connectedComponents((small >= FAINT).astype(np.uint8), connectivity=8)
    touches = np.zeros(count, np.bool_)
    touches[np.unique(hanging[wanted_mask])] = True
    touches[0] = False
    stays = (to_wanted <= to_other) & (touches[hanging] | (to_wanted <= reach))
    size = (alpha.shape[1], alpha.shape[0])
    # Linear and cut at the half: the border between two parts is smooth at full size.
    soft = cv2.resize(stays.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.where(soft >= 0.5, alpha, np.uint8(0))


def _distance(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Distance in px to the nearest True, infinite where there is none."""
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance, np.float32)
