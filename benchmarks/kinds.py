"""Which pictures and which people it does worse with: python -m benchmarks.kinds

On the held-out pictures of the training packs, IoU, MAE and edge MAE by what is shown, by its size, by how much
its colour differs from what surrounds it, and, for portraits and heads, by how light face and hair are. Nobody has
labelled people by skin: lightness is measured, so it mixes skin, hair and light.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from models.engine import Engine
from models.measures import Measures, mean_measures, measure
from models.subject import NOTHING
from models.training.cache import Entry, open_cache
from models.training.validation import held_out_pictures
from models.weights import DEFAULT_WEIGHTS

Bytes = NDArray[np.uint8]
FACES = ("portraits", "heads")


class Case(NamedTuple):
    """One picture: its group and entry, CIELAB (H, W, 3) float32, alpha (H, W) uint8, and the measures."""

    group: str
    entry: Entry
    lab: NDArray[np.float32]
    alpha: Bytes
    measures: Measures


def size(case: Case) -> float:
    """Share of the picture that the subject covers."""
    return float(case.alpha.mean()) / 255


def contrast(case: Case) -> float:
    """CIE76 distance between the mean colours just inside and just outside the outline."""
    inside = (case.alpha > 200).astype(np.uint8)
    kernel = np.ones((15, 15), np.uint8)
    rim = (inside > 0) & (cv2.erode(inside, kernel) == 0)
    around = (cv2.dilate(inside, kernel) > 0) & (case.alpha < 50)
    if not rim.any() or not around.any():
        return float("nan")
    return float(np.linalg.norm(case.lab[rim].mean(0) - case.lab[around].mean(0)))


def lightness(case: Case) -> float:
    """Median L* of the upper 40 % of the subject: face and hair."""
    rows = np.flatnonzero((case.alpha > 200).any(1))
    upper = rows[0] + round(0.4 * (rows[-1] - rows[0] + 1))
    return float(np.median(case.lab[:upper, :, 0][case.alpha[:upper] > 200]))


def line(name: str, cases: list[Case]) -> str:
    mean = mean_measures([case.measures for case in cases])
    return f"| {name} | {len(cases)} | {mean.iou:.3f} | {mean.mae:.4f} | {mean.edge_mae:.3f} |"


def thirds(name: str, cases: list[Case], value: Callable[[Case], float]) -> None:
    """Three lines: the third of the cases with the lowest values, the middle, the highest."""
    known = sorted((case for case in cases if np.isfinite(value(case))), key=value)
    for place in range(3):
        part = known[place * len(known) // 3 : (place + 1) * len(known) // 3]
        if part:
            print(line(f"{name} {value(part[0]):.2f} to {value(part[-1]):.2f}", part))


def left_empty(engine: Engine, options: argparse.Namespace) -> str:
    """How many held-out pictures with nothing to cut out get no matte to speak of (`models.subject.NOTHING`)."""
    pictures = [p for _, _, p in held_out_pictures(open_cache(options.data, options.cache)) if not p[..., 3].any()]
    empty = sum(engine.matte(np.ascontiguousarray(p[..., :3])).coverage < NOTHING for p in pictures)
    return f"nothing to cut out: {empty} of {len(pictures)} pictures left empty"


def collected(engine: Engine, options: argparse.Namespace) -> list[Case]:
    cases = []
    for group, entry, pixels in held_out_pictures(open_cache(options.data, options.cache))[:: options.every]:
        if pixels[..., 3].max() < 200:
            continue
        rgb, truth = np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])
        found = measure(engine.matte(rgb).alpha.astype(np.float32) / 255, truth.astype(np.float32) / 255)
        lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        cases.append(Case(group, entry, np.asarray(lab, np.float32), truth, found))
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    parser.add_argument("--every", type=int, default=1, help="take only each Nth picture")
    options = parser.parse_args()
    engine = Engine(device="cpu", weights=options.weights)
    cases = collected(engine, options)
    print("| pictures | number | IoU | MAE | edge MAE |\n|---|---|---|---|---|")
    for subject in sorted({case.entry.subject for case in cases}):
        print(line(subject, [case for case in cases if case.entry.subject == subject]))
    thirds("share of the picture", cases, size)
    thirds("colour distance to what surrounds it", cases, contrast)
    thirds("faces: lightness", [case for case in cases if case.group in FACES], lightness)
    print(left_empty(engine, options))


if __name__ == "__main__":
    main()
