"""The evaluation table, on a small tar of generated pictures."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.evaluate import SETS, evaluated, line, main, names_by_set, other_cutter, parsed, pictures, spread
from models.others.onnx_file import NetworkError

from .packs import disc


def add(archive: tarfile.TarFile, name: str, pixels: NDArray[np.uint8], kind: str) -> None:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, kind)
    member = tarfile.TarInfo(name)
    member.size = len(data.getvalue())
    data.seek(0)
    archive.addfile(member, data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("public")
    alpha = disc(64)
    with tarfile.open(data / "public_1.tar", "w") as archive:
        for number in range(5):
            add(archive, f"people_real/images/p{number}.jpg", np.dstack([alpha] * 3), "JPEG")
            add(archive, f"people_real/alpha/p{number}.png", alpha, "PNG")
    return data


def test_a_perfect_cutter_has_no_error(folder: Path) -> None:
    truth = disc(64).astype(np.float32) / 255
    rows = evaluated(lambda rgb: truth, names_by_set(folder)["people_real"])
    assert [row.name for row in rows] == ["p0", "p1", "p2", "p3", "p4"]
    assert all(row.measures == (1.0, 0.0, 0.0) for row in rows)
    assert line("people_real", rows).startswith("| people_real | 5 | 1.000 [1.000, 1.000] | 0.0000")


def test_a_cutter_that_finds_nothing_has_no_overlap(folder: Path) -> None:
    rows = evaluated(lambda rgb: np.zeros(rgb.shape[:2], np.float32), names_by_set(folder)["people_real"])
    assert all(row.measures.iou == 0 for row in rows)
    assert rows[0].measures.mae == pytest.approx(float(disc(64).mean()) / 255, rel=1e-4)


def test_photo_and_truth_of_one_name_come_together(folder: Path) -> None:
    first = next(pictures(names_by_set(folder)["people_real"]))
    assert first.rgb.shape == (64, 64, 3)
    assert np.array_equal(np.rint(first.truth * 255).astype(np.uint8), disc(64))


def test_a_limit_takes_pictures_evenly() -> None:
    members = [(Path("t"), str(number)) for number in range(10)]
    assert [name for _, name in spread(members, 3)] == ["0", "4", "9"]
    assert spread(members, 0) == spread(members, 99) == members


def test_all_sets_are_measured_unless_told_otherwise() -> None:
    assert parsed([]).only == list(SETS)
    assert parsed(["--only", "alpha_real"]).only == ["alpha_real"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="public_"):
        names_by_set(tmp_path)
    with pytest.raises(NetworkError, match="--get u2netp"):
        other_cutter("u2netp", tmp_path, "cpu", None)


def test_someone_elses_network_is_measured_refined_or_as_it_is(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: other people's networks are optional")
    pytest.importorskip("onnx", reason="onnx is not installed: it builds the tiny network of this test")
    from .others.onnx_graphs import modnet

    path = modnet(tmp_path / "modnet.onnx")  # takes what is bright, and the discs are
    members = names_by_set(folder)["people_real"][:1]
    for network, raw in ((str(path), True), ("modnet", True), ("modnet", False)):
        (row,) = evaluated(other_cutter(network, tmp_path, "cpu", 1, raw), members)
        assert row.measures.iou > 0.95, (network, raw)


def test_a_file_that_can_not_be_used_ends_the_program_with_a_sentence(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: other people's networks are optional")
    (tmp_path / "modnet.onnx").write_bytes(b"<html>")
    with pytest.raises(SystemExit, match="no ONNX file"):
        main(["--network", str(tmp_path / "modnet.onnx")])
