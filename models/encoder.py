"""The encoder: EfficientNet-Lite, which has seen ImageNet.

(Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks"; Lite variants published by
Google under Apache-2.0: no squeeze-and-excitation, ReLU6, stem and ends of fixed size.)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from models.depthwise import DepthwiseConv2d


class Backbone(NamedTuple):
    """An encoder's size. stages: kernel, stride, expansion, outputs and blocks of each."""

    name: str
    stages: tuple[tuple[int, int, int, int, int], ...]

    @property
    def channels(self) -> tuple[int, ...]:
        """Of the features at 1/2, 1/4, 1/8, 1/16 and 1/32."""
        return tuple(self.stages[index][3] for index in FEATURES)


FEATURES = (0, 1, 2, 4, 6)
"""The stages after which the size changes next: their outputs are the encoder's."""

LITE0 = Backbone(
    "lite0",
    (
        (3, 1, 1, 16, 1),
        (3, 2, 6, 24, 2),
        (5, 2, 6, 40, 2),
        (3, 2, 6, 80, 3),
        (5, 1, 6, 112, 3),
        (5, 2, 6, 192, 4),
        (3, 1, 6, 320, 1),
    ),
)
LITE2 = Backbone(
    "lite2",
    (
        (3, 1, 1, 16, 1),
        (3, 2, 6, 24, 3),
        (5, 2, 6, 48, 3),
        (3, 2, 6, 88, 4),
        (5, 1, 6, 120, 4),
        (5, 2, 6, 208, 5),
        (3, 1, 6, 352, 1),
    ),
)
BACKBONES = {each.name: each for each in (LITE0, LITE2)}


class EncoderConv(nn.Module):
    """Convolution, batch norm and (if wanted) ReLU6 of the encoder.

    TensorFlow, where the weights come from, pads the odd pixel of a stride right and below. Padding both sides alike
    samples the other phase of the same features; that costs nothing after training, and odd sizes are slow on CPUs.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, active: bool = True
    ) -> None:
        super().__init__()
        conv = DepthwiseConv2d if groups > 1 else nn.Conv2d
        self.conv = conv(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        if active:
            self.act = nn.ReLU6(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(x))
        return self.act(x) if hasattr(self, "act") else x


class InvertedResidual(nn.Module):
    """MobileNetV2's block: widen 1x1, depthwise, narrow 1x1 without activation, plus the input where shapes allow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        middle = inputs * expansion
        self.expand = EncoderConv(inputs, middle, 1) if expansion != 1 else nn.Identity()
        self.depthwise = EncoderConv(middle, middle, kernel, stride, groups=middle)
        self.project = EncoderConv(middle, outputs, 1, active=False)
        self.residual = stride == 1 and inputs == outputs
        self.skipped = 0.0
        """How often training leaves the block out of a picture's way (stochastic depth, Huang et al. 2016)."""

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.project(self.depthwise(self.expand(x)))
        if not self.residual:
            return out
        if self.training and self.skipped > 0.0:
            kept = torch.rand(len(x), 1, 1, 1, device=x.device) >= self.skipped
            out = out * kept.to(out.dtype) / (1.0 - self.skipped)
        return x + out


class Encoder(nn.Module):
    """EfficientNet-Lite without its classifier; returns features at 1/2, 1/4, 1/8, 1/16 and 1/32."""

    skipped = 0.15

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        self.stem = EncoderConv(3, 32, 3, 2)
        stages, inputs, depth = [], 32, 0
        deepest = sum(stage[-1] for stage in backbone.stages)
        for kernel, stride, expansion, outputs, blocks in backbone.stages:
            stage = []
            for index in range(blocks):
                block = InvertedResidual(inputs, outputs, kernel, stride if index == 0 else 1, expansion)
                block.skipped = self.skipped * depth / deepest  # the deeper, the more often
                stage.append(block)
                inputs, depth = outputs, depth + 1
            stages.append(nn.Sequential(*stage))
        self.stages = nn.ModuleList(stages)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(x)
        features = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in FEATURES:
                features.append(x)
        return features
