"""PNG files in strips: one stream that anyone can read, the same bytes on any number of cores."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models import cores
from tools.files.containers import png_chunks
from tools.files.png import png


def picture(height: int, width: int, dtype: type = np.uint8) -> NDArray[np.unsignedinteger]:
    """Smooth colours and noise, as in a photo."""
    y, x = np.mgrid[:height, :width]
    noise = np.random.default_rng(5).integers(0, 9, (height, width, 3))
    colours = (np.dstack([x, y, x + y]) // 4 + noise) % 256
    return (colours * (1 if dtype == np.uint8 else 257)).astype(dtype)


def strips(data: bytes) -> list[bytes]:
    return [chunk[8:-4] for kind, chunk in png_chunks(data) if kind == b"IDAT"]


@pytest.mark.parametrize("width", [3, 600, 40_000])
def test_many_strips_are_one_stream_that_others_read(width: int) -> None:
    rgb = picture(2_000_000 // width, width)
    alpha = rgb[..., 0].copy()
    data = png(rgb, alpha)
    assert len(strips(data)) > 1
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), np.dstack([rgb, alpha]))
    zlib.decompress(b"".join(strips(data)))  # raises if the check sum over all strips is wrong


def test_the_number_of_cores_changes_no_byte() -> None:
    rgb = picture(900, 1000, np.uint16)
    alone = png(rgb, rgb[..., 1].copy(), threads=1)
    assert len(strips(alone)) > 1
    assert png(rgb, rgb[..., 1].copy(), threads=5) == alone


def test_strips_cost_next_to_no_room() -> None:
    rgb = picture(1200, 1200)
    data = png(rgb, None)
    packed = b"".join(strips(data))
    assert len(strips(data)) > 3
    assert len(packed) < 1.005 * len(zlib.compress(zlib.decompress(packed), 4))


def test_a_lower_level_is_larger_and_holds_the_same() -> None:
    grey = picture(300, 300)[..., 0].copy()
    fast = png(grey, None, level=1)
    assert len(fast) > len(png(grey, None, level=6))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(fast))), grey)


def test_a_picture_beside_others_has_its_share_of_the_cores() -> None:
    alone = cores.share()
    assert alone == cores.count()
    with cores.sharing(), cores.sharing():
        assert cores.share() == max(1, cores.count() // 2)
    with pytest.raises(RuntimeError), cores.sharing(), cores.sharing():
        raise RuntimeError
    assert cores.share() == alone
