"""Words that count pictures or leave some out, by what stands beside them: 「两只猫」, "all but the last".

Part of `settle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.tokens.token import Token

BREAKS = ("stop", "comma", "then")
COUNTS = {"两", "三", "四", "几", "每", "这", "那", "一", "俩", "哪"}


CLASSIFIERS = tuple("只条位辆件双瓶款匹头杯碗朵棵栋台盆支颗")  # measure words of what pictures show


def mark_counters(tokens: Sequence[Token]) -> None:
    """「第二只要透明底」, 「第三辆」: a measure word behind 第N counts pictures."""
    for nth, number, token in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if nth.text == "第" and number.kind == "number" and token.text[:1] in CLASSIFIERS:
            token.kind = "change" if token.text == "只要" else "picture"


def _one_behind(tokens: Sequence[Token], after: Token) -> bool:
    """「后面那个白底」: a picture; not 「李娜后面那个墙」."""
    here = next(n for n, t in enumerate(tokens) if t is after)
    behind = [t.kind for t in tokens[here + 1 : here + 2]]
    return after.text in ("那个", "那位") and behind in (["colour"], ["change"], ["transparent"], ["cut"], ["neg"])


def mark_measures(tokens: Sequence[Token]) -> None:
    """「两只猫」 is no "only", and 「后面两张」 no background."""
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        counted = before.kind in ("number", "this") or before.text in COUNTS
        if token.text == "只" and token.kind == "only" and counted:
            token.kind = "nothing"
        if token.text == "只" and after.kind == "subject" and after.value[0] == "animal" and before.kind in BREAKS:
            token.kind = "nothing"
        if (
            token.text in ("后面", "前面", "后头", "后边")
            and token.kind == "background"
            and (
                after.kind in ("number", "picture")
                or _one_behind(tokens, after)
                or after.text.startswith(("几", "那张", "这张"))
            )
        ):
            token.kind = "ordinal_last"
    for token, number, picture in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.text in ("中间", "中央") and number.kind == "number" and picture.kind == "picture":
            token.kind = "ordinal_middle"  # 「中间两张换米色背景,头尾两张…」
    ordered = False
    for token, of, every in zip(tokens, tokens[1:], tokens[2:], strict=False):
        ordered = ordered or token.text == "第"
        if ordered and token.text in ("后面", "后头", "后边") and of.text == "的" and every.kind == "all":
            token.kind = "rest"  # 「第一张别碰,后头的统统去背景」
    if len(tokens) > 1 and tokens[0].text in ("后面", "后头"):
        counted = tokens[1].kind in ("number", "picture") or tokens[1].text.startswith("几")
        tokens[0].kind = "ordinal_last" if counted else tokens[0].kind
    if len(tokens) > 1 and tokens[0].text == "只" and tokens[1].kind == "subject" and tokens[1].value[0] == "animal":
        tokens[0].kind = "nothing"


def mark_praise(tokens: Sequence[Token]) -> None:
    """「毛抠得清清楚楚,谢谢」: a sharp edge that is praised is no wish for one."""
    if not any(t.kind == "smalltalk" and t.value in ("praise", "thanks") for t in tokens):
        return
    for n, token in enumerate(tokens):
        if token.kind in ("hard", "soft") and "得" in [t.text for t in tokens[max(0, n - 3) : n]]:
            token.kind = "nothing"


def mark_same_as_before(tokens: Sequence[Token]) -> None:
    """「那第二张呢?照刚才那样来一遍」: the same once more, not back to what was before."""
    for led, token in pairwise(tokens):
        if token.kind == "earlier" and led.text in ("照", "按", "按照", "照着", "像") and "样" in token.text:
            token.kind = "same"


def mark_refused_backgrounds(tokens: Sequence[Token]) -> None:
    """ "I don't want a new background": none is to be put in, and none to be taken away."""
    for n, token in enumerate(tokens):
        fresh = n > 0 and tokens[n - 1].text.lower() in ("new", "another", "different", "新", "新的")
        if token.kind == "background" and fresh and any(t.kind == "neg" for t in tokens[max(0, n - 5) : n]):
            token.kind = "nothing"


def mark_all_but(tokens: Sequence[Token]) -> None:
    """ "all of them but the last": "but" after "all" leaves something out."""
    for n, token in enumerate(tokens):
        ahead = [t for t in tokens[n + 1 : n + 3] if t.kind != "at"][:1]
        pointed = ahead and ahead[0].kind in ("nick", "photo", "ordinal", "ordinal_first", "ordinal_last")
        if token.text.lower() in ("everyone but", "everybody but") and pointed:
            token.kind = "except"
        if token.text.lower() not in ("but", "bar") or token.kind not in ("then", "word"):
            continue
        before, after = tokens[max(0, n - 3) : n], tokens[n + 1 : n + 4]
        everyone = n > 0 and tokens[n - 1].text.lower() in ("everyone", "everybody", "anyone")
        if everyone and after and after[0].kind in ("nick", "photo", "subject", "ordinal", "number", "at"):
            token.kind = "except"  # "white for everyone but Carla"
            continue
        named = (
            "ordinal",
            "ordinal_first",
            "ordinal_last",
            "ordinal_middle",
            "photo",
            "subject",
            "main",
            "people",
            "me",
            "nick",
        )
        if any(t.kind == "all" for t in before) and any(t.kind in named for t in after):
            token.kind = "except"
