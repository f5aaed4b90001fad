"""`undo`: take steps back, or do them again."""

from __future__ import annotations

from collections.abc import Sequence

from tools.desk import Change, Desk, Progress, Result
from tools.errors import BadValue
from tools.recipe import Recipe
from tools.registry import Arguments, Field, Tool
from tools.wording import say


def run(desk: Desk, arguments: Arguments, progress: Progress) -> Result:
    """Moves the history by ``steps``; further than it reaches means all of it.

    Raises:
        BadValue: there is nothing to take back (or to do again), or 0 steps.
    """
    steps: int = arguments.get("steps", 1)
    if steps == 0:
        raise BadValue("no_steps")
    if steps > 0:
        taken: Sequence[Change] = list(reversed(desk.done))[:steps]
    else:
        taken = list(desk.undone)[:-steps]
    if not taken:
        raise BadValue("nothing_to_undo" if steps > 0 else "nothing_to_redo")
    recipes: dict[str, Recipe] = {}
    for change in taken:
        recipes.update(change.before if steps > 0 else change.after)
    return Result(recipes=recipes, moved=-len(taken) if steps > 0 else len(taken))


def describe(arguments: Arguments, language: str) -> str:
    """For example: "Undo 2 steps"."""
    steps = arguments.get("steps", 1)
    return say(language, "step.undo" if steps > 0 else "step.redo", steps=abs(steps))


TOOL = Tool(
    name="undo",
    about="Take back the last steps (positive), or do steps again that were taken back (negative).",
    label={"zh": "撤销", "en": "Undo"},
    fields=(
        Field(
            "steps",
            "integer",
            "How many steps: at least 1 to undo, at most -1 to redo.",
            {"zh": "步数", "en": "Steps"},
            default=1,
            required=True,
            minimum=-100,
            maximum=100,
        ),
    ),
    run=run,
    describe=describe,
    confirm=False,
)
