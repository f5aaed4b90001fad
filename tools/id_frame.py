"""The last stages of an ID photo: the part of the picture at its exact pixels, what lies behind, the print sheet."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.errors import BadValue
from tools.id_sizes import papers, pixels
from tools.pixels.composite import over
from tools.pixels.scaling import resize
from tools.recipe import IdPhoto

Alpha = NDArray[np.uint8]
Colours = NDArray[Any]

LINE = 170  # grey, 0..255, of the cutting lines


def photo_pixels(photo: IdPhoto) -> tuple[int, int]:
    """(width, height) in px of one photo."""
    return pixels(photo.width_mm, photo.dpi), pixels(photo.height_mm, photo.dpi)


def result_pixels(photo: IdPhoto) -> tuple[int, int]:
    """(width, height) in px of what comes out: the photo, or the sheet with it."""
    if photo.sheet == "none":
        return photo_pixels(photo)
    upright, _, _ = best_grid(photo)
    width, height = (pixels(mm, photo.dpi) for mm in papers()[photo.sheet].paper_mm)
    return (width, height) if upright else (height, width)


def box_in_photo(
    photo: IdPhoto, box: tuple[float, ...], width: int, height: int
) -> tuple[float, float, float, float] | None:
    """A box (left, top, right, bottom in shares of a picture of ``width`` × ``height`` px) in shares of the photo.

    None where nothing of it is seen, or where the photo is on a sheet.
    """
    if photo.sheet != "none":
        return None
    left, top = photo.centre - photo.width / 2, photo.top
    across = [float(np.clip((x * width - left) / photo.width, 0, 1)) for x in (box[0], box[2])]
    down = [float(np.clip((y * height - top) / photo.height, 0, 1)) for y in (box[1], box[3])]
    seen = across[0] < across[1] and down[0] < down[1]
    return (across[0], down[0], across[1], down[1]) if seen else None


def part(photo: IdPhoto, rgb: Colours, alpha: Alpha | None, scale: float = 1.0) -> tuple[Colours, Alpha | None]:
    """The part of the picture that the photo shows, at the photo's pixels; never stretched.

    ``rgb`` (H, W, 3) and ``alpha`` (H, W) uint8 are the picture at ``scale`` of the original. Beyond the picture
    alpha is 0; without alpha, its border goes on.
    """
    width, height = photo_pixels(photo)
    tall = max(1, round(photo.height * scale))
    wide = max(1, round(tall * width / height))
    left, top = round(photo.centre * scale - wide / 2), round(photo.top * scale)
    below, right = max(0, top + tall - rgb.shape[0]), max(0, left + wide - rgb.shape[1])
    beyond = (max(0, -top), below, max(0, -left), right)
    y, x = top + beyond[0], left + beyond[2]
    window = (slice(y, y + tall), slice(x, x + wide))
    colours = _cut(rgb, beyond, window, cv2.BORDER_REPLICATE)
    if alpha is None:
        return resize(colours, None, width, height)
    return resize(colours, _cut(alpha, beyond, window, cv2.BORDER_CONSTANT), width, height)


def _cut(image: Colours, beyond: tuple[int, int, int, int], window: tuple[slice, slice], border: int) -> Colours:
    wide = np.asarray(cv2.copyMakeBorder(image, *beyond, border, value=(0, 0, 0))) if any(beyond) else image
    return np.ascontiguousarray(wide[window])


def on_paper(photo: IdPhoto, rgb: Colours, alpha: Alpha | None, matte: Alpha) -> tuple[Colours, Alpha | None, Alpha]:
    """Colours, alpha (None if opaque) and matte of the result: the photo alone, or on its print sheet."""
    if photo.sheet == "none":
        return rgb, alpha, matte
    return sheet(photo, laid_on_white(rgb, alpha)), None, sheet(photo, matte, lines=False, empty=0)


def laid_on_white(rgb: Colours, alpha: Alpha | None) -> Colours:
    """Paper is white where nothing is printed."""
    if alpha is None:
        return rgb
    return over(rgb, alpha, np.full_like(rgb, np.iinfo(rgb.dtype).max))


def best_grid(photo: IdPhoto) -> tuple[bool, int, int]:
    """(paper upright, photos across, photos down) with as many photos as fit.

    Raises:
        BadValue: not even one fits.
    """
    paper = papers()[photo.sheet]
    found = []
    for upright in (True, False):
        wide, tall = paper.paper_mm if upright else paper.paper_mm[::-1]
        across = int((wide - 2 * paper.edge_mm + paper.gap_mm + 1e-6) // (photo.width_mm + paper.gap_mm))
        down = int((tall - 2 * paper.edge_mm + paper.gap_mm + 1e-6) // (photo.height_mm + paper.gap_mm))
        found.append((across * down, upright, across, down))
    count, best, across, down = max(found)
    if count < 1:
        raise BadValue("photo_larger_than_sheet", width=f"{photo.width_mm:g}", height=f"{photo.height_mm:g}")
    return best, across, down


def sheet(photo: IdPhoto, one: Colours, lines: bool = True, empty: int = 255) -> Colours:
    """The photo as often as it fits on the paper, with thin lines to cut along between the photos.

    ``one`` (h, w, 3) or (h, w) at the photo's pixels; ``empty`` 0..255 is the paper.
    """
    width, height = result_pixels(photo)
    _, across, down = best_grid(photo)
    unit = np.iinfo(one.dtype).max // 255
    paper = np.full((height, width, *one.shape[2:]), empty * unit, one.dtype)
    rows = _places(height, one.shape[0], down, pixels(papers()[photo.sheet].gap_mm, photo.dpi))
    columns = _places(width, one.shape[1], across, pixels(papers()[photo.sheet].gap_mm, photo.dpi))
    if lines:
        thin = max(1, round(photo.dpi / 300))
        for place, length, axis in ((rows, one.shape[0], 0), (columns, one.shape[1], 1)):
            _rule(paper, place, length, axis, thin, LINE * unit)
    for y in rows:
        for x in columns:
            paper[y : y + one.shape[0], x : x + one.shape[1]] = one
    return paper


def _places(length: int, of_one: int, count: int, gap: int) -> list[int]:
    """Where photos begin, centred on the paper."""
    first = (length - count * of_one - (count - 1) * gap) // 2
    return [first + i * (of_one + gap) for i in range(count)]


def _rule(paper: Colours, places: list[int], length: int, axis: int, thin: int, grey: int) -> None:
    """Lines across the whole paper just outside of both edges of each photo."""
    lying = paper if axis == 0 else paper.swapaxes(0, 1)
    for place in places:
        lying[place - thin : place] = grey
        lying[place + length : place + length + thin] = grey
