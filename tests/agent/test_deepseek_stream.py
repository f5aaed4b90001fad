"""Streams as they really come: noise, breaks, stalls, and people who stop."""

from __future__ import annotations

from typing import Any

import pytest

from agent.deepseek import Patience
from tests.asking import AFTER_RESULT, ONE, PATIENCE, SENTENCE, WISH, Asking, refusal
from tests.fake_deepseek import (
    BREAK,
    DONE,
    KEEP_ALIVE,
    STALL,
    USAGE,
    FakeDeepSeek,
    Repeat,
    Step,
    call_frames,
    calls,
    chunk,
    pieces,
    words,
)
from tools.errors import Cancelled

# ── the stream ────────────────────────────────────────────────────────────────────────────────────────


def test_keep_alives_blank_lines_ids_and_empty_choices_do_no_harm(ask: Asking) -> None:
    noise = b"id: 7\n: keep-alive\n\n\n\nretry: 5\nevent: x\n\n" + chunk(choices=[]) + chunk(choices=None)
    frames = (
        KEEP_ALIVE,
        noise,
        *pieces("好的"),
        noise,
        chunk({"content": None, "tool_calls": None}),
        chunk({}, "stop"),
        DONE,
    )
    with FakeDeepSeek(Step((*frames[:-1], DONE))) as server:
        assert ask(server).text == "好的"


def test_characters_and_lines_may_be_split_anywhere(ask: Asking) -> None:
    text = "一行\u2028两行\x85三😀"
    stream = b"".join((*pieces(text, 5), *call_frames([("matte", ONE)]), chunk({}, "tool_calls"), DONE))
    with FakeDeepSeek(Step(tuple(stream[i : i + 3] for i in range(0, len(stream), 3)))) as server:
        plan = ask(server)
    assert (plan.text, plan.wishes) == (text, (WISH,))


def test_windows_line_ends_are_fine(ask: Asking) -> None:
    frames = [f.replace(b"\n", b"\r\n") for f in words("好的").frames if isinstance(f, bytes)]
    with FakeDeepSeek(Step(tuple(frames))) as server:
        assert ask(server).text == "好的"


def test_an_answer_that_is_complete_needs_no_done(ask: Asking) -> None:
    complete = (*pieces("好的"), chunk({}, "stop", usage=USAGE))
    for end in ((), (BREAK,), (STALL,)):
        with FakeDeepSeek(Step((*complete, *end))) as server:
            plan = ask(server, patience=Patience(between=60, tail=0.2, total=10))
        assert plan.text == "好的"
        assert plan.usage["prompt"] == 100


BROKEN = {
    "the connection breaks": (*pieces("好的，我来"), BREAK),
    "the stream ends early": pieces("好的，我来"),
    "done without an end": (*pieces("好的，我来"), DONE),
    "nothing but done": (DONE,),
    "the server aborts": (*pieces("好的，我来"), chunk({}, "aborted"), DONE),
    "no json": (b"data: <html>\n\n",),
    "no chunk": (b"data: [1, 2]\n\n",),
    "no text": (b'data: {"choices": [{"delta": {"content": 3}}]}\n\n',),
    "no utf-8": (b"data: \xff\xfe\n\n",),
    "calls without end": (*call_frames([("matte", ONE)]), BREAK),
}


@pytest.mark.parametrize("frames", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_tried_again_once_and_then_explained(ask: Asking, frames: tuple[bytes, ...]) -> None:
    with FakeDeepSeek(Step(tuple(frames)), calls(("matte", ONE))) as server:
        assert ask(server).wishes == (WISH,)
    with FakeDeepSeek(Step(tuple(frames)), Step(tuple(frames))) as server:
        assert refusal(ask, server) == "planner_broke_off"


def test_words_of_a_broken_answer_are_replaced(ask: Asking) -> None:
    with FakeDeepSeek(Step((*pieces("旧的旧的"), BREAK)), words("新的回答。")) as server:
        ask(server, *AFTER_RESULT)
    assert "旧的旧的" in ask.shown
    assert ask.shown[-1] == "新的回答。"


STALLS = {
    "no headers": Step(silent=True),
    "only keep-alives": Step((Repeat(KEEP_ALIVE),)),
    "silence after words": Step((*pieces("好"), STALL)),
    "keep-alives after words": Step((*pieces("好"), Repeat(KEEP_ALIVE))),
}


@pytest.mark.parametrize("step", STALLS.values(), ids=STALLS.keys())
def test_a_server_that_only_keeps_the_line_open_is_given_up(ask: Asking, step: Step) -> None:
    with FakeDeepSeek(step, step) as server:
        assert refusal(ask, server, patience=PATIENCE) == "planner_slow"
        assert server.hung_up.wait(10)


def test_an_answer_that_never_ends_is_given_up_at_the_last_deadline(ask: Asking) -> None:
    patience = Patience(total=3, pause=0.01)
    with FakeDeepSeek(Step((Repeat(chunk({"content": "又"})),))) as server:
        assert refusal(ask, server, patience=patience) == "planner_slow"
        assert server.hung_up.wait(10)


def test_an_answer_without_bounds_is_not_kept_in_memory(ask: Asking) -> None:
    with FakeDeepSeek(*[Step((Repeat(b"data: " + b"x" * 2**20),))] * 2) as server:
        assert refusal(ask, server) == "planner_broke_off"


STOPPED = {
    "waiting": Step((KEEP_ALIVE, STALL)),
    "no headers": Step(silent=True),
    "amid words": Step((*pieces(SENTENCE), STALL)),
}


@pytest.mark.parametrize("step", STOPPED.values(), ids=STOPPED.keys())
def test_the_person_can_stop_at_any_time_and_the_connection_is_closed(ask: Asking, step: Step) -> None:
    def stop_once_asked(body: dict[str, Any]) -> None:
        ask.stop.set()

    with FakeDeepSeek(Step(step.frames, silent=step.silent, check=stop_once_asked)) as server:
        with pytest.raises(Cancelled):
            ask(server)
        assert server.hung_up.wait(10)


def test_who_stopped_before_is_not_asked_for(ask: Asking) -> None:
    ask.stop.set()
    with FakeDeepSeek() as server, pytest.raises(Cancelled):
        ask(server)
