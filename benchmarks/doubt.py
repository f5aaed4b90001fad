"""Whether doubt says how wrong a matte is: python -m benchmarks.doubt

On the held-out pictures of the training packs whose edges are true: what the network expects as the error of a pixel,
and the error found, by tenths; how much of all error lies in the most doubtful pixels; and for whole pictures, how well
the mean doubt ranks them by their mean error (Spearman's rank correlation).
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.engine import Engine
from models.training.cache import open_cache
from models.training.validation import held_out_pictures
from models.weights import DEFAULT_WEIGHTS

Floats = NDArray[np.float32]
STEPS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 1.01)
TRUE_EDGES = ("alpha", "soft", "teacher", "-")


def collected(engine: Engine, options: argparse.Namespace) -> tuple[Floats, Floats, Floats]:
    """Doubt and error of every pixel (of the first look's size), and (mean doubt, mean error) of every picture."""
    doubts, errors, pictures = [], [], []
    for _, entry, pixels in held_out_pictures(open_cache(options.data, options.cache))[:: options.every]:
        if entry.edge not in TRUE_EDGES:
            continue
        (seen,) = engine._look([np.ascontiguousarray(pixels[..., :3])])
        size = (seen.alpha.shape[1], seen.alpha.shape[0])
        truth = cv2.resize(pixels[..., 3].astype(np.float32) / 255, size, interpolation=cv2.INTER_AREA)
        error = np.abs(seen.alpha - truth)
        doubts.append(seen.doubt.ravel())
        errors.append(error.ravel())
        pictures.append((float(seen.doubt.mean()), float(error.mean())))
    return np.concatenate(doubts), np.concatenate(errors), np.array(pictures, np.float32)


def rank_correlation(pairs: Floats) -> float:
    """Spearman's, of the two columns."""
    first, second = (np.argsort(np.argsort(pairs[:, column])).astype(np.float64) for column in (0, 1))
    return float(np.corrcoef(first, second)[0, 1])


def report(doubts: Floats, errors: Floats, pictures: Floats) -> None:
    print(f"{len(pictures)} pictures; mean doubt {doubts.mean():.4f}, mean error {errors.mean():.4f}")
    print("| expected error | pixels | mean expected | mean found |\n|---|---|---|---|")
    for low, high in itertools.pairwise(STEPS):
        some = (doubts >= low) & (doubts < high)
        if some.any():
            share, expected, found = some.mean(), doubts[some].mean(), errors[some].mean()
            print(f"| {low:.2f} to {min(high, 1):.2f} | {share:.1%} | {expected:.3f} | {found:.3f} |")
    order = np.argsort(-doubts)
    for share in (0.02, 0.05, 0.1):
        held = errors[order[: int(share * len(order))]].sum() / errors.sum()
        print(f"the most doubtful {share:.0%} of all pixels hold {held:.0%} of all error")
    print(f"pictures ranked by doubt and by error: Spearman {rank_correlation(pictures):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    parser.add_argument("--every", type=int, default=1, help="take only each Nth picture")
    options = parser.parse_args()
    report(*collected(Engine(device="cpu", weights=options.weights), options))


if __name__ == "__main__":
    main()
