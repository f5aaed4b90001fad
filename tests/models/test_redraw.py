"""Edges for regions drawn by hand: the network's near the outline, the hand's region, nothing where both differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models import redraw
from models.engine import Matte
from models.redraw import redrawn, redrawn_edges
from models.subject import NOTHING
from models.teach import write_pack
from models.training.cache import REDRAWN, TRAINING_PACKS, Cache, held_out, open_cache
from models.training.data import Mixer, group_of, shapes_for

from .packs import disc
from .packs import write_pack as write_plain_pack

Bytes = NDArray[np.uint8]


def square(top: int, bottom: int, left: int, right: int, side: int = 120) -> Bytes:
    alpha = np.zeros((side, side), np.uint8)
    alpha[top:bottom, left:right] = 255
    return alpha


DRAWN = square(30, 90, 30, 90)


class Sees:
    """A network that finds what it is told."""

    def __init__(self, alpha: Bytes) -> None:
        self.alpha = alpha

    def matte(self, rgb: Bytes) -> Matte:
        return Matte(self.alpha, np.zeros((8, 8), np.uint8), NOTHING, (), 0.0, 0.0)


def test_a_soft_edge_near_the_outline_takes_its_place() -> None:
    seen = square(31, 89, 30, 92)
    seen[30:90, 92:94] = 100
    alpha = redrawn_edges(DRAWN, seen, 5)
    assert alpha is not None and np.array_equal(alpha, seen)


def test_the_region_is_the_hands() -> None:
    seen = DRAWN.copy()
    seen[58:62, 58:62] = 0  # a hole that nobody drew
    seen[5:9, 5:9] = 255  # a crumb far away
    alpha = redrawn_edges(DRAWN, seen, 4)
    assert alpha is not None and alpha[60, 60] == 255 and alpha[7, 7] == 0


def test_near_what_only_one_of_both_shows_the_drawn_edge_stays() -> None:
    bag = DRAWN.copy()
    bag[50:60, 90:105] = 255
    alpha = redrawn_edges(DRAWN, bag, 4)
    assert alpha is not None
    assert np.array_equal(alpha[50:60, 90:110], DRAWN[50:60, 90:110])  # no stump of the bag


def test_where_both_show_different_things_there_is_nothing_to_take() -> None:
    assert redrawn_edges(DRAWN, square(0, 40, 0, 40), 4) is None
    assert redrawn_edges(np.zeros_like(DRAWN), np.zeros_like(DRAWN), 4) is None


@given(st.integers(1, 12), st.integers(0, 1000))
def test_nothing_changes_farther_from_the_outline_than_the_reach(reach: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(-90, 91, DRAWN.shape)
    seen = np.clip(DRAWN.astype(int) + noise, 0, 255).astype(np.uint8)
    alpha = redrawn_edges(DRAWN, seen, reach)
    assert alpha is not None
    changed = np.argwhere(alpha != DRAWN)
    inner = square(30 + reach, 90 - reach, 30 + reach, 90 - reach)
    outer = square(30 - reach, 90 + reach, 30 - reach, 90 + reach)
    assert all(inner[y, x] == 0 and outer[y, x] == 255 for y, x in changed)


def test_a_pack_of_drawn_photos_gets_edges_that_are_trusted_and_keeps_its_rows(tmp_path: Path) -> None:
    write_plain_pack(tmp_path, "portraits", 3)
    write_plain_pack(tmp_path, "teacher", 2)  # a machine's edges already
    pictures = list(redrawn(tmp_path, Sees(disc())))
    assert [row["edge"] for row, _ in pictures] == ["teacher"] * 3
    assert {row["source"] for row, _ in pictures} == {"flickr_portraits"}
    assert all(np.abs(pixels[..., 3].astype(int) - disc()).max() <= 8 for _, pixels in pictures)  # coded lossily


def test_redrawn_photos_are_learned_from_in_place_of_the_drawn_ones(tmp_path: Path) -> None:
    write_plain_pack(tmp_path, "portraits", 30)
    assert write_pack(tmp_path / "out", redrawn(tmp_path, Sees(disc())), REDRAWN) == 30
    for folder, packs in ((tmp_path, TRAINING_PACKS), (tmp_path / "out", (REDRAWN,))):
        open_cache(folder, tmp_path / "cache", packs)
    cache = open_cache(tmp_path, tmp_path / "cache", ("portraits",))
    both = Cache(tmp_path / "cache", ("portraits", REDRAWN))
    entries = [entry for entry in both.entries if not held_out(entry.source, entry.name)]
    mixer = Mixer(both, entries, np.random.default_rng(0))
    assert {entry.pack for entry in mixer.entries} == {REDRAWN} and len(mixer.entries) < len(cache.entries)
    assert {group_of(entry) for entry in mixer.entries} == {"portraits"}


def test_whole_people_of_redrawn_photos_are_placed_like_bodies(tmp_path: Path) -> None:
    write_plain_pack(tmp_path, "portraits", 30)
    pictures = (({**row, "subject": "person", "source": "ccp"}, px) for row, px in redrawn(tmp_path, Sees(disc())))
    write_pack(tmp_path / "out", pictures, REDRAWN)
    cache = open_cache(tmp_path / "out", tmp_path / "cache", (REDRAWN,))
    mixer = Mixer(cache, list(cache.entries), np.random.default_rng(0))
    assert set(mixer.groups) == {"ccp", "bodies"}
    mixer.names, mixer.shares = ["bodies"], np.array([1.0])
    shares = [float((mixer.sample(shapes_for(64)).alpha > 127).mean()) for _ in range(12)]
    assert max(shares) > 2 * min(shares) > 0  # of many sizes, unlike in the photos


def test_a_folder_without_such_photos_is_said_and_leaves_the_last_pack_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "redrawn.tsv").write_text("the last one")
    assert redraw.main(["--data", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert (tmp_path / "redrawn.tsv").read_text() == "the last one"
