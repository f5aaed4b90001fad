"""手动设置: the settings form made from the tools' declarations, with a live preview of the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

import streamlit as st

from agent.conversation import CallState, PictureState, View
from agent.events import Decided
from tools.errors import KoutuError
from tools.matte import EDGES
from tools.recipe import Keep, Recipe
from tools.registry import Field, tools
from ui.components.settings import LABELS, settings_form
from ui.session import assistant
from ui.words import Words

PREVIEW = 1000  # px, longest side of the live preview
STEPS = {"integer": 1, "number": 0.5}


def draw(words: Words, conversation: str, number: int, calls: Sequence[CallState]) -> None:
    """The form for every call of a proposal, and what its buttons do."""
    state = assistant().view(conversation)
    waiting = [c for c in calls if c.waits]
    asked: set[str] = set()  # an edge is set once, in the first step that cuts out
    given = settings_form(
        steps=[_step(words, c, state, asked) for c in waiting],
        preview=_preview(conversation, waiting, state),
        labels={k: words(f"form.{k}") for k in LABELS},
        key=f"form-{number}",
    )
    if given.cancel:
        st.session_state.pop("form", None)
        st.rerun()
    if given.apply is not None:
        _apply(words, conversation, waiting, given.apply)


def _apply(
    words: Words, conversation: str, calls: Sequence[CallState], values: Mapping[str, Mapping[str, Any]]
) -> None:
    """Own values where something was changed; the rest is confirmed as it stands."""
    decisions = {}
    for call in calls:
        name, changed = call.call.id, values.get(call.call.id)
        own = {**call.call.arguments, **changed} if changed else {}
        decisions[name] = Decided(name, "edited" if own else "confirmed", own)
    try:
        assistant().decide(conversation, decisions)
    except KoutuError as error:
        st.warning(words(f"error.{error.sentence_key}", **error.facts))
        return
    st.session_state.pop("form", None)
    st.rerun()


def _step(words: Words, call: CallState, state: View, asked: set[str]) -> dict[str, Any]:
    tool = tools()[call.call.tool]
    current = _current(call, state)
    declared = [f for f in tool.fields if f.type != "pictures" and not (f.by_hand and f.name in asked)]
    asked |= {f.name for f in declared if f.name in EDGES}
    fields = [_field(words, f, current.get(f.name, f.default), state) for f in declared]
    return {"call": call.call.id, "tool": tool.name, "label": tool.label[words.language], "fields": fields}


def _current(call: CallState, state: View) -> dict[str, Any]:
    """What is proposed, and for what it leaves out, what is in force for the picture."""
    first = _first(call, state)
    in_force: dict[str, Any] = {}
    if first:
        in_force = dict(first.recipe.to_json()["edges"])
    if first and call.call.tool == "matte":
        in_force |= {"keep": first.recipe.keep}
        in_force |= {"network": first.recipe.network} if first.recipe.network else {}
    if first and call.call.tool == "id_photo" and first.recipe.id_photo:
        in_force |= asdict(first.recipe.id_photo)
    return in_force | dict(call.arguments)


def _first(call: CallState, state: View) -> PictureState | None:
    names = [i for i in call.arguments.get("pictures", []) if i in state.pictures]
    return state.pictures[names[0]] if names else None


def _field(words: Words, field: Field, value: Any, state: View) -> dict[str, Any]:
    language = words.language
    choices = [{"value": c.value, "label": c.label[language]} for c in field.choices]
    if field.type == "picture":
        choices = [{"value": i, "label": p.picture.name} for i, p in state.pictures.items()]
    return {
        "name": field.name,
        "type": field.type,
        "label": field.label[language],
        "hint": field.hint.get(language, ""),
        "minimum": field.minimum,
        "maximum": field.maximum,
        "step": STEPS.get(field.type),
        "recommended": list(field.recommended) if field.recommended else None,
        "unit": field.unit,
        "choices": choices,
        "value": value,
        "advanced": field.advanced,
        "shown_if": list(field.shown_if) if field.shown_if else None,
    }


def _preview(conversation: str, calls: Sequence[CallState], state: View) -> dict[str, Any] | None:
    """Addresses of what the browser needs to draw the picture itself: colours, raw alpha, what lies behind."""
    first = next((p for c in calls if (p := _first(c, state))), None)
    if first is None:
        return None
    base = f"/files/{conversation}/p"
    scale = min(1.0, PREVIEW / max(first.picture.width, first.picture.height))
    recipe: Recipe = first.recipe
    return {
        "foreground": f"{base}/{first.id}/foreground?s={PREVIEW}",
        "original": f"{base}/{first.id}/original?s={PREVIEW}",
        "alpha": {keep: f"{base}/{first.id}/network?s={PREVIEW}&keep={keep}" for keep in get_args(Keep)},
        "scale": scale,
        "behind": {i: f"{base}/{i}/original?s={PREVIEW}" for i in state.pictures if i != first.id},
        "recipe": recipe.to_json(),
    }
