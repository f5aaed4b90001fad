"""Photo files of any size for the benchmarks: the sample photos enlarged, with a camera's noise, as JPEG on disk."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ("astronaut", "cat", "coffee")
QUALITY = 92  # of JPEG, about a camera's
NOISE = 4  # of 255, the most that is added or taken away


def enlarged(sample: str, megapixels: float, seed: int = 0) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 of about that size, in the sample's proportions; each seed has its own noise."""
    small = cv2.imread(str(ROOT / "samples" / f"{sample}.png"))
    if small is None:
        raise FileNotFoundError(f"samples/{sample}.png")
    scale = (megapixels * 1e6 / (small.shape[0] * small.shape[1])) ** 0.5
    large = cv2.resize(small[..., ::-1], None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    random = np.random.default_rng(seed)
    for top in range(0, len(large), 256):
        part = large[top : top + 256]
        noise = random.integers(-NOISE, NOISE + 1, part.shape, dtype=np.int16)
        part[:] = np.clip(part + noise, 0, 255)
    return np.asarray(large, np.uint8)


def photo_file(folder: Path, megapixels: float, number: int = 0) -> Path:
    """A JPEG file, made where it isn't there; the number chooses the sample and the noise."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"photo_{megapixels:g}mp_{number}.jpg"
    if not path.exists():
        rgb = enlarged(SAMPLES[number % len(SAMPLES)], megapixels, number)
        Image.fromarray(rgb).save(path, quality=QUALITY)
    return path
