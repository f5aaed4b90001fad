"""A normalised sentence -> tokens: what each of its phrases stands for. No sentence is understood here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent.builtin.tokens.lexicon import WORD, lexicon, stem, tables, units
from agent.builtin.tokens.nicknames import nicked
from agent.builtin.tokens.settle import settle
from agent.builtin.tokens.token import Token
from agent.builtin.tokens.told import mark_told

PUNCTUATION = "。！？!?;；\n"
COMMAS = ",，、()（）"
QUOTES = {"「": "」", "『": "』", '"': '"', "《": "》", "【": "】"}
JOINED_NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
HEX = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-z])|(?<![0-9a-z#])(?=[0-9]*[a-f])[0-9a-f]{6}(?![0-9a-z])")
_TRIPLE = r"(\d{1,3})[\s,，、/]+(\d{1,3})[\s,，、/]+(\d{1,3})"
_BARE_TRIPLE = r"(\d{1,3})\s*[,，]\s*(\d{1,3})\s*[,，]\s*(\d{1,3})"
RGB = re.compile(
    rf"rgb\s*[a色值:：(= ]*\(?\s*{_TRIPLE}\s*\)?"
    rf"|(?<!\d)\(?\s*{_BARE_TRIPLE}(?!\d|[,，]|\s*(?:张|号|图))\s*\)?"
)
SIZE = re.compile(
    r"(\d+(?:\.\d+)?)\s*(px|像素|mm|毫米|cm|厘米|公分|inch(?:es)?|in\b|英寸|吋|)\s*(?:x|\*|乘以?|by|×)\s*(\d+(?:\.\d+)?)(?![0-9])"
)
NUMBER = re.compile(r"\d[\d,]*\d(?:\.\d+)?(?![\d])|\d+(?:\.\d+)?|(?<![\d])\.\d+")
ENGLISH_NUMBER = {
    w: i
    for i, w in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
} | {
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
    "couple": 2,
    "once": 1,
    "thrice": 3,
}
ORDINAL = {
    w: i
    for i, w in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], 1
    )
}
ORDINAL_DIGITS = re.compile(r"(\d+)(?:st|nd|rd|th)\b")


class Scanner:
    """Goes over one sentence. ``names``: file name (lower case) -> picture id; ``nicks``: part of one -> ids."""

    def __init__(self, text: str, names: Mapping[str, str], nicks: Mapping[str, tuple[str, ...]]) -> None:
        self.text, self.low = text, text.lower()
        if len(self.low) != len(text):
            self.low = text
        self.names = sorted(names.items(), key=lambda item: -len(item[0]))
        self.nicks = nicks
        self.position = 0
        self.tokens: list[Token] = []

    def run(self) -> list[Token]:
        """All tokens, in order; blanks are left out."""
        readers = (
            self._name,
            self._quote,
            self._nick,
            self._mark,
            self._colour,
            self._size,
            self._number,
            self._phrase,
            self._latin,
        )
        while self.position < len(self.low):
            if self.low[self.position].isspace() and self.low[self.position] != "\n":
                self._blank()
            elif not any(read() for read in readers):
                self._add("word", self.low[self.position], 1)
        return self.tokens

    def _blank(self) -> None:
        """A blank between Chinese characters is a comma, as people dictate and type."""
        around = self.low[self.position - 1 : self.position] + self.low[self.position + 1 : self.position + 2]
        if self.tokens and len(around) == 2 and all("\u4e00" <= c <= "\u9fff" for c in around):
            self._add("comma", " ", 1)
        else:
            self.position += 1

    def _add(self, kind: str, value: Any, length: int, unit: str = "") -> bool:
        part = self.text[self.position : self.position + length]
        self.tokens.append(Token(kind, value, part, self.position, unit))
        self.position += length
        return True

    def _at_word(self) -> bool:
        before = self.low[self.position - 1] if self.position else " "
        return not (before.isascii() and before.isalnum())

    def _name(self) -> bool:
        """A picture's file name, with or without its ending; an unknown file name is a name too."""
        ranged = [t.kind for t in self.tokens[-2:]] == ["number", "at"] and self.tokens[-1].text in (
            "到",
            "至",
            "-",
            "~",
        )
        if not self._at_word() or (ranged and self.low[self.position].isdigit()):
            return False  # 「1到5号」 beside 5号.jpg
        for name, picture in self.names:
            end = self.position + len(name)
            whole = end >= len(self.low) or not (self.low[end].isascii() and self.low[end].isalnum())
            whole = whole and not self._counts(name, end)
            if whole and self.low.startswith(name, self.position):
                return self._add("photo", picture, len(name))
        found = re.compile(r"[\w\-]+\.(?:jpe?g|png|webp|tiff?|heic|bmp|gif|avif|pdf)(?![a-z0-9])").match(
            self.low, self.position
        )
        before = [t for t in self.tokens[-2:] if t.text != " "]
        named = bool(before) and before[-1].kind in ("export", "name")
        if found and (named or not any("\u4e00" <= c <= "\u9fff" for c in found.group())):
            return self._add("filename", self.text[self.position : found.end()], len(found.group()))
        return False

    def _counts(self, name: str, end: int) -> bool:
        """Whether 「模特2张」 counts 模特1.jpg and 模特2.jpg rather than names the second."""
        stems = {n.rsplit(".", 1)[0] for n, _ in self.names}
        alike = {n for n in stems if n[:-1] == name[:-1] and n[-1:].isdigit()}
        return name[-1:].isdigit() and self.low[end : end + 1] in tuple("张个幅") and len(alike) == int(name[-1])

    def _nick(self) -> bool:
        """Part of a file name by which pictures are told apart: "the stack of pillows", 「0032那张」."""
        capital = self.text[self.position].isupper()
        ranged = [t.kind for t in self.tokens[-2:]] == ["number", "at"] and self.tokens[-1].text in (
            "到",
            "至",
            "-",
            "~",
        )
        if ranged and self.low[self.position].isdigit():
            return False
        joined = JOINED_NAME.match(self.low, self.position) if self._at_word() else None
        begun = tuple(p for n, p in self.names if joined and n.startswith(joined.group()) and "." in n)
        if joined and 0 < len(begun) < len({p for _, p in self.names}):
            return self._add("nick", tuple(sorted(begun)), len(joined.group()))  # "the red_shoe ones"
        found = nicked(self.low, self.position, self.nicks, capital) if self.nicks and self._at_word() else None
        part = self.low[self.position : self.position + found[0]] if found else ""
        shared = self.nicks.get(part[:-1], ()) if part[-1:].isdigit() else ()
        if found and not shared and part[-1:].isdigit() and not part[0].isascii():
            shared = tuple(sorted({p for n, p in self.names if n.startswith(part[:-1])}))
        if found and len(shared) > 1 and self._counts(part, self.position + found[0]):
            found = (found[0] - 1, shared)  # 「模特2张」 of 模特1.jpg and 模特2.jpg
        found = found or self._listed_nick()
        return self._add("nick", found[1], found[0]) if found else False

    def _listed_nick(self) -> tuple[int, tuple[str, ...]] | None:
        """ "front and side": a part of a name that is an ordinary word too, beside another one."""
        han = max(
            (n for n in self.nicks if n[0] == "!" and self.low.startswith(n[1:], self.position)), key=len, default=""
        )
        if len(han) > 2 and not han[1:].isascii():
            end = self.position + len(han) - 1
            joined = self.low[end : end + 1] in tuple("和跟与、") or self.low[self.position - 1] in tuple("和跟与、")
            beside = self.tokens[-1:]
            joined = joined or any(t.kind in ("photo", "nick") and t.end == self.position for t in beside)
            return (len(han) - 1, self.nicks[han]) if joined and self.position + end else None
        word = WORD.match(self.low, self.position) if self.nicks and self._at_word() else None
        last = self.tokens[-2:] if self.tokens and self.tokens[-1].text.lower() in ("and", "&", ",") else []
        ids = self.nicks.get(f"!{stem(word.group())}") if word and last and last[0].kind in ("nick", "photo") else None
        return (len(word.group()), ids) if word and ids else None

    def _quote(self) -> bool:
        opening = self.low[self.position]
        closing = QUOTES.get(opening) or ("'" if opening == "'" and self._at_word() else None)
        end = self.low.find(closing, self.position + 1) if closing else -1
        if end < 0:
            return False
        inside = self.text[self.position + 1 : end]
        name = dict(self.names).get(inside.strip().lower())
        return self._add("photo" if name else "quote", name or inside, end + 1 - self.position)

    def _mark(self) -> bool:
        c = self.low[self.position]
        if c in PUNCTUATION or (c == "." and not re.match(r"\.\d", self.low[self.position :])):
            return self._add("stop", c, 1)
        if (
            c in COMMAS
            or c in ":："
            or self.low.startswith("/ ", self.position)
            or self.low.startswith((" - ", "- "), self.position)
        ):
            return self._add("comma", c, 1)
        return False

    def _colour(self) -> bool:
        found = HEX.match(self.low, self.position)
        if found:
            digits = found.group().lstrip("#")
            digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
            return self._add("colour", ("#", f"#{digits.upper()}"), len(found.group()))
        found = RGB.match(self.low, self.position)
        parts = [int(g) for g in found.groups() if g] if found else []
        listed = found is not None and not found.group().startswith(("rgb", "(")) and all(p < 10 for p in parts)
        if found is not None and not listed and all(p <= 255 for p in parts):
            return self._add("colour", ("#", "#" + "".join(f"{p:02X}" for p in parts)), len(found.group()))
        return False

    def _size(self) -> bool:
        found = SIZE.match(self.low, self.position)
        if not found:
            return False
        unit, length = self._unit(found.end())
        between = self._named(found.group(2)) if found.group(2) else ""
        value = (float(found.group(1)), float(found.group(3)))
        return self._add("dimensions", value, found.end() - self.position + length, unit or between)

    def _named(self, word: str) -> str:
        return next((unit for w, unit in units() if w == word), "")

    def _unit(self, position: int) -> tuple[str, int]:
        """(unit, characters up to its end) of what stands at ``position``."""
        blanks = len(self.low[position:]) - len(self.low[position:].lstrip(" -个"))
        start = position + min(blanks, 2)
        for word, unit in units():
            end = start + len(word)
            if self.low.startswith(word, start) and not (
                word.isascii() and self.low[end : end + 1].isascii() and self.low[end : end + 1].isalpha()
            ):
                return unit, end - position
        return "", 0

    def _number(self) -> bool:
        ordinal = ORDINAL_DIGITS.match(self.low, self.position)
        if ordinal:
            return self._add("ordinal", int(ordinal.group(1)), len(ordinal.group()))
        if self._size_name() or self._inches() or self._sheet():
            return True
        found = NUMBER.match(self.low, self.position)
        if not found or not self._at_word():
            return False
        text = found.group()
        if "," in text and not re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
            text = text.split(",")[0]
        unit, length = self._unit(self.position + len(text))
        if unit == "inch" and self.low[self.position + len(text) :].lstrip().startswith("in "):
            unit, length = "", 0
        if self.low[self.position - 1 : self.position] == "第":
            return self._add("number", float(text), len(text))
        return self._add("number", float(text.replace(",", "")), len(text) + length, unit)

    def _size_name(self) -> bool:
        """Names that begin with a digit: "1寸", "2 inch", "5 inch"."""
        words = lexicon()
        for length in range(words.longest, 1, -1):
            phrase = self.low[self.position : self.position + length]
            if phrase in words.cjk and words.cjk[phrase][0] in ("size", "concept"):
                return self._add(*words.cjk[phrase], len(phrase))
        return False

    def _inches(self) -> bool:
        """ "1 inch photo", "2x2"-less names of sizes that begin with a digit."""
        rest = self.low[self.position :]
        if re.search(r"\b(wide|width|tall|height|high)\b", rest):
            return False
        found = _words(self.low, self.position, 2)
        entry = lexicon().latin.get(tuple(stem(w.group()) for w in found)) if len(found) == 2 else None
        if not entry or entry[0] != "size":
            return False
        return self._add(*entry, found[-1].end() - self.position)

    def _sheet(self) -> bool:
        """ "4R": paper whose name begins with a digit."""
        word = WORD.match(self.low, self.position) if self._at_word() else None
        known = word and any(word.group() in names for names in tables()["lexicon"]["sheet"].values())
        return self._add("word", word.group(), len(word.group())) if word and known else False

    def _phrase(self) -> bool:
        """The longest phrase with Chinese characters that begins here."""
        words = lexicon()
        for length in range(min(words.longest, len(self.low) - self.position), 0, -1):
            phrase = self.low[self.position : self.position + length]
            if phrase in words.cjk:
                return self._add(*words.cjk[phrase], length)
        return False

    def _measured(self, word: re.Match[str]) -> bool:
        """ "one pixel": a number word with a unit behind it; without one it may be a picture."""
        unit, length = self._unit(word.end())
        if unit not in ("px", "mm", "cm", "kb", "mb"):
            return False
        return self._add("number", float(ENGLISH_NUMBER[word.group()]), len(word.group()) + length, unit)

    def _latin(self) -> bool:
        """The longest run of Latin words that is known, or one word."""
        found = list(_words(self.low, self.position, lexicon().most_words)) if self._at_word() else []
        if not found:
            return False
        if found[0].group() in ENGLISH_NUMBER and self._measured(found[0]):
            return True
        for count in range(len(found), 0, -1):
            entry = lexicon().latin.get(tuple(stem(w.group()) for w in found[:count]))
            of = entry and entry[0] == "main" and self.low[found[count - 1].end() :].startswith(" of ")
            if entry and not (of and found[count - 1].group() == "front"):  # "the first one in front of the meadow"
                return self._add(*entry, found[count - 1].end() - self.position)
        word = found[0].group()
        identifier = re.fullmatch(r"(p|pic|img|image|photo|picture|no)(\d{1,3})", word)
        if identifier:
            return self._add("picture_number", int(identifier.group(2)), len(word))
        if word in ORDINAL:
            return self._add("ordinal", ORDINAL[word], len(word))
        if word in ENGLISH_NUMBER:
            unit, length = self._unit(self.position + len(word))
            if unit == "inch" and re.match(r"\s*in [a-z]", self.low[self.position + len(word) :]):
                unit, length = "", 0  # "the middle two in grey"
            return self._add("number", float(ENGLISH_NUMBER[word]), len(word) + length, unit)
        return self._add("word", word, len(word))


def _words(text: str, position: int, most: int) -> list[re.Match[str]]:
    """Up to ``most`` Latin words from ``position`` on, with nothing but blanks, hyphens and slashes between them."""
    found: list[re.Match[str]] = []
    while len(found) < most:
        match = WORD.match(text, position)
        if not match:
            break
        found.append(match)
        gap = re.compile(r"[ \-/]*").match(text, match.end())
        position = gap.end() if gap else match.end()
    return found


def scan(text: str, names: Mapping[str, str], nicks: Mapping[str, tuple[str, ...]] | None = None) -> list[Token]:
    """The tokens of a normalised sentence. ``names``: file name in lower case -> picture id; ``nicks``: part of a
    file name -> picture ids."""
    tokens = Scanner(text, names, nicks or {}).run()
    settle(tokens)
    mark_told(tokens)
    return tokens


def alike(word: str) -> set[str]:
    """A noun with those that mean the same, in both languages."""
    if len(word) > 1 and word.endswith("子"):
        return {word, word[:-1]}.union(*(g for g in nouns() if word in g))  # 罐子 is 陶罐
    return {word}.union(*(g for g in nouns() if word in g))


def nouns() -> list[list[str]]:
    """Groups of nouns that mean the same."""
    return list(tables()["lexicon"]["noun"]["same"])
