"""Several pictures at once: what is in a ZIP file, and what is in a folder."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from tools.errors import BadFile
from tools.settings import Limits

ZIP = b"PK\x03\x04"
NO_PICTURES = ("__MACOSX", "Thumbs.db", "desktop.ini")  # what systems put beside pictures
CHUNK = 1 << 20  # bytes read at once, so that a lie about an entry's size costs no memory

File = tuple[str, bytes]


def unpacked(files: Iterable[File], limits: Limits) -> Iterator[File | BadFile]:
    """The files, with each ZIP replaced by what it holds; an archive or entry that can't be read comes as an error.

    Entries are read one by one, each at most ``limits.upload_bytes`` long, at most ``limits.pictures`` of them, so
    that a small file which unpacks into a huge one ends in a sentence. ZIP files inside are not opened.
    """
    for name, data in files:
        if data.startswith(ZIP) and name.lower().endswith(".zip"):
            yield from _entries(name, data, limits)
        else:
            yield name, data


def _entries(name: str, data: bytes, limits: Limits) -> Iterator[File | BadFile]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        yield BadFile("bad_zip", name=name)
        return
    with archive:
        wanted = [e for e in archive.infolist() if not e.is_dir() and is_wanted(PurePosixPath(e.filename))]
        if not wanted:
            yield BadFile("empty_zip", name=name)
        for entry in wanted[: limits.pictures]:
            yield _entry(archive, entry, limits)
        if len(wanted) > limits.pictures:
            yield BadFile("long_zip", name=name, limit=limits.pictures, count=len(wanted))


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> File | BadFile:
    name = PurePosixPath(entry.filename).name
    taken = bytearray()
    try:
        with archive.open(entry) as file:
            while chunk := file.read(CHUNK):
                taken += chunk
                if len(taken) > limits.upload_bytes:
                    return BadFile("large_entry", name=name, limit=limits.upload_bytes // 2**20)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return BadFile("bad_entry", name=name)  # damaged, encrypted, or packed in a way that is not known
    return name, bytes(taken)


def is_wanted(path: PurePosixPath | Path) -> bool:
    """Whether a file in an archive or folder may be a picture: nothing hidden, nothing that a system put there."""
    return not any(part.startswith(".") or part in NO_PICTURES for part in path.parts if part not in (".", ".."))


def in_folder(folder: Path) -> list[Path]:
    """The files in a folder and below it, in the order of their names."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and is_wanted(p.relative_to(folder)))
