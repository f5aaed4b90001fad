"""Carrying out what was confirmed: from a call to the event that ends it."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from agent.conversation import CallState, PictureState, View
from agent.events import Attached, Began, Event, Finished, Seen
from tools import registry
from tools.desk import Desk, Progress, Result
from tools.errors import Cancelled, KoutuError
from tools.pictures import Picture
from tools.pipeline import Outcome, side_by_side
from tools.settings import Settings
from tools.studio import Looked, Studio

log = logging.getLogger("koutu")


def look_at(studio: Studio, states: Sequence[PictureState], progress: Progress) -> Generator[Seen]:
    """What each picture shows, one after the other, though several are looked at at once. A picture that turns out
    broken is seen as nothing; the reason is in the log. To be closed by the caller.

    Raises:
        Cancelled: the person stopped; what was told by then stays.
    """

    def look(state: PictureState) -> Looked:
        return studio.look(state.picture)

    with closing(side_by_side(states, look, lambda s: s.picture.megapixels, progress.stop_wish)) as results:
        for state in states:
            progress.begin(1)
            progress.next(state.id)
            yield _seen(state, next(results), progress)


def _seen(state: PictureState, outcome: Outcome[PictureState, Looked], progress: Progress) -> Seen:
    try:
        looked = outcome.value()
    except Cancelled:
        raise
    except KoutuError as error:
        log.warning("picture %s can't be looked at: %s", state.id, error)
        return Seen(state.id, "none", 0.0, False, 0.0)
    progress.step()
    return Seen(
        state.id,
        looked.subject,
        looked.certainty,
        looked.sure,
        looked.coverage,
        tuple(looked.doubts),
        round(looked.seconds, 2) if looked.fresh else 0.0,
        looked.notes,
    )


def desk_of(studio: Studio, settings: Settings, state: View) -> Desk:
    """The pictures and the history of a conversation, for a tool to work on."""
    return Desk(
        studio=studio,
        pictures={i: p.picture for i, p in state.pictures.items()},
        recipes={i: p.recipe for i, p in state.pictures.items()},
        outputs=settings.outputs,
        done=state.done,
        undone=state.undone,
    )


def began(call: CallState) -> Began:
    """The event that marks the beginning."""
    return Began(call.call.id)


def skipped(call: CallState) -> Finished:
    """The end of a call that was not begun since one before it did not work."""
    return Finished(call.call.id, "stopped", failures={"": {"key": "skipped", "facts": {}}})


def carry_out(studio: Studio, settings: Settings, state: View, call: CallState, progress: Progress) -> Finished:
    """Runs the tool with the arguments that count. Never raises: every way it can end is an event."""
    name, tool = call.call.id, registry.tools().get(call.call.tool)
    try:
        arguments = registry.check(call.call.tool, call.arguments, list(state.pictures))
        assert tool is not None  # check has just found it
        result = tool.run(desk_of(studio, settings, state), arguments, progress)
    except Cancelled:
        return Finished(name, "stopped")
    except KoutuError as error:
        return Finished(name, "failed", failures={"": _failure(error)})
    except Exception:  # a bug of the tool: logged whole; the person is told that this step failed
        log.exception("%s failed with %s", call.call.tool, call.arguments)
        return Finished(name, "failed", failures={"": {"key": "bug", "facts": {}}})
    return _finished(name, result, studio)


def _finished(name: str, result: Result, studio: Studio) -> Finished:
    nothing = bool(result.failures) and not result.recipes and not result.files
    return Finished(
        name,
        "failed" if nothing else "done",
        recipes={i: r.to_json() for i, r in result.recipes.items()},
        files=tuple(asdict(f) for f in result.files),
        failures={i: _failure(e) for i, e in result.failures.items()},
        facts=dict(result.facts),
        moved=result.moved,
        seconds=round(result.seconds, 3),
        device=studio.engine.info.device,
    )


def _failure(error: KoutuError) -> dict[str, object]:
    return {"key": error.sentence_key, "facts": {k: str(v) for k, v in error.facts.items()}}


def remove_files(studio: Studio, settings: Settings, events: Sequence[Event], in_use: set[str]) -> None:
    """Removes the files that a deleted conversation left: results, and pictures that nobody else holds."""
    for event in events:
        if isinstance(event, Attached) and event.picture["sha256"] not in in_use:
            studio.forget(Picture.from_json(dict(event.picture)))
        if isinstance(event, Finished):
            for file in event.files:
                path = Path(file["path"]).resolve()
                if path.parent == settings.outputs.resolve():
                    path.unlink(missing_ok=True)
