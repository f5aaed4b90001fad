"""Two looks: which part of a picture is looked at closer, and how both become one alpha."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.looks import SEEN, as_one, cut, into, part_to_look_at
from models.refine import Window

Floats = NDArray[np.float32]


def box(height: int, width: int, top: int, bottom: int, left: int, right: int) -> Floats:
    """Alpha (height, width) that is 1 in a rectangle."""
    alpha = np.zeros((height, width), np.float32)
    alpha[top:bottom, left:right] = 1
    return alpha


def test_a_small_subject_is_looked_at_closer_with_some_of_what_surrounds_it() -> None:
    part = part_to_look_at(box(96, 128, 40, 60, 30, 50), (960, 1280))
    assert part is not None
    assert part.cells.top < 40 and part.cells.bottom > 60 and part.cells.left < 30 and part.cells.right > 50
    assert part.cells.bottom - part.cells.top < 40
    assert part.pixels == Window(*(10 * side for side in part.cells))


def test_a_subject_that_fills_the_picture_is_seen_whole() -> None:
    part = part_to_look_at(box(96, 128, 2, 96, 5, 123), (300, 400))
    assert part is not None and part.pixels == Window(0, 300, 0, 400)


def test_a_picture_without_subject_gets_no_second_look() -> None:
    assert part_to_look_at(np.full((32, 32), SEEN, np.float32), (100, 100)) is None


def test_a_pole_is_shown_with_enough_around_it_to_be_known() -> None:
    part = part_to_look_at(box(128, 128, 0, 128, 126, 128), (128, 128))
    assert part is not None
    assert part.cells.right == 128 and part.cells.right - part.cells.left >= 64


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    st.integers(0, 1000),
)
def test_the_part_lies_in_the_picture_and_holds_all_that_was_seen(
    small: tuple[int, int], large: tuple[int, int], seed: int
) -> None:
    alpha = (np.random.default_rng(seed).random(small) ** 8).astype(np.float32)
    part = part_to_look_at(alpha, large)
    if part is None:
        assert alpha.max() <= SEEN
        return
    cells, pixels = part
    assert 0 <= cells.top < cells.bottom <= small[0] and 0 <= cells.left < cells.right <= small[1]
    assert 0 <= pixels.top < pixels.bottom <= large[0] and 0 <= pixels.left < pixels.right <= large[1]
    outside = alpha.copy()
    cut(outside, cells)[:] = 0
    assert outside.max() <= SEEN


def test_edges_are_the_second_looks() -> None:
    first, second = box(200, 200, 50, 150, 50, 150), box(200, 200, 52, 150, 50, 150)
    second[:, 49] = 0.3  # a soft edge, which stays as soft
    both = as_one(first, second)
    assert both[51, 100] == 0 and both[53, 100] == 1
    assert both[100, 49] == np.float32(0.3)


def test_a_region_is_what_both_looks_say_of_it() -> None:
    first = box(200, 200, 50, 150, 50, 150)
    doubtful = np.where(first > 0, 0.4, 0).astype(np.float32)
    assert as_one(first, doubtful)[100, 100] > 0.9  # the first is sure, the second hardly against it
    assert as_one(doubtful, first)[100, 100] > 0.9
    assert as_one(np.zeros_like(first), np.where(first > 0, 0.6, 0).astype(np.float32))[100, 100] < 0.1


def test_where_both_are_unsure_the_likelier_is_said_more_decidedly() -> None:
    def said(alpha: float) -> float:
        grey = np.full((40, 40), alpha, np.float32)
        return float(as_one(grey, grey)[20, 20])

    assert said(0.3) < 0.2 and said(0.7) > 0.8 and abs(said(0.5) - 0.5) < 1e-6


@given(st.integers(0, 1000))
def test_one_alpha_of_two_looks_lies_between_none_and_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    both = as_one(random.random((20, 15)).astype(np.float32), random.random((40, 30)).astype(np.float32))
    assert both.dtype == np.float32 and both.shape == (40, 30) and both.min() >= 0 and both.max() <= 1


def test_what_is_sure_at_both_looks_stays_so() -> None:
    alpha = box(200, 200, 50, 150, 50, 150)
    assert np.array_equal(np.rint(255 * as_one(alpha, alpha)), 255 * alpha)


def test_no_seam_shows_between_edge_and_region() -> None:
    slope = np.broadcast_to(np.linspace(0, 1, 200, dtype=np.float32), (200, 200)).copy()
    assert np.abs(np.diff(as_one(slope, slope)[100])).max() <= 0.02


def test_a_part_goes_back_to_its_place() -> None:
    whole = into(np.zeros((10, 12), np.float32), np.ones((40, 40), np.float32), Window(2, 6, 3, 8))
    assert whole.sum() == 20 and whole[2:6, 3:8].min() == 1


@given(st.integers(1, 200), st.integers(1, 200))
def test_a_subject_that_fills_a_picture_keeps_its_first_and_last_rows(height: int, width: int) -> None:
    part = part_to_look_at(np.ones((48, 64), np.float32), (height, width))
    assert part is not None
    assert part.pixels == Window(0, height, 0, width)
