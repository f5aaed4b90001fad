"""Wishes outside the product: which there is in a sentence, whether it is one, and whether others stand beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.talk.questions import EDGES, HEADS, clause_of, of
from agent.builtin.tokens.token import Token


def impossible(tokens: Sequence[Token]) -> Token | None:
    """The wish that is outside of the product, if there is one."""
    found = [t for t in of(tokens, "impossible") if not _in_passing(tokens, t)]
    return max(found, key=lambda t: len(t.text)) if found else None


INTO_COLOUR = {"换成", "变成", "改成", "染成", "弄成", "涂成", "刷成", "换", "改", "变", "整成", "搞成", "p成"} | {
    "change", "turn", "make", "paint", "dye", "recolor", "recolour", "color", "colour",
}  # fmt: skip


def recoloured(tokens: Sequence[Token], several: bool) -> Token | None:
    """The thing whose own colour is to be another one: 「把包换成红色的」, "change the colour of the car to red". Of
    several pictures "make the dog one blue" is a background, unless its colour is named."""
    for colour in of(tokens, "colour"):
        clause = clause_of(tokens, colour)
        here = next(n for n, t in enumerate(clause) if t is colour)
        turned = clause[0].text.lower() in ("turn", "change") and any(t.text.lower() == "into" for t in clause[:here])
        barred = {"background", "put", "id_photo", "gradient", "edge", "nick", "fringe"} - (
            {"id_photo"} if turned else set()
        )
        if any(t.kind in barred for t in clause):
            continue
        before = [t for t in clause[:here] if t.kind != "at" and t.text.lower() not in ("to", "into", "a", "the")]
        thing = next((t for t in reversed(before[-3:]) if t.kind == "subject" and t.value[0] != "landscape"), None)
        verb = any(t.text.lower() in INTO_COLOUR for t in before)
        of_it = any(t.kind == "colour_word" or t.text.lower() in ("颜色", "colour", "color") for t in before)
        whole = [t.text for t in clause[:here]]
        from_to = "从" in whole and any(t.text in INTO_COLOUR for t in clause[:here])
        if from_to and not several:  # 「把这衣裳从灰的给改成驼色」
            dyed = next((t for t in clause[: whole.index("从")] if t.kind == "subject"), None)
            if dyed:
                return dyed
        direct = thing is not None and (before[-1] is thing or before[-1].text in INTO_COLOUR)
        if thing and verb and direct and (of_it or not several):
            return thing
    return None


SHOWN = frozenset(("beauty", "face", "clothes", "light", "restore", "shape", "generate", "style", "send"))


OWNING = {"my", "our", "these", "those", "his", "her", "their", "your", "我的"}


DESCRIBING = {"in", "with", "wearing", "who", "whose", "that", "穿", "穿着", "戴", "戴着", "那个", "带"}


def _in_passing(tokens: Sequence[Token], odd: Token) -> bool:
    """Whether it only says where, or which person: 「鼻子边上有白边」, "cut out the man in the tuxedo"."""
    if (
        odd.value == "send"
        and "打印" in odd.text
        and any(t.text in ("能", "可以", "用来", "拿去", "要") for t in tokens)
    ):
        return True  # 「给我一份能直接打印的」
    if odd.value == "other" and any(t.kind in ("size", "id_photo", "dimensions") for t in tokens):
        return True  # "green card lottery photo"
    clause = clause_of(tokens, odd)
    here = clause.index(odd)
    why = [t.text.lower() for t in clause[:here]]
    if any(a == "so" and b in ("i", "we", "she", "he", "they", "that") for a, b in pairwise(why)):
        return True  # "chroma key green so I can key it out in my video editor"
    if odd.value not in SHOWN:
        return False
    if odd.text.lower().startswith("zoom") and any(t.text.lower() in ("when", "if", "i") for t in clause[:here]):
        return True  # "looks like stairs when I zoom in"
    if odd.value == "style":  # "my four sketches": what the pictures show
        return here > 0 and (clause[here - 1].kind == "number" or clause[here - 1].text.lower() in OWNING)
    if odd.value == "generate" and any(t.kind in ("format", "file") for t in clause):
        return True  # "generate me the file in WebP"
    if odd.value == "generate" and of(tokens, "denoise"):
        return True  # 「有小洞,补上」
    if odd.value == "send":  # 「压到300k以内发朋友圈」: what the file is for
        return any(t.kind == "number" and t.unit in ("kb", "mb") for t in tokens)
    shades = any(t.kind == "colour" for t in tokens) and not any(t.kind in ("subject", "people", "me") for t in clause)
    if odd.text in ("太暗了", "too dark", "too bright", "太亮了") and shades:
        return True  # "too dark for the website... sky blue?"
    if odd.text in ("太暗了", "too dark", "too bright") and any(t.kind in ("lighter", "darker") for t in tokens):
        return True  # of a background's colour: 「太暗了,还是淡一点的灰」
    thin = odd.text in ("变瘦", "变瘦了", "变小", "变小了", "瘦了")
    if thin and any(t.kind in EDGES for t in tokens):
        return True  # 「边别收了,人都变瘦了」
    body = odd.value in ("beauty", "shape") and all(t.kind == "erode" for t in clause if t.kind in EDGES)
    if any(t.kind in EDGES for t in clause) and not body:
        return True  # but 「双下巴收一收」
    if odd.value == "shape" and any(t.kind in ("sheet", "size", "id_photo") for t in clause):
        return True  # 「拼成五寸那种一版」
    kinds = {t.kind for t in clause}
    if odd.value == "light" and "background" in kinds and kinds & {"colour", "colour_word"}:
        return True  # 「像晴天一样的天蓝色背景」
    before, after = clause[max(0, here - 2) : here], clause[here + 1 : here + 4]
    wished = any(t.kind in ("cut", "keep", "only", "background", "transparent", "id_photo", "remove_background")
                 and not t.negated for t in clause)  # fmt: skip
    led = any(t.text.lower() in DESCRIBING for t in before) and odd.text.isascii()
    named = any(t.text == "的" for t in after[:1]) and any(
        t.kind in ("subject", "people", "this", "main") for t in after
    )
    return wished and (led or named or odd.text.lower().endswith("ing"))


DRAWN = re.compile(r"shadow|stroke|border|outline|glow|frame|投影|阴影|描边|边框|发光|相框")


def beside(tokens: Sequence[Token], odd: Token) -> bool:
    """Whether something that can be done is wished in another clause than the impossible one."""
    clause = {id(t) for t in clause_of(tokens, odd)}
    own = DRAWN.search(odd.text.lower()) and not of(tokens, "background")  # "a drop shadow, 8px blur, 40% black"
    heads = HEADS - {"blur", "colour"} if own else HEADS
    heads = heads - {"colour"} if odd.value == "clothes" and not of(tokens, "background") else heads
    heads = heads - {"colour", "only", "keep"} if "paint" in odd.text.lower() else heads  # "just the body"
    held = {  # 「背景别动」
        id(t) for n, h in enumerate(tokens) if h.kind in ("held", "touch") for t in tokens[max(0, n - 3) : n]
    }
    needs = {id(a) for a, b in pairwise(tokens) if a.kind == "question" and b.kind == "politeness"}  # "what I need is"
    asked = {
        id(t)
        for q in of(tokens, "question")
        if id(q) not in needs and q.value != "suggest"
        for t in clause_of(tokens, q)
    }  # 「问有没有红色款」
    asked = set() if needs else asked
    others = {id(t) for o in of(tokens, "impossible") if o.value in ("beauty", "face") for t in clause_of(tokens, o)}
    quiet = clause | held | asked | others
    return any(t.kind in heads and not t.negated for t in tokens if id(t) not in quiet)
