"""One large file from the web: with progress, resumed where it broke off, checked before it counts.

What has arrived lies beside the target as ``NAME.part`` and is kept when the connection breaks or a person stops; the
next run goes on from there. Only a file that passed its checks gets its own name.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

CHUNK = 1 << 18  # bytes read at once
MARGIN = 64 * 2**20  # bytes that stay free on the disk
Progress = Callable[[int, int], None]  # bytes that are here, bytes in all (0: unknown)


class FetchError(Exception):
    """A file that could not be fetched. ``kind``: no_address, refused, unreachable, broke_off, wrong_size,
    wrong_checksum, no_room, cant_write. ``facts`` fill the sentence."""

    def __init__(self, kind: str, **facts: object) -> None:
        self.kind = kind
        self.facts = facts
        super().__init__(f"{kind} {facts}")


@dataclass(frozen=True)
class Wanted:
    """What is fetched, and how it is known to be right. size 0 and an empty checksum: not known, not checked."""

    url: str
    target: Path
    size: int = 0
    sha256: str = ""
    md5: str = ""


@dataclass(frozen=True)
class Patience:
    """stall: s without a byte until the connection counts as broken. pauses: s before each new try; every try that
    brought something starts the row anew."""

    stall: float = 30.0
    pauses: tuple[float, ...] = (1.0, 3.0, 10.0)


def fetch(wanted: Wanted, progress: Progress = lambda here, total: None, patience: Patience | None = None) -> str:
    """Puts the file at ``wanted.target``, and returns its SHA-256 in hex. A right file that is there stays.

    Raises:
        FetchError: it can't be had; what arrived stays as ``.part``, unless it is wrong.
    """
    if wanted.target.is_file() and _complaint(wanted, wanted.target) is None:
        return checksum(wanted.target, "sha256")
    part = wanted.target.with_name(wanted.target.name + ".part")
    try:
        wanted.target.parent.mkdir(parents=True, exist_ok=True)
        _arrive(wanted, part, progress, patience or Patience())
    except OSError as error:
        raise _disk_error(error, wanted.target.parent) from error
    complaint = _complaint(wanted, part)
    if complaint:
        part.unlink()
        raise complaint
    os.replace(part, wanted.target)
    return checksum(wanted.target, "sha256")


def _arrive(wanted: Wanted, part: Path, progress: Progress, patience: Patience) -> None:
    """Tries until the whole file is in ``part``."""
    pauses = list(patience.pauses)
    while True:
        before = _length(part)
        try:
            return _download(wanted, part, progress, patience.stall)
        except FetchError as error:
            if error.kind not in ("broke_off", "unreachable"):
                raise
            if _length(part) > before:
                pauses = list(patience.pauses)
            if not pauses:
                raise
            time.sleep(pauses.pop(0))


def _download(wanted: Wanted, part: Path, progress: Progress, stall: float) -> None:
    """One connection: from where ``part`` ends, or from the beginning if the server can't do that."""
    here = _length(part)
    if wanted.size and here > wanted.size:  # of another file
        part.unlink()
        here = 0
    if wanted.size and here == wanted.size:
        return
    with _answer(wanted.url, here, stall) as answer:
        if answer.status == 416:  # nothing behind ``here``: it is whole, or of another file
            if _total(answer, here) != here:
                part.unlink()
                raise FetchError("broke_off", here=here, total=wanted.size)
            return
        begin = here if answer.status == 206 and _begins(answer) == here else 0
        if answer.status == 206 and begin != here:
            part.unlink(missing_ok=True)  # not the piece that was asked for: all of it, next time
            raise FetchError("broke_off", here=0, total=wanted.size)
        total = _total(answer, begin)
        if wanted.size and total and total != wanted.size:
            raise FetchError("wrong_size", expected=wanted.size, found=total)
        _demand_room(part.parent, total - begin)
        with open(part, "ab" if begin else "wb") as file:
            _pour(answer, file, begin, total, progress)


def _answer(url: str, here: int, stall: float) -> Any:
    """The server's answer, an error status of 416 included."""
    headers = {"User-Agent": "koutu", "Accept-Encoding": "identity"} | ({"Range": f"bytes={here}-"} if here else {})
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=stall)
    except urllib.error.HTTPError as error:
        if error.code == 416:
            return error
        error.close()
        if error.code >= 500:
            raise FetchError("unreachable", url=url, reason=f"HTTP {error.code}") from error
        raise FetchError("refused", url=url, status=error.code) from error
    except (urllib.error.URLError, TimeoutError, http.client.HTTPException, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error
        raise FetchError("unreachable", url=url, reason=str(reason) or type(error).__name__) from error
    except ValueError as error:  # no address at all
        raise FetchError("refused", url=url, status=str(error)) from error


def _pour(answer: IO[bytes], file: IO[bytes], begin: int, total: int, progress: Progress) -> None:
    here = begin
    progress(here, total)
    try:
        while chunk := answer.read(CHUNK):
            file.write(chunk)
            here += len(chunk)
            progress(here, total)
    except (TimeoutError, http.client.HTTPException, ConnectionError) as error:
        raise FetchError("broke_off", here=here, total=total) from error
    if here < total:
        raise FetchError("broke_off", here=here, total=total)


def _begins(answer: Any) -> int:
    """Where the piece begins that a 206 brings ("bytes 100-199/200"); -1 if it doesn't say."""
    first = str(answer.headers.get("Content-Range", "")).removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdecimal() else -1


def _total(answer: Any, begin: int) -> int:
    """Bytes of the whole file; 0 if the server doesn't say."""
    whole = str(answer.headers.get("Content-Range", "")).rpartition("/")[2]
    if whole.isdecimal():
        return int(whole)
    length = str(answer.headers.get("Content-Length", ""))
    return begin + int(length) if length.isdecimal() and answer.status != 416 else 0


def _demand_room(folder: Path, bytes_to_come: int) -> None:
    free = shutil.disk_usage(folder).free
    if bytes_to_come + MARGIN > free:
        raise FetchError("no_room", folder=folder, needed=bytes_to_come, free=free)


def _disk_error(error: OSError, folder: Path) -> FetchError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return FetchError("no_room", folder=folder, needed=0, free=0)
    return FetchError("cant_write", folder=folder, reason=error.strerror or str(error))


def _complaint(wanted: Wanted, path: Path) -> FetchError | None:
    """What is wrong with the file at ``path``, if something is."""
    size = _length(path)
    if wanted.size and size != wanted.size:
        return FetchError("wrong_size", expected=wanted.size, found=size)
    for kind in ("sha256", "md5"):
        expected = getattr(wanted, kind)
        found = checksum(path, kind) if expected else ""
        if found != expected.lower():
            return FetchError("wrong_checksum", kind_of=kind, expected=expected, found=found)
    return None


def checksum(path: Path, kind: str) -> str:
    """The file's "sha256" or "md5" in hex. MD5 only tells a damaged file; it is what some publishers give."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
