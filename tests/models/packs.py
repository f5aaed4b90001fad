"""Small packs of generated pictures, in the format of docs/training.md."""

from __future__ import annotations

import csv
import io
import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLUMNS = ("tar", "name", "kind", "source", "subject", "edge", "width", "height")
SIDE = 96

# pack: kind, source, subject, edge
KINDS = {
    "portraits": ("photo", "flickr_portraits", "portrait", "hard"),
    "cutouts": ("cutout", "sport_heads", "portrait", "alpha"),
    "backgrounds": ("background", "backgrounds", "none", "-"),
    "teacher": ("photo", "imagenet-samples", "animal", "teacher"),
}


def disc(side: int = SIDE) -> NDArray[np.uint8]:
    """Alpha of a soft disc in the middle, 0..255."""
    ys, xs = np.mgrid[0:side, 0:side]
    away = np.hypot(ys - side / 2, xs - side / 2)
    return np.clip((side / 3 - away) * 60 + 128, 0, 255).astype(np.uint8)


def _avif(pixels: NDArray[np.uint8]) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "AVIF", quality=90)
    return data.getvalue()


def write_pack(folder: Path, pack: str, count: int, seed: int = 0) -> None:
    """`PACK.tsv` and `PACK_1.tar`: bright discs on dark noise."""
    random = np.random.default_rng(seed)
    kind, source, subject, edge = KINDS[pack]
    alpha = disc()
    with (
        open(folder / f"{pack}.tsv", "w", newline="", encoding="utf-8") as table,
        tarfile.open(folder / f"{pack}_1.tar", "w") as archive,
    ):
        writer = csv.writer(table, delimiter="\t")
        writer.writerow(COLUMNS)
        for number in range(count):
            name = f"{source}_player-{number}-of-club"
            rgb = random.integers(0, 90, (SIDE, SIDE, 3)).astype(np.uint8)
            if kind in ("photo", "cutout"):
                rgb[alpha > 128] = (230, 200, 40)
                _add(archive, f"{name}.alpha.avif", _avif(alpha))
            _add(archive, f"{name}.avif", _avif(rgb))
            writer.writerow((f"{pack}_1.tar", name, kind, source, subject, edge, SIDE, SIDE))


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
