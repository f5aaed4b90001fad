"""Photos before another background: the subject stays, its old background does not come along."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.cache import Cache, open_cache
from models.training.compose import spread_sure_colours
from models.training.data import Mixer, training_entries

from ..packs import write_pack


def soft_disc(side: int, softness: float) -> np.ndarray:
    """Alpha uint8 (side, side) of a disc with a soft rim."""
    hard = np.zeros((side, side), np.uint8)
    cv2.circle(hard, (side // 2, side // 2), side // 4, 255, -1)
    return np.asarray(cv2.GaussianBlur(hard, (0, 0), softness), np.uint8)


@given(st.floats(0.5, 3.0), st.integers(0, 255), st.integers(0, 255))
def test_colours_past_the_edge_are_those_of_the_subject_alone(softness: float, red: int, blue: int) -> None:
    alpha = soft_disc(64, softness)
    share = alpha[..., None] / 255.0
    subject, behind = np.array([red, 90, 40.0]), np.array([10, 200, blue])
    photo = np.rint(share * subject + (1 - share) * behind).astype(np.uint8)
    colours = spread_sure_colours(photo, alpha).astype(int)
    assert np.abs(colours - subject)[alpha > 0].max() <= 6  # 250 of 255 counts as sure: 2 % of another colour are in it


def test_a_photo_without_a_sure_pixel_still_gets_colours() -> None:
    photo = np.full((20, 20, 3), 77, np.uint8)
    assert spread_sure_colours(photo, np.full((20, 20), 100, np.uint8)).shape == (20, 20, 3)


@pytest.fixture
def mixer(tmp_path: Path) -> Mixer:
    for number, pack in enumerate(("portraits", "backgrounds")):
        write_pack(tmp_path, pack, 8, number)
    cache: Cache = open_cache(tmp_path, tmp_path / "cache", ("portraits", "backgrounds"))
    return Mixer(cache, training_entries(cache), np.random.default_rng(3))


def test_a_subject_keeps_its_place_and_matte_before_another_background(mixer: Mixer) -> None:
    photo = np.dstack((np.full((64, 64, 3), (0, 255, 0), np.uint8), soft_disc(64, 1.0)))
    inside = photo[..., 3] > 250
    photo[inside, :3] = (200, 30, 30)
    swapped = mixer._before_another(photo, (64, 64))
    assert (swapped[..., 3] == photo[..., 3]).all()
    outside = photo[..., 3] == 0
    assert (swapped[outside, :3] != photo[outside, :3]).any(1).mean() > 0.9
    assert swapped[inside, 0].mean() > swapped[inside, 1].mean() + 40  # still red, in whatever light
