"""Second opinions on machine-made mattes: regions by majority, edges as they were; what is undecided counts little."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models import review
from models.review import asked, reviewed, second_opinion
from models.teach import write_pack
from models.training.cache import REVIEWED, TRAINING_PACKS, held_out, open_cache
from models.training.data import Mixer
from models.training.trust import WEIGHT_ONE, undecided, weights_for

from .packs import SIDE, disc
from .packs import write_pack as write_plain_pack
from .test_teach import Says, box

Bytes = NDArray[np.uint8]
LEFT, RIGHT, NOTHING = box(0.1, 0.4), box(0.6, 0.9), np.zeros((64, 64), np.float32)


def as_matte(alpha: NDArray[np.float32], side: int = 192) -> Bytes:
    return np.kron(np.rint(alpha * 255).astype(np.uint8), np.ones((side // 64,) * 2, np.uint8))


@given(st.integers(0, 2))
def test_a_matte_that_most_agree_with_stays_as_it_is_to_the_byte(dissenters: int) -> None:
    matte = as_matte(LEFT)
    others = [LEFT, LEFT, LEFT] + [NOTHING] * dissenters
    assert np.array_equal(second_opinion(matte, others), matte)


def test_a_region_that_the_others_see_is_added_and_one_that_only_the_matte_shows_goes() -> None:
    changed = second_opinion(as_matte(LEFT), [RIGHT, RIGHT])
    inside = as_matte(LEFT) > 0
    assert changed[96, 144] > 180 and changed[96, 48] < 75
    assert changed[~inside & (as_matte(RIGHT) == 0)].mean() < 20


def test_one_other_alone_leaves_the_matter_grey() -> None:
    changed = second_opinion(as_matte(LEFT), [RIGHT])
    assert 100 < changed[96, 144] < 155 and 100 < changed[96, 48] < 155


def test_a_soft_edge_stays_soft_where_all_see_the_same_thing() -> None:
    alpha = disc()
    small = np.asarray(alpha[::3, ::3] / 255, np.float32)
    assert np.array_equal(second_opinion(alpha, [small, small]), alpha)


def test_a_further_network_is_asked_only_where_the_first_sees_something_else() -> None:
    picture = np.zeros((192, 192, 3), np.uint8)
    for first, times in ((LEFT, 0), (RIGHT, 1)):
        slow = Says(LEFT)
        opinions = asked(picture, as_matte(LEFT), [Says(first), slow])
        assert slow.asked == times and len(opinions) == 1 + times


def test_wide_grey_counts_little_and_narrow_grey_as_an_edge() -> None:
    matte = np.zeros((200, 200), np.uint8)
    matte[:, 100:] = 255
    matte[:, 98:102] = 128
    matte[40:80, 20:60] = 128
    found = undecided(matte)
    assert found[60, 40] and not found[100, 100]
    weight = weights_for(matte, "teacher")
    assert weight[60, 40] < WEIGHT_ONE / 2 < WEIGHT_ONE < weight[100, 100]
    assert weights_for(matte, "alpha")[60, 40] >= WEIGHT_ONE  # measured: smoke and glass are grey


def test_reviewed_photos_are_learned_from_in_place_of_the_first_mattes(tmp_path: Path) -> None:
    write_plain_pack(tmp_path, "teacher", 30)
    says = Says(np.zeros((SIDE, SIDE), np.float32))
    assert write_pack(tmp_path / "out", reviewed(tmp_path, [says, says]), REVIEWED) == 30
    open_cache(tmp_path, tmp_path / "cache")
    cache = open_cache(tmp_path / "out", tmp_path / "cache", (REVIEWED,))
    assert REVIEWED in TRAINING_PACKS
    both = open_cache(tmp_path, tmp_path / "cache").entries + cache.entries
    mixer = Mixer(cache, [e for e in both if not held_out(e.source, e.name)], np.random.default_rng(0))
    assert {entry.pack for entry in mixer.groups["teacher"]} == {REVIEWED}
    assert len(mixer.groups["teacher"]) == sum(not held_out(e.source, e.name) for e in cache.entries)


def test_a_network_that_is_not_there_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_plain_pack(tmp_path, "teacher", 2)
    arguments = ["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--folder", str(tmp_path)]
    assert review.main(arguments) == 1
    assert "u2net" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
