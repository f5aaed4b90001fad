"""A glance: regions without edges, taken from the mirror image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from models.network import STRIDE, SUBJECTS, Glance, MattingNetwork
from models.runner import Runner, glanced

NO_SUBJECT = torch.zeros(1, len(SUBJECTS))


class SeesBright(MattingNetwork):
    """A network that finds whatever is bright, at a quarter of the size."""

    def glance(self, rgb: Tensor) -> Glance:
        return Glance(torch.nn.functional.avg_pool2d(rgb.mean(1, keepdim=True), 4) * 12 - 6, NO_SUBJECT + 1)


def test_what_is_seen_in_the_mirror_image_lies_where_the_picture_has_it() -> None:
    picture = torch.zeros(1, 3, STRIDE, 2 * STRIDE)
    picture[..., : STRIDE // 2] = 1
    output = glanced(SeesBright(), picture)
    assert output.alpha.shape == output.doubt.shape == (1, 1, STRIDE, 2 * STRIDE)
    assert float(output.alpha[..., : STRIDE // 2 - 4].min()) > 0.99
    assert float(output.alpha[..., STRIDE // 2 + 4 :].max()) < 0.01
    assert torch.equal(output.subject, NO_SUBJECT + 1)


@pytest.mark.parametrize(("brightness", "doubt"), [(0.0, 0.0), (1.0, 0.0), (0.5, 0.5), (0.6, 0.231)])
def test_doubt_is_the_chance_that_the_likelier_is_wrong(brightness: float, doubt: float) -> None:
    output = glanced(SeesBright(), torch.full((1, 3, STRIDE, STRIDE), brightness))
    assert output.doubt.unique().tolist() == pytest.approx([doubt], abs=0.003)


def test_the_runner_gives_a_glance_in_the_shapes_of_a_look() -> None:
    torch.manual_seed(0)
    runner = Runner(MattingNetwork(), torch.device("cpu"))
    pictures = np.random.default_rng(0).integers(0, 256, (2, 64, 96, 3), dtype=np.uint8)
    for seen in runner.glance(pictures):
        assert seen.alpha.shape == seen.doubt.shape == (64, 96) and seen.logits.shape == (len(SUBJECTS),)
        assert seen.alpha.dtype == seen.doubt.dtype == seen.logits.dtype == np.float32
