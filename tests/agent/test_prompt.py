"""The system prompt is the same in every request, short, and goes by a version."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib

from agent.prompt import estimated_tokens, prompt_version, system_prompt
from tests.chat_api import request_problems
from tools import registry
from tools.settings import ROOT

VERSIONS = {
    1: "d7d10f13714819d138a44e06ad6c2b553a47e022ce2627fb8c173efca3c955e1",
    2: "25848bc79fd49e8a6efa2964a43963ca99884eb031454f8fc8578822cdc73232",
}  # version -> SHA-256 of its text


def test_a_changed_prompt_has_a_new_version() -> None:
    found = hashlib.sha256(system_prompt().encode()).hexdigest()
    assert VERSIONS.get(prompt_version()) == found, "raise the version in prompts/system.md and note it here"


def test_it_stays_short() -> None:
    assert estimated_tokens(system_prompt()) < 1200


def test_it_holds_no_version_line_and_no_blanks_that_something_fills() -> None:
    assert "version:" not in system_prompt()
    assert not re.search(r"\{\w+\}", system_prompt())


def test_it_speaks_only_of_fields_and_values_that_the_tools_have() -> None:
    declared = json.dumps([registry.schema(t) for t in registry.tools().values()])
    for name in ("keep", "max_kb", "feather", "erode", "alpha_threshold", "denoise", "people", "main_subject"):
        assert name in system_prompt()
        assert f'"{name}"' in declared


def test_its_colours_are_those_of_the_table_that_the_other_planner_uses() -> None:
    table = tomllib.loads((ROOT / "prompts" / "colours.toml").read_text("utf-8"))
    line = next(line for line in system_prompt().splitlines() if line.startswith("Blue #"))
    told = re.findall(r"([^\s,;/]+(?: (?:blue|grey))?) (#[0-9A-F]{6})", line.removeprefix("Blue #0000FF, but "))
    known = {**table["zh"], **table["en"]}
    wrong = [(name, code, known[name]) for name, code in told if name in known and known[name] != code]
    assert len([name for name, _ in told if name in known]) >= 12
    assert not wrong


def test_it_gives_the_suggestions_that_the_other_planner_gives() -> None:
    table = tomllib.loads((ROOT / "prompts" / "suggestions.toml").read_text("utf-8"))
    for subject, suits in table.items():
        line = next(
            line
            for line in system_prompt().splitlines()
            if line.startswith("- ") and f"{subject}" in line.split(":")[0]
        )
        assert suits["background"] in line
        assert f"feather {suits['matte']['feather']}" in line


def test_all_tools_together_with_it_make_a_valid_request() -> None:
    messages = [{"role": "system", "content": system_prompt()}, {"role": "user", "content": "抠图"}]
    for strict, path in ((False, "/chat/completions"), (True, "/beta/chat/completions")):
        tools = [registry.function(t, strict) for t in registry.tools().values()]
        assert request_problems({"model": "m", "messages": messages, "tools": tools}, path, ["m"]) == []


def test_the_estimate_of_tokens_follows_the_documented_rates() -> None:
    assert estimated_tokens("a" * 100) == 30
    assert estimated_tokens("图" * 100) == 60
