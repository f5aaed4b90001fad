"""The system prompt: ``prompts/system.md``, whose first line holds its version, with ``prompts/suggestions.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache

from tools.settings import ROOT

VERSION = re.compile(r"<!-- version: (\d+) -->\n")


@lru_cache(None)
def _read() -> tuple[int, str]:
    text = (ROOT / "prompts" / "system.md").read_text("utf-8").replace("\r\n", "\n")
    head = VERSION.match(text)
    if head is None:
        raise ValueError("prompts/system.md must begin with <!-- version: N -->")
    return int(head[1]), text[head.end() :].strip().replace("{suggestions}", _suggestions())


def _suggestions() -> str:
    """A line for each subject: edge settings of a first cut, and the background to suggest."""
    table = tomllib.loads((ROOT / "prompts" / "suggestions.toml").read_text("utf-8"))
    lines: dict[str, list[str]] = {}
    for subject, suits in table.items():
        edges = [f"{name} {str(value).lower()}" for name, value in suits["matte"].items() if name != "keep"]
        lines.setdefault(", ".join([*edges, f"background {suits['background']}"]), []).append(subject)
    return "\n".join(f"- {', '.join(subjects)}: {values}" for values, subjects in lines.items())


def system_prompt() -> str:
    """What the language model reads first. The same bytes in every request, so that the server's cache serves."""
    return _read()[1]


def prompt_version() -> int:
    """The number in the first line, which goes up with every change of the text."""
    return _read()[0]


def estimated_tokens(text: str) -> int:
    """About how many tokens ``text`` takes: 0.6 for a Chinese character and 0.3 for another, which is what
    DeepSeek's documentation gives ("Token & Token Usage")."""
    wide = sum("\u2e80" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef" for c in text)
    return round(0.6 * wide + 0.3 * (len(text) - wide))
