"""The true colours of soft pixels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from tools.pixels.composite import Picture, over
from tools.pixels.edges import Alpha, dilate
from tools.pixels.foreground import estimate_foreground
from tools.pixels.foreground_solver import relax

GREEN = (20, 220, 30)


def hairy(height: int, width: int) -> Alpha:
    """A soft disc with strands, cut off by the lower border."""
    alpha: NDArray[np.uint8] = np.zeros((height, width), np.uint8)
    centre = (width // 2, int(height * 0.7))
    cv2.circle(alpha, centre, height // 3, 255, -1, cv2.LINE_AA)
    for angle in np.linspace(3.3, 6.1, 25):
        tip = (
            int(centre[0] + np.cos(angle) * height * 0.5),
            int(centre[1] + np.sin(angle) * height * 0.5),
        )
        cv2.line(alpha, centre, tip, 255, 1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1.2), np.uint8)


def painted(height: int, width: int) -> NDArray[np.uint8]:
    """A foreground with slow changes of colour and some texture."""
    rng = np.random.default_rng(5)
    coarse = rng.integers(60, 200, (6, 6, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + rng.normal(0, 4, smooth.shape), 0, 255).astype(np.uint8)


def captured(foreground: Picture, alpha: Alpha, background: tuple[int, int, int]) -> Picture:
    behind = np.full_like(foreground, background)
    if foreground.dtype == np.uint16:
        behind *= np.uint16(257)
    return over(foreground, alpha, behind)


def rim_error(estimate: Picture, truth: Picture, alpha: Alpha) -> float:
    """Mean absolute error in 8-bit levels where alpha is soft, weighted by alpha: what shows on a new background."""
    soft = (alpha > 0) & (alpha < 255)
    depth = 257 if truth.dtype == np.uint16 else 1
    error = np.abs(estimate[soft].astype(float) - truth[soft]).mean(1) / depth
    return float((error * alpha[soft] / 255).mean())


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("size", [(180, 240), (700, 900)], ids=["small", "in tiles"])
def test_the_old_background_leaves_the_rim(size: tuple[int, int], depth: int) -> None:
    alpha, foreground = hairy(*size), painted(*size)
    truth: Picture = foreground if depth == 8 else foreground.astype(np.uint16) * np.uint16(257)
    photo = captured(truth, alpha, GREEN)
    estimate = estimate_foreground(photo, alpha)
    assert estimate.dtype == photo.dtype
    assert rim_error(estimate, truth, alpha) < 0.3 * rim_error(photo, truth, alpha)


def test_an_alpha_that_is_too_wide_still_loses_most_of_the_rim() -> None:
    alpha, foreground = hairy(240, 320), painted(240, 320)
    photo = captured(foreground, alpha, (250, 0, 250))
    wide = np.asarray(cv2.GaussianBlur(dilate(alpha, 1), (0, 0), 0.8), np.uint8)
    estimate = estimate_foreground(photo, wide)
    assert rim_error(estimate, foreground, wide) < 0.6 * rim_error(photo, foreground, wide)


@settings(max_examples=30)
@given(
    st.sampled_from([np.uint8, np.uint16]).flatmap(
        lambda kind: st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(
            lambda size: st.tuples(arrays.arrays(kind, (*size, 3)), arrays.arrays(np.uint8, size))
        )
    )
)
def test_sure_pixels_keep_their_bytes_whatever_comes(given_pair: tuple[Picture, Alpha]) -> None:
    rgb, alpha = given_pair
    before = rgb.copy(), alpha.copy()
    result = estimate_foreground(rgb, alpha)
    assert result.dtype == rgb.dtype and result.shape == rgb.shape
    np.testing.assert_array_equal(result[alpha == 255], rgb[alpha == 255])
    np.testing.assert_array_equal(rgb, before[0])
    np.testing.assert_array_equal(alpha, before[1])
    np.testing.assert_array_equal(result, estimate_foreground(rgb, alpha))


@pytest.mark.parametrize("value", [0, 255])
def test_without_a_soft_edge_or_a_subject_nothing_changes(value: int) -> None:
    rgb = painted(40, 50)
    np.testing.assert_array_equal(estimate_foreground(rgb, np.full((40, 50), value, np.uint8)), rgb)


@given(st.tuples(*[st.integers(0, 255)] * 3))
@settings(max_examples=20)
def test_a_picture_of_one_colour_keeps_it(color: tuple[int, int, int]) -> None:
    rgb = np.full((60, 80, 3), color, np.uint8)
    off = np.abs(estimate_foreground(rgb, hairy(60, 80)).astype(int) - rgb)
    assert off.max() <= 1


def test_outside_of_the_subject_its_colours_are_smeared() -> None:
    alpha = hairy(600, 700)
    photo = captured(np.full((600, 700, 3), (180, 60, 60), np.uint8), alpha, GREEN)
    estimate = estimate_foreground(photo, alpha)
    near = (dilate(alpha, 20) > 0) & (alpha == 0)
    assert np.abs(estimate[near].astype(int) - (180, 60, 60)).max() < 12


def test_tiles_leave_no_seams() -> None:
    size = (900, 1100)
    alpha = np.full(size, 150, np.uint8)
    alpha[300:600, 300:800] = 255
    photo = captured(np.full((*size, 3), (150, 90, 60), np.uint8), alpha, (60, 90, 200))
    estimate = estimate_foreground(photo, alpha).astype(int)
    inside = estimate[:, 801:], estimate[601:, :]
    for part in inside:
        assert max(np.abs(np.diff(part, axis=0)).max(), np.abs(np.diff(part, axis=1)).max()) <= 3


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        estimate_foreground(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.uint8))


def test_more_threads_change_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    alpha, foreground = hairy(700, 900), painted(700, 900)
    photo = captured(foreground, alpha, GREEN)
    found = []
    for threads in (1, 3):
        monkeypatch.setattr("models.cores.share", lambda threads=threads: threads)
        found.append(estimate_foreground(photo, alpha))
    assert np.array_equal(*found)


def test_one_step_solves_the_equations_of_a_pixel_whose_neighbours_are_known() -> None:
    """Against NumPy's solution of the 2 x 2 system that the paper gives for each colour."""
    random = np.random.default_rng(4)
    layers = random.random((6, 3, 3), dtype=np.float32) * 0.5 + 0.25
    alpha = random.random((3, 3), dtype=np.float32)
    image = random.random((3, 1, 1), dtype=np.float32) * 0.5 + 0.25
    found = np.empty_like(layers)
    relax(layers, found, image, alpha)
    a, around = alpha[1, 1], [(1, 0), (1, 2), (0, 1), (2, 1)]
    weights = [5e-3 + 0.1 * abs(a - alpha[place]) for place in around]
    total = sum(weights)
    for colour in range(3):
        near = [
            sum(w * layers[layer][p] for w, p in zip(weights, around, strict=True)) for layer in (colour, colour + 3)
        ]
        matrix = [[a * a + total, a * (1 - a)], [a * (1 - a), (1 - a) ** 2 + total]]
        captured_colour = image[colour, 0, 0]
        solution = np.linalg.solve(matrix, [a * captured_colour + near[0], (1 - a) * captured_colour + near[1]])
        np.testing.assert_allclose(found[[colour, colour + 3], 1, 1], np.clip(solution, 0, 1), atol=1e-4)
