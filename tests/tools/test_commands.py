"""One tool on many files from the command line: several at once, told and written as if one followed the other."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models import cores
from tools.commands import main


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Side by side, on any machine."""
    monkeypatch.setattr(cores, "count", lambda: 2)
    monkeypatch.setenv("DEVICE", "cpu")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command keeps what it works on."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def photos(photo: np.ndarray, tmp_path: Path, temporary: Path) -> list[str]:
    """Five photos that differ."""
    files = []
    for number in range(5):
        files.append(str(tmp_path / f"photo{number}.jpg"))
        Image.fromarray(np.roll(photo, 7 * number, axis=1)).save(files[-1], quality=95)
    return files


def read(path: Path) -> bytes:
    return path.read_bytes()


def test_many_at_once_are_written_and_told_in_order_with_the_bytes_of_one_at_a_time(
    photos: list[str], tmp_path: Path, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [read(Path(file)) for file in photos]
    assert main(["matte", *photos, "-o", str(tmp_path / "together"), "--feather", "1"]) == 0
    told = capsys.readouterr().out.split()
    assert told == [str(tmp_path / "together" / f"photo{number}.png") for number in range(5)]
    for number, file in enumerate(photos):
        alone = tmp_path / f"alone{number}.png"
        assert main(["matte", file, "-o", str(alone), "--feather", "1"]) == 0
        assert read(alone) == read(Path(told[number]))
    assert [read(Path(file)) for file in photos] == before
    assert list(temporary.iterdir()) == []
    assert not [t for t in threading.enumerate() if t.name.startswith("picture")]


def test_one_broken_file_is_told_and_the_others_are_written(
    photos: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(photos[1]).write_bytes(b"no picture")
    missing = str(tmp_path / "missing.jpg")
    assert main(["matte", *photos, missing, "-o", str(tmp_path / "out")]) == 1
    told = capsys.readouterr()
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [f"photo{n}.png" for n in (0, 2, 3, 4)]
    assert "photo1.jpg" in told.err and "missing.jpg" in told.err


def test_files_with_the_same_bytes_do_not_take_each_other_away(photos: list[str], tmp_path: Path) -> None:
    for number in range(6):
        shutil.copy(photos[0], tmp_path / f"copy{number}.jpg")
    copies = [str(tmp_path / f"copy{number}.jpg") for number in range(6)]
    assert main(["matte", *copies, "-o", str(tmp_path / "out")]) == 0
    results = [read(tmp_path / "out" / f"copy{number}.png") for number in range(6)]
    assert len(set(results)) == 1


def test_the_picture_behind_may_be_one_of_the_pictures(photos: list[str], tmp_path: Path) -> None:
    behind = ["--kind", "picture", "--background-picture", photos[2]]
    assert main(["set_background", *photos, "-o", str(tmp_path / "out"), *behind]) == 0
    assert len(list((tmp_path / "out").iterdir())) == 5


def test_ctrl_c_ends_the_run_and_leaves_whole_files_only(
    photos: list[str], tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def interrupted(target: Path, data: bytes) -> None:
        if written:
            raise KeyboardInterrupt
        target.write_bytes(data)
        written.append(target)

    monkeypatch.setattr("tools.commands._Run._write", staticmethod(interrupted))
    assert main(["matte", *photos, "-o", str(tmp_path / "out")]) == 130
    assert list((tmp_path / "out").iterdir()) == written
    Image.open(written[0]).load()
    assert list(temporary.iterdir()) == []
    assert not [t for t in threading.enumerate() if t.name.startswith("picture")]
