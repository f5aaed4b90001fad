"""One short sentence about what was done, from the results alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.builtin.talk.replies import reply
from agent.conversation import CallState, View
from agent.events import Finished, Planned
from tools.wording import say


def summary(view: View, language: str) -> str:
    """What became of the calls of the last plan."""
    last = max((i for i, e in enumerate(view.events) if isinstance(e, Planned)), default=-1)
    calls = [c for c in view.calls.values() if c.planned_at == last and c.finished]
    stopped = [c for c in calls if c.finished and c.finished.outcome in ("stopped", "interrupted")]
    failed = [c for c in calls if c.finished and c.finished.outcome == "failed"]
    parts = _achieved(view, calls, language)
    parts += [
        reply(language, "done.failed", reason=_reason(c.finished, language)).rstrip("。.")
        for c in failed[:1]
        if c.finished
    ]
    if not parts:
        return reply(language, "done.stopped") if stopped else ""
    return reply(language, "done.join").join(parts) + reply(language, "done.end")


def _achieved(view: View, calls: Sequence[CallState], language: str) -> list[str]:
    parts: list[str] = []
    doubts: list[str] = []
    for call in calls:
        done = call.finished
        if done is None or done.outcome != "done":
            continue
        if call.call.tool != "export":
            parts.append(reply(language, _key(view, call)))
        parts += _files(done, language)
        doubts += _doubts(view, done, language)
        if done.failures:
            parts.append(reply(language, "done.failed_some", count=len(done.failures)))
    return list(dict.fromkeys([*parts, *doubts]))


def _key(view: View, call: CallState) -> str:
    if call.call.tool == "undo":
        return "done.undo" if call.arguments.get("steps", 1) > 0 else "done.redo"
    if call.call.tool == "matte":
        return "done.edges" if _cut_before(view, call) else "done.matte"
    return "done.id_photo" if call.call.tool == "id_photo" else "done.background"


def _cut_before(view: View, call: CallState) -> bool:
    """Whether every picture of the call was cut out by an earlier plan."""
    earlier = [c for c in view.calls.values() if c.planned_at < call.planned_at and c.finished]
    cut = {p for c in earlier if c.finished for p in c.finished.recipes}
    return bool(call.arguments.get("pictures")) and set(call.arguments["pictures"]) <= cut


def _files(done: Finished, language: str) -> list[str]:
    if not done.files:
        return []
    if len(done.files) == 1:
        return [reply(language, "done.file", name=Path(str(done.files[0]["path"])).name)]
    return [reply(language, "done.files", count=len(done.files))]


def _doubts(view: View, done: Finished, language: str) -> list[str]:
    """Pictures where the edge is in doubt."""
    unsure = [name for name, facts in done.facts.items() if isinstance(facts, dict) and facts.get("unsure")]
    if unsure and len(view.pictures) == 1:
        return [reply(language, "done.unsure_one")]
    return [reply(language, "done.unsure", where=", ".join(unsure))] if unsure else []


def _reason(done: Finished, language: str) -> str:
    for failure in done.failures.values():
        return say(language, f"error.{failure['key']}", **failure["facts"])
    return say(language, "error.bug")
