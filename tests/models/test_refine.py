"""From the network's size to the picture's own."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.refine import refine, without_ghosts
from models.refine_tiles import _functions

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


def disc(size: int, radius: float) -> Floats:
    """A sharp disc in the middle, its outline antialiased, 0..1."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.clip(radius - np.hypot(x, y) + 0.5, 0, 1).astype(np.float32)


def painted(alpha: Floats, inside: tuple[int, int, int], outside: tuple[int, int, int]) -> Bytes:
    """A picture of two colours and a photo's noise."""
    mixed = alpha[..., None] * np.array(inside) + (1 - alpha[..., None]) * np.array(outside)
    noise = np.random.default_rng(1).normal(0, 2, mixed.shape)
    return np.clip(mixed + noise, 0, 255).astype(np.uint8)


def as_the_network_saw(alpha: Floats, size: int) -> Floats:
    small = cv2.resize(alpha, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.7), np.float32)


def error(found: Bytes, truth: Floats) -> float:
    return float(np.abs(found / 255 - truth).mean())


def enlarged(alpha: Floats, size: int) -> Bytes:
    return (cv2.resize(alpha, (size, size)) * 255).astype(np.uint8)


@pytest.mark.parametrize("size", [192, 384, 800])
def test_a_hard_edge_becomes_sharp_again(size: int) -> None:
    truth = disc(size, size * 0.3)
    small = as_the_network_saw(truth, 96)
    found = refine(painted(truth, (200, 60, 40), (40, 90, 160)), small)
    assert found.shape == (size, size)
    assert error(found, truth) < 0.3 * error(enlarged(small, size), truth)


def test_thin_hairs_that_the_network_blurred_come_back() -> None:
    truth = disc(512, 120)
    for column in range(120, 400, 14):
        cv2.line(truth, (column, 140), (column + 20, 60), 1.0, 2, cv2.LINE_AA)
    small = as_the_network_saw(truth, 128)
    found = refine(painted(truth, (30, 25, 20), (210, 215, 220)), small)
    hair = slice(70, 130)
    assert error(found[hair], truth[hair]) < 0.7 * error(enlarged(small, 512)[hair], truth[hair])


def test_where_both_sides_look_alike_the_outline_stays_smooth() -> None:
    truth = disc(512, 150)
    small = as_the_network_saw(truth, 128)
    found = refine(painted(truth, (120, 120, 120), (120, 120, 120)), small)
    assert error(found, truth) <= error(enlarged(small, 512), truth)


def test_sure_pixels_are_exactly_0_or_255() -> None:
    truth = disc(640, 200)
    found = refine(painted(truth, (200, 60, 40), (40, 90, 160)), as_the_network_saw(truth, 128))
    distance = np.abs(np.hypot(*(np.mgrid[:640, :640] - 319.5)) - 200)
    assert set(np.unique(found[distance > 25])) == {0, 255}


def test_nearly_sure_alphas_are_taken_for_sure() -> None:
    alpha = np.full((64, 64), 0.99, np.float32)
    assert (refine(np.zeros((300, 300, 3), np.uint8), alpha) == 255).all()


def test_an_even_veil_stays_half_transparent() -> None:
    photo = np.random.default_rng(3).integers(90, 110, (400, 400, 3), dtype=np.uint8)
    found = refine(photo, np.full((100, 100), 0.3, np.float32))
    assert np.abs(found.astype(int) - 77).max() <= 3


def test_tiles_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = disc(602, 240)
    photo, small = painted(truth, (200, 60, 40), (40, 90, 160)), as_the_network_saw(truth, 128)
    found = refine(photo, small)
    monkeypatch.setattr("models.refine.TILE", 1024)
    assert np.abs(found.astype(int) - refine(photo, small)).max() <= 1


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40), st.integers(1, 40), st.integers(0, 5))
def test_any_two_sizes_fit(height: int, width: int, small_height: int, small_width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    photo = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    alpha = random.random((small_height, small_width), dtype=np.float32)
    found = refine(photo, alpha)
    assert found.shape == (height, width) and found.dtype == np.uint8


@settings(max_examples=20, deadline=None)
@given(st.booleans(), st.integers(1, 400), st.integers(1, 400))
def test_all_or_nothing_stays_all_or_nothing(everything: bool, height: int, width: int) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    alpha = np.full((32, 48), float(everything), np.float32)
    assert (refine(photo, alpha) == (255 if everything else 0)).all()


def test_what_goes_in_is_left_alone() -> None:
    truth = disc(300, 90)
    photo, small = painted(truth, (200, 60, 40), (40, 90, 160)), as_the_network_saw(truth, 64)
    before = photo.copy(), small.copy()
    refine(photo, small)
    assert np.array_equal(photo, before[0]) and np.array_equal(small, before[1])


def test_a_faint_veil_apart_from_the_subject_goes_and_the_subject_stays() -> None:
    alpha = disc(200, 40)
    alpha[10:40, 10:40] = 0.4
    assert np.array_equal(without_ghosts(alpha), disc(200, 40))


def test_a_second_solid_thing_and_faint_ends_of_hair_stay() -> None:
    alpha = disc(200, 40)
    alpha[10:40, 10:40] = 0.9
    alpha[100, 139:146] = 0.05
    assert np.array_equal(without_ghosts(alpha), alpha)


def test_a_picture_of_nothing_but_a_veil_is_kept() -> None:
    veil = np.full((50, 60), 0.4, np.float32)
    assert np.array_equal(without_ghosts(veil), veil)


def test_more_threads_change_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = disc(602, 240)
    photo, small = painted(truth, (200, 60, 40), (40, 90, 160)), as_the_network_saw(truth, 128)
    found = []
    for threads in (1, 3):
        monkeypatch.setattr("models.cores.share", lambda threads=threads: threads)
        found.append(refine(photo, small))
    assert np.array_equal(*found)


def test_the_linear_functions_are_those_of_the_guided_filter() -> None:
    """Against NumPy's least squares on one window: alpha that is a linear function of colour is found again."""
    random = np.random.default_rng(2)
    rgb = random.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    alpha = np.rint(0.5 * rgb[..., 0] + 0.25 * rgb[..., 1] + 0.1 * rgb[..., 2] + 10).astype(np.uint8)
    planes = np.zeros((6, 12, 12), np.float32)
    _functions(rgb, alpha, 2, np.float32(1e-9), 14, 14, planes)
    expected = np.array([0.5, 0.25, 0.1, 10 / 255, 1.0])
    np.testing.assert_allclose(planes[:5].mean((1, 2)), expected, atol=0.01)
