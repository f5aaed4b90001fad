"""What comes in: every format, upright, in sRGB; what is no picture is refused with its name and the reason."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from tools.errors import BadFile
from tools.files import profiles
from tools.files.codecs import encode
from tools.files.containers import PNG_MAGIC, png_chunks
from tools.files.decode import Pixels, decode
from tools.settings import Limits
from tools.wording import explain

Array = NDArray[Any]
LIMITS = Limits()


def scene() -> Array:
    """uint8 (48, 80, 3): four corners of different colours, so that every turn shows."""
    picture = np.zeros((48, 80, 3), np.uint8)
    picture[:24, :40], picture[:24, 40:] = (220, 40, 40), (40, 200, 60)
    picture[24:, :40], picture[24:, 40:] = (40, 60, 220), (230, 220, 50)
    return picture


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def read(data: bytes, limits: Limits = LIMITS) -> Pixels:
    return decode(data, "photo.jpg", limits)[1]


def refused(data: bytes, limits: Limits = LIMITS, name: str = "photo.jpg") -> BadFile:
    """The error, after checking that it makes a sentence with the file's name in both languages."""
    with pytest.raises(BadFile) as caught:
        decode(data, name, limits)
    for language in ("zh", "en"):
        assert name in explain(caught.value, language)
    return caught.value


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    return png[:33] + chunk(kind, body) + png[33:]


def close(a: Array, b: Array, most: float) -> bool:
    return a.shape == b.shape and np.abs(a.astype(float) - b.astype(float)).max() <= most


# ---------------------------------------------------------------- formats

FORMATS = {
    "JPEG": lambda image: saved(image, "JPEG", quality=98, subsampling=0),
    "PNG": lambda image: saved(image, "PNG"),
    "WebP": lambda image: saved(image, "WEBP", lossless=True),
    "TIFF": lambda image: saved(image, "TIFF", compression="tiff_lzw"),
    "BMP": lambda image: saved(image, "BMP"),
    "GIF": lambda image: saved(image, "GIF"),
    "HEIC": lambda image: saved(image, "HEIF", quality=95),
    "AVIF": lambda image: saved(image, "AVIF", quality=95, subsampling="4:4:4"),
}


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_read_whatever_its_extension_says(format: str) -> None:
    found, pixels = decode(FORMATS[format](Image.fromarray(scene())), "lie.txt", LIMITS)
    assert found == format and pixels.rgb.dtype == np.uint8 and pixels.alpha is None
    center = (slice(4, 20), slice(4, 36))  # away from borders, where lossy formats ring
    assert close(pixels.rgb[center], scene()[center], 10)


@pytest.mark.parametrize("format", ["PNG", "WebP", "TIFF", "HEIC", "AVIF"])
def test_alpha_is_read(format: str) -> None:
    alpha = np.zeros((48, 80), np.uint8)
    alpha[:, 40:] = 255
    pixels = read(FORMATS[format](Image.fromarray(np.dstack([scene(), alpha]))))
    assert pixels.alpha is not None and pixels.alpha.dtype == np.uint8
    assert pixels.alpha[5, 5] <= 2 and pixels.alpha[5, 70] >= 253
    assert close(pixels.rgb[4:20, 50:76], scene()[4:20, 50:76], 10)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_refused(format: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = FORMATS[format](Image.fromarray(noise))
    error = refused(data[: int(len(data) * share)])
    assert error.sentence_key == "broken_picture" and error.facts["format"] == format


@pytest.mark.parametrize("format", ["HEIC", "AVIF"])
def test_a_file_damaged_in_its_pixels_is_refused_or_read(format: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = FORMATS[format](Image.fromarray(noise))
    for place in range(len(data) // 3, len(data), len(data) // 40):
        try:
            assert read(data[:place] + b"\0" * 20 + data[place + 20 :]).rgb.shape == (64, 64, 3)
        except BadFile as error:
            assert error.sentence_key == "broken_picture"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    image = Image.fromarray(scene()).convert(mode)
    expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(read(saved(image, "PNG")).rgb, expected)


def test_a_transparent_colour_of_a_palette_is_alpha() -> None:
    image = Image.fromarray(scene()).convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    index = int(np.asarray(image)[0, 0])
    alpha = read(saved(image, "PNG", transparency=index)).alpha
    assert alpha is not None and alpha[0, 0] == 0 and alpha[47, 79] == 255


def test_a_transparent_colour_without_palette_is_alpha() -> None:
    alpha = read(saved(Image.fromarray(scene()), "PNG", transparency=(220, 40, 40))).alpha
    assert alpha is not None and alpha[0, 0] == 0 and alpha[47, 79] == 255


def test_alpha_that_is_all_opaque_is_no_alpha() -> None:
    assert read(saved(Image.fromarray(scene()).convert("RGBA"), "PNG")).alpha is None


def test_only_the_first_frame_of_a_gif_counts() -> None:
    frames = [Image.new("RGB", (20, 10), color) for color in ("#FF0000", "#0000FF")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(read(data).rgb[5, 5], [255, 0, 0])


def test_arrays_are_read_only() -> None:
    pixels = read(saved(Image.new("RGBA", (4, 4), (1, 2, 3, 4)), "PNG"))
    assert pixels.alpha is not None
    assert not pixels.rgb.flags.writeable and not pixels.alpha.flags.writeable


# ---------------------------------------------------------------- 16 bit


def deep(channels: int) -> Array:
    shape = (10, 12) if channels == 1 else (10, 12, channels)
    return np.random.default_rng(channels).integers(0, 65536, shape, dtype=np.uint16)


@pytest.mark.parametrize("extension", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_stay_sixteen(extension: str, channels: int) -> None:
    stored = deep(channels)
    pixels = read(cv2.imencode(extension, stored)[1].tobytes())
    assert pixels.rgb.dtype == np.uint16 and pixels.bits == 16
    expected = np.repeat(stored[..., None], 3, 2) if channels == 1 else stored[..., 2::-1]
    np.testing.assert_array_equal(pixels.rgb, expected)
    assert (pixels.alpha is None) == (channels != 4)
    if pixels.alpha is not None:
        np.testing.assert_array_equal(pixels.alpha, stored[..., 3])


def raw_png(color_type: int, samples: Array) -> bytes:
    """A 16-bit PNG of any colour type: samples uint16 (H, W, N)."""
    height, width = samples.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)
    return PNG_MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_deep_grey_with_alpha_is_read() -> None:
    samples = np.dstack([deep(1), deep(3)[..., 0]])
    pixels = read(raw_png(4, samples))
    np.testing.assert_array_equal(pixels.rgb[..., 1], samples[..., 0])
    assert pixels.alpha is not None
    np.testing.assert_array_equal(pixels.alpha, samples[..., 1])


@pytest.mark.parametrize(("color_type", "channels"), [(0, 1), (2, 3)])
def test_a_transparent_colour_of_a_deep_png_is_alpha(color_type: int, channels: int) -> None:
    samples = deep(channels).reshape(10, 12, channels)
    key = struct.pack(f">{channels}H", *samples[3, 4].tolist())
    alpha = read(with_chunk(raw_png(color_type, samples), b"tRNS", key)).alpha
    assert alpha is not None and alpha[3, 4] == 0 and (alpha == 65535).sum() == 119


def deep_tiff(samples: Array, photometric: int, extra: int | None = None, order: str = "<") -> bytes:
    """An uncompressed 16-bit TIFF, (H, W, N) uint16."""
    height, width, count = samples.shape
    body = samples.astype(f"{order}u2").tobytes()
    tags = [(256, 4, width), (257, 4, height), (258, 3, 16), (259, 3, 1), (262, 3, photometric), (273, 4, 8)]
    tags += [(277, 3, count), (278, 4, height), (279, 4, len(body)), (284, 3, 1)]
    tags += [] if extra is None else [(338, 3, extra)]
    start = 8 + len(body)
    bits_at = start + 2 + 12 * len(tags) + 4
    table = struct.pack(order + "H", len(tags))
    for tag, kind, value in tags:
        if tag == 258 and count > 2:
            table += struct.pack(order + "HHII", tag, kind, count, bits_at)
        elif kind == 3:
            table += struct.pack(order + "HHIHH", tag, kind, 1, value, 0)
        else:
            table += struct.pack(order + "HHII", tag, kind, 1, value)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, start)
    return head + body + table + b"\0" * 4 + struct.pack(f"{order}{count}H", *[16] * count)


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_of_tiff_are_read(order: str) -> None:
    np.testing.assert_array_equal(read(deep_tiff(deep(3), 2, order=order)).rgb, deep(3))


def test_grey_where_white_is_zero_is_turned_over() -> None:
    pixels = read(deep_tiff(deep(1)[..., None], 0))
    np.testing.assert_array_equal(pixels.rgb[..., 0], 65535 - deep(1))


def test_premultiplied_alpha_becomes_straight() -> None:
    straight = np.full((10, 12, 3), 40_000, np.uint16)
    alpha = np.linspace(20_000, 65_535, 120).reshape(10, 12).astype(np.uint16)
    stored = np.rint(straight * (alpha[..., None] / 65535)).astype(np.uint16)
    pixels = read(deep_tiff(np.dstack([stored, alpha]), 2, extra=1))
    assert close(pixels.rgb, straight, 2) and pixels.alpha is not None
    np.testing.assert_array_equal(pixels.alpha, alpha)
    unassociated = read(deep_tiff(np.dstack([stored, alpha]), 2, extra=2))
    np.testing.assert_array_equal(unassociated.rgb, stored)


@pytest.mark.parametrize("extension", [".png", ".tiff"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_deep_file_that_is_cut_off_is_refused(extension: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 65536, (64, 64, 3), dtype=np.uint16)
    data = cv2.imencode(extension, noise)[1].tobytes()
    refused(data[: int(len(data) * share)])


def test_a_deep_png_whose_pixels_end_early_is_refused() -> None:
    rows = b"\0" + b"\1" * 72
    header = struct.pack(">IIBBBBB", 12, 10, 16, 2, 0, 0, 0)
    short = PNG_MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    refused(short)


# ---------------------------------------------------------------- orientation

# What each value of EXIF's orientation stores of an upright picture, in Pillow's words.
_STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def turned(orientation: int) -> tuple[Image.Image, bytes]:
    """The scene as a camera held that way stores it, and the EXIF that says so."""
    how = _STORED[orientation]
    image = Image.fromarray(scene())
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return (image if how is None else image.transpose(how)), exif.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_photos_come_out_upright(format: str, orientation: int) -> None:
    image, exif = turned(orientation)
    pixels = read(saved(image, format, exif=exif, quality=95))
    assert pixels.rgb.shape == (48, 80, 3)
    for y, x in ((12, 20), (12, 60), (36, 20), (36, 60)):
        assert close(pixels.rgb[y, x], scene()[y, x], 12), (y, x)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_photos_come_out_upright(orientation: int) -> None:
    image, exif = turned(orientation)
    stored = np.asarray(image).astype(np.uint16) * 257
    data = with_chunk(encode(stored, None, "png").data, b"eXIf", exif.removeprefix(b"Exif\0\0"))
    np.testing.assert_array_equal(read(data).rgb, scene().astype(np.uint16) * 257)


def test_alpha_is_turned_along() -> None:
    image, exif = turned(6)
    image.putalpha(Image.fromarray(np.tile(np.arange(48, dtype=np.uint8) * 5, (80, 1))))
    alpha = read(saved(image, "PNG", exif=exif)).alpha
    assert alpha is not None and alpha.shape == (48, 80)
    assert set(alpha[7].tolist()) == {7 * 5} and set(alpha[47].tolist()) == {47 * 5}


@pytest.mark.filterwarnings("ignore")
def test_broken_exif_does_not_lose_the_photo() -> None:
    data = saved(Image.fromarray(scene()), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    np.testing.assert_array_equal(read(data).rgb, scene())


# ---------------------------------------------------------------- colour


# Linear light to linear sRGB, both with white D65, as CSS Color Module Level 4 prints it (sample code, rounded).
_TO_SRGB = {
    "Display P3": [[1.22494, -0.22494, 0], [-0.04206, 1.04206, 0], [-0.01964, -0.07864, 1.09828]],
    "Adobe RGB": [[1.39836, -0.39836, 0], [0, 1, 0], [0, -0.04293, 1.04293]],
}
SKIN = (200, 150, 120)


def in_srgb(space: str, color: tuple[int, int, int] = SKIN) -> Array:
    """What a colour of another space is in sRGB, by the published matrix."""
    value = np.array(color) / 255
    light = value ** (563 / 256) if space == "Adobe RGB" else ((value + 0.055) / 1.055) ** 2.4
    return np.asarray((1.055 * (np.array(_TO_SRGB[space]) @ light) ** (1 / 2.4) - 0.055) * 255)


def test_display_p3_and_adobe_rgb_become_srgb() -> None:
    gray = Image.new("RGB", (8, 8), (128, 128, 128))
    skin = Image.new("RGB", (8, 8), SKIN)
    for name in ("Display P3", "Adobe RGB"):
        icc = profiles.profile(name)
        assert close(read(saved(gray, "PNG", icc_profile=icc)).rgb[4, 4], np.array([128] * 3), 2)
        assert close(read(saved(skin, "PNG", icc_profile=icc)).rgb[4, 4], in_srgb(name), 1)


@pytest.mark.parametrize("format", ["JPEG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_a_profile_is_applied_in_every_format_that_carries_one(format: str) -> None:
    skin = Image.new("RGB", (32, 32), SKIN)
    data = saved(skin, format, icc_profile=profiles.profile("Display P3"), quality=95)
    assert close(read(data).rgb[16, 16], in_srgb("Display P3"), 4)


@pytest.mark.parametrize("name", ["Display P3", "Adobe RGB"])
def test_sixteen_bits_convert_as_eight_do(name: str) -> None:
    eight = np.random.default_rng(3).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    icc = profiles.profile(name)
    by_littlecms = read(saved(Image.fromarray(eight), "PNG", icc_profile=icc)).rgb
    deep_file = saved_deep(eight.astype(np.uint16) * 257, icc)
    ours = read(deep_file)
    assert ours.bits == 16
    assert close(ours.rgb / 257, by_littlecms, 1.01)


def saved_deep(rgb: Array, icc: bytes) -> bytes:
    plain = encode(rgb, None, "png").data
    bare = PNG_MAGIC + b"".join(c for kind, c in png_chunks(plain) if kind != b"sRGB")
    return with_chunk(bare, b"iCCP", b"x\0\0" + zlib.compress(icc))


def test_srgb_in_any_makers_words_keeps_every_byte() -> None:
    noise = np.random.default_rng(4).integers(0, 256, (30, 30, 3), dtype=np.uint8)
    by_littlecms = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (by_littlecms, profiles.profile("sRGB")):
        np.testing.assert_array_equal(read(saved(Image.fromarray(noise), "PNG", icc_profile=icc)).rgb, noise)
        np.testing.assert_array_equal(read(saved_deep(noise.astype(np.uint16), icc)).rgb, noise)


def test_grey_with_a_profile_of_colour_stays_grey() -> None:
    data = saved(Image.new("L", (8, 8), 100), "JPEG", icc_profile=profiles.profile("Adobe RGB"))
    r, g, b = read(data).rgb[4, 4].astype(int)
    assert abs(r - g) <= 1 and abs(g - b) <= 1 and abs(r - 100) <= 3


def test_a_broken_profile_is_left_out_of_account() -> None:
    data = saved(Image.fromarray(scene()), "PNG", icc_profile=b"nonsense" * 40)
    np.testing.assert_array_equal(read(data).rgb, scene())


def test_a_camera_that_says_adobe_rgb_only_in_exif_is_believed() -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.IFD.Interop] = {1: "R03"}
    plain = Image.new("RGB", (16, 16), SKIN)
    assert close(read(saved(plain, "JPEG", exif=exif, quality=98)).rgb[8, 8], in_srgb("Adobe RGB"), 3)


def test_a_png_that_codes_display_p3_is_converted() -> None:
    data = with_chunk(saved(Image.new("RGB", (8, 8), SKIN), "PNG"), b"cICP", bytes([12, 13, 0, 1]))
    assert close(read(data).rgb[4, 4], in_srgb("Display P3"), 1)


def test_a_heic_that_codes_display_p3_is_converted() -> None:
    image = Image.new("RGB", (64, 64), SKIN)
    plain = read(saved(image, "HEIF", quality=95)).rgb[30, 30]
    coded = read(saved(image, "HEIF", quality=95, color_primaries=12, transfer_characteristic=13)).rgb[30, 30]
    assert close(plain, np.array(SKIN), 4)
    assert close(coded, in_srgb("Display P3"), 4)


def test_cmyk_is_not_inverted() -> None:
    paper = Image.new("CMYK", (16, 16), (0, 0, 0, 0))
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    for format in ("JPEG", "TIFF"):
        assert read(saved(paper, format)).rgb[8, 8].min() > 245, format
        r, g, b = read(saved(ink, format)).rgb[8, 8]
        assert r > 200 and g < 60 and b < 60, format


def press_profile() -> bytes:
    """A CMYK profile by a table of the 16 solid overprints (Lab, 8 bit), roughly those of coated paper."""
    inks = ((55, -37, -50), (48, 74, -3), (89, -5, 93), (16, 0, 0))  # C M Y K, ISO 12647-2
    nodes = []
    for index in range(16):
        used = [inks[i] for i in range(4) if index >> (3 - i) & 1]
        light = min((ink[0] for ink in used), default=100)
        a, b = (max(-127, min(127, sum(ink[axis] for ink in used))) for axis in (1, 2))
        nodes += [round(light * 255 / 100), a + 128, b + 128]
    identity = bytes(range(256))
    unit = struct.pack(">9i", *[65536, 0, 0, 0, 65536, 0, 0, 0, 65536])
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + unit + identity * 4 + bytes(nodes) + identity * 3
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    offset = 128 + 4 + 24
    tags = struct.pack(">I4sII4sII", 2, b"A2B0", offset, len(table), b"wtpt", offset + len(table) + 3, 20)
    body = tags + table + b"\0" * 3 + white
    head = struct.pack(">I4sI4s4s4s", 128 + len(body), b"\0" * 4, 0x02100000, b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + body


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_is_converted_by_its_profile(format: str) -> None:
    options: dict[str, Any] = {"icc_profile": press_profile(), "quality": 98}
    paper = read(saved(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), format, **options)).rgb[8, 8]
    cyan = read(saved(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), format, **options)).rgb[8, 8]
    assert paper.min() > 245
    # Printed cyan, Lab 55 -37 -50, lies outside of sRGB: red 0, green about 150; the plain formula gives 255.
    assert cyan[0] < 20 and 130 < cyan[1] < 170 and cyan[2] > 200


# ---------------------------------------------------------------- refusals

NO_PICTURES = {
    b"": "empty_file",
    b"%PDF-1.7 ...": "file_is_other",
    b"<!DOCTYPE html><html><body>404</body></html>": "file_is_other",
    b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>': "file_is_other",
    b"PK\x03\x04" + b"\0" * 40: "file_is_other",
    b"hello, this is no photo\n" * 300: "file_is_text",
    "你好，这不是照片。".encode() * 300: "file_is_text",
    b"\0\0\0\x18ftypisom\0\0\2\0isomiso2avc1": "file_is_video",
    b"\0\0\0\x14ftypqt  \0\0\2\0qt  ": "file_is_video",
    b"\x1a\x45\xdf\xa3" + b"\0" * 30: "file_is_video",
    b"8BPS\0\1" + b"\0" * 30: "unsupported_picture",
    b"II*\0\x10\0\0\0CR\x02\0": "camera_raw",
    bytes(range(1, 200)): "file_is_unknown",
    b"\0" * 100: "file_is_unknown",
    b"\xff\xd8\xff": "broken_picture",
    PNG_MAGIC: "broken_picture",
    b"II*\0\x08\0\0\0": "broken_picture",
    b"GIF89a": "broken_picture",
    b"BM": "broken_picture",
    b"RIFF\x10\0\0\0WEBP": "broken_picture",
    b"\0\0\0\x18ftypheic\0\0\0\0mif1heic": "broken_picture",
    b"\0\0\0\x18ftypavif\0\0\0\0mif1avif": "broken_picture",
}


@pytest.mark.parametrize("data", NO_PICTURES, ids=lambda data: repr(data[:12]))
def test_what_is_no_picture_is_refused_by_name_and_reason(data: bytes) -> None:
    assert refused(data, name="我的照片.jpg").sentence_key == NO_PICTURES[data]


def test_a_text_cut_inside_of_a_character_is_still_text() -> None:
    for length in range(4090, 4100):
        assert refused(b"a" * (length % 3) + "字".encode() * 3000).sentence_key == "file_is_text"


def test_a_file_too_large_is_refused_unread() -> None:
    assert refused(b"\xff\xd8\xff" + b"\0" * 2000, Limits(upload_bytes=1000)).sentence_key == "file_too_large"


@pytest.mark.parametrize("format", FORMATS)
def test_too_many_pixels_are_refused(format: str) -> None:
    data = FORMATS[format](Image.new("RGB", (1200, 1000)))
    error = refused(data, Limits(megapixels=1))
    assert error.sentence_key == "too_many_pixels" and error.facts["megapixels"] == "1.2"
    assert refused(data, Limits(side=1100)).sentence_key == "side_too_long"


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    header = struct.pack(">IIBBBBB", 25_000, 25_000, 8, 2, 0, 0, 0)
    bomb = PNG_MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000, 9))
    assert len(bomb) < 20_000
    assert refused(bomb).sentence_key == "too_many_pixels"


def test_packed_text_in_a_png_is_never_unpacked() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("a", "x" * 200_000_000, zip=True)
    np.testing.assert_array_equal(read(saved(Image.fromarray(scene()), "PNG", pnginfo=text)).rgb, scene())


def test_a_packed_profile_of_gigabytes_is_refused() -> None:
    data = with_chunk(saved(Image.fromarray(scene()), "PNG"), b"iCCP", b"x\0\0" + zlib.compress(b"\0" * 50_000_000, 9))
    assert refused(data).sentence_key == "broken_picture"


def tiff_with(changes: dict[int, tuple[int, int, int]]) -> bytes:
    """A plain TIFF with some tags' (type, count, value) replaced."""
    data = bytearray(saved(Image.fromarray(scene()), "TIFF"))
    place = struct.unpack_from("<I", data, 4)[0]
    for i in range(struct.unpack_from("<H", data, place)[0]):
        at = place + 2 + 12 * i
        tag = struct.unpack_from("<H", data, at)[0]
        if tag in changes:
            struct.pack_into("<HHII", data, at, tag, *changes[tag])
    return bytes(data)


def test_a_tiff_of_millions_of_strips_is_refused() -> None:
    assert refused(tiff_with({273: (4, 5_000_000, 8)})).sentence_key == "broken_picture"


def test_a_tiff_bomb_is_refused_by_its_header() -> None:
    assert refused(tiff_with({256: (4, 1, 29_999), 257: (4, 1, 29_999)})).sentence_key == "too_many_pixels"


def test_a_raw_file_in_tiffs_clothes_is_named() -> None:
    plain = Image.fromarray(scene())
    assert refused(saved(plain, "TIFF", tiffinfo={50706: b"\1\4\0\0"})).sentence_key == "camera_raw"


def test_a_tiff_of_floats_is_refused() -> None:
    data = saved(Image.fromarray(np.ones((8, 8), np.float32)), "TIFF")
    assert refused(data).sentence_key == "broken_picture"


def _samples() -> list[bytes]:
    image = Image.fromarray(scene())
    exif = turned(6)[1]
    icc = profiles.profile("Display P3")
    files = [make(image) for make in FORMATS.values()]
    files += [saved(image, f, exif=exif, icc_profile=icc) for f in ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")]
    return [*files, saved_deep(scene().astype(np.uint16), icc), deep_tiff(deep(4), 2, extra=1)]


SAMPLES = _samples()


@pytest.mark.filterwarnings("ignore")
@settings(deadline=None, max_examples=300)
@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=6))
def test_damaged_files_are_read_or_refused_and_never_a_bug(data: bytes, damage: list[tuple[float, bytes]]) -> None:
    broken = bytearray(data)
    for share, noise in damage:
        # Most of what matters stands near the front.
        place = int(share**3 * (len(broken) - 1))
        broken[place : place + len(noise)] = noise
    try:
        pixels = decode(bytes(broken), "x", Limits(megapixels=1))[1]
    except BadFile:
        return
    assert pixels.rgb.ndim == 3 and pixels.rgb.dtype in (np.uint8, np.uint16)
    assert pixels.alpha is None or pixels.alpha.shape == pixels.rgb.shape[:2]
