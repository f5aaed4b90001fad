"""What a section says of the background."""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import Any

from agent.builtin.readers import edging
from agent.builtin.readers.complaints import mushy, spilled
from agent.builtin.readers.copies import beside_mask
from agent.builtin.readers.gradients import gradient
from agent.builtin.readers.hues import (
    SCREENS,
    colour_tokens,
    goes,
    hexadecimal,
    judged,
    meant,
    mixed,
    stands_before,
    wanted_tokens,
)
from agent.builtin.tokens.lexicon import tables
from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Memory, Photo
from agent.builtin.which.sections import Section

WANTS = {"want", "wanna", "need", "要", "have", "like"}  # "I don't want the wall behind me": it is to go


def background(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | str | None:
    """The arguments of `set_background` (without pictures); a question's key where something is missing; None where
    the section says nothing of the background."""
    if _hands_off(section) or _complains(section, photo):
        return None
    if section.yes("mask") and not section.yes("background", "change", "put") and not beside_mask(section):
        return None  # 「黑白那个蒙版」
    for reader in (_original, _blur, _gradient, _picture, _colour, _transparent, _shaded):
        found = reader(section, photo, memory, for_id)
        if found is not None:
            return found
    return _open(section)


def _hands_off(section: Section) -> bool:
    """「别动背景」, "leave the background alone"."""
    if section.yes("background") and section.yes("held") and not section.behind:
        blurred = section.yes("blur") and section.yes("then")  # "keep it as it is but blur it 15 px"
        return not section.yes("colour", "transparent", "gradient") and not blurred
    negated = section.no("background") and not section.no("colour_word")
    return (
        bool(negated)
        and any(
            t.text.lower() not in WANTS for t in section.no("touch", "change", "remove", "blur", "remove_background")
        )
        and not section.yes("colour", "transparent", "gradient", "original", "blur")
        and not (section.yes("background") and section.yes("remove", "remove_background"))  # 「不是换,是去掉」
    )


def _complains(section: Section, photo: Photo) -> bool:
    """「有一圈黑的」: a colour in a complaint about the edge is not a wish."""
    if spilled(section, photo):
        return True
    if any(stands_before(section, t) for t in section.yes("colour")):
        return False  # "silver background, remove specks"
    about_edge = section.yes("fringe", "jag", "haze", "denoise", "overcut")
    return bool(about_edge) and not section.yes("change", "put", "transparent", "blur")


def _original(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | None:
    back = section.yes("background") or [
        t for t in section.yes("original") if "background" in t.text.lower() or "背景" in t.text
    ]
    original, restore = section.yes("original"), section.yes("restore")
    original = [
        t for t in original if not section.near(t, ("resize", "dimensions", "format"), 3)
    ]  # "the original size"
    now = str(photo.background.get("color", "")).upper() if photo.kind == "color" else ""
    other = [t for t in section.yes("colour") if str(t.value[1]).upper() != now or not original]
    if other or section.yes("transparent", "gradient", "blur"):
        return None
    if original and (back or restore or section.yes("keep", "change")):
        kept = section.yes("keep") and not (photo.cut or restore or section.yes("change"))
        return None if kept else {"kind": "original"}
    if restore and section.ids and photo.cut and section.has(lambda t: t.text.lower() in AS_IT_WAS):
        return {"kind": "original"}  # "put the lamp back how it was"
    if back and (restore or (section.yes("keep") and _follows(section, "keep", "background"))):
        return {"kind": "original"} if photo.cut or restore else None
    return None


def _follows(section: Section, first: str, second: str) -> bool:
    kinds = [t.kind for t in section.tokens if t.kind not in ("at", "word", "all")]
    return any(a == first and b == second for a, b in pairwise(kinds))


AS_IT_WAS = {"how it was", "the way it was", "as it was", "to how it was", "like it was"}
AMOUNT = {"strength", "level", "amount", "radius", "intensity", "强度", "程度", "力度", "半径"}


def _near_blur(section: Section, number: Token) -> bool:
    """ "blur it by 10", "…, strength 10": a bare number that tells how much."""
    here = section.tokens.index(number)
    told = any(t.text.lower() in AMOUNT for t in section.tokens[max(0, here - 3) : here])
    led = "".join(t.text for t in section.tokens[max(0, here - 4) : here])
    told = told or any(word in led for word in AMOUNT if not word.isascii())  # 「强度设成8」
    return told or section.near(number, ("blur",), 5)


def _blur(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | None:
    wanted = [
        t
        for t in section.yes("blur")
        if not (section.near(t, ("edge",), 3) and not section.near(t, ("background",), 3))
    ]
    soft = section.yes("soft") and section.yes("background") and (photo.kind == "blur" or edging.of_background(section))
    again = photo.kind == "blur" and bool(section.yes("more", "less", "strong", "excess", "scant", "half", "double"))
    again = again and bool(section.yes("background", "blur"))
    if section.behind:
        return None  # "onto the driveway, with the driveway a bit blurry": of that picture
    if not (wanted or soft or again) or section.yes("jag", "fringe") or mushy(section, photo):
        return None
    numbers = [t for t in section.yes("number") if t.unit in ("px", "", "%") and not t.used]
    number = next((t for t in numbers if t.unit), numbers[0] if numbers else None)
    if number and (number.unit or not wanted or _near_blur(section, number)):
        number.used = True
        return {"kind": "blur", "blur": min(200, number.value)}
    return {"kind": "blur"} | _strength(section, photo)


def _strength(section: Section, photo: Photo) -> dict[str, Any]:
    """By feel: "slight" and "strong" at first, one step from where it is afterwards."""
    feel, now = tables()["lexicon"]["feel"]["blur"], photo.background.get("blur") or 0
    now = now or 2 * feel["step"]
    if photo.kind == "blur" and section.yes("half", "double"):
        return {"blur": min(200, now * 2 if section.yes("double") else now / 2)}
    if photo.kind == "blur" and (section.yes("less", "excess") or section.no("strong", "more")):
        return {"blur": max(1, now - feel["step"])}
    if photo.kind == "blur" and section.yes("more", "strong", "slight", "scant"):
        return {"blur": min(200, now + feel["step"])}
    if section.yes("less") or section.no("strong", "excess") or (section.yes("slight") and not section.yes("strong")):
        return {"blur": feel["slight"]}
    more = [t for t in section.yes("more") if t.text.lower() != "again"]
    hard = any(section.near(t, ("blur",), 2) for t in section.yes("hard"))  # "and I mean blurred hard"
    return {"blur": feel["strong"]} if section.yes("strong") or more or hard else {}


def _gradient(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | str | None:
    tokens = colour_tokens(section)
    twice = {id(b) for a, b in pairwise(tokens) if a.value == b.value and a.end == b.start}  # 「白白的」
    kept = [t for t in tokens if id(t) not in twice]
    kept = [t for t in kept if not judged(section, t)] if len(kept) > 2 else kept  # 「纯白有点单调,做成…」
    return gradient(section, photo, [(t, hexadecimal(section, t, for_id=False)) for t in kept])


def _picture(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | None:
    if not section.behind:
        return None
    soft = _strength(section, photo) or {"blur": 15} if section.yes("blur") else {}
    return {"kind": "picture", "background_picture": section.behind} | soft


def _transparent(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | None:
    hues = [t for t in section.no("colour_word") if any(t2.kind == "background" for t2 in _clause_from(section, t))]
    nothing = hues and not section.no("blur")  # "no colour behind it"
    if section.yes("transparent", "remove_background") or removes_background(section) or nothing:
        return {"kind": "transparent"}
    return None


def _clause_from(section: Section, token: Token) -> list[Token]:
    """What stands behind a token up to the next mark."""
    behind = section.tokens[section.tokens.index(token) + 1 :]
    return list(takewhile(lambda t: t.kind not in ("comma", "stop", "then"), behind))


def removes_background(section: Section) -> bool:
    """「去掉背景」, "get rid of the background", 「不要背景」, 「抠掉背景」; but not 「去掉背景里的杂物」."""
    if _taken_whole(section):
        return True
    if section.yes("clutter", "others", "haze", "fringe", "denoise") and section.yes("background"):
        return False
    if section.no("background") and all(t.text.lower() in WANTS for t in section.no("touch", "change")):
        return not section.yes("background") and not section.no("colour", "blur", "gradient")
    if any(t.value[0] in SCREENS and goes(section, t) for t in section.yes("colour")):
        return True
    if section.yes("remove", "change") and any(goes(section, t) for t in section.yes("colour")):
        return True
    verbs = section.yes("remove", "cut")
    for token in section.yes("background"):
        if any(_of_the_clause_before(section, v, token) for v in verbs):
            return True
        near = [v for v in verbs if abs(section.tokens.index(v) - section.tokens.index(token)) <= _reach(v)]
        if any(_takes(section, v, token) for v in near):
            return True
    return False


def _taken_whole(section: Section) -> bool:
    """「后面有个垃圾桶太难看了你把背景给我整个去掉吧」: the background itself, whatever is said of it before."""
    tokens = section.tokens
    for n, token in enumerate(tokens[1:], 1):
        if token.kind == "background" and not token.negated and tokens[n - 1].text in ("把", "将"):
            ahead = list(
                takewhile(lambda t: t.kind in ("change", "all", "word", "at", "remove"), tokens[n + 1 : n + 5])
            )
            return any(t.kind == "remove" and not t.negated for t in ahead) and not any(t.text == "里" for t in ahead)
    return False


def _reach(verb: Token) -> int:
    """ "everything behind the horse to just disappear": what happens to the background may stand far behind it."""
    return 8 if verb.text.lower() in ("disappear", "vanish", "gone", "go away", "消失", "没了") else 4


def _of_the_clause_before(section: Section, verb: Token, back: Token) -> bool:
    """「后面窗台太乱了,给去掉」: a verb without a thing of its own takes what was complained of before."""
    here = section.tokens.index(verb)
    marks = [n for n, t in enumerate(section.tokens[:here]) if t.kind in ("comma", "stop")]
    if verb.kind != "remove" or not marks or section.tokens.index(back) > marks[-1]:
        return False
    end = next(
        (n for n, t in enumerate(section.tokens[here:], here) if t.kind in ("comma", "stop")), len(section.tokens)
    )
    own = [t for t in section.tokens[marks[-1] + 1 : end] if t is not verb]
    bare = all(t.kind in ("at", "word", "all", "this", "politeness") or t.text in ("给我", "要") for t in own)
    clause = section.tokens[(marks[-2] + 1 if len(marks) > 1 else 0) : marks[-1]]
    return bare and any(t is back for t in clause) and any(t.kind == "too" for t in clause)


def _takes(section: Section, verb: Token, back: Token) -> bool:
    a, b = section.tokens.index(verb), section.tokens.index(back)
    between = [t for t in section.tokens[min(a, b) + 1 : max(a, b)] if not (t.kind == "colour" and goes(section, t))]
    between = [t for t in between if t.text not in ("给我", "要", "整个", "全部", "统统", "给")]
    if any(t.kind in ("change", "colour", "comma", "stop", "then", "blur") for t in between):
        return False
    if verb.kind == "remove":
        return True
    return (
        verb.text.isascii()
        and a < b
        and not any(t.kind in ("subject", "people", "main", "me", "this") for t in between)
    )


def _colour(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | None:
    tokens = wanted_tokens(section, photo)
    if not tokens:
        return None
    now = str(photo.background.get("color", "")).upper() if photo.kind == "color" else ""
    if (
        any(t.text.isascii() for t in section.yes("slight"))
        and section.yes("darker", "lighter")
        and (
            {str(t.value[1]).upper() for t in tokens} == {now}
            or any(t.value[0].lower() in n for t in tokens for n, v in tables()["colours"]["en"].items() if v == now)
        )
    ):
        return _shaded(section, photo, memory, for_id)  # "make the grey a little lighter"
    return {"kind": "color", "color": hexadecimal(section, meant(tokens), for_id)}


def _shaded(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | None:
    """「再深一点」: the colour that it has now, darker or lighter."""
    shade = section.yes("darker", "lighter")
    if not shade or photo.kind != "color" or section.yes("edge", "feather", "soft"):
        return None
    share = tables()["colours"]["shades"]["dark" if shade[-1].kind == "darker" else "light"]
    now = str(photo.background["color"])
    step = share / 2 if section.yes("slight") or any("一点" in t.text for t in shade) else share
    return {"kind": "color", "color": mixed(now, step)}


def _open(section: Section) -> str | None:
    """A background is wanted and nothing says which: a question."""
    change = section.yes("change", "put")
    busy = section.yes("cut", "clutter", "others", "haze", "keep", "only", "export", "edge", "fringe")
    if section.no("colour", "transparent"):
        return "colour" if not section.yes("cut", "export") else None
    return "colour" if change and section.yes("background", "colour_word") and not busy else None
