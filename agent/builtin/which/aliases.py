"""Names that a sentence gives to its pictures: 「头一张是我家大黄,第二张是我孙子,把孙子那张抠出来」."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agent.builtin.tokens.lexicon import lexicon, stem
from agent.builtin.tokens.token import ACTIONS

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


TAILS = re.compile(r"(?:尾号|末尾|结尾)(?:是|为)?(\d{1,4}(?:[和与跟、,，]\d{1,4})*)的?")


def by_tail(text: str, names: Sequence[str]) -> str:
    """``text`` with pictures that are named by the end of their files' names as their numbers: 「尾号41和43的」.
    ``names``: of the files, in order."""

    def numbered(found: re.Match[str]) -> str:
        ends = re.findall(r"\d+", found[1])
        bare = [name.rsplit(".", 1)[0] for name in names]
        places = [next((n for n, name in enumerate(bare, 1) if name.endswith(end)), 0) for end in ends]
        return "第" + "、".join(map(str, places)) + "张" if all(places) else found.group()

    return TAILS.sub(numbered, text)


IN_ORDER = re.compile(
    r"(?:照片|图片)?(?:按顺序|依次|分别|顺序|从左到右|从前到后)(?:是|为|[:：])+\s*([^。.!！?？;；\n]+)[。.!！;；]?"
    r"|\b(?:in order|in that order|in this order|left to right)[,:]? (?:it's |they are |they're |these are |is |are )?"
    r"([^.!?;\n]+)[.!;]?",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"\s*(?:、|[,，]\s*(?:and )?|和|与|\band\b)\s*")
NTH = "first|second|third|fourth|fifth|sixth|last"
NUMBERS = {w: n for n, w in enumerate(NTH.split("|")[:-1], 1)} | {
    "last": 0,
    "头1": 1,
    "头一": 1,
    "最后1": 0,
    "最后一": 0,
}
TOLD_ZH = re.compile(
    r"(?:第(\d+)|(头[1一]|最后[1一]))(?:张|个|幅)(?:照片)?是(?:我们?|咱们?)?(?:家|的)?([\u4e00-\u9fff]{2,5})(?=[,，。;；、\s]|$)[,，。;；、]?"
)
TOLD_BY_PART = re.compile(
    r"(?<![\w.])([A-Za-z0-9_]{2,12})(?:号)?是([\u4e00-\u9fff]{2,5})(?=[,，。;；、\s]|$)[,，。;；、]?"
)
TOLD_EN = re.compile(
    rf"\b(?:the )?({NTH})(?: one| photo| picture| pic)? is ([A-Z][a-z]+)\b[,.;]?"
    rf"|\b([A-Z][a-z]+)(?: is|'s)?(?: in| on)? the ({NTH})\b(?: one| photo| picture| pic)?[,.;]?"
)


def told_names(text: str, ids: Sequence[str], nicks: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Names that ``text`` (normalised) gives to several of the pictures ``ids``: 「照片按顺序是爷爷、奶奶、我」,
    「2041是张总,2042是小刘」, "Mia is the first picture and Leo the second". ``nicks``: part of a file name -> ids."""
    found: dict[str, tuple[str, ...]] = {}
    for name, picture, _ in _told(text, ids, nicks):
        for called in _shortened(name):
            found[called] = (picture,)
    return found


def without_told(text: str, ids: Sequence[str], nicks: Mapping[str, tuple[str, ...]]) -> str:
    """``text`` without what only gives names, where one of them is taken up later."""
    told = _told(text, ids, nicks)
    rest = text
    for *_, piece in told:
        rest = rest.replace(piece, " ", 1)
    used = any(called in rest for name, *_ in told for called in _shortened(name))
    return rest if used else text


def _told(text: str, ids: Sequence[str], nicks: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str, str]]:
    """(name, picture, the piece of text that says so); nothing where fewer than two are told."""
    order = IN_ORDER.search(text)
    names = [n for n in BETWEEN.split((order[1] or order[2] or "").strip()) if n] if order else []
    if order and len(names) == len(ids) > 1 and all(len(n) < 20 for n in names):
        return [(name, picture, order.group()) for name, picture in zip(names, ids, strict=True)]
    found: list[tuple[str, str, str]] = []
    for m in TOLD_ZH.finditer(text):
        number = int(m[1]) if m[1] else NUMBERS[m[2]]
        if number <= len(ids) and _is_name(m[3]):
            found.append((m[3], ids[number - 1], m.group()))
    for m in TOLD_BY_PART.finditer(text):
        called = nicks.get(m[1].lower(), ())
        if len(called) == 1 and _is_name(m[2]):
            found.append((m[2], called[0], m.group()))
    for m in TOLD_EN.finditer(text):
        number = NUMBERS[(m[1] or m[4]).lower()]
        name = m[2] or m[3]
        if number <= len(ids) and (stem(name.lower()),) not in lexicon().latin:
            found.append((name, ids[number - 1], m.group()))
    return found if len(found) > 1 else []


def _is_name(name: str) -> bool:
    """Whether a piece of Chinese wishes for nothing and is no word for a colour or the like."""
    words = lexicon().cjk
    parts = (name[a:b] for a in range(len(name)) for b in range(a + 1, len(name) + 1))
    return not any(
        words[p][0] in ACTIONS | {"change", "put"} for p in parts if p in words and (len(p) > 1 or p == name)
    )


def _shortened(name: str) -> tuple[str, ...]:
    """A name and how it is shortened: 老吴 of 司机老吴."""
    low = name.lower()
    if low.isascii():
        return (stem(low),)
    return (low, low[-2:]) if len(low) > 3 and low[-2] in "老小阿" else (low,)
