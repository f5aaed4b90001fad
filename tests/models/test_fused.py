"""Convolutions that apply their activation themselves."""

from __future__ import annotations

import copy

import pytest
import torch

from models.fused import FusedConv, can_fuse, fuse
from models.network import ConvNorm, MattingNetwork
from models.runner import fold_norms

CPU = torch.device("cpu")
needs_fusing = pytest.mark.skipif(not can_fuse(CPU), reason="this processor or PyTorch has no joined operation")


@needs_fusing
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_the_joined_network_says_the_same(kind: torch.dtype) -> None:
    torch.manual_seed(3)
    plain = fold_norms(MattingNetwork().eval()).in_precision(kind)
    joined = copy.deepcopy(plain)
    fuse(joined)
    picture = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        expected, found = plain(picture), joined(picture)
    tolerance = 1e-5 if kind == torch.float32 else 0.02
    torch.testing.assert_close(found.alpha, expected.alpha, atol=tolerance, rtol=0)
    torch.testing.assert_close(found.subject, expected.subject, atol=10 * tolerance, rtol=0)


@needs_fusing
def test_no_activation_is_left_to_a_layer_of_its_own() -> None:
    network = fold_norms(MattingNetwork().eval())
    fuse(network)
    kinds = {type(module) for module in network.modules()}
    assert FusedConv in kinds and not kinds & {torch.nn.ReLU, torch.nn.ReLU6, ConvNorm}


def test_an_activation_without_a_joined_form_is_refused() -> None:
    with pytest.raises(ValueError, match="GELU"):
        FusedConv(torch.nn.Conv2d(1, 1, 1), torch.nn.GELU())


def test_a_gpu_keeps_the_plain_layers() -> None:
    assert not can_fuse(torch.device("cuda", 0))
