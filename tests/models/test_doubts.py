"""Where a matte is in doubt, and why."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.doubts import Doubt, find_doubts, place

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
SIZE = 240
WHERE = {"top_left", "top", "top_right", "left", "middle", "right", "bottom_left", "bottom", "bottom_right"}


def scene(
    inside: tuple[int, int, int], outside: tuple[int, int, int], box: tuple[int, int, int, int]
) -> tuple[Bytes, Floats]:
    """A box (left, top, right, bottom) of one colour before another, and its alpha with a slightly soft edge."""
    alpha = np.zeros((SIZE, SIZE), np.float32)
    left, top, right, bottom = box
    alpha[top:bottom, left:right] = 1
    rgb = alpha[..., None] * np.array(inside) + (1 - alpha[..., None]) * np.array(outside)
    return rgb.astype(np.uint8), np.asarray(cv2.blur(alpha, (3, 3)), np.float32)


def along(left: int, top: int, right: int, bottom: int) -> Floats:
    doubt = np.zeros((SIZE, SIZE), np.float32)
    doubt[top:bottom, left:right] = 0.6
    return doubt


def only(rgb: Bytes, alpha: Floats, doubt: Floats) -> Doubt:
    (found,) = find_doubts(rgb, alpha, doubt)
    return found


def test_a_sure_matte_has_no_doubts() -> None:
    rgb, alpha = scene((200, 50, 50), (50, 50, 200), (70, 70, 170, 170))
    assert find_doubts(rgb, alpha, np.full((SIZE, SIZE), 0.05, np.float32)) == ()


def test_a_speck_is_not_worth_a_word() -> None:
    rgb, alpha = scene((200, 50, 50), (50, 50, 200), (70, 70, 170, 170))
    assert find_doubts(rgb, alpha, along(70, 70, 76, 74)) == ()


def test_like_colours_on_both_sides_are_the_reason() -> None:
    rgb, alpha = scene((100, 110, 100), (104, 112, 101), (70, 70, 170, 170))
    found = only(rgb, alpha, along(160, 80, 180, 160))
    assert found.reason == "similar_colour" and found.where == "right"
    assert found.box == pytest.approx((160 / SIZE, 80 / SIZE, 180 / SIZE, 160 / SIZE))
    assert 0 < found.strength <= 1


def test_strands_are_fine_detail() -> None:
    rgb, alpha = scene((20, 20, 20), (230, 230, 230), (70, 90, 170, 200))
    for column in range(70, 170, 6):
        cv2.line(alpha, (column, 90), (column + 3, 70), 1.0, 1)
    rgb[alpha > 0.5] = 20
    found = only(rgb, alpha, along(70, 68, 172, 92))
    assert found.reason == "fine_detail" and found.where == "top"


def test_a_wide_smooth_edge_is_soft() -> None:
    rgb, _ = scene((200, 50, 50), (50, 50, 200), (70, 70, 170, 170))
    alpha = np.zeros((SIZE, SIZE), np.float32)
    alpha[70:170, 70:160] = 1
    alpha = np.asarray(cv2.blur(alpha, (9, 9)), np.float32)
    assert only(rgb, alpha, along(156, 80, 164, 160)).reason == "soft_edge"


def test_a_whole_part_that_is_half_kept_is_unclear() -> None:
    rgb, alpha = scene((200, 50, 50), (50, 50, 200), (20, 70, 120, 170))
    alpha[90:150, 120:200] = 0.5
    assert only(rgb, alpha, along(120, 90, 200, 150)).reason == "unclear_part"


@pytest.mark.parametrize(
    ("box", "doubtful", "reason"),
    [
        ((0, 60, 120, 160), (0, 60, 6, 160), "cut_at_border"),
        ((60, 0, 180, 120), (60, 0, 180, 6), "cut_at_border"),
        ((60, 120, 180, 240), (60, 234, 180, 240), "unsaid"),
    ],
)
def test_the_lower_border_cuts_portraits_the_others_are_worth_saying(
    box: tuple[int, int, int, int], doubtful: tuple[int, int, int, int], reason: str
) -> None:
    rgb, alpha = scene((200, 50, 50), (50, 50, 200), box)
    reasons = [found.reason for found in find_doubts(rgb, alpha, along(*doubtful))]
    assert ("cut_at_border" in reasons) == (reason == "cut_at_border")


def test_at_most_three_are_told_the_worst_first() -> None:
    rgb, alpha = scene((200, 50, 50), (50, 50, 200), (60, 60, 180, 180))
    doubt = np.maximum.reduce(
        [along(50, 60, 62, 150), along(175, 90, 187, 150), along(90, 175, 150, 187), along(100, 50, 170, 62)]
    )
    found = find_doubts(rgb, alpha, doubt)
    assert len(found) == 3
    assert [d.strength for d in found] == sorted((d.strength for d in found), reverse=True)


def test_the_same_sentence_is_said_once() -> None:
    rgb, alpha = scene((100, 100, 100), (101, 101, 101), (60, 60, 180, 180))
    doubt = np.maximum(along(170, 85, 190, 110), along(170, 130, 190, 155))
    found = only(rgb, alpha, doubt)
    assert found.where == "right"
    assert found.box == pytest.approx((170 / SIZE, 85 / SIZE, 190 / SIZE, 155 / SIZE))


@given(st.floats(0, 1), st.floats(0, 1))
def test_every_point_has_a_place(x: float, y: float) -> None:
    assert place(x, y) in WHERE


def test_places_are_named_as_one_looks_at_the_picture() -> None:
    assert [place(x, y) for x, y in ((0, 0), (0.5, 0.1), (0.9, 0.5), (0.5, 0.5), (0.1, 0.9))] == [
        "top_left", "top", "right", "middle", "bottom_left",
    ]  # fmt: skip
