"""What a section says of the background."""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import Any

from agent.builtin import edging
from agent.builtin.complaints import mushy, spilled
from agent.builtin.exporting import beside_mask
from agent.builtin.gradients import gradient
from agent.builtin.lexicon import tables
from agent.builtin.memory import Memory, Photo
from agent.builtin.sections import Section
from agent.builtin.token import Token

TOO = ("太", "过于", "太过", "有点", "显得", "too", "looks", "overly")
PLAIN_ID = {"蓝": "blue", "蓝色": "blue", "blue": "blue", "红": "red", "红色": "red", "red": "red"}
SCREENS = {"绿幕", "绿幕色", "蓝幕", "green screen", "greenscreen", "blue screen", "chroma green", "chroma key green"}
WANTS = {"want", "wanna", "need", "要", "have", "like"}  # "I don't want the wall behind me": it is to go
BECOMES = {"换成", "改成", "换为", "改为", "变成", "换", "to", "into", "with"}
NOUNS = ("subject", "people", "main", "others", "hair", "fringe", "jag", "denoise", "haze", "mask")


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
        return not section.yes("colour", "transparent", "gradient")
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
    if any(_stands_before(section, t) for t in section.yes("colour")):
        return False  # "silver background, remove specks"
    about_edge = section.yes("fringe", "jag", "haze", "denoise", "overcut")
    return bool(about_edge) and not section.yes("change", "put", "transparent", "blur")


def _stands_before(section: Section, token: Token) -> bool:
    here = section.tokens.index(token)
    after = [t for t in section.tokens[here + 1 : here + 3] if t.kind != "colour_word" and t.text != "的"]
    return bool(after) and after[0].kind == "background" and not _goes(section, token)


def _original(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | None:
    back = section.yes("background") or [t for t in section.yes("original") if "background" in t.text.lower()]
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
    if back and (restore or (section.yes("keep") and _follows(section, "keep", "background"))):
        return {"kind": "original"} if photo.cut or restore else None
    return None


def _follows(section: Section, first: str, second: str) -> bool:
    kinds = [t.kind for t in section.tokens if t.kind not in ("at", "word", "all")]
    return any(a == first and b == second for a, b in pairwise(kinds))


AMOUNT = {"strength", "level", "amount", "radius", "intensity", "强度", "程度", "力度", "半径"}


def _near_blur(section: Section, number: Token) -> bool:
    """ "blur it by 10", "…, strength 10": a bare number that tells how much."""
    here = section.tokens.index(number)
    told = any(t.text.lower() in AMOUNT for t in section.tokens[max(0, here - 3) : here])
    return told or section.near(number, ("blur",), 5)


def _blur(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | None:
    wanted = [
        t
        for t in section.yes("blur")
        if not (section.near(t, ("edge",), 3) and not section.near(t, ("background",), 3))
    ]
    soft = section.yes("soft") and section.yes("background") and (photo.kind == "blur" or edging.of_background(section))
    again = photo.kind == "blur" and section.yes("more", "less", "strong", "excess", "scant", "half", "double")
    again = again and section.yes("background", "blur")
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
    if any(t.value[0] in SCREENS and _goes(section, t) for t in section.yes("colour")):
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
    between = [t for t in section.tokens[min(a, b) + 1 : max(a, b)] if not (t.kind == "colour" and _goes(section, t))]
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


def colour_tokens(section: Section) -> list[Token]:
    """The colours that are meant for the background: wanted ones, and none that describe what the picture shows."""
    odd = (_describes, _goes, _too_much, _of_background, _of_mask)
    found = [t for t in section.yes("colour") if not any(test(section, t) for test in odd)]
    return list({t.value[1]: t for t in found}.values()) if len({t.value[1] for t in found}) == 1 else found


def _judged(section: Section, token: Token) -> bool:
    """「白色太刺眼」, 「白的跟杯子分不开」, "white is too bright": what is wrong with a colour, beside another one."""
    here = section.tokens.index(token)
    clause = list(takewhile(lambda t: t.kind not in ("comma", "stop", "then"), section.tokens[here + 1 :]))
    before = section.tokens[here - 1] if here else None
    begins = before is None or before.kind in ("comma", "stop", "then") or before.text.lower() in ("the", "but", "因为")
    told = [t for t in clause if t.text not in ("的", "色") and t.kind != "background"][:2]
    bad = any(t.text.lower() in TOO or t.kind in ("too", "neg", "excess") for t in told)
    parted = any(t.text in ("分不", "分", "混", "糊") for t in clause) and any(
        t.text in ("跟", "和", "与") for t in told
    )
    return begins and (bad or parted) and not any(t.kind in ("change", "put") for t in clause)


def _too_much(section: Section, token: Token) -> bool:
    """「太白了刺眼」: a colour that is complained of."""
    here = section.tokens.index(token)
    return any(t.text.lower() in TOO for t in section.tokens[max(0, here - 1) : here])


def _of_mask(section: Section, token: Token) -> bool:
    """「黑白那张蒙版」: black and white are what a mask is."""
    here = section.tokens.index(token)
    pair = "".join(t.text for t in section.tokens[max(0, here - 1) : here + 2])
    return bool(section.yes("mask")) and "黑白" in pair


def _of_background(section: Section, token: Token) -> bool:
    """「现在的白底换成蓝底」, "change the white background to grey": the colour that it has, before what it becomes."""
    here = section.tokens.index(token)
    after = section.tokens[here + 1 :]
    back = next((n for n, t in enumerate(after[:2]) if t.kind == "background"), None)
    if back is None:
        return False
    becomes = next((n for n, t in enumerate(after) if t.text.lower() in BECOMES and n > back), None)
    return becomes is not None and becomes <= back + 2 and any(t.kind == "colour" for t in after[becomes:])


def _goes(section: Section, token: Token) -> bool:
    """「去掉白底」, "remove the white background": the colour of what is to go."""
    here = section.tokens.index(token)
    before = [t for t in section.tokens[max(0, here - 3) : here] if t.kind not in ("at", "word", "this", "colour_word")]
    after = section.tokens[here + 1 : here + 3]
    if not before or before[-1].kind not in ("remove", "remove_background", "cut"):
        return False
    if before[-1].kind == "remove" and after and after[0].text.lower() in ("off", "away", "out"):
        return True  # "take the black off the first one"
    keyed = token.value[0] in SCREENS or before[-1].text.lower().startswith("key")
    return keyed or (before[-1].kind == "remove" and any(t.kind == "background" for t in after))


def _describes(section: Section, token: Token) -> bool:
    """「黑猫」, "the girl in the red dress": the colour of a thing."""
    here = section.tokens.index(token)
    after = [t for t in section.tokens[here + 1 : here + 3] if t.text not in ("的", "色")]
    before = section.tokens[here - 1] if here else None
    if after and after[0].kind in NOUNS and after[0].start - token.end <= 2:
        follows = after[1:2]
        return not (follows and follows[0].kind == "background") and not (before and before.kind == "change")
    if before and before.text == "是" and after[:1] != [] and section.tokens[here + 1].text == "的":
        led = [t.kind for t in section.tokens[max(0, here - 4) : here]]
        if "background" in led and any(t is not token and _stands_before(section, t) for t in section.yes("colour")):
            return True  # 「一寸红底…后面墙是灰的」
    told = section.tokens[max(0, here - 3) : max(0, here - 1)]
    if section.vague and section.ids is not None and before and before.text.lower() in ("is", "are"):
        return False  # "only the soup is brown", of several pictures
    if before and before.text.lower() in ("is", "are", "was", "是") and any(t.kind in NOUNS for t in told):
        return not any(t.kind == "background" for t in section.tokens[max(0, here - 5) : here])
    dressed = [t.text.lower() for t in section.tokens[max(0, here - 2) : here]]
    worn = len(dressed) == 2 and dressed[0] in ("in", "with") and dressed[1] in ("the", "a", "his", "her", "my")
    if worn and after and after[0].kind == "word" and after[0].text.isalpha() and section.yes("cut", "transparent"):
        return after[0].text.lower() not in ("and", "to", "then", "please")  # "the one in the yellow raincoat"
    return bool(before and before.text in ("穿", "wearing"))


def hexadecimal(section: Section, token: Token, for_id: bool) -> str:
    """The colour of a token, with the shade that stands before it ("darker blue", 「深一点的蓝」)."""
    name, value = token.value
    here = section.tokens.index(token)
    led = takewhile(lambda t: t.kind not in ("comma", "stop"), reversed(section.tokens[max(0, here - 3) : here]))
    near = [*reversed(list(led)), *section.tokens[here + 1 : here + 2]]
    shade = next((t.kind for t in near if t.kind in ("darker", "lighter")), None) or _shade_behind(section, here)
    if shade:
        return _shade(name, value, shade)
    if for_id and name in PLAIN_ID:
        return str(tables()["colours"]["id"][PLAIN_ID[name]])
    return str(value)


def _shade_behind(section: Section, here: int) -> str | None:
    """「也要蓝的,但是浅一点」: the shade in a clause of its own."""
    behind = section.tokens[here + 1 : here + 6]
    ahead = list(takewhile(lambda t: t.kind in ("comma", "then", "word", "background", "slight", "at"), behind))
    told = behind[len(ahead) : len(ahead) + 1]
    parted = any(t.kind in ("comma", "then") for t in ahead)
    return told[0].kind if told and parted and told[0].kind in ("darker", "lighter") else None


def _shade(name: str, value: str, shade: str) -> str:
    colours = tables()["colours"]
    prefixes = {"darker": ("深", "dark "), "lighter": ("浅", "light ")}[shade]
    for language, prefix in zip(("zh", "en"), prefixes, strict=True):
        known = colours[language].get(prefix + name.removesuffix("色"))
        if known:
            return str(known)
    return mixed(value, colours["shades"]["dark" if shade == "darker" else "light"])


def mixed(value: str, share: float) -> str:
    """``value`` ("#RRGGBB") with a share of white mixed in, or of black where ``share`` is negative."""
    parts = [int(value[i : i + 2], 16) for i in (1, 3, 5)]
    target = 255 if share > 0 else 0
    return "#" + "".join(f"{round(p + (target - p) * abs(share)):02X}" for p in parts)


def _wanted(section: Section, photo: Photo) -> list[Token]:
    """Of several colours those that are neither what it has by now nor complained of."""
    tokens = colour_tokens(section)
    now = str(photo.background.get("color", "")).upper() if photo.kind == "color" else ""
    if tokens and all(str(t.value[1]).upper() == now and _judged(section, t) for t in tokens):
        return []  # 「粉色不适合狗狗」
    left = [t for t in tokens if str(t.value[1]).upper() != now] or tokens
    return [t for t in left if not _judged(section, t)] or left if len({t.value[1] for t in tokens}) > 1 else tokens


def _colour(section: Section, photo: Photo, memory: Memory, for_id: bool) -> dict[str, Any] | None:
    tokens = _wanted(section, photo)
    if not tokens:
        return None
    return {"kind": "color", "color": hexadecimal(section, _meant(tokens), for_id)}


def _meant(tokens: list[Token]) -> Token:
    """The last colour named; but 「绿幕那种绿」 is the one that the plain word only takes up again."""
    *earlier, last = tokens
    name = last.value[0].removesuffix("色")
    return next((t for t in reversed(earlier) if name and name != t.value[0] and name in t.value[0]), last)


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
