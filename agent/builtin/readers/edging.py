"""What a section says of the cut-out itself: whether to cut, what to keep, and the edge."""

from __future__ import annotations

from itertools import pairwise, takewhile
from typing import Any

from agent.builtin.readers.complaints import mushy, spilled
from agent.builtin.readers.degrees import LIMITS, against, degree, lessened, whole
from agent.builtin.readers.keeping import kept
from agent.builtin.tokens.lexicon import tables
from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Photo
from agent.builtin.which.sections import Section

FIELDS = {"feather": "feather", "erode": "erode", "dilate": "dilate", "threshold": "alpha_threshold"}
NOTHING_ELSE = {
    "别的不许动",
    "别的别动",
    "其他不动",
    "其他别动",
    "别的不动",
    "其他都不动",
    "nothing else",
    "别的都别动",
}
TOOL_NAMES = (
    "去噪",
    "降噪",
    "denoise",
    "denoising",
    "noise reduction",
    "noise removal",
    "noise clean up",
    "noise cleanup",
    "despeckle",
)
TURNS = ("vertical", "horizontal", "radial", "upward", "leftward")


def matte(section: Section, photo: Photo) -> dict[str, Any] | None:
    """The arguments of `matte` that the section asks for (without pictures), or None if it asks for none."""
    given = _numbers(section, photo) | _off(section, photo)
    told = set(given)
    for name, value in _felt(section, photo, given).items():
        given.setdefault(name, value)
    specks = [t for t in section.yes("denoise") if not section.near(t, ("overcut",), 9)]  # "the crumbs got eaten away"
    if specks or (section.no("denoise") and not _named_tool(section)):
        given["denoise"] = True  # also "without little spots"
    if section.has(lambda t: t.text in NOTHING_ELSE) and section.yes(*FIELDS):
        given = {k: v for k, v in given.items() if k in told} or given  # 「阈值直接20 别的不许动」
    files = section.yes("export") and section.yes("quality") and section.yes("jag", "soft")
    if files and not told and given.keys() <= {"feather"}:
        given = {}  # "it looks blocky. export it again with quality 95"
    keep = kept(section, photo)
    if keep:
        given["keep"] = keep
    network = chosen_network(section)
    if network:
        given["network"] = network
    return given if given or wants_cut(section, photo) else None


def chosen_network(section: Section) -> str | None:
    """Whose network is named: 「用 isnet 抠」. "Not with isnet" means the built-in one."""
    named = section.yes("network")
    if named:
        return str(named[-1].value)
    return "builtin" if section.no("network") else None


def wants_cut(section: Section, photo: Photo | None = None) -> bool:
    """Whether the section says that the subject is to be cut out."""
    cuts = section.yes("cut")
    if photo is not None and photo.cut and section.yes("export", "format"):  # "the cut-outs of the other two as PNG"
        cuts = [t for t in cuts if t.text.lower() not in ("cut-outs", "cutouts", "cut-out", "cutout")]
    return bool(cuts) and not _cut_of_background(section)


def _cut_of_background(section: Section) -> bool:
    """「抠掉背景」, "cut out the background": the background goes, the subject stays."""
    for token in section.yes("cut"):
        here = section.tokens.index(token)
        ahead = [t for t in section.tokens[here + 1 : here + 4] if t.kind not in ("at", "all", "word")]
        if ahead and ahead[0].kind == "background" and token.text.isascii():
            return True
    return False


def _numbers(section: Section, photo: Photo) -> dict[str, Any]:
    """Fields with a number: "feather 3 px", 「往里收2个像素」, 「2像素的羽化」."""
    given: dict[str, Any] = {}
    fields = [t for t in section.tokens if t.kind in FIELDS]
    for n, token in enumerate(fields):
        number = _number_of(section, token, fields[n + 1] if n + 1 < len(fields) else None)
        if number is None or FIELDS[token.kind] in given:
            continue
        number.used = True
        name = FIELDS[token.kind]
        value = number.value
        added = section.has(lambda t: t.text in ("加", "减", "再加", "再减", "by"))
        if (name != "alpha_threshold" or added) and _relative(section, token, number) and photo.edges.get(name):
            sign = -1 if section.yes("less") else 1
            value = max(0, photo.edges[name] + sign * value)
        given[name] = whole(min(value, LIMITS[name]))
    return _taken_off(section) | given


def _taken_off(section: Section) -> dict[str, Any]:
    """ "take 3 px off the edge"."""
    lengths = [t for t in section.yes("number") if t.unit == "px" and not t.used and t.value <= LIMITS["erode"]]
    off = section.yes("edge") and section.has(lambda t: t.text.lower() == "off")
    inward = [t for t in lengths if _goes_in(section, t)]
    if inward:
        return {"erode": whole(inward[0].value)}
    return {"erode": whole(lengths[0].value)} if off and len(lengths) == 1 else {}


def _goes_in(section: Section, number: Token) -> bool:
    """ "3 px soft, 1 pixel in": at the end of its clause "in" is inward."""
    here = section.tokens.index(number)
    behind = section.tokens[here + 1 : here + 3]
    ended = (
        len(behind) < 2 or behind[1].kind in ("comma", "stop", "then") or behind[1].text.lower() in ("and", "on", "for")
    )
    return bool(behind) and behind[0].text.lower() in ("in", "inside") and ended


def _relative(section: Section, token: Token, number: Token) -> bool:
    """「再收1个像素」, "2 px more": counted from where the edge is."""
    more = [t for t in section.yes("more", "less") if abs(section.tokens.index(t) - section.tokens.index(number)) <= 4]
    here = section.tokens.index(number)
    if section.tokens[here + 1 : here + 2] and section.tokens[here + 1].text.lower() in ENOUGH:
        return False  # 「羽化少一点,1就好」
    near = section.tokens[max(0, here - 4) : here]
    marks = [n for n, t in enumerate(near) if t.kind in ("comma", "stop", "then")]
    to = any(
        t.text.endswith("到") or t.text.lower() in ("to", "成", "为", "改成", "设为", "down to", "up to")
        for t in near[marks[-1] + 1 if marks else 0 :]
    )
    return bool(more) and not to


ENOUGH = {"就好", "就行", "就够", "就够了", "就可以", "就可以了", "足够", "is enough", "enough", "will do", "is plenty"}


def _is_and(token: Token) -> bool:
    return token.text.lower() in ("and", "和", "plus", "跟")


def _number_of(section: Section, token: Token, following: Token | None) -> Token | None:
    tokens = section.tokens
    here = tokens.index(token)
    end = tokens.index(following) if following else len(tokens)
    ahead = tokens[here - 1] if here else None
    ended = here + 1 == len(tokens) or tokens[here + 1].kind in ("comma", "stop", "then") or _is_and(tokens[here + 1])
    if ahead and ended and ahead.kind == "number" and not ahead.used and ahead.unit in ("px", ""):
        return ahead  # "12 threshold, 0.75 px feather"
    for candidate in tokens[here + 1 : min(end, here + 8)]:
        if candidate.kind in ("export", "dpi", "quality", "blur", "stop", "format"):
            break
        if candidate.kind == "number" and not candidate.used and candidate.unit in ("px", ""):
            return candidate
    for candidate in reversed(tokens[max(0, here - 5) : here]):
        if candidate.kind in ("stop", "comma", *FIELDS):
            return None
        if candidate.kind == "number" and not candidate.used and candidate.unit in ("px", ""):
            return candidate
    return None


def _off(section: Section, photo: Photo) -> dict[str, Any]:
    """Fields that are to be off: 「不要羽化」, "no feathering", 「去掉羽化」."""
    off: dict[str, Any] = {}
    for kind, name in FIELDS.items():
        negated = [t for t in section.no(kind) if not _more_of(section, t)]
        there = kind == "feather" or photo.edges.get(name)  # "lose the erode"
        removed = [t for t in section.yes(kind) if there and _removed(section, t) and not _led_to(section, t)]
        if (negated or removed) and not (
            kind != "feather" and not photo.edges.get(name) and not photo.cut and not negated
        ):
            off[name] = 0
    for a, b in _joined_fields(section):  # 「羽化和收边都去掉」
        if off.keys() & {FIELDS[a.kind], FIELDS[b.kind]}:
            off |= {FIELDS[a.kind]: 0, FIELDS[b.kind]: 0}
    if section.all("edge") and (section.no("blur") or (section.yes("blur") and section.yes("undo", "remove"))):
        off["feather"] = 0  # "zero blur on the contour", 「边缘那层虚的撤了」
    if any(t.text.lower() == "softness" and section.near(t, ("remove",), 3) for t in section.yes("soft")):
        off["feather"] = 0  # "take the softness off again"
    if any(t.text.lower() == "softness" and not _more_of(section, t) for t in section.no("soft")):
        off["feather"] = 0  # "completely without softness"
    if any(not _more_of(section, t) for t in section.no("denoise")) and _named_tool(section):
        off["denoise"] = False
    return off


def _joined_fields(section: Section) -> list[tuple[Token, Token]]:
    """Pairs of fields with nothing but an "and" between them."""
    three = zip(section.tokens, section.tokens[1:], section.tokens[2:], strict=False)
    return [(a, b) for a, joint, b in three if a.kind in FIELDS and b.kind in FIELDS and _is_and(joint)]


def _led_to(section: Section, token: Token) -> bool:
    """ "drop the threshold to 12": lower, not off."""
    here = section.tokens.index(token)
    ahead = section.tokens[here + 1 : here + 4]
    return any(t.text.lower() in ("to", "到", "down to", "成") for t in ahead) and any(
        t.kind == "number" for t in ahead
    )


def _named_tool(section: Section) -> bool:
    """Whether removing specks is named as such: 「不要降噪」 turns it off, 「不要杂点」 turns it on."""
    return section.has(lambda t: t.text.lower() in TOOL_NAMES)


def _more_of(section: Section, token: Token) -> bool:
    """「不要羽化太多」, "don't feather it that much": less, not none."""
    here = section.tokens.index(token)
    clause = takewhile(lambda t: t.kind not in ("comma", "stop", "then"), section.tokens[here + 1 : here + 4])
    behind = [t for t in clause if t.text.lower() not in LOOKS | {"again"}]
    return any(t.kind in ("strong", "too", "less", "more", "excess") for t in behind)


def _removed(section: Section, token: Token) -> bool:
    here = section.tokens.index(token)
    before = [t for t in section.tokens[max(0, here - 3) : here] if t.kind not in ("at", "word")]
    after = [t for t in section.tokens[here + 1 : here + 4] if t.text not in ("给我", "给", "都", "也")]
    taken = ("remove",)
    return token.kind in FIELDS and (
        any(t.kind in taken for t in before[-1:]) or any(t.kind in taken for t in after[:1])
    )


# By feel: the table [feel] of the lexicon


def _felt(section: Section, photo: Photo, given: dict[str, Any]) -> dict[str, Any]:
    """Fields without a number: 「毛边」, 「柔和一点」, "too hard", 「头发丝」."""
    found: dict[str, Any] = {}
    painted = section.yes("blur", "gradient") or (section.yes(*TURNS) and len(section.yes("colour")) > 1)
    edge = section.yes("edge", "jag", "fringe", "hair") or not painted
    for kind in ("feather", "erode", "dilate") if edge else ():
        tokens = [t for t in section.yes(kind) if not (FIELDS[kind] in given and _removed(section, t))]
        negated = [t for t in section.no(kind) if _more_of(section, t)]
        if (tokens or negated) and FIELDS[kind] not in given:
            found[FIELDS[kind]] = degree(section, photo, FIELDS[kind], less=bool(negated))
    if section.yes("threshold") and "alpha_threshold" not in given:
        found["alpha_threshold"] = degree(section, photo, "alpha_threshold")
    soft, hard = _soft_or_hard(section, photo)
    if edge and soft:
        found.setdefault("feather", _softer(section, photo))
    elif edge and hard:
        found.setdefault("feather", degree(section, photo, "feather", less=True))
    if (soft or hard) and "feather" in found and "feather" not in given:
        found["feather"] = _told(section, found["feather"])
    return found | _complaints(section, photo, found | given)


def _softer(section: Section, photo: Photo) -> float:
    """「不要那么锐利」 is softer, though it says "less"."""
    feel, now = tables()["lexicon"]["feel"]["feather"], photo.edges.get("feather") or 0
    hard = [t for t in section.yes("less", "excess") if section.near(t, ("hard",), 1)]  # "too much sharp, do soft"
    if hard or (section.yes("less", "excess") and section.all("hard") and not section.yes("soft", "half")):
        return min(LIMITS["feather"], now + feel["step"]) if now else int(feel["plain"])
    return degree(section, photo, "feather")


def _soft_or_hard(section: Section, photo: Photo) -> tuple[bool, bool]:
    """What is wanted: 「太硬」, 「不自然」 are softer; "too soft", 「不要那么柔」 are harder."""
    soft, hard = False, mushy(section, photo)
    about = section.yes("edge", "hair", "fringe", "jag", "feather", "cut")
    for token in section.all("soft", "hard"):
        if (
            token.text in ("太死", "死板", "pasted on", "stuck on")
            and not about
            and section.yes("colour", "gradient", "transparent", "remove_background")
        ):
            continue  # 「太死板了,换成浅蓝」: of the background
        if _of_colour(section, token) or (token.kind == "soft" and of_background(section)):
            continue
        if (token.kind == "soft") != _opposed(section, token):
            soft = True
        else:
            hard = True
    return soft, hard and not soft


def _opposed(section: Section, token: Token) -> bool:
    """Whether the opposite is wanted: it is too much so, or said not to be."""
    around = section.tokens[max(0, section.tokens.index(token) - 3) : section.tokens.index(token)]
    marks = [n for n, t in enumerate(around) if t.kind in ("comma", "stop", "then")]
    around = around[marks[-1] + 1 :] if marks else around
    if token.text.lower() in STIFF:
        return True
    told = {t.text.lower() for t in around[-2:]} & {"that's", "it's", "is", "that", "looks", "are", "all", "so", "now"}
    if token.kind == "soft" and token.text.lower() in ("mushy", "mushier", "fuzzy", "fuzzier") and told:
        return True  # "that's mushy, crisper edges please"
    if token.negated:  # 「不自然」 complains, 「不要自然」 forbids
        lacking = [t for t in around if t.kind == "neg"][-1:]
        return not (lacking and lacking[0].text.lower() in LACKING) or any(t.kind == "less" for t in around)
    wished = any(t.text.lower() in SHOULD for t in section.tokens[: section.tokens.index(token)])
    if token.kind == "hard" and not wished and any(t.text.lower() in SEEMS for t in around):
        return True  # "hair looks chopped like with scissors"
    return any(t.kind in ("too", "less", "excess") and not (wished and t.text.lower() in LOOKS) for t in around)


def _told(section: Section, value: float) -> float:
    """ "too soft, go down to 1": the number that is named all the same."""
    to = {
        "to",
        "到",
        "成",
        "改成",
        "调到",
        "降到",
        "down to",
        "back to",
        "改为",
        "设成",
        "就够",
        "use",
        "就够了",
        "就行",
        "就好",
        "is enough",
    }
    numbers = [t for t in section.yes("number") if t.unit in ("px", "") and not t.used and t.value <= LIMITS["feather"]]
    beside = [t for t in numbers if t.unit and section.near(t, ("soft",), 1)]  # "3 pixel soft edge"
    if beside:
        return whole(beside[0].value)
    made = any(a.text.lower() == "it" and b in numbers for a, b in pairwise(section.tokens))  # "too soft, make it 3"
    told = made or section.has(lambda t: t.text.lower() in to or t.text.lower() == "enough")
    return whole(numbers[0].value) if numbers and told else value


def _of_colour(section: Section, token: Token) -> bool:
    """ "a softer blue", "a soft shadow": the colour or another thing, not the edge."""
    return section.near(token, ("colour", "impossible"), 2) and not section.yes("edge", "hair", "feather")


def of_background(section: Section) -> bool:
    """ "keep the background but make it fuzzy": the background is to be soft, not the edge."""
    busy = section.yes("edge", "hair", "feather", "fringe", "jag", "cut", "colour", "transparent", "gradient", "remove")
    return bool(section.yes("background")) and not busy


LACKING = {"不", "没", "isn't", "not", "doesn't", "aren't", "ain't", "无", "不是", "不能"}
SHOULD = {"should", "make", "let", "to", "want", "needs", "need", "must"}
STIFF = {
    "像贴上去的", "像贴上去", "贴上去的", "贴上去一样", "像p上去的", "抠图感", "p图痕迹", "ps痕迹", "抠图痕迹",
    "太硬", "生硬",
    "harsh", "abrupt", "死板", "僵硬", "太死", "太锐", "刀切", "scissors", "scissored",
    "cut with scissors", "cardboard", "pasted on", "stuck on", "cookie cutter",
}  # fmt: skip
SEEMS = {"looks", "look", "looking", "feels", "seems", "像", "好像", "看起来", "看着", "显得", "跟", "感觉"}
LOOKS = {"look", "looks", "feel", "feels", "appear", "seem", "seems", "is", "are"}


def _complaints(section: Section, photo: Photo, given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if (section.all("fringe") or spilled(section, photo)) and not given.get("erode"):
        found["erode"] = against(photo, "erode")
    if section.yes("hard", "soft") and all(t.text == "毛边" for t in section.all("fringe")):
        found.pop("erode", None)  # 「毛边太硬了」: the edge of fur
    if section.all("jag") and "feather" not in given:
        found["feather"] = against(photo, "feather")
    if section.yes("overcut", "dilate") and not section.yes("erode"):
        found.pop("erode", None)  # 「被啃掉一圈」 is no rim
    if section.yes("overcut") and not given.keys() & {"erode", "dilate"} and photo.cut:
        if photo.edges.get("erode"):
            less = photo.edges["erode"] // 2 if section.yes("half") else lessened(photo.edges["erode"], 1)
            found.setdefault("erode", _told(section, less))
        else:
            found.setdefault("dilate", degree(section, photo, "dilate"))
    if section.yes("jag", "hard", "soft") and all(t.text == "一圈" for t in section.yes("fringe")):
        found.pop("erode", None)  # 「耳朵那一圈有点锯齿」
    blurred = photo.kind == "blur" or section.yes("blur")
    if section.yes("haze") and not section.yes("keep") and not found and not given.keys() & set(LIMITS) and not blurred:
        found["alpha_threshold"] = degree(section, photo, "alpha_threshold")
    return found
