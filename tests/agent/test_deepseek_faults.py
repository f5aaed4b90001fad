"""Answers that can't be used, and servers that refuse."""

from __future__ import annotations

import json
import logging

import pytest

from agent.events import Said
from tests.asking import AFTER_RESULT, ONE, WISH, Asking, refusal
from tests.fake_deepseek import (
    DONE,
    KEY,
    FakeDeepSeek,
    Step,
    calls,
    chunk,
    refuse,
    words,
)

# ── answers that can't be used ────────────────────────────────────────────────────────────────────────

BARS = ["｜", "‖", "｜｜", "|", "||"]


def markup(bar: str, block: str = "tool_calls") -> str:
    d = f"{bar}DSML{bar}"
    return (
        f'<{d}{block}>\n<{d}invoke name="matte">\n<{d}parameter name="pictures" string="false">["p1"]</{d}parameter>\n'
        f'<{d}parameter name="feather" string="false">2</{d}parameter>\n</{d}invoke>\n</{d}{block}>'
    )


@pytest.mark.parametrize("bar", BARS)
@pytest.mark.parametrize("block", ["tool_calls", "function_calls"])
def test_whole_markup_of_a_call_is_read_and_never_shown(ask: Asking, bar: str, block: str) -> None:
    with FakeDeepSeek(words("好的。" + markup(bar, block))) as server:
        plan = ask(server, words_only=False)
    assert (plan.text, plan.wishes) == ("好的。", (WISH,))
    assert not any("DSML" in text or "<" in text for text in ask.shown)


@pytest.mark.parametrize("bar", BARS)
def test_markup_is_not_shown_where_words_stream_at_once(ask: Asking, bar: str) -> None:
    with FakeDeepSeek(words("抠好了。" + markup(bar))) as server:
        ask(server, *AFTER_RESULT)
    assert ask.shown
    assert not any("<" in text or bar in text for text in ask.shown)


def test_a_cut_off_markup_is_asked_for_again_in_place_of_being_guessed(ask: Asking) -> None:
    with FakeDeepSeek(words("好的。" + markup("｜")[:-40]), calls(("matte", ONE))) as server:
        assert ask(server).wishes == (WISH,)
    first, second = (r["messages"] for r in server.requests)
    assert second[: len(first)] == first
    assert "DSML" not in json.dumps(second)
    assert server.requests[1]["temperature"] > 0


def test_markup_twice_is_given_up(ask: Asking) -> None:
    with FakeDeepSeek(words("<｜tool▁calls▁begin｜>matte"), words("<tool_call>{}")) as server:
        assert refusal(ask, server) == "planner_garbled"


def test_calls_where_only_words_are_wanted_are_asked_for_as_words(ask: Asking) -> None:
    with FakeDeepSeek(calls(("matte", ONE)), words("到此为止。")) as server:
        plan = ask(server, words_only=True)
    assert (plan.text, plan.wishes) == ("到此为止。", ())


@pytest.mark.parametrize("step", [words("很长的话", finish="length"), calls(("matte", ONE), finish="length")])
def test_a_cut_off_answer_is_never_proposed(ask: Asking, step: Step) -> None:
    with FakeDeepSeek(step, words("短。")) as server:
        assert ask(server).wishes == ()
    with FakeDeepSeek(step, step) as server:
        assert refusal(ask, server) == "planner_cut_off"


def test_an_empty_answer_is_asked_for_once_more(ask: Asking) -> None:
    with FakeDeepSeek(words(""), words("好。")) as server:
        assert ask(server, *AFTER_RESULT).text == "好。"
    assert server.requests[0]["messages"] == server.requests[1]["messages"]
    with FakeDeepSeek(words(" \n"), words("")) as server:
        assert refusal(ask, server) == "planner_empty"


def test_an_answer_in_the_wrong_language_is_asked_for_again(ask: Asking) -> None:
    with FakeDeepSeek(words("请问需要什么颜色的背景？"), words("Which colour should it be?")) as server:
        assert ask(server, Said("new background please"), language="en").text == "Which colour should it be?"
    with FakeDeepSeek(words("Which colour should it be?"), words("Which colour, please tell me?")) as server:
        assert ask(server, Said("换背景")).text == "Which colour, please tell me?"
    for second in (refuse(400), words(""), words("<｜DSML｜tool_calls>")):
        with FakeDeepSeek(words("Which colour should it be?"), second) as server:
            assert ask(server, Said("换背景")).text == "Which colour should it be?"


@pytest.mark.parametrize(
    ("said", "language", "answer"),
    [
        ("cut it out", "zh", "I'll gladly cut it out for you."),
        ("抠图", "en", "请先发一张照片给我。"),
        ("抠图", "zh", "“holiday beach sunset 2024.jpg” 打不开，PNG 和 JPEG 都可以。"),
        ("cut it out", "en", "“我的全家福照片.jpg” can't be opened, please send another one."),
        ("抠图", "zh", "OK!"),
    ],
)
def test_the_persons_language_and_foreign_names_are_fine(ask: Asking, said: str, language: str, answer: str) -> None:
    with FakeDeepSeek(words(answer)) as server:
        assert ask(server, Said(said), language=language).text == answer


def test_half_an_emoji_in_an_answer_is_mended(ask: Asking) -> None:
    halves = (
        b'data: {"choices": [{"delta": {"content": "\\ud83d"}}]}\n\n',
        b'data: {"choices": [{"delta": {"content": "\\ude00\\ud83d"}}]}\n\n',
    )
    with FakeDeepSeek(Step((*halves, chunk({}, "stop"), DONE))) as server:
        plan = ask(server, *AFTER_RESULT)
    assert plan.text == "😀\ufffd"
    json.dumps(ask.shown, ensure_ascii=False).encode()


# ── refusals ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("step", "key", "tries"),
    [
        (refuse(400), "planner_bad_request", 1),
        (refuse(400, "Content Exists Risk"), "planner_moderated", 1),
        (refuse(400, "This model's maximum context length is 1048576 tokens."), "conversation_too_long", 1),
        (refuse(401), "planner_wrong_key", 1),
        (refuse(402), "planner_no_balance", 1),
        (refuse(403), "planner_forbidden", 1),
        (refuse(404), "planner_no_model", 1),
        (refuse(413), "conversation_too_long", 1),
        (refuse(422), "planner_bad_request", 1),
        (refuse(429), "planner_too_many", 3),
        (refuse(500), "planner_busy", 3),
        (refuse(503), "planner_busy", 3),
        (words("好", finish="content_filter"), "planner_moderated", 1),
        (words("好", finish="insufficient_system_resource"), "planner_busy", 3),
        (Step((b'data: {"error": {"message": "overloaded", "code": 503}}\n\n',)), "planner_busy", 3),
        (Step(body=b"<html>hotel wifi</html>", kind="text/html"), "planner_bad_address", 1),
        (Step(status=502, body=b"<html>bad gateway</html>", kind="text/html"), "planner_busy", 3),
    ],
)
def test_each_refusal_has_its_sentence_and_its_number_of_tries(ask: Asking, step: Step, key: str, tries: int) -> None:
    with FakeDeepSeek(*[step] * tries) as server:
        assert refusal(ask, server) == key
    assert len(server.requests) == tries


def test_what_helps_when_tried_again_is_tried_again(ask: Asking) -> None:
    with FakeDeepSeek(refuse(429), refuse(503), words("好。")) as server:
        assert ask(server).text == "好。"


def test_without_a_server_or_a_usable_address_the_sentence_says_so(ask: Asking) -> None:
    gone = FakeDeepSeek()
    gone._server.server_close()
    assert refusal(ask, gone) == "planner_no_network"
    assert refusal(ask, gone, base_url="http://no-such-host.invalid") == "planner_no_network"
    for address in ("api.deepseek.com", "ftp://x", "http://", "http://x:99999", "http://[x"):
        assert refusal(ask, gone, base_url=address) == "planner_bad_address"


def test_without_a_usable_key_nothing_is_sent(ask: Asking) -> None:
    with FakeDeepSeek() as server:
        assert refusal(ask, server, key="") == "planner_no_key"
        for key in ("密钥", "a b", "a\nb"):
            assert refusal(ask, server, key=key) == "planner_wrong_key"


@pytest.mark.parametrize("status", [400, 401, 429])
def test_the_key_is_in_no_log_and_no_error(ask: Asking, status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = refuse(status, f"The key {KEY} (****{KEY[-4:]}) is not right")
    with FakeDeepSeek(*[echo] * (3 if status == 429 else 1)) as server:
        refusal(ask, server)
    told = caplog.text + "".join(str(r.args) for r in caplog.records)
    assert "is not right" in told
    assert KEY not in told
