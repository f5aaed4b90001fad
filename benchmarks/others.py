"""Other people's networks: python -m benchmarks.others --networks DIR [--doubt] [--sheet FILE] [NAME ...]

--doubt: how much their error grows with the difference from the built-in network and with softness, by least squares
on pictures kept back from training; `models/others/engine.py` uses these weights. --sheet: the samples cut out by
each, on magenta, as one picture. Without either: whether their alpha is that of `../shared/rivals/run.py` on the
samples.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.engine import Engine, working_shape
from models.others.conventions import resized
from models.others.engine import LOOKING_SIZE, OtherEngine, located
from models.training.cache import open_cache
from models.training.validation import held_out_pictures

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
ROOT = Path(__file__).resolve().parent.parent
RUN = {"modnet": "modnet", "rvm": "rvm", "u2netp": "u2netp", "isnet-medium": "isnet"}  # our name -> that of run.py
MAGENTA = np.array([255, 0, 255], np.float32)


def samples() -> Iterator[tuple[str, Bytes]]:
    for path in sorted((ROOT / "samples").glob("*.png")):
        yield path.stem, np.ascontiguousarray(Image.open(path).convert("RGB"))


def agreement(engine: OtherEngine, name: str, program: Path, networks: Path) -> float:
    """The largest difference of alpha over the samples, both enlarged in the same way, before any refinement."""
    spec = importlib.util.spec_from_file_location("reference", program)
    assert spec and spec.loader
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    largest = 0.0
    for _, rgb in samples():
        alpha, _ = engine.raw(rgb)
        ours = cv2.resize(alpha, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR).clip(0, 1)
        largest = max(largest, float(np.abs(ours - reference.matte(RUN[name], rgb, networks)).max()))
    return largest


def doubt_terms(engine: OtherEngine, builtin: Engine, pixels: Bytes) -> NDArray[np.float64]:
    """(n, 3): difference from the built-in alpha, softness, and the true error, of a sample of pixels."""
    shape = working_shape(pixels.shape[:2], LOOKING_SIZE)
    rgb = np.ascontiguousarray(pixels[..., :3])
    copy = np.asarray(resized(rgb, shape), np.uint8)
    truth = resized(pixels[..., 3], shape).astype(np.float32) / 255
    theirs = np.asarray(resized(engine.raw(rgb)[0], shape), np.float32)
    difference = np.abs(theirs - builtin.matte(copy).alpha.astype(np.float32) / 255)
    table = np.stack([difference, 4 * theirs * (1 - theirs), np.abs(theirs - truth)], -1).reshape(-1, 3)
    return table[:: max(1, len(table) // 4000)].astype(np.float64)


def fitted(table: NDArray[np.float64]) -> tuple[float, float, float]:
    """Weights of difference and softness, and the correlation of what they give with the true error."""
    weights, *_ = np.linalg.lstsq(table[:, :2], table[:, 2], rcond=None)
    told = table[:, :2] @ weights
    return float(weights[0]), float(weights[1]), float(np.corrcoef(told, table[:, 2])[0, 1])


def sheet(engines: dict[str, OtherEngine], builtin: Engine) -> Bytes:
    """A row for each sample: the photo, the built-in cut-out, theirs; on magenta."""
    rows = []
    for _, rgb in samples():
        alphas = [builtin.matte(rgb).alpha, *(engine.matte(rgb).alpha for engine in engines.values())]
        shares = [alpha[..., None].astype(np.float32) / 255 for alpha in alphas]
        cells = [rgb, *(np.rint(rgb * a + MAGENTA * (1 - a)).astype(np.uint8) for a in shares)]
        width = round(rgb.shape[1] * 300 / rgb.shape[0])
        row = np.hstack([cv2.resize(cell, (width, 300), interpolation=cv2.INTER_AREA) for cell in cells])
        rows.append(row)
    widest = max(row.shape[1] for row in rows)
    return np.vstack([np.pad(row, ((0, 4), (0, widest - row.shape[1]), (0, 0)), constant_values=255) for row in rows])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.others", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(RUN))
    parser.add_argument("--networks", type=Path, default=ROOT / ".rivals")
    parser.add_argument("--doubt", action="store_true")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--every", type=int, default=8, help="takes each so many of the pictures kept back")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--program", type=Path, default=ROOT.parent / "shared" / "rivals" / "run.py")
    options = parser.parse_args()
    builtin = Engine(device="cpu")
    engines = {
        name: OtherEngine(*located(name, options.networks), device="cpu", builtin=lambda: builtin)
        for name in options.names
    }
    if options.sheet:
        Image.fromarray(sheet(engines, builtin)).save(options.sheet)
    elif options.doubt:
        cache = open_cache(options.data, options.cache)
        pictures = [pixels for _, _, pixels in held_out_pictures(cache)][:: options.every]
        for name, engine in engines.items():
            found = fitted(np.concatenate([doubt_terms(engine, builtin, pixels) for pixels in pictures]))
            weights = "difference {:.2f}, softness {:.2f}, r {:.2f}".format(*found)
            print(f"{name}: {len(pictures)} pictures, {weights}", flush=True)
    else:
        for name, engine in engines.items():
            largest = agreement(engine, name, options.program, options.networks)
            print(f"{name}: largest difference {largest:.1e}", flush=True)


if __name__ == "__main__":
    main()
