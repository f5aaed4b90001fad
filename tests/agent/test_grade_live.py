"""The graded conversations against a language model: a local server that speaks its protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent import grade
from agent.deepseek import DeepSeek
from agent.grade_live import answer, bill, cost
from tests.fake_deepseek import KEY, FakeDeepSeek, calls, refuse, words

CUT = ("matte", {"pictures": ["p1"]})
LINE: dict[str, Any] = {
    "id": "7",
    "kind": "turns",
    "lang": "zh",
    "pictures": [{"id": "p1", "name": "me.jpg", "width": 30, "height": 40, "subject": "portrait"}],
    "said": ["抠出来", "红底"],
    "expect": [[{"tool": "set_background", "arguments": {"pictures": ["p1"], "kind": "color", "color": "#FF0000"}}]],
}
RED = ("set_background", {"pictures": ["p1"], "kind": "color", "color": "#FF0000"})


def test_earlier_wishes_are_carried_out_before_the_last_one_is_asked_for(tmp_path: Path) -> None:
    with FakeDeepSeek(calls(CUT), calls(RED)) as server:
        given, usage = answer(LINE, DeepSeek(server.settings(tmp_path)))
    assert given["steps"] == [{"tool": RED[0], "arguments": RED[1]}]
    roles = [m["role"] for m in server.requests[1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "user"]
    assert json.loads(server.requests[1]["messages"][3]["content"]) == {"outcome": "done"}
    assert usage["requests"] == 2 and usage["prompt"] == usage["cached"] + usage["uncached"]


def test_the_bill_counts_tokens_from_the_cache_at_their_own_price() -> None:
    usage = {"requests": 2, "prompt": 2_000_000, "cached": 1_000_000, "uncached": 1_000_000, "completion": 1_000_000}
    assert cost(usage, "deepseek-flash") == pytest.approx(0.753)
    assert cost(usage, "other-model") is None
    assert "50 % from the cache" in bill([usage], "deepseek-flash") and "0.7530" in bill([usage], "deepseek-flash")


def _live(server: FakeDeepSeek, folder: Path, monkeypatch: pytest.MonkeyPatch, key: str = KEY) -> int:
    (folder / "set.jsonl").write_text(json.dumps(LINE) + "\n", "utf-8")
    monkeypatch.setenv("DEEPSEEK_API_KEY", key)
    monkeypatch.setenv("DEEPSEEK_BASE_URL", server.url)
    return grade.main([str(folder / "set.jsonl"), "--planner", "deepseek"])


def test_the_table_and_the_bill_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeDeepSeek(calls(CUT), calls(RED)) as server:
        assert _live(server, tmp_path, monkeypatch) == 0
    shown = capsys.readouterr().out
    assert "kind  turns" in shown and "100.0 %" in shown and "a conversation" in shown


def test_a_wrong_answer_counts_as_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeDeepSeek(calls(CUT), words("好的。")) as server:
        assert _live(server, tmp_path, monkeypatch) == 0
    assert "0.0 %" in capsys.readouterr().out


def test_without_a_key_it_says_so_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeDeepSeek() as server:
        assert _live(server, tmp_path, monkeypatch, key="") == 1
    shown = capsys.readouterr()
    assert shown.out == "" and "DEEPSEEK_API_KEY" in shown.err and shown.err.count("\n") == 1


def test_a_refused_key_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeDeepSeek(refuse(401)) as server:
        assert _live(server, tmp_path, monkeypatch) == 1
    assert "key" in capsys.readouterr().err.lower()
