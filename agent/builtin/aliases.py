"""Names that a sentence gives to its pictures: 「头一张是我家大黄,第二张是我孙子,把孙子那张抠出来」."""

from __future__ import annotations

import re

TOLD = re.compile(r"(?:第(\d+)|(头[一1]))(?:张|个|幅)(?:照片|图片|相片|图)?是")
FAR = 14  # characters within which a picture is told about
POINTED = re.compile(r"那(?:一)?(?:张|个|幅)")
LED = re.compile(r"(?:我们?|咱们?|你|他|她)?家?的?")


def by_number(text: str) -> str:
    """``text`` (normalised) with each name that it gave to a picture, and takes up later, as that picture's number.

    What only gave the names is left out, as it wishes for nothing.
    """
    told = list(TOLD.finditer(text))
    for found in reversed(told):
        number = found[1] or "1"
        name = _taken_up(text, found.end())
        if name:
            begin = text.index(name, found.end())
            behind = _numbered(text[begin + len(name) :], name, number)
            text = text[: found.start()] + "，" + behind
    return text


def _taken_up(text: str, begin: int) -> str:
    """The longest piece of what is told from ``begin`` on that is pointed at later (「…那张」)."""
    ahead = re.split(r"[,，。;；、!！?？\s]|第\d", text[begin : begin + FAR])[0]
    lead = LED.match(ahead)
    start = lead.end() if lead else 0
    for length in range(min(6, len(ahead) - start), 1, -1):
        for offset in range(start, len(ahead) - length + 1):
            piece = ahead[offset : offset + length]
            later = text[begin + offset + length :]
            if any(POINTED.match(later, m.end()) for m in re.finditer(re.escape(piece), later)):
                return piece
    return ""


def _numbered(text: str, name: str, number: str) -> str:
    return re.sub(rf"(?:我们?家?的?)?{re.escape(name)}的?那(?:一)?(?:张|个|幅)", f"第{number}张", text)


AS_SAID = re.compile(
    r"[照按](?:他|她|老板|客户|领导)说的|照做就行"
    r"|\bdo what (?:s?he|they)(?:'s|'re| is| are)? (?:ask|say)|\bas (?:s?he|they) says?\b"
)
QUOTED = re.compile(r"[「『\"]([^「」『』\"]{4,})[」』\"]")


def unquoted(text: str) -> str:
    """``text`` with what somebody is quoted to wish as if the person wished it, where they say that they do:
    「老板原话:“主图要白底”,照他说的弄」. What a picture or a file's name says is never taken so."""
    if not QUOTED.search(text) or not AS_SAID.search(text.lower()):
        return text
    return AS_SAID.sub("", QUOTED.sub(r"\1", text))
