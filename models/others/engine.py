"""Bring your own network: other people's matting weights through the same interface as ``models.engine.Engine``.

picture ──► copy as the family wants it ──► their network ──► alpha ──► refine ──► alpha at full size
   └──────► the built-in network, which is small ──► subject, and a second opinion ──► doubt

Only their alpha is used. What a picture shows is said by the built-in network, since theirs don't say it. Doubt is
estimated from two things: where their alpha is soft, and where it differs from the built-in one; with the weights that
``python -m benchmarks.others --doubt`` measured. Nothing is mixed into the alpha itself.

`python -m models.others --list` says what is known, `--get NAME` fetches it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.doubts import find_doubts
from models.engine import Engine, EngineInfo, Matte, working_shape
from models.others import conventions
from models.others.conventions import CONVENTIONS_VERSION, FAMILIES, Convention, Graph, resized
from models.others.known_networks import file_of, known
from models.others.onnx_file import NetworkError, OnnxNetwork, digest
from models.refine import REFINEMENT, refine, without_ghosts
from models.subject import NOTHING, Subject

__all__ = ["NetworkError", "OtherEngine", "located"]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

LOOKING_SIZE = 512  # px, the long side of the copy that doubt and subject are told of
# `python -m benchmarks.others --doubt --every 24` gives 0.73, 0.13 for U²-Net p and 0.94, 0.06 for MODNet. One better
# than the built-in one would be blamed too much with MODNet's, so those of the better of the two, rounded, are taken.
DISAGREEMENT = 0.7  # expected error of their alpha for each unit of difference from the built-in one
SOFTNESS = 0.1  # and for each unit of 4 alpha (1 - alpha)


class OtherEngine:
    """Someone else's network on one device; the same interface as ``Engine``. Safe to share between threads.

    The file is opened when it is first needed: ``version`` is known without that. calls counts pictures.
    """

    def __init__(
        self,
        path: Path,
        family: str = "",
        device: str = "auto",
        threads: int | None = None,
        builtin: Callable[[], Engine] | None = None,
    ) -> None:
        """family: its convention, "" to recognise it by the file's name or the graph. builtin: gives the built-in
        network, which says the subject; a new one on the same device where it is left out.

        Raises:
            NetworkError "no_file": there is no such file. KeyError: an unknown family.
        """
        self.path, self._family, self._device = path, family, device
        if family:
            conventions.convention(family)
        self._threads = threads or os.cpu_count() or 1
        self._builtin = builtin or (lambda: self._own)
        self._lock = threading.RLock()
        self._sha256 = digest(path)
        self.calls = 0

    @cached_property
    def _own(self) -> Engine:
        return Engine(device=self._device, threads=self._threads)

    @property
    def version(self) -> str:
        """Changes whenever a matte of the same picture may; without opening the file."""
        parts = (self._sha256[:12], self._family or "auto", CONVENTIONS_VERSION, REFINEMENT)
        return "-".join((*parts, self._builtin().info.version))

    @property
    def info(self) -> EngineInfo:
        """What is in use; opens the file. Raises NetworkError."""
        kinds = {port.type for port in self._network.graph.inputs[:1]}
        precision = "float16" if "tensor(float16)" in kinds else "float32"
        return EngineInfo(self._network.device, precision, self.convention.family, self.version)

    @property
    def _network(self) -> OnnxNetwork:
        with self._lock:
            return self._opened[0]

    @property
    def graph(self) -> Graph:
        """What the file takes and gives; opens it. Raises NetworkError."""
        return self._network.graph

    @property
    def convention(self) -> Convention:
        """How this file is fed and read; opens it. Raises NetworkError."""
        with self._lock:
            return self._opened[1]

    @cached_property
    def _opened(self) -> tuple[OnnxNetwork, Convention]:
        network = OnnxNetwork(self.path, self._device, self._threads)
        return network, recognised(self.path, self._family, network.graph)

    def raw(self, rgb: Bytes) -> tuple[Floats, tuple[str, ...]]:
        """The network's own alpha, (h, w) float32 0..1 at its own size, and notes. Raises NetworkError."""
        how = self.convention
        self.calls += 1
        answer, notes = self._network.run(conventions.feed(how, self._network.graph, rgb), how.output)
        try:
            return conventions.read(how, answer), notes
        except ValueError as error:
            raise NetworkError("failed", file=self.path.name, reason=str(error)) from error

    def matte(self, rgb: Bytes) -> Matte:
        """Cuts out what (H, W, 3) uint8 sRGB shows; any size. Raises ValueError on another array, or NetworkError."""
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
            raise ValueError(f"expected a picture (H, W, 3) uint8, got {rgb.dtype} {rgb.shape}")
        started = time.perf_counter()
        said, notes = self.raw(rgb)
        small = without_ghosts(said)
        alpha = refine(rgb, small)
        copy = _copy(rgb)
        second = self._builtin().matte(copy)
        seen = np.asarray(resized(small, copy.shape[:2]), np.float32)
        doubt = expected_error(seen, second)
        return Matte(
            alpha=alpha,
            doubt=np.rint(doubt * 255).astype(np.uint8),
            subject=told(seen, second.subject),
            doubts=find_doubts(copy, seen, doubt),
            coverage=float(cv2.mean(alpha)[0]) / 255,
            seconds=time.perf_counter() - started,
            notes=notes,
        )

    def mattes(self, pictures: Sequence[Bytes]) -> list[Matte]:
        """The mattes of several pictures, in their order, one after the other."""
        return [self.matte(rgb) for rgb in pictures]


def recognised(path: Path, family: str, graph: Graph) -> Convention:
    """The convention of a file: by the family that was named, by its name, or by what the graph takes and gives.

    Raises:
        NetworkError: "unknown_kind", or "unfit" where the named one can't be fed to this graph.
    """
    if family:
        found: Convention | None = conventions.convention(family)
    else:
        found = conventions.by_file_name(path.stem) or conventions.by_graph(graph)
    if found is None:
        raise NetworkError("unknown_kind", file=path.name, graph=graph, families=", ".join(FAMILIES))
    if not conventions.fits(found, graph):
        raise NetworkError("unfit", file=path.name, family=found.family, graph=graph)
    return found


def located(network: str, folder: Path) -> tuple[Path, str]:
    """The file that ``network`` means, and its family ("" where the file has to tell).

    network: a known name, whose file is looked for in ``folder``; a path; or FAMILY:PATH.

    Raises:
        NetworkError: "missing" for a known name without its file, "no_file" for a path that leads nowhere.
    """
    family, _, rest = network.partition(":")
    if rest and family in FAMILIES:
        return _existing(Path(rest).expanduser()), family
    try:
        entry = known(network)
    except KeyError:
        return _existing(Path(network).expanduser()), ""
    path = file_of(entry.name, folder)
    if path is None and Path(network).is_file():
        return Path(network), entry.family
    if path is None:
        raise NetworkError("missing", network=entry.name, folder=folder)
    return path, entry.family


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise NetworkError("no_file", file=path)
    return path


def _copy(rgb: Bytes) -> Bytes:
    """The picture at the size at which doubt is told; a smaller one as it is."""
    if max(rgb.shape[:2]) <= LOOKING_SIZE:
        return rgb
    return np.asarray(resized(rgb, working_shape(rgb.shape[:2], LOOKING_SIZE)), np.uint8)


def expected_error(alpha: Floats, second: Matte) -> Floats:
    """How wrong their alpha may be, (h, w) float32 0..1: it differs from the built-in one, or is soft.

    Args:
        alpha: (h, w) float32, 0..1.
        second: what the built-in network says of the same (h, w) copy.
    """
    difference = np.abs(alpha - second.alpha.astype(np.float32) / 255)
    soft = 4 * alpha * (1 - alpha)
    return np.asarray(np.clip(DISAGREEMENT * difference + SOFTNESS * soft, 0, 1), np.float32)


def told(alpha: Floats, subject: Subject) -> Subject:
    """The subject as the built-in network names it, where both networks found something.

    Theirs found nothing: none. The built-in one found nothing where theirs did: an object, and not sure.
    """
    if float(alpha.mean()) < NOTHING:
        return Subject("none", 1.0, True)
    if subject.kind == "none":
        return Subject("object", 0.0, False)
    return subject
