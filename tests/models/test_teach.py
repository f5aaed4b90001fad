"""Mattes for pictures that have none: taken where two networks find the same thing, and learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models import teach, train
from models.teach import found_in, same_thing, taught, write_pack
from models.training.cache import TAUGHT, held_out, open_cache
from models.training.data import Mixer, group_of

from .packs import SIDE, disc
from .packs import write_pack as write_plain_pack

Floats = NDArray[np.float32]
PICTURE = np.zeros((SIDE, SIDE, 3), np.uint8)


class Says:
    """A network that always sees the same."""

    def __init__(self, alpha: Floats) -> None:
        self.alpha, self.asked = alpha, 0

    def raw(self, rgb: NDArray[np.uint8]) -> tuple[Floats, tuple[str, ...]]:
        self.asked += 1
        return self.alpha, ()


def box(left: float, right: float, side: int = 64) -> Floats:
    """An upright rectangle from ``left`` to ``right`` (shares of the width) that fills half of the height."""
    alpha = np.zeros((side, side), np.float32)
    alpha[side // 4 : 3 * side // 4, int(left * side) : int(right * side)] = 1
    return alpha


def test_two_mattes_of_different_sizes_are_compared_by_what_they_cover() -> None:
    assert same_thing(box(0.25, 0.75, 64), box(0.25, 0.75, 200)) == pytest.approx(1, abs=0.02)
    assert same_thing(box(0, 0.5), box(0.25, 0.75)) == pytest.approx(1 / 3, abs=0.02)
    assert same_thing(box(0, 0.5), box(0.5, 1)) == 0


def test_what_both_find_is_kept_as_the_first_sees_it_at_the_pictures_size() -> None:
    alpha = found_in(PICTURE, Says(box(0.25, 0.75) * np.float32(0.8)), Says(box(0.25, 0.72)))
    assert alpha is not None
    assert alpha.shape == (SIDE, SIDE)
    assert set(np.unique(alpha)) >= {0, 204}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (box(0, 0.4), box(0.6, 1)),
        (box(0.25, 0.75), np.zeros((64, 64), np.float32)),
        (np.ones((64, 64), np.float32), np.ones((64, 64), np.float32)),
    ],
    ids=["another thing", "nothing", "everything"],
)
def test_a_picture_is_left_out_where_they_differ_or_find_nothing_or_everything(first: Floats, second: Floats) -> None:
    assert found_in(PICTURE, Says(first), Says(second)) is None


def test_the_slower_network_is_not_asked_where_the_other_finds_nothing() -> None:
    first = Says(box(0.25, 0.75))
    found_in(PICTURE, first, Says(np.zeros((64, 64), np.float32)))
    assert first.asked == 0


def test_only_pictures_without_a_matte_are_taught_and_each_keeps_its_place_in_or_out_of_the_held_out_part(
    tmp_path: Path,
) -> None:
    write_plain_pack(tmp_path, "backgrounds", 6)
    write_plain_pack(tmp_path, "teacher", 6)
    rows = [row for row, _ in taught(tmp_path, Says(box(0.25, 0.75)), Says(box(0.25, 0.75)))]
    plain = {e.name: e for e in open_cache(tmp_path, tmp_path / "cache").entries}
    assert {plain[row["name"]].kind for row in rows} == {"background"}
    assert len(rows) == 6
    for row in rows:
        before = plain[row["name"]]
        assert held_out(row["source"], row["name"]) == held_out(before.source, before.name)


def test_the_pack_is_learned_from_and_its_pictures_are_no_longer_shown_as_empty(tmp_path: Path) -> None:
    write_plain_pack(tmp_path, "backgrounds", 6)
    seen = Says(np.asarray(disc() / 255, np.float32))
    assert write_pack(tmp_path / "out", taught(tmp_path, seen, seen)) == 6
    cache = open_cache(tmp_path, tmp_path / "cache")
    more = open_cache(tmp_path / "out", tmp_path / "cache", (TAUGHT,))
    entries = [*cache.entries, *more.entries]
    mixer = Mixer(cache, entries, np.random.default_rng(1))
    assert len(mixer.groups[TAUGHT]) == 6
    assert "empty" not in mixer.groups
    assert len(mixer.behind) == 6  # still good to stand in front of
    sample = mixer._photo(more.entries[0], (64, 64))
    assert group_of(more.entries[0]) == TAUGHT
    assert sample.alpha.max() > 200


def test_a_network_whose_file_is_missing_is_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_plain_pack(tmp_path, "backgrounds", 1)
    given = ["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--networks", str(tmp_path)]
    assert teach.main(given) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "isnet" in said
    assert not (tmp_path / "out" / f"{TAUGHT}.tsv").exists()


def test_training_leaves_out_a_pack_of_an_earlier_run_that_was_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plain_pack(tmp_path, "backgrounds", 6)
    write_plain_pack(tmp_path, "portraits", 6)
    seen = Says(np.asarray(disc() / 255, np.float32))
    write_pack(tmp_path / "out", taught(tmp_path, seen, seen))
    used: list[tuple[str, ...]] = []
    monkeypatch.setattr(train, "run_steps", lambda training, mix, cache: used.append(mix.packs))
    monkeypatch.setattr(train, "_checked", lambda *_: None)
    fixed = ["--data", str(tmp_path), "--cache", str(tmp_path / "cache"), "--run", str(tmp_path / "run")]
    fixed += ["--device", "cpu", "--export", str(tmp_path / "out.safetensors")]
    for more in (["--taught", str(tmp_path / "out")], []):
        train.train(train.parsed([*fixed, *more]))
    assert [TAUGHT in packs for packs in used] == [True, False]
