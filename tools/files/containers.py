"""The little that must be known of PNG, TIFF, HEIC and AVIF files before they can be decoded safely.

PNG: W3C "Portable Network Graphics (Third Edition)". TIFF: Adobe "TIFF Revision 6.0".
HEIC, AVIF: ISO 14496-12, box "colr" with type "nclx".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
# Needed for pixels, colours and orientation. Text, time, animation and private chunks stay behind.
_PNG_BEFORE = (b"IHDR", b"cICP", b"iCCP", b"sRGB", b"eXIf", b"PLTE", b"tRNS")
_P3_PRIMARIES = 12  # ITU-T H.273
_MAX_TIFF_TAGS = 4096
_TIFF_TYPES = {1: "B", 3: "H", 4: "I"}


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, whole chunk with length and checksum) in order, up to IEND; ends early where the file is cut off."""
    position = len(PNG_MAGIC)
    while position + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + size
        yield kind, data[position:end]
        if kind == b"IEND" or end > len(data):
            return
        position = end


def essential_png(data: bytes, *, with_key: bool = True) -> bytes:
    """The same PNG without what isn't needed; EXIF comes before the pixels. ``with_key`` False drops tRNS too."""
    kept: dict[bytes, bytes] = {}
    pixels = []
    for kind, chunk in png_chunks(data):
        if kind in (b"IDAT", b"IEND"):
            pixels.append(chunk)
        elif kind in _PNG_BEFORE and (with_key or kind != b"tRNS"):
            kept.setdefault(kind, chunk)
    return PNG_MAGIC + b"".join(kept[kind] for kind in _PNG_BEFORE if kind in kept) + b"".join(pixels)


def transparent_key(png: bytes) -> tuple[int, ...] | None:
    """The grey (1 value) or colour (3 values) that tRNS makes transparent; None without, or for a palette."""
    if png[25] not in (0, 2):
        return None
    for kind, chunk in png_chunks(png):
        if kind == b"tRNS":
            count = 1 if png[25] == 0 else 3
            return struct.unpack_from(f">{count}H", chunk, 8)
    return None


def coded_space(data: bytes, format: str) -> str:
    """ "Display P3" where the file says so by a code instead of a profile, else ""."""
    primaries = 0
    if format == "PNG":
        primaries = next((chunk[8] for kind, chunk in png_chunks(data) if kind == b"cICP"), 0)
    elif format in ("HEIC", "AVIF"):
        # The box lies among the properties in front; its header is unmistakable.
        place = data.find(b"colrnclx", 0, 65536)
        primaries = struct.unpack_from(">H", data, place + 8)[0] if place >= 0 else 0
    return "Display P3" if primaries == _P3_PRIMARIES else ""


@dataclass(frozen=True)
class Tiff:
    """What the first directory of a TIFF says."""

    width: int
    height: int
    pieces: int  # strips or tiles
    tile_pixels: int  # of one tile; 0 with strips
    is_raw: bool  # a camera's raw file in TIFF's clothes
    is_deep: bool  # 16 bits a channel, in a layout that OpenCV reads
    white_is_zero: bool
    premultiplied: bool


def read_tiff(data: bytes) -> Tiff:
    """Reads the first directory's plain tags without building anything of the size that they claim.

    Raises:
        ValueError, struct.error: broken, or no size in it.
    """
    order = "<" if data[:2] == b"II" else ">"
    tags, counts = _tiff_tags(data, order)

    def first(tag: int, default: int) -> int:
        return tags[tag][0] if tags.get(tag) else default

    if not first(256, 0) or not first(257, 0):
        raise ValueError("a TIFF without a size")
    samples = first(277, 1)
    photometric = first(262, -1)
    deep = (
        set(tags.get(258, ())) == {16}
        and set(tags.get(339, (1,))) == {1}
        and first(284, 1) == 1
        and ((samples == 1 and photometric in (0, 1)) or (samples in (3, 4) and photometric == 2))
    )
    return Tiff(
        width=first(256, 0),
        height=first(257, 0),
        pieces=max(counts.get(273, 0), counts.get(324, 0)),
        tile_pixels=first(322, 0) * first(323, 0),
        # DNG says so (50706); others put a small preview first and the sensor's data into sub-directories (330).
        is_raw=50706 in counts or (bool(first(254, 0) & 1) and 330 in counts),
        is_deep=deep,
        white_is_zero=photometric == 0,
        premultiplied=first(338, 0) == 1,
    )


def _tiff_tags(data: bytes, order: str) -> tuple[dict[int, tuple[int, ...]], dict[int, int]]:
    """Whole numbers of each tag (at most 8 of them), and how many each tag claims to hold."""
    place = struct.unpack_from(order + "I", data, 4)[0]
    entries = struct.unpack_from(order + "H", data, place)[0]
    if entries > _MAX_TIFF_TAGS:
        raise ValueError(f"{entries} tags")
    tags: dict[int, tuple[int, ...]] = {}
    counts: dict[int, int] = {}
    for i in range(entries):
        at = place + 2 + 12 * i
        tag, kind, count = struct.unpack_from(order + "HHI", data, at)
        counts[tag] = count
        if kind not in _TIFF_TYPES:
            continue
        read = f"{order}{min(count, 8)}{_TIFF_TYPES[kind]}"
        inline = struct.calcsize(order + _TIFF_TYPES[kind]) * count <= 4
        tags[tag] = struct.unpack_from(
            read, data, at + 8 if inline else struct.unpack_from(order + "I", data, at + 8)[0]
        )
    return tags, counts
