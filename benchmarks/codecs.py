"""Size and time of the encoders' settings, on cut-outs of the sample photos: python -m benchmarks.codecs

Prints bytes per pixel and CPU seconds per megapixel; `tools/files/codecs.py` says which setting was chosen for what.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.files.codecs import encode
from tools.settings import ROOT

Array = NDArray[Any]
_REPEATS = 5


def cutouts() -> list[Array]:
    """The sample photos as uint8 (H, W, 4), with the soft alpha of an ellipse."""
    pictures = []
    for path in sorted((ROOT / "samples").glob("*.png")):
        rgb = np.asarray(Image.open(path).convert("RGB"))
        height, width = rgb.shape[:2]
        y, x = np.mgrid[:height, :width]
        inside = 1 - np.hypot((y - height / 2) / (height * 0.45), (x - width / 2) / (width * 0.35))
        pictures.append(np.dstack([rgb, np.clip(inside * width / 6 * 255, 0, 255).astype(np.uint8)]))
    return pictures


def by_opencv(level: int, filters: int) -> Callable[[Array], bytes]:
    """PNG by OpenCV."""
    settings = [cv2.IMWRITE_PNG_COMPRESSION, level, cv2.IMWRITE_PNG_FILTER, filters, cv2.IMWRITE_PNG_STRATEGY, 0]
    return lambda rgba: cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA), settings)[1].tobytes()


def by_pillow(format: str, **options: Any) -> Callable[[Array], bytes]:
    """Any format by Pillow."""

    def write(rgba: Array) -> bytes:
        file = io.BytesIO()
        Image.fromarray(rgba).save(file, format, **options)
        return file.getvalue()

    return write


def by_ours(format: str) -> Callable[[Array], bytes]:
    """What the product writes."""
    return lambda rgba: encode(np.ascontiguousarray(rgba[..., :3]), rgba[..., 3], format).data


def rows() -> dict[str, Callable[[Array], bytes]]:
    """Every setting that is compared, by the name it is printed under."""
    filters = {
        "sub": cv2.IMWRITE_PNG_FILTER_SUB,
        "paeth": cv2.IMWRITE_PNG_FILTER_PAETH,
        "all": cv2.IMWRITE_PNG_ALL_FILTERS,
    }
    table = {f"png opencv level {n} {f}": by_opencv(n, v) for n in (1, 3, 4, 6) for f, v in filters.items()}
    table |= {f"png pillow level {n}": by_pillow("PNG", compress_level=n) for n in (1, 6)}
    table |= {
        f"webp lossless method {m} effort {q}": by_pillow("WEBP", lossless=True, exact=True, method=m, quality=q)
        for m, q in ((0, 20), (1, 20), (1, 50), (4, 20), (4, 80))
    }
    table |= {f"webp 90 method {m}": by_pillow("WEBP", quality=90, method=m, alpha_quality=100) for m in (2, 4)}
    return table | {f"ours {format}": by_ours(format) for format in ("png", "webp", "tiff", "jpeg", "pdf")}


def main() -> None:
    """Prints the table."""
    pictures = cutouts()
    pixels = sum(p.shape[0] * p.shape[1] for p in pictures)
    for name, write in rows().items():
        began = time.process_time()
        for _ in range(_REPEATS):
            size = sum(len(write(p)) for p in pictures)
        seconds = (time.process_time() - began) / _REPEATS
        print(f"{name:34} {size / pixels:6.3f} bytes/px {seconds / pixels * 1e6:7.3f} s/MP")


if __name__ == "__main__":
    main()
