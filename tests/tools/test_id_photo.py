"""ID photos: exact sizes, true to scale, the head where the table wants it, and said where it can't be so."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from models.heads import Head
from tools import registry
from tools.desk import Change, Desk, Progress, Result
from tools.errors import BadValue
from tools.id_crop import place
from tools.id_frame import LINE, best_grid, box_in_photo, photo_pixels, result_pixels, sheet
from tools.id_photo import asked, describe, in_words, notes_in_words, run
from tools.id_sizes import papers, sizes
from tools.pictures import Pixels
from tools.recipe import Background, IdPhoto, Recipe
from tools.render import render
from tools.settings import Settings
from tools.studio import Studio

AGREED = {
    "one_inch": (25, 35), "small_one_inch": (22, 32), "large_one_inch": (33, 48), "two_inch": (35, 49),
    "small_two_inch": (35, 45), "passport_cn": (33, 48), "visa_us": (51, 51), "visa_jp": (45, 45),
    "schengen": (35, 45), "id_card_cn": (26, 32),
}  # fmt: skip
NAMES = st.sampled_from(sorted(AGREED))


def photo_of(name: str, dpi: int = 300, **more: Any) -> IdPhoto:
    size = sizes()[name]
    return IdPhoto(name, size.width_mm, size.height_mm, top=10, height=100, centre=60, dpi=dpi, **more)


def person(height: int = 400, width: int = 300, top: int = 80, head: int = 100, ends: int = 400) -> np.ndarray:
    """The matte of somebody: an ellipse on shoulders that go down to ``ends``."""
    y, x = np.mgrid[:height, :width].astype(float)
    middle = top + head / 2
    round_head = ((x - width / 2) / (0.37 * head)) ** 2 + ((y - middle) / (head / 2)) ** 2 <= 1
    neck = (abs(x - width / 2) < 0.2 * head) & (y >= middle) & (y < ends)
    body = (abs(x - width / 2) < head) & (y >= top + 1.25 * head) & (y < ends)
    return ((round_head | neck | body) * 255).astype(np.uint8)


def head_of(width: int = 300, top: int = 80, head: int = 100) -> Head:
    return Head(width / 2, top, top + head, top, 1.0)


# --- sizes ---


def test_the_sizes_are_the_agreed_ones() -> None:
    assert {n: (s.width_mm, s.height_mm) for n, s in sizes().items() if n != "custom"} == AGREED
    assert [c.value for c in registry.tools()["id_photo"].field("size").choices] == [*AGREED, "custom"]


def test_every_figure_of_the_table_says_what_it_leans_on() -> None:
    assert all("practice" in size.source for size in sizes().values())
    assert all(0 < s.head <= s.head_most < 1 and 0 < s.margin <= s.margin_most < 0.3 for s in sizes().values())


@given(NAMES, st.integers(72, 1200))
def test_pixels_follow_from_millimetres_and_dpi(name: str, dpi: int) -> None:
    width, height = AGREED[name]
    assert photo_pixels(photo_of(name, dpi)) == (round(width / 25.4 * dpi), round(height / 25.4 * dpi))


@given(NAMES, st.integers(72, 400), st.sampled_from(["transparent", "color", "gradient", "blur", "original"]))
def test_what_is_rendered_has_exactly_these_pixels(name: str, dpi: int, kind: Any) -> None:
    alpha = person(120, 120, 20, 40, 120)
    recipe = Recipe(True, background=Background(kind), id_photo=photo_of(name, dpi))
    made = render(Pixels(np.full((120, 120, 3), 90, np.uint8), None), alpha, recipe)
    width, height = photo_pixels(photo_of(name, dpi))
    assert made.rgb.shape == (height, width, 3)
    assert made.matte is not None
    assert made.matte.shape == (height, width)
    assert (made.alpha is None) == (kind != "transparent")


def test_beyond_the_picture_lies_the_background_and_nothing_is_stretched() -> None:
    disc = np.zeros((200, 200), np.uint8)
    y, x = np.mgrid[:200, :200]
    disc[(x - 100) ** 2 + (y - 100) ** 2 < 50**2] = 255
    photo = IdPhoto("custom", 30, 40, top=-100, height=400, centre=100)
    recipe = Recipe(True, background=Background("color", "#FF0000"), id_photo=photo)
    made = render(Pixels(np.zeros((200, 200, 3), np.uint8), None), disc, recipe)
    subject = made.rgb[..., 0] < 128
    across, down = np.flatnonzero(subject.any(axis=0)), np.flatnonzero(subject.any(axis=1))
    assert abs(len(across) - len(down)) <= 1
    assert len(down) == pytest.approx(100 / 400 * 472, abs=1.5)
    assert (made.rgb[0, 0] == (255, 0, 0)).all()


# --- where the head comes ---


@given(NAMES, st.integers(0, 120), st.integers(60, 110))
def test_a_head_with_room_around_it_gets_the_size_and_margin_of_the_table(name: str, top: int, head: int) -> None:
    alpha, size = person(700, 900, top + 2, head, 700), sizes()[name]
    found = place(size, size.width_mm / size.height_mm, head_of(900, top + 2, head), alpha)
    assert head / found.height == pytest.approx(size.head, abs=0.006)
    assert (top + 2 - found.top) / found.height == pytest.approx(size.margin, abs=0.006)
    assert found.centre == 450
    assert found.notes == ()


@given(NAMES, st.integers(3, 160), st.integers(60, 160), st.integers(10, 300))
def test_no_torso_floats_whatever_the_picture_cuts_off(name: str, top: int, head: int, more: int) -> None:
    ends = min(500, top + head + more)
    alpha, size = person(500, 300, top, head, ends), sizes()[name]
    found = place(size, size.width_mm / size.height_mm, head_of(300, top, head), alpha)
    assert found.top + found.height <= ends + 1
    large = head / found.height > max(size.head_most, size.head) + 0.006
    assert large == any(note["key"] == "head_large" for note in found.notes)


def test_sides_where_the_picture_cuts_the_body_stay_outside() -> None:
    alpha = person(400, 150, 40, 100, 400)  # shoulders as wide as the picture
    found = place(sizes()["visa_us"], 1.0, head_of(150, 40, 100), alpha)
    rows = alpha[int(found.top) : int(found.top + found.height), 0]
    assert found.height <= 151 or not rows.any()


def test_a_head_cut_off_above_is_taken_to_the_edge_and_told() -> None:
    alpha = person(400, 300, -30, 140, 400)
    found = place(sizes()["one_inch"], 25 / 35, Head(150, 0, 110, 0, 1.0), alpha)
    assert found.top == 0
    assert {"key": "head_cut"} in found.notes


def test_a_hat_is_not_cut_off() -> None:
    alpha = person(700, 500, 100, 100, 700)
    alpha[60:110, 220:280] = 255
    found = place(sizes()["one_inch"], 25 / 35, Head(250, 100, 200, 60, 1.0), alpha)
    assert found.top < 60


def test_the_original_background_is_never_left() -> None:
    alpha = person(400, 300, 20, 150, 400)
    found = place(sizes()["visa_us"], 1.0, head_of(300, 20, 150), alpha, inside=True)
    assert found.top >= -0.5
    assert found.height <= 300.5


# --- sheets ---


@pytest.mark.parametrize(
    ("name", "paper", "count"),
    [("one_inch", "5_inch", 9), ("one_inch", "6_inch", 10), ("two_inch", "5_inch", 4), ("two_inch", "6_inch", 4)],
)
def test_known_sheets_hold_as_many_as_fit(name: str, paper: Any, count: int) -> None:
    _, across, down = best_grid(photo_of(name, sheet=paper))
    assert across * down == count


@given(NAMES, st.sampled_from(sorted(papers())), st.integers(72, 200))
def test_sheets_are_true_to_scale_and_hold_what_they_say(name: str, paper: Any, dpi: int) -> None:
    photo = photo_of(name, dpi, sheet=paper)
    width, height = photo_pixels(photo)
    made = sheet(photo, np.zeros((height, width, 3), np.uint8))
    assert sorted(made.shape[:2]) == sorted(round(mm / 25.4 * dpi) for mm in papers()[paper].paper_mm)
    assert made.shape[1::-1] == result_pixels(photo)
    black = (made == 0).all(axis=2)
    _, across, down = best_grid(photo)
    assert black.sum() == across * down * width * height
    first = np.argwhere(black)[0]
    assert black[first[0] : first[0] + height, first[1] : first[1] + width].all()
    edge = papers()[paper].edge_mm / 25.4 * dpi
    assert min(first) >= edge - 2 - max(across, down) / 2  # every photo and gap is rounded to whole pixels
    assert (made[first[0] - 1] == LINE).any()


@given(st.integers(10, 100), st.integers(10, 100), st.sampled_from(sorted(papers())))
def test_no_turn_of_the_paper_would_hold_more(width: int, height: int, paper: Any) -> None:
    photo = IdPhoto("custom", width, height, 0, 1, 0, sheet=paper)
    facts = papers()[paper]
    fits = []
    for wide, tall in (facts.paper_mm, facts.paper_mm[::-1]):
        columns = [n for n in range(40) if n * width + (n - 1) * facts.gap_mm + 2 * facts.edge_mm <= wide]
        rows = [n for n in range(40) if n * height + (n - 1) * facts.gap_mm + 2 * facts.edge_mm <= tall]
        fits.append(max(columns) * max(rows) if columns and rows else 0)
    if max(fits) == 0:
        with pytest.raises(BadValue, match="photo_larger_than_sheet"):
            best_grid(photo)
    else:
        _, across, down = best_grid(photo)
        assert across * down == max(fits)


# --- the tool on real pictures ---


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    yield Studio(Settings(data=folder / "data", outputs=folder / "outputs", device="cpu"))


@pytest.fixture
def desk(shared: Studio, astronaut: Path) -> Desk:
    return desk_with(shared, Image.open(astronaut), astronaut.name)


def desk_with(studio: Studio, image: Image.Image, name: str, recipe: Recipe | None = None) -> Desk:
    written = io.BytesIO()
    image.convert("RGB").save(written, "PNG")
    picture = studio.pictures.admit(written.getvalue(), name)
    return Desk(studio, {"p1": picture}, {"p1": recipe or Recipe()}, studio.settings.outputs)


def made(desk: Desk, **arguments: Any) -> Result:
    return run(desk, {"pictures": ["p1"], "size": "one_inch", **arguments}, Progress())


def after(desk: Desk, result: Result) -> Desk:
    assert not result.failures
    return replace(desk, recipes={**desk.recipes, **result.recipes})


def exported(desk: Desk, **arguments: Any) -> Path:
    result = registry.tools()["export"].run(desk, {"pictures": ["p1"], **arguments}, Progress())
    assert not result.failures
    return Path(result.files[0].path)


@pytest.mark.parametrize("name", sorted(AGREED))
def test_a_real_head_is_found_and_placed(desk: Desk, name: str) -> None:
    photo = made(desk, size=name).recipes["p1"].id_photo
    assert photo is not None
    crown, chin, centre = 15, 182, 222  # of samples/astronaut.png, by eye
    size = sizes()[name]
    assert size.head - 0.08 <= (chin - crown) / photo.height <= size.head_most + 0.08
    assert 0.03 <= (crown - photo.top) / photo.height <= size.margin_most + 0.04
    assert abs(photo.centre - centre) < 0.08 * (chin - crown)


def test_without_a_colour_it_is_white_and_that_is_said(desk: Desk) -> None:
    result = made(desk)
    recipe = result.recipes["p1"]
    assert recipe.cut
    assert recipe.background == Background("color", "#FFFFFF")
    assert {"key": "on_white"} in result.facts["p1"]["notes"]
    assert result.facts["p1"]["px"] == "295x413"


def test_a_colour_that_was_chosen_stays(shared: Studio, astronaut: Path) -> None:
    blue = Recipe(True, background=Background("color", "#438EDB"))
    desk = desk_with(shared, Image.open(astronaut), "blue.png", blue)
    recipe = made(desk).recipes["p1"]
    assert recipe.background == blue.background
    rendered = shared.render(desk.pictures["p1"], recipe)
    assert (rendered.rgb[0, 0] == (0x43, 0x8E, 0xDB)).all()
    assert rendered.alpha is None


def test_a_new_colour_and_a_new_edge_change_the_photo_without_the_network(desk: Desk) -> None:
    desk = after(desk, made(desk))
    calls = desk.studio.engine.calls
    photo = desk.recipes["p1"].id_photo
    for tool, arguments in (("set_background", {"kind": "color", "color": "#FF0000"}), ("matte", {"erode": 2})):
        desk = after(desk, registry.tools()[tool].run(desk, {"pictures": ["p1"], **arguments}, Progress()))
    recipe = desk.recipes["p1"]
    rendered = desk.studio.render(desk.pictures["p1"], recipe)
    assert recipe.id_photo == photo
    assert (rendered.rgb[0, 0] == (255, 0, 0)).all()
    assert desk.studio.engine.calls == calls
    assert made(desk, size="two_inch").recipes["p1"].background == recipe.background


def test_transparent_is_made_only_where_it_is_asked_for(desk: Desk) -> None:
    desk = after(desk, made(desk))
    clear = registry.tools()["set_background"].run(desk, {"pictures": ["p1"], "kind": "transparent"}, Progress())
    desk = after(desk, clear)
    assert desk.studio.render(desk.pictures["p1"], desk.recipes["p1"]).alpha is not None
    again = made(desk, sheet="6_inch").recipes["p1"]
    assert again.background.kind == "transparent"
    paper = desk.studio.render(desk.pictures["p1"], again)
    assert paper.alpha is None
    assert (paper.rgb[0, 0] == 255).all()


def test_what_is_not_given_stays_as_it_was(desk: Desk) -> None:
    desk = after(desk, made(desk, size="custom", width_mm=40, height_mm=50, dpi=150))
    photo = run(desk, {"pictures": ["p1"], "sheet": "a4"}, Progress()).recipes["p1"].id_photo
    assert photo is not None
    assert (photo.width_mm, photo.height_mm, photo.dpi, photo.sheet) == (40, 50, 150, "a4")


def test_undo_and_redo(desk: Desk) -> None:
    first = desk.recipes["p1"]
    desk = after(desk, made(desk))
    change = Change({"p1": first}, {"p1": desk.recipes["p1"]})
    undo = registry.tools()["undo"].run
    assert undo(replace(desk, done=(change,)), {"steps": 1}, Progress()).recipes["p1"] == first
    assert undo(replace(desk, undone=(change,)), {"steps": -1}, Progress()).recipes["p1"] == desk.recipes["p1"]


def test_a_recipe_survives_the_store_and_old_ones_are_still_read(desk: Desk) -> None:
    recipe = made(desk).recipes["p1"]
    assert Recipe.from_json(recipe.to_json()) == recipe
    old = {"cut": True, "keep": "everything", "edges": {}, "background": {}}
    assert Recipe.from_json(old).id_photo is None


@pytest.mark.parametrize("name", ["coffee.png", "cat.png"])
def test_a_picture_without_a_face_stays_and_says_so(shared: Studio, astronaut: Path, name: str) -> None:
    desk = desk_with(shared, Image.open(astronaut.parent / name), name)
    result = made(desk)
    assert not result.recipes
    assert result.failures["p1"].sentence_key == "no_head"


def test_two_people_stay_and_it_says_so(shared: Studio, astronaut: Path) -> None:
    one = np.asarray(Image.open(astronaut).convert("RGB"))[:, :360]
    desk = desk_with(shared, Image.fromarray(np.hstack([one, one[:, ::-1]])), "two.png")
    result = made(desk)
    assert not result.recipes
    assert result.failures["p1"].sentence_key == "several_heads"
    assert result.failures["p1"].facts["count"] == 2


def test_a_small_head_is_enlarged_and_that_is_told(shared: Studio, astronaut: Path) -> None:
    desk = desk_with(shared, Image.open(astronaut).resize((128, 128)), "small.png")
    notes = made(desk).facts["p1"]["notes"]
    assert any(note["key"] == "enlarged" for note in notes)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ({}, "no_id_size"),
        ({"sheet": "a4"}, "no_id_size"),
        ({"size": "custom"}, "no_custom_size"),
        ({"width_mm": 30}, "no_custom_size"),
    ],
)
def test_a_size_that_is_missing_is_asked_for(arguments: dict[str, Any], key: str) -> None:
    with pytest.raises(BadValue) as caught:
        asked(arguments, None)
    assert caught.value.sentence_key == key


@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "webp"])
@pytest.mark.parametrize("dpi", [300, 350])
def test_files_tell_the_dpi_at_which_they_are_true(desk: Desk, kind: str, dpi: int) -> None:
    desk = after(desk, made(desk, size="two_inch", dpi=dpi))
    path = exported(desk, format=kind)
    with Image.open(path) as image:
        width, height = image.size
        found = image.info.get("dpi") or (image.getexif()[282], image.getexif()[283])
    assert [round(float(d)) for d in found] == [dpi, dpi]
    assert (width / dpi * 25.4, height / dpi * 25.4) == pytest.approx((35, 49), abs=0.5 / dpi * 25.4 + 1e-6)


def test_another_dpi_at_the_export_keeps_the_millimetres(desk: Desk) -> None:
    desk = after(desk, made(desk))
    with Image.open(exported(desk, dpi=600)) as image:
        assert image.size == (round(25 / 25.4 * 600), round(35 / 25.4 * 600))
        assert round(image.info["dpi"][0]) == 600


def test_pixels_asked_for_at_the_export_are_met_without_bars(desk: Desk) -> None:
    desk = after(desk, made(desk))
    with Image.open(exported(desk, width=480, height=640)) as image:
        assert image.size == (480, 640)
    with Image.open(exported(desk, width=480)) as image:
        assert image.size == (480, 672)


def test_a_pdf_page_is_as_large_as_the_photo(desk: Desk) -> None:
    desk = after(desk, made(desk, sheet="6_inch"))
    box = re.search(rb"MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", exported(desk, format="pdf").read_bytes())
    assert box is not None
    assert sorted(float(v) / 72 * 25.4 for v in box.groups()) == pytest.approx([102, 152], abs=0.05)


def test_one_step_to_a_file_of_at_most_so_many_kilobytes(desk: Desk) -> None:
    desk = after(desk, made(desk, size="passport_cn"))
    path = exported(desk, format="jpeg", max_kb=30)
    assert path.stat().st_size <= 30_000
    with Image.open(path) as image:
        assert image.size == (390, 567)


def test_the_matte_of_an_id_photo_has_its_size(desk: Desk) -> None:
    desk = after(desk, made(desk))
    with Image.open(exported(desk, content="matte")) as image:
        assert image.size == (295, 413)
    for look in ("matte", "original", "result"):
        with Image.open(desk.studio.file(desk.pictures["p1"], desk.recipes["p1"], look)) as image:  # type: ignore[arg-type]
            assert image.size == (295, 413)


def test_a_preview_is_the_same_photo_in_small(desk: Desk) -> None:
    desk = after(desk, made(desk))
    small = Image.open(desk.studio.file(desk.pictures["p1"], desk.recipes["p1"], longest=100))
    full = Image.open(desk.studio.file(desk.pictures["p1"], desk.recipes["p1"])).resize(small.size)
    assert small.size == (71, 100)
    assert np.abs(np.asarray(small, int) - np.asarray(full, int)).mean() < 6


@pytest.mark.parametrize(("language", "told"), [("zh", ("一寸", "10 张")), ("en", ("1 inch", "10 on"))])
def test_it_is_said_in_plain_words(language: str, told: tuple[str, str]) -> None:
    assert told[0] in describe({"size": "one_inch", "sheet": "6_inch"}, language)
    assert "40 × 50 mm" in describe({"size": "custom", "width_mm": 40, "height_mm": 50}, language)
    assert describe({"sheet": "a4"}, language)
    said = in_words(photo_of("one_inch", sheet="6_inch"), language)
    assert all(part in said for part in told)
    assert "295 × 413" in in_words(photo_of("one_inch"), language)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_note_has_a_sentence(language: str) -> None:
    notes = [{"key": "on_white"}, {"key": "head_cut"}, {"key": "head_large", "percent": 80}]
    facts = {"p1": {"notes": [*notes, {"key": "enlarged", "factor": "1.4"}]}}
    said = notes_in_words(facts, "p1", language)
    assert len(set(said)) == 4
    assert "80" in said[2]
    assert "1.4" in said[3]


def test_doubtful_places_are_marked_where_they_are_in_the_photo() -> None:
    photo = IdPhoto("custom", 20, 20, top=50, height=100, centre=100)
    assert box_in_photo(photo, (0.25, 0.25, 0.5, 0.5), 200, 200) == (0, 0, 0.5, 0.5)
    assert box_in_photo(photo, (0.8, 0.0, 1.0, 0.1), 200, 200) is None
