"""Where pictures, the network and rendering come together: originals, mattes and rendered files on disk.

The network runs once for each (picture bytes, network version); its alpha is kept under ``mattes/`` and nothing
that a person adjusts runs it again. Rendered files are kept under ``renders/``, one folder for each original, by
the hash of what they show; they can be made again at any time, and the oldest go when they take too much room.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from models.heads import Head, find_heads
from tools.errors import BadValue, NoSubject
from tools.files.codecs import encode
from tools.files.disk import write_atomically
from tools.files.png import png
from tools.id_frame import result_pixels
from tools.networks import Network, Networks
from tools.pictures import Picture, PictureStore, Pixels
from tools.pixels.keep import keep_parts
from tools.recent import Recent
from tools.recipe import Recipe
from tools.render import Colours, Rendered, finish_alpha, foreground_colours, render, shrink
from tools.settings import Settings
from tools.turns import Turns

Look = Literal["result", "matte", "original", "foreground", "network"]
NOTHING = 0.002  # share of the picture: less than this is no subject


@dataclass(frozen=True)
class Looked:
    """What the network found in a picture; kept beside its alpha. ``doubts`` are ``models.doubts.Doubt`` as plain
    values; ``fresh`` is False if it was known already."""

    subject: str
    certainty: float
    sure: bool
    coverage: float
    doubts: tuple[Mapping[str, Any], ...]
    seconds: float
    notes: tuple[str, ...]
    fresh: bool = False

    def demand_subject(self, name: str) -> None:
        """Raises NoSubject, naming the picture, if there is nothing to cut out."""
        if self.coverage < NOTHING:
            raise NoSubject("no_subject", name=name)


class Studio:
    """The one place that holds the engine and the folders. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pictures = PictureStore(settings.data / "pictures", settings.limits)
        self._mattes = settings.data / "mattes"
        self._renders = settings.data / "renders"
        for folder in (self._mattes, self._renders):
            folder.mkdir(parents=True, exist_ok=True)
        self.networks = Networks(settings, self._mattes)
        self._turns = Turns()  # by what is looked at: the network sees no picture twice
        self._recent = Recent(settings.limits.recent_bytes)
        self._rendered = 0
        self._prune()

    @property
    def engine(self) -> Network:
        """The configured network, loaded at its first use. Raises BadValue if it can't be."""
        return self.networks.engine()

    def look(self, picture: Picture, network: str = "") -> Looked:
        """What the picture shows, and its alpha made ready; runs the network if that has not been done.

        Raises:
            BadFile: the original can't be read any more.
            BadValue: the network can't be used.
        """
        _, facts = self._paths(picture, network)
        if not facts.exists():
            with self._turns.one(facts.name):
                if not facts.exists():
                    return self._run(picture, network)
        return _looked(json.loads(facts.read_text("utf-8")))

    def known(self, picture: Picture, network: str = "") -> Looked | None:
        """What the network found in the picture, if it looked at it already; runs nothing."""
        try:
            _, facts = self._paths(picture, network)
        except BadValue:  # its file has gone, and it was never used
            return None
        return _looked(json.loads(facts.read_text("utf-8"))) if facts.exists() else None

    def _run(self, picture: Picture, network: str) -> Looked:
        pixels = self.pictures.pixels(picture)
        matte = self.networks.matte(_eight_bit(pixels.rgb), network)
        alpha = _own_alpha(pixels, matte.alpha)
        looked = Looked(
            subject=matte.subject.kind,
            certainty=float(matte.subject.certainty),
            sure=bool(matte.subject.sure),
            coverage=float((alpha >= 128).mean()),
            doubts=tuple(asdict(d) for d in matte.doubts),
            seconds=matte.seconds,
            notes=matte.notes,
            fresh=True,
        )
        path, facts = self._paths(picture, network)
        write_atomically(path, png(alpha, None, level=1))
        self._recent.put(picture.sha256, path.name, alpha)
        write_atomically(facts, json.dumps(asdict(looked)).encode())
        return looked

    def alpha(self, picture: Picture, network: str = "") -> NDArray[np.uint8]:
        """The alpha of the network (H, W) uint8 at the size of the picture."""
        self.look(picture, network)
        path, _ = self._paths(picture, network)
        return self._recent.get(picture.sha256, path.name, lambda: _grey(path))

    def render(self, picture: Picture, recipe: Recipe, longest: int | None = None) -> Rendered:
        """The picture as the recipe says, at full size or with a longest side of ``longest`` px."""
        pixels = self.pictures.pixels(picture)
        alpha = self.alpha(picture, recipe.network) if recipe.cut else None
        scale = 1.0
        if longest is not None and not recipe.id_photo:
            pixels, alpha, scale = shrink(pixels, alpha, longest)
        rendered = render(pixels, alpha, recipe, self._behind(recipe), scale, self._colours(picture, recipe, scale))
        # An ID photo has pixels of its own, whatever the picture's size is: the finished one is shrunk.
        return rendered if longest is None or not recipe.id_photo else _smaller(rendered, longest)

    def size(self, picture: Picture, recipe: Recipe) -> tuple[int, int]:
        """(width, height) in px of the result at full size."""
        return result_pixels(recipe.id_photo) if recipe.id_photo else (picture.width, picture.height)

    def kept(self, picture: Picture, recipe: Recipe) -> NDArray[np.uint8]:
        """The alpha (H, W) uint8 of what the recipe keeps, edges as found."""
        return keep_parts(self.alpha(picture, recipe.network), recipe.keep)

    def heads(self, picture: Picture, recipe: Recipe) -> tuple[Head, ...]:
        """The heads of what the recipe keeps, the surest first; in px of the picture."""
        return find_heads(_eight_bit(self.pictures.pixels(picture).rgb), self.kept(picture, recipe))

    def _colours(self, picture: Picture, recipe: Recipe, scale: float) -> Colours | None:
        """At full size the foreground's colours are remembered: another background or edge leaves them as they are."""
        if scale != 1.0 or not recipe.cut:
            return None
        version = self.networks.version(recipe.network)
        return lambda rgb, kept, denoised: self._recent.get(
            picture.sha256,
            f"foreground {version} {recipe.keep} {denoised}",
            lambda: foreground_colours(rgb, kept, denoised),
        )

    def file(self, picture: Picture, recipe: Recipe, look: Look = "result", longest: int | None = None) -> Path:
        """A PNG of it on disk, made at the first call. ``look``: "result", "matte" (grey), "original" (opaque
        colours), "foreground" (estimated colours, opaque) or "network" (alpha of what is kept, edges as found)."""
        path = self._renders / picture.sha256 / f"{self.key(picture, recipe, look, longest)}.png"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            rgb, alpha = self._view(picture, recipe, look, longest)
            dpi = recipe.id_photo.dpi if recipe.id_photo and longest is None else None
            write_atomically(path, encode(rgb, alpha, "png", dpi=dpi).data)
            self._rendered += 1
            if self._rendered % PRUNE_EVERY == 0:
                self._prune()
        return path

    def key(self, picture: Picture, recipe: Recipe, look: Look = "result", longest: int | None = None) -> str:
        """What names a rendered file: the same for the same bytes, different for anything that changes them."""
        version = self.networks.version(recipe.network)
        parts = [picture.sha256, version, recipe.to_json(), look, longest, RENDER_VERSION]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def forget(self, picture: Picture) -> None:
        """Removes the original and everything derived from it that is named by it."""
        self.pictures.remove(picture.sha256)
        self._recent.forget(picture.sha256)
        for path in self._mattes.glob(f"{picture.sha256}-*"):
            path.unlink(missing_ok=True)
        shutil.rmtree(self._renders / picture.sha256, ignore_errors=True)

    def _prune(self) -> None:
        """Keeps the rendered files within their bound; the oldest go first."""
        sizes = []
        for path in self._renders.glob("*/*.png"):
            with suppress(FileNotFoundError):  # another thread forgets the picture meanwhile
                facts = path.stat()
                sizes.append((facts.st_mtime, facts.st_size, path))
        total = 0
        for _, size, path in sorted(sizes, reverse=True):
            total += size
            if total > self.settings.limits.render_bytes:
                path.unlink(missing_ok=True)

    def _view(
        self, picture: Picture, recipe: Recipe, look: Look, longest: int | None
    ) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
        if look == "result":
            rendered = self.render(picture, recipe, longest)
            return rendered.rgb, rendered.alpha
        if recipe.id_photo and look in ("matte", "original"):
            return self._id_view(picture, recipe, look, longest), None
        pixels = self.pictures.pixels(picture)
        raw = None if look == "original" else self.alpha(picture, recipe.network)
        if longest is not None or look == "original":
            pixels, raw, scale = shrink(pixels, raw, longest or max(picture.width, picture.height))
        else:
            scale = 1.0
        if raw is None:
            return pixels.rgb, None
        if look == "foreground":
            return render(pixels, raw, Recipe(cut=True), None, scale).rgb, None
        shown = keep_parts(raw, recipe.keep) if look == "network" else finish_alpha(raw, recipe, scale)
        return np.repeat(shown[..., None], 3, axis=2), None

    def _id_view(self, picture: Picture, recipe: Recipe, look: Look, longest: int | None) -> NDArray[Any]:
        """The part that an ID photo shows, of the matte (grey) or of the picture as it came."""
        if look == "original":
            untouched = Recipe(id_photo=recipe.id_photo)
            return self.render(picture, untouched, longest).rgb
        matte = self.render(picture, replace(recipe, cut=True), longest).matte
        assert matte is not None  # it is cut
        return np.repeat(matte[..., None], 3, axis=2)

    def _behind(self, recipe: Recipe) -> Pixels | None:
        if recipe.background.kind != "picture":
            return None
        return self.pictures.pixels(self.pictures.picture(recipe.background.picture))

    def _paths(self, picture: Picture, network: str) -> tuple[Path, Path]:
        stem = f"{picture.sha256}-{self.networks.version(network)}"
        return self._mattes / f"{stem}.png", self._mattes / f"{stem}.json"


PRUNE_EVERY = 50  # rendered files
RENDER_VERSION = 4  # a change in the mathematics of a stage counts it up, so that no old file is shown


def _looked(data: dict[str, Any]) -> Looked:
    return Looked(**data | {"doubts": tuple(data["doubts"]), "notes": tuple(data["notes"]), "fresh": False})


def _smaller(rendered: Rendered, longest: int) -> Rendered:
    pixels, matte, _ = shrink(Pixels(rendered.rgb, rendered.alpha), rendered.matte, longest)
    alpha = None if pixels.alpha is None else pixels.alpha.astype(np.uint8, copy=False)
    return Rendered(pixels.rgb, alpha, matte)


def _grey(path: Path) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def _eight_bit(rgb: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8]:
    return rgb.astype(np.uint8, copy=False) if rgb.dtype == np.uint8 else (rgb >> 8).astype(np.uint8)


def _own_alpha(pixels: Pixels, found: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture that comes with transparency was cut out already: its own alpha is the better matte."""
    if pixels.alpha is None:
        return found
    own = pixels.alpha if pixels.alpha.dtype == np.uint8 else (pixels.alpha >> 8).astype(np.uint8)
    return own if float((own < 128).mean()) > OWN_ALPHA else found


OWN_ALPHA = 0.01  # share of a picture that must be transparent for it to count as cut out
