"""How long the built-in planner takes for a sentence, and how many tokens a request to the language model holds.

    python -m benchmarks.planner [FILE]     a file of graded conversations; the development set if none is given

Times are of the last sentence of each conversation alone (what was said before is remembered), after the tables are
read; reading them is given apart. On a machine that is busy with other things, the processor's time is the planner's.
Tokens are estimated by DeepSeek's documented rates (0.6 for a Chinese character, 0.3 for another one), not counted by
its tokenizer.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.builtin import BuiltIn
from agent.grade import SET, read
from agent.grade_live import cost
from agent.plan_lines import plan_line
from agent.prompt import estimated_tokens, system_prompt
from tools import registry

Clock = Callable[[], float]
MODEL = "deepseek-flash"
ANSWER = 120  # tokens of an answer with two calls and a sentence, estimated from one in the tests
TOLD = 80  # tokens that a picture, a sentence and the results add to each request


def main(arguments: Sequence[str]) -> int:
    """Prints the figures."""
    began = time.perf_counter()
    BuiltIn()
    registry.tools()
    print(f"reading the tables: {1000 * (time.perf_counter() - began):.0f} ms, once")
    lines = read(Path(arguments[0]) if arguments else SET)
    for name, clock in (("by the clock", time.perf_counter), ("of the processor", time.process_time)):
        times = sorted(_milliseconds(line, clock) for line in lines)
        middle, late = times[len(times) // 2], times[int(len(times) * 0.99)]
        print(f"{len(times)} sentences, {name}: median {middle:.2f} ms, p99 {late:.2f} ms, longest {times[-1]:.2f} ms")
    _tokens()
    return 0


def _milliseconds(line: Mapping[str, Any], clock: Clock) -> float:
    """The last sentence alone: with the ones before, minus the ones before."""
    seen = {key: line[key] for key in ("id", "pictures", "said")}
    whole = _timed(seen, clock)
    before = _timed(seen | {"said": seen["said"][:-1]}, clock) if len(seen["said"]) > 1 else 0.0
    return max(0.0, whole - before)


def _timed(seen: Mapping[str, Any], clock: Clock) -> float:
    began = clock()
    plan_line(seen)
    return 1000 * (clock() - began)


def _tokens() -> None:
    system = estimated_tokens(system_prompt())
    tools = estimated_tokens(json.dumps([registry.function(t) for t in registry.tools().values()], ensure_ascii=False))
    fixed = system + tools
    print(f"tokens of every request: about {system} of the prompt, {tools} of the tools' descriptions")
    for turns in (1, 3):
        cold, warm = _cost(fixed, turns, first_cached=False), _cost(fixed, turns, first_cached=True)
        print(f"a conversation of {turns} wish(es), {2 * turns} requests: USD {cold:.6f}, {warm:.6f} from a warm cache")


def _cost(fixed: int, turns: int, first_cached: bool) -> float:
    """USD: each request repeats the one before from the cache and adds a little; two requests for each wish."""
    usage = {"cached": 0, "uncached": 0, "completion": 0}
    known = fixed if first_cached else 0
    length = fixed
    for _ in range(2 * turns):
        length += TOLD
        usage["cached"] += known
        usage["uncached"] += length - known
        usage["completion"] += ANSWER
        known = length
        length += ANSWER
    return cost(usage, MODEL) or 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
