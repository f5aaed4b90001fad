"""The graded conversations against a live language model: its answers, and what they cost. Never part of the tests
that need no network; they use a local server that speaks the same protocol."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from agent.conversation import view
from agent.events import Attached, Call, Decided, Event, Finished, Planned, Said, Seen
from agent.planner import Plan, Planner, Request
from agent.prompt import system_prompt
from agent.wire import wire
from tools import registry
from tools.errors import BadValue
from tools.wording import language_of

# USD for a million tokens, outside of peak hours (twice as much within), as DeepSeek's page of prices had it in
# September 2026 (api-docs.deepseek.com, quick_start/pricing): from its cache, not from its cache, answered.
PRICES = {"deepseek-flash": (0.003, 0.15, 0.60), "deepseek-v4-pro": (0.022, 0.66, 1.98)}
Line = Mapping[str, Any]


def answer(line: Line, planner: Planner) -> tuple[dict[str, Any], Counter[str]]:
    """The live answer to the last thing said, and the tokens that the whole conversation took. Earlier wishes are
    planned live, too, and taken as confirmed and carried out.

    Raises:
        PlannerUnavailable: no answer can be had.
    """
    events: list[Event] = [e for picture in line["pictures"] for e in _picture(picture)]
    usage: Counter[str] = Counter()
    language, plan = "zh", Plan("")
    for said in line["said"]:
        language = language_of(said, language)
        events.append(Said(said))
        plan = _planned(events, planner, language)
        usage.update(plan.usage)
        events += _carried_out(events[-1])
    steps = [{"tool": w.tool, "arguments": dict(w.arguments)} for w in plan.wishes]
    return {"id": line["id"], "reply": plan.text, "steps": steps}, usage


def _picture(given: Line) -> list[Event]:
    facts = {"sha256": "", "name": given["name"], "width": given["width"], "height": given["height"]}
    facts |= {"format": "JPEG", "bits": 8, "transparent": False, "size": 0}
    subject = "person" if given["subject"] == "portrait" else given["subject"]
    return [Attached(given["id"], facts), Seen(given["id"], subject, 0.9, True, 0.4)]


def _planned(events: list[Event], planner: Planner, language: str) -> Plan:
    """Asks for one answer and notes it in ``events``."""
    state = view(events)
    request = Request(state, wire(events, system_prompt()), language)
    plan = planner.plan(request, lambda text: None, threading.Event())
    number = len(events)
    calls = tuple(_call(f"call_{number}_{n}", w.tool, w.arguments, state.pictures) for n, w in enumerate(plan.wishes))
    events.append(Planned(plan.text, calls, planner.name, number, plan.choices, plan.usage))
    return plan


def _call(name: str, tool: str, arguments: Mapping[str, Any], pictures: Mapping[str, Any]) -> Call:
    try:
        return Call(name, tool, registry.check(tool, arguments, list(pictures)))
    except BadValue as error:
        return Call(name, tool, arguments, error.sentence_key)


def _carried_out(event: Event) -> list[Event]:
    """A click and a result for each call of a plan."""
    calls = [c for c in event.calls if not c.problem] if isinstance(event, Planned) else []
    return [e for c in calls for e in (Decided(c.id, "confirmed"), Finished(c.id, "done"))]


def cost(usage: Mapping[str, int], model: str) -> float | None:
    """USD outside of peak hours, or None for a model whose price is not known."""
    if model not in PRICES:
        return None
    cached, uncached, answered = PRICES[model]
    tokens = usage.get("cached", 0) * cached + usage.get("uncached", 0) * uncached
    return (tokens + usage.get("completion", 0) * answered) / 1_000_000


def bill(usages: Sequence[Mapping[str, int]], model: str) -> str:
    """One line on what the conversations took: requests, tokens, the share from the cache, and USD."""
    total: Counter[str] = Counter()
    for usage in usages:
        total.update(usage)
    prompt, count = max(1, total["prompt"]), max(1, len(usages))
    spent = cost(total, model)
    price = f"USD {spent:.4f}, {spent / count:.6f} a conversation" if spent is not None else "price not known"
    share = 100 * total["cached"] / prompt
    tokens = f"{total['prompt']} tokens asked ({share:.0f} % from the cache), {total['completion']} answered"
    return f"{model}: {total['requests']} requests, {tokens}; {price} (outside of peak hours)"
