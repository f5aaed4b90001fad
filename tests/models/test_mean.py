"""The mean of weights files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.mean import main, mean_of
from models.network import MattingNetwork
from models.weights import load_weights, save_weights


def weights(folder: Path, name: str, value: float) -> Path:
    network = MattingNetwork()
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point():
                tensor.fill_(value)
    save_weights(network, folder / name, {"step": name})
    return folder / name


def test_every_file_counts_as_often_as_told(tmp_path: Path) -> None:
    one, two = weights(tmp_path, "one.safetensors", 1.0), weights(tmp_path, "two.safetensors", 2.0)
    main([str(tmp_path / "mean.safetensors"), f"{one}:3", str(two)])
    network, facts = load_weights(tmp_path / "mean.safetensors")
    assert all(torch.allclose(v, torch.tensor(1.25)) for v in network.state_dict().values() if v.is_floating_point())
    assert facts["step"] == "one.safetensors" and "two 1" in facts["mean"]


def test_the_mean_of_one_file_is_that_file(tmp_path: Path) -> None:
    path = weights(tmp_path, "one.safetensors", 0.5)
    network, _ = mean_of([(path, 1.0)])
    expected = load_weights(path)[0].state_dict()
    assert all(torch.equal(v, expected[k]) for k, v in network.state_dict().items())


def test_what_can_t_be_used_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no weights file"):
        main([str(tmp_path / "mean.safetensors"), str(tmp_path / "none.safetensors")])
    with pytest.raises(ValueError, match="more than zero"):
        mean_of([])
