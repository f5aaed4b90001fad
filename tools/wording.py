"""Sentences for people, in their language. The words themselves are data: ``texts/zh.toml`` and ``en.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from typing import Any

from tools.errors import KoutuError
from tools.settings import ROOT

LANGUAGES = ("zh", "en")


@lru_cache(None)
def _texts(language: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "texts" / f"{language}.toml").read_text("utf-8"))


def say(language: str, key: str, **facts: object) -> str:
    """The sentence at the dotted ``key`` ("error.too_large") in ``language`` ("zh" or "en"), blanks filled.

    Raises:
        KeyError: no such sentence, or a blank that no fact fills: a bug, which a test looks for.
    """
    found: Any = _texts(language)
    for part in key.split("."):
        found = found[part]
    return str(found).format(**facts)


def explain(error: KoutuError, language: str) -> str:
    """What went wrong and what to do, for a person."""
    return say(language, f"error.{error.sentence_key}", **error.facts)


def language_of(text: str, otherwise: str = "zh") -> str:
    """The language a sentence is written in: "zh" or "en", whichever has more words; a Chinese character is one.

    So "export as webp named 海报" is English, and 「导出 PNG」 is Chinese."""
    chinese = sum("\u3400" <= c <= "\u9fff" or "\uf900" <= c <= "\ufaff" for c in text)
    english = len(re.findall(r"[A-Za-z]+", text))
    if not chinese and not english:
        return otherwise
    return "zh" if chinese >= english else "en"
