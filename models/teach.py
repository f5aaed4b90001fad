"""Mattes for pictures that have none: python -m models.teach --data DATA --out DIR --network isnet --second u2netp

Goes over the backgrounds and scenes of the packs in DATA and keeps those in which two networks of other people find the
same thing: a house, a bed, a telephone box. They become the pack "taught" in DIR, with the first network's mattes;
`python -m models.train --taught DIR` learns from it and no longer shows these pictures as empty. One network alone is
often wrong where the picture is none of its kind, two of different makers seldom in the same way.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.others.engine import OtherEngine, located
from models.others.known_networks import default_folder
from models.others.onnx_file import NetworkError
from models.training.cache import TAUGHT, pictures_of

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

PACKS = ("backgrounds", "teacher")  # those that hold pictures without a matte
AGREED = 0.7  # IoU from which on two networks are said to have found the same
LEAST, MOST = 0.03, 0.85  # share of the picture that a subject has
SIDE = 320  # px, at which two mattes are compared
COLUMNS = ("tar", "name", "kind", "source", "subject", "edge", "width", "height")


class Finder(Protocol):
    """A network: alpha (h, w) float32 0..1, of any size, of an sRGB picture (H, W, 3) uint8; and notes."""

    def raw(self, rgb: Bytes) -> tuple[Floats, tuple[str, ...]]: ...


def same_thing(first: Floats, second: Floats) -> float:
    """IoU at alpha 0.5 of two mattes of any sizes, 0..1; 0 where either is nearly empty or fills the picture."""
    a, b = (
        cv2.resize(m.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA) >= 0.5 for m in (first, second)
    )
    if not all(LEAST <= m.mean() <= MOST for m in (a, b)):
        return 0.0
    return float((a & b).sum() / (a | b).sum())


def found_in(rgb: Bytes, first: Finder, second: Finder) -> Bytes | None:
    """Alpha (H, W) uint8 of what both networks find in the picture (H, W, 3) uint8, as the first sees it; or None."""
    doubtful, _ = second.raw(rgb)
    if not LEAST <= (doubtful >= 0.5).mean() <= MOST:
        return None  # the first need not look: it is the slower one
    alpha, _ = first.raw(rgb)
    if same_thing(alpha, doubtful) < AGREED:
        return None
    full = cv2.resize(alpha.astype(np.float32), (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(np.clip(full, 0, 1) * 255), np.uint8)


def taught(data: Path, first: Finder, second: Finder) -> Iterator[tuple[dict[str, str], Bytes]]:
    """The table's row and the picture (H, W, 4) uint8 of each background or scene in which both find the same."""
    for pack in PACKS:
        if not (data / f"{pack}.tsv").is_file():
            continue
        for row, pixels in pictures_of(data, pack):
            if row["kind"] not in ("background", "scene"):
                continue
            alpha = found_in(np.ascontiguousarray(pixels[..., :3]), first, second)
            if alpha is not None:
                kept = {key: row[key] for key in ("name", "source", "width", "height")}
                about = {"tar": f"{TAUGHT}_1.tar", "kind": "photo", "subject": "unknown", "edge": "teacher"}
                yield kept | about, np.dstack((pixels[..., :3], alpha))


def write_pack(out: Path, pictures: Iterator[tuple[dict[str, str], Bytes]], pack: str = TAUGHT) -> int:
    """Writes table and tar, each in one go at the end; gives the number of pictures."""
    out.mkdir(parents=True, exist_ok=True)
    rows, partial = [], out / f"{pack}_1.tar.{os.getpid()}"
    with tarfile.open(partial, "w") as archive:
        for row, pixels in pictures:
            _add(archive, f"{row['name']}.avif", Image.fromarray(pixels[..., :3]))
            _add(archive, f"{row['name']}.alpha.avif", Image.fromarray(pixels[..., 3]))
            rows.append(row)
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    os.replace(partial, out / f"{pack}_1.tar")
    (out / f"{pack}.tmp").write_text(table.getvalue(), encoding="utf-8")
    os.replace(out / f"{pack}.tmp", out / f"{pack}.tsv")
    return len(rows)


def _add(archive: tarfile.TarFile, name: str, picture: Image.Image) -> None:
    coded = io.BytesIO()
    picture.save(coded, "AVIF", quality=90)
    member = tarfile.TarInfo(name)
    member.size = coded.tell()
    coded.seek(0)
    archive.addfile(member, coded)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 a network can't be used (one sentence says why)."""
    parser = argparse.ArgumentParser(prog="python -m models.teach", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of packs (docs/training.md)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new pack")
    parser.add_argument("--network", default="isnet", help="whose mattes are taken: a known name or a file")
    parser.add_argument("--second", default="u2netp", help="who has to find the same")
    parser.add_argument("--networks", type=Path, default=default_folder(), help="folder of the networks' files")
    options = parser.parse_args(arguments)
    try:
        first, second = (OtherEngine(*located(name, options.networks)) for name in (options.network, options.second))
        count = write_pack(options.out, taught(options.data, first, second))
    except NetworkError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} pictures -> {options.out / TAUGHT}.tsv")
    return 0


if __name__ == "__main__":
    sys.exit(main())
