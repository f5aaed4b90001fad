"""Pictures without a word: what suits each subject is proposed, as the table of suggestions says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.builtin.plan import Answer, ask
from agent.builtin.readers.wishes import suggestion
from agent.builtin.talk.replies import reply
from agent.builtin.which.memory import Memory, Photo, Step
from agent.builtin.wording import recognised


def propose(memory: Memory, language: str) -> Answer:
    """A proposal for the pictures that have just come, or a question where nothing can be recognised."""
    ids = memory.focus or memory.ids
    photos = [memory.photos[i] for i in ids]
    known = [p for p in photos if suggestion(p.subject)]
    if not known:
        key = "landscape" if any(p.subject == "landscape" for p in photos) else "nothing_subject"
        asked = ask(language, "unclear", memory, "")
        return Answer(reply(language, f"ask.{key}"), choices=asked.choices)
    steps = [*_steps("matte", known), *_steps("set_background", known)]
    return Answer(_words(known, language), tuple(steps))


def _steps(tool: str, photos: Sequence[Photo]) -> list[Step]:
    groups: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for photo in photos:
        arguments = _arguments(tool, suggestion(photo.subject))
        groups.setdefault(repr(arguments), (arguments, []))[1].append(photo.id)
    return [Step(tool, arguments, tuple(ids)) for arguments, ids in groups.values()]


def _arguments(tool: str, table: dict[str, Any]) -> dict[str, Any]:
    if tool == "matte":
        return dict(table.get("matte", {}))
    if table["background"] == "transparent":
        return {"kind": "transparent"}
    return {"kind": "color", "color": table["background"]}


def _words(photos: list[Photo], language: str) -> str:
    seen = recognised(photos, language)
    table = suggestion(photos[0].subject)
    matte = table.get("matte", {})
    edges = "".join(
        reply(language, key)
        for key, wanted in (
            ("plan.plus_feather", matte.get("feather")),
            ("plan.plus_denoise", matte.get("denoise")),
            ("plan.plus_people", matte.get("keep") == "people"),
        )
        if wanted
    )
    if table["background"] == "transparent":
        return reply(language, "plan.suggest_transparent", seen=seen, edges=edges)
    return reply(language, "plan.suggest_color", seen=seen, color=reply(language, "plan.white"), edges=edges)
