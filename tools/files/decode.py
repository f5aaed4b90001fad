"""From the bytes of a file to pixels: checked before they are decoded, turned upright, in sRGB.

What is done to colour:
- 8 bit: a profile (also of CMYK and grey) is applied by LittleCMS; CMYK without one by Pillow's plain formula.
- 16 bit (PNG, TIFF): decoded by OpenCV, profile applied in float32 (``tools.files.profiles``). With a profile made
  of tables, which that can't do, the picture is read as 8 bit, and its facts say so.
- Without a profile: Display P3 where HEIC, AVIF (box ``colr``) or PNG (chunk ``cICP``) say so; Adobe RGB where
  a camera says so in EXIF (interoperability index "R03"); sRGB otherwise. ``gAMA``/``cHRM`` are not read.
- HEIC and AVIF of 10 or 12 bits are read as 8 bit.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image

from tools.errors import BadFile, NoRoom
from tools.files import profiles
from tools.files.containers import Tiff, coded_space, essential_png, read_tiff, transparent_key
from tools.files.sniff import Sniffed, sniff
from tools.settings import Limits

log = logging.getLogger(__name__)
Pixel = NDArray[np.unsignedinteger[Any]]  # uint8 or uint16

pillow_heif.register_heif_opener(thumbnails=False)
# Pillow's own bound is one number for the process and half of it only a warning; ``_check_size`` is stricter.
Image.MAX_IMAGE_PIXELS = None

# One reader for each format, so that nothing else of Pillow's forty can be reached by a crafted file.
_READERS = {
    "JPEG": ("JPEG", "MPO"),
    "PNG": ("PNG",),
    "GIF": ("GIF",),
    "WebP": ("WEBP",),
    "TIFF": ("TIFF",),
    "BMP": ("BMP",),
    "HEIC": ("HEIF",),
    "AVIF": ("AVIF",),
}
# What the readers raise for broken files: no exception of their own, but those of the line that stumbled.
_BROKEN = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_OTHER_KINDS = {
    "other_picture": "unsupported_picture",
    "raw": "camera_raw",
    "video": "file_is_video",
    "document": "file_is_other",
    "text": "file_is_text",
    "unknown": "file_is_unknown",
}
_ROWS = 256  # worked on at once: wide intermediate numbers of a whole large picture would take gigabytes
_ADOBE_RGB_MARK = "R03"  # DCF 2.0 (JEITA CP-3461): optional colour space


@dataclass(frozen=True)
class Pixels:
    """A decoded picture. The arrays are read-only: they are shared.

    rgb: uint8 or uint16 (H, W, 3), sRGB. alpha: the same dtype (H, W), straight; None if all is opaque.
    """

    rgb: Pixel
    alpha: Pixel | None

    def __post_init__(self) -> None:
        self.rgb.setflags(write=False)
        if self.alpha is not None:
            self.alpha.setflags(write=False)

    @property
    def bits(self) -> int:
        """8 or 16 per channel."""
        return self.rgb.dtype.itemsize * 8

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the arrays take."""
        return self.rgb.nbytes + (0 if self.alpha is None else self.alpha.nbytes)


def decode(data: bytes, name: str, limits: Limits) -> tuple[str, Pixels]:
    """Decodes one file. ``name`` is only for sentences.

    Returns:
        What the file really is ("JPEG", "PNG", "GIF", "WebP", "TIFF", "BMP", "HEIC", "AVIF"), and its pixels
        as seen: EXIF orientation applied, first frame, sRGB.

    Raises:
        BadFile: no picture, too large, broken or cut off; the sentence names the file and the reason.
        NoRoom: not enough memory.
    """
    format = picture_format(data, name, limits)
    with _refusing(name, format):
        # Text chunks may unpack to gigabytes; nothing in them is needed.
        clean = essential_png(data) if format == "PNG" else data
        tiff = _check_tiff(data, name, limits) if format == "TIFF" else None
        image = Image.open(io.BytesIO(clean), formats=_READERS[format])
        _check_size(image.size, name, limits)
        return format, _decode_opened(image, clean, format, tiff)


def picture_format(data: bytes, name: str, limits: Limits) -> str:
    """The format by the first bytes, once the number of bytes is fine. Raises BadFile."""
    if not data:
        raise BadFile("empty_file", name=name)
    if len(data) > limits.upload_bytes:
        raise BadFile("file_too_large", name=name, mb=_tenths(len(data) / 2**20), limit=limits.upload_bytes // 2**20)
    found: Sniffed = sniff(data)
    if found.kind != "picture":
        facts = {"kind": found.format} if found.format else {}
        raise BadFile(_OTHER_KINDS[found.kind], name=name, **facts)
    return found.format


def megapixels(data: bytes) -> float:
    """Of a file, in millions of pixels, by its header; 0 where it can't be told: then ``decode`` says why."""
    try:
        format = sniff(data).format
        if format == "TIFF":
            tiff = read_tiff(data)
            return tiff.width * tiff.height / 1_000_000
        with Image.open(io.BytesIO(data), formats=_READERS.get(format, ())) as image:
            return image.width * image.height / 1_000_000
    except _BROKEN as error:
        log.info("no size in the header: %s", error)
        return 0.0


def _tenths(amount: float) -> str:
    """Rounded up, so that nothing over a limit reads as equal to it."""
    return f"{math.ceil(amount * 10) / 10:.1f}"


@contextlib.contextmanager
def _refusing(name: str, format: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        log.info("%s can't be read as %s: %s: %s", name, format, type(error).__name__, error)
        raise BadFile("broken_picture", name=name, format=format) from error
    except MemoryError as error:
        raise NoRoom("memory_full", name=name) from error


def _check_size(size: tuple[int, int], name: str, limits: Limits) -> None:
    """From the header, before a pixel is decoded."""
    width, height = size
    if max(size) > limits.side:
        raise BadFile("side_too_long", name=name, side=max(size), limit=limits.side)
    if width * height > limits.megapixels * 1_000_000:
        raise BadFile("too_many_pixels", name=name, megapixels=_tenths(width * height / 1e6), limit=limits.megapixels)


def _check_tiff(data: bytes, name: str, limits: Limits) -> Tiff:
    """Before Pillow opens it: Pillow keeps a record for each strip, of which a small file can name millions."""
    tiff = read_tiff(data)
    if tiff.is_raw:
        raise BadFile("camera_raw", name=name, kind="RAW")
    _check_size((tiff.width, tiff.height), name, limits)
    if tiff.pieces > tiff.height * 4 + 1024 or tiff.tile_pixels > limits.megapixels * 1_000_000:
        raise ValueError(f"{tiff.pieces} strips, tiles of {tiff.tile_pixels} pixels")
    return tiff


def _decode_opened(image: Image.Image, data: bytes, format: str, tiff: Tiff | None) -> Pixels:
    icc = image.info.get("icc_profile") or b""
    deep = _is_deep(data, format, tiff) and not _by_tables(icc)
    if not deep:
        image.load()  # turns a TIFF upright on the way
    orientation, marked_space = _exif_says(image)
    icc = icc or _profile_of(coded_space(data, format) or marked_space)
    if deep:
        rgb, alpha = _read_deep(data, format, tiff)
        rgb = _deep_to_srgb(rgb, icc)
    else:
        rgb, alpha = _read_eight(image, icc)
        orientation = 1 if tiff else orientation
    if alpha is not None and bool((alpha == np.iinfo(alpha.dtype).max).all()):
        alpha = None
    return Pixels(_upright(rgb, orientation), None if alpha is None else _upright(alpha, orientation))


def _is_deep(data: bytes, format: str, tiff: Tiff | None) -> bool:
    return (format == "PNG" and data[24] == 16) or (tiff is not None and tiff.is_deep)


def _by_tables(icc: bytes) -> bool:
    try:
        return bool(icc) and profiles.parse(icc) is None
    except profiles.UnreadableProfile:
        return False


def _profile_of(space: str) -> bytes:
    return profiles.profile(space) if space else b""


def _exif_says(image: Image.Image) -> tuple[int, str]:
    """(orientation 1..8, name of a colour space or ""). Broken EXIF says nothing: the picture is still good."""
    if image.format == "PNG" and "exif" not in image.info:
        return 1, ""  # asking would decode all of it first
    try:
        exif = image.getexif()
        orientation = int(exif.get(ExifTags.Base.Orientation, 1))
        mark = str(exif.get_ifd(ExifTags.IFD.Interop).get(1, "")).strip("\0 ")
    except _BROKEN as error:
        log.info("EXIF can't be read: %s", error)
        return 1, ""
    return orientation if 1 <= orientation <= 8 else 1, "Adobe RGB" if mark == _ADOBE_RGB_MARK else ""


def _upright(pixels: Pixel, orientation: int) -> Pixel:
    """Turns (H, W, ...) by the EXIF tag 274 (CIPA DC-008, 4.6.5): how row 0 and column 0 lie in the scene."""
    turned = pixels.swapaxes(0, 1) if orientation >= 5 else pixels
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)


# ---------------------------------------------------------------- 8 bit


def _read_eight(image: Image.Image, icc: bytes) -> tuple[Pixel, Pixel | None]:
    """uint8 (H, W, 3) sRGB and alpha (H, W) or None, of a loaded picture that isn't turned yet."""
    color, alpha = _split(image)
    color = _eight_to_srgb(color, icc) if icc else color
    rgb = color if color.mode == "RGB" else color.convert("RGB")
    return np.asarray(rgb), None if alpha is None else np.asarray(alpha)


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colour in mode "L", "RGB" or "CMYK", and straight alpha where there is any."""
    if image.has_transparency_data:
        whole = image.convert("LA" if image.mode in ("L", "La", "LA") else "RGBA")
        bands = whole.split()
        return (bands[0] if len(bands) == 2 else Image.merge("RGB", bands[:3])), bands[-1]
    if image.mode in ("L", "RGB", "CMYK"):
        return image, None
    if image.mode in ("1", "P", "YCbCr", "RGBX"):
        return image.convert("L" if image.mode == "1" else "RGB"), None
    raise ValueError(f"pixels of mode {image.mode}")


def _eight_to_srgb(color: Image.Image, icc: bytes) -> Image.Image:
    """A profile that is broken or belongs to other pixels is left out of account, as browsers do."""
    space = {b"GRAY": "L", b"RGB ": "RGB", b"CMYK": "CMYK"}.get(icc[16:20], "")
    if color.mode == "L" and space == "RGB":
        color = color.convert("RGB")
    try:
        if space != color.mode:
            raise profiles.UnreadableProfile(f"profile of {icc[16:20]!r} on pixels of {color.mode}")
        if space != "CMYK" and profiles.is_srgb(icc):
            return color
        return profiles.image_to_srgb(color, icc)
    except profiles.UnreadableProfile as error:
        log.warning("colour profile left out of account: %s", error)
        return color


# ---------------------------------------------------------------- 16 bit


def _read_deep(data: bytes, format: str, tiff: Tiff | None) -> tuple[NDArray[np.uint16], Pixel | None]:
    """uint16 (H, W, 3) and alpha (H, W) or None, values as stored."""
    key = transparent_key(data) if format == "PNG" else None
    raw = _opencv(essential_png(data, with_key=False) if key else data)
    if tiff is not None and tiff.white_is_zero:
        raw = 65535 - raw
    alpha = raw[..., 3] if raw.ndim == 3 and raw.shape[2] == 4 else None
    rgb = np.repeat(raw[..., None], 3, axis=2) if raw.ndim == 2 else np.ascontiguousarray(raw[..., 2::-1])
    if key:
        wanted = np.array(key if len(key) == 3 else key * 3, np.uint16)
        alpha = np.where((rgb == wanted).all(axis=2), 0, 65535).astype(np.uint16)
    if alpha is not None and tiff is not None and tiff.premultiplied:
        rgb = _straight(rgb, alpha)
    return rgb, alpha


def _opencv(data: bytes) -> NDArray[np.uint16]:
    """uint16 (H, W), or (H, W, 3 or 4) in OpenCV's order: blue, green, red, alpha."""
    try:
        raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError(str(error)) from error
    if raw is None or raw.dtype != np.uint16:
        raise ValueError("no 16-bit pixels came out")
    return np.asarray(raw, np.uint16)


def _straight(rgb: NDArray[np.uint16], alpha: Pixel) -> NDArray[np.uint16]:
    """Undoes premultiplied ("associated") alpha, rounded; where alpha is 0 there is no colour to find."""
    result = np.empty_like(rgb)
    for top in range(0, len(rgb), _ROWS):
        rows = slice(top, top + _ROWS)
        divisor = np.maximum(alpha[rows], 1)[..., None].astype(np.uint32)
        color: NDArray[np.uint32] = (rgb[rows].astype(np.uint32) * 65535 + divisor // 2) // divisor
        result[rows] = color.clip(0, 65535)
    return result


def _deep_to_srgb(rgb: NDArray[np.uint16], icc: bytes) -> NDArray[np.uint16]:
    try:
        found = profiles.parse(icc) if icc and not profiles.is_srgb(icc) else None
    except profiles.UnreadableProfile as error:
        log.warning("colour profile left out of account: %s", error)
        return rgb
    return rgb if found is None else profiles.deep_to_srgb(rgb, found)
