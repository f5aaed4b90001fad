"""How well the planner understands people: accuracy on graded conversations, by kind and language.

python -m agent grade                        the development set
python -m agent grade heldout.jsonl -v       another set, and every miss
python -m agent grade --planner deepseek     the language model instead, with what it costs (needs DEEPSEEK_API_KEY);
                                             --limit 50 asks only for the first 50 conversations
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

from agent import grade_live
from agent.deepseek import DeepSeek
from agent.grading import judge
from agent.plan_lines import plan_line
from tools.errors import PlannerUnavailable
from tools.settings import ROOT, Settings
from tools.wording import say

SET = ROOT / "tests" / "conversations" / "dev.jsonl"
Line = Mapping[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; the exit status is 0 if every answer was given."""
    options = _parser().parse_args(arguments)
    lines = read(Path(options.set))[: options.limit or None]
    if options.planner == "deepseek":
        return _live(lines, options.verbose)
    answered = [(line, *_timed(line)) for line in lines]
    _print([(line, answer) for line, answer, _ in answered], options.verbose)
    print(times([seconds / len(line["said"]) for line, _, seconds in answered]))
    return 0


def _live(lines: Sequence[Line], verbose: bool) -> int:
    """Asks the language model. Without a key, or where it gives no answer, one sentence says so."""
    settings = Settings.from_environment()
    planner, answered, usages = DeepSeek(settings), [], []
    try:
        for line in lines:
            given, usage = grade_live.answer(line, planner)
            answered.append((line, given))
            usages.append(usage)
    except PlannerUnavailable as error:
        print(say("en", f"error.{error.sentence_key}", **error.facts), file=sys.stderr)
    if answered:
        _print(answered, verbose)
        print(grade_live.bill(usages, planner.name))
    return 0 if len(answered) == len(lines) else 1


def _print(answered: Sequence[tuple[Line, Mapping[str, Any]]], verbose: bool) -> None:
    verdicts = [(line, answer, judge(line, answer)) for line, answer in answered]
    print(table([(line, not why) for line, _, why in verdicts]))
    if verbose:
        print("\n".join(miss(*v) for v in verdicts if v[2]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agent grade", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("set", nargs="?", default=str(SET), help="file of graded conversations")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every miss")
    parser.add_argument("--planner", choices=("builtin", "deepseek"), default="builtin", help="whose answers")
    parser.add_argument("--limit", type=int, default=0, help="only so many conversations, from the first on")
    return parser


def read(path: Path) -> list[Line]:
    """The graded conversations of a file."""
    return [json.loads(text) for text in path.read_text("utf-8").splitlines() if text.strip()]


def _timed(line: Line) -> tuple[dict[str, Any], float]:
    seen = {key: line[key] for key in ("id", "pictures", "said")}  # all that a planner may see
    began = time.perf_counter()
    return plan_line(seen), time.perf_counter() - began


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
