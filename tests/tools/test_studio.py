"""Pictures, the network and rendering together: what is kept, and what is never done twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.errors import BadValue
from tools.pictures import Picture
from tools.recipe import Background, Recipe
from tools.settings import Limits, Settings
from tools.studio import Studio

CUT = Recipe(cut=True)


@pytest.fixture
def studio(settings: Settings) -> Studio:
    return Studio(settings)


@pytest.fixture
def picture(studio: Studio, photo_file: Path) -> Picture:
    return studio.pictures.admit(photo_file.read_bytes(), "me.jpg")


def test_the_network_runs_once_even_over_a_restart(studio: Studio, picture: Picture, settings: Settings) -> None:
    first = studio.alpha(picture)
    again = Studio(settings)
    assert np.array_equal(again.alpha(picture), first)
    for recipe in (CUT, CUT.with_edges(erode=2), replace(CUT, background=Background("color", "#FF0000"))):
        again.render(picture, recipe)
    assert (studio.engine.calls, again.engine.calls) == (1, 0)


def test_the_same_recipe_gives_the_same_bytes(studio: Studio, picture: Picture, settings: Settings) -> None:
    recipe = replace(CUT.with_edges(feather=2), background=Background("gradient", "#FF0000", "#0000FF"))
    first = studio.file(picture, recipe).read_bytes()
    studio.file(picture, recipe).unlink()
    assert Studio(settings).file(picture, recipe).read_bytes() == first


def test_sure_pixels_keep_the_captured_colour_byte_for_byte(studio: Studio, picture: Picture) -> None:
    original = studio.pictures.pixels(picture).rgb
    result = np.asarray(Image.open(studio.file(picture, CUT)))
    sure = result[..., 3] == 255
    assert sure.any()
    assert np.array_equal(result[sure][:, :3], original[sure])


def test_sixteen_bits_stay_sixteen_bits(studio: Studio, settings: Settings, photo: np.ndarray, tmp_path: Path) -> None:
    import cv2

    deep = photo[..., ::-1].astype(np.uint16) * 257 + 3
    cv2.imwrite(str(tmp_path / "deep.png"), deep)
    picture = studio.pictures.admit((tmp_path / "deep.png").read_bytes(), "deep.png")
    result = cv2.imread(str(studio.file(picture, CUT)), cv2.IMREAD_UNCHANGED)
    sure = result[..., 3] == 65535
    assert result.dtype == np.uint16
    assert sure.any()
    assert np.array_equal(result[sure][:, :3], deep[sure])


def test_a_picture_that_is_cut_out_already_keeps_its_own_alpha(
    studio: Studio, photo: np.ndarray, tmp_path: Path
) -> None:
    alpha = np.zeros((96, 96), np.uint8)
    alpha[20:70, 30:60] = 255
    alpha[20:70, 60] = 90
    Image.fromarray(np.dstack([photo, alpha])).save(tmp_path / "cut.png")
    picture = studio.pictures.admit((tmp_path / "cut.png").read_bytes(), "cut.png")
    assert np.array_equal(studio.alpha(picture), alpha)


def test_a_preview_is_the_result_in_small(studio: Studio, picture: Picture) -> None:
    recipe = replace(CUT, background=Background("color", "#00FF00"))
    small = Image.open(studio.file(picture, recipe, longest=48))
    full = Image.open(studio.file(picture, recipe)).resize((48, 48), Image.Resampling.BOX)
    assert small.size == (48, 48)
    difference = np.abs(np.asarray(small.convert("RGB"), int) - np.asarray(full.convert("RGB"), int))
    assert difference.mean() < 6


def test_forgetting_a_picture_leaves_nothing_of_it(studio: Studio, picture: Picture, settings: Settings) -> None:
    studio.file(picture, CUT)
    studio.forget(picture)
    assert [p for p in settings.data.rglob("*") if p.is_file()] == []


def test_rendered_files_stay_within_their_bound(studio: Studio, picture: Picture, settings: Settings) -> None:
    studio.file(picture, CUT)
    studio.file(picture, CUT.with_edges(erode=1))
    Studio(replace(settings, limits=Limits(render_bytes=1)))
    assert list((settings.data / "renders").rglob("*.png")) == []


@pytest.mark.parametrize("change", [{"device": "tpu"}, {"weights": Path("nothing.safetensors")}])
def test_a_network_that_can_not_start_is_told_in_a_sentence(settings: Settings, change: dict[str, object]) -> None:
    with pytest.raises(BadValue, match="no_engine"):
        Studio(replace(settings, **change)).engine  # type: ignore[arg-type]  # noqa: B018
