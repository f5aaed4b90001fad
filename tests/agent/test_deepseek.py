"""The planner against a real server that speaks the wire protocol: what it sends, what it makes of answers."""

from __future__ import annotations

import json
import threading
from itertools import pairwise

import pytest

from agent.events import Call, Decided, Event, Finished, Planned, Said
from agent.planner import Plan, Wish
from agent.wire import wire
from tests.asking import AFTER_RESULT, ONE, SENTENCE, TOY, WISH, Asking
from tests.fake_deepseek import (
    DONE,
    USAGE,
    FakeDeepSeek,
    Step,
    Wait,
    calls,
    chunk,
    pieces,
    words,
)
from tools import registry

# ── what is sent ──────────────────────────────────────────────────────────────────────────────────────


def test_a_request_holds_the_conversation_the_tools_and_no_thinking(ask: Asking) -> None:
    with FakeDeepSeek(words("你好。")) as server:
        ask(server)
    body = server.requests[0]
    assert server.paths == ["/chat/completions"]
    assert body["thinking"] == {"type": "disabled"}
    assert body["tools"] == [registry.function(TOY)]
    assert body["messages"] == wire([Said("把这张抠出来")], "You are a test.")
    assert body["max_tokens"] == server.settings(ask.folder).limits.reply_tokens


def test_other_servers_get_no_field_of_deepseeks_own(ask: Asking) -> None:
    with FakeDeepSeek(words("你好。")) as server:
        ask(server, model="other-model")
    assert "thinking" not in server.requests[0]


def test_strict_schemas_go_to_the_beta_address(ask: Asking) -> None:
    with FakeDeepSeek(words("你好。")) as server:
        ask(server, strict=True)
    assert server.paths == ["/beta/chat/completions"]
    assert server.requests[0]["tools"][0]["function"]["strict"] is True


def test_words_only_keeps_the_tools_so_that_the_cache_serves(ask: Asking) -> None:
    with FakeDeepSeek(words("你好。"), words("好。")) as server:
        ask(server)
        ask(server, words_only=True)
    assert server.requests[1]["tools"] == server.requests[0]["tools"]
    assert [r["tool_choice"] for r in server.requests] == ["auto", "none"]


# ── plans ─────────────────────────────────────────────────────────────────────────────────────────────


def test_calls_become_wishes_in_their_order(ask: Asking) -> None:
    with FakeDeepSeek(calls(("matte", ONE), ("export", {"name": "头像"}), text="建议羽化 2。")) as server:
        plan = ask(server)
    assert plan.wishes == (WISH, Wish("export", {"name": "头像"}))
    assert plan.text == "建议羽化 2。"


def test_an_unknown_tool_is_passed_on_for_the_turn_to_refuse(ask: Asking) -> None:
    with FakeDeepSeek(calls(("rea", {"x": 1}))) as server:
        assert ask(server).wishes == (Wish("rea", {"x": 1}),)


def test_arguments_that_can_not_be_read_come_with_the_reason(ask: Asking) -> None:
    with FakeDeepSeek(calls(("matte", '{"pictures": ["p1"'))) as server:
        (wish,) = ask(server).wishes
    assert wish.arguments == {}
    assert "JSON" in wish.problem


def test_blank_ids_and_names_in_later_pieces_wipe_nothing(ask: Asking) -> None:
    blank = {"index": 0, "id": "", "type": "function", "function": {"name": "", "arguments": '["p1"]}'}}
    head = {"index": 0, "id": "call_00", "function": {"name": "matte", "arguments": '{"pictures": '}}
    frames = (chunk({"tool_calls": [head]}), chunk({"tool_calls": [blank]}), chunk({}, "tool_calls"), DONE)
    with FakeDeepSeek(Step(frames)) as server:
        assert ask(server).wishes == (Wish("matte", {"pictures": ["p1"]}),)


def test_two_calls_under_one_index_are_two_calls(ask: Asking) -> None:
    one, two = (
        chunk(
            {
                "tool_calls": [
                    {"index": 0, "id": i, "function": {"name": "matte", "arguments": f'{{"pictures": ["{i}"]}}'}}
                ]
            }
        )
        for i in ("p1", "p2")
    )
    with FakeDeepSeek(Step((one, two, chunk({}, "tool_calls"), DONE))) as server:
        assert [w.arguments["pictures"] for w in ask(server).wishes] == [["p1"], ["p2"]]


def test_pieces_of_two_calls_may_come_in_turns(ask: Asking) -> None:
    halves = [(0, "call_a", '{"feather"'), (1, "call_b", '{"feather"'), (0, "", ": 1}"), (1, "", ": 2}")]
    frames = [
        chunk({"tool_calls": [{"index": i, "id": id, "function": {"name": "matte" if id else "", "arguments": part}}]})
        for i, id, part in halves
    ]
    with FakeDeepSeek(Step((*frames, chunk({}, "tool_calls"), DONE))) as server:
        assert [w.arguments for w in ask(server).wishes] == [{"feather": 1}, {"feather": 2}]


def test_choices_become_buttons_and_leave_the_text(ask: Asking) -> None:
    with FakeDeepSeek(words("要什么颜色的背景？\n>> 白色 | 蓝色 ｜ 透明")) as server:
        plan = ask(server)
    assert (plan.text, plan.choices) == ("要什么颜色的背景？", ("白色", "蓝色", "透明"))
    assert not any(">" in text for text in ask.shown)


def test_tokens_are_counted_with_the_cache(ask: Asking) -> None:
    with FakeDeepSeek(words("好。")) as server:
        assert ask(server).usage == {"requests": 1, "prompt": 100, "cached": 64, "uncached": 36, "completion": 10}


def test_tokens_of_all_tries_are_counted_also_in_other_servers_form(ask: Asking) -> None:
    other = {"prompt_tokens": 50, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 20}}
    frames = (*pieces("好的。"), chunk({}, "stop"), chunk(choices=[], usage=other), DONE)
    with FakeDeepSeek(words("", usage=USAGE), Step(frames)) as server:
        assert ask(server).usage == {"requests": 2, "prompt": 150, "cached": 84, "uncached": 66, "completion": 15}


# ── what the person sees ──────────────────────────────────────────────────────────────────────────────


def test_an_answer_in_words_appears_while_it_comes(ask: Asking) -> None:
    on, seen = threading.Event(), []

    def look(text: str) -> None:
        seen.append(text)
        on.set()  # only now the server sends the rest

    with FakeDeepSeek(Step((*pieces(SENTENCE), Wait(on), *pieces("就这样。"), chunk({}, "stop"), DONE))) as server:
        plan = ask(server, on_text=look)
    assert plan.text == SENTENCE + "就这样。"
    assert seen[-1] == plan.text
    assert all(plan.text.startswith(text) for text in seen)


def test_thinking_that_other_models_write_into_their_answer_is_not_shown(ask: Asking) -> None:
    with FakeDeepSeek(words("<think>The person wants…</think>\n\n好的。")) as server:
        plan = ask(server, *AFTER_RESULT, model="other-model")
    assert plan.text == "好的。"
    assert set(ask.shown) <= {"好", "好的", "好的。"}


def test_words_after_a_result_appear_at_once(ask: Asking) -> None:
    with FakeDeepSeek(words("已经抠好了。")) as server:
        plan = ask(server, *AFTER_RESULT)
    assert ask.shown[0] == "已经抠好"[: len(ask.shown[0])]
    assert len(ask.shown) > 1
    assert plan.text == "已经抠好了。"


@pytest.mark.parametrize("claim", ["已经为您抠好了！", "Done! I've removed the background.", "背景已换成蓝色。"])
def test_nothing_is_said_to_be_done_beside_a_call(ask: Asking, claim: str) -> None:
    with FakeDeepSeek(calls(("matte", ONE), text=claim)) as server:
        plan = ask(server)
    assert plan == Plan("", (WISH,), usage=plan.usage)
    assert "".join(ask.shown) == ""


def test_what_a_result_says_may_be_told_beside_the_next_call(ask: Asking) -> None:
    with FakeDeepSeek(calls(("export", ONE), text="已经抠好了，现在导出。")) as server:
        assert ask(server, *AFTER_RESULT).text == "已经抠好了，现在导出。"
    assert "" not in ask.shown


def test_long_words_are_taken_back_when_calls_follow(ask: Asking) -> None:
    with FakeDeepSeek(calls(("matte", ONE), text=SENTENCE)) as server:
        plan = ask(server)
    assert "" in ask.shown
    assert plan.text == SENTENCE


# ── a conversation ────────────────────────────────────────────────────────────────────────────────────


def test_over_a_whole_conversation_each_request_begins_with_the_last_one(ask: Asking) -> None:
    script = [calls(("matte", ONE), text="建议羽化 2。"), words("抠好了。"), calls(("oops", "{")), words("不行。")]
    events: list[Event] = []
    with FakeDeepSeek(*script) as server:
        for said in ("抠图 😀", "换蓝底"):
            events.append(Said(said))
            for _ in range(2):
                _turn(ask, server, events)
    bodies = [[json.dumps(m) for m in r["messages"]] for r in server.requests]
    assert len(bodies) == 4
    for one, other in pairwise(bodies):
        assert other[: len(one)] == one
    assert len({json.dumps([r["tools"], r["model"], r["thinking"]]) for r in server.requests}) == 1


def _turn(ask: Asking, server: FakeDeepSeek, events: list[Event]) -> None:
    plan, number = ask(server, *events), len(events)
    planned = tuple(Call(f"call_{number}_{i}", w.tool, w.arguments, w.problem) for i, w in enumerate(plan.wishes))
    events.append(Planned(plan.text, planned, "deepseek-flash", number, plan.choices))
    events += [e for c in planned if not c.problem for e in (Decided(c.id, "confirmed"), Finished(c.id, "done"))]
