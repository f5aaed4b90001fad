"""The loops of ``tools.pixels.edges.denoise`` over labelled pixels, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled import compiled

Alpha = NDArray[np.uint8]
Labels = NDArray[np.int32]


@compiled
def add_masses(labels: Labels, alpha: Alpha, inverse: bool, masses: NDArray[np.int64]) -> None:
    """Adds alpha, or what is missing to 255, of each label's pixels to ``masses`` (n,); label 0 is left out."""
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            if labels[y, x] > 0:
                level = np.int64(alpha[y, x])
                masses[labels[y, x]] += 255 - level if inverse else level


@compiled
def _touches(labels: Labels, chosen: NDArray[np.bool_], y: int, x: int) -> bool:
    """Whether a chosen part lies within the 3 x 3 pixels around a place."""
    for row in range(max(y - 1, 0), min(y + 2, labels.shape[0])):
        for column in range(max(x - 1, 0), min(x + 2, labels.shape[1])):
            if chosen[labels[row, column]]:
                return True
    return False


@compiled
def keep_chosen(labels: Labels, chosen: NDArray[np.bool_], alpha: Alpha, kept: Alpha) -> None:
    """``kept``: alpha of the chosen parts and of the unlabelled pixels that touch them, else 0."""
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            level, label = alpha[y, x], labels[y, x]
            stays = chosen[label] if label > 0 or level == 0 else _touches(labels, chosen, y, x)
            kept[y, x] = level if stays else 0


@compiled
def fill_chosen(labels: Labels, chosen: NDArray[np.bool_], alpha: Alpha, filled: Alpha) -> None:
    """``filled``: 255 in the chosen parts and in the unlabelled pixels that touch them, else alpha."""
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            level, label = alpha[y, x], labels[y, x]
            goes = chosen[label] if label > 0 or level == 255 else _touches(labels, chosen, y, x)
            filled[y, x] = 255 if goes else level
