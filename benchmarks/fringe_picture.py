"""Draws docs/fringe.png, what three ways of storing a cut-out look like on new backgrounds.

    python -m benchmarks.fringe_picture

The portrait of samples/ is laid onto a green wall with its own soft edge; that picture is then cut out by the
built-in network as any photo is, so the alpha is as exact or inexact as in use.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.foreground import naive
from models.engine import Engine
from tools.pixels.composite import over
from tools.pixels.edges import Alpha
from tools.pixels.foreground import estimate_foreground
from tools.settings import ROOT

Picture = NDArray[np.uint8]

FILE = ROOT / "docs" / "fringe.png"
WALL = (30, 200, 60)
ROWS = (("black", (0, 0, 0)), ("white", (255, 255, 255)), ("magenta", (255, 0, 255)))
COLUMNS = ("captured colour kept", "black mixed in", "Koutu")
HAIR = np.s_[5:165, 140:320]  # the part that is shown
ZOOM, GAP, HEAD = 2, 8, 26  # px; each pixel of the photo becomes ZOOM x ZOOM


def photo_and_alpha() -> tuple[Picture, Alpha]:
    """The portrait before a green wall, and what the network makes of it."""
    engine = Engine()
    portrait = np.asarray(Image.open(ROOT / "samples" / "astronaut.png").convert("RGB"))
    alpha = engine.matte(portrait).alpha
    # The network's edge is a pixel or two wide; a little wider makes the loose hair that it can't resolve.
    soft = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1.2), np.uint8)
    foreground = estimate_foreground(portrait, alpha)
    photo = over(foreground, soft, np.full_like(portrait, WALL)).astype(np.uint8)
    return photo, engine.matte(photo).alpha


def table(photo: Picture, alpha: Alpha) -> Picture:
    """Rows of backgrounds, columns of ways; each laid over as browsers do it."""
    ways = (photo, naive(photo, alpha), estimate_foreground(photo, alpha).astype(np.uint8))
    rows = []
    for _, colour in ROWS:
        behind = np.full_like(photo, colour)
        shown = [over(way, alpha, behind)[HAIR].repeat(ZOOM, 0).repeat(ZOOM, 1) for way in ways]
        rows.append(np.hstack([np.pad(s, ((0, GAP), (0, GAP), (0, 0)), constant_values=128) for s in shown]))
    return np.vstack(rows).astype(np.uint8)


def main() -> None:
    """Writes the picture."""
    drawn = table(*photo_and_alpha())
    image = Image.new("RGB", (drawn.shape[1], drawn.shape[0] + HEAD), (128, 128, 128))
    image.paste(Image.fromarray(drawn), (0, HEAD))
    pen, width = ImageDraw.Draw(image), drawn.shape[1] // len(COLUMNS)
    for index, title in enumerate(COLUMNS):
        pen.text((index * width + 6, 4), title, (255, 255, 255), ImageFont.load_default(16))
    FILE.parent.mkdir(exist_ok=True)
    image.save(FILE, optimize=True)


if __name__ == "__main__":
    main()
