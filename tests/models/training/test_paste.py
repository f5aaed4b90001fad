"""A second subject beside the first: both are foreground, nothing else of the second's photo comes along."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.training.cache import Entry
from models.training.data import pasted_as
from models.training.paste import MOST_HIDDEN, beside, stands_free

Pixels = NDArray[np.uint8]
GREEN, RED, BLUE = (20, 160, 40), (220, 30, 30), (20, 30, 220)


def photo(subject: tuple[int, int, int], behind: tuple[int, int, int], box: tuple[int, int, int, int]) -> Pixels:
    """64 x 80 with a box (top, bottom, left, right) as its subject."""
    top, bottom, left, right = box
    pixels = np.zeros((64, 80, 4), np.uint8)
    pixels[..., :3] = behind
    pixels[top:bottom, left:right] = (*subject, 255)
    return pixels


FIRST = photo(RED, GREEN, (20, 50, 8, 22))
OTHER = photo(BLUE, GREEN, (10, 60, 30, 45))


@given(st.integers(0, 2**32 - 1))
def test_both_are_foreground_and_the_rest_stays_as_it_was(seed: int) -> None:
    joined = beside(FIRST, OTHER, np.random.default_rng(seed))
    assert (joined[..., 3] >= FIRST[..., 3]).all()
    untouched = (joined[..., 3] == 0) | (FIRST[..., 3] == 255) & (joined[..., :3] == RED).all(-1)
    assert (joined[untouched] == FIRST[untouched]).all()


@given(st.integers(0, 2**32 - 1))
def test_nothing_of_the_second_photos_background_comes_along(seed: int) -> None:
    joined = beside(FIRST, OTHER, np.random.default_rng(seed))
    added = (joined[..., 3] > 0) & (FIRST[..., 3] == 0)
    colours = joined[added & (joined[..., 3] == 255)][:, :3].astype(int)
    assert not colours.size or np.ptp(colours, axis=0).max() <= 2  # one colour, in whatever light: that of the box


def test_the_second_is_added_more_often_than_not() -> None:
    joined = [beside(FIRST, OTHER, np.random.default_rng(seed)) for seed in range(20)]
    assert sum(each is not FIRST for each in joined) > 10


@given(st.integers(0, 2**32 - 1))
def test_the_first_is_never_mostly_hidden(seed: int) -> None:
    joined = beside(FIRST, OTHER, np.random.default_rng(seed))
    hidden = (FIRST[..., 3] == 255) & (joined[..., :3] != RED).any(-1)
    assert hidden.sum() <= MOST_HIDDEN * (FIRST[..., 3] == 255).sum()


def test_a_subject_that_its_photo_cuts_off_at_the_side_or_top_fits_nowhere() -> None:
    for box in ((10, 60, 0, 20), (10, 60, 60, 80), (0, 40, 30, 45)):
        cut = photo(BLUE, GREEN, box)
        assert not stands_free(cut[..., 3])
        assert beside(FIRST, cut, np.random.default_rng(0)) is FIRST


def test_one_that_the_lower_border_cuts_off_stands_on_it_again() -> None:
    bust = photo(BLUE, GREEN, (30, 64, 30, 45))
    for seed in range(20):
        joined = beside(FIRST, bust, np.random.default_rng(seed))
        if joined is not FIRST:
            assert joined[-1, :, 3].max() == 255


def test_a_photo_without_subject_stays_as_it_is() -> None:
    empty = FIRST.copy()
    empty[..., 3] = 0
    assert beside(empty, OTHER, np.random.default_rng(0)) is empty
    assert beside(FIRST, empty, np.random.default_rng(0)) is FIRST


def test_heads_without_scene_stand_beside_portraits_and_things_beside_nothing() -> None:
    def entry(kind: str, subject: str, edge: str) -> Entry:
        return Entry("teacher", "n", kind, "s", subject, edge, 64, 64, 0)

    assert pasted_as(entry("cutout", "portrait", "alpha")) == "portrait"
    assert pasted_as(entry("photo", "portrait", "teacher")) == ""
    assert pasted_as(entry("photo", "animal", "teacher")) == "animal"
    assert pasted_as(entry("photo", "animal", "coarse")) == ""
    assert pasted_as(entry("cutout", "product", "soft")) == ""
