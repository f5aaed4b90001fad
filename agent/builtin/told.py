"""Tokens that only tell something: reasons, what has not happened yet, what was undone. Runs after `settle`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.token import STOPS, Token

MUSHY = ("糊糊的", "糊糊", "糊一", "糊", "糊成")
YET = {"还没", "没", "没有", "还", "haven't", "hasn't", "not", "未"}
LOST = ("发给我", "发我", "传给我", "send", "sent")


def mark_told(tokens: Sequence[Token]) -> None:
    """Gives tokens that wish for nothing another kind; changes kinds, never text."""
    _mark_mush(tokens)
    _mark_not_yet(tokens)
    _mark_redo(tokens)


def _clause(tokens: Sequence[Token], n: int) -> list[Token]:
    begin = max((k for k in range(n) if tokens[k].kind in STOPS), default=-1) + 1
    end = next((k for k in range(n, len(tokens)) if tokens[k].kind in STOPS), len(tokens))
    return list(tokens[begin:end])


def _mark_mush(tokens: Sequence[Token]) -> None:
    """「不要羽化,糊糊的」, 「跟页面糊一起」: why, and no wish for a blurred background."""
    for n, token in enumerate(tokens):
        if token.kind != "blur" or not token.text.startswith(MUSHY):
            continue
        clause = _clause(tokens, n)
        together = tokens[n + 1 : n + 2] and tokens[n + 1].text in ("起", "一起", "在")
        alone = all(t.kind in ("blur", "word", "at", "too", "nothing") for t in clause)
        refused = any(t.kind == "neg" for t in tokens[:n]) and any(t.kind in ("feather", "soft") for t in tokens[:n])
        if together or (alone and refused):
            token.kind = "nothing"


def _mark_not_yet(tokens: Sequence[Token]) -> None:
    """「图片还没发给我」: what somebody else has not done."""
    for n, token in enumerate(tokens):
        before = {t.text.lower() for t in tokens[max(0, n - 2) : n]}
        if token.kind == "export" and token.text.lower().startswith(LOST) and before & YET:
            token.kind = "nothing"


def _mark_redo(tokens: Sequence[Token]) -> None:
    """「刚刚撤掉的再给我弄回来」: what was undone is wanted again."""
    for n, (token, behind) in enumerate(pairwise(tokens)):
        if token.kind == "undo" and behind.text == "的" and any(t.kind == "restore" for t in tokens[n + 2 : n + 7]):
            token.kind = "redo"
