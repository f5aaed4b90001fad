"""Asking a planner: what it is told, when it has been asked often enough, and what its answer becomes."""

from __future__ import annotations

import base64
import json
from collections import Counter

from agent.conversation import View
from agent.events import Call, Decided, Finished, Noticed, Planned, Said
from agent.live import Live
from agent.planner import Plan, Planner, Request, Wish
from agent.prompt import system_prompt
from agent.store import Summary
from agent.wire import Message, Preview, wire
from tools import registry
from tools.errors import BadValue, NoRoom
from tools.settings import Limits, Settings
from tools.studio import Studio

CHARACTERS_PER_TOKEN = 2  # a careful estimate for mixed Chinese and English
PREVIEW = 512  # px, the longer side of what the model is shown with SEND_PICTURES


def plan(planner: Planner, state: View, summary: Summary, settings: Settings, studio: Studio, live: Live) -> Planned:
    """Asks ``planner`` and checks its wishes; a wish that can't be carried out gets a ``problem``, for the next
    round.

    Raises:
        PlannerUnavailable, Cancelled: from the planner.
        NoRoom: the conversation is longer than the model may be sent.
    """
    show = _preview(state, studio) if settings.send_pictures and planner.name == settings.model else None
    messages = wire(state.events, system_prompt(), show)
    _demand_room(messages, settings.limits)
    spent = steps_of_turn(state)
    request = Request(state, messages, summary.language, words_only=spent >= settings.limits.steps)
    answer = planner.plan(request, lambda text: setattr(live, "text", text), live.progress.stop_wish)
    return _planned(answer, planner.name, state, settings.limits.steps - spent)


def _planned(answer: Plan, name: str, state: View, steps: int) -> Planned:
    number = len(state.events)
    calls = tuple(_call(wish, f"call_{number}_{i}", state, i < steps) for i, wish in enumerate(answer.wishes))
    return Planned(answer.text, calls, name, number, answer.choices, dict(answer.usage))


def _call(wish: Wish, name: str, state: View, room: bool) -> Call:
    if wish.problem:
        return Call(name, wish.tool, wish.arguments, wish.problem)
    if not room:
        return Call(name, wish.tool, wish.arguments, "too many steps in one turn; answer in words now")
    try:
        return Call(name, wish.tool, registry.check(wish.tool, wish.arguments, list(state.pictures)))
    except BadValue as error:
        return Call(name, wish.tool, dict(wish.arguments), f"{error.sentence_key}: {json.dumps(error.facts)}")


def automatic(planned: Planned, everything: bool) -> list[Decided]:
    """Decisions that need no click: tools which can be taken back, or all of them if the person wants it so."""
    sound = [c for c in planned.calls if not c.problem]
    free = everything or all(not registry.tools()[c.tool].confirm for c in sound)
    return [Decided(c.id, "confirmed", automatic=True) for c in sound] if free else []


def who_plans(state: View, planner: Planner, spare: Planner) -> Planner:
    """The spare one goes on with a turn that it began; the next thing said is for the first one again."""
    for event in reversed(state.events):
        if isinstance(event, Said):
            return planner
        if isinstance(event, Planned):
            return spare if event.planner == spare.name else planner
    return planner


def limit_reached(state: View, limits: Limits) -> Noticed | None:
    """The sentence with which a turn ends that does not come to an end by itself."""
    turn = _turn(state)
    rounds = sum(isinstance(e, Planned) for e in turn)
    if rounds >= limits.rounds:
        return Noticed("too_many_rounds", {"limit": limits.rounds})
    if _same_failures(state) > limits.identical_failures:
        return Noticed("same_failure", {"limit": limits.identical_failures})
    return None


def steps_of_turn(state: View) -> int:
    """How many sound calls were planned since the last thing said."""
    return sum(not c.problem for e in _turn(state) if isinstance(e, Planned) for c in e.calls)


def _turn(state: View) -> tuple[object, ...]:
    last = max((i for i, e in enumerate(state.events) if isinstance(e, Said)), default=0)
    return state.events[last:]


def _same_failures(state: View) -> int:
    """How often the most frequent call of this turn failed in the same way."""
    ways: Counter[str] = Counter()
    for event in _turn(state):
        if isinstance(event, Planned):
            ways.update(_key(c.tool, c.arguments) + c.problem for c in event.calls if c.problem)
        elif isinstance(event, Finished) and event.outcome == "failed" and event.call in state.calls:
            call = state.calls[event.call]
            ways.update([_key(call.call.tool, call.arguments)])
    return max(ways.values(), default=0)


def _key(tool: str, arguments: object) -> str:
    return tool + json.dumps(arguments, sort_keys=True, default=str)


def _demand_room(messages: list[Message], limits: Limits) -> None:
    size = sum(len(str(m.get("content"))) + len(str(m.get("tool_calls", ""))) for m in messages if m)
    images = sum(m["content"] is not None and not isinstance(m["content"], str) for m in messages)
    if not images and size // CHARACTERS_PER_TOKEN > limits.tokens:
        raise NoRoom("conversation_too_long")


def _preview(state: View, studio: Studio) -> Preview:
    by_hash = {p.picture.sha256: p.picture for p in state.pictures.values()}

    def show(sha256: str) -> str:
        data = studio.pictures.preview(by_hash[sha256], PREVIEW).read_bytes()
        kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
        return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"

    return show
