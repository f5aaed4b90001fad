"""The network on one device, ready to run: precision chosen, batch norm folded away, memory laid out."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from models import cores
from models.fused import can_fuse, fuse
from models.network import MattingNetwork, NetworkOutput

Floats = NDArray[np.float32]

MOST_THREADS = torch.get_num_threads()  # before anything has set it: the cores that do arithmetic


class DeviceError(RuntimeError):
    """A device that was asked for by name and isn't there."""


class Prediction(NamedTuple):
    """What the network says of one picture: alpha and doubt (h, w) float32 0..1, logits (K,) float32."""

    alpha: Floats
    doubt: Floats
    logits: Floats


class Runner:
    """A copy of the network for one device.

    Batch norms are folded into their convolutions, activations joined with them, memory is channels-last, weights are
    in the device's fastest format: on a CPU with AMX this is 3.7 times as fast as the network as it was trained
    (`python -m benchmarks.engine --network`).
    """

    def __init__(self, network: MattingNetwork, device: torch.device, threads: int | None = None) -> None:
        """threads: the most that a CPU uses for one picture; None is PyTorch's choice for this machine."""
        self.device = device
        self.precision = best_precision(device)
        self._threads = threads or MOST_THREADS
        folded = fold_norms(copy.deepcopy(network).eval()).to(device).in_precision(getattr(torch, self.precision))
        if can_fuse(device):
            fuse(folded)
        self._network = folded.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def __call__(self, pictures: NDArray[np.uint8]) -> list[Prediction]:
        """Runs a batch: (B, h, w, 3) uint8 sRGB, h and w multiples of 32.

        Raises torch.OutOfMemoryError where a GPU has too little memory.
        """
        return self._run(pictures, self._network)

    def glance(self, pictures: NDArray[np.uint8]) -> list[Prediction]:
        """Regions without edges and the subject, for less than half of what a call takes; otherwise like one."""
        return self._run(pictures, lambda rgb: glanced(self._network, rgb))

    def _run(self, pictures: NDArray[np.uint8], look: Callable[[Tensor], NetworkOutput]) -> list[Prediction]:
        if self.device.type == "cpu":
            torch.set_num_threads(min(self._threads, cores.share()))  # holds for the thread that calls
        with torch.inference_mode(), self._reproducible():
            batch = self._sent(torch.from_numpy(pictures)).permute(0, 3, 1, 2)
            output = look(batch.float().div_(255).contiguous(memory_format=torch.channels_last))
            alpha, doubt, logits = self._fetched(output.alpha[:, 0], output.doubt[:, 0], output.subject)
        return [Prediction(a, d, s) for a, d, s in zip(alpha, doubt, logits, strict=True)]

    def _sent(self, batch: Tensor) -> Tensor:
        """The batch on the device; to a GPU from pinned memory, so that this thread need not wait for the copy."""
        if self.device.type == "cpu":
            return batch
        return batch.pin_memory().to(self.device, non_blocking=True)

    def _fetched(self, *planes: Tensor) -> list[Floats]:
        """Float32 arrays of what is on the device; all copies from a GPU run at once, and one wait ends them."""
        if self.device.type == "cpu":
            return [plane.float().numpy() for plane in planes]
        here = [torch.empty(plane.shape, dtype=torch.float32, pin_memory=True) for plane in planes]
        for target, plane in zip(here, planes, strict=True):
            target.copy_(plane, non_blocking=True)
        torch.cuda.current_stream(self.device).synchronize()
        return [target.numpy() for target in here]

    def _reproducible(self) -> AbstractContextManager[Any]:
        """The same picture gives the same bytes: no choice of algorithms by stopwatch."""
        if self.device.type != "cuda":
            return nullcontext()
        return torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)


def glanced(network: MattingNetwork, rgb: Tensor) -> NetworkOutput:
    """What the network says of pictures (B, 3, H, W) at a glance; alpha at their size, but without edges.

    It glances at the mirror images: what is said of them is less like what a look at the pictures themselves will say,
    so that both together know more, at no cost (docs/training.md). Doubt is the chance that the likelier is wrong.
    """
    seen = network.glance(rgb.flip(3).contiguous(memory_format=torch.channels_last))
    region = F.interpolate(seen.region.flip(3), size=rgb.shape[2:], mode="bilinear", align_corners=False)
    alpha = torch.sigmoid(region)
    return NetworkOutput(alpha, torch.minimum(alpha, 1 - alpha), seen.subject, ())


def choose_device(wanted: str) -> torch.device:
    """ "auto" takes the first GPU if there is one; "cpu", "cuda" and "cuda:N" mean what they say.

    Raises:
        DeviceError: a GPU is asked for and absent. It is never replaced by the CPU in silence.
        ValueError: any other text.
    """
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = wanted.partition(":")
    if wanted == "cpu":
        return torch.device("cpu")
    if kind != "cuda" or (number and not number.isdecimal()):
        raise ValueError(f'the device can be "auto", "cpu", "cuda" or "cuda:N", not {wanted!r}')
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(number or 0) >= count:
        raise DeviceError(f"device {wanted!r} was asked for, but this machine has {count or 'no'} usable CUDA GPU(s)")
    return torch.device("cuda", int(number or 0))


def device_name(device: torch.device) -> str:
    """ "cpu", or "cuda:0 NAME OF THE GPU"."""
    return str(device) if device.type == "cpu" else f"{device} {torch.cuda.get_device_name(device)}"


def best_precision(device: torch.device) -> str:
    """The fastest number format that the device computes in hardware: "bfloat16", "float16" or "float32"."""
    if device.type == "cuda":
        major, _ = torch.cuda.get_device_capability(device)
        return "bfloat16" if major >= 8 else "float16" if major >= 7 else "float32"
    abilities = torch.cpu.get_capabilities()
    return "bfloat16" if abilities.get("avx512_bf16") or abilities.get("amx_bf16") else "float32"


def fold_norms(network: MattingNetwork) -> MattingNetwork:
    """Multiplies each batch norm into the convolution before it; the result computes the same. Changes ``network``."""
    for module in network.modules():
        conv, norm = getattr(module, "conv", None), getattr(module, "norm", None)
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            module.conv, module.norm = fuse_conv_bn_eval(conv, norm), nn.Identity()
    return network
