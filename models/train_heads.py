"""Trains the finder of heads (models/heads.py) from marked portraits, and measures it.

    python -m models.train_heads --data ../shared/data --minutes 20    trains the weights
    python -m models.train_heads --data ../shared/data --measure       how well they find marked and other heads

``models/heads.tsv`` holds the marks: name, crown, chin and centre in per cent of the picture. Those of the parts
"train" and "test" were made by eye, those of "machine" by an earlier finder and looked through by eye, their sizes set
right by those of "train"; "test" is never trained on. Pictures of things teach where no head is; at half time, what was
wrongly found in them joins them.
"""

from __future__ import annotations

import argparse
import csv
import io
import tarfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file

from models.head_network import CELL, UNIT, HeadNetwork, loss, seen
from models.heads import WEIGHTS, apart, detector, find_heads, windows

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Random = np.random.Generator

MARKS = Path(__file__).parent / "heads.tsv"
THINGS = ("animal", "product", "object", "food", "plant", "vehicle")
EACH = 120  # pictures of each kind of thing that teach
MEASURED = slice(1, None, 7)  # of the names of each kind, up to MOST: only measured on, never trained on
MOST = 40
CROP = 160  # px of a crop, in which a head is UNIT px tall
SIDE = 96  # px of what the network is shown in training
BATCH = 32
HEADS = 16  # crops of a batch with a head
RATE = 1.5e-3
CLOSE = (0.12, 0.15)  # of the head's height: how far chin and centre may be off in a found head


@dataclass(frozen=True)
class Marked:
    """A picture (H, W, 3), its alpha (H, W), and crown, chin, centre of its head in px."""

    name: str
    rgb: Bytes
    alpha: Bytes
    head: tuple[float, float, float]


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


def marked(data: Path, *parts: str) -> Iterator[Marked]:
    """The marked portraits of some parts: "train", "machine", "test"."""
    with open(MARKS, encoding="utf-8") as file:
        rows = {row["name"]: row for row in csv.DictReader(file, delimiter="\t") if row["part"] in parts}
    for name, rgb, alpha in pictures(data, "portraits", list(rows)):
        height, width = alpha.shape
        crown, chin, centre = (float(rows[name][k]) / 100 for k in ("crown", "chin", "centre"))
        yield Marked(name, rgb, alpha, (crown * height, chin * height, centre * width))


def things(data: Path, measured: bool) -> Iterator[tuple[str, Bytes, Bytes]]:
    """Animals and things, in which there is no head to be found: those that are measured on, or those that teach."""
    for subject in THINGS:
        names = _names(data, subject)
        kept = names[MEASURED][:MOST]
        yield from pictures(data, "teacher", kept if measured else [n for n in names if n not in kept][:EACH])


def _names(data: Path, subject: str) -> list[str]:
    with open(data / "teacher.tsv", encoding="utf-8") as file:
        return [r["name"] for r in csv.DictReader(file, delimiter="\t") if r["subject"] == subject]


def crop(rgb: Bytes, alpha: Bytes, height: float, middle: tuple[float, float]) -> Bytes:
    """(CROP, CROP, 4) around a place (x, y), at the size at which `height` is UNIT px; grey and clear outside."""
    scale = UNIT / height
    both = np.dstack((rgb, alpha))
    shrunk = max(1, int(1 / scale))
    if shrunk > 1:
        both = np.asarray(cv2.resize(both, None, fx=1 / shrunk, fy=1 / shrunk, interpolation=cv2.INTER_AREA), np.uint8)
    x, y = (CROP / 2 - scale * place for place in middle)
    matrix = np.array([[scale * shrunk, 0, x], [0, scale * shrunk, y]], np.float32)
    return np.asarray(cv2.warpAffine(both, matrix, (CROP, CROP), borderValue=(128, 128, 128, 0)), np.uint8)


def with_head(picture: Marked) -> Bytes:
    """The crop around the head of a marked picture."""
    crown, chin, centre = picture.head
    return crop(picture.rgb, picture.alpha, chin - crown, (centre, (crown + chin) / 2))


def anywhere(rgb: Bytes, alpha: Bytes, random: Random) -> Bytes:
    """A crop of any size at any place of a thing."""
    ys, xs = np.nonzero(alpha >= 128)
    if not len(ys):
        ys, xs = np.nonzero(alpha < 128)
    pick = int(random.integers(len(ys)))
    height = max(20.0, float(np.ptp(ys)) * float(np.exp(random.uniform(np.log(0.15), 0))))
    return crop(rgb, alpha, height, (float(xs[pick]), float(ys[pick])))


def mistakes(rgb: Bytes, alpha: Bytes, network: HeadNetwork) -> list[Bytes]:
    """Crops around what looks most like a head in a picture that has none."""
    found = list(apart(windows(rgb, alpha, network, least=0.1)))[:4]
    return [crop(rgb, alpha, w.height, (w.centre, w.chin - w.height / 2)) for w in found]


def shown(part: Bytes, random: Random, head: bool) -> tuple[Floats, Floats]:
    """A crop turned, sized, moved, lit: what the network is shown, (2, SIDE, SIDE), and the truth at its places."""
    scale = float(np.exp(random.uniform(-0.3, 0.3)))
    angle = float(np.clip(random.normal(0, 16), -45, 45))
    x, y = (SIDE / 2 + float(random.uniform(-20, 20)) for _ in range(2))
    matrix = np.asarray(cv2.getRotationMatrix2D((CROP / 2, CROP / 2), angle, scale), np.float64)
    matrix[:, 2] += np.array([x, y]) - CROP / 2
    flags = cv2.INTER_AREA
    seen_part = cv2.warpAffine(part, matrix, (SIDE, SIDE), flags=flags, borderValue=(128, 128, 128, 0))
    if random.random() < 0.5:
        seen_part, x = seen_part[:, ::-1], SIDE - x
    pixels = np.ascontiguousarray(seen_part)
    luma = tuple(random.dirichlet([8, 8, 8])) if random.random() < 0.3 else (0.299, 0.587, 0.114)
    picture = seen(_lit(pixels[..., :3], random), pixels[..., 3], luma)  # type: ignore[arg-type]
    return picture, truth(x, y, UNIT * scale, head)


def _lit(rgb: Bytes, random: Random) -> Bytes:
    """Light, contrast, noise, blur, light from one side, something in front."""
    light = (rgb.astype(np.float32) / 255) ** float(np.exp(random.normal(0, 0.35))) * 255
    light = (light - 128) * float(np.exp(random.normal(0, 0.3))) + 128 + float(random.normal(0, 22))
    if random.random() < 0.3:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), float(random.uniform(0.4, 1.5))), np.float32)
    if random.random() < 0.3:
        light = light + random.normal(0, float(random.uniform(2, 10)), light.shape)
    if random.random() < 0.3:
        light = light + random.normal(0, 25) * np.linspace(-1, 1, light.shape[1])[None, :, None]
    if random.random() < 0.25:
        top, left = random.integers(0, SIDE - 20, 2)
        light[top : top + random.integers(6, 20), left : left + random.integers(6, 20)] = random.uniform(0, 255)
    return np.clip(light, 0, 255).astype(np.uint8)


def truth(x: float, y: float, height: float, head: bool) -> Floats:
    """(4, SIDE / CELL, SIDE / CELL) for a head with its middle at (x, y): see `models.head_network.loss`."""
    places = np.arange(SIDE // CELL, dtype=np.float32) * CELL + CELL / 2
    told = np.zeros((4, len(places), len(places)), np.float32)
    if not head:
        return told
    told[1], told[2] = (x - places)[None, :] / UNIT, (y - places)[:, None] / UNIT
    told[3] = larger = float(np.log(height / UNIT))
    away = np.maximum(abs(told[1]), abs(told[2]))
    told[0] = np.where((away < 0.5) & (abs(larger) < 0.4), -1, 0)
    told[0] = np.where((away < 0.3) & (abs(larger) < 0.22), 1, told[0])
    return told


def train(network: HeadNetwork, yes: Sequence[Bytes], no: Sequence[Bytes], minutes: float, random: Random) -> None:
    """Trains for some minutes, with a rate that falls to nothing."""
    network.train()
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.02)
    began, step = time.monotonic(), 0
    losses: list[float] = []
    while (done := (time.monotonic() - began) / (60 * minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, step / 100) * 0.5 * (1 + np.cos(np.pi * done))
        heads = [(yes[int(random.integers(len(yes)))], True) for _ in range(HEADS)]
        others = [(no[int(random.integers(len(no)))], False) for _ in range(BATCH - HEADS)]
        samples = [shown(part, random, head) for part, head in heads + others]
        given, told = (torch.from_numpy(np.stack([s[i] for s in samples])) for i in range(2))
        value = loss(network(given), told)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        step, losses = step + 1, [*losses[-199:], float(value.detach())]
        if step % 200 == 0:
            print(f"step {step}, loss {np.mean(losses):.3f}", flush=True)
    network.eval()


def measure(data: Path) -> None:
    """Prints how well heads of the test part are found, and how often one is found in other pictures."""
    for part in ("train", "test"):
        off, missed, more = [], 0, 0
        for picture in marked(data, part):
            crown, chin, centre = picture.head
            found = find_heads(picture.rgb, picture.alpha)
            more += len(found) > 1
            if not found:
                missed += 1
                continue
            ways = ((found[0].chin, chin), (found[0].centre, centre), (found[0].crown, crown))
            off.append([abs(a - b) / (chin - crown) for a, b in ways])
        good = sum(a <= CLOSE[0] and b <= CLOSE[1] for a, b, _ in off)
        middle = np.median(np.array(off), axis=0)
        print(f"{part}: {good} of {len(off) + missed} heads found, {missed} not at all; ", end="")
        print(
            f"median error of chin {middle[0]:.3f}, centre {middle[1]:.3f}, crown {middle[2]:.3f} of the head; ", end=""
        )
        print(f"more than one head: {more}")
    for subject in (*THINGS, "person", "group"):
        names = _names(data, subject)[MEASURED][:MOST]
        counts = [len(find_heads(rgb, alpha)) for _, rgb, alpha in pictures(data, "teacher", names)]
        print(f"{subject}: {len(counts)} pictures, one head {counts.count(1)}, more {sum(c > 1 for c in counts)}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the packs")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--measure", action="store_true", help="only measure")
    options = parser.parse_args()
    if options.measure:
        measure(options.data)
        return
    random = np.random.default_rng(0)
    network = HeadNetwork()
    if options.start:
        network.load_state_dict({name: value.float() for name, value in load_file(options.start).items()})
    yes = [with_head(picture) for picture in marked(options.data, "train", "machine")]
    no = [anywhere(rgb, alpha, random) for _, rgb, alpha in things(options.data, measured=False) for _ in range(3)]
    train(network, yes, no, options.minutes / 2, random)
    no += [part for _, rgb, alpha in things(options.data, measured=False) for part in mistakes(rgb, alpha, network)]
    train(network, yes, no, options.minutes / 2, random)
    save_file({name: value.half().contiguous() for name, value in network.state_dict().items()}, options.out)
    detector.cache_clear()


if __name__ == "__main__":
    main()
