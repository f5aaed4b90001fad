"""Weights files: safetensors in half precision with strict names, and what a file says about itself.

Nothing here unpickles: a safetensors file holds numbers and a table, no code.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from models.encoder import BACKBONES, LITE0
from models.network import NETWORK_VERSION, MattingNetwork

DEFAULT_WEIGHTS = Path(__file__).parent / "weights" / "koutu.safetensors"
"""The weights that come with the product."""


class WeightsError(Exception):
    """A weights file that is missing, broken, or made for another network."""


def _floating_in_half(state: dict[str, Tensor]) -> dict[str, Tensor]:
    halved = {}
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        if not torch.isfinite(tensor).all():
            raise WeightsError(f"{name} holds values that are not finite")
        halved[name] = tensor.detach().cpu().to(torch.float16).contiguous()
    return halved


def save_weights(network: MattingNetwork, path: Path, facts: dict[str, str]) -> None:
    """Writes the network's state in float16, atomically. facts: step, origin and the like, kept in the file's header.

    Raises WeightsError where a value is not finite, OSError where the disk refuses.
    """
    header = {**facts, "network": NETWORK_VERSION, "encoder": network.backbone.name}
    content = to_bytes(_floating_in_half(network.state_dict()), metadata=header)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    with open(partial, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            header = dict(file.metadata() or {})
            return {name: file.get_tensor(name) for name in file.keys()}, header  # noqa: SIM118 - not a mapping
    except FileNotFoundError as error:
        raise WeightsError(f"no weights file at {path}") from error
    except (SafetensorError, OSError, json.JSONDecodeError) as error:
        raise WeightsError(f"{path.name} is no readable safetensors file: {error}") from error


def load_weights(path: Path = DEFAULT_WEIGHTS) -> tuple[MattingNetwork, dict[str, str]]:
    """The network in evaluation mode, float32, on the CPU, and the facts of its file.

    The facts hold "network" (the version of the layers), "encoder", what training wrote ("step", "origin", ...), and
    "sha256" of
    the file's bytes, which serves as a cache key. Raises WeightsError for a missing, broken or foreign file.
    """
    state, facts = _read(path)
    version = facts.get("network", "none")
    if version != NETWORK_VERSION:
        raise WeightsError(f"{path.name} is for network {version!r}, this program has {NETWORK_VERSION!r}")
    encoder = facts.get("encoder", LITE0.name)  # the first files don't say it
    if encoder not in BACKBONES:
        raise WeightsError(f"{path.name} has the encoder {encoder!r}, which this program doesn't know")
    network = MattingNetwork(BACKBONES[encoder])
    expected = {name for name in network.state_dict() if not name.endswith("num_batches_tracked")}
    if set(state) != expected:
        odd = sorted(set(state) ^ expected)
        raise WeightsError(f"{path.name} has other tensors than the network: {', '.join(odd[:5])}")
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in state.items()}, strict=False)
    except RuntimeError as error:
        raise WeightsError(f"{path.name} has tensors of other shapes: {error}") from error
    facts["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return network.eval(), facts
