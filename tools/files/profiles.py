"""Colour profiles: reading those a picture brings (to sRGB), and writing small ones of fixed bytes.

8-bit pictures go through LittleCMS (``PIL.ImageCms``), which knows every kind of profile. LittleCMS in Pillow
takes no 16-bit RGB, so 16-bit pictures are converted here, in float32: exact for matrix and grey profiles
(sRGB, Display P3, Adobe RGB, ProPhoto and every camera's), which is what 16-bit files carry.

Layout of the file: ICC.1:2022. Chromaticities: IEC 61966-2-1 (sRGB), SMPTE EG 432-1 with white D65
(Display P3), Adobe RGB (1998) Color Image Encoding 2005-05.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Float = NDArray[np.float64]
Curve = Callable[[Float], Float]

_D50 = np.array([0.9642, 1.0, 0.8249])  # the white of profiles, ICC.1:2022 7.2.16
_D65 = (0.3127, 0.3290)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_PRIMARIES = {
    "sRGB": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    "Display P3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    "Adobe RGB": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
}
_CURVES: dict[str, tuple[float, ...]] = {
    "sRGB": _SRGB_CURVE,
    "Display P3": _SRGB_CURVE,
    "Adobe RGB": (563 / 256,),
}
_ROWS = 256  # of a 16-bit picture converted at once: bounds the float copy
# What lies within this of sRGB is taken as sRGB, so that its values stay byte for byte. Makers round their
# profiles differently (0.0005 in the matrix); Display P3 is 0.08 away.
_SAME_MATRIX, _SAME_CURVE = 0.002, 0.004


@dataclass(frozen=True)
class Matrix:
    """A matrix profile: linear = curve(value) for each channel, XYZ(D50) = ``to_xyz`` @ linear.

    A grey profile has one curve and no matrix (``to_xyz`` is None).
    """

    curves: tuple[Curve, ...]
    to_xyz: Float | None


class UnreadableProfile(ValueError):
    """A profile that is broken, or of a kind that can't be used for these pixels."""


# ---------------------------------------------------------------- writing


@lru_cache(None)
def profile(name: str) -> bytes:
    """The ICC v4 profile of "sRGB", "Display P3" or "Adobe RGB": about 500 bytes, always the same ones."""
    to_xyz = colorants(name)
    curve = _parametric(_CURVES[name])
    tags = [(b"desc", _text(name)), (b"cprt", _text("CC0")), (b"wtpt", _xyz(_D50))]
    tags += [(tag, _xyz(to_xyz[:, i])) for i, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))]
    tags += [(tag, curve) for tag in (b"rTRC", b"gTRC", b"bTRC")]
    tags += [(b"chad", b"sf32\0\0\0\0" + _fixed(_adaptation(_white(*_D65)).ravel()))]
    return _assemble(tags)


def colorants(name: str) -> Float:
    """(3, 3): the columns are XYZ of full red, green and blue, adapted to D50 with Bradford's matrix."""
    columns = np.stack([_white(x, y) for x, y in _PRIMARIES[name]], axis=1)
    white = _white(*_D65)
    scaled: Float = columns * np.linalg.solve(columns, white)
    return np.asarray(_adaptation(white) @ scaled)


def _white(x: float, y: float) -> Float:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _adaptation(white: Float) -> Float:
    cone = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    return np.asarray(np.linalg.inv(_BRADFORD) @ np.diag(cone) @ _BRADFORD)


def _fixed(values: Float) -> bytes:
    return b"".join(struct.pack(">i", round(float(v) * 65536)) for v in values)


def _xyz(values: Float) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _parametric(values: tuple[float, ...]) -> bytes:
    kind = 0 if len(values) == 1 else 3
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + _fixed(np.array(values))


def _text(text: str) -> bytes:
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", 2 * len(text), 28) + text.encode("utf-16-be")


def _assemble(tags: list[tuple[bytes, bytes]]) -> bytes:
    """Header, table and data; equal data (the three curves) is stored once."""
    start = 128 + 4 + 12 * len(tags)
    body, places = b"", {}
    for _, data in tags:
        if data not in places:
            places[data] = start + len(body)
            body += data + b"\0" * (-len(data) % 4)
    table = b"".join(tag + struct.pack(">II", places[data], len(data)) for tag, data in tags)
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"\0" * 4, 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    # A fixed date keeps the bytes of equal pictures equal.
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28 + _fixed(_D50)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


# ---------------------------------------------------------------- reading


@lru_cache(32)
def parse(icc: bytes) -> Matrix | None:
    """The matrix or grey profile in ``icc``; None for one that works by tables (printers, scanners).

    Raises:
        UnreadableProfile: broken.
    """
    try:
        space = icc[16:20]
        count = struct.unpack_from(">I", icc, 128)[0]
        entries = [struct.unpack_from(">4sII", icc, 132 + 12 * i) for i in range(min(count, 100))]
        tags = {tag: icc[offset : offset + size] for tag, offset, size in entries}
        if b"A2B0" in tags:
            return None
        if space == b"GRAY":
            return Matrix((_curve(tags[b"kTRC"]),), None)
        if space != b"RGB ":
            return None
        columns = [_read_xyz(tags[tag]) for tag in (b"rXYZ", b"gXYZ", b"bXYZ")]
        curves = tuple(_curve(tags[tag]) for tag in (b"rTRC", b"gTRC", b"bTRC"))
    except (struct.error, KeyError, ValueError) as error:
        raise UnreadableProfile(str(error)) from error
    return Matrix(curves, np.stack(columns, axis=1))


def _read_xyz(data: bytes) -> Float:
    return np.array(struct.unpack_from(">3i", data, 8)) / 65536


def _curve(data: bytes) -> Curve:
    """Tags "curv" and "para" (ICC.1:2022 10.6 and 10.18) as functions from 0..1 to 0..1."""
    if data[:4] == b"para":
        return _read_parametric(data)
    if data[:4] != b"curv":
        raise UnreadableProfile(f"curve of type {data[:4]!r}")
    count = struct.unpack_from(">I", data, 8)[0]
    if count == 0:
        return lambda x: x
    if count == 1:
        gamma = struct.unpack_from(">H", data, 12)[0] / 256
        return lambda x: np.asarray(x**gamma)
    table = np.frombuffer(data, ">u2", count, 12).astype(np.float64) / 65535
    return lambda x: np.interp(x, np.linspace(0, 1, count), table)


def _read_parametric(data: bytes) -> Curve:
    kind = struct.unpack_from(">H", data, 8)[0]
    if kind > 4:
        raise UnreadableProfile(f"parametric curve of kind {kind}")
    number = (1, 3, 4, 5, 7)[kind]
    given = [v / 65536 for v in struct.unpack_from(f">{number}i", data, 12)]
    g, a, b, c, d, e, f = _all_parameters(kind, given)

    def curve(x: Float) -> Float:
        power = np.maximum(a * x + b, 0) ** g + e
        return np.clip(np.where(x >= d, power, c * x + f), 0, 1)

    return curve


def _all_parameters(kind: int, given: list[float]) -> tuple[float, ...]:
    """g a b c d e f of Y = (aX+b)^g + e for X >= d, else cX + f, which holds every kind."""
    g, *rest = given
    if kind == 0:
        return g, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    a, b, *rest = rest
    if kind in (1, 2):
        if a == 0:
            raise UnreadableProfile("parametric curve without a slope")
        offset = rest[0] if kind == 2 else 0.0
        return g, a, b, 0.0, -b / a, offset, offset
    c, d, *rest = rest
    return (g, a, b, c, d, 0.0, 0.0) if kind == 3 else (g, a, b, c, d, *rest)


def is_srgb(icc: bytes) -> bool:
    """True if the values already mean sRGB, so that no byte needs to change. Raises UnreadableProfile."""
    found = parse(icc)
    if found is None:
        return False
    x = np.linspace(0, 1, 33)
    expected = _read_parametric(_parametric(_SRGB_CURVE))(x)
    if any(np.abs(curve(x) - expected).max() > _SAME_CURVE for curve in found.curves):
        return False
    return found.to_xyz is None or bool(np.abs(found.to_xyz - colorants("sRGB")).max() < _SAME_MATRIX)


# ---------------------------------------------------------------- converting


def image_to_srgb(image: Image.Image, icc: bytes) -> Image.Image:
    """An 8-bit picture of mode "L", "RGB" or "CMYK", read by ``icc``, as "RGB" in sRGB.

    Relative colorimetric with black point compensation, as photo editors do by default.

    Raises:
        UnreadableProfile: broken, or of another colour space than the picture.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        target = ImageCms.ImageCmsProfile(io.BytesIO(profile("sRGB")))
        transform = ImageCms.buildTransform(
            source,
            target,
            image.mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise UnreadableProfile(str(error)) from error
    if converted is None:  # only for in-place conversion, which isn't asked for
        raise UnreadableProfile("no picture came back")
    return converted


def deep_to_srgb(rgb: NDArray[np.uint16], found: Matrix) -> NDArray[np.uint16]:
    """A 16-bit picture read by a matrix or grey profile, in sRGB.

    Args:
        rgb: uint16 (H, W, 3), values of the profile's space; for a grey profile the three are equal.
        found: what ``parse`` gave.

    Returns:
        uint16 (H, W, 3) sRGB. Colours that sRGB can't show are clipped channel by channel.
    """
    curves = found.curves if len(found.curves) == 3 else found.curves * 3
    steps = np.arange(65536, dtype=np.float64) / 65535
    tables = [np.clip(curve(steps), 0, 1).astype(np.float32) for curve in curves]
    matrix = np.eye(3) if found.to_xyz is None else np.linalg.inv(colorants("sRGB")) @ found.to_xyz
    result = np.empty_like(rgb)
    for top in range(0, rgb.shape[0], _ROWS):
        block = rgb[top : top + _ROWS]
        linear = np.stack([table[block[..., i]] for i, table in enumerate(tables)], axis=-1)
        mixed = np.clip(linear @ matrix.T.astype(np.float32), 0, 1)
        encoded = np.where(mixed <= 0.0031308, mixed * 12.92, 1.055 * mixed ** np.float32(1 / 2.4) - 0.055)
        result[top : top + _ROWS] = np.rint(encoded * 65535).astype(np.uint16)
    return result
