"""Heads are found where they are, at any size, and not in things."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.head_network import CELL, UNIT, seen
from models.heads import Window, apart, find_heads
from models.train_heads import CROP, SIDE, shown, truth
from tools.settings import Settings
from tools.studio import Studio

CROWN, CHIN, CENTRE = 15, 182, 222  # px of samples/astronaut.png, by eye


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The astronaut and her alpha, as the product's own network cuts her out."""
    folder = tmp_path_factory.mktemp("heads")
    studio = Studio(Settings(data=folder, outputs=folder, device="cpu"))
    path = Path(__file__).parent.parent.parent / "samples" / "astronaut.png"
    picture = studio.pictures.admit(path.read_bytes(), path.name)
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.uint8), studio.alpha(picture)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.5])
def test_a_head_is_found_at_any_size(portrait: tuple[NDArray[np.uint8], NDArray[np.uint8]], scale: float) -> None:
    rgb, alpha = (cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for part in portrait)
    first = find_heads(np.asarray(rgb, np.uint8), np.asarray(alpha, np.uint8))[0]
    size = (CHIN - CROWN) * scale
    assert abs(first.chin - CHIN * scale) < 0.12 * size
    assert abs(first.crown - CROWN * scale) < 0.12 * size
    assert abs(first.centre - CENTRE * scale) < 0.1 * size


def test_in_black_and_white_and_mirrored_too(portrait: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    grey = np.repeat(cv2.cvtColor(portrait[0], cv2.COLOR_RGB2GRAY)[:, ::-1, None], 3, axis=2)
    first = find_heads(np.ascontiguousarray(grey), np.ascontiguousarray(portrait[1][:, ::-1]))[0]
    assert abs(first.centre - (512 - CENTRE)) < 0.1 * (CHIN - CROWN)


def test_nothing_is_found_where_nothing_is_cut_out(portrait: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    assert find_heads(portrait[0], np.zeros_like(portrait[1])) == ()


def test_a_plain_thing_has_no_head() -> None:
    y, x = np.mgrid[:300, :300]
    ball = (((x - 150) ** 2 + (y - 150) ** 2 < 90**2) * 255).astype(np.uint8)
    assert find_heads(np.full((300, 300, 3), 180, np.uint8), ball) == ()


def test_windows_on_one_head_count_once() -> None:
    same = [Window(0.9, 100, 200, 150), Window(0.9, 110, 206, 152), Window(0.7, 100, 200, 320)]
    first, second = apart(same)
    assert (first.height, first.chin, first.centre) == pytest.approx((105, 203, 151))  # in the middle of both
    assert second == same[2]


def test_what_the_background_shows_does_not_count() -> None:
    random = np.random.default_rng(0)
    rgb = random.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    alpha = np.zeros((40, 40), np.uint8)
    alpha[10:30, 10:30] = 255
    other = np.where(alpha[..., None] > 0, rgb, 255 - rgb)
    assert np.array_equal(seen(rgb, alpha), seen(other, alpha))


def test_a_mark_lies_where_the_head_is_however_the_crop_is_turned() -> None:
    picture = np.zeros((CROP, CROP, 4), np.uint8)
    picture[CROP // 2 - 8 : CROP // 2 + 8, CROP // 2 - 8 : CROP // 2 + 8] = 255  # a square where the head's middle is
    for seed in range(20):
        given, told = shown(picture, np.random.default_rng(seed), head=True)
        ys, xs = np.nonzero(given[1] > 0.5)
        row, column = (int(np.clip(v // CELL, 0, SIDE // CELL - 1)) for v in (ys.mean(), xs.mean()))
        right, down = told[1, row, column] * UNIT, told[2, row, column] * UNIT
        assert abs(column * CELL + CELL / 2 + right - xs.mean()) < 1.5
        assert abs(row * CELL + CELL / 2 + down - ys.mean()) < 1.5


def test_places_at_no_head_are_told_as_such() -> None:
    assert truth(48, 48, UNIT, head=True)[0].max() == 1
    assert not truth(48, 48, UNIT, head=False).any()
