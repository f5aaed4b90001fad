"""How much of the old background stays in soft pixels, and how long it takes to get it out.

    python -m benchmarks.foreground                              # on synthetic cut-outs of the sample photos
    python -m benchmarks.foreground --cutouts cutouts_1.tar      # on cut-outs with true foreground and alpha

Each cut-out is laid onto strong colours; from that "photo" and an alpha the foreground is recovered and compared
with the true one. The error is the mean absolute difference in 8-bit levels times alpha, over soft pixels: what
can be seen once the cut-out lies on something new. The alpha given is the true one, or wrong as networks are.

A tar holds NAME.avif (the foreground's colours) and NAME.alpha.avif (grey) of the same size.
"""

from __future__ import annotations

import argparse
import io
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.pixels.composite import over
from tools.pixels.edges import Alpha, apply_edges, dilate
from tools.pixels.foreground import estimate_foreground
from tools.recipe import Edges
from tools.settings import ROOT

Picture = NDArray[np.uint8]
Cutout = tuple[Picture, Alpha]

BEHIND = {
    "green": (0, 255, 0),
    "magenta": (255, 0, 255),
    "red": (230, 20, 20),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}


def naive(rgb: Picture, alpha: Alpha) -> Picture:
    """The photo laid over transparent black, as stored by tools that then keep its alpha too."""
    return over(rgb, alpha, np.zeros_like(rgb)).astype(np.uint8)


WAYS: dict[str, Callable[[Picture, Alpha], Picture]] = {
    "captured colour kept": lambda rgb, alpha: rgb,
    "black mixed in": naive,
    "estimated here": lambda rgb, alpha: estimate_foreground(rgb, alpha).astype(np.uint8),
}

ALPHAS: dict[str, Callable[[Alpha], Alpha]] = {
    "true": lambda alpha: alpha,
    "blurred (sigma 1.2 px)": lambda alpha: np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1.2), np.uint8),
    "too high (alpha ** 0.7)": lambda alpha: np.rint(255 * (alpha / 255) ** 0.7).astype(np.uint8),
    "too wide (1 px, blurred)": lambda alpha: np.asarray(cv2.GaussianBlur(dilate(alpha, 1), (0, 0), 0.8), np.uint8),
}


def from_tar(path: Path, count: int) -> Iterator[Cutout]:
    """``count`` cut-outs, drawn by a fixed seed."""
    with tarfile.open(path) as tar:
        names = sorted(name for name in tar.getnames() if name.endswith(".alpha.avif"))
        chosen = np.random.default_rng(3).permutation(len(names))[:count]
        for index in chosen:
            rgb, alpha = (
                np.asarray(Image.open(io.BytesIO(_bytes(tar, name))).convert(mode))
                for name, mode in ((names[index].replace(".alpha", ""), "RGB"), (names[index], "L"))
            )
            # Lossily coded: below 4 nothing, above 251 sure.
            yield rgb, np.where(alpha < 4, 0, np.where(alpha > 251, 255, alpha)).astype(np.uint8)


def _bytes(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None, f"{name} is no file"
    return file.read()


def from_samples() -> Iterator[Cutout]:
    """The sample photos as colour layers, under a soft disc with strands."""
    for path in sorted((ROOT / "samples").glob("*.png")):
        rgb = np.asarray(Image.open(path).convert("RGB"))
        yield rgb, strands(*rgb.shape[:2])


def strands(height: int, width: int) -> Alpha:
    """A soft disc with hair-like strands around it."""
    alpha: NDArray[np.uint8] = np.zeros((height, width), np.uint8)
    centre, radius = (width // 2, height // 2), min(height, width) / 3.5
    cv2.circle(alpha, centre, int(radius), 255, -1, cv2.LINE_AA)
    for angle in np.linspace(0, 2 * np.pi, 90):
        tip = (
            int(centre[0] + np.cos(angle) * radius * 1.5),
            int(centre[1] + np.sin(angle) * radius * 1.5),
        )
        cv2.line(alpha, centre, tip, 255, 1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), height / 500), np.uint8)


def error(estimate: Picture, truth: Picture, alpha: Alpha, true_alpha: Alpha) -> float:
    """Levels (0..255) where alpha is soft and there is a foreground at all."""
    soft = (alpha > 0) & (alpha < 255) & (true_alpha > 0)
    off = np.abs(estimate[soft].astype(np.float64) - truth[soft]).mean(1)
    return float((off * alpha[soft] / 255).mean())


def compare(cutouts: list[Cutout]) -> None:
    """Prints a table for each kind of alpha."""
    for kind, wrong in ALPHAS.items():
        print(f"\nalpha {kind}\n{'':22}" + "".join(f"{name:>9}" for name in BEHIND) + f"{'mean':>9}")
        for way, recover in WAYS.items():
            means = []
            for colour in BEHIND.values():
                errors = []
                for foreground, alpha in cutouts:
                    photo = over(foreground, alpha, np.full_like(foreground, colour)).astype(np.uint8)
                    given = wrong(alpha)
                    errors.append(error(recover(photo, given), foreground, given, alpha))
                means.append(np.mean(errors))
            print(f"{way:22}" + "".join(f"{mean:9.2f}" for mean in [*means, np.mean(means)]))


def clock(megapixels: float) -> None:
    """Prints the least CPU time of five for each stage of a re-render, with about 3 % of soft pixels."""
    height = int((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = height * 4 // 3
    alpha: NDArray[np.uint8] = np.zeros((height, width), np.uint8)
    cv2.ellipse(alpha, (width // 2, height // 2), (width // 4, int(height * 0.43)), 0, 0, 360, 255, -1)
    alpha = np.asarray(cv2.blur(alpha, (height // 75, height // 75)), np.uint8)
    sample = np.asarray(Image.open(ROOT / "samples" / "astronaut.png").convert("RGB"))
    rgb = np.asarray(cv2.resize(sample, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    edges = Edges(alpha_threshold=15, erode=1, denoise=True, feather=2)
    white = np.full_like(rgb, 255)
    stages: dict[str, Callable[[], object]] = {
        "edges": lambda: apply_edges(alpha, edges),
        "foreground": lambda: estimate_foreground(rgb, alpha),
        "composite": lambda: over(rgb, alpha, white),
    }
    share = float(((alpha > 0) & (alpha < 255)).mean())
    print(f"\n{width} x {height}, {share:.1%} soft, CPU seconds (least of five)")
    for name, stage in stages.items():
        print(f"{name:12}{min(_seconds(stage) for _ in range(5)):6.2f}")


def _seconds(stage: Callable[[], object]) -> float:
    start = time.process_time()
    stage()
    return time.process_time() - start


def main() -> None:
    """Parses the options and prints."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--cutouts", type=Path, help="a tar of cut-outs; without it, the sample photos")
    options.add_argument("--count", type=int, default=24, help="how many cut-outs of the tar")
    options.add_argument("--megapixels", type=float, default=12, help="size of the picture that is timed")
    given = options.parse_args()
    cutouts = list(from_tar(given.cutouts, given.count) if given.cutouts else from_samples())
    cutouts = [(rgb, alpha) for rgb, alpha in cutouts if ((alpha > 0) & (alpha < 255)).any()]
    print(f"{len(cutouts)} cut-outs; error in levels of 255, times alpha, over soft pixels")
    compare(cutouts)
    clock(given.megapixels)


if __name__ == "__main__":
    main()
