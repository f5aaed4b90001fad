"""From pixels to the bytes of a file. Equal pixels and settings give equal bytes; no metadata but size and colour.

| format | depth | alpha | colour tag | resolution |
|---|---|---|---|---|
| png | 8, 16 | straight, exact, colours under alpha 0 kept | chunk sRGB | pHYs |
| tiff | 8, 16 | straight ("unassociated"), exact | ICC profile | XResolution |
| webp | 8 | straight, exact; colours under alpha 0 kept when lossless | ICC profile | EXIF |
| jpeg | 8 | laid onto a colour, which the result names | ICC profile | JFIF |
| pdf | 8 | laid onto a colour, which the result names | ICC profile | size of the page |

Grey pictures (mattes) carry no colour tag: their values are amounts, not light.
"""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from tools.errors import BadValue
from tools.files.documents import pdf, tiff
from tools.files.png import chunk, png
from tools.files.profiles import profile

Pixel = NDArray[np.unsignedinteger[Any]]  # uint8 or uint16
Format = Literal["png", "jpeg", "webp", "tiff", "pdf"]
FORMATS: tuple[str, ...] = get_args(Format)
EXTENSIONS = {"png": "png", "jpeg": "jpg", "webp": "webp", "tiff": "tif", "pdf": "pdf"}
MEDIA_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "pdf": "application/pdf",
}
DEFAULT_QUALITY = {"jpeg": 92, "webp": 90, "pdf": 95}
FULL_COLOR_QUALITY = 90  # JPEG from here on keeps colour at full resolution (4:4:4)
PDF_DPI = 300  # of a PDF for which nobody said one
KB = 1000  # bytes; the smaller of the two meanings, so that a limit holds under either

_LONGEST_SIDE = {"jpeg": 65_500, "webp": 16_383}  # px, of the encoders
_ROWS = 256  # worked on at once: wide intermediate numbers of a whole large picture would take gigabytes
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class Encoded:
    """A finished file. ``quality`` is what was used, None where nothing was lost."""

    data: bytes
    format: str
    quality: int | None
    onto: str | None  # "#RRGGBB" that transparent parts were laid onto; None if nothing had to be
    bits: int  # per channel


def encode(
    rgb: Pixel,
    alpha: Pixel | None,
    format: str,
    *,
    quality: int | None = None,
    dpi: int | None = None,
    onto: str = "#FFFFFF",
    max_kb: int | None = None,
) -> Encoded:
    """Encodes one picture.

    Args:
        rgb: uint8 or uint16 (H, W, 3) sRGB, or (H, W) for a grey one without alpha.
        alpha: uint8 or uint16 (H, W), straight, or None; written at the depth of ``rgb``.
        format: one of ``FORMATS``.
        quality: 1..100 for JPEG, WebP and PDF; PNG and TIFF lose nothing and ignore it. None: 92 for JPEG, 95
            for PDF; WebP is lossless if anything is transparent, else 90. With ``max_kb`` the upper end.
        dpi: pixels per inch to write into the file, 1..65535; None writes none (a PDF's page counts 300).
        onto: "#RRGGBB" behind transparent parts where the format knows no transparency.
        max_kb: the file never has more than 1000 bytes times this; quality goes down as far as needed.

    Raises:
        BadValue: ``max_kb`` can't be reached (the sentence names the smallest size), or the picture is longer
            than the format takes.
        ValueError: arrays that don't fit together, or a value that no schema lets through.
    """
    _check(rgb, alpha, format, quality, dpi, onto)
    if format == "pdf":
        return encode_pdf([(rgb, alpha)], dpi or PDF_DPI, quality=quality, onto=onto, max_kb=max_kb)
    covered = format == "jpeg" and alpha is not None and not _opaque(alpha)
    if format == "jpeg" and alpha is not None:
        rgb, alpha = lay_onto(rgb, alpha, onto), None
    if format in ("jpeg", "webp"):
        rgb, alpha = to_eight(rgb), None if alpha is None else to_eight(alpha)
    if alpha is not None and alpha.dtype != rgb.dtype:
        alpha = _deepen(alpha) if rgb.dtype == np.uint16 else to_eight(alpha)
    data, used = _write(rgb, alpha, format, quality, dpi, None if max_kb is None else max_kb * KB)
    return Encoded(data, format, used, onto.upper() if covered else None, rgb.dtype.itemsize * 8)


def encode_pdf(
    pages: Sequence[tuple[Pixel, Pixel | None]],
    dpi: int,
    *,
    quality: int | None = None,
    onto: str = "#FFFFFF",
    max_kb: int | None = None,
) -> Encoded:
    """A PDF with one picture a page, each page as large as its picture at ``dpi`` (true to scale in print).

    Args:
        pages: at least one of (rgb, alpha) as ``encode`` takes them; alpha is laid onto ``onto``.
        dpi: pixels per inch.
        quality: of the JPEGs inside, 1..100; None is 95.
        onto, max_kb: as in ``encode``, and the same errors.
    """
    if not pages:
        raise ValueError("a PDF without pages")
    flat = []
    for rgb, alpha in pages:
        _check(rgb, alpha, "pdf", quality, dpi, onto)
        flat.append(to_eight(rgb) if alpha is None else lay_onto(rgb, alpha, onto))
    covered = any(alpha is not None and not _opaque(alpha) for _, alpha in pages)
    limit = None if max_kb is None else max_kb * KB
    data, used = _fit(lambda q: _pdf(flat, dpi, q), quality or DEFAULT_QUALITY["pdf"], limit, "pdf")
    return Encoded(data, "pdf", used, onto.upper() if covered else None, 8)


def to_eight(pixels: Pixel) -> NDArray[np.uint8]:
    """uint16 0..65535 of any shape as uint8 0..255, rounded; uint8 passes as it is."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    result = np.empty(pixels.shape, np.uint8)
    for top in range(0, len(pixels), _ROWS):
        rows = slice(top, top + _ROWS)
        result[rows] = (pixels[rows].astype(np.uint32) * 255 + 32767) // 65535
    return result


def _deepen(pixels: Pixel) -> NDArray[np.uint16]:
    """0..255 as 0..65535, exactly: 257 is 65535 / 255."""
    return pixels.astype(np.uint16) * np.uint16(257)


def lay_onto(rgb: Pixel, alpha: Pixel, color: str) -> NDArray[np.uint8]:
    """uint8 (H, W, 3) over one colour "#RRGGBB" by straight alpha (H, W), rounded; alpha 255 keeps every byte."""
    behind = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.uint16)
    front, weight = to_eight(rgb), to_eight(alpha)
    result = np.empty_like(front)
    for top in range(0, len(front), _ROWS):
        rows = slice(top, top + _ROWS)
        share = weight[rows, :, None].astype(np.uint16)
        # At most 255 * 255 + 127, which uint16 holds.
        result[rows] = (front[rows] * share + behind * (255 - share) + 127) // 255
    return result


def read_dpi(data: bytes) -> int | None:
    """The resolution in a PNG, JPEG, TIFF or WebP file, in whole pixels per inch; None if it has none."""
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF", "WEBP")) as image:
        found = image.info.get("dpi")
        if found is None and image.format == "WEBP" and image.getexif().get(ExifTags.Base.ResolutionUnit) == 2:
            found = (image.getexif().get(ExifTags.Base.XResolution),)
    return None if not found or not found[0] else round(float(found[0]))


def _check(rgb: Pixel, alpha: Pixel | None, format: str, quality: int | None, dpi: int | None, onto: str) -> None:
    if format not in FORMATS:
        raise ValueError(f"format {format!r}")
    if rgb.dtype not in (np.uint8, np.uint16) or not (rgb.ndim == 2 or (rgb.ndim == 3 and rgb.shape[2] == 3)):
        raise ValueError(f"pixels {rgb.dtype} {rgb.shape}")
    if alpha is not None and (
        rgb.ndim == 2 or alpha.shape != rgb.shape[:2] or alpha.dtype not in (np.uint8, np.uint16)
    ):
        raise ValueError(f"alpha {alpha.dtype} {alpha.shape} for pixels {rgb.dtype} {rgb.shape}")
    if not _COLOR.fullmatch(onto):
        raise ValueError(f"colour {onto!r}")
    if (quality is not None and not 1 <= quality <= 100) or (dpi is not None and not 1 <= dpi <= 65535):
        raise ValueError(f"quality {quality}, dpi {dpi}")
    limit = _LONGEST_SIDE.get("jpeg" if format == "pdf" else format)
    if limit is not None and max(rgb.shape[:2]) > limit:
        raise BadValue("side_too_long_for_format", format=format.upper(), side=max(rgb.shape[:2]), limit=limit)


def _opaque(alpha: Pixel) -> bool:
    return bool((alpha == np.iinfo(alpha.dtype).max).all())


def _write(
    rgb: Pixel, alpha: Pixel | None, format: str, quality: int | None, dpi: int | None, limit: int | None
) -> tuple[bytes, int | None]:
    """(file, quality used or None), within ``limit`` bytes."""
    lossless = _lossless_writer(rgb, alpha, format, quality, dpi)
    if lossless is not None:
        data = lossless()
        if limit is None or len(data) <= limit:
            return data, None
        if format != "webp":
            raise _unreachable(format, limit, len(data))
    lossy = _lossy_writer(rgb, alpha, format, dpi)
    return _fit(lossy, quality or DEFAULT_QUALITY[format], limit, format)


def _lossless_writer(
    rgb: Pixel, alpha: Pixel | None, format: str, quality: int | None, dpi: int | None
) -> Callable[[], bytes] | None:
    if format == "png":
        return lambda: _png(rgb, alpha, dpi)
    if format == "tiff":
        icc = profile("sRGB") if rgb.ndim == 3 else b""
        return lambda: tiff(rgb, alpha, dpi, icc)
    if format == "webp" and quality is None and alpha is not None and not _opaque(alpha):
        return lambda: _webp(rgb, alpha, None, dpi)
    return None


def _lossy_writer(rgb: Pixel, alpha: Pixel | None, format: str, dpi: int | None) -> Callable[[int], bytes]:
    if format == "webp":
        return lambda quality: _webp(rgb, alpha, quality, dpi)
    return lambda quality: _jpeg(rgb, quality, dpi)


def _fit(write: Callable[[int], bytes], best: int, limit: int | None, format: str) -> tuple[bytes, int]:
    """The highest quality up to ``best`` whose file fits; about seven tries, since size grows with quality."""
    data = write(best)
    if limit is None or len(data) <= limit:
        return data, best
    found: tuple[bytes, int] | None = None
    low, high, smallest = 1, best - 1, len(data)
    while low <= high:
        middle = (low + high) // 2
        data = write(middle)
        smallest = min(smallest, len(data))
        if len(data) <= limit:
            found, low = (data, middle), middle + 1
        else:
            high = middle - 1
    if found is None:
        raise _unreachable(format, limit, smallest)
    return found


def _unreachable(format: str, limit: int, smallest: int) -> BadValue:
    return BadValue("cant_reach_kb", format=format.upper(), max_kb=limit // KB, smallest_kb=math.ceil(smallest / KB))


def _png(rgb: Pixel, alpha: Pixel | None, dpi: int | None) -> bytes:
    tags = b"" if rgb.ndim == 2 else chunk(b"sRGB", b"\1")  # 1: relative colorimetric
    if dpi is not None:
        per_metre = round(dpi / 0.0254)
        tags += chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    return png(rgb, alpha, tags)


def _jpeg(rgb: Pixel, quality: int, dpi: int | None) -> bytes:
    options: dict[str, Any] = {} if dpi is None else {"dpi": (dpi, dpi)}
    if rgb.ndim == 3:
        options["icc_profile"] = profile("sRGB")
    subsampling = 0 if quality >= FULL_COLOR_QUALITY else 2
    return _pillow(rgb, "JPEG", quality=quality, subsampling=subsampling, optimize=True, **options)


def _pdf(pages: Sequence[Pixel], dpi: int, quality: int) -> bytes:
    return pdf([(_jpeg(page, quality, None), page.shape) for page in pages], dpi, profile("sRGB"))


def _webp(rgb: Pixel, alpha: Pixel | None, quality: int | None, dpi: int | None) -> bytes:
    """``quality`` None is lossless; alpha is exact in both."""
    color = np.dstack([rgb] * 3) if rgb.ndim == 2 else rgb
    options: dict[str, Any] = {"icc_profile": profile("sRGB")} if rgb.ndim == 3 else {}
    if dpi is not None:
        exif = Image.Exif()
        exif[ExifTags.Base.XResolution] = exif[ExifTags.Base.YResolution] = float(dpi)
        exif[ExifTags.Base.ResolutionUnit] = 2  # inch
        options["exif"] = exif
    # In lossless mode "quality" is effort. Measured as PNG was: method 1 gives 1.44 bytes a pixel in 0.11 s/MP,
    # Pillow's default 1.35 in 0.55. Lossy: method 2 is 4 % larger than the default and takes half the time.
    lossless = {"lossless": True, "exact": True, "quality": 20, "method": 1}
    how = lossless if quality is None else {"quality": quality, "method": 2}
    return _pillow(color if alpha is None else np.dstack([color, alpha]), "WEBP", alpha_quality=100, **how, **options)


def _pillow(planes: Pixel, format: str, **options: Any) -> bytes:
    written = io.BytesIO()
    Image.fromarray(planes).save(written, format, **options)
    return written.getvalue()
