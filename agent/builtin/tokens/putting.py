"""Words for putting somebody onto another picture, or taking somebody out of one: "drop them over the harbour",
「车放公路上」, "cut me out of this". Part of `settle`."""

from __future__ import annotations

from collections.abc import Sequence

from agent.builtin.tokens.token import Token

OVER = {"on", "onto", "over", "into", "in", "in front of", "on top of"}
LIFTS = {"take", "get", "pull", "lift", "grab", "bring", "want", "need", "taking", "getting"}
THEM = {"me", "him", "her", "it", "them", "us"}
LYING = {"laying", "lying", "sitting", "standing", "resting", "floating", "placed", "laid"}


def mark_put(tokens: Sequence[Token]) -> None:
    """Gives such words their kind; changes kinds, never text."""
    _mark_drops(tokens)
    _mark_outs(tokens)
    _mark_placing(tokens)
    _mark_lying(tokens)


def _mark_placing(tokens: Sequence[Token]) -> None:
    """「车放公路上」: put onto another picture."""
    for n, token in enumerate(tokens):
        ahead = tokens[n + 1 : n + 5]
        onto = [k for k, t in enumerate(ahead) if t.text in ("上", "里", "里面", "上面", "中", "前面", "上头", "里头")]
        named = onto and any(t.kind in ("photo", "nick", "subject", "picture") for t in ahead[: onto[0]])
        bound = token.kind == "put" and any(t.kind == "format" for t in ahead[:4]) and not token.text.isascii()
        if bound:
            token.kind = "export"  # 「前两张放到一个pdf里」
        if token.text in ("放", "摆", "搁", "搬", "挪", "p") and token.kind in ("change", "word") and named:
            token.kind = "put"


def _mark_lying(tokens: Sequence[Token]) -> None:
    """ "the necklace to be laying over this marble photo": put onto it."""
    for be, token, over in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if be.text.lower() in ("be", "to be") and token.text.lower() in LYING and over.text.lower() in OVER:
            token.kind = "put"


def _mark_drops(tokens: Sequence[Token]) -> None:
    """ "drop them over the harbour": put there, not taken away."""
    for n, token in enumerate(tokens):
        ahead = [t.text.lower() for t in tokens[n + 1 : n + 3]]
        coloured = len(ahead) == 2 and ahead[0] in ("a", "some") and tokens[n + 2].kind == "colour"
        if token.text.lower() in ("drop", "throw", "slap", "stick", "pop") and coloured:
            token.kind = "put"  # "drop a chroma green behind him"
        dropped = token.text.lower() in ("drop", "throw", "toss", "slap", "pop") and len(ahead) == 2
        reach = 8 if any(t.text == "(" for t in tokens[n + 2 : n + 4]) else 5
        onto = {t.text.lower() for t in tokens[n + 2 : n + reach]}
        if (
            dropped
            and ahead[0] in THEM | {"myself"}
            and (ahead[1] in OVER or onto & {"onto", "into", "over", "in front of"})
        ):
            token.kind = "put"


def _mark_outs(tokens: Sequence[Token]) -> None:
    """ "cut me out of this", "take the cake out of this picture": out of the picture; not "leave me out of this"."""
    for n, token in enumerate(tokens):
        if token.kind == "held" and token.text.lower().startswith("out of"):
            before = tokens[max(0, n - 5) : n]
            taken = next((t for t in before if t.text.lower() in LIFTS), None)
            if taken and any(t.kind in ("subject", "people", "me", "main", "this") for t in before):
                taken.kind = "cut"
            cut = any(t.kind == "cut" for t in before)
            token.kind = "at" if cut else "held"
