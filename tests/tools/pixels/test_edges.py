"""Edges of the matte: the shared vector, and what must hold for any alpha."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from tools.pixels.edges import FAINT, LONGEST, Alpha, apply_edges, denoise, dilate, erode, feather, threshold
from tools.recipe import Edges

VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "edges.json").read_text("utf-8"))

alphas = arrays.arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)))
lengths = st.floats(0, 8, allow_nan=False)


def pixels(rows: list[str]) -> Alpha:
    return np.array([list(bytes.fromhex(row)) for row in rows], np.uint8)


def disc_picture(height: int = 200, width: int = 160, radius: int = 60) -> Alpha:
    picture: NDArray[np.uint8] = np.zeros((height, width), np.uint8)
    cv2.circle(picture, (width // 2, height // 2), radius, 255, -1, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize("case", VECTOR["cases"], ids=lambda case: f"{case['alpha']}-{case['scale']}")
def test_the_shared_vector_comes_out_to_the_byte(case: dict[str, Any]) -> None:
    alpha = pixels(VECTOR["alphas"][case["alpha"]])
    result = apply_edges(alpha, Edges(**case["edges"]), case["scale"])
    np.testing.assert_array_equal(result, pixels(case["expected"]))


@given(alphas)
def test_no_setting_changes_nothing_and_returns_a_new_array(alpha: Alpha) -> None:
    result = apply_edges(alpha, Edges())
    np.testing.assert_array_equal(result, alpha)
    assert not np.shares_memory(result, alpha)


@given(alphas, lengths, st.integers(0, 255))
def test_inputs_stay_as_they_were(alpha: Alpha, px: float, level: int) -> None:
    before = alpha.copy()
    apply_edges(alpha, Edges(level, px, px, True, px))
    np.testing.assert_array_equal(alpha, before)


@given(alphas, st.integers(0, 255))
def test_threshold_clears_what_is_below_it_and_nothing_else(alpha: Alpha, level: int) -> None:
    result = threshold(alpha, level)
    assert (result[alpha < level] == 0).all()
    np.testing.assert_array_equal(result[alpha >= level], alpha[alpha >= level])


@given(alphas, lengths)
def test_erosion_never_raises_alpha_and_dilation_never_lowers_it(alpha: Alpha, px: float) -> None:
    assert (erode(alpha, px) <= alpha).all()
    assert (dilate(alpha, px) >= alpha).all()


@given(alphas, st.integers(0, 6))
def test_opening_stays_below_and_closing_above(alpha: Alpha, px: int) -> None:
    assert (dilate(erode(alpha, px), px) <= alpha).all()
    assert (erode(dilate(alpha, px), px) >= alpha).all()


@given(alphas, lengths, lengths)
def test_a_longer_erosion_takes_more(alpha: Alpha, one: float, two: float) -> None:
    short, long = sorted((one, two))
    assert (erode(alpha, long) <= erode(alpha, short)).all()


@given(alphas, lengths)
def test_dilation_is_the_erosion_of_the_background_for_whole_lengths(alpha: Alpha, px: float) -> None:
    np.testing.assert_array_equal(dilate(alpha, round(px)), 255 - erode(255 - alpha, round(px)))


@given(alphas, st.integers(0, 9), st.integers(0, 9), st.integers(0, 4))
def test_edges_move_with_the_subject(alpha: Alpha, down: int, right: int, px: int) -> None:
    height, width = alpha.shape
    there = np.pad(alpha, ((12, 30), (12, 30)))
    moved = np.pad(alpha, ((12 + down, 30 - down), (12 + right, 30 - right)))
    edges = Edges(10, px / 2, px, True, px)
    result, result_moved = apply_edges(there, edges), apply_edges(moved, edges)
    box = result[: height + 30, : width + 30]
    np.testing.assert_array_equal(result_moved[down : down + height + 30, right : right + width + 30], box)


def test_erosion_takes_a_disc_not_a_square() -> None:
    dot: NDArray[np.uint8] = np.zeros((9, 9), np.uint8)
    dot[4, 4] = 255
    grown = dilate(dot, 3) > 0
    ys, xs = np.mgrid[-4:5, -4:5]
    np.testing.assert_array_equal(grown, ys**2 + xs**2 <= 9)


def test_the_border_of_the_picture_does_not_eat_the_subject() -> None:
    full = np.full((20, 30), 255, np.uint8)
    for operation in (erode, dilate, feather):
        np.testing.assert_array_equal(operation(full, 5), full)


@pytest.mark.parametrize("px", [1, 3, 10, 30])
def test_feather_leaves_what_is_farther_away_than_its_length(px: int) -> None:
    step: NDArray[np.uint8] = np.zeros((8, 120), np.uint8)
    step[:, 60:] = 255
    row = feather(step, px)[4].astype(int)
    assert (row[: 60 - px] == 0).all() and (row[60 + px :] == 255).all()
    assert (np.diff(row) >= 0).all() and len(np.unique(row)) > px
    assert abs(int(row[59]) + int(row[60]) - 255) <= 1


@given(alphas, lengths)
def test_feather_stays_between_the_least_and_the_greatest(alpha: Alpha, px: float) -> None:
    result = feather(alpha, px)
    assert alpha.min() <= result.min() and result.max() <= alpha.max()


def test_feather_of_a_large_picture_has_no_seams() -> None:
    rng = np.random.default_rng(0)
    alpha = rng.integers(0, 256, (600, 700), dtype=np.uint8)
    whole, part = feather(alpha, 7), feather(alpha[300:580, 350:680], 7)
    np.testing.assert_array_equal(whole[307:573, 357:673], part[7:-7, 7:-7])


def test_feather_at_its_longest_does_not_overflow() -> None:
    assert (feather(np.full((130, 130), 255, np.uint8) - np.eye(130, dtype=np.uint8), LONGEST) >= 254).all()


def test_a_fractional_length_lies_between_its_neighbours() -> None:
    alpha = disc_picture()
    sums = [int(erode(alpha, px).sum()) for px in (2, 2.25, 2.5, 2.75, 3)]
    assert sums == sorted(sums, reverse=True) and len(set(sums)) == 5


def test_denoise_drops_specks_and_haze_and_fills_pinholes() -> None:
    clean = disc_picture()
    noisy = clean.copy()
    noisy[3:6, 3:6] = 255
    noisy[190, 10:40] = FAINT - 1
    noisy[100, 80] = 0
    noisy[95:97, 70:72] = 200
    np.testing.assert_array_equal(denoise(noisy), clean)


def test_denoise_keeps_a_second_subject_and_a_real_gap() -> None:
    picture = disc_picture()
    picture[2:22, 2:22] = 255
    picture[95:105, 75:85] = 0
    np.testing.assert_array_equal(denoise(picture), picture)


def test_denoise_keeps_a_strand_that_touches_the_subject() -> None:
    picture = disc_picture()
    picture[100, 139:158] = np.linspace(250, 10, 19).astype(np.uint8)
    picture[60, 150:155] = 120
    result = denoise(picture)
    np.testing.assert_array_equal(result[100], picture[100])
    assert (result[60, 150:155] == 0).all()


@pytest.mark.parametrize("times", [2, 3])
def test_denoise_decides_the_same_at_any_scale(times: int) -> None:
    picture = pixels(VECTOR["alphas"]["large"])
    large = np.kron(picture, np.ones((times, times), np.uint8))
    # A pixel's ring is one pixel wide at every scale, so faint pixels at the rim may differ.
    sure = (picture >= FAINT) & (picture <= 255 - FAINT)
    np.testing.assert_array_equal(denoise(large)[::times, ::times][sure], denoise(picture)[sure])


def test_denoise_of_nothing_is_nothing() -> None:
    np.testing.assert_array_equal(denoise(np.full((9, 9), 5, np.uint8)), np.zeros((9, 9), np.uint8))


def test_scale_multiplies_lengths_only() -> None:
    alpha = disc_picture()
    edges = Edges(alpha_threshold=40, erode=4, dilate=2, feather=6)
    np.testing.assert_array_equal(apply_edges(alpha, edges, 0.5), apply_edges(alpha, Edges(40, 2, 1, False, 3)))


@pytest.mark.parametrize(
    "alpha",
    [np.zeros((4, 4), np.float32), np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4), np.uint8)],
    ids=["float", "three channels", "empty"],
)
def test_what_is_no_alpha_is_refused(alpha: Alpha) -> None:
    with pytest.raises(ValueError, match="alpha must be uint8"):
        apply_edges(alpha, Edges())


@pytest.mark.parametrize("px", [-1, LONGEST + 1, float("nan")])
def test_a_length_out_of_range_is_refused(px: float) -> None:
    with pytest.raises(ValueError, match="length must be"):
        erode(disc_picture(), px)
    with pytest.raises(ValueError, match="level must be"):
        threshold(disc_picture(), 256)
