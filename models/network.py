"""The matting network: a U-Net whose encoder has seen ImageNet and whose decoder is made of dense convolutions.

    picture ──► encoder (EfficientNet-Lite, 1/2 … 1/32)  ──► context (pyramid pooling) ──► subject logits
       │             │ skips                                   │
       └─ half-resolution stem ─► decoder 1/16 … 1/2 ◄─────────┘ ──► full-resolution head ──► alpha, doubt

Depthwise convolutions are slow on CPUs, so they appear only in the encoder, whose weights come from elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.encoder import LITE0, Backbone, Encoder

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


class Glance(NamedTuple):
    """What a pass without the last two steps of the decoder returns, float32.

    region: logits of a coarse alpha, (B, 1, H/4, W/4). subject: (B, len(SUBJECTS)) logits.
    """

    region: Tensor
    subject: Tensor


class ConvNorm(nn.Sequential):
    """Convolution, batch norm and (if wanted) ReLU; 'same' padding for odd kernels at stride 1."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, dilation: int = 1, active: bool = True) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm2d(outputs, momentum=0.05)
        if active:
            self.act = nn.ReLU(inplace=True)


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

    def __init__(self, backbone: Backbone = LITE0) -> None:
        super().__init__()
        self.backbone = backbone
        # The encoder was trained on (x - 127) / 128 with x in 0..255.
        self.register_buffer("mean", torch.full((1, 3, 1, 1), 127.0 / 255.0))
        self.register_buffer("std", torch.full((1, 3, 1, 1), 128.0 / 255.0))
        self.encoder = Encoder(backbone)
        half, quarter, eighth, sixteenth, deepest = backbone.channels
        self.context = Context(deepest, self.context_width)
        self.half_stem = ConvNorm(12, 16)
        skips = (sixteenth, eighth, quarter, half + 16)
        below, rises = self.context_width, []
        for skip, lateral, width in zip(skips, self.laterals, self.widths, strict=True):
            rises.append(Rise(below, skip, lateral, width))
            below = width
        self.rises = nn.ModuleList(rises)
        self.side_heads = nn.ModuleList(nn.Conv2d(width, 1, 1) for width in self.widths)
        self.head = FullResolution(below, self.head_width)
        self.subject_head = nn.Linear(deepest + self.context_width, len(SUBJECTS))

    def in_precision(self, kind: torch.dtype) -> MattingNetwork:
        """Converts the weights, but for what normalises the picture and for the subject head."""
        self.to(kind)
        for part in (self.mean, self.std, *self.subject_head.parameters()):
            part.data = part.data.float()
        return self

    def forward(self, rgb: Tensor) -> NetworkOutput:
        picture, (half, *features, deepest), context = self._encoded(rgb)
        unfolded = F.pixel_unshuffle(picture, 2)
        x, sides = context, []
        skips = (*reversed(features), torch.cat((half, self.half_stem(unfolded)), 1))
        for rise, side, skip in zip(self.rises, self.side_heads, skips, strict=True):
            x = rise(x, skip)
            if self.training:
                sides.append(side(x))
        alpha, doubt = torch.sigmoid(self.head(x, unfolded).float()).chunk(2, 1)
        return NetworkOutput(alpha, doubt, self._subject(deepest, context), tuple(sides))

    def glance(self, rgb: Tensor) -> Glance:
        """What is foreground, without its edges, for half of what forward takes. Shapes as there."""
        _, (_, *features, deepest), context = self._encoded(rgb)
        x = context
        for rise, skip in zip(self.rises, reversed(features), strict=False):
            x = rise(x, skip)
        return Glance(self.side_heads[len(features) - 1](x).float(), self._subject(deepest, context))

    def _subject(self, deepest: Tensor, context: Tensor) -> Tensor:
        pooled = torch.cat((deepest.float().mean((2, 3)), context.float().mean((2, 3))), 1)
        return self.subject_head(pooled).float()  # type: ignore[no-any-return]

    def _encoded(self, rgb: Tensor) -> tuple[Tensor, list[Tensor], Tensor]:
        """The picture as the encoder takes it, the encoder's features, and the context of the deepest."""
        if rgb.ndim != 4 or rgb.shape[1] != 3 or rgb.shape[2] % STRIDE or rgb.shape[3] % STRIDE:
            raise ValueError(f"expected (B, 3, H, W) with H and W multiples of {STRIDE}, got {tuple(rgb.shape)}")
        picture = ((rgb - self.mean) / self.std).to(self.half_stem.conv.weight.dtype)
        features = self.encoder(picture)
        return picture, features, self.context(F.dropout2d(features[-1], 0.1, self.training))
