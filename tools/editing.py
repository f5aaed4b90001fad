"""What the tools that edit have in common: a recipe changes at once, then the network has to have seen the picture."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tools.desk import Desk, Progress, Result
from tools.errors import Cancelled, KoutuError
from tools.recipe import Recipe
from tools.registry import Arguments
from tools.studio import Looked


def edit_each(
    desk: Desk, arguments: Arguments, progress: Progress, edit: Callable[[Recipe, Arguments], Recipe]
) -> Result:
    """Changes the recipe of each picture by the pure ``edit`` and makes sure that its matte is there.

    A picture that fails keeps its recipe and is named in ``failures``; the others go on.

    Raises:
        Cancelled: stopped by the person; no recipe changes.
    """
    began = time.monotonic()
    recipes: dict[str, Recipe] = {}
    failures: dict[str, KoutuError] = {}
    facts: dict[str, Any] = {}
    progress.begin(len(arguments["pictures"]))
    for name in arguments["pictures"]:
        progress.next(name)
        new = edit(desk.recipes[name], arguments)
        try:
            if new.cut:
                looked = desk.studio.look(desk.pictures[name], new.network)
                looked.demand_subject(desk.pictures[name].name)
                facts[name] = _facts(looked)
            recipes[name] = new
        except Cancelled:
            raise
        except KoutuError as error:
            failures[name] = error
        progress.step()
    progress.check()
    return Result(recipes=recipes, failures=failures, facts=facts, seconds=time.monotonic() - began)


def _facts(looked: Looked) -> dict[str, Any]:
    """What the planner is told: what was cut out, how much of the picture it is, where the edge is in doubt."""
    unsure = [f"{d['reason']} at {d['where']}" for d in looked.doubts]
    return {"subject": looked.subject, "covers": round(looked.coverage, 2)} | ({"unsure": unsure} if unsure else {})
