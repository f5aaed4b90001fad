"""Packs of photos with mattes, decoded once into flat files that are mapped into memory.

A pack is a table `PACK.tsv` (tar, name, kind, source, subject, edge, width, height; tab-separated) and the tars that it
names, with `NAME.avif` and, but for backgrounds and scenes, `NAME.alpha.avif`. docs/training.md describes the format.
Decoded: `PACK.bin` holds each picture as uint8 (H, W, 4), sRGB and alpha; `PACK.json` says where each begins.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

TAUGHT = "taught"  # the pack that `python -m models.teach` makes
REVIEWED = "reviewed"  # the pack that `python -m models.review` makes
REDRAWN = "redrawn"  # the pack that `python -m models.redraw` makes
VIEWS = "views"  # the pack that `python -m models.views` makes
VIEW = "@"  # stands between the name of a picture and the number of a part of it
MADE_HERE = (TAUGHT, REVIEWED, REDRAWN, VIEWS)
TRAINING_PACKS = ("portraits", "masks", "cutouts", "backgrounds", "teacher", *MADE_HERE)
TRAINING_KINDS = ("photo", "scene", "cutout", "background")
HELD_OUT_SHARE = 0.06


@dataclass(frozen=True)
class Entry:
    """One picture of a pack. kind: photo, scene, cutout or background; edge: how far to trust its alpha's edge."""

    pack: str
    name: str
    kind: str
    source: str
    subject: str
    edge: str
    height: int
    width: int
    offset: int


def held_out(source: str, name: str) -> bool:
    """Whether a picture belongs to the validation part: a fixed share of persons, drawn by hash, never by chance.

    Numbers at the end of a press photo's name tell takes of one person apart, so they are not part of the person. Parts
    of a picture are where the picture is.
    """
    name = name.partition(VIEW)[0]
    person = name.rstrip("0123456789").rstrip("-_") if source == "sport_heads" else name
    digest = hashlib.sha256(f"{source}/{person}".encode()).digest()
    return digest[0] / 256 < HELD_OUT_SHARE


def clean_alpha(alpha: Pixels) -> Pixels:
    """Lossily coded alpha (0..255): below 4 becomes 0, above 251 becomes 255."""
    alpha = np.where(alpha < 4, 0, alpha)
    return np.where(alpha > 251, 255, alpha).astype(np.uint8)


def _decode(archive: tarfile.TarFile, name: str, mode: str) -> Pixels:
    member = archive.extractfile(name)
    if member is None:
        raise ValueError(f"{name} is no file in {archive.name!r}")
    return np.asarray(Image.open(io.BytesIO(member.read())).convert(mode))


def pictures_of(data: Path, pack: str) -> Iterator[tuple[dict[str, str], Pixels]]:
    """Each row of a pack's table with its picture, uint8 (H, W, 4); alpha is 0 where it has no matte."""
    with open(data / f"{pack}.tsv", newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    for tar in dict.fromkeys(row["tar"] for row in rows):
        with tarfile.open(data / tar) as archive:
            members = set(archive.getnames())
            for row in rows:
                if row["tar"] == tar:
                    yield row, _with_alpha(archive, members, row)


def _with_alpha(archive: tarfile.TarFile, members: set[str], row: dict[str, str]) -> Pixels:
    rgb = _decode(archive, f"{row['name']}.avif", "RGB")
    matte = f"{row['name']}.alpha.avif"
    if matte in members:
        alpha = clean_alpha(_decode(archive, matte, "L"))
    elif row["kind"] in ("photo", "cutout"):
        raise ValueError(f"{row['name']} is a {row['kind']} and has no {matte}")
    else:
        alpha = np.zeros(rgb.shape[:2], np.uint8)
    return np.dstack((rgb, alpha))


def build_pack(data: Path, cache: Path, pack: str) -> None:
    """Decodes one pack into `cache`, atomically. Raises FileNotFoundError, KeyError or ValueError for a broken pack."""
    cache.mkdir(parents=True, exist_ok=True)
    entries, offset = [], 0
    partial = cache / f"{pack}.bin.{os.getpid()}"
    with open(partial, "wb") as file:
        for row, pixels in pictures_of(data, pack):
            if row["kind"] not in TRAINING_KINDS:
                raise ValueError(f"{row['name']} is of kind {row['kind']}, which is not to be trained on")
            height, width = pixels.shape[:2]
            keys = {key: row[key] for key in ("name", "kind", "source", "subject", "edge")}
            entries.append(Entry(pack=pack, height=height, width=width, offset=offset, **keys))
            file.write(pixels.tobytes())
            offset += pixels.size
    os.replace(partial, cache / f"{pack}.bin")
    index = cache / f"{pack}.json"
    index.with_suffix(".tmp").write_text(json.dumps([asdict(entry) for entry in entries]))
    os.replace(index.with_suffix(".tmp"), index)


class Cache:
    """The decoded packs of one folder. `pixels(entry)` is a read-only view of uint8 (H, W, 4)."""

    def __init__(self, cache: Path, packs: tuple[str, ...] = TRAINING_PACKS) -> None:
        self.folder = cache
        self.entries: list[Entry] = []
        for pack in packs:
            self.entries += [Entry(**row) for row in json.loads((cache / f"{pack}.json").read_text())]
        self._maps: dict[str, np.memmap[tuple[int, ...], np.dtype[np.uint8]]] = {}

    def pixels(self, entry: Entry) -> Pixels:
        if entry.pack not in self._maps:
            self._maps[entry.pack] = np.memmap(self.folder / f"{entry.pack}.bin", np.uint8, "r")
        size = entry.height * entry.width * 4
        flat = self._maps[entry.pack][entry.offset : entry.offset + size]
        return flat.reshape(entry.height, entry.width, 4)


def open_cache(data: Path, cache: Path, packs: tuple[str, ...] = TRAINING_PACKS) -> Cache:
    """Decodes the packs of `data` that are in the folder but not yet in `cache`, then opens them all.

    Packs without a table are left out, so that a folder with only, say, cutouts and backgrounds works too.
    Raises FileNotFoundError if there is none at all.
    """
    present = tuple(pack for pack in packs if (data / f"{pack}.tsv").is_file())
    if not present:
        raise FileNotFoundError(f"no pack table ({', '.join(packs)}) in {data}")
    for pack in present:
        if not (cache / f"{pack}.json").is_file():
            build_pack(data, cache, pack)
    return Cache(cache, present)
