"""Where heads are: a linear detector on gradient histograms, looked for inside of what was cut out.

Histograms of oriented gradients (Dalal and Triggs 2005, "Histograms of Oriented Gradients for Human Detection") of the
picture laid onto grey, at many sizes; one weight for each value says how much a window looks like a face seen from
the front. The window's place gives chin and centre; the crown is where the silhouette ends above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

WEIGHTS = Path(__file__).parent / "weights" / "heads.safetensors"

CELL = 4  # px of a level
ACROSS, DOWN, BINS = 9, 11, 9  # cells of a window, directions of a cell
WIDTH, HEIGHT = ACROSS * CELL, DOWN * CELL
UNIT = 50.0  # px of a level from crown to chin: the size at which a head fits the window
CHIN = 0.78  # of UNIT from the window's top to the chin
STRIDE = 2  # px of a level between windows
STEP = 1.1  # between one level's size and the next
SMALLEST, LARGEST = 0.13, 1.05  # of the silhouette's height: heads that are looked for
LEAST = 24.0  # px of the picture from crown to chin; smaller heads are not looked for
BORDER = 40  # px of grey around a level, so that heads at the border have a whole window
QUIET = 400.0  # added to a neighbourhood's energy, so that noise in flat parts stays small
GREY = 128

FOUND = 0.5
"""Score from which on a window is a head. `python -m models.train_heads --measure` prints how many pictures of people
and of other things reach it."""

TALL = 1.3
"""Of the expected head: what stands higher above the chin is a hat, or hair worn high, and not the crown."""

HIGH = 1.7
"""Of the expected head: with more than that above the chin it is a badge or a print on somebody's chest."""


@dataclass(frozen=True)
class Head:
    """A head, in px of the picture.

    centre: x of the face. chin: y of its lower end. crown: y of the upper end of the head with its hair. top: y where
    the silhouette above it ends; higher than the crown with a hat. score: how sure, FOUND and more.
    """

    centre: float
    crown: float
    chin: float
    top: float
    score: float

    @property
    def height(self) -> float:
        """From crown to chin."""
        return self.chin - self.crown


@dataclass(frozen=True)
class Window:
    """A place that looks like a face: ``height`` is what is expected from crown to chin, px of the picture."""

    score: float
    height: float
    chin: float
    centre: float


def find_heads(rgb: Bytes, alpha: Bytes) -> tuple[Head, ...]:
    """The heads of a picture, the surest first; empty if there is none.

    Args:
        rgb: (H, W, 3) uint8 sRGB.
        alpha: (H, W) uint8, of the cut-out. Faces are looked for inside of it.
    """
    sure = [w for w in windows(rgb, alpha, detector()) if w.score >= FOUND]
    on_top = [w for w in sure if w.chin - _head(w, alpha).top <= HIGH * w.height]
    return tuple(_head(window, alpha) for window in apart(on_top))


@cache
def detector() -> Floats:
    """The weights: (ACROSS * DOWN * BINS + 1,) float32, the last one is what is added."""
    return np.asarray(load_file(WEIGHTS)["weights"], np.float32)


def windows(rgb: Bytes, alpha: Bytes, weights: Floats) -> list[Window]:
    """The best windows of every size, the best first."""
    found: list[Window] = []
    solid = alpha >= 128
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not len(rows):
        return found
    height = float(rows[-1] - rows[0] + 1)
    around = round(0.1 * height)  # beyond it there is nothing but grey
    top, left = max(0, int(rows[0]) - around), max(0, int(columns[0]) - around)
    part = (slice(top, int(rows[-1]) + around + 1), slice(left, int(columns[-1]) + around + 1))
    size = height * LARGEST
    while size >= max(height * SMALLEST, LEAST):
        best = _best(*level(rgb[part], alpha[part], size), weights)
        found += [replace(w, chin=w.chin + top, centre=w.centre + left) for w in best]
        size /= STEP
    return sorted(found, key=lambda window: -window.score)


def apart(found: list[Window]) -> Iterator[Window]:
    """Of windows on the same head only the best."""
    taken: list[Window] = []
    for window in found:
        if all(_distance(window, other) > 0.6 for other in taken):
            taken.append(window)
            yield window


def _distance(one: Window, other: Window) -> float:
    """Between the middles of two heads, over the larger one's height."""
    down = (one.chin - one.height / 2) - (other.chin - other.height / 2)
    return float(np.hypot(one.centre - other.centre, down) / max(one.height, other.height))


def level(rgb: Bytes, alpha: Bytes, height: float) -> tuple[Floats, Bytes, float]:
    """Histograms at the size at which a head of ``height`` px fits the window.

    Returns (h, w, BINS) float32, alpha at that size with the same border, and the scale.
    """
    scale = UNIT / height
    size = (max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(alpha, size, interpolation=how), np.uint8)
    luma = cv2.cvtColor(cv2.resize(rgb, size, interpolation=how), cv2.COLOR_RGB2GRAY).astype(np.float32)
    laid = GREY + (luma - GREY) * (small.astype(np.float32) / 255)
    border = (BORDER,) * 4
    wide = cv2.copyMakeBorder(laid, *border, cv2.BORDER_CONSTANT, value=GREY)
    return histograms(np.asarray(wide, np.float32)), _bordered(small), scale


def _bordered(alpha: Bytes) -> Bytes:
    return np.asarray(cv2.copyMakeBorder(alpha, *(BORDER,) * 4, cv2.BORDER_CONSTANT, value=0), np.uint8)


def histograms(luma: Floats) -> Floats:
    """For each pixel, the gradients of the cell that begins there, by direction: (h, w, BINS), about 0..2."""
    right, down = (cv2.Sobel(luma, cv2.CV_32F, dx, 1 - dx, ksize=1) for dx in (1, 0))
    strength = np.hypot(right, down)
    direction = np.arctan2(down, right) % np.pi * (BINS / np.pi)
    planes = []
    for index in range(BINS):
        away = np.abs(direction - index)
        share = np.maximum(0, 1 - np.minimum(away, BINS - away))
        plane = (strength * share).astype(np.float32)
        planes.append(cv2.boxFilter(plane, -1, (CELL, CELL), normalize=False, anchor=(0, 0)))
    cells = np.stack(planes, axis=2)
    energy = cv2.boxFilter((cells**2).sum(axis=2), -1, (3 * CELL, 3 * CELL), anchor=(CELL, CELL))
    return np.asarray(np.minimum(cells / np.sqrt(energy + QUIET)[..., None], 2), np.float32)


def window_at(maps: Floats, top: int, left: int) -> Floats:
    """The values of one window, (ACROSS * DOWN * BINS,)."""
    return np.asarray(maps[top : top + HEIGHT : CELL, left : left + WIDTH : CELL].reshape(-1), np.float32)


def scores(maps: Floats, weights: Floats) -> Floats:
    """How much the window at every STRIDE px looks like a face; about 1 for one, -1 for anything else."""
    rows = (maps.shape[0] - HEIGHT) // STRIDE + 1
    columns = (maps.shape[1] - WIDTH) // STRIDE + 1
    total = np.full((rows, columns), weights[-1], np.float32)
    by_cell = weights[:-1].reshape(DOWN, ACROSS, BINS)
    for row in range(DOWN):
        for column in range(ACROSS):
            part = maps[row * CELL :: STRIDE, column * CELL :: STRIDE][:rows, :columns]
            total += part @ by_cell[row, column]
    return total


def _best(maps: Floats, alpha: Bytes, scale: float, weights: Floats, most: int = 6) -> list[Window]:
    """The best windows of one size whose middle lies inside of the cut-out."""
    found = scores(maps, weights)
    inside = alpha[HEIGHT // 2 :: STRIDE, WIDTH // 2 :: STRIDE][: found.shape[0], : found.shape[1]] >= 128
    found[~inside] = -9
    peaks = (found == cv2.dilate(found, np.ones((5, 5), np.uint8))) & inside
    places = np.argwhere(peaks)
    order = np.argsort(-found[peaks])[:most]
    return [_window(found, int(row), int(column), scale) for row, column in places[order]]


def _window(found: Floats, row: int, column: int, scale: float) -> Window:
    top, left = row * STRIDE - BORDER, column * STRIDE - BORDER
    chin, centre = (top + CHIN * UNIT) / scale, (left + WIDTH / 2) / scale
    return Window(float(found[row, column]), UNIT / scale, chin, centre)


def _head(window: Window, alpha: Bytes) -> Head:
    """The head at a window, with its crown where the silhouette ends above it."""
    half = 0.3 * window.height
    left, right = max(0, round(window.centre - half)), min(alpha.shape[1], round(window.centre + half) + 1)
    bottom = int(np.clip(round(window.chin - window.height / 2), 1, alpha.shape[0]))
    column = (alpha[:bottom, left:right] >= 128).mean(axis=1) > 0.08
    gaps = np.flatnonzero(~column)
    top = float(gaps[-1] + 1) if len(gaps) else 0.0
    crown = max(top, window.chin - TALL * window.height)
    return Head(window.centre, float(crown), window.chin, top, window.score)
