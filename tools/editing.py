"""What the tools that edit have in common: a recipe changes at once, then the network has to have seen the picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any, TypeVar

from tools.desk import Desk, Progress, Result
from tools.errors import Cancelled, KoutuError
from tools.pipeline import Outcome, side_by_side
from tools.recipe import Recipe
from tools.registry import Arguments
from tools.studio import Looked

Value = TypeVar("Value")


def edit_each(
    desk: Desk, arguments: Arguments, progress: Progress, edit: Callable[[Recipe, Arguments], Recipe]
) -> Result:
    """Changes the recipe of each picture by the pure ``edit`` and makes sure that its matte is there.

    A picture that fails keeps its recipe and is named in ``failures``; the others go on.

    Raises:
        Cancelled: stopped by the person; no recipe changes.
    """
    began = time.monotonic()
    names = arguments["pictures"]
    new = {name: edit(desk.recipes[name], arguments) for name in names}
    recipes: dict[str, Recipe] = {}
    failures: dict[str, KoutuError] = {}
    facts: dict[str, Any] = {}

    def look(name: str) -> Looked | None:
        return desk.studio.look(desk.pictures[name], new[name].network) if new[name].cut else None

    progress.begin(len(names))
    with closing(one_by_one(desk, progress, names, look)) as results:
        for name, outcome in results:
            try:
                if looked := outcome.value():
                    looked.demand_subject(desk.pictures[name].name)
                    facts[name] = facts_of(looked)
                recipes[name] = new[name]
            except Cancelled:
                raise
            except KoutuError as error:
                failures[name] = error
            progress.step()
    progress.check()
    return Result(recipes=recipes, failures=failures, facts=facts, seconds=time.monotonic() - began)


def one_by_one(
    desk: Desk, progress: Progress, names: Sequence[str], work: Callable[[str], Value]
) -> Generator[tuple[str, Outcome[str, Value]]]:
    """What ``work`` made of each picture, told as if one followed the other, though several are in the air at once.

    To be closed by the caller, who takes a step of the progress for each.

    Raises:
        Cancelled: the person stopped the work.
    """
    results = side_by_side(names, work, lambda name: desk.pictures[name].megapixels, progress.stop_wish)
    with closing(results):
        for name in names:
            progress.next(name)
            yield name, next(results)


def facts_of(looked: Looked) -> dict[str, Any]:
    """What the planner is told: what was cut out, how much of the picture it is, where the edge is in doubt."""
    unsure = [f"{d['reason']} at {d['where']}" for d in looked.doubts]
    return {"subject": looked.subject, "covers": round(looked.coverage, 2)} | ({"unsure": unsure} if unsure else {})
