"""How the network does on the held-out part of the packs while it trains: by source group, never on evaluation sets."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.measures import Measures, mean_measures, measure
from models.network import STRIDE, MattingNetwork
from models.training.augment import Pixels
from models.training.cache import Cache, Entry, held_out
from models.training.compose import compose, fitted_background, resized
from models.training.data import SHARES, group_of, subject_number
from models.training.losses import UNKNOWN_SUBJECT

MOST_A_GROUP = 40


def working_shape(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width of about size*size pixels, of the same proportions, in multiples of STRIDE."""
    scale = size / (height * width) ** 0.5
    return tuple(max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in (height, width))


def held_out_pictures(cache: Cache) -> list[tuple[str, Entry, Pixels]]:
    """(group, entry, uint8 (H, W, 4)) of the validation part; cut-outs on held-out backgrounds, always the same."""
    random = np.random.default_rng(7)
    entries = [entry for entry in cache.entries if held_out(entry.source, entry.name)]
    backgrounds = [entry for entry in entries if entry.kind == "background"]
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(group_of(entry), []).append(entry)
    pictures = []
    for name in sorted(set(groups) & set(SHARES)):
        for entry in groups[name][:MOST_A_GROUP]:
            pixels = cache.pixels(entry)
            if entry.kind == "cutout":
                pixels = _composite(cache, entry, backgrounds, random)
            pictures.append((name, entry, pixels))
    return pictures


def _composite(cache: Cache, entry: Entry, backgrounds: list[Entry], random: np.random.Generator) -> Pixels:
    if backgrounds:
        rgb = cache.pixels(backgrounds[int(random.integers(len(backgrounds)))])[..., :3]
        background = fitted_background(rgb, 480, 480, random)
    else:
        background = np.full((480, 480, 3), random.integers(0, 256, 3), np.uint8)
    scene = compose([cache.pixels(entry)], entry.subject in ("portrait", "person"), background, random)
    return np.dstack((scene.rgb, scene.alpha))


@torch.no_grad()
def predicted(
    network: MattingNetwork, rgb: Pixels, size: int, device: torch.device, kind: torch.dtype
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], Tensor]:
    """Alpha float32 (H, W) in 0..1 at the picture's size, and the subject logits."""
    height, width = working_shape(rgb.shape[0], rgb.shape[1], size)
    small = resized(np.ascontiguousarray(rgb), width, height)
    tensor = torch.from_numpy(small).to(device).permute(2, 0, 1)[None].float().div_(255.0)
    with torch.autocast(device.type, kind, enabled=kind != torch.float32):
        output = network(tensor.contiguous(memory_format=torch.channels_last))
    full = torch.nn.functional.interpolate(output.alpha, size=rgb.shape[:2], mode="bilinear", align_corners=False)
    return full[0, 0].cpu().numpy(), output.subject[0].cpu()


def validate(
    network: MattingNetwork, cache: Cache, size: int, device: torch.device, kind: torch.dtype
) -> dict[str, float]:
    """IoU, MAE and edge MAE by group ("heads.iou", ...), and the share of subjects named rightly ("subject")."""
    found: dict[str, list[Measures]] = {}
    right = named = 0
    for name, entry, pixels in held_out_pictures(cache):
        alpha, logits = predicted(network, pixels[..., :3], size, device, kind)
        found.setdefault(name, []).append(measure(alpha, pixels[..., 3].astype(np.float32) / 255.0))
        number = subject_number(entry.subject)
        if number != UNKNOWN_SUBJECT:
            named, right = named + 1, right + int(int(logits.argmax()) == number)
    table = {name: mean_measures(each) for name, each in found.items()}
    flat = {f"{name}.{key}": value for name, each in table.items() for key, value in each._asdict().items()}
    return {**flat, "subject": right / max(named, 1)}
