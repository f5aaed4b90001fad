"""Endless training batches from decoded packs: which picture, which part of it, what is known about its edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from models.network import STRIDE, SUBJECTS
from models.training.augment import Pixels, Random, as_photographed, hidden, turned
from models.training.cache import REDRAWN, REVIEWED, TAUGHT, VIEWS, Cache, Entry, held_out
from models.training.compose import (
    Scene,
    compose,
    cut_from_photo,
    fitted_background,
    matched,
    mean_colour,
    over,
    resized,
    studio,
)
from models.training.losses import UNKNOWN_SUBJECT
from models.training.paste import beside, stands_free
from models.training.trust import weights_for

# How often a kind of picture is drawn. Soft-hair heads are all men, so portraits and machine-made mattes balance them;
# machine-made mattes are the only ones that show things of every kind, so they get the most. Whole people in streets
# (ccp) are 881 photos whose regions were drawn by hand.
SHARES = {
    "teacher": 0.38,
    "views": 0.16,
    "taught": 0.04,
    "portraits": 0.17,
    "ccp": 0.1,
    "horses": 0.02,
    "grabcut": 0.015,
    "heads": 0.09,
    "things": 0.1,
    "bodies": 0.06,
    "empty": 0.05,
}
ALIASES = {"weizmann_horse": "horses", "grabcut_fcn": "grabcut", "ccp": "ccp", "flickr_portraits": "portraits"}


BACKDROPS = ("bg_bsd100", "bg_sunhays", "bg_urban100", "bg_wp", "_frontal")
"""What the names of backgrounds hold that show houses, churches, bridges or the like. Whoever asks for a cut-out there
means the building, so they are only ever behind something, never "nothing to cut out"."""

SWAPPED = 0.4
"""Share of photos with a machine-made matte that are shown before another background: the subject stays where the
photographer put it, but nothing around it tells any more that it is the subject."""


TURNED, HIDDEN = 0.35, 0.15
"""Shares of photos that are turned, and that are covered in places: so few photos are soon known by heart."""

MORE = {"bodies": 0.35}
"""How often one more cut-out joins a composed picture, where that is not 0.15: people come in twos and threes."""

PASTED, LIVING = 0.2, ("portrait", "person", "group", "animal")
"""Share of the photos with a machine-made matte of people or animals that get a second one beside the first."""


ANEW = (REVIEWED, REDRAWN)
"""Packs that hold better mattes of photos of other packs, and are learned from in their place."""


class Sample(NamedTuple):
    """rgb (H, W, 3), alpha (H, W), weight (H, W, WEIGHT_ONE = 1): uint8; subject: place in SUBJECTS or unknown."""

    rgb: Pixels
    alpha: Pixels
    weight: Pixels
    subject: int


class Batch(NamedTuple):
    """rgb uint8 (B, H, W, 3); alpha, weight uint8 (B, H, W); subject int64 (B,)."""

    rgb: Tensor
    alpha: Tensor
    weight: Tensor
    subject: Tensor


def group_of(entry: Entry) -> str:
    """The key in SHARES under which a picture is drawn; "backdrop" is never drawn by itself."""
    if entry.pack in (TAUGHT, VIEWS):
        return entry.pack
    if entry.kind == "background" and any(part in entry.name for part in BACKDROPS):
        return "backdrop"
    if entry.kind in ("background", "scene"):
        return "empty"
    if entry.kind == "photo":
        return ALIASES.get(entry.source, "teacher" if entry.edge == "teacher" else "grabcut")
    if entry.subject == "portrait":
        return "heads"
    return "bodies" if entry.subject in ("person", "group") else "things"


def pasted_as(entry: Entry) -> str:
    """The key in LIVING whose photos get this subject beside theirs; "" for none. Portraits are cut by their photo's
    sides and fit nowhere else, so heads without a scene stand beside them."""
    if entry.kind == "cutout":
        return entry.subject if entry.subject in ("portrait", "person") else ""
    free = entry.kind == "photo" and entry.edge == "teacher" and entry.subject in ("person", "animal")
    return entry.subject if free else ""


def subject_number(name: str) -> int:
    """Place in SUBJECTS; a product is an object; anything else is unknown."""
    name = "object" if name == "product" else name
    return SUBJECTS.index(name) if name in SUBJECTS else UNKNOWN_SUBJECT


def shapes_for(size: int) -> list[tuple[int, int]]:
    """Heights and widths of batches: square, and two upright and two lying ones of about the same area."""
    shapes = []
    for aspect in (1.0, 0.72, 1.39):
        height, width = size / aspect**0.5, size * aspect**0.5
        shapes.append((round(height / STRIDE) * STRIDE, round(width / STRIDE) * STRIDE))
    return list(dict.fromkeys(shapes))


def window(
    entry_shape: tuple[int, int], alpha: Pixels, canvas: tuple[int, int], random: Random
) -> tuple[int, int, int, int]:
    """Top, left, height and width of the part that is shown: mostly all of it, else a part that cuts at any border."""
    height, width = entry_shape
    wanted = canvas[1] / canvas[0] * np.exp(random.normal(0, 0.12))
    zoom = 1.0 if random.random() < 0.5 else random.uniform(0.45, 1.0)
    if zoom == 1.0 and 0.6 < (width / height) / wanted < 1.6:
        return 0, 0, height, width
    part_h = min(height, width / wanted) * zoom
    part_w = min(width, part_h * wanted)
    ys, xs = np.nonzero(alpha[::8, ::8] > 127)
    centre = (random.uniform(0, height), random.uniform(0, width))
    if ys.size and random.random() < 0.9:
        pick = int(random.integers(ys.size))
        centre = (ys[pick] * 8 + random.normal(0, 0.2) * part_h, xs[pick] * 8 + random.normal(0, 0.2) * part_w)
    top = int(np.clip(centre[0] - part_h / 2, 0, height - part_h))
    left = int(np.clip(centre[1] - part_w / 2, 0, width - part_w))
    return top, left, max(2, int(part_h)), max(2, int(part_w))


@dataclass
class Mixer:
    """Draws samples. `entries` is the training part; `random` makes everything repeatable."""

    cache: Cache
    entries: list[Entry]
    random: Random

    def __post_init__(self) -> None:
        self.groups: dict[str, list[Entry]] = {}
        taught = {(entry.source, entry.name) for entry in self.entries if entry.pack == TAUGHT}
        anew = {(entry.source, entry.name) for entry in self.entries if entry.pack in ANEW}
        self.entries = [e for e in self.entries if e.pack in ANEW or (e.source, e.name) not in anew]
        for entry in self.entries:
            group = group_of(entry)
            if group == "empty" and (entry.source, entry.name) in taught:
                group = "backdrop"  # something was found in it
            self.groups.setdefault(group, []).append(entry)
            if entry.pack == REDRAWN and entry.subject == "person":
                self.groups.setdefault("bodies", []).append(entry)  # cut out, it is a body like any other
        self.behind = self.groups.get("empty", []) + self.groups.get("backdrop", [])
        self.living = {kind: [entry for entry in self.entries if pasted_as(entry) == kind] for kind in LIVING}
        self.names = [name for name in SHARES if name in self.groups]
        if not self.names:
            raise ValueError("no picture to train on")
        shares = np.array([SHARES[name] for name in self.names])
        self.shares = shares / shares.sum()

    def sample(self, shapes: list[tuple[int, int]]) -> Sample:
        """One sample in one of the shapes (height, width)."""
        name = self.names[int(self.random.choice(len(self.names), p=self.shares))]
        entry = self._pick(name)
        if entry.kind == "cutout" or (name == "bodies" and self._fits_anywhere(entry)):
            shape = shapes[int(self.random.integers(len(shapes)))]
            return self._composite(name, entry, shape)
        if entry.kind == "background":
            shape = shapes[int(self.random.integers(len(shapes)))]
            return self._empty(entry, shape)
        aspect = entry.width / entry.height
        shape = min(shapes, key=lambda hw: abs(np.log(hw[1] / hw[0] / aspect)) + self.random.uniform(0, 0.15))
        return self._photo(entry, shape)

    def _pick(self, name: str) -> Entry:
        group = self.groups[name]
        return group[int(self.random.integers(len(group)))]

    def _photo(self, entry: Entry, shape: tuple[int, int]) -> Sample:
        pixels = self.cache.pixels(entry)
        whole = pixels[..., 3]
        top, left, height, width = window((entry.height, entry.width), whole, shape, self.random)
        part = pixels[top : top + height, left : left + width]
        if entry.pack == VIEWS:  # what its subject is was said of all of it
            part = pixels
        if part[..., 3].mean() < 5 < whole.mean():  # the subject fell outside: what is left would be called nothing
            part = pixels
        if self.random.random() < 0.5:
            part = part[:, ::-1]
        part = np.ascontiguousarray(part)
        subject = subject_number(entry.subject)
        if entry.edge == "teacher" and entry.subject in LIVING and self.random.random() < PASTED:
            joined = self._with_another(part, entry)
            if joined is not part:
                part, subject = joined, UNKNOWN_SUBJECT
        if self.random.random() < TURNED:
            part = turned(part, self.random)
        weight = weights_for(np.ascontiguousarray(part[..., 3]), entry.edge)
        part = resized(part, shape[1], shape[0])
        weight = np.asarray(cv2.resize(weight, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST), np.uint8)
        if entry.edge == "teacher" and 5 < part[..., 3].mean() < 210 and self.random.random() < SWAPPED:
            part = self._before_another(part, shape)
        rgb = as_photographed(np.ascontiguousarray(part[..., :3]), self.random)
        if self.random.random() < HIDDEN:
            hidden(rgb, weight, self.random)
        close_up = height * width < 0.35 * entry.height * entry.width
        if close_up and entry.subject != "none":
            subject = UNKNOWN_SUBJECT
        return Sample(rgb, np.ascontiguousarray(part[..., 3]), weight, subject)

    def _with_another(self, photo: Pixels, entry: Entry) -> Pixels:
        """The photo (H, W, 4) with a second subject of its kind; as it is where none of three fits."""
        others = self.living["person" if entry.subject == "group" else entry.subject]
        for _ in range(3 if others else 0):
            other = self.cache.pixels(others[int(self.random.integers(len(others)))])
            joined = beside(photo, other[:, ::-1] if self.random.random() < 0.5 else other, self.random)
            if joined is not photo:
                return joined
        return photo

    def _before_another(self, photo: Pixels, shape: tuple[int, int]) -> Pixels:
        """The subject of a photo (H, W, 4) where it stands, with another background behind it."""
        cutout = cut_from_photo(photo)
        background = self._background(cutout, shape)
        scene = over(matched(cutout, background, self.random), Scene(background, np.zeros(shape, np.uint8)))
        return np.dstack((scene.rgb, scene.alpha))

    def _empty(self, entry: Entry, shape: tuple[int, int]) -> Sample:
        rgb = fitted_background(self.cache.pixels(entry)[..., :3], *shape, self.random)
        nothing = np.zeros(shape, np.uint8)
        return Sample(as_photographed(rgb, self.random), nothing, weights_for(nothing, "-"), subject_number("none"))

    def _background(self, cutout: Pixels, shape: tuple[int, int]) -> Pixels:
        if self.behind and self.random.random() < 0.72:
            picked = self.behind[int(self.random.integers(len(self.behind)))]
            return fitted_background(self.cache.pixels(picked)[..., :3], *shape, self.random)
        colour = self.random.uniform(0, 255, 3)
        kind = self.random.random()
        if kind < 0.35:  # a wall in the colours of the subject: brightness and hue tell nothing
            colour = np.clip(mean_colour(cutout) + self.random.normal(0, 18, 3), 0, 255)
        elif kind < 0.75:
            colour = np.clip(self.random.uniform(0, 255) + self.random.normal(0, 12, 3), 0, 255)
        return studio(*shape, colour, self.random)

    def _composite(self, name: str, entry: Entry, shape: tuple[int, int]) -> Sample:
        entries = [entry]
        while len(entries) < 3 and self.random.random() < MORE.get(name, 0.15):
            another = self._pick(name)
            if self._fits_anywhere(another):
                entries.append(another)
        cutouts = [self._cutout(each) for each in entries]
        standing = name in ("heads", "bodies")
        scene = compose(cutouts, standing, self._background(cutouts[0], shape), self.random)
        if scene.alpha.mean() < 4:
            return self._composite(name, entry, shape)
        subject = subject_number("group" if standing and len(entries) > 1 else entry.subject)
        return self._finished(scene, entry.edge, subject)

    def _fits_anywhere(self, entry: Entry) -> bool:
        return entry.kind == "cutout" or stands_free(self.cache.pixels(entry)[..., 3])

    def _cutout(self, entry: Entry) -> Pixels:
        pixels = self.cache.pixels(entry)
        return pixels if entry.kind == "cutout" else cut_from_photo(pixels)

    def _finished(self, scene: Scene, edge: str, subject: int) -> Sample:
        return Sample(as_photographed(scene.rgb, self.random), scene.alpha, weights_for(scene.alpha, edge), subject)


def stacked(samples: list[Sample]) -> Batch:
    """Samples of one shape as one batch of uint8 tensors."""
    rgb, alpha, weight = (np.stack([sample[part] for sample in samples]) for part in range(3))
    subject = torch.tensor([sample.subject for sample in samples], dtype=torch.int64)
    return Batch(torch.from_numpy(rgb), torch.from_numpy(alpha), torch.from_numpy(weight), subject)


@dataclass(frozen=True)
class Mix:
    """What a loader needs to draw batches in another process. `most` > 0 keeps only that many pictures (to overfit)."""

    cache: Path
    packs: tuple[str, ...]
    size: int
    batch: int
    seed: int
    most: int = 0


def training_entries(cache: Cache, most: int = 0) -> list[Entry]:
    """The part that may be trained on, in a fixed order."""
    entries = [entry for entry in cache.entries if not held_out(entry.source, entry.name)]
    return entries[:: max(1, len(entries) // most)][:most] if most else entries


class Batches(IterableDataset[Batch]):
    """Endless batches. Samples wait by shape until there are enough of one for a batch."""

    def __init__(self, mix: Mix) -> None:
        self.mix = mix

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        seed = (self.mix.seed, worker.id if worker else 0)
        cache = Cache(self.mix.cache, self.mix.packs)
        mixer = Mixer(cache, training_entries(cache, self.mix.most), np.random.default_rng(seed))
        shapes = shapes_for(self.mix.size)
        waiting: dict[tuple[int, ...], list[Sample]] = {}
        while True:
            sample = mixer.sample(shapes)
            pending = waiting.setdefault(sample.alpha.shape, [])
            pending.append(sample)
            if len(pending) == self.mix.batch:
                yield stacked(pending)
                pending.clear()


def _one_thread(_: int) -> None:
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def loader(mix: Mix, workers: int) -> DataLoader[Batch]:
    """Batches drawn by worker processes, so that the network never waits; workers 0 draws them in this process."""
    return DataLoader(
        Batches(mix),
        batch_size=None,
        num_workers=workers,
        worker_init_fn=_one_thread,
        collate_fn=_unchanged,
        prefetch_factor=6 if workers else None,
    )


def _unchanged(batch: Any) -> Any:
    return batch
