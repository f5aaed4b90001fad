"""Asking a DeepSeek planner, for tests: one toy tool, short deadlines, and what was shown on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent.conversation import view
from agent.deepseek import DeepSeek, Patience
from agent.events import Call, Decided, Event, Finished, Planned, Said
from agent.planner import Plan, Request, Wish
from agent.wire import wire
from tests.fake_deepseek import KEY, FakeDeepSeek
from tools.desk import Result
from tools.errors import PlannerUnavailable
from tools.registry import Choice, Field, Tool
from tools.wording import LANGUAGES, explain

TOY = Tool(
    name="matte",
    about="Cut out.",
    label={"zh": "抠图", "en": "Cut out"},
    fields=(
        Field("pictures", "pictures", "Ids.", {}, required=True),
        Field("feather", "number", "Softness.", {}, minimum=0, maximum=30),
        Field("keep", "choice", "What.", {}, choices=(Choice("people", {}),)),
    ),
    run=lambda desk, arguments, progress: Result(),
    describe=lambda arguments, language: "cut out",
)
# Short enough for tests, long enough for a machine that is busy.
PATIENCE = Patience(connect=5, first=1.5, between=1.5, tail=0.3, total=60, pause=0.01)
PATIENT = Patience(pause=0.01)
ONE: dict[str, Any] = {"pictures": ["p1"], "feather": 2}
WISH = Wish("matte", ONE)
SENTENCE = (
    "这张是人像，建议羽化 2 像素，头发会更自然一些，背景可以换成白色或者蓝色，"
    "需要的话我也可以导出成透明的图片文件，随时告诉我就好，我会先给您看一遍。"
)


@dataclass
class Asking:
    """Asks the server and keeps what was shown on the way."""

    folder: Path
    shown: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def __call__(
        self,
        server: FakeDeepSeek,
        *events: Event,
        language: str = "zh",
        words_only: bool = False,
        patience: Patience = PATIENT,
        on_text: Callable[[str], None] | None = None,
        **settings: Any,
    ) -> Plan:
        happened = list(events) or [Said("把这张抠出来")]
        request = Request(view(happened), wire(happened, "You are a test."), language, words_only)
        planner = DeepSeek(server.settings(self.folder, **settings), patience)
        return planner.plan(request, on_text or self.shown.append, self.stop)


AFTER_RESULT: list[Event] = [
    Said("抠图"),
    Planned("", (Call("a", "matte", ONE),), "deepseek-flash", 1),
    Decided("a", "confirmed"),
    Finished("a", "done"),
]


def refusal(ask: Asking, server: FakeDeepSeek, *events: Event, **settings: Any) -> str:
    """The key of the sentence with which the planner gives up; the sentence exists in both languages."""
    with pytest.raises(PlannerUnavailable) as caught:
        ask(server, *events, **settings)
    error = caught.value
    assert KEY not in repr(error) + str(error) + str(error.facts)
    assert all(explain(error, language) for language in LANGUAGES)
    return error.sentence_key
