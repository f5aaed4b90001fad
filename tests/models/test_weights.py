"""Weights files: the same network comes back, and every other file is refused with a reason."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.encoder import LITE2
from models.network import NETWORK_VERSION, MattingNetwork
from models.weights import WeightsError, load_weights, save_weights


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[MattingNetwork, Path]:
    torch.manual_seed(0)
    network = MattingNetwork().eval()
    path = tmp_path_factory.mktemp("weights") / "w.safetensors"
    save_weights(network, path, {"step": "12", "origin": "nowhere"})
    return network, path


def test_the_same_network_comes_back_up_to_half_precision(saved: tuple[MattingNetwork, Path]) -> None:
    network, path = saved
    loaded, _ = load_weights(path)
    picture = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        difference = (network(picture).alpha - loaded(picture).alpha).abs().max()
    assert float(difference) < 0.01
    assert not loaded.training


def test_facts_tell_step_origin_network_and_a_hash_of_the_file(saved: tuple[MattingNetwork, Path]) -> None:
    _, path = saved
    _, facts = load_weights(path)
    assert facts["step"] == "12" and facts["origin"] == "nowhere" and facts["network"] == NETWORK_VERSION
    assert facts["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_file_is_small_enough_to_ship(saved: tuple[MattingNetwork, Path]) -> None:
    assert saved[1].stat().st_size < 25_000_000


def test_nothing_is_left_beside_the_file(saved: tuple[MattingNetwork, Path]) -> None:
    assert [each.name for each in saved[1].parent.iterdir()] == ["w.safetensors"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no weights file"):
        load_weights(tmp_path / "gone.safetensors")


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"\xff" * 64])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="no readable safetensors"):
        load_weights(path)


def test_a_cut_off_file_is_refused(saved: tuple[MattingNetwork, Path], tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    path.write_bytes(saved[1].read_bytes()[:100_000])
    with pytest.raises(WeightsError, match="no readable safetensors"):
        load_weights(path)


def test_weights_of_another_network_are_refused(saved: tuple[MattingNetwork, Path], tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file(load_file(saved[1]), path, metadata={"network": "somebody-else-3"})
    with pytest.raises(WeightsError, match="somebody-else-3"):
        load_weights(path)


def test_a_file_says_which_encoder_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "two.safetensors"
    save_weights(MattingNetwork(LITE2), path, {})
    network, facts = load_weights(path)
    assert network.backbone == LITE2 and facts["encoder"] == "lite2"


def test_an_encoder_that_is_not_known_is_named(saved: tuple[MattingNetwork, Path], tmp_path: Path) -> None:
    path = tmp_path / "nine.safetensors"
    save_file(load_file(saved[1]), path, metadata={"network": NETWORK_VERSION, "encoder": "lite9"})
    with pytest.raises(WeightsError, match="'lite9'"):
        load_weights(path)


def test_a_missing_or_surplus_tensor_is_named(saved: tuple[MattingNetwork, Path], tmp_path: Path) -> None:
    tensors = load_file(saved[1])
    tensors["surplus"] = tensors.pop("head.out.bias")
    path = tmp_path / "odd.safetensors"
    save_file(tensors, path, metadata={"network": NETWORK_VERSION})
    with pytest.raises(WeightsError, match=r"head\.out\.bias, surplus"):
        load_weights(path)


def test_a_tensor_of_another_shape_is_refused(saved: tuple[MattingNetwork, Path], tmp_path: Path) -> None:
    tensors = load_file(saved[1])
    tensors["head.out.bias"] = torch.zeros(3, dtype=torch.float16)
    path = tmp_path / "shape.safetensors"
    save_file(tensors, path, metadata={"network": NETWORK_VERSION})
    with pytest.raises(WeightsError, match="other shapes"):
        load_weights(path)


def test_values_that_are_not_finite_are_never_written(tmp_path: Path) -> None:
    network = MattingNetwork()
    with torch.no_grad():
        network.head.out.bias[0] = float("nan")  # type: ignore[index]
    with pytest.raises(WeightsError, match=r"head\.out\.bias"):
        save_weights(network, tmp_path / "nan.safetensors", {})
    assert not list(tmp_path.iterdir())
