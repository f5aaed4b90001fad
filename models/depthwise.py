"""Depthwise convolution whose gradient is fast on CPUs.

In bfloat16 the library's gradient of a 5x5 or strided depthwise convolution takes a slow reference path, four times as
long as in float32. So the forward pass keeps the type it is given, and the gradient is taken in float32.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class _Float32Gradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(x, weight.to(x.dtype), None, stride, padding, 1, weight.shape[0])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, weight = ctx.saved_tensors
        wanted = [ctx.needs_input_grad[0], ctx.needs_input_grad[1], False]
        stride, padding = [ctx.stride] * 2, [ctx.padding] * 2
        grad_x, grad_weight, _ = torch.ops.aten.convolution_backward(
            grad.float(),
            x.float(),
            weight.float(),
            None,
            stride,
            padding,
            [1, 1],
            False,
            [0, 0],
            weight.shape[0],
            wanted,
        )
        return None if grad_x is None else grad_x.to(x.dtype), grad_weight, None, None


class DepthwiseConv2d(nn.Conv2d):
    """nn.Conv2d with one filter a channel; same parameters, same values."""

    def forward(self, x: Tensor) -> Tensor:
        if not (torch.is_grad_enabled() and x.device.type == "cpu" and torch.is_autocast_enabled("cpu")):
            return super().forward(x)
        x = x.to(torch.get_autocast_dtype("cpu"))
        return _Float32Gradient.apply(x, self.weight, self.stride[0], self.padding[0])  # type: ignore[no-untyped-call,no-any-return]
