"""An ONNX file on one device, through onnxruntime, which the product does without until such a file is wanted."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.others.conventions import Graph, Port
from models.weights import WeightsError

SENTENCES = {
    "no_runtime": "other networks need onnxruntime, which is not installed: .venv/bin/pip install onnxruntime",
    "missing": "there is no file for {network}; `python -m models.others --get {network}` fetches it into {folder}",
    "no_file": "there is no file {file}",
    "not_onnx": "{file} is no ONNX file",
    "broken": "{file} is damaged or cut off, and can't be loaded ({reason})",
    "unknown_kind": "what {file} takes and gives ({graph}) is like no matting network that is known; "
    "name its family as FAMILY:FILE, one of {families}",
    "unfit": "{file} is no {family} network: it takes and gives {graph}",
    "no_provider": "this onnxruntime can't use the device {device}; it has {providers}",
    "no_memory": "there is not enough memory to run {file}",
    "failed": "{file} gave nothing usable ({reason})",
}
GPU = (
    "CUDAExecutionProvider",
    "ROCMExecutionProvider",
    "MIGraphXExecutionProvider",
    "DmlExecutionProvider",
    "CoreMLExecutionProvider",
)  # the first that is there is taken
CUDA_LIKE = GPU[:3]  # what "cuda" may mean: the same names as in PyTorch
CPU = "CPUExecutionProvider"
NO_MEMORY = ("alloc", "memory")  # in what onnxruntime says when there is none left
ONNX_BEGINS = b"\x08"  # the tag of ModelProto.ir_version, which exporters write first


class NetworkError(WeightsError):
    """Other people's network that can't be used. ``kind`` is one of SENTENCES, ``facts`` fill its blanks."""

    def __init__(self, kind: str, **facts: object) -> None:
        self.kind = kind
        self.facts = facts
        super().__init__(SENTENCES[kind].format(**facts))


def runtime() -> ModuleType:
    """The module onnxruntime. Raises NetworkError "no_runtime" where it is not installed."""
    try:
        import onnxruntime
    except ImportError as error:
        raise NetworkError("no_runtime") from error
    return onnxruntime  # type: ignore[no-any-return]


def providers(device: str, available: list[str]) -> list[Any]:
    """onnxruntime's providers for "auto", "cpu", "cuda" or "cuda:N", the wanted one first.

    Raises:
        NetworkError "no_provider": a GPU is asked for, and this onnxruntime has none. Never the CPU in silence.
        ValueError: another device.
    """
    kind, _, number = device.partition(":")
    if kind not in ("auto", "cpu", "cuda") or (number and (kind != "cuda" or not number.isdecimal())):
        raise ValueError(f'the device can be "auto", "cpu", "cuda" or "cuda:N", not {device!r}')
    wanted = {"auto": GPU, "cpu": (), "cuda": CUDA_LIKE}[kind]
    found = next((name for name in wanted if name in available), None)
    if found is None:
        if kind == "cuda":
            raise NetworkError("no_provider", device=device, providers=", ".join(available))
        return [CPU]
    return [(found, {"device_id": number}) if number else found, CPU]


class OnnxNetwork:
    """One file, opened. ``graph`` is what it takes and gives; ``device`` where it runs, such as "cpu"."""

    def __init__(self, path: Path, device: str, threads: int) -> None:
        """Raises NetworkError (no_runtime, no_file, not_onnx, broken, no_provider, no_memory) or ValueError."""
        self.path = path
        self._threads = threads
        self._lock = threading.Lock()
        if not path.is_file():
            raise NetworkError("no_file", file=path)
        self._session = self._open(providers(device, list(runtime().get_available_providers())))
        if device.startswith("cuda") and self.device == "cpu":  # listed, but its libraries would not load
            raise NetworkError("no_provider", device=device, providers=", ".join(self._session.get_providers()))
        self.graph = Graph(_ports(self._session.get_inputs()), _ports(self._session.get_outputs()))

    @property
    def device(self) -> str:
        """ "cpu", or the GPU provider's name in lower case, such as "cuda"."""
        return str(self._session.get_providers()[0]).removesuffix("ExecutionProvider").lower()

    def _open(self, chosen: list[Any]) -> Any:
        ort = runtime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3  # errors only: warnings about a foreign graph help nobody
        options.enable_cpu_mem_arena = False  # memory goes back after each picture: ISNet keeps 0.5 instead of 1.3 GB
        try:
            return ort.InferenceSession(str(self.path), options, providers=chosen)
        except _errors() as error:
            raise self._why_not(error) from error

    def _why_not(self, error: Exception) -> NetworkError:
        if _is_memory(error):
            return NetworkError("no_memory", file=self.path.name)
        with open(self.path, "rb") as file:
            begins = file.read(1)
        if begins != ONNX_BEGINS:
            return NetworkError("not_onnx", file=self.path.name)
        return NetworkError("broken", file=self.path.name, reason=_short(error))

    def run(self, feed: Mapping[str, NDArray[Any]], output: str) -> tuple[NDArray[Any], tuple[str, ...]]:
        """The answer called ``output`` ("": the first), and notes on how: "gpu_memory_cpu" where a GPU had no room.

        Raises:
            NetworkError: no_memory or failed.
        """
        wanted = [output or self.graph.outputs[0].name]
        with self._lock:
            try:
                return np.asarray(self._session.run(wanted, dict(feed))[0]), ()
            except _errors() as error:
                if not _is_memory(error):
                    raise NetworkError("failed", file=self.path.name, reason=_short(error)) from error
                if self.device == "cpu":
                    raise NetworkError("no_memory", file=self.path.name) from error
            return np.asarray(self._on_processor(wanted, dict(feed))), ("gpu_memory_cpu",)

    def _on_processor(self, wanted: list[str], feed: dict[str, NDArray[Any]]) -> NDArray[Any]:
        """The same on the CPU, for a GPU that has no memory left."""
        try:
            return np.asarray(self._open([CPU]).run(wanted, feed)[0])
        except _errors() as error:
            kind = "no_memory" if _is_memory(error) else "failed"
            facts = {} if kind == "no_memory" else {"reason": _short(error)}
            raise NetworkError(kind, file=self.path.name, **facts) from error


def _ports(found: Any) -> tuple[Port, ...]:
    return tuple(
        Port(p.name, tuple(side if isinstance(side, int) else None for side in p.shape or ()), p.type) for p in found
    )


@lru_cache(1)
def _errors() -> tuple[type[Exception], ...]:
    """What onnxruntime raises: a dozen classes with nothing in common but their module."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    named = [value for value in vars(state).values() if isinstance(value, type) and issubclass(value, Exception)]
    return (*named, MemoryError)


def _is_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or any(word in str(error).lower() for word in NO_MEMORY)


def _short(error: Exception) -> str:
    """The first line of what onnxruntime says, without its file names."""
    return str(error).strip().splitlines()[0][:160]


def digest(path: Path) -> str:
    """SHA-256 of the file and of the weights that lie beside it (ONNX's external data), in hex.

    Raises NetworkError "no_file" where there is none.
    """
    beside = [path.with_name(path.name + ending) for ending in (".data", "_data")]
    files = [path, *(file for file in beside if file.is_file())]
    try:
        stamps = tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    except FileNotFoundError as error:
        raise NetworkError("no_file", file=path) from error
    return _digest(stamps)


@lru_cache(32)
def _digest(stamps: tuple[tuple[str, int, int], ...]) -> str:
    total = hashlib.sha256()
    for name, _, _ in stamps:
        with open(name, "rb") as file:
            while chunk := file.read(1 << 20):
                total.update(chunk)
    return total.hexdigest()
