"""The one door for pictures: what comes in is checked, kept as its original bytes, and never changed again."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
import time
from collections import OrderedDict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from models import cores
from tools.errors import BadValue, NoRoom
from tools.files.codecs import encode, to_eight
from tools.files.decode import Pixels, decode
from tools.files.disk import write_atomically
from tools.files.names import shown_name
from tools.settings import Limits
from tools.turns import Turns

__all__ = ["EXTENSIONS", "Picture", "PictureStore", "Pixels"]

EXTENSIONS = {
    "JPEG": "jpg",
    "PNG": "png",
    "GIF": "gif",
    "WebP": "webp",
    "TIFF": "tif",
    "BMP": "bmp",
    "HEIC": "heic",
    "AVIF": "avif",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PREVIEW_QUALITY = 85
_LONGEST_PREVIEW = 8192  # px
_STALE_SECONDS = 24 * 3600
MOST_DECODERS = 4  # pictures that are decoded at the same time, on any number of cores: it bounds memory


@dataclass(frozen=True)
class Picture:
    """Facts about one original, as it is seen: EXIF orientation applied."""

    sha256: str  # of the original bytes, and the picture's key
    name: str  # as it came, made fit to be shown
    width: int  # px
    height: int  # px
    format: str  # what it really is: "JPEG", "PNG", "GIF", "WebP", "TIFF", "BMP", "HEIC", "AVIF"
    bits: int  # 8 or 16 per channel
    transparent: bool  # some of its alpha isn't opaque
    size: int  # bytes

    @property
    def megapixels(self) -> float:
        """Millions of pixels."""
        return self.width * self.height / 1_000_000

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Picture:
        """The inverse of ``to_json``."""
        return cls(**data)


class PictureStore:
    """Originals, facts and previews under one folder. Safe to use from several threads and processes.

    <sha256>.<ext>             the original, byte for byte
    <sha256>.json              its facts
    previews/<sha256>_<px>.*   small copies without metadata
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._cache: OrderedDict[str, Pixels] = OrderedDict()
        self._lock = threading.Lock()  # of the cache
        self._turns = Turns()  # by sha256: no picture is decoded twice, or removed while it is decoded
        self._decoders = threading.BoundedSemaphore(min(MOST_DECODERS, cores.count()))
        (folder / "previews").mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        _sweep(folder / "previews")

    def admit(self, data: bytes, name: str) -> Picture:
        """Checks a file and keeps it. The same bytes again cost nothing and give the same sha256.

        Raises:
            BadFile: no picture, broken, too large …; the sentence names the file and the reason.
            NoRoom: disk or memory is full.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        shown = shown_name(name, self._limits) or sha256[:8]
        known = self._known(sha256)
        if known is not None:
            return replace(known, name=shown)
        with self._turns.one(sha256):
            known = self._known(sha256)  # somebody else may have brought it meanwhile
            if known is not None:
                return replace(known, name=shown)
            with self._decoders:
                format, pixels = decode(data, shown, self._limits)
            picture = _facts(sha256, shown, format, pixels, len(data))
            self._require_room(len(data))
            write_atomically(self._path(picture), data)
            # The facts come last: they say that the original is whole.
            write_atomically(self._folder / f"{sha256}.json", json.dumps(picture.to_json()).encode())
            self._remember(sha256, pixels)
        return picture

    def picture(self, sha256: str) -> Picture:
        """The facts, with the name of the first time. Raises BadValue if there is no such picture."""
        known = self._known(sha256)
        if known is None:
            raise BadValue("no_such_picture", picture=sha256[:8])
        return known

    def original(self, sha256: str) -> Path:
        """The file of the original bytes. It may hold a location: never hand it on. Raises BadValue."""
        return self._path(self.picture(sha256))

    def pixels(self, picture: Picture) -> Pixels:
        """The decoded picture, upright, sRGB; the last few stay in memory.

        Raises:
            BadValue: there is no such picture (any more).
            NoRoom: not enough memory.
        """
        with self._turns.one(picture.sha256):
            found = self._cache.get(picture.sha256)
            if found is None:
                data = self.original(picture.sha256).read_bytes()
                # It was admitted once; limits that have been tightened since don't lock anyone out.
                with self._decoders:
                    _, found = decode(data, picture.name, _unbounded(self._limits, picture))
            self._remember(picture.sha256, found)
            return found

    def preview(self, picture: Picture, longest: int) -> Path:
        """A copy whose longer side is at most ``longest`` px: JPEG, or PNG if it is transparent.

        Made once and kept; holds no metadata, so no location. Raises BadValue, NoRoom.
        """
        if not 1 <= longest <= _LONGEST_PREVIEW:
            raise ValueError(f"a preview of {longest} px")
        self.picture(picture.sha256)
        extension = "png" if picture.transparent else "jpg"
        path = self._folder / "previews" / f"{picture.sha256}_{longest}.{extension}"
        if not path.exists():
            write_atomically(path, _small_copy(self.pixels(picture), longest))
        return path

    def remove(self, sha256: str) -> None:
        """Deletes the original, its facts and previews; nothing happens if they are gone already."""
        with self._turns.one(sha256):
            known = self._known(sha256)
            with self._lock:
                self._cache.pop(sha256, None)
            if known is None:
                return
            (self._folder / f"{sha256}.json").unlink(missing_ok=True)
            self._path(known).unlink(missing_ok=True)
            for preview in (self._folder / "previews").glob(f"{sha256}_*"):
                preview.unlink(missing_ok=True)

    def _path(self, picture: Picture) -> Path:
        return self._folder / f"{picture.sha256}.{EXTENSIONS[picture.format]}"

    def _known(self, sha256: str) -> Picture | None:
        if not _SHA256.fullmatch(sha256):
            return None
        try:
            text = (self._folder / f"{sha256}.json").read_text("utf-8")
        except FileNotFoundError:
            return None
        picture = Picture.from_json(json.loads(text))
        return picture if self._path(picture).exists() else None

    def _require_room(self, size: int) -> None:
        if shutil.disk_usage(self._folder).free < size + self._limits.free_bytes:
            raise NoRoom("disk_full", folder=str(self._folder))

    def _remember(self, sha256: str, pixels: Pixels) -> None:
        """The newest stays, however large; older ones go once there are too many or they take too much memory."""
        with self._lock:
            self._cache[sha256] = pixels
            self._cache.move_to_end(sha256)
            while len(self._cache) > 1 and (
                len(self._cache) > self._limits.cached_pixels
                or sum(p.nbytes for p in self._cache.values()) > self._limits.cached_bytes
            ):
                self._cache.popitem(last=False)


def _facts(sha256: str, name: str, format: str, pixels: Pixels, size: int) -> Picture:
    height, width = pixels.rgb.shape[:2]
    return Picture(sha256, name, width, height, format, pixels.bits, pixels.alpha is not None, size)


def _unbounded(limits: Limits, picture: Picture) -> Limits:
    pixels = picture.width * picture.height
    return replace(
        limits,
        upload_bytes=max(limits.upload_bytes, picture.size),
        megapixels=max(limits.megapixels, pixels // 1_000_000 + 1),
        side=max(limits.side, picture.width, picture.height),
    )


def _small_copy(pixels: Pixels, longest: int) -> bytes:
    """Encoded; Pillow weighs colours by alpha when it shrinks RGBA, so that hidden colours don't bleed in."""
    alpha = None if pixels.alpha is None else to_eight(pixels.alpha)
    planes = to_eight(pixels.rgb) if alpha is None else np.dstack([to_eight(pixels.rgb), alpha])
    image = Image.fromarray(planes)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=3.0)
    small = np.asarray(image)
    if alpha is None:
        return encode(small, None, "jpeg", quality=_PREVIEW_QUALITY).data
    return encode(small[..., :3], small[..., 3], "png").data


def _sweep(folder: Path) -> None:
    """Halves that a killed process left behind go; younger ones may still be growing."""
    for part in folder.glob(".part-*"):
        try:
            if part.stat().st_mtime < time.time() - _STALE_SECONDS:
                part.unlink()
        except FileNotFoundError:
            continue  # another process swept it
