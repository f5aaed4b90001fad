"""A second subject pasted into a photo beside the first: whoever asks for a cut-out of two people means both.

Photos with several people are few, and training shows most of them with one. Pasting subjects of one photo into another
made instance segmentation much better (Ghiasi et al. 2021, "Simple Copy-Paste"); here both become the foreground.
"""

from __future__ import annotations

import numpy as np

from models.training.augment import Pixels, Random
from models.training.compose import Scene, cropped_to_subject, cut_from_photo, matched, over, resized

AS_TALL = (0.6, 1.15)
"""The second subject's height by the first's."""

PLACES = 4
"""So many places are tried; the one that hides least of the first subject is taken."""

MOST_HIDDEN = 0.4
"""Share of the first subject that the second may cover; beyond that the photo stays as it was."""


def stands_free(alpha: Pixels) -> bool:
    """Whether a matte (H, W) holds a subject that neither side nor the top of its photo cuts: it fits anywhere."""
    cut = max(int(alpha[:, 0].max()), int(alpha[:, -1].max()), int(alpha[0].max()))
    return cut < 128 < int(alpha.max())


def beside(photo: Pixels, other: Pixels, random: Random) -> Pixels:
    """`photo` with the subject of `other` before it, both uint8 (H, W, 4); the matte holds both.

    The second stands on the line on which the first stands, or on the photo's lower border where its own cut it.
    Returns `photo` itself where either holds no subject, or the first would be mostly hidden.
    """
    height, width = photo.shape[:2]
    rows = np.flatnonzero((photo[..., 3] > 127).any(1))
    if not rows.size or not stands_free(other[..., 3]):
        return photo
    cut_below = bool(other[-1, :, 3].max() >= 128)
    second = cropped_to_subject(matched(cut_from_photo(other), photo[..., :3], random))
    tall = max(8, int((rows[-1] + 1 - rows[0]) * random.uniform(*AS_TALL)))
    wide = max(4, round(second.shape[1] * tall / second.shape[0]))
    if wide > 1.4 * width:
        return photo
    second = resized(np.ascontiguousarray(second), wide, tall)
    foot = height if cut_below else min(height, int(rows[-1]) + 1 + round(random.normal(0, 0.03) * height))
    top, lefts = foot - tall, random.uniform(-0.25 * wide, width - 0.75 * wide, PLACES).astype(int)
    layers = [_at(second, (height, width), top, int(left)) for left in lefts]
    first = photo[..., 3] > 127
    hidden = [int(((layer[..., 3] > 127) & first).sum()) for layer in layers]
    if min(hidden) > MOST_HIDDEN * first.sum():
        return photo
    layer = layers[hidden.index(min(hidden))]
    scene = over(layer, Scene(np.ascontiguousarray(photo[..., :3]), np.ascontiguousarray(photo[..., 3])))
    return np.dstack((scene.rgb, scene.alpha))


def _at(part: Pixels, canvas: tuple[int, int], top: int, left: int) -> Pixels:
    """An empty canvas (height, width) with `part` at a place that may lie partly outside."""
    (height, width), layer = canvas, np.zeros((*canvas, 4), np.uint8)
    first, last = max(0, top), min(height, top + part.shape[0])
    begin, end = max(0, left), min(width, left + part.shape[1])
    if first < last and begin < end:
        layer[first:last, begin:end] = part[first - top : last - top, begin - left : end - left]
    return layer
