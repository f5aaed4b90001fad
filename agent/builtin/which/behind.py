"""Which of the pictures that a sentence names is meant as the background of others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.tokens.token import STOPS, Token
from agent.builtin.which.memory import Memory
from agent.builtin.which.numbering import Reference

AS = {"作为", "当作", "做", "当", "当成"}


BEHIND = {"做", "当", "=", "is", "是", "作为", "当作", "当成", "为", "as"}  # 「用第二张做背景」, "as the background"


INTO = {
    "换成",
    "改成",
    "换为",
    "还是用",
    "还用",
    "就用",
    "用回",
    "改用",
    "衬上",
    "垫上",
    "放上",
    "衬",
    "垫",
    "用",
    "换",
    "换到",
    "设为",
    "设成",
    "变成",
    "成",
    "为",
    "to",
    "with",
    "into",
    "use",
    "using",
    "to be",
}


LAID = re.compile(r"垫底|打底|[垫放摆铺衬](?:在|到)(?:后面|后头|底下|背后)")


DESCRIBED = {"colour", "size", "transparent", "id_photo", "gradient", "blur", "number", "darker", "lighter"}


ONTO = {"onto", "on", "in", "into", "over", "上", "里", "到", "在", "at"}


def put_instead(tokens: Sequence[Token], reference: Reference, memory: Memory) -> bool:
    """ "try the sunset instead", where another scene is behind the subject now."""
    behind = {p.background.get("background_picture") for p in memory.photos.values() if p.kind == "picture"}
    led = tokens[max(0, reference.start - 4) : reference.start]
    chosen = any(t.kind in ("change", "put") or t.text in ("去", "到", "送") for t in led)
    after = [t.text.lower() for t in tokens[reference.end : reference.end + 1]]
    chosen = chosen or after in (["after all"], ["instead"], ["then"])  # "the mountains after all"
    if [t.text for t in led[-2:]] in (["还", "是"], ["还是"]) or [t.text for t in led[-1:]] == ["还是"]:
        earlier = {p.background.get("background_picture") for photos, _ in memory.past for p in photos.values()}
        return reference.ids[0] in earlier | behind  # 「白的太无聊了,还是海边」
    return bool(behind) and reference.ids[0] not in behind and chosen


def is_scene(reference: Reference, memory: Memory) -> bool:
    """A landscape beside pictures of something else is there to be put behind it."""
    others = [p for p in memory.photos.values() if p.subject != "landscape"]
    return bool(others) and memory.photos[reference.ids[0]].subject == "landscape"


def may_be_scene(reference: Reference, memory: Memory) -> bool:
    """A landscape, or a picture of anything that was left alone so far ("try the oak table one instead")."""
    photo = memory.photos[reference.ids[0]]
    return is_scene(reference, memory) or (not photo.cut and photo.id not in memory.focus)


def is_behind(tokens: Sequence[Token], reference: Reference, earlier: Sequence[Reference], landscape: bool) -> bool:
    """Whether a picture is meant as the background of others."""
    after = [t for t in tokens[reference.end : reference.end + 8]]
    before = [t for t in tokens[max(0, reference.start - 6) : reference.start]]
    led = [t.kind for t in before[-3:-1]] == ["background", "comma"] and before[-1].text in (
        "用",
        "就用",
        "就换",
        "换成",
    )
    if led and (not after or after[0].kind in STOPS):
        return True  # 「给车换个背景,就用第三张」
    marks = [n for n, t in enumerate(before) if t.kind in STOPS and t.text != "("]
    if marks and any(t.kind == "change" for t in before[marks[-1] + 1 :]):
        before = before[marks[-1] + 1 :]  # "…walking behind, and give me that one"
    if _lent(tokens[reference.end : reference.end + 14]):
        return True
    if before and before[-1].text in ("给", "为", "替") and any(t.kind == "background" for t in after[:4]):
        return False  # 「用木桌那张给玫瑰做背景」
    given = [n for n, t in enumerate(after[:4]) if t.text in ("给", "为", "替")]
    if given and before and before[-1].text in ("用", "拿") and any(t.kind == "background" for t in after):
        return True
    if before and before[-1].kind in STOPS and before[-1].text != "(":
        before = []  # 「背景用球场那张,守门员…」: a new clause begins with it
    if turned_into_background(after) or (_chosen(before) and after and _skip_of(after)[:1] == ["background"]):
        return True
    laid = "".join(t.text for t in after[:4] if t.kind not in ("this", "picture"))
    if LAID.match(laid):
        return True  # 「把公园那张垫在后面」
    if any(t.kind == "background" for t in before):
        return _background_becomes(tokens[: reference.start], before)
    bracketed = bool(before) and before[-1].text == "("  # "in front of the church (photo 2)"
    far = bracketed or bool({"from", "in", "of"} & {t.text.lower() for t in before[-1:]})  # "the house from the other"
    if any(t.kind == "in_front" for t in before[-5 if far else -2 :]):
        return True
    better = any(t.text.lower() in ("better", "nicer", "good", "great", "best") for t in after[:4])
    going = any(t.text.lower() in ("go", "goes", "should") for t in after[:2])  # "picture 2 should go behind picture 1"
    reach = 6 if better else 4 if going else 2  # "the mountain one would look better behind it"
    behind = [t for t in after[:reach] if t.kind == "background" and t.text.lower().startswith("behind")]
    if behind and not any(t.kind in ("colour", "blur") for t in before):
        return True
    held = any(t.kind == "held" for t in before)  # "leave the sky as it is in the first frame"
    if (
        landscape
        and not held
        and before
        and before[-1].text.lower() in {*INTO, *ONTO, "that", "the", "this", "my", "去"}
    ):
        near = {t.text.lower() for t in before[-2:]}
        return bool(near & (INTO | ONTO | {"去", "before", "against"})) and "of" not in near
    pairs = any(r.role == "background" for r in earlier) and tokens[reference.end : reference.end + 1]
    if pairs and pairs[0].text.lower() == "for" and before and before[-1].text.lower() in ("and", "and the"):
        return True  # "picture 3 as the background for the first car and picture 4 for the second"
    return _put_onto(tokens, reference, earlier)


def _lent(ahead: Sequence[Token]) -> bool:
    """「第一张是店面,给后面两个员工当背景」: what follows the picture lends it to others."""
    lent = [n for n, t in enumerate(ahead) if t.text == "给" and n and ahead[n - 1].kind == "comma"]
    as_one = ("当", "做", "作", "作为", "当作")
    return (
        bool(lent)
        and ahead[0].text == "是"
        and any(a.text in as_one and b.kind == "background" for a, b in pairwise(ahead[lent[0] :]))
    )


def _background_becomes(earlier: Sequence[Token], before: Sequence[Token]) -> bool:
    """「背景换成第二张」, "swap the background for the second one"; not "the background of the second one"."""
    last = max(n for n, t in enumerate(before) if t.kind == "background")
    gap = before[last + 1 :]
    swaps = [n for n, t in enumerate(gap) if t.text.lower() in ("with", "by")]
    if swaps and any(t.kind == "change" for t in earlier) and gap[:1] and gap[0].text.lower() == "of":
        gap = gap[swaps[-1] :]  # "replace the background of 1 with 2"
    words = {t.text.lower() for t in gap}
    inside = [t.text.lower() for t in gap[:1]] in (["in"], ["on"], ["for"], ["of"], ["from"])
    meant = "是" in words and bool(words & {"该", "应该", "应"})  # 「背景应该是第四张」
    joined = meant or (bool(words & INTO) and not inside) or any(t.kind == "change" for t in gap)
    given = earlier[: len(earlier) - len(gap) - 1][-2:]
    given_as = any(t.text.lower() == "as" for t in given)  # "as the background for the fourth one"
    swapped = (
        not given_as
        and "for" in words
        and any(t.kind == "change" for t in earlier)
        and not any(t.kind == "comma" for t in gap)
    )
    return (
        (joined or swapped)
        and "of" not in words
        and not any(t.kind in ("stop", "colour", "blur", "transparent", "gradient") for t in gap)
    )


def _put_onto(tokens: Sequence[Token], reference: Reference, earlier: Sequence[Reference]) -> bool:
    """「把猫放到第二张上」, "paste her into the beach photo"."""
    begin = max((n for n in range(reference.start) if tokens[n].kind == "put"), default=-1)
    if begin < 0 or any(r.role == "background" and r.start > begin for r in earlier):
        return False  # it was put onto another one
    between, after = tokens[begin : reference.start], tokens[reference.end : reference.end + 1]
    if any(t.kind in ("colour", "stop", "background") for t in between):
        return False
    onto = any(t.text.lower() in ONTO or (not t.text.isascii() and t.kind == "put") for t in between)
    tail = bool(after) and after[0].text in ("上", "里", "里面", "中", "前", "前面", "上头", "里头", "上边")
    things = ("people", "main", "me", "this", "subject", "cut", "photo", "ordinal")
    something = not tokens[begin].text.isascii() or bool(earlier) or any(t.kind in things for t in between)
    return something and (onto or tail)


def turned_into_background(after: Sequence[Token]) -> bool:
    """Whether what stands behind a picture makes it a background: 「…做背景」, "as the background"."""
    for n, token in enumerate(after[:5]):
        if n and token.kind == "photo" and after[n - 1].text in AS:
            continue
        if token.kind in ("comma", "stop", "nick", "photo", "ordinal", "subject"):
            return False
        the = [t.text.lower() for t in after[n + 1 : n + 2]] in (["a"], ["the"])
        like = token.text.lower() == "like" and [t.kind for t in after[n + 1 + the : n + 2 + the]] == ["background"]
        if token.text.lower() in BEHIND or like:
            kinds = [t.kind for t in after[n + 1 : n + 5]]
            shown = {"subject", "nick", "photo"} & set(
                kinds[: kinds.index("background")] if "background" in kinds else ()
            )
            if shown and token.text not in AS:  # but 「以会议室作为主任照片的背景」
                return False  # 「中间那个就是包包那张背景…」
            return "background" in kinds and not set(kinds[: kinds.index("background")]) & DESCRIBED
    return False


def _chosen(before: Sequence[Token]) -> bool:
    words = [t.text.lower() for t in before[-3:] if t.kind not in ("word", "nothing")]
    return bool(words) and any(w in INTO or w == "use" for w in words[-2:]) and "把" not in words and "给" not in words


def _skip_of(after: Sequence[Token]) -> list[str]:
    return [t.kind for t in after if t.kind not in ("this", "picture", "at", "word")]
