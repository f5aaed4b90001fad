"""The conversation from the terminal, as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent


def koutu(*arguments: str | Path, typed: str = "", tmp: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATA_DIR": str(tmp / "data"), "OUTPUTS_DIR": str(tmp / "outputs"), "DEVICE": "cpu"}
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_proposes_asks_and_writes_the_result(photo_file: Path, tmp_path: Path) -> None:
    done = koutu("agent", "把这张照片换成蓝底", photo_file, typed="y\n", tmp=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "背景颜色" in done.stdout
    (result,) = (tmp_path / "outputs").iterdir()
    assert str(result) in done.stdout
    with Image.open(result) as picture:
        assert picture.size == (96, 96)
        assert picture.convert("RGB").getpixel((0, 0)) == (0, 0, 255)


def test_no_means_no(photo_file: Path, tmp_path: Path) -> None:
    done = koutu("agent", "换成蓝底", photo_file, typed="n\n", tmp=tmp_path)
    assert done.returncode != 0
    assert list((tmp_path / "outputs").iterdir()) == []


def test_yes_and_json_ask_nothing_and_print_events(photo_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    done = koutu("agent", "cut it out", photo_file, "--yes", "--json", "--out", out, tmp=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"Attached", "Said", "Planned", "Decided", "Finished"} <= {line["kind"] for line in lines}
    assert len(list(out.iterdir())) == 1


def test_words_alone_are_not_work_done(tmp_path: Path) -> None:
    assert koutu("agent", "你好", "--yes", tmp=tmp_path).returncode != 0


def test_a_file_that_is_no_picture_is_named_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("Dear Sir or Madam")
    done = koutu("agent", "抠图", tmp_path / "letter.jpg", "--yes", tmp=tmp_path)
    assert done.returncode != 0
    assert "letter.jpg" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_one_tool_runs_on_one_file_with_flags_of_its_declaration(photo_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    done = koutu("tools", "matte", photo_file, "-o", out, "--feather", "2", tmp=tmp_path)
    assert done.returncode == 0, done.stderr
    with Image.open(out) as picture:
        assert (picture.mode, picture.size) == ("RGBA", (96, 96))


def test_several_pictures_become_grey_mattes_named_like_them(photo_file: Path, cat: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mattes"
    done = koutu("tools", "matte", photo_file, cat, "-o", folder, "--content", "matte", tmp=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in folder.iterdir()) == ["cat.png", "me.png"]
    with Image.open(folder / "cat.png") as picture:
        assert (picture.mode, picture.size) == ("L", (451, 300))


def test_pictures_of_the_same_name_each_get_a_file_of_their_own(photo_file: Path, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    twin = tmp_path / "x" / "me.png"
    Image.new("RGB", (40, 30), "red").save(twin)
    koutu("tools", "export", photo_file, twin, "-o", tmp_path / "all", tmp=tmp_path)
    assert sorted(p.name for p in (tmp_path / "all").iterdir()) == ["me.png", "me_2.png"]


def test_a_result_is_never_written_over_its_original(photo_file: Path, tmp_path: Path) -> None:
    before = photo_file.read_bytes()
    done = koutu("tools", "export", photo_file, "-o", photo_file, tmp=tmp_path)
    assert done.returncode != 0
    assert photo_file.read_bytes() == before


def test_a_picture_among_those_that_are_read_is_never_written_to(photo_file: Path, tmp_path: Path) -> None:
    twin = tmp_path / "me.png"
    Image.new("RGB", (40, 30), "red").save(twin)
    before = twin.read_bytes()
    done = koutu("tools", "export", photo_file, twin, "-o", tmp_path, tmp=tmp_path)
    assert twin.read_bytes() == before
    assert done.returncode == 0
    assert {"me_2.png", "me_3.png"} <= {p.name for p in tmp_path.iterdir()}


@pytest.mark.parametrize("flag", ["--quality=500", "--width=-5", "--feather=99"])
def test_a_value_out_of_range_is_no_trace(photo_file: Path, tmp_path: Path, flag: str) -> None:
    done = koutu("tools", "matte", photo_file, "-o", tmp_path / "o.png", flag, tmp=tmp_path)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_a_value_out_of_range_is_one_sentence(photo_file: Path, tmp_path: Path) -> None:
    done = koutu("tools", "matte", photo_file, "-o", tmp_path / "o.png", "--feather", "99", tmp=tmp_path)
    assert done.returncode != 0
    assert "feather" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("device", ["cuda", "tpu"])
def test_a_device_that_is_not_there_is_an_error_not_a_fallback(photo_file: Path, tmp_path: Path, device: str) -> None:
    import torch

    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    done = subprocess.run(
        [sys.executable, "-m", "tools", "matte", str(photo_file), "-o", str(tmp_path / "o.png")],
        cwd=ROOT,
        env={**os.environ, "DEVICE": device},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert device in done.stderr
    assert not (tmp_path / "o.png").exists()
