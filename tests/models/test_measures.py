"""IoU, MAE and edge MAE against values computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.measures import (
    Measures,
    band_size,
    bootstrap_interval,
    edge_band,
    intersection_over_union,
    mean_measures,
    measure,
)


def plane(*rows: list[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array(rows, np.float32)


def test_overlap_counts_pixels_at_or_above_one_half() -> None:
    alpha, truth = plane([1.0, 0.5, 0.49, 0.0]), plane([1.0, 0.0, 1.0, 0.0])
    # ours: 1st and 2nd; truth: 1st and 3rd; both: 1, either: 3.
    assert intersection_over_union(alpha, truth) == pytest.approx(1 / 3)


def test_nothing_found_where_nothing_is_counts_as_right() -> None:
    nothing = np.zeros((4, 4), np.float32)
    assert intersection_over_union(nothing, nothing) == 1.0
    assert intersection_over_union(np.ones((4, 4), np.float32), nothing) == 0.0


def test_mae_is_the_mean_of_absolute_differences() -> None:
    assert measure(plane([0.0, 0.25], [1.0, 1.0]), plane([0.0, 0.0], [1.0, 0.5])).mae == pytest.approx(0.75 / 4)


def test_band_width_follows_the_long_side_and_is_odd() -> None:
    assert band_size(768, 512) == 13  # 12, made odd
    assert band_size(300, 400) == 7  # 6.25
    assert band_size(8, 8) == 1


def test_band_lies_around_the_outline_and_soft_pixels_but_not_along_the_border() -> None:
    truth = np.zeros((64, 64), np.float32)
    truth[:, 32:] = 1.0
    band = edge_band(truth)
    assert band[:, 31:33].all()
    assert not band[:, :29].any() and not band[:, 36:].any()
    truth[10, 5] = 0.5
    assert edge_band(truth)[10, 5]


def test_an_error_far_from_the_edge_is_no_edge_error() -> None:
    truth = np.zeros((64, 64), np.float32)
    truth[:, 32:] = 1.0
    alpha = truth.copy()
    alpha[:, 0] = 1.0
    found = measure(alpha, truth)
    assert found.edge_mae == 0.0
    assert found.mae == pytest.approx(1 / 64)


def test_a_truth_without_edge_has_no_edge_error_and_does_not_count_in_the_mean() -> None:
    nothing = measure(np.zeros((8, 8), np.float32), np.zeros((8, 8), np.float32))
    assert math.isnan(nothing.edge_mae)
    mean = mean_measures([nothing, Measures(0.5, 0.1, 0.2)])
    assert mean == pytest.approx((0.75, 0.05, 0.2))


def test_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="alpha is"):
        measure(np.zeros((4, 4), np.float32), np.zeros((4, 5), np.float32))


def test_no_pictures_have_no_mean() -> None:
    with pytest.raises(ValueError, match="no measures"):
        mean_measures([])


def test_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    values = np.random.default_rng(0).normal(0.3, 0.1, 100)
    low, high = bootstrap_interval(values)
    assert low < values.mean() < high
    # For 100 values of spread 0.1 the interval is about 2 * 1.96 * 0.1 / 10 wide.
    assert high - low == pytest.approx(0.039, rel=0.3)
    assert (low, high) == bootstrap_interval(values)
