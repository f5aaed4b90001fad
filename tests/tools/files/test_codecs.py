"""Files that are written: exact where they promise to be, honest where they are not."""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image, ImageCms

from tools.errors import BadValue
from tools.files.codecs import FORMATS, encode, encode_pdf, lay_onto, read_dpi, to_eight
from tools.files.containers import png_chunks
from tools.files.decode import Pixels, decode
from tools.settings import Limits
from tools.wording import explain

Array = NDArray[Any]
SHAPES = st.tuples(st.integers(1, 70), st.integers(1, 20))


@st.composite
def pictures(draw: st.DrawFn) -> tuple[Array, Array | None]:
    """Small pictures of 8 and 16 bit, with and without alpha."""
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    height, width = draw(SHAPES)
    rgb = draw(arrays.arrays(dtype, (height, width, 3)))
    alpha = draw(st.none() | arrays.arrays(dtype, (height, width)))
    return rgb, alpha


def photo(size: int = 64) -> Array:
    """A soft picture with some noise, as photos are: uint8 (size, size, 3)."""
    y, x = np.mgrid[:size, :size] / size
    noise = np.random.default_rng(7).normal(0, 4, (size, size, 3))
    return np.clip(np.dstack([x * 255, y * 255, (x + y) * 127]) + noise, 0, 255).astype(np.uint8)


def disc(size: int = 64) -> Array:
    """Soft alpha: uint8 (size, size), 0 at the corners, 255 in the middle."""
    y, x = np.mgrid[:size, :size] / size - 0.5
    alpha: Array = (0.4 - np.hypot(x, y)) * 10 * 255
    return alpha.clip(0, 255).astype(np.uint8)


def read(data: bytes) -> Pixels:
    return decode(data, "test", Limits())[1]


@settings(deadline=None, max_examples=60)
@given(pictures(), st.sampled_from(["png", "tiff"]))
def test_png_and_tiff_give_back_every_bit(picture: tuple[Array, Array | None], format: str) -> None:
    rgb, alpha = picture
    encoded = encode(rgb, alpha, format)
    again = read(encoded.data)
    assert again.rgb.dtype == rgb.dtype and encoded.bits == rgb.dtype.itemsize * 8
    np.testing.assert_array_equal(again.rgb, rgb)
    opaque = np.full(rgb.shape[:2], np.iinfo(rgb.dtype).max, rgb.dtype)
    np.testing.assert_array_equal(opaque if again.alpha is None else again.alpha, opaque if alpha is None else alpha)
    assert encoded.quality is None and encoded.onto is None


@settings(deadline=None, max_examples=30)
@given(pictures())
def test_webp_of_something_transparent_loses_nothing(picture: tuple[Array, Array | None]) -> None:
    rgb, alpha = to_eight(picture[0]), to_eight(picture[0][..., 0])
    alpha = alpha.copy()
    alpha[0, 0] = 0  # something is transparent, and its colour stays
    encoded = encode(rgb, alpha, "webp")
    again = read(encoded.data)
    assert encoded.quality is None and again.alpha is not None
    np.testing.assert_array_equal(again.rgb, rgb)
    np.testing.assert_array_equal(again.alpha, alpha)


def test_webp_with_a_quality_keeps_alpha_exactly() -> None:
    encoded = encode(photo(), disc(), "webp", quality=60)
    again = read(encoded.data)
    assert encoded.quality == 60 and again.alpha is not None
    np.testing.assert_array_equal(again.alpha, disc())
    seen = disc() > 200
    assert np.abs(again.rgb[seen].astype(int) - photo()[seen]).mean() < 8


def test_eight_bit_alpha_on_a_deep_picture_is_widened_exactly() -> None:
    deep = photo().astype(np.uint16) * 257
    again = read(encode(deep, disc(), "png").data)
    assert again.alpha is not None and again.alpha.dtype == np.uint16
    np.testing.assert_array_equal(again.alpha, disc().astype(np.uint16) * 257)


@pytest.mark.parametrize("format", ["jpeg", "pdf"])
def test_formats_without_transparency_say_what_it_was_laid_onto(format: str) -> None:
    assert encode(photo(), disc(), format).onto == "#FFFFFF"
    assert encode(photo(), disc(), format, onto="#438edb").onto == "#438EDB"
    assert encode(photo(), None, format).onto is None
    assert encode(photo(), np.full((64, 64), 255, np.uint8), format).onto is None


def test_a_jpeg_is_never_black_behind_the_subject() -> None:
    black = np.zeros((32, 32, 3), np.uint8)
    nothing = np.zeros((32, 32), np.uint8)
    assert read(encode(black, nothing, "jpeg").data).rgb.min() >= 254
    blue = read(encode(black, nothing, "jpeg", onto="#0000FF").data).rgb[5, 5]
    np.testing.assert_allclose(blue, [0, 0, 255], atol=2)


@given(arrays.arrays(np.uint8, (4, 5, 3)), arrays.arrays(np.uint8, (4, 5)))
def test_laying_onto_a_colour_is_the_rounded_mix(rgb: Array, alpha: Array) -> None:
    share = alpha[..., None].astype(np.float64) / 255
    exact = rgb * share + np.array([10, 200, 255]) * (1 - share)
    mixed = lay_onto(rgb, alpha, "#0AC8FF")
    assert np.abs(mixed - exact).max() <= 0.5 + 1e-9
    np.testing.assert_array_equal(mixed[alpha == 255], rgb[alpha == 255])


def test_sixteen_bits_become_eight_by_rounding() -> None:
    deep = np.array([0, 128, 129, 257, 65535, 65406], np.uint16)
    np.testing.assert_array_equal(to_eight(deep), [0, 0, 1, 1, 255, 254])
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_eight(every.astype(np.uint16) * 257), every)


@pytest.mark.parametrize("format", ["png", "jpeg", "tiff", "webp"])
@pytest.mark.parametrize("dpi", [1, 72, 96, 150, 299, 300, 301, 350, 600, 1200])
def test_dpi_is_read_back_exactly(format: str, dpi: int) -> None:
    assert read_dpi(encode(photo(8), None, format, dpi=dpi).data) == dpi


@pytest.mark.parametrize("format", ["png", "jpeg", "tiff", "webp"])
def test_no_dpi_is_written_unasked(format: str) -> None:
    assert read_dpi(encode(photo(8), None, format).data) is None


@pytest.mark.parametrize("format", ["jpeg", "tiff", "webp"])
def test_colour_is_tagged_as_srgb(format: str) -> None:
    image = Image.open(io.BytesIO(encode(photo(8), None, format).data))
    profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert ImageCms.getProfileDescription(profile).strip() == "sRGB"


def test_png_is_tagged_with_the_chunk_and_nothing_private() -> None:
    kinds = [kind for kind, _ in png_chunks(encode(photo(8), disc(8), "png", dpi=300).data)]
    assert kinds[:3] == [b"IHDR", b"sRGB", b"pHYs"]
    assert set(kinds) == {b"IHDR", b"sRGB", b"pHYs", b"IDAT", b"IEND"}
    assert Image.open(io.BytesIO(encode(photo(8), None, "png").data)).info["srgb"] == 1


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("alpha", [None, disc()])
def test_the_same_pixels_give_the_same_bytes(format: str, alpha: Array | None) -> None:
    files = {hashlib.sha256(encode(photo(), alpha, format, dpi=300).data).hexdigest() for _ in range(2)}
    assert len(files) == 1


@pytest.mark.parametrize(("format", "bits"), [("png", 8), ("png", 16), ("tiff", 8), ("tiff", 16)])
def test_a_matte_is_written_grey(format: str, bits: int) -> None:
    matte = disc() if bits == 8 else disc().astype(np.uint16) * 257
    data = encode(matte, None, format).data
    assert Image.open(io.BytesIO(data)).mode == ("L" if bits == 8 else "I;16")
    np.testing.assert_array_equal(read(data).rgb[..., 1], matte)


def test_high_quality_jpeg_keeps_colour_at_full_resolution() -> None:
    stripes = np.zeros((16, 16, 3), np.uint8)
    stripes[:, ::2] = (255, 0, 0)
    stripes[:, 1::2] = (0, 0, 255)
    assert np.abs(read(encode(stripes, None, "jpeg").data).rgb.astype(int) - stripes).max() < 30


@pytest.mark.parametrize("format", ["jpeg", "webp", "pdf"])
def test_a_limit_in_kilobytes_is_kept_with_the_best_quality_that_fits(format: str) -> None:
    free = encode(photo(200), None, format, quality=95)
    limit = len(free.data) // 1000 * 2 // 3
    limited = encode(photo(200), None, format, quality=95, max_kb=limit)
    assert limited.quality is not None and limited.quality < 95
    assert len(limited.data) <= limit * 1000
    assert len(encode(photo(200), None, format, quality=limited.quality + 1).data) > limit * 1000


def test_a_limit_that_is_no_limit_changes_nothing() -> None:
    assert encode(photo(), None, "jpeg", max_kb=1000).data == encode(photo(), None, "jpeg").data


def test_a_lossless_webp_too_large_becomes_lossy() -> None:
    lossless = encode(photo(200), disc(200), "webp")
    limited = encode(photo(200), disc(200), "webp", max_kb=len(lossless.data) // 2000)
    assert lossless.quality is None and limited.quality is not None
    np.testing.assert_array_equal(read(limited.data).alpha, disc(200))


@pytest.mark.parametrize("format", FORMATS)
def test_a_limit_out_of_reach_names_the_smallest_size(format: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    with pytest.raises(BadValue) as caught:
        encode(noise, None, format, max_kb=1)
    smallest = caught.value.facts["smallest_kb"]
    assert caught.value.sentence_key == "cant_reach_kb" and isinstance(smallest, int) and smallest > 1
    assert len(encode(noise, None, format, max_kb=smallest).data) <= smallest * 1000
    for language in ("zh", "en"):
        assert f"{smallest} KB" in explain(caught.value, language)


def test_a_picture_longer_than_the_format_takes_is_refused() -> None:
    with pytest.raises(BadValue, match="side_too_long_for_format"):
        encode(np.zeros((1, 16_384, 3), np.uint8), None, "webp")
    encode(np.zeros((1, 16_384, 3), np.uint8), None, "png")


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "bmp"},
        {"quality": 0},
        {"quality": 101},
        {"dpi": 0},
        {"onto": "white"},
        {"rgb": np.zeros((4, 4, 4), np.uint8)},
        {"rgb": np.zeros((4, 4, 3), np.float32)},
        {"alpha": np.zeros((5, 4), np.uint8)},
    ],
)
def test_what_no_schema_lets_through_is_a_bug(wrong: dict[str, Any]) -> None:
    given: dict[str, Any] = {"rgb": np.zeros((4, 4, 3), np.uint8), "alpha": None, "format": "png"} | wrong
    with pytest.raises(ValueError):
        encode(given.pop("rgb"), given.pop("alpha"), given.pop("format"), **given)


def test_a_pdf_page_is_true_to_scale_and_its_table_is_right() -> None:
    encoded = encode_pdf([(photo(300), None), (photo(150), disc(150))], 300, onto="#FF0000")
    data = encoded.data
    assert encoded.onto == "#FF0000" and data.startswith(b"%PDF-1.7")
    assert re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data) == [(b"72.0000",) * 2, (b"36.0000",) * 2]
    start = int(data.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    places = [int(line[:10]) for line in data[start:].splitlines() if line.endswith(b" n ")]
    assert all(data[p:].startswith(b"%d 0 obj" % (i + 1)) for i, p in enumerate(places)) and len(places) == 9


def test_a_pdf_holds_its_picture() -> None:
    data = encode(photo(), None, "pdf", dpi=100).data
    found = re.search(rb"/DCTDecode /Length (\d+) >>\nstream\n", data)
    assert found
    inside = Image.open(io.BytesIO(data[found.end() : found.end() + int(found[1])]))
    assert inside.size == (64, 64)
    assert np.abs(np.asarray(inside).astype(int) - photo()).mean() < 4


def test_png_checksums_are_right() -> None:
    for kind, chunk in png_chunks(encode(photo(), disc(), "png", dpi=72).data):
        assert zlib.crc32(kind + chunk[8:-4]) == int.from_bytes(chunk[-4:], "big")


def test_the_arrays_given_are_not_changed() -> None:
    rgb, alpha = photo(), disc()
    for format in FORMATS:
        encode(rgb, alpha, format, max_kb=500)
    np.testing.assert_array_equal(rgb, photo())
    np.testing.assert_array_equal(alpha, disc())
