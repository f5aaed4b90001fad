"""What the network is trained to make small. All alphas are float (B, 1, H, W) in 0..1, weights likewise, >= 0.

A weight of 0 means: the truth is not known there (the edge of a coarse mask). Errors are averaged by weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from models.network import NetworkOutput

PYRAMID_LEVELS = 5
UNKNOWN_SUBJECT = -100


def weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Mean of values by weight; 0 where all weights are 0."""
    return (values * weight).sum() / weight.sum().clamp_min(1e-6)


def _blurred(x: Tensor) -> Tensor:
    """The 5-tap binomial filter (1 4 6 4 1) / 16 along both axes."""
    taps = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], device=x.device, dtype=x.dtype) / 16.0
    x = F.pad(x, (2, 2, 2, 2), mode="replicate")
    x = F.conv2d(x, taps.view(1, 1, 1, 5))
    return F.conv2d(x, taps.view(1, 1, 5, 1))


def laplacian(difference: Tensor, weight: Tensor) -> Tensor:
    """L1 over a Laplacian pyramid (Burt & Adelson 1983; as a matting loss: Hou & Liu 2019), scaled 2^level.

    The pyramid is linear, so that of the difference is the difference of the pyramids.
    """
    current, total = difference * weight.clamp(max=1.0), difference.new_zeros(())
    for level in range(PYRAMID_LEVELS):
        if min(current.shape[2:]) < 4:
            break
        smooth = _blurred(current)
        total = total + 2.0**level * (current - smooth).abs().mean()
        current = F.avg_pool2d(smooth, 2)
    return total


def gradient(difference: Tensor, weight: Tensor) -> Tensor:
    """Mean absolute slope of the error, across and down: the error should not have edges of its own."""
    across = (difference[..., :, 1:] - difference[..., :, :-1]).abs()
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs()
    return weighted_mean(across, weight[..., :, 1:]) + weighted_mean(down, weight[..., 1:, :])


def overlap(alpha: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """1 - soft IoU, averaged over the pictures that hold a subject (at least 0.2 % of the area); 0 if none does."""
    both = (alpha * truth * weight).sum((1, 2, 3))
    either = ((alpha + truth - alpha * truth) * weight).sum((1, 2, 3))
    holds = (truth.mean((1, 2, 3)) > 0.002).float()
    return ((1.0 - both / either.clamp_min(1e-6)) * holds).sum() / holds.sum().clamp_min(1.0)


def cross_entropy(alpha: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Binary cross entropy with a soft truth, minus the truth's own entropy, so that a perfect alpha costs 0."""
    alpha = alpha.clamp(1e-5, 1.0 - 1e-5)
    cost = F.binary_cross_entropy(alpha, truth, reduction="none")
    floor = F.binary_cross_entropy(truth.clamp(1e-5, 1.0 - 1e-5), truth, reduction="none")
    return weighted_mean((cost - floor).clamp_min(0.0), weight)


def side_loss(sides: tuple[Tensor, ...], truth: Tensor, weight: Tensor) -> Tensor:
    """Mean over the side outputs (logits) of cross entropy against truth averaged down to their size."""
    total = truth.new_zeros(())
    for side in sides:
        factor = truth.shape[-1] // side.shape[-1]
        coarse, known = F.avg_pool2d(truth, factor), F.avg_pool2d(weight.clamp(max=1.0), factor)
        cost = F.binary_cross_entropy_with_logits(side.float(), coarse, reduction="none")
        total = total + weighted_mean(cost, known)
    return total / max(len(sides), 1)


def doubt_loss(doubt: Tensor, difference: Tensor, weight: Tensor) -> Tensor:
    """Cross entropy between doubt and the error made. Its minimum is the expected error (L1 would give the median)."""
    made = difference.detach().abs().clamp(max=1.0)
    doubt = doubt.clamp(1e-5, 1.0 - 1e-5)
    return weighted_mean(F.binary_cross_entropy(doubt, made, reduction="none"), (weight > 0).to(weight.dtype))


@dataclass(frozen=True)
class Truth:
    """alpha and weight: float (B, 1, H, W); subject: int64 (B,), UNKNOWN_SUBJECT where not told."""

    alpha: Tensor
    weight: Tensor
    subject: Tensor


def total_loss(output: NetworkOutput, truth: Truth) -> tuple[Tensor, dict[str, float]]:
    """The sum that training makes small, and its parts for the log."""
    difference = output.alpha - truth.alpha
    known = truth.subject != UNKNOWN_SUBJECT
    named = F.cross_entropy(output.subject, truth.subject, ignore_index=UNKNOWN_SUBJECT, label_smoothing=0.05)
    parts = {
        "l1": weighted_mean(difference.abs(), truth.weight),
        "laplacian": 0.6 * laplacian(difference, truth.weight),
        "gradient": 0.5 * gradient(difference, truth.weight),
        "entropy": 0.4 * cross_entropy(output.alpha, truth.alpha, truth.weight),
        "overlap": 0.4 * overlap(output.alpha, truth.alpha, truth.weight.clamp(max=1.0)),
        "sides": 0.4 * side_loss(output.sides, truth.alpha, truth.weight),
        "doubt": 0.2 * doubt_loss(output.doubt, difference, truth.weight),
        "subject": 0.1 * (named if bool(known.any()) else named.new_zeros(())),
    }
    return torch.stack(list(parts.values())).sum(), {name: float(part.detach()) for name, part in parts.items()}
