"""Training, one command: `python -m models.train --data ../shared/data --minutes 60`.

Resumes by itself from its checkpoint, writes a log (JSON lines) and its curve, and exports averaged weights.
docs/training.md says what the data folder holds and what was tried.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.encoder import BACKBONES, LITE0
from models.network import MattingNetwork, NetworkOutput
from models.training.cache import MADE_HERE, TRAINING_PACKS, Cache, open_cache
from models.training.curve import draw
from models.training.data import Batch, Mix, loader
from models.training.losses import Truth, total_loss
from models.training.origin import load_encoder, origin
from models.training.trust import WEIGHT_ONE
from models.training.validation import validate
from models.weights import DEFAULT_WEIGHTS, load_weights, save_weights

ENCODER_PACE = 0.25
"""The encoder has learned already: its steps are shorter than the decoder's."""


@dataclass
class Options:
    """What the command line says; `python -m models.train --help` explains each."""

    data: Path
    taught: Path | None
    cache: Path
    run: Path
    minutes: float
    size: int
    batch: int
    rate: float
    seed: int
    device: str
    threads: int
    workers: int
    start: Path | None
    encoder: Path | None
    overfit: int
    average: float
    save_minutes: float
    check_minutes: float
    export: Path
    steps: int


def parsed(arguments: list[str] | None = None) -> Options:
    """The options of a command line (sys.argv where none is given)."""
    parser = argparse.ArgumentParser(prog="python -m models.train", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of packs (docs/training.md)")
    parser.add_argument("--taught", type=Path, help="folder of what models.teach and models.review made, to learn from")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"), help="where decoded pictures are kept")
    parser.add_argument("--run", type=Path, default=Path("runs/first"), help="log, curve and checkpoint of this run")
    parser.add_argument("--minutes", type=float, default=60.0, help="time that the learning rate's curve spans")
    parser.add_argument("--steps", type=int, default=0, help="span this many steps instead (repeatable to the bit)")
    parser.add_argument("--size", type=int, default=320, help="training pictures have about this many pixels squared")
    parser.add_argument("--batch", type=int, default=12, help="pictures a step")
    parser.add_argument("--rate", type=float, default=1.5e-3, help="highest learning rate of the decoder")
    parser.add_argument("--seed", type=int, default=1, help="of weights and pictures")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of the network on a CPU")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw pictures; 0: this one")
    parser.add_argument("--start", type=Path, help="weights or checkpoint to start from, with a fresh schedule")
    parser.add_argument("--encoder", type=Path, help="state_dict of an EfficientNet-Lite (models/training/origin.py)")
    parser.add_argument("--overfit", type=int, default=0, help="train on only this many pictures, as a proof")
    parser.add_argument("--average", type=float, default=0.998, help="decay of the averaged weights a step")
    parser.add_argument("--save-minutes", type=float, default=3.0)
    parser.add_argument("--check-minutes", type=float, default=10.0, help="time between validations")
    parser.add_argument("--export", type=Path, default=DEFAULT_WEIGHTS, help="where averaged weights go at the end")
    return Options(**vars(parser.parse_args(arguments)))


def learning_rate(progress: float, highest: float) -> float:
    """One cycle: linear warm-up over the first 4 %, then a cosine down to 1 % of the highest."""
    if progress < 0.04:
        return highest * (0.05 + 0.95 * progress / 0.04)
    share = min((progress - 0.04) / 0.96, 1.0)
    return highest * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * share)))


def freeze(network: MattingNetwork) -> None:
    """Holds what a small training can only spoil: the encoder's first layers and the statistics of its batch norms."""
    for part in (network.encoder.stem, *network.encoder.stages[:2]):
        part.requires_grad_(False)
    for module in network.encoder.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def optimizer_for(network: MattingNetwork) -> torch.optim.AdamW:
    """AdamW; no decay on biases and norms; the encoder at ENCODER_PACE."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            pace = ENCODER_PACE if name.startswith("encoder.") else 1.0
            groups.setdefault((pace, 0.02 if parameter.ndim > 1 else 0.0), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": each, "weight_decay": decay, "pace": pace} for (pace, decay), each in groups.items()],
        betas=(0.9, 0.99),
    )


def on_device(batch: Batch, device: torch.device) -> tuple[Tensor, Truth]:
    """Uint8 as drawn to what network and losses take: rgb (B, 3, H, W) in 0..1, channels last, and the truth."""
    rgb = batch.rgb.to(device, non_blocking=True).permute(0, 3, 1, 2).float().div_(255.0)
    alpha = batch.alpha.to(device, non_blocking=True)[:, None].float().div_(255.0)
    weight = batch.weight.to(device, non_blocking=True)[:, None].float().div_(WEIGHT_ONE)
    return rgb.contiguous(memory_format=torch.channels_last), Truth(alpha, weight, batch.subject.to(device))


class Clock:
    """Seconds of learning, of which the schedule makes its curve.

    A process that was held or a laptop that slept has not learned meanwhile: no step counts as more than LONGEST times
    the mean of those before it.
    """

    LONGEST = 5.0

    def __init__(self) -> None:
        self._mean = 0.0

    def counted(self, took: float) -> float:
        """What a step that took so many seconds counts as, in seconds."""
        took = min(took, self.LONGEST * self._mean) if self._mean else took
        self._mean = 0.9 * self._mean + 0.1 * took if self._mean else took
        return took


class Training:
    """Everything that a checkpoint holds: network, its average, optimizer, step, seconds trained."""

    def __init__(self, options: Options, network: MattingNetwork) -> None:
        self.options, self.device = options, torch.device(options.device)
        self.network = network.to(self.device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        freeze(self.network)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.optimizer = optimizer_for(self.network)
        self.step, self.seconds = 0, 0.0
        self.kind = torch.bfloat16 if self.device.type == "cuda" or fast_half_precision() else torch.float32

    @property
    def progress(self) -> float:
        """0 at the start, 1 at the end of the schedule."""
        if self.options.steps:
            return self.step / self.options.steps
        return self.seconds / (self.options.minutes * 60.0)

    def forward(self, rgb: Tensor) -> NetworkOutput:
        with torch.autocast(self.device.type, self.kind, enabled=self.kind != torch.float32):
            return self.network(rgb)  # type: ignore[no-any-return]

    def learn(self, batch: Batch) -> dict[str, float]:
        """One step; returns the parts of the loss. Raises ValueError where alpha or the loss is not finite."""
        rgb, truth = on_device(batch, self.device)
        rate = learning_rate(self.progress, self.options.rate)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["pace"]
        output = self.forward(rgb)
        if not bool(torch.isfinite(output.alpha).all()):
            raise ValueError(f"alpha is not finite at step {self.step}")
        loss, parts = total_loss(output, truth)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise ValueError(f"the loss is {value} at step {self.step}: {parts}")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        self._average()
        return {"loss": value, "rate": rate, **parts}

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(self.options.average, (1.0 + self.step) / (10.0 + self.step))
        state = self.network.state_dict()
        for name, mean in self.average.state_dict().items():
            if mean.dtype.is_floating_point:
                mean.lerp_(state[name], 1.0 - decay)
            else:
                mean.copy_(state[name])

    def save(self, path: Path) -> None:
        """Writes the checkpoint atomically."""
        content = {
            "encoder": self.network.backbone.name,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "torch_random": torch.get_rng_state(),
        }
        partial = path.with_suffix(".part")
        torch.save(content, partial)
        os.replace(partial, path)

    def load(self, path: Path) -> None:
        """Goes on where a checkpoint stopped. Read with weights_only: a checkpoint can't run code."""
        content: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        self.network.load_state_dict(content["network"])
        self.average.load_state_dict(content["average"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.step, self.seconds = int(content["step"]), float(content["seconds"])
        torch.set_rng_state(content["torch_random"].cpu())

    def export(self, path: Path, facts: dict[str, str]) -> None:
        """The averaged weights as the product reads them."""
        base = {"step": str(self.step), "seconds": str(round(self.seconds)), "origin": origin(self.network.backbone)}
        save_weights(self.average, path, {**base, **facts})


def fast_half_precision() -> bool:
    """Whether this CPU multiplies bfloat16 natively; without it bfloat16 is slower than float32."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def starting_network(options: Options) -> MattingNetwork:
    """Weights of an earlier run (its average), or new ones around the ImageNet encoder where that is given.

    With both, the encoder is the new one, and of the earlier run is kept what fits: most of the decoder.
    """
    earlier = earlier_network(options.start) if options.start else None
    if not options.encoder:
        return earlier or MattingNetwork()
    encoder = load_encoder(options.encoder)
    network = MattingNetwork(encoder.backbone)
    if earlier:
        take_decoder(network, earlier)
    network.encoder.load_state_dict(encoder.state_dict())
    return network


def earlier_network(start: Path) -> MattingNetwork:
    """The averaged weights of a weights file or a checkpoint."""
    if start.suffix == ".safetensors":
        return load_weights(start)[0]
    content = torch.load(start, map_location="cpu", weights_only=True)
    network = MattingNetwork(BACKBONES[content.get("encoder", LITE0.name)])
    network.load_state_dict(content["average"])
    return network


def take_decoder(network: MattingNetwork, earlier: MattingNetwork) -> None:
    """Copies what is not the encoder's, where shapes agree; the rest of the network stays as it is."""
    own = network.state_dict()
    kept = {
        name: value
        for name, value in earlier.state_dict().items()
        if not name.startswith("encoder.") and own[name].shape == value.shape
    }
    network.load_state_dict(kept, strict=False)


def write_line(log: Path, facts: dict[str, Any]) -> None:
    """Appends one JSON line to the log."""
    with open(log, "a", encoding="utf-8") as file:
        file.write(json.dumps({key: _rounded(value) for key, value in facts.items()}, allow_nan=False) + "\n")


def _rounded(value: Any) -> Any:
    """JSON knows no nan (the edge error of pictures without edge): null stands for it."""
    if not isinstance(value, float):
        return value
    return round(value, 6) if math.isfinite(value) else None


def _checked(training: Training, cache: Cache, log: Path) -> None:
    started = time.monotonic()
    measures = validate(training.average, cache, training.options.size, training.device, training.kind)
    took = round(time.monotonic() - started, 1)
    write_line(
        log, {"kind": "check", "step": training.step, "minutes": training.seconds / 60, "took": took, **measures}
    )
    draw(log, log.with_name("curve.svg"))


def train(options: Options) -> Training:
    """Trains until the schedule ends; safe to kill and call again at any time."""
    torch.set_num_threads(options.threads)
    for seed in (torch.manual_seed, np.random.seed, random.seed):
        seed(options.seed)
    options.run.mkdir(parents=True, exist_ok=True)
    cache = open_cache(options.data, options.cache)
    seen = {entry.pack for entry in cache.entries}
    if options.taught:
        seen |= {entry.pack for entry in open_cache(options.taught, options.cache, MADE_HERE).entries}
    training, checkpoint = Training(options, starting_network(options)), options.run / "checkpoint.pt"
    if checkpoint.is_file():
        training.load(checkpoint)
    packs = tuple(pack for pack in TRAINING_PACKS if pack in seen)  # not one that an earlier run left in the cache
    # Another seed after a resume, or the first pictures would be seen twice and the last never.
    mix = Mix(options.cache, packs, options.size, options.batch, options.seed + 7919 * training.step, options.overfit)
    run_steps(training, mix, cache)
    training.save(checkpoint)
    _checked(training, cache, options.run / "log.jsonl")
    training.export(options.export, {"size": str(options.size)})
    return training


def run_steps(training: Training, mix: Mix, cache: Cache) -> None:
    """The loop itself: learn, and save, check and export now and then. The clock stands still for all but learning."""
    options, log = training.options, training.options.run / "log.jsonl"
    saved = checked = training.seconds
    sums: dict[str, float] = {}
    waited, before, seen, clock = 0.0, time.monotonic(), 0, Clock()
    for batch in loader(mix, options.workers):
        if training.progress >= 1.0:
            return
        ready = time.monotonic()
        waited += ready - before
        for name, value in training.learn(batch).items():
            sums[name] = sums.get(name, 0.0) + value
        seen += 1
        training.seconds += clock.counted(time.monotonic() - before)
        if seen == 25:
            means = {name: value / seen for name, value in sums.items()}
            line = {"kind": "step", "step": training.step, "minutes": training.seconds / 60, "waited": waited}
            write_line(log, {**line, "clock": time.strftime("%H:%M:%S"), **means})
            sums, waited, seen = {}, 0.0, 0
        if training.seconds - saved > options.save_minutes * 60:
            training.save(options.run / "checkpoint.pt")
            saved = training.seconds
        if training.seconds - checked > options.check_minutes * 60:
            _checked(training, cache, log)
            training.export(options.run / "average.safetensors", {"size": str(options.size)})
            checked = training.seconds
        before = time.monotonic()


if __name__ == "__main__":
    train(parsed())
