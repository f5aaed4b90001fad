"""Writes edges.json beside it: two small alphas, and what ``tools.pixels.edges.apply_edges`` makes of them.

    python -m tests.vectors.make_edges

Python's and the browser's tests read the same file. Run this only when the definition in tools/pixels/edges.py changes
on purpose; both sides then have to follow.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.pixels.edges import Alpha, apply_edges
from tools.recipe import Edges

FILE = Path(__file__).with_name("edges.json")

CASES: tuple[tuple[str, Edges, float], ...] = (
    ("small", Edges(), 1.0),
    ("small", Edges(alpha_threshold=20), 1.0),
    ("small", Edges(alpha_threshold=255), 1.0),
    ("small", Edges(erode=1), 1.0),
    ("small", Edges(erode=2.3), 1.0),
    ("small", Edges(dilate=3), 1.0),
    ("small", Edges(dilate=0.4), 1.0),
    ("small", Edges(feather=1), 1.0),
    ("small", Edges(feather=6.75), 1.0),
    ("small", Edges(feather=30), 1.0),
    ("small", Edges(alpha_threshold=10, erode=3, dilate=1, feather=8), 0.29),
    ("large", Edges(denoise=True), 1.0),
    ("large", Edges(alpha_threshold=30, erode=1, dilate=2, denoise=True, feather=3), 0.5),
)


def head(height: int, width: int, seed: int) -> Alpha:
    """A head and shoulders with a soft outline, loose hair, and a body that the picture's border cuts off."""
    rng = np.random.default_rng(seed)
    big: NDArray[np.uint8] = np.zeros((height * 4, width * 4), np.uint8)
    centre = (width * 2, int(height * 1.7))
    cv2.ellipse(big, centre, (int(width * 0.8), int(height * 1.1)), 0, 0, 360, 255, -1)
    cv2.ellipse(big, (width * 2, height * 4), (int(width * 1.6), int(height * 1.3)), 0, 0, 360, 255, -1)
    for angle in rng.uniform(2.6, 6.8, 40):
        reach = rng.uniform(1.0, 1.7)
        tip = (
            int(centre[0] + np.cos(angle) * width * reach),
            int(centre[1] + np.sin(angle) * height * reach),
        )
        cv2.line(big, centre, tip, 255, 2, cv2.LINE_AA)
    small = cv2.GaussianBlur(cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA), (0, 0), 0.6)
    return np.asarray(small, np.uint8)


def noisy(alpha: Alpha) -> Alpha:
    """With haze, specks and larger islands outside, and pinholes and larger holes inside."""
    result = alpha.copy()
    result[1:4, 2:9] = 3
    result[6, 3] = 255
    result[8:10, 10:14] = 200
    result[20:40, 4:16] = 180
    result[-30, -8] = 8
    height, width = alpha.shape
    result[height // 2, width // 2] = 0
    result[height // 2 + 6, width // 2 - 4 : width // 2 + 4] = 230
    result[-20:-10, width // 2 - 3 : width // 2 + 3] = 0
    result[-5, width // 2 : width // 2 + 2] = 60
    return result


def rows(alpha: Alpha) -> list[str]:
    """Each row as hexadecimal, two digits a pixel."""
    return [row.tobytes().hex() for row in alpha]


def main() -> None:
    """Writes the file."""
    alphas = {"small": head(40, 48, 1), "large": noisy(head(96, 128, 2))}
    cases = [
        {
            "alpha": name,
            "edges": asdict(edges),
            "scale": scale,
            "expected": rows(apply_edges(alphas[name], edges, scale)),
        }
        for name, edges, scale in CASES
    ]
    content = {
        "about": "Rows of hexadecimal, two digits a pixel. apply_edges(alphas[alpha], edges, scale) == expected.",
        "alphas": {name: rows(alpha) for name, alpha in alphas.items()},
        "cases": cases,
    }
    FILE.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
