"""Parts of pictures, seen anew by several networks: python -m models.views --data DATA --out DIR

So few photos with mattes are soon known by heart: which thing is the subject is remembered, not seen. A part of a
photo is a picture that nobody has a matte of, and something else may be its subject, or nothing. Networks of other
makers, who saw other photos, say what they see in it, and so do the built-in one and the photo's own matte; what all
together see is the part's. So the network learns what the others know without a photo more ("function matching":
Beyer et al., Knowledge distillation: A good teacher is patient and consistent, 2022). Photos of people are left out:
there the others know less than the built-in one.

The parts become the pack "views" in DIR; `python -m models.train --taught DIR` learns from it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.engine import Engine
from models.others.engine import OtherEngine, located
from models.others.known_networks import default_folder
from models.others.onnx_file import NetworkError
from models.redraw import Cutter
from models.teach import Finder, write_pack
from models.training.cache import VIEW, VIEWS, held_out, pictures_of

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Part = tuple[int, int, int, int]

PACKS = ("teacher", "backgrounds", "masks")
PEOPLE = ("person", "portrait", "group")
SIDES = 0.45, 0.9  # sides of a part as shares of the picture's
SURE = 6.0  # logit at which an opinion counts no more: 0.998


class BuiltIn:
    """The built-in network as one voice among others."""

    def __init__(self, engine: Cutter) -> None:
        self._engine = engine

    def raw(self, rgb: Bytes) -> tuple[Floats, tuple[str, ...]]:
        """Alpha (H, W) float32 0..1 of an sRGB picture (H, W, 3) uint8; no notes."""
        return np.asarray(self._engine.matte(rgb).alpha / np.float32(255), np.float32), ()


def seen_by_all(opinions: Sequence[Floats], shape: tuple[int, int]) -> Bytes:
    """Alpha (H, W) uint8 of the given shape: the mean of the opinions' logits.

    Args:
        opinions: alphas (h, w) float32 0..1, of any sizes.
    """
    height, width = shape
    alike = [cv2.resize(each.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) for each in opinions]
    least = 1 / (1 + np.exp(SURE))
    kept = np.clip(np.stack(alike), least, 1 - least)
    mean = np.mean(np.log(kept / (1 - kept)), 0)
    return np.asarray(np.rint(255 / (1 + np.exp(-mean))), np.uint8)


def part_of(height: int, width: int, random: np.random.Generator) -> Part:
    """Top, left, height and width of a part, in pixels, anywhere in a picture of that size."""
    scale, stretch = random.uniform(*SIDES), np.exp(random.normal(0, 0.1))
    part_h = min(height, max(2, round(height * scale * stretch)))
    part_w = min(width, max(2, round(width * scale / stretch)))
    top, left = int(random.integers(height - part_h + 1)), int(random.integers(width - part_w + 1))
    return top, left, part_h, part_w


def is_asked_about(row: dict[str, str]) -> bool:
    """Whether parts of the picture in this row of a table are of use: not held out, no people, not a cut-out."""
    free = row["kind"] in ("photo", "scene", "background") and row["edge"] != "coarse"
    return free and row["subject"] not in PEOPLE and not held_out(row["source"], row["name"])


def views(
    data: Path, networks: Sequence[Finder], parts: float, random: np.random.Generator
) -> Iterator[tuple[dict[str, str], Bytes]]:
    """A row and a picture (H, W, 4) uint8 for each part.

    Args:
        parts: how many of each picture; 0.5 is one of every other, by chance.
    """
    for pack in PACKS:
        if not (data / f"{pack}.tsv").is_file():
            continue
        for row, pixels in pictures_of(data, pack):
            if not is_asked_about(row):
                continue
            for number in range(int(parts) + int(random.random() < parts % 1)):
                top, left, height, width = part_of(pixels.shape[0], pixels.shape[1], random)
                part = pixels[top : top + height, left : left + width]
                rgb = np.ascontiguousarray(part[..., :3])
                opinions = [network.raw(rgb)[0] for network in networks]
                if row["kind"] == "photo":  # close to a cat's face the others see only its eyes
                    opinions.append(np.asarray(part[..., 3] / 255, np.float32))
                alpha = seen_by_all(opinions, (height, width))
                about = {"tar": f"{VIEWS}_1.tar", "kind": "photo", "subject": "unknown", "edge": "seen"}
                size = {"width": str(width), "height": str(height)}
                name = f"{row['name']}{VIEW}{number}"
                yield {"name": name, "source": row["source"]} | about | size, np.dstack((rgb, alpha))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 a network can't be used (one sentence says why)."""
    parser = argparse.ArgumentParser(prog="python -m models.views", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of packs (docs/training.md)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new pack")
    parser.add_argument("--networks", nargs="+", default=["u2netp", "u2net"], help="known names or files")
    parser.add_argument("--folder", type=Path, default=default_folder(), help="folder of the networks' files")
    parser.add_argument("--parts", type=float, default=1.0, help="parts of each picture (default 1)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        asked = [OtherEngine(*located(name, options.folder)) for name in options.networks]
        networks: list[Finder] = [BuiltIn(Engine()), *asked]
        random = np.random.default_rng(options.seed)
        count = write_pack(options.out, views(options.data, networks, options.parts, random), VIEWS)
    except NetworkError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} pictures -> {options.out / VIEWS}.tsv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
