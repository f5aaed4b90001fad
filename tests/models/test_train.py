"""Training: the schedule, a few real steps, a run that is cut and goes on, and what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from models.encoder import LITE0, LITE2, Encoder
from models.network import MattingNetwork
from models.train import Clock, Options, Training, freeze, learning_rate, parsed, starting_network, train
from models.training.cache import Cache, open_cache
from models.training.curve import curve, lines_of
from models.training.data import Mix, loader, training_entries
from models.training.validation import held_out_pictures, working_shape
from models.weights import load_weights, save_weights

from .packs import write_pack
from .training.test_origin import published


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("packs")
    for number, pack in enumerate(("portraits", "backgrounds", "cutouts")):
        write_pack(data, pack, 24, number)
    return data


def options(folder: Path, *more: str) -> Options:
    fixed = ["--data", str(folder), "--cache", str(folder / "cache"), "--run", str(folder / "run"), "--device", "cpu"]
    size = [
        "--size",
        "64",
        "--batch",
        "2",
        "--workers",
        "0",
        "--threads",
        "2",
        "--export",
        str(folder / "out.safetensors"),
    ]
    return parsed([*fixed, *size, *more])


def test_the_rate_warms_up_peaks_and_falls_to_a_hundredth() -> None:
    rates = [learning_rate(step / 100, 1.0) for step in range(101)]
    assert rates[0] < 0.1
    assert max(rates) == pytest.approx(1.0) and rates.index(max(rates)) == 4
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] == pytest.approx(0.01)


def test_a_pause_is_not_time_spent_learning() -> None:
    clock = Clock()
    assert [clock.counted(took) for took in (2.0, 2.0, 600.0, 2.0)] == [2.0, 2.0, 10.0, 2.0]
    assert sum(clock.counted(4.0) for _ in range(50)) == 200  # slower steps are no pause


def test_first_layers_and_encoder_statistics_are_held() -> None:
    network = MattingNetwork().train()
    freeze(network)
    assert not any(each.requires_grad for each in network.encoder.stem.parameters())
    assert all(each.requires_grad for each in network.encoder.stages[6].parameters())
    before = network.encoder.stages[6][0].project.norm.running_mean.clone()  # type: ignore[index,union-attr,operator]
    network(torch.rand(2, 3, 64, 64))
    assert torch.equal(network.encoder.stages[6][0].project.norm.running_mean, before)  # type: ignore[index,union-attr]


def test_a_cut_run_goes_on_and_leaves_weights_log_and_curve(folder: Path) -> None:
    first = train(options(folder, "--steps", "2"))
    second = train(options(folder, "--steps", "5"))
    assert (first.step, second.step) == (2, 5)
    network, facts = load_weights(folder / "out.safetensors")
    assert facts["step"] == "5"
    ours = dict(network.named_parameters())
    for name, theirs in second.average.named_parameters():
        assert torch.allclose(ours[name], theirs, atol=2e-3), name
    checks = [line for line in lines_of(folder / "run" / "log.jsonl") if line["kind"] == "check"]
    assert [line["step"] for line in checks] == [2, 5]
    assert "polyline" in (folder / "run" / "curve.svg").read_text()


def test_a_checkpoint_brings_back_everything(folder: Path, tmp_path: Path) -> None:
    training = train(options(folder, "--steps", "1", "--run", str(tmp_path / "one")))
    other = Training(options(folder), MattingNetwork())
    other.load(tmp_path / "one" / "checkpoint.pt")
    assert other.step == 1
    for name, tensor in training.network.state_dict().items():
        assert torch.equal(other.network.state_dict()[name], tensor), name
    ours, theirs = (each.optimizer.state_dict()["state"] for each in (training, other))
    assert all(torch.equal(ours[key]["exp_avg"], theirs[key]["exp_avg"]) for key in ours)


def test_a_larger_encoder_can_take_the_place_of_the_old_one_before_the_same_decoder(
    folder: Path, tmp_path: Path
) -> None:
    old, new = MattingNetwork(LITE0), Encoder(LITE2)
    save_weights(old, tmp_path / "old.safetensors", {})
    torch.save(published(new), tmp_path / "new.pth")
    start = ["--start", str(tmp_path / "old.safetensors"), "--encoder", str(tmp_path / "new.pth")]
    network = starting_network(options(folder, *start))
    assert network.backbone == LITE2
    assert torch.equal(network.encoder.state_dict()["stem.conv.weight"], new.state_dict()["stem.conv.weight"])
    for name in ("rises.0.refine.conv.weight", "head.out.weight"):
        assert torch.allclose(network.state_dict()[name], old.state_dict()[name], atol=2e-3), name


def test_a_run_can_start_from_a_checkpoint_of_any_encoder(folder: Path, tmp_path: Path) -> None:
    training = Training(options(folder), MattingNetwork(LITE2))
    training.save(tmp_path / "checkpoint.pt")
    network = starting_network(options(folder, "--start", str(tmp_path / "checkpoint.pt")))
    assert all(torch.equal(network.state_dict()[name], value) for name, value in training.average.state_dict().items())


def test_two_runs_of_one_seed_are_the_same(folder: Path, tmp_path: Path) -> None:
    runs = [train(options(folder, "--steps", "2", "--run", str(tmp_path / name))) for name in "ab"]
    for name, tensor in runs[0].network.state_dict().items():
        assert torch.equal(runs[1].network.state_dict()[name], tensor), name


def test_training_makes_the_loss_smaller(folder: Path, tmp_path: Path) -> None:
    training = Training(options(folder, "--steps", "60", "--overfit", "4", "--rate", "2e-3"), MattingNetwork())
    cache: Cache = open_cache(folder, folder / "cache")
    batches = iter(loader(Mix(cache.folder, ("portraits",), 64, 4, seed=1, most=4), 0))
    losses = [training.learn(next(batches))["loss"] for _ in range(24)]
    assert sum(losses[-4:]) < 0.7 * sum(losses[:4])


def test_a_loss_that_is_not_finite_stops_the_run(folder: Path) -> None:
    network = MattingNetwork()
    with torch.no_grad():
        network.context.narrow.conv.weight.fill_(float("nan"))  # type: ignore[operator,union-attr]
    training = Training(options(folder), network)
    open_cache(folder, folder / "cache")
    batch = next(iter(loader(Mix(folder / "cache", ("portraits",), 64, 2, seed=1), 0)))
    with pytest.raises(ValueError, match="alpha is not finite at step 0"):
        training.learn(batch)


def test_the_log_is_json_without_nan_and_a_cut_line_is_left_out(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    good = {"kind": "step", "minutes": 1.0, "loss": 2.0}
    check = {"kind": "check", "minutes": 1.0, "heads.iou": 0.5}
    log.write_text(json.dumps(good) + "\n" + json.dumps(check) + '\n{"kind": "st')
    assert lines_of(log) == [good, check]
    assert "heads 0.500" in curve(lines_of(log))


def test_validation_sees_only_what_training_does_not(folder: Path) -> None:
    cache = open_cache(folder, folder / "cache")
    held = {(entry.source, entry.name) for _, entry, _ in held_out_pictures(cache)}
    assert held and not held & {(entry.source, entry.name) for entry in training_entries(cache)}


def test_working_shape_keeps_area_and_proportions() -> None:
    assert working_shape(100, 100, 320) == (320, 320)
    height, width = working_shape(400, 200, 320)
    assert height % 32 == width % 32 == 0
    assert height / width == pytest.approx(2, rel=0.15)
