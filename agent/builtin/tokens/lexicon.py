"""The words that the built-in planner knows: data from ``prompts/``, made ready for looking up.

Nothing here decides what a sentence means; ``scan`` asks it which concept a phrase stands for.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tools.settings import ROOT

PROMPTS = ROOT / "prompts"
WORD = re.compile(r"[a-z0-9+]+(?:'[a-z]+)?")
TALK = ("impossible", "topic", "smalltalk", "question", "attack")
PLURALS = {
    "scarves": "scarf", "knives": "knife", "loaves": "loaf", "shelves": "shelf", "wolves": "wolf", "mice": "mouse",
    "geese": "goose", "calves": "calf", "halves": "half",
}  # fmt: skip
SURE = 7  # letters from which a changed letter is an error rather than another word
Entry = tuple[str, Any]  # (kind of token, value)


@dataclass
class Lexicon:
    """``cjk``: phrases that hold a character outside ASCII. ``latin``: phrases as stems of their words."""

    cjk: dict[str, Entry] = field(default_factory=dict)
    latin: dict[tuple[str, ...], Entry] = field(default_factory=dict)
    longest: int = 1  # characters of a cjk phrase
    most_words: int = 1  # words of a latin phrase
    vocabulary: dict[str, set[str]] = field(default_factory=dict)  # a word with a letter left out -> known words

    def add(self, phrase: str, kind: str, value: Any = None) -> None:
        """Adds a phrase; the first meaning that is given to a phrase stays."""
        phrase = phrase.lower()
        if phrase.isascii():
            stems = tuple(stem(w) for w in WORD.findall(phrase.replace("-", " ")))
            self.latin.setdefault(stems, (kind, value))
            self.most_words = max(self.most_words, len(stems))
            for word in WORD.findall(phrase) if kind not in TALK else ():
                self._remember(word)
        else:
            self.cjk.setdefault(phrase, (kind, value))
            self.longest = max(self.longest, len(phrase))

    def _remember(self, word: str) -> None:
        if len(word) >= 5 and word.isalpha():
            for variant in _without_one(word):
                self.vocabulary.setdefault(variant, set()).add(word)

    def knows(self, word: str) -> bool:
        """Whether a Latin word occurs, by itself, in any phrase."""
        return word in self.words

    @property
    def words(self) -> set[str]:
        """The stems that occur in phrases."""
        if not hasattr(self, "_words"):
            self._words = {s for stems in self.latin for s in stems}
        return self._words

    def corrected(self, word: str) -> str:
        """The known word that ``word`` is one typing error away from (a letter too many, too few, changed or two
        swapped), or the word itself."""
        if len(word) < 5 or not word.isalpha() or stem(word) in self.words or word in english("right"):
            return word
        variants = (word, *_without_one(word))
        near = {w for v in variants for w in self.vocabulary.get(v, ()) if _close(word, w)}
        if len(word) < SURE:  # "stack" is no "stick": short words differ in one letter without an error
            near = {w for w in near if len(w) != len(word) or sorted(w) == sorted(word)}
        return min(near, key=lambda w: (abs(len(w) - len(word)), w), default=word)


def _without_one(word: str) -> Iterator[str]:
    yield word
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


def _close(a: str, b: str) -> bool:
    """One edit apart, or two neighbouring letters swapped; the first letter is right, as it nearly always is."""
    if a[0] != b[0] or abs(len(a) - len(b)) > 1:
        return False
    i = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[i:], b[i:]
    swapped = rest_a[1:2] + rest_a[:1] + rest_a[2:]
    return rest_b in (rest_a[1:], swapped) or rest_a in (rest_b[1:],) or rest_a[1:] == rest_b[1:]


@lru_cache(4096)
def stem(word: str) -> str:
    """A word without its ending, the same for "cut", "cuts", "cutting": enough to look it up, no linguistics."""
    word = PLURALS.get(word, word)
    if len(word) <= 3 or not word.isascii() or word in english("whole"):
        return word
    for ending in ("'s", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsoe":
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def table(name: str) -> dict[str, Any]:
    """One of the tables in ``prompts/``."""
    return tomllib.loads((PROMPTS / f"{name}.toml").read_text("utf-8"))


@lru_cache(None)
def english(group: str) -> frozenset[str]:
    """English words that are no typing error (``group`` "right") or no form of another word ("whole")."""
    return frozenset(table("english")[group])


@lru_cache(None)
def tables() -> dict[str, dict[str, Any]]:
    """Every table of knowledge, by name."""
    return {name: table(name) for name in ("colours", "purposes", "suggestions", "lexicon", "talk")}


@lru_cache(None)
def lexicon() -> Lexicon:
    """Everything that can be looked up, more specific kinds first."""
    words, found = tables()["lexicon"], Lexicon()
    _add_plain(found, words)
    _add_colours(found)
    for purpose in tables()["purposes"]["purpose"]:
        for phrase in purpose["zh"] + purpose["en"]:
            found.add(phrase, "purpose", purpose["name"])
    for kind in TALK:
        for name, entry in tables()["talk"][kind].items():
            for phrase in entry["zh"] + entry["en"]:
                found.add(phrase, kind, name)
    for concept, entry in words["concept"].items():
        for phrase in entry["zh"] + entry["en"]:
            found.add(phrase, concept, phrase)
    for name, entry in words["subject"].items():
        for phrase in entry["zh"] + entry["en"]:
            found.add(phrase, "subject", (name, phrase))
    return found


def _add_plain(found: Lexicon, words: dict[str, Any]) -> None:
    for kind in ("size", "format", "network", "country"):
        for value, phrases in words[kind].items():
            for phrase in phrases:
                found.add(phrase, kind, value)


def _add_colours(found: Lexicon) -> None:
    colours = tables()["colours"]
    for phrase, value in colours["zh"].items():
        found.add(phrase, "colour", (phrase, value))
        if len(phrase) > 1 and not phrase.endswith("色"):
            found.add(phrase + "色", "colour", (phrase, value))
    for phrase, value in colours["en"].items():
        found.add(phrase, "colour", (phrase, value))


@lru_cache(None)
def units() -> tuple[tuple[str, str], ...]:
    """(word, unit), longest words first."""
    pairs = [(w.lower(), unit) for unit, words in tables()["lexicon"]["unit"].items() for w in words]
    return tuple(sorted(pairs, key=lambda p: -len(p[0])))
