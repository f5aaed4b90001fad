"""Pictures in, mattes out: sizes, batches, a GPU without memory, and alpha at the picture's own size.

picture ──► two looks through the network (models/looks.py) ──► alpha, doubt, subject
   │                                                               │
   └────────────────────────────► refine ◄─────────────────────────┘ ──► alpha at full size
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from models import cores
from models.doubts import Doubt, find_doubts
from models.looks import FIRST, LOOKS, Part, as_one, cut, into, part_to_look_at
from models.network import STRIDE
from models.refine import REFINEMENT, Window, refine, without_ghosts
from models.runner import DeviceError, Prediction, Runner, choose_device, device_name
from models.subject import Subject, recognise
from models.weights import DEFAULT_WEIGHTS, load_weights

__all__ = ["DeviceError", "Doubt", "Engine", "EngineInfo", "Matte", "Subject"]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

WORKING_SIZE = 512  # px, the side of a square that the network sees closely
SLENDER = 0.25  # power of its proportions that a narrow part's long side grows by: half way to a square's area
SLENDEREST = 2.0  # long side by short one, from where on it grows no more
SMALLER = 0.625  # of the working size, for a second try on a GPU without memory
LARGE = 1024  # px, short side from which on both looks begin with the picture at half its size
BATCH = 8  # pictures that go through a GPU at once


@dataclass(frozen=True)
class EngineInfo:
    """What is in use.

    device: "cpu" or "cuda:0 NAME". precision: "float32", "bfloat16" or "float16".
    network: version of the layers. version: changes whenever a matte of the same picture may; a key for caches.
    """

    device: str
    precision: str
    network: str
    version: str


@dataclass(frozen=True)
class Matte:
    """What was found in one picture.

    alpha: (H, W) uint8, 0..255, at the picture's size.
    doubt: (h, w) uint8, 0..255, the expected error of alpha at the size of the first look.
    doubts: the places where alpha may be wrong, the worst first.
    coverage: 0..1, the mean of alpha. seconds: for this picture (its share of a batch).
    notes: keys of sentences, "gpu_memory_smaller" or "gpu_memory_cpu".
    """

    alpha: Bytes
    doubt: Bytes
    subject: Subject
    doubts: tuple[Doubt, ...]
    coverage: float
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """A picture as the network saw it, and what it said at both looks.

    small: (h, w, 3) uint8, the picture at the first look's size; alpha and doubt: (h, w) float32, 0..1, both looks
    as one. part, near: what was looked at closer and its alpha, float32 0..1; None and empty without a subject.
    """

    small: Bytes
    alpha: Floats
    doubt: Floats
    logits: Floats
    part: Part | None = None
    near: Floats = field(default_factory=lambda: np.empty((0, 0), np.float32))
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


class Engine:
    """The matting network on one device. Safe to share between threads.

    calls counts the pictures that went through the network.
    """

    def __init__(
        self,
        device: str = "auto",
        weights: Path | None = None,
        working_size: int = WORKING_SIZE,
        threads: int | None = None,
    ) -> None:
        """device: "auto", "cpu", "cuda" or "cuda:N". threads: on a CPU, for one picture; None is PyTorch's choice.

        Raises:
            DeviceError: a GPU is asked for and absent.
            WeightsError: the weights file is missing, broken, or made for another network.
            ValueError: another device, or a working size below 32.
        """
        if working_size < STRIDE:
            raise ValueError(f"the working size must be at least {STRIDE} px, got {working_size}")
        chosen = choose_device(device)
        self._network, facts = load_weights(weights or DEFAULT_WEIGHTS)
        self._runner = Runner(self._network, chosen, threads)
        self._size = working_size
        # A GPU works on one batch at a time; on a CPU each picture in the air runs the network on its share of cores.
        self._slots = threading.BoundedSemaphore(cores.count() if chosen.type == "cpu" else 1)
        self._counting = threading.Lock()
        self.calls = 0
        self.info = EngineInfo(
            device=device_name(chosen),
            precision=self._runner.precision,
            network=facts["network"],
            version=f"{facts['sha256'][:12]}-{working_size}-{LOOKS}-{REFINEMENT}",
        )

    def matte(self, rgb: Bytes) -> Matte:
        """Cuts out what (H, W, 3) uint8 sRGB shows; any size from 1x1 on. Raises ValueError on any other array."""
        return self.mattes([rgb])[0]

    def mattes(self, pictures: Sequence[Bytes]) -> list[Matte]:
        """The mattes of several pictures, in their order; on a GPU, pictures of like shape go through together."""
        for rgb in pictures:
            _check(rgb)
        mattes = []
        for start in range(0, len(pictures), BATCH):
            together = pictures[start : start + BATCH]
            mattes += [self._finish(rgb, seen) for rgb, seen in zip(together, self._look(together), strict=True)]
        return mattes

    def _look(self, pictures: Sequence[Bytes]) -> list[Seen]:
        """Both looks; out of GPU memory it goes to one smaller picture at a time, then to the CPU."""
        started = time.perf_counter()
        with self._counting:
            self.calls += len(pictures)
        with self._slots:
            try:
                seen = _two_looks(self._runner, pictures, self._size)
            except torch.OutOfMemoryError:
                seen = [self._look_with_less(rgb) for rgb in pictures]
        seconds = (time.perf_counter() - started) / len(pictures)
        return [replace(one, seconds=seconds) for one in seen]

    def _look_with_less(self, rgb: Bytes) -> Seen:
        if self._runner.device.type == "cuda":
            torch.cuda.empty_cache()
        try:
            (seen,) = _two_looks(self._runner, [rgb], max(STRIDE, int(self._size * SMALLER)))
            return replace(seen, notes=("gpu_memory_smaller",))
        except torch.OutOfMemoryError:
            (seen,) = _two_looks(self._processor, [rgb], self._size)
            return replace(seen, notes=("gpu_memory_cpu",))

    @cached_property
    def _processor(self) -> Runner:
        """The network on the CPU, for a GPU that has no memory left; made when it is first needed."""
        return Runner(self._network, torch.device("cpu"))

    def _finish(self, rgb: Bytes, seen: Seen) -> Matte:
        started = time.perf_counter()
        alpha = np.zeros(rgb.shape[:2], np.uint8)
        if seen.part is not None:
            cut(alpha, seen.part.pixels)[:] = refine(cut(rgb, seen.part.pixels), seen.near)
        return Matte(
            alpha=alpha,
            doubt=np.rint(seen.doubt * 255).astype(np.uint8),
            subject=recognise(seen.logits, seen.alpha),
            doubts=find_doubts(seen.small, seen.alpha, seen.doubt),
            coverage=float(cv2.mean(alpha)[0]) / 255,
            seconds=seen.seconds + time.perf_counter() - started,
            notes=seen.notes,
        )


def _two_looks(runner: Runner, pictures: Sequence[Bytes], size: int) -> list[Seen]:
    """A glance at the whole pictures, then a look at the parts that hold a subject, some ``size`` px long."""
    half = [_halved(rgb) for rgb in pictures]
    glances = [working_shape(rgb.shape[:2], max(STRIDE, round(size * FIRST))) for rgb in half]
    firsts = _predicted(runner.device, runner.glance, half, glances)
    alphas = [without_ghosts(said.alpha) for _, said in firsts]
    parts = [part_to_look_at(alpha, rgb.shape) for alpha, rgb in zip(alphas, pictures, strict=True)]
    closer = [
        _closer(rgb, small, part.pixels, size)
        for rgb, small, part in zip(pictures, half, parts, strict=True)
        if part is not None
    ]
    seconds = iter(_predicted(runner.device, runner, closer, [shape_of_part(rgb.shape[:2], size) for rgb in closer]))
    seen = []
    for (small, said), alpha, part in zip(firsts, alphas, parts, strict=True):
        if part is None:
            seen.append(Seen(small, np.zeros_like(alpha), said.doubt, said.logits))
            continue
        _, close = next(seconds)
        near = as_one(cut(alpha, part.cells), close.alpha)
        doubt = into(said.doubt, close.doubt, part.cells)
        whole = into(np.zeros_like(alpha), near, part.cells)
        seen.append(Seen(small, whole, doubt, said.logits, part, near))
    return seen


def _predicted(
    device: torch.device,
    look: Callable[[Bytes], list[Prediction]],
    pictures: Sequence[Bytes],
    shapes: Sequence[tuple[int, int]],
) -> list[tuple[Bytes, Prediction]]:
    """Each picture's small copy, of that height and width, and what the network says of it, in their order."""
    found: dict[int, tuple[Bytes, Prediction]] = {}
    for places in batches(shapes, 1 if device.type == "cpu" else BATCH):
        small = np.stack([_resized(pictures[place], shapes[place]) for place in places])
        found.update(zip(places, zip(small, look(small), strict=True), strict=True))
    return [found[place] for place in range(len(pictures))]


def batches(shapes: Sequence[tuple[int, int]], most: int) -> Iterator[list[int]]:
    """Places of like shapes, at most so many; one by one on a CPU, where batches gain nothing."""
    together: dict[tuple[int, int], list[int]] = {}
    for place, shape in enumerate(shapes):
        together.setdefault(shape, []).append(place)
    for places in together.values():
        for start in range(0, len(places), most):
            yield places[start : start + most]


def working_shape(shape: tuple[int, ...], size: int) -> tuple[int, int]:
    """Height and width for the network: the long side ``size``, the aspect kept, both multiples of 32 (at least 32)."""
    scale = size / max(shape)
    height, width = (max(1, round(side * scale / STRIDE)) * STRIDE for side in shape)
    return height, width


def shape_of_part(shape: tuple[int, ...], size: int) -> tuple[int, int]:
    """Height and width for the second look at a part: ``size`` for a square, longer if it is narrow (up to 1.19 times).

    At the same long side a standing person would have half the pixels that a face has (docs/training.md: measured).
    """
    slender = min(SLENDEREST, max(shape) / min(shape))
    return working_shape(shape, round(size * slender**SLENDER))


def _halved(rgb: Bytes) -> Bytes:
    """The picture at half its size where that is still large, else the picture; an odd last row or column is left out.

    Halving is five times as fast as a mean over any other number of pixels, and both looks begin with it.
    """
    if min(rgb.shape[:2]) < LARGE:
        return rgb
    height, width = rgb.shape[0] // 2, rgb.shape[1] // 2
    whole = rgb[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _closer(rgb: Bytes, half: Bytes, window: Window, size: int) -> Bytes:
    """The window's part of the picture, of the half-size one where that has pixels enough for the second look."""
    part = cut(rgb, window)
    if half is rgb or max(part.shape) < 2 * size:
        return part
    return cut(half, Window(*(place // 2 for place in window)))


def _resized(rgb: Bytes, shape: tuple[int, int]) -> Bytes:
    while min(rgb.shape[0] // shape[0], rgb.shape[1] // shape[1]) >= 4 and (half := _halved(rgb)) is not rgb:
        rgb = half
    shrinks = rgb.shape[0] * rgb.shape[1] > shape[0] * shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, (shape[1], shape[0]), interpolation=how), np.uint8)


def _check(rgb: Bytes) -> None:
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
        raise ValueError(f"expected a picture (H, W, 3) uint8, got {rgb.dtype} {rgb.shape}")
