"""Values that are taken back in the same breath: "trim it by 1 no 2 px", 「羽化5吧 嗯……还是8吧」. Part of `settle`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from agent.builtin.tokens.token import Token

VALUES = ("colour", "number", "format", "ordinal", "size", "picture_number", "ordinal_first", "ordinal_last")
REACH = 9  # tokens from a value to the one that replaces it
TAKEN_BACK = {
    "no",
    "nope",
    "sorry",
    "no wait",
    "wait no",
    "no sorry",
    "sorry no",
    "不对",
    "错了",
    "不够",
    "hang on",
    "i mean",
    "哦不",
    "啊不",
    "呃不",
    "不不",
    "不不不",
    "说错了",
}
FILLERS = {
    "like",
    "uh",
    "um",
    "er",
    "emm",
    "emmm",
    "hmm",
    "嗯",
    "啊",
    "哦",
    "吧",
    "呃",
    "the",
    "to",
    "one",
    "by",
    "那",
    "个",
}
QUIET = ("politeness", "comma", "picture", "at", "word")


def mark_slips(tokens: Sequence[Token]) -> None:
    """Values that another one of their kind takes the place of become nothing; changes kinds, never text."""
    for n, token in enumerate(tokens):
        if token.kind not in VALUES or token.negated:
            continue
        mark = _mark_behind(tokens, n)
        if mark is None:
            continue
        reach = 12 if token.kind == "format" or token.unit else 7
        ahead = tokens[mark + 1 : mark + reach]
        if reach < 12:  # nothing but fillers may stand before what takes its place
            ahead = [*takewhile(lambda t: _filler(t) or t.kind in (*VALUES, "picture", "at", "word"), ahead)]
        others = [t for t in ahead if t.kind in VALUES and t.value != token.value]
        later = others[0] if others else None
        if token.kind == "size" and tokens[mark].text == "是":
            continue  # 「一寸还是两寸」 weighs
        if later is not None and later.kind.split("_")[0] == token.kind.split("_")[0]:
            if token.kind == "number" and not later.unit:
                later.unit = token.unit
            for between in tokens[n : tokens.index(later)]:
                between.kind = "nothing" if between.kind in (token.kind, "comma", "undo") else between.kind
            tokens[mark].kind = "nothing"


def _filler(token: Token) -> bool:
    if token.kind == "undo" and token.text.lower() in ("scratch that", "forget that", "strike that"):
        return True  # "on red, no wait scratch that, yellow"
    return token.text.lower() in FILLERS or token.text in ("…", ".", "~") or token.kind in ("comma",)


def _mark_behind(tokens: Sequence[Token], n: int) -> int | None:
    """Where the value at ``n`` is taken back, within reach and with nothing but fillers between; or None."""
    for k in range(n + 1, min(n + REACH, len(tokens))):
        token = tokens[k]
        sorry = [t.text.lower() for t in tokens[k + 1 : k + 4]]
        if token.kind == "stop" and sorry[:1] == ["sorry"] and "no" in sorry:
            return k + 1  # "… 1000 pixels wide. Sorry, no, I misread that, 1200 pixels wide"
        if token.text.lower() in TAKEN_BACK and token.kind in (
            "neg",
            "correction",
            "smalltalk",
            "word",
            "more",
            "nothing",
        ):
            return k
        if token.text == "是" and tokens[k - 1].text == "还":  # 「…吧 嗯 还是8」
            return k
        if not (_filler(token) or token.kind in QUIET) or (token.kind == "stop" and token.text not in ".…"):
            return None
    return None
