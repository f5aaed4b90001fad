"""Results as files: names, sizes, and what the file must not lose."""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tools.desk import Desk, Progress, Result
from tools.errors import Cancelled
from tools.export import resize, run, wanted_size
from tools.recipe import ORIGINAL, Background, Recipe
from tools.settings import Settings
from tools.studio import Studio

NOON = datetime(2026, 3, 4, 12, 0, 5)


@pytest.fixture
def desk(settings: Settings, photo_file: Path) -> Desk:
    studio = Studio(settings)
    picture = studio.pictures.admit(photo_file.read_bytes(), "me.jpg")
    recipes = {"p1": Recipe(cut=True), "p2": ORIGINAL}
    return Desk(studio, {"p1": picture, "p2": picture}, recipes, settings.outputs, now=lambda: NOON)


def export(desk: Desk, **arguments: object) -> Result:
    return run(desk, {"pictures": ["p1"], **arguments}, Progress())


def opened(result: Result) -> Image.Image:
    return Image.open(io.BytesIO(Path(result.files[0].path).read_bytes()))


def test_files_are_named_by_the_clock_and_never_overwrite(desk: Desk) -> None:
    names = [Path(export(desk).files[0].path).name for _ in range(3)]
    assert names == ["output_20260304120005.png", "output_20260304120005_2.png", "output_20260304120005_3.png"]


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "a/b\\c.png", "logo.png", "海报", "CON"])
def test_a_name_that_was_given_stays_in_the_folder(desk: Desk, name: str) -> None:
    path = Path(export(desk, name=name).files[0].path)
    assert path.resolve().parent == desk.outputs.resolve()
    assert path.is_file()


def test_a_jpeg_of_something_transparent_lies_on_white_and_says_so(desk: Desk) -> None:
    result = export(desk, format="jpeg")
    assert result.files[0].facts["onto"] == "#FFFFFF"
    alpha = desk.studio.render(desk.pictures["p1"], desk.recipes["p1"]).alpha
    assert alpha is not None
    outside = np.asarray(opened(result).convert("RGB"))[alpha == 0]
    assert outside.size
    assert outside.mean() > 250


def test_a_matte_is_grey_and_at_full_size(desk: Desk) -> None:
    picture = opened(export(desk, content="matte"))
    assert (picture.mode, picture.size) == ("L", (96, 96))


def test_a_picture_that_is_not_cut_has_no_matte_and_the_others_are_written(desk: Desk) -> None:
    result = run(desk, {"pictures": ["p2", "p1"], "content": "matte"}, Progress())
    assert result.failures["p2"].sentence_key == "no_matte"
    assert [f.picture for f in result.files] == ["p1"]


def test_dpi_and_size_are_met(desk: Desk) -> None:
    picture = opened(export(desk, format="jpeg", width=40, height=80, dpi=300))
    assert picture.size == (40, 80)
    assert picture.info["dpi"] == (300, 300)


def test_a_pdf_holds_every_picture(desk: Desk) -> None:
    result = run(desk, {"pictures": ["p1", "p2"], "format": "pdf"}, Progress())
    (file,) = result.files
    data = Path(file.path).read_bytes()
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page(?![a-zA-Z])", data)) == 2


class StopsAfterOne(Progress):
    """As if the person pressed stop while the first picture was being written."""

    def step(self) -> None:
        super().step()
        self.stop()


def test_a_stop_before_anything_was_written_leaves_nothing(desk: Desk) -> None:
    progress = Progress()
    progress.stop()
    with pytest.raises(Cancelled):
        run(desk, {"pictures": ["p1"]}, progress)
    assert list(desk.outputs.iterdir()) == []


def test_a_stop_in_the_middle_keeps_and_tells_what_was_written(desk: Desk) -> None:
    result = run(desk, {"pictures": ["p1", "p2"]}, StopsAfterOne())
    assert [f.picture for f in result.files] == ["p1"]
    assert result.failures["p2"].sentence_key == "cancelled"


@pytest.mark.parametrize("size", [{"width": 20000}, {"width": 20000, "height": 20000}])
def test_a_size_that_no_memory_holds_is_refused_before_it_is_made(desk: Desk, size: dict[str, int]) -> None:
    assert export(desk, **size).failures["p1"].sentence_key == "export_too_large"


@pytest.mark.parametrize("kind", ["transparent", "color", "gradient"])
def test_a_cut_out_in_a_canvas_of_another_shape_is_kept_whole(desk: Desk, kind: str) -> None:
    recipe = Recipe(cut=True, background=Background(kind, "#FF0000", "#FF0000"))  # type: ignore[arg-type]
    desk.recipes["p1"] = recipe  # type: ignore[index]
    picture = opened(export(desk, width=200, height=100)).convert("RGBA")
    pixels = np.asarray(picture)
    whole = desk.studio.render(desk.pictures["p1"], Recipe(cut=True)).alpha
    assert whole is not None
    assert picture.size == (200, 100)
    subject = pixels[..., 3] > 127 if kind == "transparent" else np.any(pixels[..., :3] != (255, 0, 0), axis=2)
    assert not subject[:, :50].any()
    expected = (whole > (127 if kind == "transparent" else 0)).mean() / 2  # 100 × 100 of 200 × 100
    assert abs(subject.mean() - expected) < 0.05


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_a_size_that_is_asked_for_is_met_to_the_pixel(w: int, h: int, to_w: int, to_h: int) -> None:
    rgb = np.full((h, w, 3), 200, np.uint8)
    alpha = np.full((h, w), 128, np.uint8)
    new, new_alpha = resize(rgb, alpha, *wanted_size(w, h, to_w, to_h))
    assert new.shape == (to_h, to_w, 3)
    assert new_alpha is not None
    assert np.abs(new.astype(int) - 200).max() <= 1
    assert np.abs(new_alpha.astype(int) - 128).max() <= 1


def test_hidden_colours_do_not_bleed_into_the_edge_when_it_is_made_smaller() -> None:
    rgb = np.zeros((8, 8, 3), np.uint8)
    rgb[:, :3] = (255, 0, 0)
    alpha = np.zeros((8, 8), np.uint8)
    alpha[:, :3] = 255
    small, small_alpha = resize(rgb, alpha, 4, 4)
    assert small_alpha is not None
    assert 0 < small_alpha[0, 1] < 255
    assert tuple(small[0, 1]) == (255, 0, 0)
