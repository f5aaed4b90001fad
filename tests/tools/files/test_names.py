"""Names of files: safe on every system, never outside of the folder, never over another file."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.errors import BadValue, NoRoom
from tools.files.names import free_path, safe_name, shown_name, timestamped, without_extension, write_new
from tools.settings import ROOT, Limits

LIMITS = Limits()
NASTY = st.text(alphabet=st.sampled_from("./\\:\0~$ ab抠\u202e\u200b\ud800_CONul*?<>|\"'\n"), max_size=40)
ANY_TEXT = st.text(max_size=300) | NASTY | st.text(alphabet=st.characters(), max_size=120)


def invisible(text: str) -> list[str]:
    """Controls, formats, halves of pairs, and every space but the plain one."""
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs") and c != " "]


@given(ANY_TEXT)
def test_any_text_becomes_one_harmless_component(text: str) -> None:
    name = safe_name(text, LIMITS)
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t\u202e\u202d\u2066\u200f\u2028')
    assert not invisible(name)
    assert not name.startswith((".", " ")) and not name.endswith((".", " "))
    assert len(name) <= LIMITS.name and len(name.encode()) <= 200
    assert name.split(".")[0].strip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}


@given(ANY_TEXT)
def test_a_safe_name_stays_as_it_is(text: str) -> None:
    assert safe_name(safe_name(text, LIMITS), LIMITS) == safe_name(text, LIMITS)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ANY_TEXT)
def test_a_file_named_by_any_text_lands_in_its_folder(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "outputs"
    written = write_new(folder, safe_name(text, LIMITS) or "empty", "png", b"x")
    assert written.resolve().parent == folder.resolve() and written.read_bytes() == b"x"
    assert [p.name for p in tmp_path.iterdir()] == ["outputs"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("证件照 蓝底", "证件照 蓝底"),
        ("C:\\Windows\\x", "C__Windows_x"),
        ("  ..hidden.. ", "hidden"),
        ("con", "_con"),
        ("NUL.tar", "_NUL.tar"),
        ("com¹", "_com¹"),
        ("console", "console"),
        ("gpj\u202egnp", "gpjgnp"),
        ("e\u0301te", "éte"),
        ("...", ""),
        ("\0\n", ""),
        ("", ""),
    ],
)
def test_known_names(text: str, name: str) -> None:
    assert safe_name(text, LIMITS) == name


def test_a_long_chinese_name_fits_the_file_system(tmp_path: Path) -> None:
    name = safe_name("照" * 500, LIMITS)
    assert 60 <= len(name) <= 80
    assert write_new(tmp_path, name, "jpeg", b"x").exists()


def test_a_name_that_is_shown_keeps_its_extension_and_loses_its_folder() -> None:
    assert shown_name("C:\\fakepath\\me.jpg", LIMITS) == "me.jpg"
    assert shown_name("a/b/\u202egpj.exe", LIMITS) == "gpj.exe"
    long = shown_name("x" * 500 + ".heic", LIMITS)
    assert len(long) == LIMITS.name and long.endswith(".heic") and "…" in long


@given(ANY_TEXT)
def test_any_name_that_is_shown_is_visible_and_short(text: str) -> None:
    shown = shown_name(text, LIMITS)
    assert not invisible(shown) and len(shown) <= LIMITS.name and "/" not in shown


def test_the_extension_people_type_is_dropped() -> None:
    assert without_extension(" logo.PNG ") == "logo"
    assert without_extension("v1.2") == "v1.2"


def test_a_result_without_a_name_is_named_by_its_second() -> None:
    assert timestamped(datetime(2026, 1, 2, 3, 4, 5)) == "output_20260102030405"


def test_names_count_up_and_nothing_is_replaced(tmp_path: Path) -> None:
    names = [write_new(tmp_path, "a", "png", bytes([i])).name for i in range(3)]
    assert names == ["a.png", "a_2.png", "a_3.png"]
    assert [(tmp_path / n).read_bytes() for n in names] == [b"\0", b"\1", b"\2"]


def test_a_reserved_name_is_taken(tmp_path: Path) -> None:
    assert free_path(tmp_path, "a", "png").name == "a.png"
    assert free_path(tmp_path, "a", "png").name == "a_2.png"
    assert write_new(tmp_path, "a", "png", b"x").name == "a_3.png"


def test_a_symbolic_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"keep")
    (tmp_path / "a.png").symlink_to(tmp_path / "target")
    (tmp_path / "a_2.png").symlink_to(tmp_path / "nowhere")
    assert write_new(tmp_path, "a", "png", b"x").name == "a_3.png"
    assert (tmp_path / "target").read_bytes() == b"keep" and not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("stem", ["../a", "a/b", "", ".a", "a\\b", "/a", "a\0"])
def test_a_stem_that_is_no_component_is_refused(tmp_path: Path, stem: str) -> None:
    with pytest.raises(BadValue):
        write_new(tmp_path / "in", stem, "png", b"x")
    assert not (tmp_path / "in").exists() or not list((tmp_path / "in").iterdir())
    assert [p.name for p in tmp_path.iterdir()] in ([], ["in"])


def test_threads_at_once_get_a_file_each(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda i: write_new(tmp_path, "a", "png", b"%d" % i), range(40)))
    assert len(set(paths)) == 40
    assert {int(p.read_bytes()) for p in paths} == set(range(40))


def test_processes_at_once_get_a_file_each(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tools.files.names import write_new\n"
        "for i in range(20): write_new(Path(sys.argv[1]), 'a', 'png', sys.argv[2].encode())"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), who], cwd=ROOT) for who in "xyz"]
    assert [p.wait(60) for p in running] == [0, 0, 0]
    contents = [p.read_bytes() for p in tmp_path.iterdir()]
    assert sorted(contents) == [b"x"] * 20 + [b"y"] * 20 + [b"z"] * 20


def test_a_kill_while_writing_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; import tools.files.names as names\n"
        "names.os.fsync = lambda handle: os.kill(os.getpid(), 9)\n"
        "names.write_new(Path(sys.argv[1]), 'a', 'png', b'x' * 1000)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert not list(tmp_path.glob("a*"))


def test_a_folder_without_hard_links_still_gets_whole_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr("tools.files.names.os.link", refuse)
    (tmp_path / "a.png").write_bytes(b"old")
    assert write_new(tmp_path, "a", "png", b"new").name == "a_2.png"
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a.png": b"old", "a_2.png": b"new"}


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tools.files.names.os.fsync", full)
    with pytest.raises(NoRoom) as caught:
        write_new(tmp_path, "a", "png", b"x")
    assert caught.value.sentence_key == "disk_full"
    assert not list(tmp_path.iterdir())
