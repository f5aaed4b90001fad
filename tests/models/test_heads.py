"""Heads are found where they are, at any size, and not in things."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.heads import Window, apart, detector, find_heads, histograms
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
    same = [Window(0.9, 100, 200, 150), Window(0.8, 110, 205, 152), Window(0.7, 100, 200, 320)]
    assert list(apart(same)) == [same[0], same[2]]


def test_directions_are_told_apart_and_light_does_not_count() -> None:
    upright = np.tile((np.arange(64) // 8 % 2 * 80).astype(np.float32), (64, 1))
    across, down = histograms(upright), histograms(np.ascontiguousarray(upright.T))
    assert across[20:40, 20:40].mean(axis=(0, 1)).argmax() != down[20:40, 20:40].mean(axis=(0, 1)).argmax()
    assert np.abs(histograms(upright + 60) - across).max() < 1e-4
    assert detector().shape == (9 * 11 * 9 + 1,)
