"""The graded conversations: the grader's rules, and how many the built-in planner gets right."""

from __future__ import annotations

import importlib.util
import io
import json
from typing import Any

import pytest

from agent import plan_lines
from agent.grade import read, table
from agent.grading import judge
from agent.plan_lines import plan_line
from tools.settings import ROOT

SETS = ROOT / "tests" / "conversations"
ARBITER = ROOT.parent / "shared" / "planner" / "score.py"
LINE: dict[str, Any] = {
    "id": "1",
    "pictures": [{"id": "p1", "name": "a.jpg", "width": 9, "height": 9, "subject": "portrait"}],
    "said": ["x"],
    "expect": [[{"tool": "matte", "arguments": {"pictures": ["all"], "feather": {"min": 1, "max": 4}}}]],
}


def answer(*steps: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    shown = [{"tool": t, "arguments": ({"pictures": ["p1"]} if t != "undo" else {}) | a} for t, a in steps]
    return {"reply": "ok", "steps": shown}


def test_a_value_within_the_range_is_right_and_outside_is_wrong() -> None:
    assert judge(LINE, answer(("matte", {"feather": 2}))) == ""
    assert judge(LINE, answer(("matte", {"feather": 5}))) == "steps"


def test_a_harmless_field_is_allowed_on_the_first_cut_only() -> None:
    steps = answer(("matte", {"feather": 2, "alpha_threshold": 20}))
    assert judge(LINE, steps) == ""
    assert judge(LINE | {"before": {"p1": {}}}, steps) == "steps"


def test_an_extra_step_is_wrong_but_for_transparent_after_the_first_cut() -> None:
    cut = ("matte", {"feather": 2})
    assert judge(LINE, answer(cut, ("set_background", {"kind": "transparent"}))) == ""
    assert judge(LINE, answer(cut, ("export", {"format": "png"}))) == "steps"


def test_an_unknown_field_or_picture_makes_a_plan_invalid() -> None:
    assert "cannot be" in judge(LINE, answer(("matte", {"softness": 2})))
    assert "unknown picture" in judge(
        LINE, {"reply": "", "steps": [{"tool": "matte", "arguments": {"pictures": ["p9"]}}]}
    )


def test_words_must_hold_what_is_looked_for() -> None:
    line = LINE | {"expect": [[]], "reply_must": ["PNG"]}
    assert judge(line, {"reply": "use png", "steps": []}) == ""
    assert judge(line, {"reply": "no", "steps": []}) == "reply lacks /PNG/"


@pytest.mark.parametrize(("name", "floor"), [("dev", 0.98), ("heldout", 0.85)])
def test_the_built_in_planner_understands_the_graded_conversations(name: str, floor: float) -> None:
    lines = read(SETS / f"{name}.jsonl")
    misses = [line["said"] for line in lines if judge(line, plan_line(line))]
    assert len(misses) <= (1 - floor) * len(lines), misses


@pytest.mark.skipif(not ARBITER.exists(), reason="the arbiter of graded conversations is not here")
def test_the_grader_agrees_with_the_arbiter() -> None:
    spec = importlib.util.spec_from_file_location("score", ARBITER)
    assert spec and spec.loader
    arbiter = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(arbiter)
    lines = [line for name in ("dev", "heldout") for line in read(SETS / f"{name}.jsonl")]
    answers = [plan_line(line) for line in lines]
    for n, line in enumerate(lines):
        assert arbiter.check_line(line) == []
        for given in (answers[n], answers[n - 1], {"reply": "", "steps": None}):
            assert arbiter.judge(line, given)[0] == (judge(line, given) == ""), (line["said"], given)


def test_lines_in_give_lines_out_in_order() -> None:
    shown = {"id": "7", "pictures": LINE["pictures"], "said": ["抠出来", "换成红底"]}
    out = io.StringIO()
    assert plan_lines.main(io.StringIO(json.dumps(shown) + "\n\n{broken\n"), out) == 1
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["id"] == "7" and first["steps"] == [
        {"tool": "set_background", "arguments": {"pictures": ["p1"], "kind": "color", "color": "#FF0000"}}
    ]
    assert second["steps"] == [] and "unreadable" in second["reply"]


def test_the_table_counts_by_kind_and_language() -> None:
    shown = table(
        [
            ({"kind": "edges", "lang": "zh", "said": ["x"]}, True),
            ({"kind": "edges", "lang": "en", "said": ["x"]}, False),
        ]
    )
    assert "edges" in shown and "50.0 %" in shown and "100.0 %" in shown
