"""The planner that asks DeepSeek, or any server that speaks the same protocol.

Decisions:

- Thinking is off for the whole conversation (``thinking: disabled``): answers come at once, and no reasoning
  has to be kept and sent back. The field is DeepSeek's own; it goes out only if the address is DeepSeek's or
  the model's name begins with "deepseek", since other servers may refuse it. The same holds for the ``/beta``
  address that strict schemas need.
- ``words_only`` sends ``tool_choice: none`` and keeps the tools: without them the beginning of the request
  would differ, and the server's cache would miss the whole conversation.
- Words that answer tool results stream. In answer to a wish the first ``verdict.HELD`` characters are held back
  until it is known whether calls come: what a model says beside calls was said before anything ran. It becomes
  the plan's text, unless it claims work done or is in the wrong language.
- An answer that can't be used (markup instead of calls, cut off, empty, wrong language) is asked for once more;
  the second question is not part of the conversation's history.
- Keep-alive lines do not count as life: a server that only keeps the line open is given up at a deadline.
- The stream is read here and not by the client library, which fails on comments after an ``id:`` line and can't
  tell a stream that ended from one that broke off.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from openai import AsyncOpenAI

from agent import refusals, verdict
from agent.answer import Answer, ErrorInStream, Unreadable, events
from agent.planner import Plan, Request
from agent.refusals import Refusal
from agent.wire import Message
from tools import registry
from tools.errors import Cancelled, PlannerUnavailable
from tools.settings import Settings

log = logging.getLogger(__name__)
TICK = 0.03  # s between looks at the person's wish to stop


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds. Only data counts as life, keep-alive lines do not."""

    connect: float = 10.0
    first: float = 60.0  # for the first data: a busy server queues
    between: float = 20.0  # between data
    tail: float = 2.0  # for the token counts, after the answer is complete
    total: float = 180.0  # for a plan, with all tries
    pause: float = 0.5  # before the second try; doubles each time


class DeepSeek:
    """The planner that asks a language model. ``name`` is the model's id."""

    def __init__(self, settings: Settings, patience: Patience | None = None) -> None:
        self.name = settings.model
        self._settings = settings
        self._patience = patience or Patience()

    def plan(self, request: Request, on_text: Callable[[str], None], stop: threading.Event) -> Plan:
        """Asks the model. ``on_text`` gets the words so far (all of them each time; "" takes them back).

        Raises:
            PlannerUnavailable: no answer can be had; its sentence says why.
            Cancelled: ``stop`` was set.
        """
        if stop.is_set():
            raise Cancelled
        _demand_usable(self._settings)
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self._watched(request, on_text, stop))
        except Refusal as refusal:
            raise PlannerUnavailable(refusal.key, model=self.name) from None
        finally:
            # The loop's threads are not waited for: the look-up of a name may hang in one for long.
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _watched(self, request: Request, on_text: Callable[[str], None], stop: threading.Event) -> Plan:
        """The talk, ended at once by ``stop`` or the last deadline; its connection is closed with it."""
        now = asyncio.get_running_loop().time
        end = now() + self._patience.total
        work = asyncio.create_task(self._talk(request, on_text))
        try:
            while True:
                await asyncio.wait({work}, timeout=TICK)
                if stop.is_set():
                    raise Cancelled
                if work.done():
                    return work.result()
                if now() > end:
                    raise Refusal("planner_slow")
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _talk(self, request: Request, on_text: Callable[[str], None]) -> Plan:
        async with _client(self._settings, self._patience) as client:
            talk = _Talk(client, request, self._settings, self._patience, verdict.Shown(on_text, request))
            plan = verdict.plan(await talk.answer(), request)
        talk.shown.end(plan)
        return replace(plan, usage=dict(talk.usage))


@dataclass
class _Talk:
    """One question to the model, with its tries, and a second question if the answer can't be used."""

    client: AsyncOpenAI
    request: Request
    settings: Settings
    patience: Patience
    shown: verdict.Shown
    usage: Counter[str] = field(default_factory=Counter)

    async def answer(self) -> Answer:
        """A usable answer.

        Raises:
            Refusal: there is none.
        """
        messages = self.request.messages
        first = await self._ask(_body(self.settings, self.request, messages))
        why = verdict.fault(first, self.request)
        if why is None:
            return first
        log.warning("the model's answer can't be used (%s); asking once more", why.key or "wrong language")
        # Not cold this time: the same question, answered in the same way, would be of no use.
        again = _body(self.settings, self.request, messages + verdict.nudged(first, why)) | {"temperature": 1}
        try:
            second = await self._ask(again)
        except Refusal:
            if why.key:
                raise
            return first
        still = verdict.fault(second, self.request)
        if still is None or not still.key:
            return second
        if why.key:
            raise Refusal(still.key)
        return first  # in the wrong language, which is better than nothing

    async def _ask(self, body: dict[str, Any]) -> Answer:
        """A complete answer, tried again where that makes sense."""
        tries = 0
        while True:
            self.usage.update({"requests": 1})
            try:
                return await self._once(body)
            except Refusal as refusal:
                if tries >= refusal.again:
                    raise
            await asyncio.sleep(self.patience.pause * 2**tries)
            tries += 1

    async def _once(self, body: dict[str, Any]) -> Answer:
        """One request. What goes wrong after the answer is complete does no harm."""
        answer = Answer()
        try:
            async with asyncio.timeout(self.patience.first) as deadline:
                await self._stream(body, answer, deadline)
            failure = None
        except (TimeoutError, openai.APIError, httpx2.TransportError, Unreadable) as error:
            failure = self._refusal(error, answer)
        self.usage.update(answer.usage)
        if answer.finish or failure is None:
            failure = refusals.of_finish(answer.finish)
        if failure:
            raise failure
        return answer

    async def _stream(self, body: dict[str, Any], answer: Answer, deadline: asyncio.Timeout) -> None:
        now = asyncio.get_running_loop().time
        async with self.client.chat.completions.with_streaming_response.create(**body) as response:
            kind = response.headers.get("content-type", "")
            if "event-stream" not in kind:
                log.warning("the address of the language model answers with %s", kind or "no content type")
                raise Refusal("planner_bad_address")
            async for data in events(response.iter_bytes()):
                answer.add(data)
                deadline.reschedule(now() + (self.patience.tail if answer.finish else self.patience.between))
                self.shown.follow(answer)

    def _refusal(self, error: Exception, answer: Answer) -> Refusal:
        """What ``error`` means for the person; the log gets its words, without the key."""
        match error:
            case TimeoutError():
                return Refusal("planner_slow")
            case openai.APIStatusError():
                body = json.dumps(error.body, ensure_ascii=False) if error.body else error.message
                return refusals.of_status(error.status_code, self._safe(body))
            case ErrorInStream():
                return refusals.of_status(500, self._safe(str(error)))
        log.warning("no answer from the language model: %s", self._safe(repr(error.__cause__ or error)))
        unreached = isinstance(error, openai.APIConnectionError) and answer == Answer()
        return Refusal("planner_no_network" if unreached else "planner_broke_off")

    def _safe(self, text: str) -> str:
        return refusals.without_key(text, self.settings.key)


def _body(settings: Settings, request: Request, messages: list[Message]) -> dict[str, Any]:
    """The arguments of a request; cold, so that the same sentence gets the same plan."""
    body: dict[str, Any] = {"model": settings.model, "messages": messages, "stream": True, "temperature": 0}
    body |= {"stream_options": {"include_usage": True}, "max_tokens": settings.limits.reply_tokens}
    declared = [registry.function(tool, settings.strict) for tool in registry.tools().values()]
    if declared:
        body |= {"tools": declared, "tool_choice": "none" if request.words_only else "auto"}
    if _is_deepseek(settings):
        body["extra_body"] = {"thinking": {"type": "disabled"}}
    return body


def _client(settings: Settings, patience: Patience) -> AsyncOpenAI:
    timeout = openai.Timeout(None, connect=patience.connect)
    return AsyncOpenAI(api_key=settings.key, base_url=_address(settings), max_retries=0, timeout=timeout)


def _address(settings: Settings) -> str:
    """The base URL; DeepSeek's strict schemas live under ``/beta``."""
    address = settings.base_url.rstrip("/")
    if settings.strict and _is_deepseek(settings) and not address.endswith("/beta"):
        return address.removesuffix("/v1") + "/beta"
    return address


def _is_deepseek(settings: Settings) -> bool:
    host = urlsplit(settings.base_url).hostname or ""
    return f".{host}".endswith(".deepseek.com") or settings.model.lower().startswith("deepseek")


def _demand_usable(settings: Settings) -> None:
    """Refuses what could not even be sent, before anything is sent."""
    if not settings.key:
        raise PlannerUnavailable("planner_no_key")
    if not (settings.key.isascii() and settings.key.isprintable() and " " not in settings.key):
        raise PlannerUnavailable("planner_wrong_key")
    try:
        address = urlsplit(settings.base_url)
        usable = address.scheme in ("http", "https") and address.hostname and address.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise PlannerUnavailable("planner_bad_address")
