"""The engine, with the real layers and random weights: what is tested here doesn't need a trained network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.engine import DeviceError, Engine, batches, shape_of_part, working_shape
from models.network import MattingNetwork, NetworkOutput
from models.runner import Prediction, Runner, fold_norms
from models.weights import WeightsError, save_weights

Bytes = NDArray[np.uint8]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(7)
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    save_weights(MattingNetwork(), path, {"step": "0"})
    return path


@pytest.fixture(scope="module")
def engine(weights: Path) -> Engine:
    return Engine(device="cpu", weights=weights, working_size=128)


class OutOfMemory(Runner):
    """The real network, which pretends that a GPU has no room for batches larger than ``room`` pixels."""

    def __init__(self, room: int) -> None:
        super().__init__(MattingNetwork(), CPU)
        self.room, self.asked = room, list[tuple[int, ...]]()

    def _run(self, pictures: Bytes, look: Callable[[torch.Tensor], NetworkOutput]) -> list[Prediction]:
        self.asked.append(pictures.shape[:3])
        if pictures.size // 3 > self.room:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return super()._run(pictures, look)


def noise(height: int, width: int, seed: int = 0) -> Bytes:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(1, 1), (10, 3000), (3000, 10), (2, 700), (33, 31), (128, 128), (129, 641)])
def test_a_picture_of_any_size_gets_an_alpha_of_its_size(engine: Engine, shape: tuple[int, int]) -> None:
    matte = engine.matte(noise(*shape))
    assert matte.alpha.shape == shape and matte.alpha.dtype == np.uint8
    assert matte.doubt.shape == working_shape(shape, 96) and matte.doubt.dtype == np.uint8
    assert 0 <= matte.coverage <= 1 and matte.seconds > 0 and not matte.notes


def test_a_grey_picture_with_three_equal_channels_works(engine: Engine) -> None:
    grey = np.repeat(noise(90, 60)[..., :1], 3, axis=2)
    assert engine.matte(grey).alpha.shape == (90, 60)


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)],
)
def test_what_is_no_picture_is_refused(engine: Engine, wrong: Bytes) -> None:
    with pytest.raises(ValueError, match="expected a picture"):
        engine.matte(wrong)


def test_the_same_picture_gives_the_same_bytes(engine: Engine, weights: Path, photo: Bytes) -> None:
    first, again = engine.matte(photo), engine.matte(photo.copy())
    other = Engine(device="cpu", weights=weights, working_size=128).matte(photo)
    for matte in (again, other):
        assert matte.alpha.tobytes() == first.alpha.tobytes() and matte.doubt.tobytes() == first.doubt.tobytes()
        assert (matte.subject, matte.doubts) == (first.subject, first.doubts)


def test_a_picture_is_left_alone(engine: Engine, photo: Bytes) -> None:
    before = photo.copy()
    engine.matte(photo)
    assert np.array_equal(photo, before)


def test_several_pictures_come_back_in_their_order(engine: Engine, photo: Bytes) -> None:
    pictures = [photo, noise(40, 90), photo[:, ::-1].copy(), noise(90, 40), photo[:64]]
    before = engine.calls
    mattes = engine.mattes(pictures)
    assert engine.calls == before + len(pictures)
    assert [m.alpha.tobytes() for m in mattes] == [engine.matte(p).alpha.tobytes() for p in pictures]
    assert engine.mattes([]) == []


def test_pictures_of_one_shape_form_batches() -> None:
    assert list(batches([(64, 96)] * 9 + [(96, 64)], most=8)) == [[0, 1, 2, 3, 4, 5, 6, 7], [8], [9]]
    assert list(batches([(64, 96), (96, 64), (64, 96)], most=8)) == [[0, 2], [1]]


def test_threads_share_one_engine(engine: Engine) -> None:
    pictures = [noise(70, 90, seed) for seed in range(6)]
    expected = [engine.matte(picture).alpha for picture in pictures]
    before, found = engine.calls, [np.empty(0, np.uint8)] * 6

    def work(place: int) -> None:
        found[place] = engine.matte(pictures[place]).alpha

    threads = [threading.Thread(target=work, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.calls == before + 6
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_out_of_gpu_memory_a_batch_goes_on_one_by_one_and_smaller(weights: Path) -> None:
    engine = Engine(device="cpu", weights=weights, working_size=256)
    engine._runner = runner = OutOfMemory(room=160 * 160)
    (matte,) = engine.mattes([noise(300, 300)])
    assert runner.asked == [(1, 192, 192), (1, 128, 128), (1, 160, 160)]
    assert matte.notes == ("gpu_memory_smaller",) and matte.alpha.shape == (300, 300)
    assert engine.calls == 1


def test_without_any_gpu_memory_the_processor_takes_over_and_says_so(weights: Path) -> None:
    engine = Engine(device="cpu", weights=weights, working_size=128)
    expected = engine.matte(noise(100, 80)).alpha
    engine._runner = runner = OutOfMemory(room=0)
    matte = engine.matte(noise(100, 80))
    assert [shape[0] for shape in runner.asked] == [1, 1]
    assert matte.notes == ("gpu_memory_cpu",)
    assert np.array_equal(matte.alpha, expected)


def test_a_gpu_that_is_absent_is_an_error_never_the_processor(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for name in ("cuda", "cuda:1"):
        with pytest.raises(DeviceError, match=name):
            Engine(device=name, weights=weights)
    assert Engine(device="auto", weights=weights).info.device == "cpu"


@pytest.mark.parametrize("name", ["gpu", "", "cuda:x", "CPU"])
def test_an_unknown_device_is_named(weights: Path, name: str) -> None:
    with pytest.raises(ValueError, match="the device can be"):
        Engine(device=name, weights=weights)


def test_a_missing_weights_file_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.safetensors"):
        Engine(device="cpu", weights=tmp_path / "none.safetensors")


def test_the_version_follows_weights_and_working_size(weights: Path, tmp_path: Path) -> None:
    torch.manual_seed(8)
    save_weights(MattingNetwork(), tmp_path / "other.safetensors", {})
    versions = {
        Engine(device="cpu", weights=weights).info.version,
        Engine(device="cpu", weights=weights, working_size=640).info.version,
        Engine(device="cpu", weights=tmp_path / "other.safetensors").info.version,
    }
    assert len(versions) == 3
    assert Engine(device="cpu", weights=weights).info.version in versions


def test_the_precision_is_what_the_processor_computes_in_hardware(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for abilities, precision in (({"avx512_bf16": True}, "bfloat16"), ({"avx2": True}, "float32"), ({}, "float32")):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda abilities=abilities: abilities)
        assert Engine(device="cpu", weights=weights).info.precision == precision


def test_folding_batch_norms_changes_no_number_by_much() -> None:
    torch.manual_seed(1)
    network = MattingNetwork().eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.8, 1.2)
    batch = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        before = network(batch)
        after = fold_norms(network)(batch)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
    assert (before.alpha - after.alpha).abs().max() < 1e-3
    assert (before.subject - after.subject).abs().max() < 1e-3 * before.subject.abs().max().clamp(min=1)


@settings(max_examples=200)
@given(st.integers(1, 30_000), st.integers(1, 30_000), st.sampled_from([128, 512, 640]))
def test_the_network_sees_a_bounded_picture_of_the_same_aspect(height: int, width: int, size: int) -> None:
    shape = working_shape((height, width), size)
    assert max(shape) == size and min(shape) >= 32
    assert all(side % 32 == 0 for side in shape)
    assert abs(shape[0] - height * size / max(height, width)) <= 32


def test_a_narrow_part_is_seen_longer_than_a_square_one_but_not_without_end() -> None:
    assert shape_of_part((900, 900), 512) == (512, 512)
    assert shape_of_part((3000, 1500), 512) == (608, 320)
    assert shape_of_part((400, 4000), 512) == (64, 608)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_says_its_name_and_agrees_with_the_processor(weights: Path, photo: Bytes) -> None:
    on_gpu, on_cpu = Engine(device="cuda", weights=weights), Engine(device="cpu", weights=weights)
    assert on_gpu.info.device.startswith("cuda:0 ")
    difference = on_gpu.matte(photo).alpha.astype(int) - on_cpu.matte(photo).alpha
    assert np.abs(difference).mean() < 3
