"""What a file really is, by its first bytes; its extension is never believed."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

Kind = Literal["picture", "other_picture", "raw", "video", "document", "text", "unknown"]

# (offset, bytes, kind, name). Names of formats are the same in every language.
_MAGIC: tuple[tuple[int, bytes, Kind, str], ...] = (
    (0, b"\xff\xd8\xff", "picture", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "picture", "PNG"),
    (0, b"GIF87a", "picture", "GIF"),
    (0, b"GIF89a", "picture", "GIF"),
    (8, b"WEBP", "picture", "WebP"),
    (8, b"CR\x02", "raw", "CR2"),  # before TIFF, which it is from the outside
    (0, b"II*\0", "picture", "TIFF"),
    (0, b"MM\0*", "picture", "TIFF"),
    (0, b"BM", "picture", "BMP"),
    (0, b"8BPS", "other_picture", "Photoshop (PSD)"),
    (0, b"\xff\x0a", "other_picture", "JPEG XL"),
    (0, b"\0\0\0\x0cJXL ", "other_picture", "JPEG XL"),
    (0, b"\0\0\0\x0cjP  ", "other_picture", "JPEG 2000"),
    (0, b"\0\0\x01\0", "other_picture", "ICO"),
    (0, b"II+\0", "other_picture", "BigTIFF"),
    (0, b"MM\0+", "other_picture", "BigTIFF"),
    (0, b"FUJIFILMCCD-RAW", "raw", "RAF"),
    (0, b"IIU\0", "raw", "RW2"),
    (0, b"IIRO", "raw", "ORF"),
    (8, b"AVI ", "video", "AVI"),
    (0, b"\x1a\x45\xdf\xa3", "video", "WebM"),
    (0, b"%PDF", "document", "PDF"),
    (0, b"PK\x03\x04", "document", "ZIP"),
    (0, b"Rar!", "document", "RAR"),
    (0, b"7z\xbc\xaf", "document", "7-Zip"),
    (0, b"\xd0\xcf\x11\xe0", "document", "Office"),
    (0, b"\x7fELF", "document", "ELF"),
    (0, b"MZ", "document", "EXE"),
)
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


@dataclass(frozen=True)
class Sniffed:
    """The kind of a file and, where known, its format's name ("JPEG", "PDF", …; "" for text and unknown)."""

    kind: Kind
    format: str


def sniff(data: bytes) -> Sniffed:
    """Looks at the first bytes only; says nothing about whether the rest is whole."""
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    for offset, magic, kind, name in _MAGIC:
        if data.startswith(magic, offset):
            return Sniffed(kind, name)
    return _text(data[:4096])


def _by_brand(data: bytes) -> Sniffed:
    """HEIC, AVIF, Canon's raw files and video share one container (ISO 14496-12); its brands tell them apart."""
    size = struct.unpack(">I", data[:4])[0]
    brands = [data[8:12]] + [data[i : i + 4] for i in range(16, min(size, 256), 4)]
    if brands[0] == b"crx ":
        return Sniffed("raw", "CR3")
    if b"avif" in brands or b"avis" in brands:
        return Sniffed("picture", "AVIF")
    if _HEIC_BRANDS & set(brands):
        return Sniffed("picture", "HEIC")
    return Sniffed("video", "MOV" if brands[0] == b"qt  " else "MP4")


def _text(head: bytes) -> Sniffed:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Sniffed("text", "")
    # The sample may end inside of a character, which "ignore" forgives; what isn't text fails on the way.
    try:
        text = head[: max(0, len(head) - 3)].decode() if len(head) == 4096 else head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 6:
            return Sniffed("unknown", "")
        text = head[: error.start].decode()
    lower = text.lstrip("\ufeff \t\r\n").lower()
    if "<svg" in lower:
        return Sniffed("document", "SVG")
    if lower.startswith(("<!doctype html", "<html", "<head", "<body")):
        return Sniffed("document", "HTML")
    controls = sum(c < " " and c not in "\t\r\n\f\x1b" for c in text)
    return Sniffed("text" if text and not controls else "unknown", "")
