"""Which of the colours that a section names are meant for the background, and their numbers."""

from __future__ import annotations

from itertools import takewhile

from agent.builtin.tokens.lexicon import tables
from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Photo
from agent.builtin.which.sections import Section

TOO = ("太", "过于", "太过", "有点", "显得", "too", "looks", "overly")


PLAIN_ID = {"蓝": "blue", "蓝色": "blue", "blue": "blue", "红": "red", "红色": "red", "red": "red"}


SCREENS = {"绿幕", "绿幕色", "蓝幕", "green screen", "greenscreen", "blue screen", "chroma green", "chroma key green"}


BECOMES = {"换成", "改成", "换为", "改为", "变成", "换", "to", "into", "with"}


NOUNS = ("subject", "people", "main", "others", "hair", "fringe", "jag", "denoise", "haze", "mask")


def stands_before(section: Section, token: Token) -> bool:
    """Whether a colour stands right before the word for the background, which is not to go: "silver background"."""
    here = section.tokens.index(token)
    after = [t for t in section.tokens[here + 1 : here + 3] if t.kind != "colour_word" and t.text != "的"]
    return bool(after) and after[0].kind == "background" and not goes(section, token)


def colour_tokens(section: Section) -> list[Token]:
    """The colours that are meant for the background: wanted ones, and none that describe what the picture shows."""
    odd = (_describes, goes, _too_much, _of_background, _of_mask)
    gone = {t.value[1] for t in section.yes("colour") if goes(section, t)}
    found = [t for t in section.yes("colour") if not any(test(section, t) for test in odd) and t.value[1] not in gone]
    return list({t.value[1]: t for t in found}.values()) if len({t.value[1] for t in found}) == 1 else found


def judged(section: Section, token: Token) -> bool:
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


def _gone_behind(section: Section, here: int) -> bool:
    """「把绿色背景去掉」, 「黑底变透明」: the background of that colour goes."""
    behind = section.tokens[here + 1 : here + 6]
    if not behind or behind[0].kind != "background":
        return False
    rest = [t for t in behind[1:] if t.kind not in ("at", "word", "all", "same", "change")][:1]
    clear = any(t.kind == "change" for t in behind[1:3])
    return (
        bool(rest) and not rest[0].negated and (rest[0].kind == "remove" or (rest[0].kind == "transparent" and clear))
    )


def goes(section: Section, token: Token) -> bool:
    """「去掉白底」, "remove the white background": the colour of what is to go."""
    here = section.tokens.index(token)
    before = [t for t in section.tokens[max(0, here - 3) : here] if t.kind not in ("at", "word", "this", "colour_word")]
    after = section.tokens[here + 1 : here + 3]
    if _gone_behind(section, here):
        return True
    if not before or before[-1].kind not in ("remove", "remove_background", "cut"):
        return False
    ended = not after or after[0].kind in ("stop", "comma", "more", "politeness", "then")
    led = [t.text.lower() for t in section.tokens[max(0, here - 1) : here]]
    if before[-1].kind == "remove" and ended and before[-1].text.isascii() and led == ["the"]:
        return True  # "remove the blue again"
    if before[-1].kind == "remove" and after and after[0].text.lower() in ("off", "away", "out"):
        return True  # "take the black off the first one"
    keyed = token.value[0] in SCREENS or before[-1].text.lower().startswith("key")
    return keyed or (before[-1].kind == "remove" and any(t.kind == "background" for t in after))


def _describes(section: Section, token: Token) -> bool:
    """「黑猫」, "the girl in the red dress": the colour of a thing."""
    here = section.tokens.index(token)
    after = [t for t in section.tokens[here + 1 : here + 3] if t.text not in ("的", "色")]
    before = section.tokens[here - 1] if here else None
    if after and after[0].text[:1] == "字":
        return True  # 「白底黑字的签名」
    if after and after[0].kind in NOUNS and after[0].start - token.end <= 2:
        follows = after[1:2]
        return not (follows and follows[0].kind == "background") and not (before and before.kind == "change")
    if before and before.text == "是" and after[:1] != [] and section.tokens[here + 1].text == "的":
        led = [t.kind for t in section.tokens[max(0, here - 4) : here]]
        if "background" in led and any(t is not token and stands_before(section, t) for t in section.yes("colour")):
            return True  # 「一寸红底…后面墙是灰的」
    clause = [
        t.text.lower() for t in takewhile(lambda t: t.kind not in ("comma", "stop"), reversed(section.tokens[:here]))
    ]
    exact = any(t is not token and t.value[0] == "#" for t in section.yes("colour"))
    if exact and clause and clause[-1] in ("it's", "that's", "its", "thats", "which", "是", "就是"):
        return True  # "rgb(245, 130, 32), it's our packaging orange"
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
        wrong = known and shade == "darker" and _sum(str(known)) > _sum(value)  # CSS's "dark grey" is a lighter one
        if known and not wrong:
            return str(known)
    return mixed(value, colours["shades"]["dark" if shade == "darker" else "light"])


def _sum(value: str) -> int:
    return sum(int(value[i : i + 2], 16) for i in (1, 3, 5))


def mixed(value: str, share: float) -> str:
    """``value`` ("#RRGGBB") with a share of white mixed in, or of black where ``share`` is negative."""
    parts = [int(value[i : i + 2], 16) for i in (1, 3, 5)]
    target = 255 if share > 0 else 0
    return "#" + "".join(f"{round(p + (target - p) * abs(share)):02X}" for p in parts)


def wanted_tokens(section: Section, photo: Photo) -> list[Token]:
    """Of several colours those that are neither what it has by now nor complained of."""
    tokens = colour_tokens(section)
    now = str(photo.background.get("color", "")).upper() if photo.kind == "color" else ""
    if tokens and all(str(t.value[1]).upper() == now and judged(section, t) for t in tokens):
        return []  # 「粉色不适合狗狗」
    left = [t for t in tokens if str(t.value[1]).upper() != now] or tokens
    return [t for t in left if not judged(section, t)] or left if len({t.value[1] for t in tokens}) > 1 else tokens


def meant(tokens: list[Token]) -> Token:
    """The last colour named; but 「绿幕那种绿」 is the one that the plain word only takes up again."""
    *earlier, last = tokens
    name = last.value[0].removesuffix("色")
    return next((t for t in reversed(earlier) if name and name != t.value[0] and name in t.value[0]), last)
