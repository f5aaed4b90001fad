"""Laying one picture onto another, to the byte."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tools.pixels.composite import Picture, checkerboard, over
from tools.pixels.edges import Alpha

SHAPE = (5, 7)
alphas = arrays.arrays(np.uint8, SHAPE)
pictures = st.sampled_from([np.uint8, np.uint16]).flatmap(
    lambda kind: st.tuples(*[arrays.arrays(kind, (*SHAPE, 3))] * 2)
)


@given(pictures, alphas)
def test_over_is_the_exact_mix_rounded_to_the_nearest(pair: tuple[Picture, Picture], alpha: Alpha) -> None:
    foreground, background = pair
    a = alpha[..., None].astype(np.float64) / 255
    exact = foreground * a + background * (1 - a)
    result = over(foreground, alpha, background)
    assert result.dtype == foreground.dtype
    np.testing.assert_array_equal(result, np.floor(exact + 0.5 - 1e-9))


@given(pictures, alphas)
def test_full_alpha_is_the_foreground_and_none_the_background(pair: tuple[Picture, Picture], alpha: Alpha) -> None:
    before = [part.copy() for part in (*pair, alpha)]
    result = over(pair[0], alpha, pair[1])
    np.testing.assert_array_equal(result[alpha == 255], pair[0][alpha == 255])
    np.testing.assert_array_equal(result[alpha == 0], pair[1][alpha == 0])
    for now, then in zip((*pair, alpha), before, strict=True):
        np.testing.assert_array_equal(now, then)


@given(alphas, st.integers(0, 255))
def test_a_colour_over_itself_stays(alpha: Alpha, value: int) -> None:
    flat = np.full((*SHAPE, 3), value, np.uint8)
    np.testing.assert_array_equal(over(flat, alpha, flat), flat)


def test_pictures_that_do_not_fit_are_refused() -> None:
    picture, alpha = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)
    with pytest.raises(ValueError, match="shapes don't fit"):
        over(picture, alpha, picture[:3])
    with pytest.raises(ValueError, match="uint8 or uint16"):
        over(picture, alpha, picture.astype(np.uint16))


def test_the_checkerboard_alternates_and_starts_light() -> None:
    board = checkerboard(20, 30, cell=10, light=255, dark=200)
    assert board.shape == (20, 30, 3) and board.dtype == np.uint8
    assert [int(board[5, x, 0]) for x in (5, 15, 25)] == [255, 200, 255]
    assert int(board[15, 5, 0]) == 200
