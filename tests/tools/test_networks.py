"""Other people's networks in the product: by configuration, for one picture, and what is said when they are missing."""

from __future__ import annotations

import re
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.others.known_networks import KNOWN, NAMES
from models.others.onnx_file import SENTENCES
from tools.commands import main
from tools.desk import Desk, Progress, Result
from tools.errors import BadValue
from tools.matte import TOOL, with_matte
from tools.networks import LOADED, Networks
from tools.pictures import Picture
from tools.recipe import ORIGINAL, Recipe
from tools.registry import check
from tools.settings import ROOT, Settings
from tools.studio import Studio
from tools.wording import explain

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: other people's networks are optional")
pytest.importorskip("onnx", reason="onnx is not installed: it builds the tiny networks of these tests")

from tests.models.others import onnx_graphs


@pytest.fixture
def folder(settings: Settings) -> Path:
    """Where files of networks are looked for."""
    made = settings.data / "networks"
    made.mkdir()
    return made


@pytest.fixture
def modnet(folder: Path) -> Path:
    """A network that takes what is bright, under the name of MODNet's file."""
    return onnx_graphs.modnet(folder / "modnet.onnx")


@pytest.fixture
def studio(settings: Settings) -> Studio:
    return Studio(settings)


@pytest.fixture
def picture(studio: Studio, photo_file: Path) -> Picture:
    return studio.pictures.admit(photo_file.read_bytes(), "me.jpg")


def cut(studio: Studio, picture: Picture, recipe: Recipe = ORIGINAL, **arguments: object) -> Result:
    desk = Desk(studio, {"p1": picture}, {"p1": recipe}, studio.settings.outputs)
    return TOOL.run(desk, check("matte", {"pictures": ["p1"], **arguments}, ["p1"]), Progress())


def test_a_wish_for_a_network_is_part_of_the_recipe_and_survives_the_store() -> None:
    recipe = with_matte(ORIGINAL, {"pictures": ["p1"], "network": "modnet"})
    assert recipe.cut and recipe.network == "modnet"
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert with_matte(recipe, {"pictures": ["p1"], "feather": 2}).network == "modnet"
    assert with_matte(recipe, {"pictures": ["p1"], "network": "default"}).network == ""


def test_a_recipe_from_before_there_were_networks_is_read() -> None:
    old = {k: v for k, v in Recipe(cut=True).to_json().items() if k != "network"}
    assert Recipe.from_json(old) == Recipe(cut=True)


def test_each_network_has_its_own_matte_and_going_back_runs_nothing(
    studio: Studio, picture: Picture, modnet: Path
) -> None:
    own = cut(studio, picture).recipes["p1"]
    theirs = cut(studio, picture, own, network="modnet").recipes["p1"]
    files = {recipe.network: studio.file(picture, recipe).read_bytes() for recipe in (own, theirs)}
    assert files[""] != files["modnet"]
    calls = studio.networks.engine("modnet").calls, studio.networks.builtin.calls
    for recipe in (own, theirs, own):  # undo, redo, undo
        assert studio.file(picture, recipe).read_bytes() == files[recipe.network]
        studio.render(picture, recipe)
    assert (studio.networks.engine("modnet").calls, studio.networks.builtin.calls) == calls
    assert calls[0] == 1


def test_builtin_can_be_asked_for_by_name(studio: Studio, picture: Picture, modnet: Path) -> None:
    configured = Studio(replace(studio.settings, network="modnet"))
    theirs = configured.alpha(picture)
    own = configured.alpha(picture, "builtin")
    assert np.array_equal(own, studio.alpha(picture))
    assert np.array_equal(theirs, studio.alpha(picture, "modnet"))
    assert not np.array_equal(own, theirs)


@pytest.mark.parametrize("form", ["modnet", "{path}", "modnet:{path}"])
def test_the_setting_takes_a_name_or_a_file(form: str, settings: Settings, modnet: Path) -> None:
    other = shutil.copy(modnet, settings.data / "mine.onnx") if "path" in form else modnet
    chosen = Settings.from_environment(
        {"DATA_DIR": str(settings.data), "KOUTU_NETWORK": form.format(path=other), "DEVICE": "cpu"}
    )
    engine = Studio(chosen).engine
    assert engine.info.network == "modnet"
    assert engine.info.version == Studio(chosen).networks.version()


def test_a_missing_file_is_told_and_nothing_changes(studio: Studio, picture: Picture, folder: Path) -> None:
    before = cut(studio, picture).recipes["p1"]
    result = cut(studio, picture, before, network="isnet")
    assert not result.recipes
    said = {language: explain(result.failures["p1"], language) for language in ("zh", "en")}
    assert all("python -m models.others --get isnet" in s and str(folder) in s for s in said.values())
    assert studio.networks.builtin.calls == 1  # not run in its place


def test_a_broken_file_is_told_and_nothing_changes(studio: Studio, picture: Picture, modnet: Path) -> None:
    modnet.write_bytes(modnet.read_bytes()[:200])
    result = cut(studio, picture, network="modnet")
    assert not result.recipes and "modnet.onnx" in explain(result.failures["p1"], "zh")


def test_a_network_that_answers_nonsense_is_told_and_nothing_changes(
    studio: Studio, picture: Picture, folder: Path
) -> None:
    onnx_graphs.endless(folder / "modnet.onnx")
    result = cut(studio, picture, network="modnet")
    assert not result.recipes and result.failures["p1"].sentence_key == "network_failed"


def test_a_setting_that_means_nothing_is_told_at_the_start(settings: Settings) -> None:
    with pytest.raises(BadValue, match="network_no_file"):
        Studio(replace(settings, network="photoshop")).engine  # noqa: B018


def test_what_was_made_stays_after_the_file_has_gone(
    studio: Studio, picture: Picture, modnet: Path, settings: Settings
) -> None:
    recipe = cut(studio, picture, network="modnet").recipes["p1"]
    shown = studio.file(picture, recipe).read_bytes()
    modnet.unlink()
    later = Studio(settings)
    assert later.file(picture, recipe).read_bytes() == shown
    later.file(picture, recipe).unlink()
    assert later.file(picture, recipe).read_bytes() == shown


def test_another_file_under_the_same_name_makes_a_new_matte(studio: Studio, picture: Picture, modnet: Path) -> None:
    first = studio.networks.version("modnet")
    onnx_graphs.u2net(modnet.with_name("other.onnx")).replace(modnet)
    assert studio.networks.version("modnet") != first


def test_only_so_many_networks_stay_in_memory(settings: Settings, folder: Path) -> None:
    networks = Networks(settings, settings.data)
    entries = [entry for entry in KNOWN if entry.family == "u2net"]
    assert len(entries) > LOADED
    for entry in entries:
        onnx_graphs.u2net(folder / entry.files[0], side=32)
        assert networks.engine(entry.name) is networks.engine(entry.name)
    assert len(networks._loaded) == LOADED


def test_a_picture_that_is_forgotten_takes_every_matte_with_it(studio: Studio, picture: Picture, modnet: Path) -> None:
    cut(studio, picture, network="modnet")
    cut(studio, picture)
    studio.forget(picture)
    assert not list((studio.settings.data / "mattes").glob(f"{picture.sha256}*"))


def test_the_command_finds_the_file_in_the_data_folder(
    modnet: Path, photo_file: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = data_dir / "out.png"
    arguments = ["matte", str(photo_file), "-o", str(out), "--network"]
    assert main([*arguments, "isnet"]) == 1
    assert "--get isnet" in capsys.readouterr().err
    assert main([*arguments, "modnet"]) == 0
    assert out.is_file()


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_step_names_the_network() -> None:
    assert TOOL.describe({"network": "isnet"}, "en") == "Cut out the subject, with isnet"
    assert "isnet" in TOOL.describe({"network": "isnet"}, "zh")
    assert "内置" in TOOL.describe({"network": "builtin"}, "zh")


def test_every_known_name_can_be_asked_for() -> None:
    choices = [c.value for c in TOOL.field("network").choices]
    assert choices == ["default", "builtin", *NAMES]
    with pytest.raises(BadValue):
        check("matte", {"pictures": ["p1"], "network": "photoshop"}, ["p1"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_way_to_fail_has_a_sentence_whose_blanks_are_filled(language: str) -> None:
    texts = tomllib.loads((ROOT / "texts" / f"{language}.toml").read_text("utf-8"))["error"]
    for kind, plain in SENTENCES.items():
        blanks = set(re.findall(r"\{(\w+)\}", texts[f"network_{kind}"]))
        assert blanks <= set(re.findall(r"\{(\w+)\}", plain)), kind
