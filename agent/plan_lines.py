"""Plans for lines of JSON: a conversation on each line, the answer to the last thing said on each line out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TextIO

from agent.builtin.plan import Answer, plain_steps
from agent.builtin.planner import answer_to, checked
from agent.builtin.readers.identity import spoken
from agent.builtin.which.memory import Memory, Photo
from agent.builtin.wording import composed
from tools.wording import language_of


def main(stdin: TextIO, stdout: TextIO) -> int:
    """Reads one JSON object a line, writes one a line, in order. A line that can't be read gets an answer that
    says so and makes the exit status 1."""
    status = 0
    for text in stdin:
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            answer = plan_line(line)
        except (ValueError, KeyError, TypeError) as error:
            answer, status = {"id": None, "reply": f"unreadable line: {error}", "steps": []}, 1
        print(json.dumps(answer, ensure_ascii=False), file=stdout, flush=True)
    return status


def plan_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to the last thing said; each earlier one is taken as confirmed and carried out."""
    memory = Memory({p["id"]: _photo(p) for p in line["pictures"]})
    answer, language, before = Answer(""), "zh", ""
    for said in line["said"]:
        language = language_of(said, language)
        memory = memory.then(answer.steps, answer.asked, spoken(before))
        memory = replace(memory, said=(*memory.said, before) if before else ())
        before = said
        answer = checked(answer_to(said, memory, language), memory, language)
    return {"id": line["id"], "reply": composed(answer, memory, language), "steps": plain_steps(answer.steps)}


def _photo(given: Mapping[str, Any]) -> Photo:
    return Photo(
        given["id"],
        given.get("name", ""),
        int(given.get("width", 0)),
        int(given.get("height", 0)),
        given.get("subject", "none"),
    )
