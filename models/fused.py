"""Convolutions that apply their activation before the result leaves the cache.

An activation of its own reads and writes the whole feature map again; on a CPU that takes a quarter of a pass.
PyTorch's compiler would join the two, but it needs a C++ compiler on the user's machine. The operation that it calls is
there without it (`torch.ops.mkldnn._convolution_pointwise`, found by name, as it is not part of the public interface):
same values, bit for bit. Where it is missing the plain layers stay.
"""

from __future__ import annotations

import platform
from typing import Any

import torch
from torch import Tensor, nn

from models.encoder import EncoderConv
from models.network import ConvNorm

_OPERATION = "_convolution_pointwise"


def can_fuse(device: torch.device) -> bool:
    """Whether this machine and this PyTorch can do both in one."""
    known = platform.machine() in ("x86_64", "AMD64") and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return device.type == "cpu" and known and hasattr(torch.ops.mkldnn, _OPERATION)


class FusedConv(nn.Module):
    """A convolution with bias and the activation after it; for inference."""

    def __init__(self, conv: nn.Conv2d, act: nn.Module | None) -> None:
        super().__init__()
        self.conv = conv
        self._name, self._bounds = "none", []
        if isinstance(act, nn.ReLU6):
            self._name, self._bounds = "hardtanh", [0.0, 6.0]
        elif isinstance(act, nn.ReLU):
            self._name = "relu"
        elif act is not None:
            raise ValueError(f"no joined form of {type(act).__name__} is known")
        self._run: Any = getattr(torch.ops.mkldnn, _OPERATION)

    def forward(self, x: Tensor) -> Tensor:
        c = self.conv
        shape = (c.padding, c.stride, c.dilation, c.groups)
        return self._run(x, c.weight, c.bias, *shape, self._name, self._bounds, "")  # type: ignore[no-any-return]


def fuse(module: nn.Module) -> None:
    """Replaces every convolution with folded norm, and the activation after it, by one layer."""
    for name, child in module.named_children():
        if isinstance(child, (ConvNorm, EncoderConv)):
            setattr(module, name, FusedConv(child.conv, getattr(child, "act", None)))
        else:
            fuse(child)
