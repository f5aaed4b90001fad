"""Fetching a file from a real server on this machine, which breaks off, ignores, refuses and lies."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.others import fetch as module
from models.others.__main__ import main
from models.others.fetch import FetchError, Patience, Wanted, fetch

from .file_server import Served, serving

DATA = b"\x08" + hashlib.shake_256(b"a network").digest(700_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
MD5 = hashlib.md5(DATA).hexdigest()
AT_ONCE = Patience(stall=5.0, pauses=(0.0, 0.0))
ONCE = Patience(stall=5.0, pauses=())


@pytest.fixture
def server() -> Iterator[Served]:
    with serving(Served(DATA)) as served:
        yield served


def wanted(server: Served, folder: Path, **change: object) -> Wanted:
    facts = {"url": server.url, "target": folder / "n.onnx", "size": len(DATA), "sha256": SHA256, "md5": MD5}
    return Wanted(**facts | change)  # type: ignore[arg-type]


def part(folder: Path) -> Path:
    return folder / "n.onnx.part"


def test_a_file_arrives_whole_and_its_progress_is_told(server: Served, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    found = fetch(wanted(server, tmp_path / "new"), lambda here, total: seen.append((here, total)), ONCE)
    assert found == SHA256
    assert (tmp_path / "new" / "n.onnx").read_bytes() == DATA
    assert os.listdir(tmp_path / "new") == ["n.onnx"]
    assert seen[0] == (0, len(DATA)) and seen[-1] == (len(DATA), len(DATA))
    assert seen == sorted(seen)


def test_a_right_file_that_is_there_is_not_fetched_again(server: Served, tmp_path: Path) -> None:
    (tmp_path / "n.onnx").write_bytes(DATA)
    assert fetch(wanted(server, tmp_path)) == SHA256
    assert server.asked == []


def test_a_wrong_file_that_is_there_is_replaced_only_by_a_right_one(server: Served, tmp_path: Path) -> None:
    (tmp_path / "n.onnx").write_bytes(b"old")
    server.data = DATA[::-1]
    with pytest.raises(FetchError, match="wrong_checksum"):
        fetch(wanted(server, tmp_path), patience=ONCE)
    assert (tmp_path / "n.onnx").read_bytes() == b"old"
    server.data = DATA
    fetch(wanted(server, tmp_path), patience=ONCE)
    assert (tmp_path / "n.onnx").read_bytes() == DATA


def test_a_broken_connection_is_taken_up_where_it_broke(server: Served, tmp_path: Path) -> None:
    server.breaks_after = [300_000, 200_000, None]
    fetch(wanted(server, tmp_path), patience=AT_ONCE)
    assert (tmp_path / "n.onnx").read_bytes() == DATA
    assert server.asked == ["", "bytes=300000-", "bytes=500000-"]


def test_the_next_run_goes_on_where_the_last_one_gave_up(server: Served, tmp_path: Path) -> None:
    server.breaks_after = [300_000, None]
    with pytest.raises(FetchError, match="broke_off") as caught:
        fetch(wanted(server, tmp_path), patience=ONCE)
    assert caught.value.facts["here"] == 300_000
    assert part(tmp_path).read_bytes() == DATA[:300_000]
    assert not (tmp_path / "n.onnx").exists()
    fetch(wanted(server, tmp_path), patience=ONCE)
    assert server.asked[-1] == "bytes=300000-"
    assert (tmp_path / "n.onnx").read_bytes() == DATA


def test_tries_end_when_nothing_arrives_any_more(server: Served, tmp_path: Path) -> None:
    server.breaks_after = [1000, 0]
    with pytest.raises(FetchError, match="broke_off"):
        fetch(wanted(server, tmp_path), patience=AT_ONCE)
    assert len(server.asked) == 3  # one that brought something, then one after each of the two pauses


def test_a_server_that_ignores_ranges_sends_all_of_it_again(server: Served, tmp_path: Path) -> None:
    part(tmp_path).write_bytes(DATA[:123_456])
    server.ranges = False
    fetch(wanted(server, tmp_path), patience=ONCE)
    assert server.asked == ["bytes=123456-"]
    assert (tmp_path / "n.onnx").read_bytes() == DATA


def test_a_piece_from_another_place_is_not_joined_on(server: Served, tmp_path: Path) -> None:
    part(tmp_path).write_bytes(DATA[:100])
    server.shift = 50
    fetch(wanted(server, tmp_path), patience=AT_ONCE)
    assert server.asked == ["bytes=100-", ""]
    assert (tmp_path / "n.onnx").read_bytes() == DATA


def test_a_whole_part_only_needs_its_check(server: Served, tmp_path: Path) -> None:
    part(tmp_path).write_bytes(DATA)
    fetch(wanted(server, tmp_path), patience=ONCE)
    assert server.asked == []
    part(tmp_path).write_bytes(DATA)
    (tmp_path / "n.onnx").unlink()
    fetch(wanted(server, tmp_path, size=0), patience=ONCE)  # the length unknown: the server says that nothing follows
    assert server.asked == [f"bytes={len(DATA)}-"]
    assert (tmp_path / "n.onnx").read_bytes() == DATA


def test_a_part_longer_than_the_file_is_thrown_away(server: Served, tmp_path: Path) -> None:
    for size in (len(DATA), 0):
        part(tmp_path).write_bytes(DATA + b"more")
        (tmp_path / "n.onnx").unlink(missing_ok=True)
        fetch(wanted(server, tmp_path, size=size), patience=AT_ONCE)
        assert (tmp_path / "n.onnx").read_bytes() == DATA


@pytest.mark.parametrize(("kind", "value"), [("sha256", "0" * 64), ("md5", "0" * 32)])
def test_a_wrong_checksum_deletes_the_file_and_says_both(server: Served, tmp_path: Path, kind: str, value: str) -> None:
    with pytest.raises(FetchError, match="wrong_checksum") as caught:
        fetch(wanted(server, tmp_path, **{kind: value}), patience=ONCE)
    assert caught.value.facts["expected"] == value
    assert caught.value.facts["found"] == {"sha256": SHA256, "md5": MD5}[kind]
    assert os.listdir(tmp_path) == []


def test_a_file_of_another_size_is_refused_before_it_is_fetched(server: Served, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="wrong_size") as caught:
        fetch(wanted(server, tmp_path, size=5), patience=ONCE)
    assert caught.value.facts == {"expected": 5, "found": len(DATA)}
    assert os.listdir(tmp_path) == []


def test_without_a_told_length_a_short_file_is_noticed_by_its_size(server: Served, tmp_path: Path) -> None:
    server.says_length, server.breaks_after = False, [1000]
    with pytest.raises(FetchError, match="wrong_size"):
        fetch(wanted(server, tmp_path), patience=ONCE)
    assert not (tmp_path / "n.onnx").exists()


def test_a_refusal_is_told_at_once(server: Served, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(FetchError, match="refused") as caught:
        fetch(wanted(server, tmp_path), patience=AT_ONCE)
    assert caught.value.facts["status"] == 404
    assert len(server.asked) == 1


def test_a_server_in_trouble_is_asked_again(server: Served, tmp_path: Path) -> None:
    server.status = 503
    with pytest.raises(FetchError, match="unreachable"):
        fetch(wanted(server, tmp_path), patience=AT_ONCE)
    assert len(server.asked) == 3


def test_nobody_there_is_unreachable(tmp_path: Path) -> None:
    with serving(Served(DATA)) as gone:
        pass
    with pytest.raises(FetchError, match="unreachable"):
        fetch(wanted(gone, tmp_path), patience=ONCE)


def test_a_full_disk_is_noticed_before_it_is_full(
    server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, 1000))
    with pytest.raises(FetchError, match="no_room"):
        fetch(wanted(server, tmp_path), patience=ONCE)
    assert os.listdir(tmp_path) == []


def test_a_disk_that_fills_up_keeps_what_arrived(
    server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(answer: object, file: object, *_: object) -> None:
        file.write(DATA[:10])  # type: ignore[attr-defined]
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_pour", full)
    with pytest.raises(FetchError, match="no_room"):
        fetch(wanted(server, tmp_path), patience=ONCE)
    assert part(tmp_path).read_bytes() == DATA[:10]


def test_a_folder_that_is_a_file_cannot_be_written(server: Served, tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(FetchError, match="cant_write"):
        fetch(wanted(server, tmp_path / "taken"), patience=ONCE)


# ── the command ───────────────────────────────────────────────────────────────────────────────────────


def get(server: Served, folder: Path, *more: str) -> int:
    arguments = ["--get", "u2netp", "--to", str(folder), "--url", server.url, *more]
    return main(arguments, ONCE)


def test_the_command_fetches_by_name_with_a_persons_own_checksum(
    server: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert get(server, tmp_path, "--sha256", SHA256.upper()) == 0
    assert (tmp_path / "u2netp.onnx").read_bytes() == DATA
    said = capsys.readouterr()
    assert "100 %" in said.err
    assert "SHA-256" in said.out and str(tmp_path / "u2netp.onnx") in said.out


def test_a_mirror_with_another_file_is_found_out(
    server: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert get(server, tmp_path) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "4574861" in said[0] and str(len(DATA)) in said[0]
    assert os.listdir(tmp_path) == []


def test_a_file_without_a_known_checksum_says_its_own(
    server: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--get", "cv-unet", "--to", str(tmp_path), "--url", server.url], ONCE) == 0
    assert SHA256 in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "part_of_it"),
    [
        (["--get", "nothing"], "nothing is not known"),
        (["--get", "isnet-medium"], "no file of isnet-medium"),
        (["--get", "u2netp", "--sha256", "12"], "64 hexadecimal"),
        (["--get", "u2netp", "--url", "no-address"], "no-address"),
    ],
)
def test_what_can_not_be_fetched_is_one_sentence_in_two_languages(
    arguments: list[str], part_of_it: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--to", str(tmp_path)], ONCE) == 1
    said = capsys.readouterr().err.strip()
    assert part_of_it in said and " / " in said and "\n" not in said


def test_the_list_tells_of_each_network_and_which_are_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "modnet.onnx").write_bytes(b"")
    assert main(["--list", "--to", str(tmp_path)]) == 0
    paragraphs = capsys.readouterr().out.split("\n\n")
    assert [p.split()[0] for p in paragraphs][:3] == ["rvm", "rvm-resnet50", "modnet"]
    assert [p.split()[0] for p in paragraphs if "  here " in p] == ["modnet"]
    assert "unknown" in next(p for p in paragraphs if p.startswith("cv-unet"))
