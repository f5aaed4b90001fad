"""The network keeps its contract: shapes, ranges, side outputs, and gradients that are the true ones."""

from __future__ import annotations

import pytest
import torch

from models.depthwise import DepthwiseConv2d
from models.encoder import LITE0, LITE2
from models.network import SUBJECTS, MattingNetwork


@pytest.fixture(scope="module", params=[LITE0, LITE2], ids=["lite0", "lite2"])
def network(request: pytest.FixtureRequest) -> MattingNetwork:
    torch.manual_seed(0)
    return MattingNetwork(request.param).eval()


def test_outputs_have_the_pictures_size_and_lie_between_0_and_1(network: MattingNetwork) -> None:
    with torch.inference_mode():
        output = network(torch.rand(2, 3, 64, 96))
    assert output.alpha.shape == output.doubt.shape == (2, 1, 64, 96)
    for each in (output.alpha, output.doubt):
        assert each.dtype == torch.float32 and float(each.min()) >= 0 and float(each.max()) <= 1
    assert output.subject.shape == (2, len(SUBJECTS))
    assert output.sides == ()


def test_side_outputs_come_at_four_sizes_while_training(network: MattingNetwork) -> None:
    sides = network.train()(torch.rand(2, 3, 64, 96)).sides
    network.eval()
    assert [tuple(side.shape) for side in sides] == [(2, 1, 4, 6), (2, 1, 8, 12), (2, 1, 16, 24), (2, 1, 32, 48)]


def test_a_glance_tells_what_the_decoder_knows_at_a_quarter_of_the_size(network: MattingNetwork) -> None:
    seen: list[torch.Tensor] = []
    hook = network.rises[2].register_forward_hook(lambda _, __, output: seen.append(output))
    picture = torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        whole = network(picture)
        glance = network.glance(picture)
    hook.remove()
    assert glance.region.shape == (2, 1, 16, 24) and glance.region.dtype == torch.float32
    assert torch.allclose(glance.region, network.side_heads[2](seen[0]), atol=1e-5)
    assert torch.allclose(glance.subject, whole.subject, atol=1e-5)


@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 4, 64, 64), (1, 3, 64, 65), (1, 3, 33, 64)])
def test_other_shapes_are_refused(network: MattingNetwork, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="multiples of 32"):
        network(torch.rand(shape))


def test_each_picture_of_a_batch_is_judged_alone(network: MattingNetwork) -> None:
    pictures = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        together, alone = network(pictures).alpha[1:], network(pictures[1:]).alpha
    assert torch.allclose(together, alone, atol=1e-4)


def test_blocks_are_left_out_only_while_training() -> None:
    torch.manual_seed(0)
    block = MattingNetwork().encoder.stages[5][3]
    x = torch.rand(64, 192, 2, 2)
    with torch.no_grad():
        block.eval()
        assert torch.equal(block(x), block(x))
        block.train()
        alone = (block(x) == x).flatten(1).all(1)
    assert 0 < alone.float().mean() < 0.5


def test_every_part_learns() -> None:
    network = MattingNetwork().train()
    output = network(torch.rand(2, 3, 64, 64))
    total = output.alpha.mean() + output.doubt.mean() + output.subject.square().mean()
    (total + sum(side.mean() for side in output.sides)).backward()
    assert [name for name, each in network.named_parameters() if each.grad is None] == []


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_depthwise_gradients_are_those_of_the_plain_convolution(kernel: int, stride: int) -> None:
    torch.manual_seed(0)
    layer = DepthwiseConv2d(8, 8, kernel, stride, kernel // 2, groups=8, bias=False)
    x = torch.rand(2, 8, 12, 16).bfloat16().float().requires_grad_()
    layer.weight.data = layer.weight.data.bfloat16().float()
    wanted = torch.autograd.grad(layer(x).square().sum(), (x, layer.weight))
    with torch.autocast("cpu", torch.bfloat16):
        found = torch.autograd.grad(layer(x).float().square().sum(), (x, layer.weight))
    for ours, theirs in zip(found, wanted, strict=True):
        assert torch.allclose(ours, theirs, rtol=0.05, atol=0.05 * float(theirs.abs().max()))
