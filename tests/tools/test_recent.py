"""What is remembered of pictures: asked for once, bounded, forgotten with the picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tools.recent import Recent
from tools.recipe import Background, Recipe
from tools.settings import Settings
from tools.studio import Studio

CUT = Recipe(cut=True)


def megabyte() -> np.ndarray:
    return np.zeros(2**20, np.uint8)


def never() -> np.ndarray:
    raise AssertionError("it was remembered")


def test_what_was_made_once_is_given_out_again_and_can_not_be_written_to() -> None:
    recent = Recent(2**21)
    first = recent.get("a", "alpha", megabyte)
    assert recent.get("a", "alpha", never) is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1


def test_the_oldest_goes_first_and_nothing_passes_the_bound() -> None:
    recent = Recent(2 * 2**20)
    for name in ("a", "b"):
        recent.get(name, "alpha", megabyte)
    recent.get("a", "alpha", never)
    recent.get("c", "alpha", megabyte)
    recent.get("a", "alpha", never)
    made: list[str] = []
    recent.get("b", "alpha", lambda: (made.append("b"), megabyte())[1])
    assert made == ["b"]
    recent.put("d", "too much", np.zeros(2**22, np.uint8))
    recent.put("e", "alpha", megabyte())
    recent.get("e", "alpha", never)


def test_a_forgotten_picture_is_forgotten_whole() -> None:
    recent = Recent(2**24)
    recent.get("a", "alpha", megabyte)
    recent.get("a", "foreground", megabyte)
    recent.get("b", "alpha", megabyte)
    recent.forget("a")
    recent.get("b", "alpha", never)
    made: list[str] = []
    for what in ("alpha", "foreground"):
        recent.get("a", what, lambda what=what: (made.append(what), megabyte())[1])
    assert made == ["alpha", "foreground"]


@pytest.mark.parametrize(
    "recipe",
    [
        CUT,
        replace(CUT, background=Background("color", "#FF0000")),
        replace(CUT, background=Background("blur")),
        CUT.with_edges(feather=2, erode=1),
        CUT.with_edges(dilate=3),
        CUT.with_edges(denoise=True, alpha_threshold=20),
        CUT.keeping("main_subject"),
    ],
)
def test_remembered_colours_give_the_same_bytes_as_new_ones(
    recipe: Recipe, settings: Settings, photo_file: Path
) -> None:
    remembers = Studio(settings)
    picture = remembers.pictures.admit(photo_file.read_bytes(), "me.jpg")
    for earlier in (CUT, CUT.with_edges(denoise=True), CUT.keeping("people"), recipe):
        remembers.render(picture, earlier)
    again = remembers.render(picture, recipe)
    new = Studio(settings).render(picture, recipe)
    assert np.array_equal(again.rgb, new.rgb)
    assert np.array_equal(again.matte, new.matte)
