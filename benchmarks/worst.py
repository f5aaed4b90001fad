"""The worst pictures of each evaluation set, to be looked at: python -m benchmarks.worst [--most 40] -o build/worst

A sheet a set: photo, truth and our alpha side by side, worst IoU first, with the figures under each. Means hide what
people remember; this shows it. Nothing is chosen by what is seen here but what to collect and to write down as limits.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from models.engine import WORKING_SIZE
from models.evaluate import SETS, Alpha, Picture, names_by_set, own_cutter, pictures
from models.measures import Measures, measure
from models.weights import DEFAULT_WEIGHTS

SIDE, TEXT, GAP, COLUMNS = 150, 14, 6, 4


class Case(NamedTuple):
    """A picture, what was made of it, and how far that is off."""

    picture: Picture
    alpha: Alpha
    measures: Measures


def thumbnail(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Image.Image:
    """At most SIDE pixels wide and high, in the middle of a square."""
    small = Image.fromarray(pixels).convert("RGB")
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (SIDE, SIDE), (90, 90, 90))
    square.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    return square


def sheet(cases: list[Case]) -> Image.Image:
    """COLUMNS cases a row."""
    rows = -(-len(cases) // COLUMNS)
    width, height = 3 * SIDE + GAP, SIDE + TEXT + GAP
    page = Image.new("RGB", (COLUMNS * width, rows * height), "white")
    draw = ImageDraw.Draw(page)
    for index, case in enumerate(cases):
        left, top = index % COLUMNS * width, index // COLUMNS * height
        grey = (np.rint(each * 255).astype(np.uint8) for each in (case.picture.truth, case.alpha))
        for place, pixels in enumerate((case.picture.rgb, *grey)):
            page.paste(thumbnail(pixels), (left + place * SIDE, top))
        told = f"{case.picture.name[:34]}  IoU {case.measures.iou:.3f}  MAE {case.measures.mae:.3f}"
        draw.text((left + 2, top + SIDE + 1), told, "black")
    return page


def main() -> None:
    """Writes the sheets and prints, for each set, how many pictures lie below an IoU."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worst", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=SETS)
    parser.add_argument("--most", type=int, default=40, help="pictures of a set")
    parser.add_argument("-o", "--out", type=Path, default=Path("build/worst"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    cut = own_cutter(options.weights, "cpu", None, WORKING_SIZE)
    found = names_by_set(options.data)
    for name in options.sets:
        cases = []
        for picture in pictures(found[name]):
            alpha = cut(picture.rgb)
            cases.append(Case(picture, alpha, measure(alpha, picture.truth)))
        cases.sort(key=lambda case: case.measures.iou)
        sheet(cases[: options.most]).save(options.out / f"{name}.png")
        below = {bound: sum(case.measures.iou < bound for case in cases) for bound in (0.02, 0.5, 0.8, 0.9)}
        print(f"{name}: {len(cases)} pictures, " + ", ".join(f"{n} below {bound}" for bound, n in below.items()))


if __name__ == "__main__":
    main()
