"""One step of ``models/refine.py`` on tiles, pixel by pixel, compiled.

No array is assigned to as a whole: each such line would take Numba half a second to compile. Windows are rows
top..bottom and columns left..right, ends excluded; they may reach past the borders, where the outermost pixel repeats.
Sums over windows of pixels are whole numbers, so that nothing is lost in differences of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.compiled import compiled

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Whole = NDArray[np.int32]
Places = NDArray[np.int64]

ZERO, ONE, HALF, WHITE = np.float32(0), np.float32(1), np.float32(0.5), np.float32(255)
QUARTER, REST = np.float32(0.25), np.float32(0.75)


@compiled
def _uncertain(near: Floats, times: int, top: int, bottom: int, left: int, right: int) -> tuple[int, int, int, int]:
    """The part of a window in which the refined alpha counts, in whole pixels of the base; empty at its corner if none.

    ``near``: the greatest weight of a base pixel and its neighbours, as it is read between two of them.
    """
    first_row, last_row, first_column, last_column = near.shape[0], -1, near.shape[1], -1
    for row in range(top // times, -(-bottom // times)):
        for column in range(left // times, -(-right // times)):
            if near[row, column] > 0:
                first_row, last_row = min(first_row, row), max(last_row, row)
                first_column, last_column = min(first_column, column), max(last_column, column)
    if last_row < 0:
        return top, top, left, left
    end_row, end_column = min((last_row + 1) * times, bottom), min((last_column + 1) * times, right)
    return first_row * times, end_row, first_column * times, end_column


@compiled
def _decide(alpha: Bytes, times: int, top: int, bottom: int, left: int, right: int, out: Bytes) -> None:
    """0 or 255, whichever side the lower alpha is on; every outline is within the uncertain part."""
    for y in range(top, bottom):
        for x in range(left, right):
            out[y, x] = 255 if alpha[y // times, x // times] > 127 else 0


@compiled
def _decide_around(
    alpha: Bytes, times: int, top: int, bottom: int, left: int, right: int, box: tuple[int, int, int, int], out: Bytes
) -> None:
    """What of a window lies outside of the box."""
    if box[0] == box[1]:  # nothing is uncertain, so all of it is on one side
        level = 255 if alpha[top // times, left // times] > 127 else 0
        for y in range(top, bottom):
            for x in range(left, right):
                out[y, x] = level
        return
    _decide(alpha, times, top, box[0], left, right, out)
    _decide(alpha, times, box[1], bottom, left, right, out)
    _decide(alpha, times, box[0], box[1], left, box[2], out)
    _decide(alpha, times, box[0], box[1], box[3], right, out)


@compiled
def _count_in(rgb: Bytes, alpha: Bytes, y: int, left: int, sign: int, sums: Whole, line: Whole) -> None:
    """Adds (sign 1) or takes (sign -1) a row to ``sums`` (14, w): red, green, blue, alpha, then their products."""
    height, width = alpha.shape
    y = min(max(y, 0), height - 1)
    for index in range(sums.shape[1]):
        x = min(max(left + index, 0), width - 1)
        line[0, index], line[1, index], line[2, index] = rgb[y, x, 0], rgb[y, x, 1], rgb[y, x, 2]
        line[3, index] = alpha[y, x]
    for index in range(sums.shape[1]):
        r, g, b, p = line[0, index], line[1, index], line[2, index], line[3, index]
        sums[0, index] += sign * r
        sums[1, index] += sign * g
        sums[2, index] += sign * b
        sums[3, index] += sign * p
        sums[4, index] += sign * r * r
        sums[5, index] += sign * r * g
        sums[6, index] += sign * r * b
        sums[7, index] += sign * g * g
        sums[8, index] += sign * g * b
        sums[9, index] += sign * b * b
        sums[10, index] += sign * r * p
        sums[11, index] += sign * g * p
        sums[12, index] += sign * b * p
        sums[13, index] += sign * p * p


@compiled
def _line_of_functions(sums: Whole, radius: int, smoothness: np.float32, functions: Floats) -> None:
    """``functions`` (5, w): a (3), b (1) of the guided filter with a colour guide, for values in 0..1, and the share of
    alpha's variance that they explain (1). ``sums`` (14, w) of windows of (2 radius + 1)^2 pixels.

    Equations 19 to 21 of He, Sun, Tang 2013 (PAMI), the 3x3 matrix inverted by its cofactors.
    """
    pixels = (2 * radius + 1) ** 2
    mean = ONE / (WHITE * np.float32(pixels))
    spread = mean * mean
    for x in range(functions.shape[1]):
        r, g, b, p = sums[0, x], sums[1, x], sums[2, x], sums[3, x]
        rr = np.float32(pixels * sums[4, x] - r * r) * spread + smoothness
        rg = np.float32(pixels * sums[5, x] - r * g) * spread
        rb = np.float32(pixels * sums[6, x] - r * b) * spread
        gg = np.float32(pixels * sums[7, x] - g * g) * spread + smoothness
        gb = np.float32(pixels * sums[8, x] - g * b) * spread
        bb = np.float32(pixels * sums[9, x] - b * b) * spread + smoothness
        rp = np.float32(pixels * sums[10, x] - r * p) * spread
        gp = np.float32(pixels * sums[11, x] - g * p) * spread
        bp = np.float32(pixels * sums[12, x] - b * p) * spread
        pp = np.float32(pixels * sums[13, x] - p * p) * spread + smoothness
        c_rr, c_rg, c_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
        c_gg, c_gb, c_bb = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
        scale = ONE / (rr * c_rr + rg * c_rg + rb * c_rb)
        a_r = (c_rr * rp + c_rg * gp + c_rb * bp) * scale
        a_g = (c_rg * rp + c_gg * gp + c_gb * bp) * scale
        a_b = (c_rb * rp + c_gb * gp + c_bb * bp) * scale
        functions[0, x], functions[1, x], functions[2, x] = a_r, a_g, a_b
        functions[3, x] = (np.float32(p) - a_r * np.float32(r) - a_g * np.float32(g) - a_b * np.float32(b)) * mean
        functions[4, x] = (a_r * rp + a_g * gp + a_b * bp) / pp


@compiled
def _functions(
    rgb: Bytes, alpha: Bytes, radius: int, smoothness: np.float32, top: int, left: int, planes: Floats
) -> None:
    """Fills the first 5 of ``planes`` (n, h, w) from row ``top`` and column ``left`` on with the means of the functions
    of all windows that a pixel lies in."""
    height, width, side = planes.shape[1] + 2 * radius, planes.shape[2] + 2 * radius, 2 * radius + 1
    sums, line = np.zeros((14, width + 2 * radius), np.int32), np.empty((4, width + 2 * radius), np.int32)
    across, single = np.empty((14, width), np.int32), np.empty((5, height, width), np.float32)
    first = top - 2 * radius
    for y in range(first, first + side - 1):
        _count_in(rgb, alpha, y, left - 2 * radius, 1, sums, line)
    for row in range(height):
        _count_in(rgb, alpha, first + row + side - 1, left - 2 * radius, 1, sums, line)
        for index in range(14):
            for x in range(width):
                across[index, x] = sums[index, x]
            for shift in range(1, side):
                for x in range(width):
                    across[index, x] += sums[index, x + shift]
        _line_of_functions(across, radius, smoothness, single[:, row])
        _count_in(rgb, alpha, first + row, left - 2 * radius, -1, sums, line)
    for index in range(5):
        _mean(single[index], radius, planes[index])


@compiled
def _mean(plane: Floats, radius: int, mean: Floats) -> None:
    """``mean`` (h, w) of the windows of (2 radius + 1)^2 pixels of a plane (h + 2 radius, w + 2 radius)."""
    side, width = 2 * radius + 1, plane.shape[1]
    share = ONE / np.float32(side * side)
    down = np.empty(width, np.float32)
    for row in range(mean.shape[0]):
        for x in range(width):
            down[x] = plane[row, x]
        for shift in range(1, side):
            for x in range(width):
                down[x] += plane[row + shift, x]
        line = mean[row]
        for x in range(len(line)):
            line[x] = down[x]
        for shift in range(1, side):
            for x in range(len(line)):
                line[x] += down[x + shift]
        for x in range(len(line)):
            line[x] *= share


@compiled
def _places(begin: int, end: int, times: int, start: int, length: int) -> tuple[Places, Floats]:
    """Where pixels begin..end lie between ``length`` pixels ``times`` as large, the first of which is number ``start``:
    the one before, and the part of the way to the next."""
    before, part = np.empty(end - begin, np.int64), np.empty(end - begin, np.float32)
    for index in range(end - begin):
        place = (np.float32(begin + index) + HALF) / np.float32(times) - HALF - np.float32(start)
        place = min(max(place, ZERO), np.float32(length - 1))
        before[index] = min(int(place), max(length - 2, 0))
        part[index] = place - np.float32(before[index])
    return before, part


@compiled
def _read_line(
    plane: Floats, above: int, part: np.float32, before: Places, across: Floats, between: Floats, line: Floats
) -> None:
    """A line of a plane enlarged, at ``part`` of the way from row ``above`` to the next; ``between`` is room for it."""
    upper, lower, last = plane[above], plane[min(above + 1, plane.shape[0] - 1)], plane.shape[1] - 1
    for x in range(before[0], min(before[-1] + 1, last) + 1):
        between[x] = upper[x] + part * (lower[x] - upper[x])
    for x in range(len(line)):
        one, other = between[before[x]], between[min(before[x] + 1, last)]
        line[x] = one + across[x] * (other - one)


@compiled
def _read_double(plane: Floats, above: int, part: np.float32, between: Floats, line: Floats) -> None:
    """The same for a plane that is half as large and begins one of its pixels before the line."""
    upper, lower = plane[above], plane[above + 1]
    for x in range(plane.shape[1]):
        between[x] = upper[x] + part * (lower[x] - upper[x])
    for x in range(len(line) // 2):
        line[2 * x] = QUARTER * between[x] + REST * between[x + 1]
        line[2 * x + 1] = REST * between[x + 1] + QUARTER * between[x + 2]
    if len(line) % 2:
        x = len(line) // 2
        line[2 * x] = QUARTER * between[x] + REST * between[x + 1]


@compiled
def _mix(lines: Floats, high: Bytes, trust: tuple[float, float], snap: int, out: Bytes) -> None:
    """A line of alpha from ``lines`` (8, w): a (3), b, explained share, alpha before (0..255), gain, weight."""
    least, steep = np.float32(trust[0]), np.float32(1 / (trust[1] - trust[0]))
    for x in range(len(out)):
        colour = lines[0, x] * np.float32(high[x, 0]) + lines[1, x] * np.float32(high[x, 1])
        linear = (colour + lines[2, x] * np.float32(high[x, 2])) / WHITE + lines[3, x]
        sure = ONE if lines[5, x] > np.float32(127.5) else ZERO
        before = lines[5, x] / WHITE
        trusted = min(max((lines[4, x] - least) * steep, ZERO), ONE)
        alpha = (before + trusted * (linear - before) - HALF) * lines[6, x] + HALF
        alpha = sure + lines[7, x] * (min(max(alpha, ZERO), ONE) - sure)
        level = np.int32(min(max(alpha, ZERO), ONE) * WHITE + HALF)
        out[x] = 0 if level <= snap else 255 if level >= 255 - snap else level


@compiled
def _refine(
    low: Bytes,
    high: Bytes,
    alpha: Bytes,
    maps: Floats,
    times: int,
    times_base: int,
    radius: int,
    smoothness: np.float32,
    trust: tuple[float, float],
    snap: int,
    box: tuple[int, int, int, int],
    out: Bytes,
) -> None:
    """The linear functions of the lower step, read at the pixels of the higher; blended with the sure sides."""
    top, bottom, left, right = box
    low_top, low_left = top // times - 1, left // times - 1
    height, width = -(-bottom // times) + 1 - low_top, -(-right // times) + 1 - low_left
    planes = np.empty((6, height, width), np.float32)
    _functions(low, alpha, radius, smoothness, low_top, low_left, planes)
    for row in range(height):
        y = min(max(low_top + row, 0), alpha.shape[0] - 1)
        for column in range(width):
            planes[5, row, column] = alpha[y, min(max(low_left + column, 0), alpha.shape[1] - 1)]
    aboves, down = _places(top, bottom, times, low_top, height)
    map_aboves, map_down = _places(top, bottom, times_base, 0, maps.shape[1])
    map_befores, map_across = _places(left, right, times_base, 0, maps.shape[2])
    lines = np.empty((8, right - left), np.float32)
    between = np.empty(max(width, maps.shape[2]), np.float32)
    for row in range(bottom - top):
        for index in range(6):
            if times == 2:
                _read_double(planes[index], aboves[row], down[row], between, lines[index])
            else:
                for x in range(right - left):
                    lines[index, x] = planes[index, row + 1, x + 1]
        for index in range(2):
            _read_line(maps[index], map_aboves[row], map_down[row], map_befores, map_across, between, lines[6 + index])
        _mix(lines, high[top + row, left:right], trust, snap, out[top + row, left:right])


@compiled
def climb_tiles(
    low: Bytes,
    high: Bytes,
    alpha: Bytes,
    maps: Floats,
    near: Floats,
    times: int,
    times_base: int,
    radius: int,
    smoothness: np.float32,
    trust: tuple[float, float],
    snap: int,
    tiles: NDArray[np.int64],
    out: Bytes,
) -> None:
    """Writes alpha of the ``tiles`` (n, 4: top, bottom, left, right) into ``out``, at the size of ``high``.

    ``low`` (h, w, 3) and ``alpha`` (h, w): the lower step, ``times`` (1 or 2) times smaller. ``maps`` (2, h, w): gain
    and weight at the size of the base, ``times_base`` times smaller. ``near`` (h, w): see ``_uncertain``.
    """
    for number in range(len(tiles)):
        top, bottom, left, right = tiles[number, 0], tiles[number, 1], tiles[number, 2], tiles[number, 3]
        box = _uncertain(near, times_base, top, bottom, left, right)
        _decide_around(alpha, times, top, bottom, left, right, box, out)
        if box[0] < box[1]:
            _refine(low, high, alpha, maps, times, times_base, radius, smoothness, trust, snap, box, out)
