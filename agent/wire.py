"""Events -> messages for the language model.

``wire`` is pure, and what it gives at one request is a byte-for-byte prefix of what it gives at the next: the
server's cache stays warm, and a history that the API refuses can't be made. How:

- Everything the person does (words, pictures, clicks) is gathered into one user message, which is written
  when a ``Planned`` event says that it was told of it (``covers``). What came later goes into the next one.
- An assistant message with calls is written together with exactly one tool message for each call, next to it
  and in order, once every call is resolved: done, failed, stopped, declined, or abandoned because something
  else was planned. Until then it is left out; no request is made in that state (``ready``).
- Users and assistants take turns, and a request never ends with the assistant: where nothing new was said, a
  note says so. Calls whose id was used before do not count, as in ``agent.conversation.view``.

Only a request that got no answer (no ``Planned`` followed) may differ from the next one, in its last user
message: what was said since then is added to it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
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
CHOICES = ">> "  # begins the line of an answer that offers choices: ">> white | blue"
WORDLESS = "(no words)"  # an assistant message may not be empty
OWN_TAG = re.compile(r"<(?=\s*/?\s*data\b)", re.IGNORECASE)


def wire(events: Sequence[Event], system: str, preview: Preview | None = None) -> list[Message]:
    """The messages for the API. With ``preview`` each picture goes along as a small image."""
    messages: list[Message] = [{"role": "system", "content": clean(system)}]
    plans = _plans(events)
    told = 0
    for n, (index, plan, calls) in enumerate(plans):
        covers = min(max(plan.covers, told), index)
        messages += _user(events[told:covers], preview, messages[-1])
        told = covers
        last = n + 1 == len(plans)
        until = len(events) if last else plans[n + 1][0]
        outcomes = _outcomes(calls, events[index + 1 : until])
        if last and len(outcomes) < len(calls):
            return messages  # a call is open: nothing may follow yet
        messages += _assistant(plan, calls, outcomes)
    return messages + _user(events[told:], preview, messages[-1])


def ready(events: Sequence[Event]) -> bool:
    """Whether a request may be made: no call of the last plan is open."""
    plans = _plans(events)
    if not plans:
        return True
    index, _, calls = plans[-1]
    return len(_outcomes(calls, events[index + 1 :])) == len(calls)


def _plans(events: Sequence[Event]) -> list[tuple[int, Planned, dict[str, Call]]]:
    """Each plan with its index and its own calls: those whose id no earlier plan used."""
    found: list[tuple[int, Planned, dict[str, Call]]] = []
    used: set[str] = set()
    for index, event in enumerate(events):
        if isinstance(event, Planned):
            calls = {c.id: c for c in event.calls if c.id not in used}
            used |= calls.keys()
            found.append((index, event, calls))
    return found


def _assistant(plan: Planned, calls: Mapping[str, Call], outcomes: Mapping[str, str]) -> list[Message]:
    offered = CHOICES + " | ".join(plan.choices) if plan.choices else ""
    text = clean("\n".join(part for part in (plan.text, offered) if part.strip()))
    if not calls:
        return [{"role": "assistant", "content": text or WORDLESS}]
    asked = [
        {"id": _id(c), "type": "function", "function": {"name": _name(c), "arguments": _json(c.arguments)}}
        for c in calls.values()
    ]
    abandoned = _json({"outcome": "abandoned", "note": "Nothing was done. Do not repeat it unless asked."})
    answers: list[Message] = [
        {"role": "tool", "tool_call_id": _id(c), "content": outcomes.get(c.id, abandoned)} for c in calls.values()
    ]
    return [{"role": "assistant", "content": text, "tool_calls": asked}, *answers]


def _id(call: Call) -> str:
    """The call's id, or one made from it where the API would refuse it."""
    if re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call.id):
        return call.id
    return "call_" + hashlib.sha256(call.id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _name(call: Call) -> str:
    """The API takes only ``[a-zA-Z0-9_-]{1,64}``, and would refuse a history with what a model made up."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", call.tool)[:64] or "unknown"


def _outcomes(calls: Mapping[str, Call], events: Sequence[Event]) -> dict[str, str]:
    """The tool message of each of ``calls`` that is resolved within ``events``.

    The first decision and the first outcome count, as in ``agent.conversation.view``.
    """
    found = {c.id: _json({"outcome": "refused", "error": c.problem}) for c in calls.values() if c.problem}
    decided: dict[str, Decided] = {}
    for event in events:
        if not isinstance(event, Decided | Finished) or event.call not in calls or event.call in found:
            continue
        if isinstance(event, Finished):
            found[event.call] = _finished(event, decided.get(event.call))
        elif decided.setdefault(event.call, event) is event and event.outcome == "declined":
            found[event.call] = _declined(event)
    return found


def _declined(event: Decided) -> str:
    note = "The person declined. Nothing was done. Do not propose the same again."
    return _json({"outcome": "declined", "note": note} | ({"reason": event.reason} if event.reason else {}))


def _finished(event: Finished, decided: Decided | None) -> str:
    told: dict[str, Any] = {"outcome": event.outcome}
    if decided and decided.outcome == "edited":
        told["note"] = "The person changed the values; these were carried out."
        told["arguments"] = decided.arguments
    if event.facts:
        told["facts"] = event.facts
    if event.files:
        told["files"] = [_file(f) for f in event.files]
    if event.failures:
        told["failures"] = event.failures
    return _json(told)


def _file(written: Mapping[str, Any]) -> Message:
    """What the model learns of a file: its name, never the folders of this computer."""
    kept = {k: written[k] for k in ("picture", "width", "height", "size")}
    return kept | {"name": PurePath(written["path"]).name}


def _user(events: Sequence[Event], preview: Preview | None, before: Message) -> list[Message]:
    """One user message for all that happened on the person's side; none after tool results if nothing did."""
    lines = [line for line in map(_line, events) if line.strip()]
    if not lines:
        return [] if before["role"] == "tool" else [{"role": "user", "content": _note({"said": "nothing new"})}]
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
            return OWN_TAG.sub("‹", clean(event.text))
        case Attached():
            p = event.picture
            facts = {"picture": event.id, "name": p["name"], "width": p["width"], "height": p["height"]}
            return _note(facts | {"transparent": p["transparent"]})
        case Seen():
            facts = {"picture": event.id, "shows": event.subject, "certainty": _rounded(event.certainty)}
            facts |= {"sure": event.sure, "covers": _rounded(event.coverage)}
            places = [f"{d['reason']} at {d['where']}" for d in event.doubts]
            return _note(facts | ({"unsure": places} if places else {}))
        case Refused():
            return _note({"refused_file": event.facts.get("name", ""), "why": event.key})
        case Clicked():
            return _note({"clicked": event.tool, "arguments": event.arguments, "changed": list(event.recipes)})
        case _:
            return ""


def _rounded(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None


def _note(facts: Mapping[str, Any]) -> str:
    """Data for the model, set apart from what the person says: names of files are never instructions."""
    return "<data>" + _json(facts).replace("<", "\\u003c") + "</data>"


def _json(value: Any) -> str:
    return clean(json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, allow_nan=False))


def _plain(value: Any) -> Any:
    """Values that JSON has: no mapping but dict, no key but str; NaN and infinity become null."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def clean(text: str) -> str:
    """Half an emoji (a lone surrogate) can't be sent and becomes U+FFFD; two halves are joined."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
