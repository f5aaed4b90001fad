"""Parts of file names by which some of several pictures can be told apart: "pillow_stack.jpg" is "the stack"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from agent.builtin.tokens.lexicon import WORD, lexicon, stem, tables
from agent.builtin.tokens.settle import THINGS

PARTS = re.compile(r"(?<![a-z])[a-oq-z][0-9](?![0-9a-z])|[a-z]+[0-9]{2,6}(?![0-9a-z])|[a-z]+|[0-9]+|[\u4e00-\u9fff]+")
CHUNKS = re.compile(r"[0-9]+[\u4e00-\u9fff]+|[\u4e00-\u9fff]+[0-9]+")  # 「3班」 in 3班-赵.jpg
HAN = re.compile(r"[\u4e00-\u9fff]+")
NUMBER_SIGN = re.compile(r"[0-9]+[\u4e00-\u9fff]")
LOOSE = set("的了我你他她它这那在和与是有不没很都就也再个张第一两")  # part no name from a sentence
ONE = re.compile(r" (?:one|photo|picture|pic|shot|image|view|angle)s?\b|那张|这张")
VERB = re.compile(r" (?:is|are|was|runs?|stays?|needs?|gets?|can|should|goes|has|wants?|looks?|stands?|works?)\b")
THAT_ONE = re.compile(r"的?(?:那|这)(?:张|个|幅)")
PLAIN = {"img", "dsc", "pic", "photo", "image", "copy", "new", "old", "edit", "edited", "version", "jpg", "final", "my"}
AFTER = re.compile(
    r".?(?:[也那的和跟换做用给要来呢,，:：、0-9三两俩]|\s*[\u4e00-\u9fff])"
)  # behind a part of one character, which is easily mistaken
BESIDE = re.compile(r"(?:^|[\u4e00-\u9fff,，、和跟]\s*)\|(?:\s*[\u4e00-\u9fff,，、:：]|$)|\|\s*[\u4e00-\u9fff]")
COUPLES = {
    "爸妈": ("爸", "妈"), "爸爸妈妈": ("爸爸", "妈妈"), "姐弟": ("姐姐", "弟弟"), "兄妹": ("哥哥", "妹妹"),
    "兄弟": ("哥哥", "弟弟"), "姐妹": ("姐姐", "妹妹"), "爷爷奶奶": ("爷爷", "奶奶"),
}  # fmt: skip
KIN = re.compile(r"(?:爸爸|妈妈|哥哥|姐姐|弟弟|妹妹|爷爷|奶奶|老爸|老妈|老公|老婆)")
LETTER = re.compile(r"(?:^|[\u4e00-\u9fff.,，。;；、:：]\s*)\|(?:[\u4e00-\u9fff]|\s*[:：])")  # 「给a换」, "a: white"
BEFORE = re.compile(r"(?:^|[,，。;；、\s把给和跟让那我咱他她])$")
MEANINGS = ("subject", "purpose", "nothing")  # a known word may be a part of a name only if it means one of these
Nicks = dict[str, tuple[str, ...]]


def nicknames(names: Mapping[str, str]) -> Nicks:
    """Part -> ids of the pictures whose names hold it. ``names``: id -> file name. Parts that all names hold, and
    words that mean something else, are left out; there are none where there is only one picture."""
    if len(names) < 2:
        return {}
    bare = {i: name.lower().rsplit(".", 1)[0] for i, name in names.items()}
    found: dict[str, list[str]] = {}
    for picture, name in bare.items():
        for part in {*PARTS.findall(name), *CHUNKS.findall(name), *_own(name, list(bare.values())), *_ends(name)}:
            if not _usable(part, whole=part == name) and len(part) > 1 and part.isascii() and part.isalpha():
                found.setdefault(f"!{stem(part)}", []).append(picture)  # "the blurry one"
            if not _usable(part, whole=part == name) and len(part) > 1 and HAN.fullmatch(part):
                found.setdefault(f"!{part}", []).append(picture)  # 「背面那张」
            if HAN.fullmatch(part) and KIN.fullmatch(part):
                found.setdefault(part[-1], []).append(picture)  # 「我爸的」 of 爸爸.jpg
            if part == name and part.isascii() and part.isalpha() and len(part) > 2:
                found.setdefault(f"!!{stem(part)}", []).append(picture)  # "Whiskers" of whiskers.jpg
            for called in surnamed(part):
                found.setdefault(called, []).append(picture)
            if _usable(part, whole=part == name):
                found.setdefault(part if part.isdigit() else stem(part), []).append(picture)
    for both, (one, other) in COUPLES.items():
        if one in found and other in found:
            found[both] = [*found[one], *found[other]]
    return {part: tuple(ids) for part, ids in found.items() if len(ids) < len(names)}


@cache
def surnamed(part: str) -> tuple[str, ...]:
    """What Chinese speakers call the person of "wang.jpg": 小王, 王老师, 王总 …"""
    table = tables()["lexicon"]["surname"]
    called = table["called"]
    return tuple(how.replace("X", name) for name in table["of"].get(part, "") for how in called)


def _own(name: str, names: Sequence[str]) -> list[str]:
    """What is left of a name without what it has in common with another: 海报甲, 海报乙 -> 甲, 乙."""
    shared = [_begin(name, other) for other in names if other != name]
    longest = max(shared, key=len, default="")
    rest = name[len(longest) :].strip("_- ")
    return [rest] if longest and re.fullmatch(r"[\u4e00-\u9fff]{1,4}|[a-z]", rest) else []


def _ends(name: str) -> set[str]:
    """Beginnings and ends of a name's Chinese parts, as people shorten it: 五菱 of 五菱宏光, 7号 of 7号李浩."""
    found: set[str] = set()
    for run in HAN.findall(name):
        for n in range(2, len(run)):
            found |= {part for part in (run[:n], run[n:], run[-n:]) if len(part) > 1 and not set(part) & LOOSE}
    return found | set(NUMBER_SIGN.findall(name))


def _begin(a: str, b: str) -> str:
    """What both begin with."""
    return a[: next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))]


def _usable(part: str, whole: bool) -> bool:
    if part.isdigit():
        return len(part) >= 3 or (len(part) == 2 and (whole or part.startswith("0")))
    words = lexicon()
    if part.isascii():
        entry = words.latin.get((stem(part),))
        thing = whole and part in THINGS  # orchid.jpg, rose.png: the picture rather than the colour
        known = entry is not None and entry[0] != "purpose" and not (thing and entry[0] == "colour")
        return len(part) == 1 or (part not in PLAIN and not known)
    entry = words.cjk.get(part)
    if entry is not None:
        return entry[0] in MEANINGS and len(part) > 1
    return not any(_meant(part[a:b]) for a in range(len(part)) for b in range(a + 2, len(part) + 1))


def _meant(phrase: str) -> bool:
    entry = lexicon().cjk.get(phrase)
    return entry is not None and entry[0] not in MEANINGS


def nicked(
    text: str, position: int, nicks: Mapping[str, tuple[str, ...]], capital: bool = False
) -> tuple[int, tuple[str, ...]] | None:
    """(length, ids) of the nickname at ``position`` of ``text`` (lower case), or None. ``capital``: it is written
    so; a single Latin letter is a name only then, and beside Chinese or a mark ("A 要透明", "A: white")."""
    best = max((n for n in nicks if not n.isascii() and text.startswith(n, position)), key=len, default="")
    behind = tuple("的那这也和跟要做换用" + best)
    kin = best in tuple("爸妈哥姐弟妹") and text[position + 1 : position + 2] not in behind
    if best and not kin and (len(best) > 1 or _stands_alone(text, position)):
        return len(best), nicks[best]
    pointed = max((n for n in nicks if n[0] == "!" and text.startswith(n[1:], position)), key=len, default="!")
    if not pointed.isascii() and THAT_ONE.match(text, position + len(pointed) - 1):
        return len(pointed) - 1, nicks[pointed]
    word = WORD.match(text, position)
    if word:
        ids = nicks.get(word.group() if word.group().isdigit() else stem(word.group().removesuffix("'s")))
        length = len(word.group().removesuffix("'s"))
        joined = WORD.match(text, word.end() + 1) if not ids and text[word.end() : word.end() + 1] == " " else None
        if joined and (both := nicks.get(stem(word.group() + joined.group()))):
            return joined.end() - position, both  # "the El Camino" of elcamino.jpg
        around = text[:position] + "|" + text[position + 1 :]
        if length == 1 and not ((capital and BESIDE.search(around)) or LETTER.search(around)):
            return None
        if length == 2 and not capital and word.group().isalpha():
            return None
        subject = text[:position].endswith("the ") and VERB.match(text, word.end())  # "the spread runs full bleed"
        if not ids and (subject or ONE.match(text, word.end())):
            ids = nicks.get(f"!{stem(word.group())}")
        begun = position > 0 and not text[:position].rstrip().endswith((".", "!", "?", ":"))
        side = word.group() in ("left", "right", "front") and text[:position].endswith("the ")
        side = side and re.match(r" (?!side|edge|half|corner|part|one\b)[a-z]", text[word.end() :]) is not None
        if not ids and (side or (capital and begun)):
            ids = nicks.get(f"!!{stem(word.group())}")
        return (len(word.group()), ids) if ids else None
    return None


def _stands_alone(text: str, position: int) -> bool:
    return bool(BEFORE.search(text[:position])) and bool(AFTER.match(text[position + 1 : position + 2]))
