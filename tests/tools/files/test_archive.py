"""ZIP files and folders as pictures."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from tools.errors import BadFile
from tools.files.archive import in_folder, unpacked
from tools.settings import Limits


def packed(*files: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()


def outcome(data: bytes, limits: Limits | None = None, name: str = "all.zip") -> list[object]:
    return [
        (f.sentence_key, f.facts["name"]) if isinstance(f, BadFile) else f
        for f in unpacked([(name, data)], limits or Limits())
    ]


def test_a_zip_stands_for_what_it_holds_without_folders_and_hidden_files() -> None:
    data = packed(("a.jpg", b"1"), ("sub/b.png", b"2"), ("__MACOSX/a.jpg", b"x"), (".DS_Store", b"x"))
    assert outcome(data) == [("a.jpg", b"1"), ("b.png", b"2")]


def test_other_files_pass_as_they_are_also_documents_that_are_zip_inside() -> None:
    data = packed(("word/document.xml", b"1"))
    assert outcome(data, name="letter.docx") == [("letter.docx", data)]


def test_a_path_in_a_zip_leads_nowhere() -> None:
    assert outcome(packed(("../../etc/evil.jpg", b"1"), ("/abs.jpg", b"2"))) == [("evil.jpg", b"1"), ("abs.jpg", b"2")]


def test_a_bomb_ends_in_a_sentence_and_the_others_go_on() -> None:
    data = packed(("bomb.png", bytes(3 * 2**20)), ("small.png", b"1"))
    assert outcome(data, Limits(upload_bytes=2**20)) == [("large_entry", "bomb.png"), ("small.png", b"1")]


def test_more_files_than_a_conversation_holds_are_told() -> None:
    data = packed(*((f"{i}.png", b"1") for i in range(5)))
    assert outcome(data, Limits(pictures=2))[2:] == [("long_zip", "all.zip")]


def test_damaged_and_empty_archives_end_in_a_sentence() -> None:
    good = packed(("a.jpg", b"picture " * 500))
    broken = good[:40] + bytes(10) + good[50:]
    assert outcome(good[:-30]) == [("bad_zip", "all.zip")]
    assert outcome(broken) == [("bad_entry", "a.jpg")]
    assert outcome(packed((".hidden", b"x"))) == [("empty_zip", "all.zip")]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.jpg", ".hidden", "sub/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    assert [p.name for p in in_folder(tmp_path)] == ["a.jpg", "b.jpg", "c.jpg"]
