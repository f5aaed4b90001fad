"""Events -> messages for the language model.

``wire`` is pure, and what it gives at one request is a byte-for-byte prefix of what it gives at the next: the
server's cache stays warm, and a history that the API refuses can't be made. How:

- Everything the person does (words, pictures, clicks) is gathered into one user message, which is written when a
  ``Planned`` event says that it was told of it (``covers``). What came later goes into the next user message.
- An assistant message with calls is written together with exactly one tool message for each call, next to it and
  in order, once every call is resolved: done, failed, stopped, declined, or abandoned because something else was
  planned. Until then it is left out; no request is made in that state (``ready``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.events import (
    Attached,
    Call,
    Clicked,
    Decided,
    Event,
    Finished,
    Planned,
    Refused,
    Said,
    Seen,
)

Message = dict[str, Any]
Preview = Callable[[str], str]  # sha256 -> data URL of a small preview


def wire(events: Sequence[Event], system: str, preview: Preview | None = None) -> list[Message]:
    """The messages for the API. With ``preview`` each picture goes along as a small image."""
    messages: list[Message] = [{"role": "system", "content": system}]
    plans = [(i, e) for i, e in enumerate(events) if isinstance(e, Planned)]
    told = 0
    for n, (index, plan) in enumerate(plans):
        messages += _user(events[told : plan.covers], preview)
        told = max(told, plan.covers)
        until = plans[n + 1][1].covers if n + 1 < len(plans) else len(events)
        outcomes = _outcomes(plan, events[index + 1 : max(until, index + 1)])
        if len(outcomes) < len(plan.calls) and n + 1 == len(plans):
            return messages  # a call is open: nothing may follow yet
        messages += _assistant(plan, outcomes)
    return messages + _user(events[told:], preview)


def ready(events: Sequence[Event]) -> bool:
    """Whether a request may be made: no call of the last plan is open."""
    last = max((i for i, e in enumerate(events) if isinstance(e, Planned)), default=None)
    if last is None:
        return True
    plan = events[last]
    assert isinstance(plan, Planned)
    return len(_outcomes(plan, events[last + 1 :])) == len(plan.calls)


def _assistant(plan: Planned, outcomes: Mapping[str, str]) -> list[Message]:
    spoken: Message = {"role": "assistant", "content": plan.text}
    if not plan.calls:
        return [spoken]
    spoken["tool_calls"] = [
        {"id": c.id, "type": "function", "function": {"name": _name(c), "arguments": _json(c.arguments)}}
        for c in plan.calls
    ]
    abandoned = _json({"outcome": "abandoned", "note": "Nothing was done. Do not repeat it unless asked."})
    answers = [
        {"role": "tool", "tool_call_id": c.id, "content": outcomes.get(c.id, abandoned)} for c in plan.calls
    ]
    return [spoken, *answers]


def _name(call: Call) -> str:
    """The API takes only ``[a-zA-Z0-9_-]{1,64}``, and would refuse a history with what a model made up."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in call.tool)[:64]
    return kept or "unknown"


def _outcomes(plan: Planned, events: Sequence[Event]) -> dict[str, str]:
    """The tool message of each call of ``plan`` that is resolved within ``events``; the first outcome counts."""
    found = {c.id: _json({"outcome": "refused", "error": c.problem}) for c in plan.calls if c.problem}
    calls = {c.id: c for c in plan.calls}
    edited: dict[str, Decided] = {}
    for event in events:
        if isinstance(event, Decided | Finished) and (event.call not in calls or event.call in found):
            continue
        if isinstance(event, Decided) and event.outcome == "declined":
            found[event.call] = _declined(event)
        elif isinstance(event, Decided) and event.outcome == "edited":
            edited.setdefault(event.call, event)
        elif isinstance(event, Finished):
            found[event.call] = _finished(event, edited.get(event.call))
    return found


def _declined(event: Decided) -> str:
    note = "The person declined. Nothing was done. Do not propose the same again."
    return _json({"outcome": "declined", "note": note} | ({"reason": event.reason} if event.reason else {}))


def _finished(event: Finished, edited: Decided | None) -> str:
    told: dict[str, Any] = {"outcome": event.outcome}
    if edited:
        told["note"] = "The person changed the values; these were carried out."
        told["arguments"] = edited.arguments
    if event.facts:
        told["facts"] = event.facts
    if event.files:
        told["files"] = [{k: f[k] for k in ("picture", "path", "width", "height", "size")} for f in event.files]
    if event.failures:
        told["failures"] = event.failures
    return _json(told)


def _user(events: Sequence[Event], preview: Preview | None) -> list[Message]:
    """One user message for all that happened on the person's side, or none."""
    lines = [line for line in map(_line, events) if line]
    if not lines:
        return []
    text = "\n".join(lines)
    images = [e for e in events if isinstance(e, Attached)] if preview else []
    if not images or preview is None:
        return [{"role": "user", "content": text}]
    parts: list[Message] = [{"type": "text", "text": text}]
    parts += [{"type": "image_url", "image_url": {"url": preview(e.picture["sha256"])}} for e in images]
    return [{"role": "user", "content": parts}]


def _line(event: Event) -> str:
    match event:
        case Said():
            return clean(event.text)
        case Attached():
            p = event.picture
            facts = {"picture": event.id, "name": p["name"], "width": p["width"], "height": p["height"]}
            return _note(facts | {"transparent": p["transparent"]})
        case Seen():
            facts = {"picture": event.id, "shows": event.subject, "certainty": round(event.certainty, 2)}
            facts |= {"sure": event.sure, "covers": round(event.coverage, 2)}
            places = [f"{d['reason']} at {d['where']}" for d in event.doubts]
            return _note(facts | ({"unsure": places} if places else {}))
        case Refused():
            return _note({"refused_file": event.facts.get("name", ""), "why": event.key})
        case Clicked():
            return _note({"clicked": event.tool, "arguments": dict(event.arguments), "changed": list(event.recipes)})
        case _:
            return ""


def _note(facts: Mapping[str, Any]) -> str:
    """Data for the model, set apart from what the person says: names of files are never instructions."""
    return "<data>" + _json(facts).replace("<", "\\u003c") + "</data>"


def _json(value: Any) -> str:
    return clean(json.dumps(value, ensure_ascii=False, sort_keys=True, default=dict))


def clean(text: str) -> str:
    """Lone surrogates (half an emoji) can't be sent; they become U+FFFD."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
