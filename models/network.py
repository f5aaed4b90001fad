"""The matting network: a U-Net whose encoder has seen ImageNet and whose decoder is made of dense convolutions.

    picture ──► encoder (EfficientNet-Lite0, 1/2 … 1/32) ──► context (pyramid pooling) ──► subject logits
       │             │ skips                                   │
       └─ half-resolution stem ─► decoder 1/16 … 1/2 ◄─────────┘ ──► full-resolution head ──► alpha, doubt

Depthwise convolutions are slow on CPUs, so they appear only in the encoder, whose weights come from elsewhere.
The encoder follows EfficientNet-Lite0 (Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional
Neural Networks"; Lite variants published by Google under Apache-2.0): no squeeze-and-excitation, ReLU6.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.depthwise import DepthwiseConv2d

NETWORK_VERSION = "koutu-unet-1"
"""Changes whenever the layers or their names change; part of every weights file."""

STRIDE = 32
"""Height and width of what goes in are multiples of this."""

SUBJECTS = ("portrait", "person", "group", "animal", "object", "vehicle", "food", "plant", "none")
"""What the subject head tells apart, in the order of its logits. "object" holds products and all other things."""


class NetworkOutput(NamedTuple):
    """What one pass returns; all float32 but for the side outputs under autocast.

    alpha: (B, 1, H, W), 0..1, 1 = foreground.
    doubt: (B, 1, H, W), 0..1, the absolute error that alpha is expected to have.
    subject: (B, len(SUBJECTS)) logits.
    sides: logits of coarse alphas (B, 1, H/s, W/s) for s = 16, 8, 4, 2; empty in evaluation.
    """

    alpha: Tensor
    doubt: Tensor
    subject: Tensor
    sides: tuple[Tensor, ...]


class ConvNorm(nn.Sequential):
    """Convolution, batch norm and (if wanted) ReLU; 'same' padding for odd kernels at stride 1."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, dilation: int = 1, active: bool = True) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm2d(outputs, momentum=0.05)
        if active:
            self.act = nn.ReLU(inplace=True)


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


# kernel, stride, expansion, outputs, blocks: EfficientNet-B0's table, which Lite0 keeps.
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


class Encoder(nn.Module):
    """EfficientNet-Lite0 without its classifier; returns features at 1/2, 1/4, 1/8, 1/16 and 1/32."""

    channels = (16, 24, 40, 112, 320)
    skipped = 0.15

    def __init__(self) -> None:
        super().__init__()
        self.stem = EncoderConv(3, 32, 3, 2)
        stages, inputs, depth = [], 32, 0
        deepest = sum(stage[-1] for stage in STAGES)
        for kernel, stride, expansion, outputs, blocks in STAGES:
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
            if index in (0, 1, 2, 4, 6):
                features.append(x)
        return features


class Context(nn.Module):
    """Pyramid pooling (Zhao et al. 2017): every place learns what the whole picture and its quarters hold."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.narrow = ConvNorm(inputs, width, 1)
        # No batch norm on the 1x1 grid: with few pictures in a batch its statistics are noise.
        self.pooled = nn.ModuleList(nn.Conv2d(width, width // 4, 1) for _ in self.grids)
        self.mix = ConvNorm(width + width // 4 * len(self.grids), width, 3)
        self.widen = ConvNorm(width, width, 3, dilation=2)

    grids = (1, 2, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.narrow(x)
        size, parts = x.shape[2:], [x]
        for grid, conv in zip(self.grids, self.pooled, strict=True):
            pooled = F.relu(conv(F.adaptive_avg_pool2d(x, grid)))
            parts.append(F.interpolate(pooled, size=size, mode="bilinear", align_corners=False))
        x = self.mix(torch.cat(parts, 1))
        return x + self.widen(x)  # type: ignore[no-any-return]


class Rise(nn.Module):
    """One step up: the coarse features at twice their size beside the skip, then two dense convolutions."""

    def __init__(self, below: int, skip: int, lateral: int, width: int) -> None:
        super().__init__()
        self.lateral = ConvNorm(skip, lateral, 1)
        self.mix = ConvNorm(below + lateral, width)
        self.refine = ConvNorm(width, width)

    def forward(self, below: Tensor, skip: Tensor) -> Tensor:
        above = F.interpolate(below, scale_factor=2.0, mode="bilinear", align_corners=False)
        x = self.mix(torch.cat((above, self.lateral(skip)), 1))
        return self.refine(x)  # type: ignore[no-any-return]


class FullResolution(nn.Module):
    """The last step: half-resolution features beside the picture itself, which give 2x2 pixels of alpha and doubt each.

    The picture comes as 12 channels at half size (each 2x2 block unfolded), so that nothing of it is lost, single hairs
    included, while the convolutions stay wide and few: narrow ones at full size take five times as long on a CPU.
    """

    def __init__(self, below: int, width: int) -> None:
        super().__init__()
        self.mix = ConvNorm(below + 12, width)
        self.out = nn.Conv2d(width, 8, 3, padding=1)
        nn.init.constant_(self.out.bias, -1.0)  # type: ignore[arg-type]

    def forward(self, below: Tensor, unfolded: Tensor) -> Tensor:
        beside = torch.cat((below, unfolded.to(below.dtype)), 1)
        return F.pixel_shuffle(self.out(self.mix(beside)), 2)


class MattingNetwork(nn.Module):
    """Picture in, alpha, doubt and subject out. H and W are multiples of STRIDE.

    May be converted to a half precision as a whole (`in_precision`); what goes in and comes out stays float32.

    forward(rgb): float (B, 3, H, W), sRGB in 0..1. Raises ValueError on any other shape.
    """

    mean: Tensor
    std: Tensor
    context_width = 160
    widths = (128, 96, 64, 48)
    laterals = (64, 40, 24, 16)
    head_width = 48

    def __init__(self) -> None:
        super().__init__()
        # The encoder was trained on (x - 127) / 128 with x in 0..255.
        self.register_buffer("mean", torch.full((1, 3, 1, 1), 127.0 / 255.0))
        self.register_buffer("std", torch.full((1, 3, 1, 1), 128.0 / 255.0))
        self.encoder = Encoder()
        self.context = Context(Encoder.channels[-1], self.context_width)
        self.half_stem = ConvNorm(12, 16)
        skips = (112, 40, 24, 16 + 16)
        below, rises = self.context_width, []
        for skip, lateral, width in zip(skips, self.laterals, self.widths, strict=True):
            rises.append(Rise(below, skip, lateral, width))
            below = width
        self.rises = nn.ModuleList(rises)
        self.side_heads = nn.ModuleList(nn.Conv2d(width, 1, 1) for width in self.widths)
        self.head = FullResolution(below, self.head_width)
        self.subject_head = nn.Linear(Encoder.channels[-1] + self.context_width, len(SUBJECTS))

    def in_precision(self, kind: torch.dtype) -> MattingNetwork:
        """Converts the weights, but for what normalises the picture and for the subject head."""
        self.to(kind)
        for part in (self.mean, self.std, *self.subject_head.parameters()):
            part.data = part.data.float()
        return self

    def forward(self, rgb: Tensor) -> NetworkOutput:
        if rgb.ndim != 4 or rgb.shape[1] != 3 or rgb.shape[2] % STRIDE or rgb.shape[3] % STRIDE:
            raise ValueError(f"expected (B, 3, H, W) with H and W multiples of {STRIDE}, got {tuple(rgb.shape)}")
        picture = ((rgb - self.mean) / self.std).to(self.half_stem.conv.weight.dtype)
        half, quarter, eighth, sixteenth, deepest = self.encoder(picture)
        context = self.context(F.dropout2d(deepest, 0.1, self.training))
        unfolded = F.pixel_unshuffle(picture, 2)
        x, sides = context, []
        skips = (sixteenth, eighth, quarter, torch.cat((half, self.half_stem(unfolded)), 1))
        for rise, side, skip in zip(self.rises, self.side_heads, skips, strict=True):
            x = rise(x, skip)
            if self.training:
                sides.append(side(x))
        alpha, doubt = torch.sigmoid(self.head(x, unfolded).float()).chunk(2, 1)
        pooled = torch.cat((deepest.float().mean((2, 3)), context.float().mean((2, 3))), 1)
        return NetworkOutput(alpha, doubt, self.subject_head(pooled).float(), tuple(sides))
