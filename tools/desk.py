"""What a tool works on and what it gives back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.errors import Cancelled, KoutuError
from tools.pictures import Picture
from tools.recipe import Recipe

if TYPE_CHECKING:
    from tools.studio import Studio


@dataclass(frozen=True)
class Change:
    """One step in the history of a conversation: the recipes of its pictures before and after.

    What was confirmed on one card is one step (``group``), however many tools it took."""

    before: Mapping[str, Recipe]
    after: Mapping[str, Recipe]
    group: int = -1

    def and_then(self, later: Change) -> Change:
        """Both steps as one."""
        return Change({**later.before, **self.before}, {**self.after, **later.after}, self.group)


@dataclass(frozen=True)
class Desk:
    """The pictures of a conversation as they stand, by id ("p1"), and what is needed to work on them.

    ``done`` are the steps that can be taken back (the latest last), ``undone`` those that can be done again
    (the next one first).
    """

    studio: Studio
    pictures: Mapping[str, Picture]
    recipes: Mapping[str, Recipe]
    outputs: Path
    done: Sequence[Change] = ()
    undone: Sequence[Change] = ()
    now: Callable[[], datetime] = datetime.now


@dataclass(frozen=True)
class Written:
    """A file that a tool wrote. ``facts`` tell what was decided about it (format, quality, "onto" colour …)."""

    picture: str
    path: str
    width: int
    height: int
    size: int  # bytes
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What a tool did. ``recipes`` holds only the pictures that changed; ``moved`` is how far the history was
    moved (-1: one step taken back, +1: one done again; 0 for a new step). ``failures`` are pictures for which it
    did not work while the others went on. ``facts`` are told to the planner."""

    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    files: tuple[Written, ...] = ()
    failures: Mapping[str, KoutuError] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    moved: int = 0
    seconds: float = 0.0


class Progress:
    """How far a piece of work is, and the person's wish to stop it. Shared between threads."""

    def __init__(self) -> None:
        self.done = 0
        self.total = 0
        self.picture = ""
        self.stop_wish = threading.Event()  # for those who can wait on it

    def begin(self, total: int) -> None:
        """The work has ``total`` steps, none done."""
        self.done, self.total = 0, total

    def next(self, picture: str) -> None:
        """The step about ``picture`` (its id) begins.

        Raises:
            Cancelled: the person stopped the work.
        """
        self.check()
        self.picture = picture

    def step(self) -> None:
        """One step is done."""
        self.done += 1

    def stop(self) -> None:
        """Asks the work to stop at its next step."""
        self.stop_wish.set()

    @property
    def stopped(self) -> bool:
        """Whether the person asked to stop."""
        return self.stop_wish.is_set()

    def check(self) -> None:
        """Raises Cancelled if the person asked to stop."""
        if self.stop_wish.is_set():
            raise Cancelled
