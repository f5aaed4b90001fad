"""The store of originals: kept byte for byte, known by content, shown without metadata, gone when removed."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from tools import pictures as module
from tools.errors import BadFile, BadValue, NoRoom
from tools.files.codecs import encode
from tools.files.decode import decode
from tools.pictures import Picture, PictureStore
from tools.settings import ROOT, Limits


def photo(width: int = 60, height: int = 40, **options: Any) -> bytes:
    """A JPEG held sideways (EXIF 6), taken at a place."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Secret Camera"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (52.0, 30.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)})
    pixels = np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", exif=exif, quality=90, **options)
    return file.getvalue()


def cutout(width: int = 50, height: int = 30) -> bytes:
    pixels = np.full((height, width, 4), (10, 200, 30, 255), np.uint8)
    pixels[:, : width // 2] = (255, 0, 0, 0)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "pictures", Limits())


def test_facts_are_those_of_the_picture_as_seen(store: PictureStore) -> None:
    picture = store.admit(photo(), "holiday/me.png")
    assert (picture.width, picture.height) == (40, 60)
    assert (picture.name, picture.format, picture.bits) == ("me.png", "JPEG", 8)
    assert not picture.transparent and picture.size == len(photo())
    assert store.admit(cutout(), "c.png").transparent


def test_facts_survive_as_plain_values(store: PictureStore) -> None:
    picture = store.admit(photo(), "me.jpg")
    assert Picture.from_json(json.loads(json.dumps(picture.to_json()))) == picture
    assert store.picture(picture.sha256) == picture


def test_the_original_is_kept_byte_for_byte(store: PictureStore) -> None:
    picture = store.admit(photo(), "me.jpg")
    path = store.original(picture.sha256)
    assert path.read_bytes() == photo() and path.name == f"{picture.sha256}.jpg"


def test_the_same_bytes_are_one_picture_under_two_names(store: PictureStore) -> None:
    first, second = store.admit(photo(), "a.jpg"), store.admit(photo(), "b.jpg")
    assert first.sha256 == second.sha256 and (first.name, second.name) == ("a.jpg", "b.jpg")
    assert store.picture(first.sha256).name == "a.jpg"


def test_a_name_of_nothing_visible_gets_one(store: PictureStore) -> None:
    picture = store.admit(photo(), "\u202e\0")
    assert picture.name == picture.sha256[:8]


def test_a_second_start_knows_the_pictures(store: PictureStore, tmp_path: Path) -> None:
    picture = store.admit(photo(), "me.jpg")
    again = PictureStore(tmp_path / "pictures", Limits())
    assert again.picture(picture.sha256) == picture
    np.testing.assert_array_equal(again.pixels(picture).rgb, store.pixels(picture).rgb)


def test_limits_tightened_later_lock_nobody_out(store: PictureStore, tmp_path: Path) -> None:
    picture = store.admit(photo(), "me.jpg")
    strict = PictureStore(tmp_path / "pictures", Limits(upload_bytes=10, side=5))
    assert strict.pixels(picture).rgb.shape == (60, 40, 3)


def test_a_refused_file_leaves_nothing(store: PictureStore, tmp_path: Path) -> None:
    for data in (b"", b"<html>", photo()[:500]):
        with pytest.raises(BadFile):
            store.admit(data, "x.jpg")
    assert [p for p in (tmp_path / "pictures").rglob("*") if p.is_file()] == []


def test_pixels_are_decoded_once_and_read_only(store: PictureStore) -> None:
    picture = store.admit(photo(), "me.jpg")
    pixels = store.pixels(picture)
    assert store.pixels(picture) is pixels
    with pytest.raises(ValueError):
        pixels.rgb[0, 0] = 0


def test_memory_is_bounded_by_number(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, Limits(cached_pixels=2))
    pictures = [store.admit(photo(60 + i), f"{i}.jpg") for i in range(3)]
    newest, oldest = store.pixels(pictures[2]), store.pixels(pictures[0])
    assert store.pixels(pictures[2]) is newest
    store.pixels(pictures[1])
    assert store.pixels(pictures[0]) is not oldest


def test_memory_is_bounded_by_size_but_the_newest_stays(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, Limits(cached_bytes=60 * 40 * 3 + 10))
    first, second = store.admit(photo(), "a.jpg"), store.admit(cutout(), "b.png")
    kept = store.pixels(second)
    assert store.pixels(second) is kept
    store.pixels(first)
    assert store.pixels(second) is not kept


def test_threads_share_one_decoding(store: PictureStore, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = store.admit(photo(), "me.jpg")
    fresh = PictureStore(store.original(picture.sha256).parent, Limits())
    calls: list[str] = []

    def counted(data: bytes, name: str, limits: Limits) -> Any:
        calls.append(name)
        return decode(data, name, limits)

    monkeypatch.setattr(module, "decode", counted)
    threads = [threading.Thread(target=fresh.pixels, args=(picture,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == ["me.jpg"]


def test_a_preview_is_small_upright_and_tells_no_place(store: PictureStore) -> None:
    path = store.preview(store.admit(photo(300, 200), "me.jpg"), 90)
    assert path.suffix == ".jpg"
    image = opened(path)
    assert image.size == (60, 90) and not image.getexif()
    assert b"Exif" not in path.read_bytes() and b"Secret" not in path.read_bytes()


def test_a_preview_of_something_transparent_keeps_alpha_and_no_hidden_colour(store: PictureStore) -> None:
    path = store.preview(store.admit(cutout(), "c.png"), 25)
    pixels = np.asarray(opened(path))
    assert path.suffix == ".png" and pixels.shape == (15, 25, 4)
    assert pixels[0, 0, 3] == 0 and pixels[0, -1, 3] == 255
    visible = pixels[pixels[..., 3] > 8]
    assert visible[:, 0].max() <= 16, "the red hidden under alpha 0 bled into the edge"


def test_a_preview_is_made_once_and_never_enlarges(store: PictureStore) -> None:
    picture = store.admit(photo(), "me.jpg")
    path = store.preview(picture, 500)
    assert opened(path).size == (40, 60)
    before = path.stat().st_mtime_ns
    assert store.preview(picture, 500) == path and path.stat().st_mtime_ns == before


def test_a_deep_picture_has_a_preview(store: PictureStore) -> None:
    deep = np.full((40, 40, 3), 30_000, np.uint16)
    picture = store.admit(encode(deep, None, "png").data, "d.png")
    assert picture.bits == 16
    assert abs(int(np.asarray(opened(store.preview(picture, 20)))[5, 5, 0]) - 117) <= 1


def test_removing_leaves_nothing(store: PictureStore, tmp_path: Path) -> None:
    picture, other = store.admit(photo(), "me.jpg"), store.admit(cutout(), "c.png")
    store.preview(picture, 20)
    store.preview(other, 20)
    store.remove(picture.sha256)
    store.remove(picture.sha256)
    left = {p.name.split(".")[0].split("_")[0] for p in (tmp_path / "pictures").rglob("*") if p.is_file()}
    assert left == {other.sha256}
    for ask in (store.pixels, lambda p: store.preview(p, 20), lambda p: store.original(p.sha256)):
        with pytest.raises(BadValue, match="no_such_picture"):
            ask(picture)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "a" * 63, "A" * 64, "*" * 64])
def test_a_key_that_is_no_hash_reaches_no_file(store: PictureStore, key: str) -> None:
    with pytest.raises(BadValue, match="no_such_picture"):
        store.original(key)
    store.remove(key)


def test_no_room_is_a_sentence(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, Limits(free_bytes=2**62))
    with pytest.raises(NoRoom) as caught:
        store.admit(photo(), "me.jpg")
    assert caught.value.sentence_key == "disk_full"
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_kill_while_writing_leaves_no_half_picture(tmp_path: Path) -> None:
    (tmp_path / "me.jpg").write_bytes(photo())
    code = (
        "import os, sys; from pathlib import Path\n"
        "from tools.files import disk; from tools.pictures import PictureStore; from tools.settings import Limits\n"
        "disk.os.fsync = lambda handle: os.kill(os.getpid(), 9)\n"
        "folder = Path(sys.argv[1])\n"
        "PictureStore(folder / 'pictures', Limits()).admit((folder / 'me.jpg').read_bytes(), 'me.jpg')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert not list((tmp_path / "pictures").glob("[0-9a-f]*"))
    store = PictureStore(tmp_path / "pictures", Limits())
    assert store.original(store.admit(photo(), "me.jpg").sha256).read_bytes() == photo()


def test_an_original_without_facts_is_admitted_anew(store: PictureStore, tmp_path: Path) -> None:
    picture = store.admit(photo(), "me.jpg")
    (tmp_path / "pictures" / f"{picture.sha256}.json").unlink()
    with pytest.raises(BadValue):
        store.picture(picture.sha256)
    assert store.admit(photo(), "me.jpg") == picture == store.picture(picture.sha256)


def test_old_halves_are_swept_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "previews").mkdir()
    old, young = tmp_path / "previews" / ".part-old", tmp_path / ".part-young"
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
    PictureStore(tmp_path, Limits())
    assert not old.exists() and young.exists()


def test_a_picture_is_a_value_that_does_not_change() -> None:
    picture = Picture("0" * 64, "a.jpg", 1, 2, "JPEG", 8, False, 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        picture.name = "b"  # type: ignore[misc]
