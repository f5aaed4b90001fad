"""The network that says where faces are: a small one, looked through at many sizes of the picture."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

UNIT = 32.0
"""Px from crown to chin at the size at which a head is found."""

CELL = 8
"""Px between the places that are judged."""

GREY = 128


class Block(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class HeadNetwork(nn.Module):
    """(B, 2, H, W) as `seen` makes it, H and W multiples of CELL -> (B, 4, H / CELL, W / CELL).

    At each place: how sure it is that a head is there (a logit), how far its middle lies to the right and below, in
    heads, and the logarithm of its height over UNIT. 456,000 values.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Block(2, 24, stride=2),
            Block(24, 32),
            Block(32, 48, stride=2),
            Block(48, 64),
            Block(64, 64),
            Block(64, 96, stride=2),
            Block(96, 96),
        )
        # 7x7 places of 8 px: a head with its shoulders.
        self.around = nn.Sequential(Block(96, 48, 1), Block(48, 96, 7), nn.Dropout(0.2))
        self.out = nn.Conv2d(96, 4, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.out(self.around(self.body(pictures)))  # type: ignore[no-any-return]


def seen(rgb: Bytes, alpha: Bytes, luma: tuple[float, float, float] = (0.299, 0.587, 0.114)) -> Floats:
    """What the network is shown, (2, H, W): the picture in grey, laid onto grey, and its alpha.

    Args:
        rgb: (H, W, 3) uint8 sRGB.
        alpha: (H, W) uint8.
        luma: shares of red, green and blue; those of ITU-R BT.601.
    """
    share = alpha.astype(np.float32) / 255
    grey = rgb.astype(np.float32) @ np.array(luma, np.float32)
    return np.stack(((grey - GREY) / 64 * share, share)).astype(np.float32)


def padded(picture: Floats, border: int) -> Floats:
    """With `border` px of nothing around it, and more to the right and below up to a multiple of CELL."""
    height, width = picture.shape[1:]
    more = [(border, border + (-(side + 2 * border)) % CELL) for side in (height, width)]
    return np.pad(picture, ((0, 0), *more))


@torch.inference_mode()
def judged(network: HeadNetwork, picture: Floats) -> Floats:
    """(4, h, w): chance of a head (0..1), offsets in heads, height over UNIT as a logarithm. ``picture``: (2, H, W)."""
    out = network(torch.from_numpy(np.ascontiguousarray(picture))[None])[0]
    return np.asarray(torch.cat((torch.sigmoid(out[:1]), out[1:])).numpy(), np.float32)


def resized(rgb: Bytes, alpha: Bytes, scale: float) -> tuple[Bytes, Bytes]:
    """Both at another size, at least one pixel each way."""
    size = (max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small, thin = (cv2.resize(part, size, interpolation=how) for part in (rgb, alpha))
    return np.asarray(small, np.uint8), np.asarray(thin, np.uint8)


def loss(out: Tensor, truth: Tensor) -> Tensor:
    """Focal loss (Lin et al. 2017) on where heads are, smooth L1 on their place and size.

    ``truth``: (B, 4, h, w), first 1 for a head, 0 for none, -1 where either is fine; then as the network's.
    """
    head, counted = truth[:, 0].clamp(0), truth[:, 0] >= 0
    entropy = F.binary_cross_entropy_with_logits(out[:, 0], head, reduction="none")
    chance = torch.sigmoid(out[:, 0])
    wrong = torch.where(head > 0, 1 - chance, chance)
    number = head.sum().clamp(1)
    focal = (entropy * wrong**1.5 * counted).sum() / number
    place = F.smooth_l1_loss(out[:, 1:], truth[:, 1:], reduction="none", beta=0.1).sum(1)
    return focal + 2 * (place * head).sum() / number
