"""Which network, or which mean of several, to learn from: python -m benchmarks.teachers --networks FILE|NAME ...

Each network by itself, and the means of the logits of every two or more, on photos of the packs whose outline was drawn
by hand: GrabCut's, and 40 of the horses. No evaluation picture is looked at. Three networks take some seven minutes.
"""

from __future__ import annotations

import argparse
import itertools
import random
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.measures import Measures, mean_measures, measure
from models.others.engine import OtherEngine, located
from models.others.known_networks import default_folder
from models.training.cache import Entry, open_cache
from models.training.data import group_of

Floats = NDArray[np.float32]
HORSES, SEED, LEAST = 40, 3, 1e-3


def logit(alpha: Floats) -> Floats:
    """Alpha (0..1) as log odds, cut off at LEAST and 1 - LEAST."""
    clipped = np.clip(alpha, LEAST, 1 - LEAST)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float32)


def chosen(entries: list[Entry]) -> list[Entry]:
    """All of GrabCut's photos and some of the horses, always the same."""
    groups = {name: [each for each in entries if group_of(each) == name] for name in ("grabcut", "horses")}
    random.seed(SEED)
    return groups["grabcut"] + random.sample(groups["horses"], min(HORSES, len(groups["horses"])))


def main() -> None:
    """Prints a row for each network and mean."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.teachers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--networks", nargs="+", required=True, help="known names or files")
    parser.add_argument("--folder", type=Path, default=default_folder())
    options = parser.parse_args()
    engines = {Path(name).stem: OtherEngine(*located(name, options.folder)) for name in options.networks}
    means = [names for count in range(1, len(engines) + 1) for names in itertools.combinations(engines, count)]
    cache = open_cache(options.data, options.cache)
    found: dict[tuple[str, tuple[str, ...]], list[Measures]] = {}
    for entry in chosen(cache.entries):
        pixels = cache.pixels(entry)
        rgb, truth = np.ascontiguousarray(pixels[..., :3]), pixels[..., 3].astype(np.float32) / 255
        size = truth.shape[1], truth.shape[0]
        seen = {
            name: logit(np.asarray(cv2.resize(each.raw(rgb)[0], size), np.float32)) for name, each in engines.items()
        }
        for names in means:
            alpha = 1 / (1 + np.exp(-np.mean([seen[name] for name in names], 0)))
            found.setdefault((group_of(entry), names), []).append(measure(np.asarray(alpha, np.float32), truth))
    for (group, names), each in sorted(found.items()):
        mean = mean_measures(each)
        print(f"{group:8} {' + '.join(names):40} {mean.iou:.4f} {mean.mae:.4f} {mean.edge_mae:.3f}  ({len(each)})")


if __name__ == "__main__":
    main()
