"""Trains the detector of heads (models/heads.py) from marked portraits, and measures it.

    python -m models.train_heads --data ../shared/data            fits the weights
    python -m models.train_heads --data ../shared/data --measure  how well they find marked and other heads

``models/heads.tsv`` holds the marks: name, crown, chin and centre in per cent of the picture, made by eye; those with
"test" in the last column are never fitted on. Ridge regression on windows at the marked heads (also mirrored and a
little larger, smaller, moved) and on others; twice, what was wrongly found joins the others.
"""

from __future__ import annotations

import argparse
import csv
import io
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file

from models.heads import BORDER, CHIN, HEIGHT, UNIT, WEIGHTS, WIDTH, find_heads, level, window_at, windows

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

MARKS = Path(__file__).parent / "heads.tsv"
OTHERS = 120  # windows at no head, for each marked picture and its mirror image
RIDGE = 0.02
ROUNDS = 2  # in which what was wrongly found joins the windows at no head
MISTAKES = 25  # windows of a picture that are looked at for them
WITHOUT = 45  # pictures of things in which no head must be found
THINGS = ("animal", "product", "object", "food", "plant", "vehicle")
CLOSE = (0.12, 0.15)  # of the head's height: how far chin and centre may be off in a found head


@dataclass(frozen=True)
class Marked:
    """A picture (H, W, 3), its alpha (H, W), and crown, chin, centre of its head in px; None: there is no head."""

    name: str
    rgb: Bytes
    alpha: Bytes
    head: tuple[float, float, float] | None

    def mirrored(self) -> Marked:
        """The same from the other side."""
        head = self.head and (self.head[0], self.head[1], self.alpha.shape[1] - self.head[2])
        return Marked(
            self.name, np.ascontiguousarray(self.rgb[:, ::-1]), np.ascontiguousarray(self.alpha[:, ::-1]), head
        )


def pictures(data: Path, pack: str, names: Sequence[str]) -> Iterator[tuple[str, Bytes, Bytes]]:
    """Name, pixels and alpha of pictures of a pack; those that are missing are left out."""
    with tarfile.open(data / f"{pack}_1.tar") as tar:
        members = set(tar.getnames())
        for name in names:
            if {f"{name}.avif", f"{name}.alpha.avif"} <= members:
                yield name, _read(tar, f"{name}.avif", "RGB"), _read(tar, f"{name}.alpha.avif", "L")


def _read(tar: tarfile.TarFile, member: str, mode: str) -> Bytes:
    file = tar.extractfile(member)
    assert file is not None  # a picture is no folder
    with Image.open(io.BytesIO(file.read())) as image:
        return np.asarray(image.convert(mode), np.uint8)


def marked(data: Path, part: str) -> list[Marked]:
    """The marked portraits of one part, "train" or "test"."""
    with open(MARKS, encoding="utf-8") as file:
        rows = {row["name"]: row for row in csv.DictReader(file, delimiter="\t") if row["part"] == part}
    found = []
    for name, rgb, alpha in pictures(data, "portraits", list(rows)):
        height, width = alpha.shape
        share = [float(rows[name][k]) / 100 for k in ("crown", "chin", "centre")]
        found.append(Marked(name, rgb, alpha, (share[0] * height, share[1] * height, share[2] * width)))
    return found


def _names(data: Path, pack: str, subjects: Sequence[str]) -> list[str]:
    with open(data / f"{pack}.tsv", encoding="utf-8") as file:
        return [r["name"] for r in csv.DictReader(file, delimiter="\t") if r["subject"] in subjects]


def heads(picture: Marked) -> list[Floats]:
    """Windows at the head, a little larger and smaller, a little moved."""
    assert picture.head is not None
    crown, chin, centre = picture.head
    found = []
    for factor in (1 / 1.05, 1.0, 1.05):
        maps, _, scale = level(picture.rgb, picture.alpha, (chin - crown) * factor)
        top, left = _place(chin, centre, scale)
        found += [window_at(maps, top + d, left + d) for d in (-1, 0, 1) if _fits(maps, top + d, left + d)]
    return found


def others(picture: Marked, random: np.random.Generator) -> list[Floats]:
    """Windows anywhere and of any size, but at the head."""
    assert picture.head is not None
    crown, chin, centre = picture.head
    found = []
    for factor in np.exp(random.uniform(np.log(0.3), np.log(2.5), 6)):
        maps, _, scale = level(picture.rgb, picture.alpha, (chin - crown) * float(factor))
        if maps.shape[0] <= HEIGHT or maps.shape[1] <= WIDTH:
            continue
        at = _place(chin, centre, scale)
        for _ in range(OTHERS // 6):
            top, left = (int(random.integers(0, s - w)) for s, w in zip(maps.shape, (HEIGHT, WIDTH), strict=False))
            if abs(np.log(factor)) > 0.22 or abs(top - at[0]) >= 10 or abs(left - at[1]) >= 9:
                found.append(window_at(maps, top, left))
    return found


def mistakes(picture: Marked, weights: Floats) -> list[Floats]:
    """The best windows that are not at the head."""
    wrong = [
        window
        for window in windows(picture.rgb, picture.alpha, weights)[:MISTAKES]
        if picture.head is None or not _same(picture.head, window.height, window.chin, window.centre)
    ]
    found = []
    for height in sorted({window.height for window in wrong}):
        maps, _, scale = level(picture.rgb, picture.alpha, height)
        places = [_place(w.chin, w.centre, scale) for w in wrong if w.height == height]
        found += [window_at(maps, *place) for place in places if _fits(maps, *place)]
    return found


def _same(head: tuple[float, float, float], height: float, chin: float, centre: float) -> bool:
    size = head[1] - head[0]
    near = abs(chin - head[1]) < 0.25 * size and abs(centre - head[2]) < 0.2 * size
    return near and 0.75 < height / size < 1.35


def _place(chin: float, centre: float, scale: float) -> tuple[int, int]:
    return round(chin * scale - CHIN * UNIT) + BORDER, round(centre * scale - WIDTH / 2) + BORDER


def _fits(maps: Floats, top: int, left: int) -> bool:
    return bool(0 <= top <= maps.shape[0] - HEIGHT and 0 <= left <= maps.shape[1] - WIDTH)


def fit(yes: Sequence[Floats], no: Sequence[Floats]) -> Floats:
    """Ridge regression to 1 and -1, both kinds with the same weight in total."""
    rows = np.vstack([np.array(yes, np.float32), np.array(no, np.float32)])
    rows = np.hstack([rows, np.ones((len(rows), 1), np.float32)])
    wanted = np.r_[np.ones(len(yes)), -np.ones(len(no))].astype(np.float32)
    share = np.r_[np.full(len(yes), 0.5 / len(yes)), np.full(len(no), 0.5 / len(no))].astype(np.float32)
    square = (rows * share[:, None]).T @ rows + RIDGE * np.eye(rows.shape[1], dtype=np.float32)
    return np.linalg.solve(square, (rows * share[:, None]).T @ wanted).astype(np.float32)


def fitted(known: list[Marked]) -> Floats:
    """The weights of the detector."""
    random = np.random.default_rng(0)
    both = [*known, *(picture.mirrored() for picture in known)]
    yes = [w for p in both if p.head for w in heads(p)]
    no = [w for p in both if p.head for w in others(p, random)]
    weights = fit(yes, no)
    for _ in range(ROUNDS):
        no += [w for p in known for w in mistakes(p, weights)]
        weights = fit(yes, no)
        print(f"{len(yes)} heads, {len(no)} others", flush=True)
    return weights


def things(data: Path) -> list[Marked]:
    """Animals and things, in which there is no head to be found."""
    names = _names(data, "teacher", THINGS)
    chosen = names[:: max(1, len(names) // WITHOUT)]
    return [Marked(n, rgb, alpha, None) for n, rgb, alpha in pictures(data, "teacher", chosen)]


def measure(data: Path) -> None:
    """Prints how well heads of the test part are found, and how often one is found in other pictures."""
    for part in ("train", "test"):
        chins, centres, crowns, missed, counts = [], [], [], 0, []
        known = marked(data, part)
        for picture in known:
            crown, chin, centre = picture.head or (0.0, 0.0, 0.0)
            found = find_heads(picture.rgb, picture.alpha)
            counts.append(len(found))
            if not found:
                missed += 1
                continue
            size = chin - crown
            chins.append(abs(found[0].chin - chin) / size)
            centres.append(abs(found[0].centre - centre) / size)
            crowns.append(abs(found[0].crown - crown) / size)
        good = sum(a <= CLOSE[0] and b <= CLOSE[1] for a, b in zip(chins, centres, strict=True))
        print(f"{part}: {good} of {len(known)} heads found, {missed} not at all; ", end="")
        print(f"median error of chin {np.median(chins):.3f}, centre {np.median(centres):.3f}, ", end="")
        print(f"crown {np.median(crowns):.3f} of the head; more than one head: {sum(c > 1 for c in counts)}")
    for subject in (*THINGS, "person", "group"):
        names = _names(data, "teacher", [subject])[1::7][:40]
        counts = [len(find_heads(rgb, alpha)) for _, rgb, alpha in pictures(data, "teacher", names)]
        print(f"{subject}: {len(counts)} pictures, one head {counts.count(1)}, more {sum(c > 1 for c in counts)}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the packs")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--measure", action="store_true", help="only measure")
    options = parser.parse_args()
    if not options.measure:
        known = [*marked(options.data, "train"), *things(options.data)]
        save_file({"weights": fitted(known)}, options.out)
        return
    measure(options.data)


if __name__ == "__main__":
    main()
