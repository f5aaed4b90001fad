"""A sheet to look at: python -m benchmarks.contact_sheet PHOTO... [--networks FILE...] -o sheet.jpg

A row a photo: the photo, the cut-out of the built-in network, then those of other people's networks (ONNX files), all
refined alike, with true edge colours, on one colour. Below each cut-out stands what of the photo it kept.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from models.engine import Engine, Matte
from models.others.engine import OtherEngine
from tools.pixels.foreground import estimate_foreground

Bytes = NDArray[np.uint8]
COLOUR = (214, 51, 132)  # nothing in the photos has it, so whatever is left of the old background shows
CELL = 300  # px, the longest side of a photo on the sheet
TITLE = 26  # px


def on_colour(rgb: Bytes, alpha: Bytes) -> Bytes:
    """The cut-out composited in sRGB, as a browser does it."""
    share = alpha[..., None].astype(np.float32) / 255
    colours = estimate_foreground(rgb, alpha).astype(np.float32)
    return np.rint(share * colours + (1 - share) * np.float32(COLOUR)).astype(np.uint8)


def cell(rgb: Bytes, caption: str) -> Image.Image:
    """One picture of the sheet, with a line of text below."""
    scale = CELL / max(rgb.shape[:2])
    size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    page = Image.new("RGB", (CELL, size[1] + TITLE), "white")
    page.paste(Image.fromarray(np.asarray(small, np.uint8)), ((CELL - size[0]) // 2, 0))
    drawn = ImageDraw.Draw(page)
    drawn.text((CELL / 2, size[1] + TITLE / 2), caption, "#333333", ImageFont.load_default(15), "mm")
    return page


def row(photo: Path, ways: dict[str, Callable[[Bytes], Matte]]) -> Image.Image:
    """The photo and all its cut-outs, side by side."""
    with Image.open(photo) as opened:
        rgb = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    cells = [cell(rgb, photo.stem)]
    for name, way in ways.items():
        matte = way(rgb)
        cells.append(cell(on_colour(rgb, matte.alpha), f"{name}: {matte.coverage:.0%}"))
    page = Image.new("RGB", (len(cells) * (CELL + 8), cells[0].height + 6), "white")
    for place, each in enumerate(cells):
        page.paste(each, (place * (CELL + 8), 0))
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--networks", type=Path, nargs="*", default=[], help="ONNX files")
    parser.add_argument("--weights", type=Path, help="instead of the built-in ones")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    own = Engine(weights=options.weights)
    ways: dict[str, Callable[[Bytes], Matte]] = {"Koutu": own.matte}
    for path in options.networks:
        ways[path.stem.split("_")[0]] = OtherEngine(path, builtin=lambda: own).matte
    rows = [row(photo, ways) for photo in options.photos]
    sheet = Image.new("RGB", (rows[0].width, sum(each.height for each in rows)), "white")
    top = 0
    for each in rows:
        sheet.paste(each, (0, top))
        top += each.height
    sheet.save(options.output, quality=88)
    print(f"{options.output}: {sheet.width}x{sheet.height}")


if __name__ == "__main__":
    main()
