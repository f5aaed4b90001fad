"""Which part of a picture becomes an ID photo: the head of the size and at the place of the table, nothing floating.

The body has to reach the photo's lower edge, and where the picture cuts it off at a side, that side must lie outside
of the photo. So the part shrinks (the head grows) and moves up until both are true; what goes beyond the table is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.heads import Head
from tools.id_sizes import Size
from tools.pixels.edges import Alpha

BODY = 0.7  # share of a row, 1.2 heads wide below the head, that must be body for it to reach the lower edge
ABOVE = 0.02  # of the photo's height: what stays free above high hair or a hat
STEP = 0.005  # of the photo's height, in which the head grows
WIDEST = 0.72  # of the photo's width: a head is not made larger than that; it is about 3/4 as wide as high
LARGEST = 0.95  # of the photo's height
CUT = 0.1  # of the head's height: so much of it at the picture's upper edge means that it is cut off


@dataclass(frozen=True)
class Placed:
    """The part, in px of the picture, and what has to be said: {"key": …} with the facts of the sentence."""

    top: float
    height: float
    centre: float
    notes: tuple[dict[str, Any], ...] = ()


def place(size: Size, aspect: float, head: Head, alpha: Alpha, inside: bool = False) -> Placed:
    """The part of the picture for a head.

    Args:
        size: where the head belongs.
        aspect: the photo's width over its height.
        alpha: (H, W) uint8, of what is kept.
        inside: the part must not reach beyond the picture, since the original background is to stay.
    """
    cut_off = _cut_off(head, alpha)
    share = min(size.head, WIDEST * aspect / 0.75)
    most = max(share, size.head_most)
    body = _body_ends(head, alpha)
    while share < LARGEST:
        top, height = _from_top(size, head, share, cut_off), head.height / share
        top = min(top, max(body - height, head.crown - size.margin_most * height))
        if top + height <= body + 0.5 and _sound(top, height, aspect, head, alpha, inside):
            break
        share += STEP
    height = head.height / share
    top = min(_from_top(size, head, share, cut_off), body - height)
    notes: list[dict[str, Any]] = [{"key": "head_cut"}] if cut_off else []
    if share > most + 1.1 * STEP:  # a step beyond is nothing that is seen, nor are the errors of adding steps up
        notes.append({"key": "head_large", "percent": round(100 * share)})
    return Placed(top, height, head.centre, tuple(notes))


def _from_top(size: Size, head: Head, share: float, cut_off: bool) -> float:
    """The upper edge: above the crown, and above a hat; at the picture's own edge if that cuts the head off."""
    height = head.height / share
    top = min(head.crown - size.margin * height, head.top - ABOVE * height)
    return max(top, 0.0) if cut_off else top


def _cut_off(head: Head, alpha: Alpha) -> bool:
    """Whether the picture's upper edge cuts the head: more than a few hairs of it lie there."""
    left, right = _columns(head, 0.5, alpha)
    return head.top <= 1 and float((alpha[0, left:right] >= 128).sum()) > CUT * head.height


def _columns(head: Head, reach: float, alpha: Alpha) -> tuple[int, int]:
    left = max(0, round(head.centre - reach * head.height))
    return left, max(left + 1, min(alpha.shape[1], round(head.centre + reach * head.height)))


def _body_ends(head: Head, alpha: Alpha) -> float:
    """The y down to which there is a body below the head; the silhouette's end where there is hardly any."""
    left, right = _columns(head, 0.6, alpha)
    below = alpha[min(alpha.shape[0] - 1, max(0, round(head.chin))) :, left:right] >= 128
    rows = np.flatnonzero(below.mean(axis=1) >= BODY)
    if not len(rows):
        rows = np.flatnonzero(below.any(axis=1))
    return round(head.chin) + float(rows[-1] + 1 if len(rows) else 0)


def _sound(top: float, height: float, aspect: float, head: Head, alpha: Alpha, inside: bool) -> bool:
    """Whether no side shows where the picture cuts the body off."""
    left, right = head.centre - height * aspect / 2, head.centre + height * aspect / 2
    outside = left < -0.5, right > alpha.shape[1] + 0.5
    if inside:
        return not any(outside) and top >= -0.5 and top + height <= alpha.shape[0] + 0.5
    rows = alpha[max(0, int(top)) : max(1, int(np.ceil(top + height)))]
    return not (outside[0] and _touches(rows[:, 0])) and not (outside[1] and _touches(rows[:, -1]))


def _touches(edge: NDArray[np.uint8]) -> bool:
    return float((edge >= 128).mean()) > 0.01
