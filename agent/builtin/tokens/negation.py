"""What a "not" is about: the words behind it in its clause, or before it where it stands last."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from agent.builtin.tokens.token import ACTIONS, STOPS, Token

BACKDROPS = frozenset(("colour", "transparent", "gradient", "blur", "remove_background"))
PIVOTS = {"就", "就留", "就要", "而", "改", "那就", "只", "只要", "只留", "直接", "直接就"}
"""「通通不要就留他」: here what is wanted begins."""
AHEAD = {"instead of", "rather than", "without", "anything but", "w/o"}
"""These say "not" of what follows only."""
LAST = 3
"""Tokens behind a "not" that stands last in its clause: 「羽化不要了吧」, not 「抠的时候别把链子断了」."""
PARTICLES = set("了吧啊呀哦呢的哈啦嘛哟")
UNWANTED = {"needed", "wanted", "necessary", "required", "allowed", "applied", "used"} | {
    "please", "thanks", "though", "tho", "anymore",
}  # fmt: skip
POSITIVE = frozenset(("change", "only", "keep", "export"))


def mark_negations(tokens: Sequence[Token]) -> None:
    """Marks what stands under a "not": up to the end of the clause or a word that turns to what is wanted."""
    for i, token in enumerate(tokens):
        if token.kind == "neg":
            _mark_after(tokens, i)
        elif token.kind == "correction" and any(t.kind in BACKDROPS for t in tokens[i + 1 :]):
            for earlier in tokens[:i]:
                earlier.negated = earlier.negated or earlier.kind in BACKDROPS


def _mark_after(tokens: Sequence[Token], i: int) -> None:
    marked = False
    if tokens[i + 1 : i + 2] and tokens[i + 1].kind == "limit":
        return  # 「不能大于20KB」 is a limit
    if tokens[i].text == "不要" and tokens[i + 1 : i + 2] and tokens[i + 1].text == "就":
        _mark_before(tokens, i)  # 「路人都不要就抠我一个」
        return
    for n, token in enumerate(tokens[i + 1 :]):
        if token.kind in STOPS or (n > 0 and token.kind in ("undo", "redo")):
            break
        if token.text.lower() in PIVOTS and not (n == 0 and token.text.startswith(("只", "改"))):
            break
        joined = n > 0 and tokens[i + n].text.lower() in ("or", "或", "或者")  # "don't save or send me anything"
        if token.kind == "neg" or (n > 0 and marked and token.kind in POSITIVE and not joined):
            return
        if n == 1 and token.kind == "change" and tokens[i + 1].text == "了" and tokens[i].text in ("不要", "不用"):
            _mark_before(tokens, i)  # 「白底不要了要透明的」
            tokens[i + 1].negated = False
            return
        token.negated = True
        marked = (
            marked or token.kind in ACTIONS or token.kind in ("touch", "more", "country") or _things(tokens[i], token)
        )
    clause = list(takewhile(lambda t: t.kind not in STOPS, tokens[i + 1 :]))
    if "".join(t.text for t in clause).startswith(("成品", "原图", "照片本身", "图本身")):
        return  # 「只要蒙版不要成品」
    last = len(clause) <= LAST and all(t.kind != "word" or t.text.isascii() or t.text in PARTICLES for t in clause)
    if not marked and last and tokens[i].text.lower() not in AHEAD and not _describes(tokens[i], clause):
        _mark_before(tokens, i)


def _things(neg: Token, token: Token) -> bool:
    """ "keep only the people, not the bikes": the "not" is about these."""
    return neg.text.lower() in ("not", "不要", "别带", "不带") and token.kind in (
        "subject",
        "people",
        "others",
        "clutter",
    )


def _describes(token: Token, clause: Sequence[Token]) -> bool:
    """ "so that the beds are not visible": an English "not" before an adjective says how something is."""
    words = [t.text.lower() for t in clause if t.kind == "word"]
    return token.text.lower() == "not" and bool(words) and not UNWANTED & set(words)


def _mark_before(tokens: Sequence[Token], i: int) -> None:
    """「羽化不要」, 「路人都不要」: a "not" at the end of its clause is about what stands before it."""
    for token in reversed(tokens[:i]):
        if token.kind in STOPS or token.kind in ("neg", "change", "only"):
            return
        token.negated = True
        if token.kind == "rest":
            return  # 「第二个导出png 其他先不要」
