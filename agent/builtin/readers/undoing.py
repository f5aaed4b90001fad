"""What a section says of steps back and forward."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from agent.builtin.tokens.token import EDITS, Token
from agent.builtin.which.sections import Section

GIVEN_BACK = {"put that back", "bring that back", "put it back", "bring it back"}


def undone_steps(part: Section, past: int, undone: bool) -> int | None:
    """Steps to undo (negative: to redo), if that is what the section wants."""
    redo, undo = part.yes("redo"), part.yes("undo")
    if part.has(lambda t: t.text in ("撤错了", "撤多了")):
        return -1  # 「撤销撤错了」
    if redo and undo and all(t.kind in ("redo", "undo", "comma", "stop", "then", "at") for t in part.tokens):
        return (len(undo) - len(redo)) or None  # "undo, undo, redo"
    if part.yes("edge", "export", "format", "size", "dimensions"):
        undo = [t for t in undo if t.text.lower() not in ("revert", "revert back", "撤了", "撤掉", "撤")]
    again = [t for t in part.yes("more") if t.text != "再"]
    if redo and part.no("undo") and not undo:
        return -_steps(part, past)  # 「恢复回来,刚才那步不撤」
    if undone and part.yes("restore") and not part.yes("background", "original", "colour") and not again:
        return -_steps(part, past)  # "bring both back"
    if part.yes("restore") and part.yes("step") and not part.yes("original", "background", "colour"):
        return _steps(part, past)  # 「刚刚那两步都复原」
    if part.yes("restore") and not undo and not redo and _alone(part) and past:
        return 1  # 「復原」
    if part.yes("undo_all"):
        return _since_cut(part, past) or max(1, past)
    if not undo and part.has(lambda t: t.text.lower() in ("取消", "cancel")):
        undo = part.all("undo")
    before = "".join(t.text for t in part.tokens)
    one = not any(t.kind == "number" and t.value > 1 for t in part.tokens) and not undo
    if one and "刚才那" in before and part.all("step") and part.all("neg"):
        return 1  # 「刚才那一步取消」
    if part.all("last_step") and (part.all("neg", "remove") or undo):
        return 1
    if part.yes("earlier") and not part.yes("colour", "keep", "export"):
        return 1
    if (redo or undo) and part.yes("original") and part.yes("background"):
        return None  # 「撤销,用原图背景」
    by = part.has(lambda t: t.text.lower() in ("half as much", "twice as much", "double", "一半"))
    if undo and by and part.yes("half", "double") and not part.yes("colour", "export"):
        return None  # "undo that and use half as much"
    if redo and any(t.unit == "dpi" for t in part.yes("number")):
        return None  # "they want it at 600 dpi, redo it"
    if redo and part.yes("background", "original", "colour"):
        return None
    if not (redo or undo):
        return None
    if undo and not redo and part.yes("colour") and part.has(lambda t: t.text.lower() == "with"):
        return None  # "put it back how it was with orange"
    if (
        undo
        and not redo
        and part.yes("colour", "transparent", "gradient")
        and undo[0].text in ("改回去", "换回去", "变回去", "回去", "go back")
    ):
        return None
    return -_steps(part, past) if redo else _steps(part, past)


def _since_cut(part: Section, past: int) -> int:
    """ "undo everything after the cut-out": the steps since then; 0 where nothing of the kind is said."""
    tokens = [t for t in part.tokens if t.kind != "at"]
    after = [b.kind for a, b in pairwise(tokens) if a.text.lower() in ("after", "since")]
    return past - 1 if after[:1] == ["cut"] and past > 1 else 0


def _alone(part: Section) -> bool:
    """Whether nothing is said but the verb."""
    quiet = ("restore", "politeness", "stop", "comma", "word", "this", "at", "smalltalk", "neg", "all", "same")
    return all(t.kind in quiet for t in part.tokens)


def _steps(part: Section, past: int) -> int:
    after = [
        b.kind for a, b in pairwise([t for t in part.tokens if t.kind != "at"]) if a.text.lower() in ("after", "since")
    ]
    if after[:1] == ["cut"] and past > 1:
        return past - 1  # "undo everything after the cut-out"
    if part.has(lambda t: t.text.lower() in ("both", "twice")):
        return 2
    if part.has(lambda t: t.text.lower() in ("everything", "all", "全部", "所有", "所有的", "全都")) and past:
        return past
    if part.yes("ordinal_previous") and part.yes("undo"):
        return 2  # "undo that and the one before"
    counted = [a.value for a, b in pairwise(part.tokens) if a.kind == "number" and b.kind == "step"]
    if counted and part.has(lambda t: t.text in ("全", "都")):
        return int(counted[0])  # 「全撤了吧,这三步都不要」
    numbers = [t.value for t in part.yes("number") if not t.unit]
    if numbers and 1 <= numbers[0] <= 100:
        return int(numbers[0])
    return 1


def after_steps_back(part: Section) -> Section | None:
    """ "undo 2 steps, then a radial gradient": what is wished after the steps back."""
    back = next((n for n, t in enumerate(part.tokens) if t.kind in ("undo", "undo_all")), len(part.tokens))
    later = range(back + 1, len(part.tokens))
    then = next((n for n in later if part.tokens[n].kind == "then" or _wish_behind(part, n)), len(part.tokens))
    rest = part.tokens[then + 1 :]
    kinds = (EDITS | {"export", "format"}) - {"undo", "redo", "original", "restore"}
    wished = any(t.kind in kinds and not t.negated for t in rest)  # "reverse the last step and then save it as png"
    return replace(part, tokens=rest) if wished else None


def _wish_behind(part: Section, n: int) -> bool:
    """Whether a wish of its own follows: "undo that and make it navy", 「撤掉刚才那步,我要换黄底的是第三张」."""
    ahead = [t.kind for t in part.tokens[n + 1 : n + 5]]
    if part.tokens[n].kind == "stop":
        return True
    if part.tokens[n].text.lower() == "and":
        return bool(ahead) and ahead[0] in ("put", "change", "cut", "remove", "export")
    return part.tokens[n].kind == "comma" and {"change", "colour"} <= set(ahead)


def give_back(part: Section) -> None:
    """ "the real street looked better, bring that back": where nothing was undone, the original background."""
    for token in list(part.tokens):
        if token.kind == "redo" and token.text.lower() in GIVEN_BACK:
            token.kind = "original"
            part.tokens.append(Token("background", "", "", token.end))
