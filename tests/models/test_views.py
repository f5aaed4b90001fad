"""Parts of pictures, seen anew by several networks, and learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.typing import NDArray

from models import views as asking
from models.engine import Matte
from models.subject import NOTHING
from models.teach import write_pack
from models.training.cache import VIEWS, held_out, open_cache
from models.training.data import Mixer, group_of
from models.training.trust import WEIGHT_ONE, weights_for
from models.training.validation import held_out_pictures
from models.views import BuiltIn, is_asked_about, part_of, seen_by_all, views

from .packs import disc
from .packs import write_pack as write_plain_pack

Floats = NDArray[np.float32]
ROW = {"kind": "photo", "edge": "teacher", "subject": "animal", "source": "imagenet-samples", "name": "a-cat"}


class Says:
    """A network that sees the same alpha all over, whatever it is shown; it remembers the shapes."""

    def __init__(self, alpha: float) -> None:
        self.alpha = np.full((8, 8), alpha, np.float32)
        self.shown: list[tuple[int, ...]] = []

    def raw(self, rgb: NDArray[np.uint8]) -> tuple[Floats, tuple[str, ...]]:
        self.shown.append(rgb.shape)
        return self.alpha, ()


def flat(alpha: float, side: int = 8) -> Floats:
    return np.full((side, side), alpha, np.float32)


def test_two_that_are_sure_outvote_one_and_two_that_differ_leave_it_grey() -> None:
    assert seen_by_all([flat(1), flat(1, 5), flat(0)], (6, 4)).min() > 220
    assert seen_by_all([flat(0), flat(0), flat(1)], (6, 4)).max() < 35
    assert set(seen_by_all([flat(0), flat(1)], (6, 4)).ravel().tolist()) <= {127, 128}


def test_what_all_see_alike_is_taken_as_they_see_it() -> None:
    ramp = np.tile(np.linspace(0.02, 0.98, 64, dtype=np.float32), (64, 1))
    assert np.abs(seen_by_all([ramp, ramp], (64, 64)) / 255 - ramp).max() < 0.005
    assert seen_by_all([flat(0)] * 3, (6, 4)).max() <= 1
    assert seen_by_all([flat(1)] * 3, (6, 4)).min() >= 254


@given(some.integers(8, 900), some.integers(8, 900), some.integers(0, 1000))
def test_a_part_lies_within_its_picture_and_is_neither_all_of_it_nor_a_crumb(h: int, w: int, seed: int) -> None:
    top, left, height, width = part_of(h, w, np.random.default_rng(seed))
    assert 0 <= top <= top + height <= h
    assert 0 <= left <= left + width <= w
    assert 0.1 < height * width / (h * w) <= 1


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({}, True),
        ({"kind": "scene", "edge": "-", "subject": "none"}, True),
        ({"kind": "background", "edge": "-"}, True),
        ({"kind": "cutout"}, False),
        ({"subject": "person"}, False),
        ({"edge": "coarse"}, False),
    ],
)
def test_people_and_cutouts_and_coarse_outlines_are_not_asked_about(change: dict[str, str], asked: bool) -> None:
    assert is_asked_about(ROW | change) is asked


def test_no_part_of_a_held_out_picture_is_learned_from(tmp_path: Path) -> None:
    write_plain_pack(tmp_path, "teacher", 60)
    plain = {entry.name: entry for entry in open_cache(tmp_path, tmp_path / "cache").entries}
    kept = {name for name, entry in plain.items() if not held_out(entry.source, name)}
    assert 0 < len(kept) < 60
    network = Says(0.5)
    parts = list(views(tmp_path, [network, Says(0)], 2, np.random.default_rng(1)))
    assert {row["name"].partition("@")[0] for row, _ in parts} == kept
    assert len({row["name"] for row, _ in parts}) == len(parts) == 2 * len(kept)
    assert [pixels.shape[:2] for _, pixels in parts] == [shape[:2] for shape in network.shown]
    assert not any(held_out(row["source"], row["name"]) for row, _ in parts)


def test_the_photos_own_matte_is_one_of_the_voices_and_a_background_has_none(tmp_path: Path) -> None:
    write_plain_pack(tmp_path, "teacher", 10)
    write_plain_pack(tmp_path, "backgrounds", 10)
    seen: dict[str, list[int]] = {"imagenet-samples": [], "backgrounds": []}
    for row, pixels in views(tmp_path, [Says(0)], 1, np.random.default_rng(1)):
        seen[row["source"]].append(int(pixels[..., 3].max()))
    assert all(125 <= most <= 129 for most in seen["imagenet-samples"])  # one says yes, one no
    assert max(seen["backgrounds"]) <= 1


def test_the_parts_are_learned_from_whole_and_never_checked_against(tmp_path: Path) -> None:
    write_plain_pack(tmp_path, "teacher", 30)
    write_pack(tmp_path / "out", views(tmp_path, [Says(1), Says(1)], 0.5, np.random.default_rng(1)), VIEWS)
    cache = open_cache(tmp_path, tmp_path / "cache")
    more = open_cache(tmp_path / "out", tmp_path / "cache", (VIEWS,))
    assert 5 < len(more.entries) < 25
    mixer = Mixer(more, more.entries, np.random.default_rng(1))
    assert {group_of(entry) for entry in more.entries} == set(mixer.groups) == {VIEWS}
    assert held_out_pictures(more) == []
    assert held_out_pictures(cache) != []
    assert all(np.median(mixer.sample([(64, 64)]).alpha) > 200 for _ in range(20))


def test_edges_of_parts_count_little_since_networks_that_see_small_pictures_drew_them_too() -> None:
    weight = weights_for(disc(), "seen")
    assert set(np.unique(weight).tolist()) == {WEIGHT_ONE // 4, WEIGHT_ONE}


def test_the_built_in_network_is_one_of_the_voices() -> None:
    class Sees:
        def matte(self, rgb: NDArray[np.uint8]) -> Matte:
            return Matte(np.full(rgb.shape[:2], 51, np.uint8), np.zeros((4, 6), np.uint8), NOTHING, (), 0.2, 0.0)

    alpha, notes = BuiltIn(Sees()).raw(np.zeros((4, 6, 3), np.uint8))
    assert alpha.dtype == np.float32 and alpha.shape == (4, 6) and notes == ()
    assert alpha == pytest.approx(0.2)


def test_a_network_whose_file_is_missing_is_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given_ = ["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--folder", str(tmp_path)]
    assert asking.main(given_) == 1
    assert capsys.readouterr().err.count("\n") == 1
