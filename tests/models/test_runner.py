"""Both ways round: the mirror image shows the same subject, and what is only seen one way is less sure."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from models.network import STRIDE, SUBJECTS, Glance, MattingNetwork, NetworkOutput
from models.runner import Runner, both_ways

PICTURE = torch.zeros(1, 3, STRIDE, STRIDE)
NO_SUBJECT = torch.zeros(1, len(SUBJECTS))
DOUBT = 0.02


def left(sure: float, side: int) -> Tensor:
    """Logits (1, 1, side, side): the left half foreground."""
    logits = torch.full((1, 1, side, side), -sure)
    logits[..., : side // 2] = sure
    return logits


class Believes(MattingNetwork):
    """A network that sees the left half, and in the mirror image what it is told, whatever it is shown."""

    def __init__(self, sure: float, mirrored: Tensor) -> None:
        super().__init__()
        self.sure, self.mirrored = sure, mirrored

    def forward(self, rgb: Tensor) -> NetworkOutput:
        alpha = torch.sigmoid(left(self.sure, STRIDE))
        return NetworkOutput(alpha, torch.full_like(alpha, DOUBT), NO_SUBJECT, ())

    def glance(self, rgb: Tensor) -> Glance:
        return Glance(self.mirrored, NO_SUBJECT + 1)


def test_what_is_seen_both_ways_round_stays_as_sure_as_it_was() -> None:
    output = both_ways(Believes(6.0, left(6.0, 8).flip(3)), PICTURE)
    assert output.alpha.shape == output.doubt.shape == (1, 1, STRIDE, STRIDE)
    assert float(output.alpha[..., :12].min()) > 0.99 and float(output.alpha[..., 20:].max()) < 0.01
    assert output.doubt.unique().tolist() == pytest.approx([DOUBT])


def test_what_is_seen_one_way_round_only_is_undecided() -> None:
    alpha = both_ways(Believes(6.0, left(6.0, 8)), PICTURE).alpha
    for side in (alpha[..., :12], alpha[..., 20:]):  # the coarse region's edge lies between
        assert float(side.min()) == pytest.approx(0.5, abs=0.02) == float(side.max())


def test_the_surer_of_both_prevails_but_not_without_bounds() -> None:
    assert float(both_ways(Believes(6.0, left(2.0, 8)), PICTURE).alpha[..., 4].min()) > 0.85
    assert float(both_ways(Believes(60.0, left(9.0, 8)), PICTURE).alpha[..., 4].min()) < 0.55


def test_what_it_shows_is_the_mean_of_both() -> None:
    assert torch.equal(both_ways(Believes(6.0, left(6.0, 8)), PICTURE).subject, NO_SUBJECT + 0.5)


def test_the_runner_looks_the_other_way_round_only_when_asked() -> None:
    torch.manual_seed(0)
    runner = Runner(MattingNetwork(), torch.device("cpu"))
    pictures = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    (once,), (again,), (both,) = runner(pictures), runner(pictures), runner.both_ways(pictures)
    assert np.array_equal(once.alpha, again.alpha) and not np.array_equal(once.alpha, both.alpha)
