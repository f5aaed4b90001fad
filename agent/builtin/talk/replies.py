"""The sentences of the built-in planner: data from ``prompts/replies.*.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Any

from agent.builtin.tokens.lexicon import PROMPTS


@lru_cache(None)
def sentences(language: str) -> dict[str, Any]:
    """Every sentence in ``language`` ("zh" or "en")."""
    return tomllib.loads((PROMPTS / f"replies.{language}.toml").read_text("utf-8"))


def reply(language: str, key: str, **facts: object) -> str:
    """The sentence at ``key`` ("ask.colour"), its blanks filled."""
    table, _, name = key.partition(".")
    return str(sentences(language)[table][name]).format(**facts)


def choices(language: str, key: str) -> tuple[str, ...]:
    """Answers to click for the question ``key``; none where it has none."""
    found = sentences(language)["choices"].get(key, ())
    return tuple(found) if not isinstance(found, str) else ()
