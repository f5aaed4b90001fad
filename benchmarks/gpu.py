"""How much of a GPU the network uses: pictures a second, as a share of the card's measured limit.

The limit is measured on the same card in the same minute: the largest rate of multiplying and adding that a large
square matrix product reaches in the engine's precision, and the rate at which pinned memory is copied to the card. What
the network could at best do is the less of the two over what it needs for a picture. Without a GPU it says so.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from models.engine import BATCH, Engine
from models.runner import Runner

SIZE = (512, 384)  # height, width of what the network sees, a photo's proportions
MATRIX = 8192
COPIED = 256 * 2**20  # bytes
SECONDS = 1.0  # each figure is measured for about so long


def report(options: argparse.Namespace | None = None) -> None:
    """Prints the figures, or that there is no GPU."""
    if not torch.cuda.is_available():
        print("gpu: this machine has no CUDA GPU; nothing was measured")
        return
    device = torch.device("cuda", 0)
    engine = Engine(device="cuda:0")
    runner = engine._runner
    precision = getattr(torch, runner.precision)
    limit, copying = best_arithmetic(device, precision), best_copy(device)
    needs = flops_of_a_picture(runner)
    print(
        f"gpu: {engine.info.device}, {runner.precision}: {limit / 1e12:.0f} TFLOP/s in a matrix product, "
        f"{copying / 1e9:.1f} GB/s from pinned memory; the network needs {needs / 1e9:.1f} GFLOP a picture"
    )
    for batch in (1, BATCH, 4 * BATCH):
        pictures = np.random.default_rng(0).integers(0, 256, (batch, *SIZE, 3), dtype=np.uint8)
        rate = batch * per_second(lambda pictures=pictures: runner(pictures), device)  # type: ignore[misc]
        at_best = min(limit / needs, copying / pictures[0].nbytes)
        print(f"gpu: batch {batch}: {rate:.0f} pictures/s, {rate / at_best:.1%} of the limit of {at_best:.0f}")


def best_arithmetic(device: torch.device, precision: torch.dtype) -> float:
    """FLOP/s of a square matrix product."""
    a = torch.randn(MATRIX, MATRIX, device=device, dtype=precision)
    return 2 * MATRIX**3 * per_second(lambda: a @ a, device)


def best_copy(device: torch.device) -> float:
    """Bytes a second to the card."""
    here = torch.empty(COPIED, dtype=torch.uint8, pin_memory=True)
    there = torch.empty(COPIED, dtype=torch.uint8, device=device)
    return COPIED * per_second(lambda: there.copy_(here, non_blocking=True), device)


def per_second(work: Callable[[], object], device: torch.device) -> float:
    """How often it can be done, the card waited for at the end."""
    for _ in range(3):
        work()
    torch.cuda.synchronize(device)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        for _ in range(5):
            work()
        count += 5
        torch.cuda.synchronize(device)
    return count / (time.perf_counter() - began)


def flops_of_a_picture(runner: Runner) -> float:
    """Multiplications and additions of all convolutions for one picture of ``SIZE``, counted as they run."""
    total = 0.0

    def count(layer: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        nonlocal total
        assert isinstance(layer, nn.Conv2d)
        total += 2 * output.numel() * layer.in_channels // layer.groups * layer.kernel_size[0] * layer.kernel_size[1]

    layers = [layer for layer in runner._network.modules() if isinstance(layer, nn.Conv2d)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    runner(np.zeros((1, *SIZE, 3), np.uint8))
    for hook in hooks:
        hook.remove()
    return total


if __name__ == "__main__":
    report()
