"""Two containers written plainly here, because no installed library writes them as needed: TIFF with 16 bits
and straight alpha, and PDF whose bytes hold no date.

TIFF: Adobe "TIFF Revision 6.0" and its Technical Notes (Deflate). PDF: ISO 32000-1.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixel = NDArray[np.unsignedinteger[Any]]  # uint8 or uint16

_SHORT, _LONG, _RATIONAL, _BYTES = 3, 4, 5, 7
_TIFF_CODES = {_SHORT: "H", _LONG: "I", _RATIONAL: "I"}
_ROWS_PER_STRIP = 64
_DEFLATE_LEVEL = 4  # the knee of size against time, as for PNG


def tiff(rgb: Pixel, alpha: Pixel | None, dpi: int | None, icc: bytes) -> bytes:
    """Little-endian TIFF, Deflate with horizontal differences, alpha as unassociated extra sample.

    Args:
        rgb: uint8 or uint16 (H, W, 3), or (H, W) grey. alpha: the same dtype (H, W), straight, or None.
        dpi: pixels per inch, or None for none. icc: the profile to embed, or b"".
    """
    planes = np.atleast_3d(rgb) if alpha is None else np.dstack([rgb, alpha])
    height, width, samples = planes.shape
    strips = [_strip(planes[top : top + _ROWS_PER_STRIP]) for top in range(0, height, _ROWS_PER_STRIP)]
    offsets = np.cumsum([8] + [len(s) + len(s) % 2 for s in strips]).tolist()
    unit, resolution = (1, 1) if dpi is None else (2, dpi)
    tags: list[tuple[int, int, list[int] | bytes]] = [
        (256, _LONG, [width]),
        (257, _LONG, [height]),
        (258, _SHORT, [planes.dtype.itemsize * 8] * samples),
        (259, _SHORT, [8]),  # Deflate
        (262, _SHORT, [1 if rgb.ndim == 2 else 2]),  # black is zero, or RGB
        (273, _LONG, offsets[:-1]),
        (277, _SHORT, [samples]),
        (278, _LONG, [_ROWS_PER_STRIP]),
        (279, _LONG, [len(s) for s in strips]),
        (282, _RATIONAL, [resolution, 1]),
        (283, _RATIONAL, [resolution, 1]),
        (284, _SHORT, [1]),  # chunky
        (296, _SHORT, [unit]),
        (317, _SHORT, [2]),  # horizontal differences
    ]
    tags += [] if alpha is None else [(338, _SHORT, [2])]  # unassociated
    tags += [(34675, _BYTES, icc)] if icc else []
    body = b"".join(s + b"\0" * (len(s) % 2) for s in strips)
    return struct.pack("<2sHI", b"II", 42, offsets[-1]) + body + _directory(tags, offsets[-1])


def _strip(rows: Pixel) -> bytes:
    """Each sample minus its left neighbour, wrapping around, packed."""
    differences = rows.astype(rows.dtype.newbyteorder("<"))
    differences[:, 1:] -= rows[:, :-1]
    return zlib.compress(differences.tobytes(), _DEFLATE_LEVEL)


def _directory(tags: list[tuple[int, int, list[int] | bytes]], start: int) -> bytes:
    """The table of tags at ``start``, followed by the values that don't fit into it."""
    table, extra = struct.pack("<H", len(tags)), b""
    after = start + 2 + 12 * len(tags) + 4
    for tag, kind, values in tags:
        packed = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{_TIFF_CODES[kind]}", *values)
        count = len(values) // 2 if kind == _RATIONAL else len(values)
        if len(packed) > 4:
            place = struct.pack("<I", after + len(extra))
            extra += packed + b"\0" * (len(packed) % 2)
        else:
            place = packed.ljust(4, b"\0")
        table += struct.pack("<HHI", tag, kind, count) + place
    return table + b"\0" * 4 + extra


def pdf(pages: Sequence[tuple[bytes, tuple[int, ...]]], dpi: int, icc: bytes) -> bytes:
    """One JPEG a page, the page exactly as large as the picture at ``dpi``; always the same bytes.

    Args:
        pages: (JPEG file, shape of its array (H, W) or (H, W, 3)).
        dpi: pixels per inch; a point is 1/72 inch.
        icc: profile of the coloured pictures.
    """
    kids = " ".join(f"{4 + 3 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        _stream("/N 3 /Alternate /DeviceRGB", icc),
    ]
    for jpeg, shape in pages:
        objects += _page(jpeg, shape, dpi, len(objects) + 1)
    written = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    return written + head + table + tail


def _page(jpeg: bytes, shape: tuple[int, ...], dpi: int, number: int) -> list[bytes]:
    """Page, what is drawn on it, and the picture: objects ``number`` to ``number + 2``."""
    height, width = shape[:2]
    across, down = f"{width * 72 / dpi:.4f}", f"{height * 72 / dpi:.4f}"
    space = "/DeviceGray" if len(shape) == 2 else "[/ICCBased 3 0 R]"
    return [
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {across} {down}] /Contents {number + 1} 0 R "
        f"/Resources << /XObject << /Picture {number + 2} 0 R >> >> >>".encode(),
        _stream("", f"{across} 0 0 {down} 0 0 cm /Picture Do".encode()),
        _stream(
            f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace {space} "
            "/BitsPerComponent 8 /Filter /DCTDecode",
            jpeg,
        ),
    ]


def _stream(entries: str, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries.encode(), len(content), content)
