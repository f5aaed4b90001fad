"""Edges for regions that were drawn by hand: python -m models.redraw --data DATA --out DIR

Whoever draws an outline cuts hair off as a blob or misses the edge by some pixels; such photos teach what is meant, but
not where it ends, and can't be cut out and shown before another background. Where the network sees the same region,
its edges take the place of the drawn ones; the region stays the hand's. The photos become the pack "redrawn" in DIR,
`python -m models.train --taught DIR` learns from it in place of the drawn mattes, also before other backgrounds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from models.engine import Engine, Matte
from models.teach import write_pack
from models.training.cache import REDRAWN, pictures_of
from models.weights import DEFAULT_WEIGHTS

Bytes = NDArray[np.uint8]

PACKS = ("masks", "portraits")  # those that hold regions drawn by hand
REACH = {"coarse": 0.014, "hard": 0.02}
"""How far from a drawn outline the true edge may lie, as a share of the long side: by the kind of edge in the table.
Drawn hair is farther off than a coarse outline of clothes."""
AGREED = 0.93  # IoU of both regions from which on the network is said to see the same


class Cutter(Protocol):
    """Cuts the subject out of an sRGB picture (H, W, 3) uint8."""

    def matte(self, rgb: Bytes) -> Matte: ...


def redrawn_edges(drawn: Bytes, seen: Bytes, reach: int) -> Bytes | None:
    """The drawn region with the edges that a network sees within ``reach`` pixels of the outline.

    Where both differ farther from the outline (a bag that one of them leaves out), the drawn edge stays near by.

    Args:
        drawn, seen: alpha (H, W) uint8.

    Returns:
        Alpha (H, W) uint8; None where both show different things.
    """
    inside, found = drawn > 127, seen > 127
    if (inside & found).sum() < AGREED * (inside | found).sum() or not inside.any():
        return None
    square = np.ones((2 * reach + 1,) * 2, np.uint8)
    core = cv2.erode(inside.astype(np.uint8), square, borderType=cv2.BORDER_REPLICATE)
    hull = cv2.dilate(inside.astype(np.uint8), square)
    differs = ((core > 0) & (seen < 128)) | ((hull == 0) & (seen > 127))
    near = np.ones((2 * (reach + 4) + 1,) * 2, np.uint8)  # from beyond the reach to the outline, and as far as it fades
    kept = cv2.blur(cv2.dilate(differs.astype(np.float32), near), (5, 5))
    edges = np.where(core > 0, 255, np.where(hull > 0, seen, 0))
    region = np.where(inside, 255, 0)
    return np.asarray(np.rint(edges + kept * (region - edges)), np.uint8)


def redrawn(data: Path, cutter: Cutter) -> Iterator[tuple[dict[str, str], Bytes]]:
    """The table's row and the picture (H, W, 4) uint8 of each photo whose region a hand drew and the network sees."""
    for pack in PACKS:
        if not (data / f"{pack}.tsv").is_file():
            continue
        for row, pixels in pictures_of(data, pack):
            if row["kind"] != "photo" or row["edge"] not in REACH:
                continue
            rgb = np.ascontiguousarray(pixels[..., :3])
            reach = max(2, round(REACH[row["edge"]] * max(rgb.shape[:2])))
            alpha = redrawn_edges(pixels[..., 3], cutter.matte(rgb).alpha, reach)
            if alpha is not None:
                yield {**row, "tar": f"{REDRAWN}_1.tar", "edge": "teacher"}, np.dstack((rgb, alpha))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 there is nothing to draw on (one sentence says so, and nothing is written)."""
    parser = argparse.ArgumentParser(prog="python -m models.redraw", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of packs (docs/training.md)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new pack")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, help="whose edges are taken")
    options = parser.parse_args(arguments)
    if not any((options.data / f"{pack}.tsv").is_file() for pack in PACKS):
        print(f"no table of {' or '.join(PACKS)} in {options.data}", file=sys.stderr)
        return 1
    count = write_pack(options.out, redrawn(options.data, Engine(weights=options.weights)), REDRAWN)
    print(f"{count} pictures -> {options.out / REDRAWN}.tsv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
