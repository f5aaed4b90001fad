"""Whether two looks are better than one: python -m benchmarks.looks

On the held-out pictures of the training packs (never the evaluation): IoU, MAE and edge MAE of one look at the whole
picture, at the first look's size and at the second's, of both as one where both are full ones, and of both as the
product does it, where the first is only a glance at the mirror image (models/looks.py). All are refined alike.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.engine import STRIDE, WORKING_SIZE, Engine, _predicted, working_shape
from models.looks import FIRST
from models.measures import Measures, mean_measures, measure
from models.refine import refine, without_ghosts
from models.runner import Runner
from models.training.cache import open_cache
from models.training.validation import held_out_pictures
from models.weights import DEFAULT_WEIGHTS, load_weights

Bytes = NDArray[np.uint8]
GROUPS = ("portraits", "teacher", "heads", "things", "bodies", "ccp", "horses", "grabcut")


def one_look(runner: Runner, size: int) -> Callable[[Bytes], Bytes]:
    """The way from picture to alpha with one pass over the whole picture."""

    def way(rgb: Bytes) -> Bytes:
        ((_, said),) = _predicted(runner.device, runner, [rgb], [working_shape(rgb.shape[:2], size)])
        return refine(rgb, without_ghosts(said.alpha))

    return way


def ways(weights: Path, sizes: list[int]) -> Iterator[tuple[str, Callable[[Bytes], Bytes]]]:
    """What is compared, by name."""
    runner = Runner(load_weights(weights)[0], torch.device("cpu"))
    for size in sorted({max(STRIDE, round(size * FIRST)) for size in sizes} | set(sizes)):
        yield f"one look at {size}", one_look(runner, size)
    for size in sizes:
        full = Engine(device="cpu", weights=weights, working_size=size)
        full._runner.glance = full._runner.__call__  # type: ignore[method-assign]
        engine = Engine(device="cpu", weights=weights, working_size=size)
        yield f"two looks, {size}", lambda rgb, full=full: full.matte(rgb).alpha
        yield f"glance and look, {size}", lambda rgb, engine=engine: engine.matte(rgb).alpha


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    parser.add_argument("--sizes", type=int, nargs="+", default=[WORKING_SIZE], help="of the second look")
    parser.add_argument("--most", type=int, default=60, help="pictures of a group")
    options = parser.parse_args()
    held = [each for each in held_out_pictures(open_cache(options.data, options.cache)) if each[0] in GROUPS]
    print("".join(f"{name:22}" for name in ("", *GROUPS, "mean")))
    for name, way in ways(options.weights, options.sizes):
        found: dict[str, list[Measures]] = {group: [] for group in GROUPS}
        for group, _, pixels in held:
            if len(found[group]) < options.most:
                alpha = way(np.ascontiguousarray(pixels[..., :3]))
                found[group].append(measure(alpha.astype(np.float32) / 255, pixels[..., 3].astype(np.float32) / 255))
        cells = [mean_measures(found[group]) for group in GROUPS if found[group]]
        cells.append(mean_measures(cells))
        print(f"{name:22}" + "".join(f"{c.iou:.4f} {c.mae:.4f} {c.edge_mae:.4f} " for c in cells), flush=True)


if __name__ == "__main__":
    main()
