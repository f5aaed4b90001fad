"""Second opinions on machine-made mattes: python -m models.review --data DATA --out DIR --networks u2netp u2net

A few per cent of the mattes that one network made show something else than a person would cut out. Networks of other
makers are seldom wrong in the same way: on 131 photos whose outline was drawn by hand the mean of three is nearer to
it than the best of them (docs/training.md). So where most see it otherwise than the matte does, the region becomes what
the mean of all says. What stays undecided is grey, and wide grey counts little in training
(`models/training/trust.py`).

The photos become the pack "reviewed" in DIR, `python -m models.train --taught DIR` learns from it in place of the
first mattes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.others.engine import OtherEngine, located
from models.others.known_networks import default_folder
from models.others.onnx_file import NetworkError
from models.teach import Finder, write_pack
from models.training.cache import REVIEWED, pictures_of

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

PACK = "teacher"
GRID = 48  # cells along the long side, in which opinions are compared: edges are the matte's own, whatever others say
SURE = 3.0  # logit at which an opinion counts no more: 0.95, so that none outvotes two
OTHERWISE = 0.4  # difference of the mean from the matte from which on the mean is taken
SETTLED = 0.01  # share of the picture: where no more than this is seen otherwise, no further network is asked


def second_opinion(matte: Bytes, others: Sequence[Floats]) -> Bytes:
    """The matte (H, W) uint8, with the mean's region where most see something else.

    Args:
        others: alphas (h, w) float32 0..1, of any sizes.
    """
    mean, differs = _compared(matte, others)
    height, width = matte.shape
    share, region = (cv2.resize(each, (width, height), interpolation=cv2.INTER_LINEAR) for each in (differs, mean))
    return np.asarray(np.rint(matte + share * (255 * region - matte)), np.uint8)


def _compared(matte: Bytes, others: Sequence[Floats]) -> tuple[Floats, Floats]:
    """On the grid, float32: the mean of all opinions, 0..1, and 1 where it differs from the matte, else 0."""
    height, width = matte.shape
    longest = max(height, width)
    cells = max(1, round(width * GRID / longest)), max(1, round(height * GRID / longest))
    opinions = [np.asarray(matte / 255, np.float32), *others]
    seen = [cv2.resize(each.astype(np.float32), cells, interpolation=cv2.INTER_AREA) for each in opinions]
    mean = 1 / (1 + np.exp(-np.mean([_logit(np.asarray(each, np.float32)) for each in seen], 0)))
    return np.asarray(mean, np.float32), np.asarray(np.abs(mean - seen[0]) > OTHERWISE, np.float32)


def _logit(alpha: Floats) -> Floats:
    alpha = np.clip(alpha, 1e-4, 1 - 1e-4)
    return np.asarray(np.clip(np.log(alpha / (1 - alpha)), -SURE, SURE), np.float32)


def reviewed(data: Path, networks: Sequence[Finder]) -> Iterator[tuple[dict[str, str], Bytes]]:
    """The table's row and the picture (H, W, 4) uint8 of each photo with a machine-made matte."""
    for row, pixels in pictures_of(data, PACK):
        if row["kind"] != "photo" or row["edge"] != "teacher":
            continue
        rgb = np.ascontiguousarray(pixels[..., :3])
        matte = pixels[..., 3]
        yield {**row, "tar": f"{REVIEWED}_1.tar"}, np.dstack((rgb, second_opinion(matte, asked(rgb, matte, networks))))


def asked(rgb: Bytes, matte: Bytes, networks: Sequence[Finder]) -> list[Floats]:
    """What the networks see in the picture, one after the other until the matter is settled."""
    opinions: list[Floats] = []
    for network in networks:
        opinions.append(network.raw(rgb)[0])
        if _compared(matte, opinions)[1].mean() <= SETTLED:
            break
    return opinions


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 a network can't be used (one sentence says why)."""
    parser = argparse.ArgumentParser(prog="python -m models.review", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of packs (docs/training.md)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new pack")
    parser.add_argument(
        "--networks", nargs="+", default=["u2netp", "u2net"], help="known names or files, quick ones first"
    )
    parser.add_argument("--folder", type=Path, default=default_folder(), help="folder of the networks' files")
    options = parser.parse_args(arguments)
    try:
        networks = [OtherEngine(*located(name, options.folder)) for name in options.networks]
        count = write_pack(options.out, reviewed(options.data, networks), REVIEWED)
    except NetworkError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} pictures -> {options.out / REVIEWED}.tsv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
