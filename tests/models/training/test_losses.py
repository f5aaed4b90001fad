"""Losses against values computed by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from models.network import SUBJECTS, NetworkOutput
from models.training.losses import (
    UNKNOWN_SUBJECT,
    Truth,
    cross_entropy,
    doubt_loss,
    gradient,
    laplacian,
    overlap,
    side_loss,
    total_loss,
    weighted_mean,
)


def plane(*rows: list[float]) -> Tensor:
    return torch.tensor(rows)[None, None]


def test_weighted_mean_leaves_out_what_weighs_nothing() -> None:
    assert float(weighted_mean(plane([1.0, 2.0, 9.0]), plane([1.0, 3.0, 0.0]))) == pytest.approx(7 / 4)


def test_weighted_mean_of_nothing_is_zero() -> None:
    assert float(weighted_mean(plane([5.0]), plane([0.0]))) == 0.0


def test_overlap_is_one_minus_soft_iou() -> None:
    alpha, truth = plane([0.5, 1.0]), plane([1.0, 0.0])
    # both: 0.5; either: (1.5 - 0.5) + (1 - 0) = 2.
    assert float(overlap(alpha, truth, torch.ones_like(alpha))) == pytest.approx(0.75)


def test_overlap_ignores_pictures_without_subject() -> None:
    alpha = torch.cat((plane([0.5, 1.0]), plane([1.0, 1.0])))
    truth = torch.cat((plane([1.0, 0.0]), plane([0.0, 0.0])))
    assert float(overlap(alpha, truth, torch.ones_like(alpha))) == pytest.approx(0.75)


def test_cross_entropy_is_minus_log_and_zero_for_a_perfect_soft_alpha() -> None:
    one = torch.ones(1, 1, 1, 1)
    assert float(cross_entropy(one * 0.25, one, one)) == pytest.approx(-math.log(0.25), rel=1e-3)
    assert float(cross_entropy(one * 0.3, one * 0.3, one)) == pytest.approx(0.0, abs=1e-6)


def test_gradient_sees_steps_of_the_error_not_its_level() -> None:
    even = torch.full((1, 1, 4, 4), 0.5)
    assert float(gradient(even, torch.ones_like(even))) == 0.0
    step = plane([0.0, 1.0], [0.0, 1.0])
    assert float(gradient(step, torch.ones_like(step))) == pytest.approx(1.0)


def test_laplacian_is_zero_for_an_even_error_and_counts_detail() -> None:
    even = torch.full((1, 1, 32, 32), 0.5)
    weight = torch.ones_like(even)
    assert float(laplacian(even, weight)) == pytest.approx(0.0, abs=1e-5)
    checkers = (torch.arange(32)[:, None] + torch.arange(32)[None]) % 2
    fine = (checkers.float() - 0.5)[None, None]
    # The binomial filter removes a checkerboard wholly (but at the border), so the first level holds all of it: 0.5.
    assert float(laplacian(fine, weight)) == pytest.approx(0.5, rel=0.15)
    assert float(laplacian(fine, torch.zeros_like(weight))) == 0.0


def test_doubt_is_best_at_the_expected_error() -> None:
    made = torch.tensor([0.0, 0.0, 0.0, 1.0]).view(1, 1, 2, 2)
    ones = torch.ones_like(made)
    costs = {share: float(doubt_loss(ones * share, made, ones)) for share in (0.05, 0.15, 0.25, 0.35, 0.5)}
    assert min(costs, key=costs.__getitem__) == 0.25  # the mean, where an L1 loss would say 0


def test_doubt_teaches_nothing_to_alpha() -> None:
    difference = torch.full((1, 1, 2, 2), 0.3, requires_grad=True)
    doubt = torch.full((1, 1, 2, 2), 0.5, requires_grad=True)
    doubt_loss(doubt, difference, torch.ones(1, 1, 2, 2)).backward()
    assert difference.grad is None and doubt.grad is not None


def test_side_outputs_are_held_against_the_averaged_truth() -> None:
    truth = torch.zeros(1, 1, 4, 4)
    truth[..., 2:] = 1.0
    right = torch.tensor([[-20.0, 20.0], [-20.0, 20.0]])[None, None]
    assert float(side_loss((right,), truth, torch.ones_like(truth))) == pytest.approx(0.0, abs=1e-6)
    assert float(side_loss((-right,), truth, torch.ones_like(truth))) == pytest.approx(20.0, rel=1e-3)


def output_of(alpha: Tensor) -> NetworkOutput:
    return NetworkOutput(alpha, torch.full_like(alpha, 0.1), torch.zeros(alpha.shape[0], len(SUBJECTS)), ())


def test_total_is_the_sum_of_its_parts_and_survives_unknown_subjects() -> None:
    alpha = torch.rand(2, 1, 32, 32)
    truth = Truth(torch.rand(2, 1, 32, 32), torch.ones(2, 1, 32, 32), torch.full((2,), UNKNOWN_SUBJECT))
    loss, parts = total_loss(output_of(alpha), truth)
    assert parts["subject"] == 0.0
    assert float(loss) == pytest.approx(sum(parts.values()), rel=1e-5)


def test_where_the_truth_is_unknown_nothing_is_learned() -> None:
    alpha = torch.rand(1, 1, 32, 32, requires_grad=True)
    truth = Truth(torch.rand(1, 1, 32, 32), torch.zeros(1, 1, 32, 32), torch.tensor([UNKNOWN_SUBJECT]))
    loss, _ = total_loss(output_of(alpha), truth)
    loss.backward()
    assert alpha.grad is not None and float(alpha.grad.abs().max()) == 0.0
