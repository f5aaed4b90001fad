"""How much of an edge comes back: python -m benchmarks.refine [--network] [--choose]

Takes held-out cut-outs of the training packs on held-out backgrounds, gives them a photo's blur and noise, and alpha
what a network does to it: made smaller, blurred, and moved a little. Prints the mean absolute error of alpha along the
true edge, enlarged bilinearly and refined. With --network it is what the network says that is enlarged and refined, at
long sides of 256 and 512 px. With --choose also for other values of the constants in models/refine.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from models import refine as refinement
from models.engine import Engine
from models.looks import cut
from models.measures import measure
from models.training.cache import open_cache
from models.training.validation import held_out_pictures

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
GROUPS = ("heads", "things")  # whose alphas are true to the pixel
NETWORK_GROUPS = ("heads", "portraits", "teacher", "things")
SIZES = (256, 512)
# How many times smaller, blur in pixels of the small alpha, movement in the same pixels.
CONDITIONS = ((1.5, 0.6, 0.2), (2.5, 0.8, 0.3), (4.0, 0.6, 0.0), (6.0, 0.8, 0.3), (8.0, 0.8, 0.3))
OTHERS: dict[str, tuple[Any, ...]] = {
    "RADIUS": (1, 3),
    "FIRST_RADIUS": (2, 6),
    "SMOOTHNESS": (3e-5, 3e-4, 1e-3),
    "FIRST_CONTRAST": (1.0, 1.3, 1.6),
    "CONTRAST": (1.0, 1.15, 1.45),
    "TRUST": ((0.0, 0.01), (0.35, 0.8), (0.5, 0.95)),
    "NEAR": (2, 6),
    "BAND": (1, 4),
}


class Case(NamedTuple):
    """A photo (H, W, 3), its true alpha (H, W) 0..1, and that alpha as a network would give it (h, w) 0..1."""

    group: str
    photo: Bytes
    truth: Floats
    small: Floats


def cases(pictures: list[tuple[str, Bytes]], condition: tuple[float, float, float]) -> list[Case]:
    """The pictures (group, uint8 (H, W, 4)) under one condition."""
    random = np.random.default_rng(5)
    found = []
    for group, pixels in pictures:
        blurred = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), 0.6)
        noisy = blurred[..., :3] + random.normal(0, 4, blurred[..., :3].shape)
        photo, truth = np.clip(noisy, 0, 255).astype(np.uint8), np.asarray(blurred[..., 3] / 255, np.float32)
        found.append(Case(group, photo, truth, as_predicted(truth, condition, random)))
    return found


def as_predicted(truth: Floats, condition: tuple[float, float, float], random: np.random.Generator) -> Floats:
    """What a network might say: ``truth`` made smaller, blurred, and moved by a smooth random field."""
    times, blur, movement = condition
    size = (max(8, round(truth.shape[1] / times)), max(8, round(truth.shape[0] / times)))
    small = cv2.GaussianBlur(cv2.resize(truth, size, interpolation=cv2.INTER_AREA), (0, 0), blur)
    columns, rows = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    # A blur of sigma 4 leaves 1 / (2 sqrt(pi) 4) of white noise's deviation.
    fields = random.normal(0, movement * 14.2, (2, *small.shape)).astype(np.float32)
    dx, dy = (cv2.GaussianBlur(field, (0, 0), 4) for field in fields)
    x, y = (columns + dx).astype(np.float32), (rows + dy).astype(np.float32)
    moved = cv2.remap(small, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(moved, 0, 1), np.float32)


def network_cases(pictures: list[tuple[str, Bytes]], size: int, most: int = 8) -> list[Case]:
    """The first ``most`` pictures of each group, with what the network says of them at a long side of ``size``."""
    engine, found = Engine(working_size=size), []
    for group in dict.fromkeys(group for group, _ in pictures):
        for pixels in [pixels for name, pixels in pictures if name == group][:most]:
            photo, truth = np.ascontiguousarray(pixels[..., :3]), np.asarray(pixels[..., 3] / 255, np.float32)
            (seen,) = engine._look([photo])
            if seen.part is not None:
                found.append(Case(group, cut(photo, seen.part.pixels), cut(truth, seen.part.pixels), seen.near))
    return found


def enlarged(photo: Bytes, small: Floats) -> Floats:
    return np.asarray(cv2.resize(small, (photo.shape[1], photo.shape[0])), np.float32)


def refined(photo: Bytes, small: Floats) -> Floats:
    return np.asarray(refinement.refine(photo, small) / 255, np.float32)


def errors(way: Callable[[Bytes, Floats], Floats], each: list[list[Case]]) -> list[float]:
    """Edge MAE by condition and group."""
    found = []
    for some in each:
        for group in dict.fromkeys(case.group for case in some):
            measured = [measure(way(case.photo, case.small), case.truth) for case in some if case.group == group]
            found.append(float(np.nanmean([m.edge_mae for m in measured])))
    return found


def line(name: str, values: list[float]) -> str:
    return f"{name:26} {np.mean(values):.4f}  " + " ".join(f"{value:.4f}" for value in values)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--network", action="store_true")
    parser.add_argument("--choose", action="store_true")
    options = parser.parse_args()
    held = held_out_pictures(open_cache(options.data, options.cache))
    groups = NETWORK_GROUPS if options.network else GROUPS
    pictures = [(group, pixels) for group, entry, pixels in held if group in groups and entry.edge != "hard"]
    if options.network:
        each = [network_cases(pictures, size) for size in SIZES]
    else:
        each = [cases(pictures, condition) for condition in CONDITIONS]
    columns = SIZES if options.network else [f"1/{condition[0]}" for condition in CONDITIONS]
    present = ", ".join(dict.fromkeys(case.group for case in each[0]))
    print(f"edge MAE: mean, then {present} at {', '.join(map(str, columns))}")
    print(line("enlarged", errors(enlarged, each)))
    print(line("refined", errors(refined, each)), flush=True)
    for name, values in OTHERS.items() if options.choose else ():
        before = getattr(refinement, name)
        for value in values:
            setattr(refinement, name, value)
            print(line(f"{name} {value}", errors(refined, each)), flush=True)
        setattr(refinement, name, before)


if __name__ == "__main__":
    main()
