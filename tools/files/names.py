"""Names of files and where they land: one safe path component, never over another file, never half a file."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tools.errors import BadValue, NoRoom
from tools.settings import Limits

# NAME_MAX is 255 bytes on ext4, APFS and NTFS alike; the rest is room for "_123", an extension and ".part".
_BYTES = 200
# What Windows forbids in a name, the separators among it: a folder is often carried to another system.
_FORBIDDEN = re.compile(r'[/\\:*?"<>|]')
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: these name devices, with any extension.
_DEVICES = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³]) *(\.|$)", re.IGNORECASE)
# Controls, bidirectional overrides and other invisible ones, halves of surrogate pairs, line separators.
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_PICTURE_EXTENSION = re.compile(r"\.(png|jpe?g|webp|tiff?|pdf|bmp|gif|hei[cf]|avif)$", re.IGNORECASE)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def safe_name(text: str, limits: Limits) -> str:
    """Makes any text one path component that every system takes, without an extension of its own meaning.

    Separators and characters that some system forbids become "_"; control characters, bidirectional overrides
    and invisible ones go; dots, spaces and "_" at both ends go; a device's name (CON, NUL, COM1 …) gets a "_"
    in front; at most ``limits.name`` characters and 200 bytes of UTF-8. Letters of any script stay.
    ``safe_name(safe_name(x)) == safe_name(x)``. Text of which nothing is left gives "".
    """
    name = unicodedata.normalize("NFC", _visible(text))
    name = unicodedata.normalize("NFC", _FORBIDDEN.sub("_", name)).strip(" ._")
    name = _cut(name, limits.name - 1, _BYTES - 1).rstrip(" ._")
    return f"_{name}" if _DEVICES.match(name) else name


def shown_name(text: str, limits: Limits) -> str:
    """The name of a file that was brought along, fit to be shown: its last component, visible characters only.

    Too long a name is cut in the middle, so that the extension stays. May be "".
    """
    name = _visible(re.split(r"[/\\]", text)[-1]).strip()
    if len(name) <= limits.name:
        return name
    tail = name[-limits.name // 4 :]
    return f"{name[: limits.name - len(tail) - 1]}…{tail}"


def without_extension(text: str) -> str:
    """Drops the extension of a picture or PDF that people type into a name ("logo.png" -> "logo"); others stay."""
    return _PICTURE_EXTENSION.sub("", text.strip())


def timestamped(now: datetime) -> str:
    """ "output_YYYYMMDDHHMMSS", the stem of a result without a name."""
    return f"output_{now:%Y%m%d%H%M%S}"


def free_path(folder: Path, stem: str, extension: str) -> Path:
    """Reserves the first free one of stem.ext, stem_2.ext, stem_3.ext … by making it, empty, with O_EXCL.

    Of two callers at once, in any process, each gets its own. ``folder`` must exist.

    Raises:
        BadValue: ``stem`` or ``extension`` is no single path component (``safe_name`` makes one).
        NoRoom: nothing can be written there.
    """
    with _room(folder):
        for path in _candidates(folder, stem, extension):
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
                return path
    raise AssertionError("the candidates never end")


def write_new(folder: Path, stem: str, extension: str, data: bytes) -> Path:
    """Writes ``data`` as a new file stem.ext, stem_2.ext … in ``folder`` (made if absent) and says where.

    The name appears only once every byte is on the disk, and no other file is ever replaced, whoever writes
    at the same time. Raises as ``free_path``.
    """
    _check(stem, extension)
    with _room(folder):
        folder.mkdir(parents=True, exist_ok=True)
        part = _write_part(folder, data)
        try:
            path = _link_new(part, folder, stem, extension)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(folder)
    return path


def _visible(text: str) -> str:
    spaced = re.sub(r"\s", " ", text)
    return "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE)


def _cut(name: str, characters: int, size: int) -> str:
    return name[:characters].encode()[:size].decode(errors="ignore")


def _check(stem: str, extension: str) -> None:
    """``safe_name`` made the stem; this is the bolt behind it."""
    for part in (stem, extension):
        if not part or part != Path(part).name or any(c in part for c in "/\\\0") or part.startswith("."):
            raise BadValue("bad_file_name", name=_visible(part))


def _candidates(folder: Path, stem: str, extension: str) -> Iterator[Path]:
    _check(stem, extension)
    yield folder / f"{stem}.{extension}"
    number = 2
    while True:
        yield folder / f"{stem}_{number}.{extension}"
        number += 1


def _write_part(folder: Path, data: bytes) -> Path:
    """Every byte in a hidden file of its own name, on the disk."""
    part = folder / f".part-{os.urandom(8).hex()}"
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return part


def _link_new(part: Path, folder: Path, stem: str, extension: str) -> Path:
    """Gives the finished file its name by a hard link, which fails where the name is taken."""
    for path in _candidates(folder, stem, extension):
        try:
            os.link(part, path)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # exFAT and some shared folders know no hard links: reserve the name, then put the file over it.
            path = free_path(folder, stem, extension)
            os.replace(part, path)
        return path
    raise AssertionError("the candidates never end")


def _sync_folder(folder: Path) -> None:
    """Makes the new name itself durable; systems that can't open a folder (Windows) do it on their own."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _room(folder: Path) -> Iterator[None]:
    """Turns what a full or read-only disk says into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise NoRoom("disk_full", folder=str(folder)) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise NoRoom("cant_write", folder=str(folder)) from error
        raise
