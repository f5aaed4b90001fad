"""What is compiled at its first use, made ready before somebody waits for it."""

from __future__ import annotations

import threading

import numpy as np

from models.refine import refine
from tools.pixels.edges import denoise
from tools.pixels.foreground import estimate_foreground


def compile_ahead() -> None:
    """Compiles the loops over pixels (``models/compiled.py``), some ten seconds on a new machine; afterwards they are
    read from disk."""
    rgb = np.zeros((64, 96, 3), np.uint8)
    half = np.linspace(0, 1, 64 * 96, dtype=np.float32).reshape(64, 96)
    alpha = refine(rgb, half[::2, ::2])
    estimate_foreground(rgb, alpha)
    denoise(alpha)


def start_compiling() -> None:
    """The same, beside everything else."""
    threading.Thread(target=compile_ahead, name="compile ahead").start()
