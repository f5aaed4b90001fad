"""The equations of ``tools/pixels/foreground.py``, pixel by pixel, compiled.

No array is assigned to as a whole: each such line would take Numba half a second to compile.

Planes carry a border of one pixel that repeats their outermost ones, so that no pixel is a special case:
``layers`` are (6, h + 2, w + 2) float32, 0..1: F's red, green, blue, then B's; ``image`` (3, h, w); ``alpha``
(h + 2, w + 2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.compiled import compiled

Floats = NDArray[np.float32]

SMOOTH, ALONG = np.float32(5e-3), np.float32(0.1)
"""Weight of smoothness everywhere, and times the difference of alpha: epsilon_r and omega of the paper."""

REACH = 4  # px of each size around a box that its solution depends on: two rounds and a doubling, rounded up to even
NO_RIM = np.float32(0.08**2)  # squared length of a way so short that nobody sees a rim along it
ZERO, ONE, HALF = np.float32(0), np.float32(1), np.float32(0.5)
QUARTER, REST = np.float32(0.25), np.float32(0.75)
SOON = np.float32(12)  # from alpha 11/12 on the captured colours take over


@compiled
def surround(planes: Floats) -> None:
    """Repeats the middle of (n, h + 2, w + 2) into its border."""
    count, height, width = planes.shape
    for index in range(count):
        for x in range(1, width - 1):
            planes[index, 0, x], planes[index, height - 1, x] = planes[index, 1, x], planes[index, height - 2, x]
        for y in range(height):
            planes[index, y, 0], planes[index, y, width - 1] = planes[index, y, 1], planes[index, y, width - 2]


@compiled
def relax(old: Floats, new: Floats, image: Floats, alpha: Floats) -> None:
    """One Jacobi step for the F and B that explain ``image`` and are smooth (equations 5 to 8 of the paper).

    For each pixel, with weights w_j to its four neighbours and S their sum::

        [a² + S      a (1 - a)  ] [F]   [a c       + sum w_j F_j]
        [a (1 - a)   (1 - a)² + S] [B] = [(1 - a) c + sum w_j B_j]
    """
    for y in range(image.shape[1]):
        here, above, below = alpha[y + 1], alpha[y], alpha[y + 2]
        for colour in range(3):
            captured = image[colour, y]
            f, f_above, f_below = old[colour, y + 1], old[colour, y], old[colour, y + 2]
            b, b_above, b_below = old[colour + 3, y + 1], old[colour + 3, y], old[colour + 3, y + 2]
            new_f, new_b = new[colour, y + 1], new[colour + 3, y + 1]
            for x in range(image.shape[2]):
                a = here[x + 1]
                rest = ONE - a
                w0, w1 = SMOOTH + ALONG * abs(a - here[x]), SMOOTH + ALONG * abs(a - here[x + 2])
                w2, w3 = SMOOTH + ALONG * abs(a - above[x + 1]), SMOOTH + ALONG * abs(a - below[x + 1])
                total = w0 + w1 + w2 + w3
                scale = ONE / (total * (a * a + rest * rest) + total * total)  # of the inverse matrix
                sum_f = captured[x] * a + w0 * f[x] + w1 * f[x + 2] + w2 * f_above[x + 1] + w3 * f_below[x + 1]
                sum_b = captured[x] * rest + w0 * b[x] + w1 * b[x + 2] + w2 * b_above[x + 1] + w3 * b_below[x + 1]
                found_f = ((rest * rest + total) * sum_f - a * rest * sum_b) * scale
                found_b = ((a * a + total) * sum_b - a * rest * sum_f) * scale
                new_f[x + 1] = min(max(found_f, ZERO), ONE)
                new_b[x + 1] = min(max(found_b, ZERO), ONE)
    surround(new)


@compiled
def relaxed(layers: Floats, image: Floats, alpha: Floats, rounds: int) -> Floats:
    """``layers`` after so many steps; the array given may be overwritten."""
    spare = np.empty_like(layers)
    for _ in range(rounds):
        relax(layers, spare, image, alpha)
        layers, spare = spare, layers
    return layers


@compiled
def _doubled(planes: Floats, top: int, bottom: int, left: int, right: int) -> Floats:
    """Rows top..bottom and columns left..right of the middle at twice their size, bilinear, with a border."""
    count, height, width = planes.shape[0], bottom - top, right - left
    large = np.empty((count, 2 * height + 2, 2 * width + 2), np.float32)
    between = np.empty(width + 2, np.float32)
    for index in range(count):
        for row in range(2 * height):
            near = planes[index, top + row // 2 + 1, left : right + 2]
            far = planes[index, top + row // 2 + (2 if row % 2 else 0), left : right + 2]
            for x in range(width + 2):
                between[x] = REST * near[x] + QUARTER * far[x]
            line = large[index, row + 1]
            for x in range(width):
                line[2 * x + 1] = QUARTER * between[x] + REST * between[x + 1]
                line[2 * x + 2] = REST * between[x + 1] + QUARTER * between[x + 2]
    surround(large)
    return large


@compiled
def _averaged(
    rgb: NDArray[Any], alpha: NDArray[Any], top: int, left: int, height: int, width: int, times: int, unit: np.float32
) -> tuple[Floats, Floats]:
    """``image`` and ``alpha`` of height x width blocks of times x times pixels, from row top and column left on."""
    image, soft = np.zeros((3, height, width), np.float32), np.zeros((1, height + 2, width + 2), np.float32)
    of_colour, of_alpha = ONE / (unit * np.float32(times * times)), ONE / np.float32(255 * times * times)
    for row in range(height * times):
        y = row // times
        for column in range(width * times):
            x = column // times
            pixel = rgb[top + row, left + column]
            image[0, y, x] += pixel[0]
            image[1, y, x] += pixel[1]
            image[2, y, x] += pixel[2]
            soft[0, y + 1, x + 1] += alpha[top + row, left + column]
    for y in range(height):
        for x in range(width):
            image[0, y, x] *= of_colour
            image[1, y, x] *= of_colour
            image[2, y, x] *= of_colour
            soft[0, y + 1, x + 1] *= of_alpha
    surround(soft)
    return image, soft[0]


@compiled
def _places(begin: int, end: int, times: int, length: int) -> tuple[NDArray[np.int64], Floats]:
    """Where begin..end of a side lie between the pixels of one that is ``times`` shorter: the nearer to the start, and
    the part of the way to the next."""
    before, part = np.empty(end - begin, np.int64), np.empty(end - begin, np.float32)
    for index in range(end - begin):
        place = (np.float32(begin + index) + HALF) / np.float32(times) - HALF
        place = min(max(place, ZERO), np.float32(length - 1))
        before[index] = min(int(place), max(length - 2, 0))
        part[index] = place - np.float32(before[index])
    return before, part


@compiled
def _without_spill(line: Floats, spill: Floats, alpha: NDArray[Any]) -> None:
    """Takes back what of a line's colours (3, w) lies farther along the way to the background than sure colours vary.

    In full below alpha 11/12, less above it, so that nothing jumps where the captured bytes begin. ``spill`` (7, w).
    """
    for x in range(line.shape[1]):
        to_red, to_green, to_blue, free = spill[3, x], spill[4, x], spill[5, x], spill[6, x]
        along = (line[0, x] - spill[0, x]) * to_red + (line[1, x] - spill[1, x]) * to_green
        along = along + (line[2, x] - spill[2, x]) * to_blue
        along = along / (to_red * to_red + to_green * to_green + to_blue * to_blue + NO_RIM)
        excess = along - min(max(along, -free), free)
        excess = excess * min(ONE, SOON * (ONE - np.float32(alpha[x]) / np.float32(255)))
        line[0, x] -= excess * to_red
        line[1, x] -= excess * to_green
        line[2, x] -= excess * to_blue


@compiled
def _solve(
    rgb: NDArray[Any],
    alpha: NDArray[Any],
    guide: Floats,
    step: int,
    margin: int,
    rounds: int,
    box: NDArray[np.int64],
    unit: np.float32,
) -> tuple[Floats, int, int]:
    """F of a box (top, bottom, left, right) with its margin, (6, h + 2, w + 2), and the row and column where its middle
    begins. From the guide's size to the picture's by doubling."""
    up, down = max(0, box[0] - margin) // step, -(-min(box[1] + margin, alpha.shape[0]) // step)
    left, right = max(0, box[2] - margin) // step, -(-min(box[3] + margin, alpha.shape[1]) // step)
    layers = np.empty((6, down - up + 2, right - left + 2), np.float32)
    for index in range(6):
        for y in range(down - up + 2):
            for x in range(right - left + 2):
                layers[index, y, x] = guide[index, up + y, left + x]
    surround(layers)
    while step > 1:
        half = step // 2
        reach = REACH * half
        # What the next finer size needs of what is known.
        up_here, down_here = max(up, (box[0] - reach) // step), min(down, -(-(box[1] + reach) // step))
        left_here, right_here = max(left, (box[2] - reach) // step), min(right, -(-(box[3] + reach) // step))
        layers = _doubled(layers, up_here - up, down_here - up, left_here - left, right_here - left)
        up, down, left, right = 2 * up_here, 2 * down_here, 2 * left_here, 2 * right_here
        step = half
        image, soft = _averaged(rgb, alpha, up * step, left * step, down - up, right - left, step, unit)
        layers = relaxed(layers, image, soft, rounds)
    return layers, up, left


@compiled
def solve_boxes(
    rgb: NDArray[Any],
    alpha: NDArray[Any],
    guide: Floats,
    spill: Floats,
    step: int,
    margin: int,
    rounds: int,
    boxes: NDArray[np.int64],
    result: NDArray[Any],
    unit: np.float32,
) -> None:
    """Writes F of the pixels in ``boxes`` (n, 4: top, bottom, left, right) into ``result``.

    ``rgb``, ``alpha``: whole steps high and wide. ``guide``: layers with a border. ``spill`` (7, h, w): see
    ``foreground._Guide``. ``unit``: the value of white, 255 or 65535.
    """
    for number in range(len(boxes)):
        box = boxes[number]
        layers, row, column = _solve(rgb, alpha, guide, step, margin, rounds, box, unit)
        width, start = box[3] - box[2], box[2] - column + 1
        line, here, between = (
            np.empty((3, width), np.float32),
            np.empty((7, width), np.float32),
            np.empty(spill.shape[2], np.float32),
        )
        aboves, down = _places(box[0], box[1], step, spill.shape[1])
        befores, across = _places(box[2], box[3], step, spill.shape[2])
        for y in range(box[0], box[1]):
            above, part = aboves[y - box[0]], down[y - box[0]]
            below = min(above + 1, spill.shape[1] - 1)
            for index in range(7):
                upper, lower = spill[index, above], spill[index, below]
                for x in range(befores[0], befores[-1] + 2):
                    x = min(x, len(between) - 1)
                    between[x] = upper[x] + part * (lower[x] - upper[x])
                for x in range(width):
                    before = befores[x]
                    after = min(before + 1, len(between) - 1)
                    here[index, x] = between[before] + across[x] * (between[after] - between[before])
            for index in range(3):
                for x in range(width):
                    line[index, x] = layers[index, y - row + 1, start + x]
            _without_spill(line, here, alpha[y, box[2] : box[3]])
            for x in range(width):
                for index in range(3):
                    result[y, box[2] + x, index] = int(min(max(line[index, x], ZERO), ONE) * unit + HALF)
