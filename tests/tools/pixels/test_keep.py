"""Which parts of the foreground stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tools.pixels.edges import Alpha
from tools.pixels.keep import keep_parts


def scene(height: int = 300, width: int = 400, *discs: tuple[int, int, int]) -> Alpha:
    picture: NDArray[np.uint8] = np.zeros((height, width), np.uint8)
    for x, y, radius in discs:
        cv2.circle(picture, (x, y), radius, 255, -1, cv2.LINE_AA)
    return picture


MAIN, SECOND, SPECK = (180, 160, 70), (350, 80, 40), (30, 260, 12)
ALL = scene(300, 400, MAIN, SECOND, SPECK)


def test_everything_is_a_copy() -> None:
    result = keep_parts(ALL, "everything")
    np.testing.assert_array_equal(result, ALL)
    assert not np.shares_memory(result, ALL)


def test_the_main_subject_stays_alone_and_unchanged() -> None:
    np.testing.assert_array_equal(keep_parts(ALL, "main_subject"), scene(300, 400, MAIN))


def test_the_central_one_of_two_equals_is_the_main_subject() -> None:
    both = scene(300, 400, (60, 60, 50), (200, 160, 50))
    np.testing.assert_array_equal(keep_parts(both, "main_subject"), scene(300, 400, (200, 160, 50)))


def test_strands_and_fragments_of_hair_stay_with_the_main_subject() -> None:
    hairy = scene(300, 400, MAIN, SECOND)
    hairy[98:102, 100:145] = 60
    hairy[84:86, 170:190] = 200
    kept = keep_parts(hairy, "main_subject")
    np.testing.assert_array_equal(kept[:, :280], hairy[:, :280])
    assert not kept[:, 305:].any()


def test_a_faint_bridge_does_not_join_two_subjects() -> None:
    bridged = scene(300, 400, MAIN, SECOND)
    bridged[100:104, 240:330] = 40
    kept = keep_parts(bridged, "main_subject")
    assert kept[160, 180] == 255
    assert not kept[40:120, 315:].any()


def test_people_are_the_parts_that_hold_a_face() -> None:
    face = (340.0, 60.0, 362.0, 90.0)
    np.testing.assert_array_equal(keep_parts(ALL, "people", [face]), scene(300, 400, SECOND))


@pytest.mark.parametrize("boxes", [None, []])
def test_without_faces_people_keeps_what_is_comparable_in_size(
    boxes: list[tuple[float, float, float, float]] | None,
) -> None:
    np.testing.assert_array_equal(keep_parts(ALL, "people", boxes), scene(300, 400, MAIN, SECOND))


def test_a_face_outside_of_every_part_keeps_nothing() -> None:
    assert not keep_parts(ALL, "people", [(0.0, 0.0, 10.0, 10.0)]).any()


def test_large_pictures_are_decided_like_small_ones() -> None:
    large = scene(1500, 2000, (900, 800, 350), (1750, 400, 200))
    np.testing.assert_array_equal(keep_parts(large, "main_subject"), scene(1500, 2000, (900, 800, 350)))


def test_an_empty_or_faint_alpha_stays_as_it_is() -> None:
    faint = np.full((20, 20), 90, np.uint8)
    np.testing.assert_array_equal(keep_parts(faint, "main_subject"), faint)
    with pytest.raises(ValueError, match="alpha must be uint8"):
        keep_parts(np.zeros((4, 4, 3), np.uint8), "everything")
