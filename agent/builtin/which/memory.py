"""What the built-in planner knows when it is asked: the pictures as they stand, and what was done last."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.builtin.tokens.lexicon import lexicon
from agent.builtin.tokens.nicknames import nicknames
from agent.builtin.tokens.normalise import normalise, simplified
from agent.builtin.which.aliases import told_names

LATIN = re.compile(r"[a-z]+")


def _is_name(bare: str) -> bool:
    """Whether a file name without its ending can be told from ordinary words."""
    if bare.isascii():
        return len(bare) > 3 and any(c.isdigit() or c in "_-" for c in bare)
    return len(bare) > 1 and lexicon().cjk.get(bare, ("impossible",))[0] == "impossible"  # 西装.jpg: the picture


@dataclass(frozen=True)
class Step:
    """One step of a plan, as the tool takes it; ``pictures`` are ids (none for undo)."""

    tool: str
    arguments: Mapping[str, Any]
    pictures: tuple[str, ...] = ()

    def to_arguments(self) -> dict[str, Any]:
        """The tool's arguments."""
        return ({"pictures": list(self.pictures)} if self.pictures else {}) | dict(self.arguments)


@dataclass(frozen=True)
class Photo:
    """A picture as it stands. ``edges``, ``background`` and ``id_photo`` hold what was asked for so far."""

    id: str
    name: str
    width: int
    height: int
    subject: str = "none"
    certainty: float = 1.0
    sure: bool = True
    cut: bool = False
    keep: str = "everything"
    edges: Mapping[str, Any] = field(default_factory=dict)
    background: Mapping[str, Any] = field(default_factory=dict)
    id_photo: Mapping[str, Any] = field(default_factory=dict)

    @property
    def called(self) -> str:
        """The file's name in lower case and simplified characters, as sentences are read."""
        return simplified(self.name).lower()

    @property
    def kind(self) -> str:
        """The kind of background that it has now."""
        return str(self.background.get("kind", "transparent")) if self.cut else "original"


@dataclass(frozen=True)
class Asked:
    """A question that was asked back: what about (``key``), the sentence that the answer completes, and what a
    yes would mean."""

    key: str
    said: str = ""
    offer: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Memory:
    """The conversation so far. ``last`` are the steps carried out last, ``proposal`` those that the person has
    just declined by saying something else, ``focus`` the pictures that were spoken of last."""

    photos: Mapping[str, Photo]
    last: tuple[Step, ...] = ()
    focus: tuple[str, ...] = ()
    proposal: tuple[Step, ...] = ()
    asked: Asked | None = None
    id_context: bool = False
    exports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # picture -> how it was exported last
    id_sentence: bool = False  # this sentence speaks of ID photos
    past: tuple[tuple[Mapping[str, Photo], tuple[Step, ...]], ...] = ()
    undone: bool = False  # the last thing done was to take something back
    said: tuple[str, ...] = ()  # what the person said before, for the names that it gave to pictures

    @property
    def ids(self) -> tuple[str, ...]:
        """Every picture's id, in the order in which they came."""
        return tuple(self.photos)

    @property
    def names(self) -> dict[str, str]:
        """File name (lower case) -> id; also without its ending where that is no ordinary word."""
        found: dict[str, str] = {}
        for photo in self.photos.values():
            name = photo.called
            found.setdefault(name, photo.id)
            bare = name.rsplit(".", 1)[0]
            if _is_name(bare):
                found.setdefault(bare, photo.id)
        return found

    @property
    def words(self) -> frozenset[str]:
        """The Latin words of the files' names, in lower case."""
        return frozenset(w for photo in self.photos.values() for w in LATIN.findall(photo.name.lower()))

    @property
    def nicks(self) -> dict[str, tuple[str, ...]]:
        """Part of a file name -> ids of the pictures that it tells from the others."""
        files = nicknames({photo.id: photo.called for photo in self.photos.values()})
        told = [told_names(normalise(said), self.ids, files) for said in self.said] if len(self.ids) > 1 else []
        return files | {name: ids for names in told for name, ids in names.items()}

    def then(self, steps: Sequence[Step], asked: Asked | None, of_id: bool) -> Memory:
        """The same after an answer: its steps carried out, its question open. ``of_id``: it was about ID photos."""
        return replace(self.after(steps), asked=asked, id_context=self.id_context or of_id)

    def after(self, steps: Sequence[Step]) -> Memory:
        """The same after ``steps`` were carried out."""
        if not steps:
            return self
        photos, past = dict(self.photos), (*self.past, (self.photos, self.last))
        for step in steps:
            if step.tool == "undo":
                photos, past = self._undone(photos, past, int(step.arguments["steps"]))
            for name in step.pictures:
                photos[name] = _changed(photos[name], step)
        touched = tuple(dict.fromkeys(p for s in steps for p in s.pictures))
        exports = {p: s.arguments for s in steps if s.tool == "export" for p in s.pictures}
        edits = tuple(s for s in steps if s.tool != "undo")
        return replace(
            self,
            photos=photos,
            past=past,
            last=edits or self.last,
            focus=touched or self.focus,
            proposal=(),
            asked=None,
            exports={**self.exports, **exports},
            undone=any(s.tool == "undo" and s.arguments["steps"] > 0 for s in steps),
        )

    def _undone(self, photos: dict[str, Photo], past: Any, steps: int) -> tuple[dict[str, Photo], Any]:
        """A rough history: only what later sentences refer to. Redone steps are not kept."""
        if steps <= 0 or not past:
            return photos, past
        reach = min(steps + 1, len(past))
        return dict(past[-reach][0]), past[: len(past) - reach]


def _changed(photo: Photo, step: Step) -> Photo:
    given = dict(step.arguments)
    if step.tool == "matte":
        keep = given.pop("keep", photo.keep)
        given.pop("network", None)
        return replace(photo, cut=True, keep=keep, edges={**photo.edges, **given})
    if step.tool == "set_background":
        return replace(photo, cut=photo.cut or given["kind"] != "original", background=given)
    if step.tool == "id_photo":
        return replace(photo, cut=True, id_photo=given)
    return photo
