"""Two ways of doing something, measured alternately in one run, as the median of their ratios.

A machine's speed changes from minute to minute; that of two runs side by side changes together.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

from models import cores
from models.runner import MOST_THREADS

PAUSE = 0.3  # seconds


def seconds(work: Callable[[], object]) -> float:
    """Of one go."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def rested(work: Callable[[], object]) -> float:
    """Seconds of one go after a pause in which threads of whatever ran before come to rest."""
    time.sleep(PAUSE)
    return seconds(work)


def compare(name: str, ours: Callable[[], object], other: Callable[[], object], goal: str, repeats: int) -> float:
    """Runs both alternately, after one go each to warm up; prints and returns the median of ours / other.

    Each begins after a pause: onnxruntime's threads go on looking for work for a while after a run, and would take a
    core from whatever comes next.
    """
    ours(), other()
    pairs = [(rested(ours), rested(other)) for _ in range(repeats)]
    ratio = statistics.median(a / b for a, b in pairs)
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{name}: {mine:.2f} s against {theirs:.2f} s, ratio {ratio:.2f} ({goal}; {repeats} pairs)", flush=True)
    return ratio


def peak_megabytes() -> float:
    """Of this process, since it began or since ``forget_peak``."""
    return _status("VmHWM") / 1024


def megabytes() -> float:
    """Of memory that this process holds now."""
    return _status("VmRSS") / 1024


def forget_peak() -> None:
    """From here on the peak counts anew (Linux: proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise OSError(f"the system does not tell {field}")


def machine() -> str:
    """One line: processor, cores, what it computes in hardware, load."""
    name = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.partition(":")[2].strip()
            break
    abilities = torch.cpu.get_capabilities()
    known = [kind for kind in ("avx2", "avx512_bf16", "amx_bf16") if abilities.get(kind)]
    load = os.getloadavg()[0]
    threads = f"{MOST_THREADS} threads for the network"
    return f"{name}, {cores.count()} cores, {', '.join(known) or 'no AVX2'}; {threads}; load {load:.1f}"
