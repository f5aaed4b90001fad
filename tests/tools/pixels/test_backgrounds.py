"""Backgrounds: exact colours, gradients without bands, pictures that fill, blur without bleeding."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tools.pixels.backgrounds import default_blur, paint, parse_color
from tools.pixels.composite import Picture
from tools.recipe import Background, Direction

colors = st.tuples(*[st.integers(0, 255)] * 3)


def hexed(color: tuple[int, int, int]) -> str:
    return "#{:02X}{:02X}{:02X}".format(*color)


@given(colors)
def test_a_colour_is_read_and_painted_exactly(color: tuple[int, int, int]) -> None:
    assert parse_color(hexed(color)) == parse_color(hexed(color).lower()) == color
    assert (paint(Background("color", hexed(color)), 3, 5) == color).all()
    deep = paint(Background("color", hexed(color)), 3, 5, dtype=np.uint16)
    assert deep.dtype == np.uint16 and (deep == np.array(color) * 257).all()


@pytest.mark.parametrize("text", ["", "#FFF", "FFFFFF", "#GGGGGG", "#FFFFFF\n", "#FFFFFF00", "red"])
def test_other_spellings_of_a_colour_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="#RRGGBB"):
        parse_color(text)


@given(colors, st.sampled_from(["vertical", "horizontal", "radial"]))
def test_a_gradient_between_equal_colours_is_flat(color: tuple[int, int, int], direction: Direction) -> None:
    assert (paint(Background("gradient", hexed(color), hexed(color), direction), 20, 30) == color).all()


@pytest.mark.parametrize(
    ("direction", "first", "last"),
    [("vertical", (0, 30), (99, 30)), ("horizontal", (50, 0), (50, 119)), ("radial", (50, 60), (0, 0))],
)
def test_a_gradient_goes_from_the_first_colour_to_the_second(
    direction: Direction, first: tuple[int, int], last: tuple[int, int]
) -> None:
    deep = paint(Background("gradient", "#102030", "#F0A000", direction), 100, 120, dtype=np.uint16) / 257
    near = 4 if direction == "radial" else 0.01
    np.testing.assert_allclose(deep[first], (0x10, 0x20, 0x30), atol=near)
    np.testing.assert_allclose(deep[last], (0xF0, 0xA0, 0), atol=near)


def test_a_gradient_shows_no_bands() -> None:
    """A slow gradient without dithering is constant over 40 rows; with it, the local mean follows the ramp."""
    picture = paint(Background("gradient", "#404040", "#484848"), 320, 64)[..., 0].astype(float)
    means = picture.reshape(40, 8, 64).mean((1, 2))
    ramp = np.linspace(0x40, 0x48, 320).reshape(40, 8).mean(1)
    np.testing.assert_allclose(means, ramp, atol=0.1)


@pytest.mark.parametrize("kind", ["gradient", "blur"])
def test_the_same_recipe_gives_the_same_bytes(kind: Any) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    alpha = np.zeros((40, 50), np.uint8)
    one, two = (paint(Background(kind), 40, 50, original_rgb=rgb, alpha=alpha) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def quarters(height: int, width: int) -> NDArray[np.uint8]:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (255, 0, 0)
    picture[: height // 2, width // 2 :] = (0, 255, 0)
    picture[height // 2 :, : width // 2] = (0, 0, 255)
    return picture


@pytest.mark.parametrize("size", [(60, 200), (200, 60), (30, 30), (500, 900)])
def test_a_picture_fills_the_frame_centred(size: tuple[int, int]) -> None:
    result = paint(Background("picture"), *size, behind=quarters(120, 160))
    assert result.shape == (*size, 3)
    rows, columns = (0, size[0] - 1), (0, size[1] - 1)
    corners = [result[y, x].tolist() for y in rows for x in columns]
    assert corners == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 0, 0]]
    middle = paint(Background("picture"), *size, behind=quarters(121, 161))
    assert middle[size[0] * 3 // 8, size[1] * 3 // 8].tolist() == [255, 0, 0]


def test_depths_are_converted_both_ways() -> None:
    deep = paint(Background("picture"), 120, 160, behind=quarters(120, 160), dtype=np.uint16)
    assert deep.dtype == np.uint16 and deep[0, 0].tolist() == [65535, 0, 0]
    shallow = paint(Background("picture"), 120, 160, behind=deep)
    np.testing.assert_array_equal(shallow, quarters(120, 160))


def subject_on_green(depth: type[np.uint8] | type[np.uint16] = np.uint8) -> tuple[Picture, NDArray[np.uint8]]:
    """A magenta disc with a soft rim on green."""
    alpha = np.zeros((240, 300), np.uint8)
    cv2.circle(alpha, (150, 130), 70, 255, -1)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 2), np.uint8)
    a = alpha[..., None] / 255
    rgb = np.rint(a * (255, 0, 255) + (1 - a) * (20, 200, 40)).astype(np.uint8)
    return (rgb if depth is np.uint8 else rgb.astype(np.uint16) * np.uint16(257)), alpha


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("blur", [0, 3, 40])
def test_the_subject_does_not_bleed_into_a_blurred_background(
    depth: type[np.uint8] | type[np.uint16], blur: float
) -> None:
    rgb, alpha = subject_on_green(depth)
    result = paint(Background("blur", blur=blur), 240, 300, original_rgb=rgb, alpha=alpha, dtype=depth)
    assert result.dtype == depth
    off = np.abs(result / (257 if depth is np.uint16 else 1) - (20, 200, 40))
    assert off.max() < 4 and off[alpha == 0].mean() < 0.5


def test_more_blur_leaves_less_detail_and_scale_multiplies_it() -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    alpha = np.zeros((200, 200), np.uint8)

    def blurred(px: float, scale: float = 1.0) -> Picture:
        return paint(Background("blur", blur=px), 200, 200, original_rgb=rgb, alpha=alpha, scale=scale)

    spreads = [blurred(px).std() for px in (1, 3, 9, 27)]
    assert spreads == sorted(spreads, reverse=True)
    np.testing.assert_array_equal(blurred(8, 0.5), blurred(4))


def test_blur_of_a_picture_that_is_all_subject_works() -> None:
    rgb = np.full((30, 40, 3), 90, np.uint8)
    full = np.full((30, 40), 255, np.uint8)
    assert (paint(Background("blur"), 30, 40, original_rgb=rgb, alpha=full) == 90).all()
    assert default_blur(3000, 4000) == default_blur(4000, 3000) == 80


def test_the_original_comes_back_as_a_copy_and_inputs_stay() -> None:
    rgb, alpha = subject_on_green()
    before = rgb.copy()
    result = paint(Background("original"), 240, 300, original_rgb=rgb, alpha=alpha)
    np.testing.assert_array_equal(result, rgb)
    assert not np.shares_memory(result, rgb)
    paint(Background("blur"), 240, 300, original_rgb=rgb, alpha=alpha)
    np.testing.assert_array_equal(rgb, before)


@pytest.mark.parametrize("kind", ["transparent", "picture", "blur", "original"])
def test_what_cannot_be_painted_says_so(kind: Any) -> None:
    with pytest.raises(ValueError, match="can't be painted"):
        paint(Background(kind), 4, 4)
