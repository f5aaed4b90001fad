"""How well the planner understands people: accuracy on graded conversations, by kind and language.

python -m agent grade                        the development set
python -m agent grade heldout.jsonl -v       another set, and every miss
python -m agent grade --every-tool           as if every tool of the table were there
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.grading import judge
from agent.grading_steps import FIELDS
from agent.plan_lines import plan_line
from tools import registry
from tools.settings import ROOT

SET = ROOT / "tests" / "conversations" / "dev.jsonl"
Line = Mapping[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; the exit status is 0 if every answer was given."""
    options = _parser().parse_args(arguments)
    tools = set(FIELDS) if options.every_tool else set(registry.tools())
    lines = read(Path(options.set))
    answered = [(line, *_timed(line, tools)) for line in lines]
    verdicts = [(line, answer, judge(line, answer)) for line, answer, _ in answered]
    print(table([(line, not why) for line, _, why in verdicts]))
    print(times([seconds / len(line["said"]) for line, _, seconds in answered]))
    if options.verbose:
        print("\n".join(miss(*v) for v in verdicts if v[2]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agent grade", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("set", nargs="?", default=str(SET), help="file of graded conversations")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every miss")
    parser.add_argument("--every-tool", action="store_true", help="plan with tools that are not there yet, too")
    return parser


def read(path: Path) -> list[Line]:
    """The graded conversations of a file."""
    return [json.loads(text) for text in path.read_text("utf-8").splitlines() if text.strip()]


def _timed(line: Line, tools: set[str]) -> tuple[dict[str, Any], float]:
    seen = {key: line[key] for key in ("id", "pictures", "said")}  # all that a planner may see
    began = time.perf_counter()
    return plan_line(seen, tools), time.perf_counter() - began


def table(results: Sequence[tuple[Line, bool]]) -> str:
    """Right answers out of all, by what the lines are about."""
    tallies: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line, right in results:
        turns = "one" if len(line["said"]) == 1 else "more"
        for key in (("", "overall"), ("kind", line["kind"]), ("lang", line["lang"]), ("turns", turns)):
            tallies[key][0] += int(right)
            tallies[key][1] += 1
    rows = []
    for group, name in sorted(tallies):
        good, count = tallies[group, name]
        rows.append(f"{group:6}{name:16}{good:4}/{count:<4}{100 * good / count:6.1f} %")
    return "\n".join(rows)


def times(seconds: Sequence[float]) -> str:
    """Median and 99th percentile of the time for one sentence. The first one loads the tables."""
    ordered = sorted(1000 * s for s in seconds)
    return f"a sentence: median {ordered[len(ordered) // 2]:.1f} ms, p99 {ordered[int(len(ordered) * 0.99)]:.1f} ms"


def miss(line: Line, answer: Mapping[str, Any], why: str) -> str:
    """A wrong answer beside what was expected."""
    shown = "; ".join(f"{p['id']} {p['name']} {p['subject']}" for p in line["pictures"])
    head = f"\n--- {line['id']} [{line['kind']}/{line['lang']}] {why}\npictures: {shown}"
    head += "\nsaid:     " + " | ".join(line["said"])
    wanted = "\n".join("expected: " + json.dumps(plan, ensure_ascii=False) for plan in line["expect"])
    got = json.dumps(answer["steps"], ensure_ascii=False)
    return f"{head}\n{wanted}\ngot:      {got} | {answer['reply']}"


if __name__ == "__main__":
    sys.exit(main())
