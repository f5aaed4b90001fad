"""What training is fed: decoding, the held-out part, trust in edges, composed pictures, repeatable draws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.network import STRIDE, SUBJECTS
from models.training.augment import as_photographed, hidden, hue, jpeg, turned
from models.training.cache import Cache, clean_alpha, held_out, open_cache
from models.training.compose import Scene, compose, over
from models.training.data import (
    Batches,
    Mix,
    Mixer,
    group_of,
    loader,
    shapes_for,
    subject_number,
    training_entries,
    window,
)
from models.training.losses import UNKNOWN_SUBJECT
from models.training.trust import WEIGHT_ONE, odd, weights_for

from ..packs import SIDE, disc, write_pack


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("packs")
    for number, pack in enumerate(("portraits", "cutouts", "backgrounds", "teacher")):
        write_pack(data, pack, 8, number)
    return data


@pytest.fixture(scope="module")
def cache(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return open_cache(folder, tmp_path_factory.mktemp("cache"))


def test_decoded_pictures_have_their_matte_as_fourth_channel(cache: Cache) -> None:
    for entry in cache.entries:
        pixels = cache.pixels(entry)
        assert pixels.shape == (SIDE, SIDE, 4)
        wanted = 0 if entry.kind == "background" else disc()
        assert np.abs(pixels[..., 3].astype(int) - wanted).max() < 40  # lossy coding of the soft edge
    assert len(cache.entries) == 32


def test_a_cache_that_is_there_is_not_built_again(folder: Path, cache: Cache) -> None:
    before = (cache.folder / "teacher.bin").stat().st_mtime_ns
    assert len(open_cache(folder, cache.folder).entries) == len(cache.entries)
    assert (cache.folder / "teacher.bin").stat().st_mtime_ns == before


def test_a_folder_without_packs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no pack table"):
        open_cache(tmp_path, tmp_path / "cache")


def test_evaluation_pictures_are_never_decoded_for_training(folder: Path, tmp_path: Path) -> None:
    table = (folder / "teacher.tsv").read_text().replace("\tphoto\t", "\tevaluation\t")
    (tmp_path / "teacher.tsv").write_text(table)
    (tmp_path / "teacher_1.tar").write_bytes((folder / "teacher_1.tar").read_bytes())
    with pytest.raises(ValueError, match="not to be trained on"):
        open_cache(tmp_path, tmp_path / "cache")


def test_alpha_that_is_nearly_empty_or_full_becomes_so() -> None:
    values = np.array([[0, 3, 4, 128, 251, 252, 255]], np.uint8)
    assert clean_alpha(values).tolist() == [[0, 0, 4, 128, 251, 255, 255]]


def test_two_takes_of_one_person_are_never_on_both_sides() -> None:
    people = [f"mls_player-{number}-of-club" for number in range(300)]
    for person in people:
        assert held_out("sport_heads", f"{person}-1") == held_out("sport_heads", f"{person}-2")


def test_the_held_out_share_is_small_but_not_nothing() -> None:
    share = np.mean([held_out("somewhere", str(number)) for number in range(3000)])
    assert 0.04 < share < 0.08


def test_what_is_held_out_is_never_trained_on(cache: Cache) -> None:
    trained = {(entry.source, entry.name) for entry in training_entries(cache)}
    assert not [each for each in trained if held_out(*each)]
    assert len(training_entries(cache, 3)) == 3


def test_coarse_edges_count_nothing_and_true_ones_more() -> None:
    alpha = disc()
    edge = (alpha > 60) & (alpha < 200)
    assert (weights_for(alpha, "coarse")[edge] == 0).all()
    assert (weights_for(alpha, "hard")[edge] < WEIGHT_ONE).all()
    assert (weights_for(alpha, "alpha")[edge] > WEIGHT_ONE).all()
    assert (weights_for(alpha, "coarse")[:5] == WEIGHT_ONE).all()


@given(st.floats(0, 200))
def test_odd_is_odd_and_near(size: float) -> None:
    assert odd(size) % 2 == 1 and abs(odd(size) - max(size, 3)) <= 1.01 + 1


@pytest.mark.parametrize("size", [64, 256, 320, 352, 416, 512])
def test_batches_have_shapes_that_the_network_takes(size: int) -> None:
    for height, width in shapes_for(size):
        assert height % STRIDE == 0 and width % STRIDE == 0
        assert height * width == pytest.approx(size * size, rel=0.35)


@given(st.integers(33, 600), st.integers(33, 600), st.integers(0, 2**32))
def test_the_part_shown_lies_in_the_picture(height: int, width: int, seed: int) -> None:
    alpha = np.zeros((height, width), np.uint8)
    alpha[height // 3 :, width // 2 :] = 255
    top, left, tall, wide = window((height, width), alpha, (320, 256), np.random.default_rng(seed))
    assert top >= 0 and left >= 0 and tall > 1 and wide > 1
    assert top + tall <= height and left + wide <= width


def test_products_are_objects_and_untold_subjects_unknown() -> None:
    assert SUBJECTS[subject_number("product")] == "object"
    assert SUBJECTS[subject_number("plant")] == "plant"
    assert subject_number("unknown") == UNKNOWN_SUBJECT


def test_over_follows_the_compositing_equation() -> None:
    front = np.full((1, 1, 4), (200, 100, 0, 51), np.uint8)  # alpha 0.2
    behind = Scene(np.full((1, 1, 3), 50, np.uint8), np.full((1, 1), 128, np.uint8))
    result = over(front, behind)
    assert result.rgb.tolist() == [[[80, 60, 40]]]
    assert result.alpha.tolist() == [[round(0.2 * 255 + 0.8 * 128)]]


def test_a_composed_picture_shows_the_background_where_alpha_is_nothing() -> None:
    cutout = np.dstack((np.full((SIDE, SIDE, 3), 250, np.uint8), disc()))
    background = np.full((128, 128, 3), 20, np.uint8)
    found = 0
    for seed in range(12):
        scene = compose([cutout], False, background, np.random.default_rng(seed))
        assert scene.rgb.shape == (128, 128, 3) and scene.alpha.shape == (128, 128)
        outside, inside = scene.rgb[scene.alpha == 0], scene.rgb[scene.alpha == 255]
        assert (outside <= 20).all()  # the background, or its shadow
        assert inside.size == 0 or inside.mean() > 100
        found += int(inside.size > 0)
    assert found == 12


def test_colours_smeared_past_the_edge_never_show() -> None:
    cutout = np.dstack((np.full((SIDE, SIDE, 3), 250, np.uint8), np.zeros((SIDE, SIDE), np.uint8)))
    cutout[40:50, 40:50, 3] = 255
    background = np.zeros((128, 128, 3), np.uint8)
    scene = compose([cutout], False, background, np.random.default_rng(0))
    assert (scene.rgb[scene.alpha == 0] == 0).all()


def test_augmentation_keeps_shape_and_type_and_is_repeatable() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
    for seed in range(30):
        once, again = (as_photographed(rgb, np.random.default_rng(seed)) for _ in range(2))
        assert once.shape == rgb.shape and once.dtype == np.uint8
        assert np.array_equal(once, again)


def test_a_turned_photo_takes_its_matte_along() -> None:
    alpha = disc(96)
    photo = np.dstack((alpha, alpha, alpha, alpha))
    moved = turned(photo, np.random.default_rng(3))
    assert moved.shape == photo.shape and not np.array_equal(moved, photo)
    assert np.array_equal(moved[..., 0], moved[..., 3])


def test_covered_parts_of_a_photo_teach_nothing_and_the_rest_stays() -> None:
    rgb, weight = np.full((64, 48, 3), 7, np.uint8), np.full((64, 48), 32, np.uint8)
    before = rgb.copy()
    hidden(rgb, weight, np.random.default_rng(1))
    covered = weight == 0
    assert 0.005 < covered.mean() < 0.2
    assert np.array_equal(rgb[~covered], before[~covered]) and (weight[~covered] == 32).all()


def test_turned_hues_leave_grey_alone() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    assert np.array_equal(hue(ramp, np.random.default_rng(2)), ramp)


def test_jpeg_keeps_the_order_of_colours() -> None:
    red = np.full((16, 16, 3), (220, 20, 30), np.uint8)
    assert np.abs(jpeg(red, 90).astype(int) - red).max() < 12


def test_every_kind_of_picture_is_drawn_and_fits_its_shape(cache: Cache) -> None:
    mixer = Mixer(cache, training_entries(cache), np.random.default_rng(0))
    shapes = shapes_for(64)
    subjects = set()
    for _ in range(80):
        sample = mixer.sample(shapes)
        assert sample.alpha.shape in shapes and sample.rgb.shape == (*sample.alpha.shape, 3)
        assert sample.weight.shape == sample.alpha.shape
        subjects.add(sample.subject)
    assert {SUBJECTS.index(name) for name in ("portrait", "animal", "none")} <= subjects


def test_pictures_without_subject_have_an_empty_matte(cache: Cache) -> None:
    empty = [entry for entry in cache.entries if group_of(entry) == "empty"]
    mixer = Mixer(cache, empty, np.random.default_rng(0))
    sample = mixer.sample([(64, 64)])
    assert not sample.alpha.any() and SUBJECTS[sample.subject] == "none"


def test_a_building_is_only_ever_behind_something(cache: Cache) -> None:
    facade = replace(next(e for e in cache.entries if e.kind == "background"), name="bg_house_7_frontal")
    assert group_of(facade) == "backdrop"
    others = [e for e in training_entries(cache) if e.kind == "cutout"]
    mixer = Mixer(cache, [*others, facade], np.random.default_rng(1))
    assert mixer.behind == [facade] and "backdrop" not in mixer.names


def test_nothing_to_train_on_is_refused(cache: Cache) -> None:
    with pytest.raises(ValueError, match="no picture"):
        Mixer(cache, [], np.random.default_rng(0))


def test_batches_are_the_same_for_the_same_seed(cache: Cache) -> None:
    mix = Mix(cache.folder, ("portraits", "cutouts", "backgrounds", "teacher"), 64, 3, seed=5)
    first, second = next(iter(Batches(mix))), next(iter(loader(mix, workers=0)))
    assert first.rgb.shape[0] == 3 and first.rgb.shape[3] == 3
    for ours, theirs in zip(first, second, strict=True):
        assert ours.equal(theirs)
