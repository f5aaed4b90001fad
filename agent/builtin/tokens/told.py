"""Tokens that only tell something: reasons, what has not happened yet, what was undone. Runs after `settle`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.tokens.lexicon import tables
from agent.builtin.tokens.manner import clause_around, mark_manner
from agent.builtin.tokens.settle import THINGS
from agent.builtin.tokens.token import STOPS, Token

MUSHY = ("糊糊的", "糊糊", "糊一", "糊", "糊成")
YET = {"还没", "没", "没有", "还", "haven't", "hasn't", "not", "未"}
RESULTS = set("上下了清到出完动进成起住着开过")
LEADS = {
    "用",
    "要",
    "成",
    "为",
    "是",
    "到",
    "选",
    "来",
    "个",
    "上",
    "垫",
    "铺",
    "涂",
    "做",
    "给",
    "配",
}
OPEN = set(
    "底色背的一吧了呢啊呀嘛哦哈就也都还要不好比更最可行看会那这边点些和跟与或到往渐系调款版字墙幕左右上下茬渍痕圈"
)
"""What may stand behind a colour that is asked for: particles, verbs and words for a background."""
EDIBLE = {"奶油", "咖啡", "奶茶", "巧克力", "玫瑰", "薄荷", "香槟", "柠檬", "樱桃", "抹茶", "牛油果", "橄榄"}
SWITCHED_OFF = {"back off", "off again", "back off again", "关", "关闭", "关掉", "关了", "off", "disabled", "false"}
FIELDS = ("denoise", "feather", "erode", "dilate", "threshold")
STAYED = {"still", "left", "remaining", "remains", "还", "还在", "还有", "残留", "没抠干净", "留着"}
LOST = ("发给我", "发我", "传给我", "send", "sent")


def mark_told(tokens: Sequence[Token]) -> None:
    """Gives tokens that wish for nothing another kind; changes kinds, never text."""
    mark_manner(tokens)
    _mark_powder(tokens)
    _mark_shadows(tokens)
    _mark_stays(tokens)
    _mark_mush(tokens)
    _mark_not_yet(tokens)
    _mark_redo(tokens)
    _mark_cannot(tokens)
    _mark_compounds(tokens)
    _mark_off(tokens)
    _mark_two_tone(tokens)
    _mark_rugs_and_dots(tokens)
    _mark_already(tokens)
    _mark_apart(tokens)
    _mark_kept_fields(tokens)
    _mark_unsharp(tokens)
    _mark_accepted(tokens)
    _mark_flowers(tokens)
    _mark_taken_away(tokens)
    _mark_next(tokens)
    _mark_worn(tokens)
    _mark_elsewhere(tokens)
    _mark_thanks(tokens)
    _mark_disliked(tokens)


def mark_steps_back(tokens: Sequence[Token]) -> None:
    """ "scrap those last two": with one picture, what is thrown away by number are steps."""
    for n, token in enumerate(tokens):
        ahead = [t for t in tokens[n + 1 : n + 5] if t.kind not in ("at", "all", "word", "this")]
        last = [t.kind.removeprefix("ordinal_") for t in ahead[:2]]
        if token.kind == "remove" and last in (["last", "number"], ["number", "last"]):
            behind = tokens[n + 1 + tokens[n + 1 :].index(ahead[1]) + 1 :][:1]
            if not behind or behind[0].kind in ("stop", "comma", "then", "step"):
                token.kind, ahead[0].kind = "undo", "at" if last[0] == "last" else "number"
                ahead[1].kind = "number" if last[1] == "number" else "at"


def _mark_mush(tokens: Sequence[Token]) -> None:
    """「不要羽化,糊糊的」, 「跟页面糊一起」: why, and no wish for a blurred background."""
    for n, token in enumerate(tokens):
        if token.kind != "blur" or not token.text.startswith(MUSHY):
            continue
        clause = clause_around(tokens, n)
        together = tokens[n + 1 : n + 2] and tokens[n + 1].text in ("起", "一起", "在", "得")
        quiet = (
            "blur",
            "word",
            "at",
            "too",
            "nothing",
            "smalltalk",
            "all",
            "subject",
            "hair",
            "edge",
            "people",
            "gone",
            "politeness",
        )
        alone = all(t.kind in quiet for t in clause)
        refused = any(t.kind in ("neg", "less", "excess") for t in tokens) and any(
            t.kind in ("feather", "soft") for t in tokens
        )
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
        if token.kind == "undo" and token.text.startswith("退回") and behind.text == "来":
            token.kind = "nothing"  # 「平台退回来了」
        if token.kind == "undo" and behind.text == "的" and any(t.kind == "restore" for t in tokens[n + 2 : n + 7]):
            token.kind = "redo"


def _mark_cannot(tokens: Sequence[Token]) -> None:
    """「系统传不上去」: what can't be done forbids nothing."""
    for before, token, behind in zip(tokens, tokens[1:], tokens[2:], strict=False):
        close = before.end == token.start and token.end == behind.start
        if token.kind == "neg" and token.text == "不" and close and before.kind == "word" and behind.text[0] in RESULTS:
            token.kind = "nothing"


def _mark_compounds(tokens: Sequence[Token]) -> None:
    """「红布条」, 「黄喉」: a thing whose name begins with a colour, where no colour is asked for."""
    if any(t.kind == "gradient" for t in tokens):
        return
    for a, b, token in zip(tokens, tokens[1:], tokens[2:], strict=False):
        unknown = a.kind == b.kind == "word" and a.end == b.start and b.end == token.start and not b.text.isascii()
        last = token is tokens[-1] or tokens[tokens.index(token) + 1].kind in STOPS
        if token.kind == "colour" and len(token.text) == 1 and unknown and last and not {a.text, b.text} & LEADS:
            token.kind = "nothing"  # 「一碗螺蛳粉」
    for n, (token, behind) in enumerate(pairwise(tokens)):
        short = len(token.text) == 1 or token.text in EDIBLE
        if token.kind != "colour" or not short or token.text.isascii() or behind.start != token.end:
            continue
        led = (
            tokens[n - 1].kind in ("change", "put", "background", "neg") or tokens[n - 1].text in LEADS if n else False
        )
        named = behind.kind in ("word", "cut", "subject") and not behind.text.isascii()
        if named and not led and behind.text[0] not in OPEN:
            token.kind = "nothing"


def _mark_off(tokens: Sequence[Token]) -> None:
    """「去噪关」, "denoise=false": the field's name before the switch."""
    for n, (before, token) in enumerate(pairwise(tokens)):
        if any(t.text.lower() in ("take", "taking") for t in tokens[max(0, n - 2) : n]):
            continue  # "take the feather off the second one"
        switch = tokens[n + 2] if token.text in ("=", ":", "也", "都", "给", "就") and n + 2 < len(tokens) else token
        if before.kind in FIELDS and switch.text.lower() in SWITCHED_OFF:
            switch.kind = "neg"


def _mark_rugs_and_dots(tokens: Sequence[Token]) -> None:
    """ "a pile of mats" holds no matte, and 「分辨率350」 no width."""
    for token in tokens:
        if token.kind == "mask" and token.text.lower() in ("mat", "mats"):
            token.kind = "nothing"
    for before, token in pairwise(tokens):
        if before.kind == "dpi" and token.kind == "number" and token.unit in ("", "px"):
            token.unit = "dpi"


def _mark_already(tokens: Sequence[Token]) -> None:
    """「那墙本来就是白的」, "it's already white": how it is."""
    for n, token in enumerate(tokens):
        before = [t.text.lower() for t in tokens[max(0, n - 3) : n]]
        behind = [t.text.lower() for t in tokens[n + 1 : n + 2]]
        is_so = (behind == ["already"] and bool({"is", "are"} & set(before))) or any(
            t.startswith(("本来就", "本来是", "原本就")) or t == "already" for t in before
        )
        if token.kind in ("colour", "transparent") and is_so:
            token.kind = "nothing"


def _mark_apart(tokens: Sequence[Token]) -> None:
    """「它单独换米色」: for itself, and nothing is kept."""
    for token, behind in pairwise(tokens):
        if token.text == "单独" and behind.text[:1] in "换用要存导改" and behind.kind in ("change", "export"):
            token.kind = "nothing"


def _mark_kept_fields(tokens: Sequence[Token]) -> None:
    """「羽化去掉,收边留着」: the second field stays as it is."""
    for token, behind in pairwise(tokens):
        if token.kind in FIELDS and behind.kind in ("keep", "held"):
            token.kind = "nothing"
    for keep, the, token in zip(tokens, tokens[1:], tokens[2:], strict=False):
        parted = tokens[tokens.index(token) + 1 : tokens.index(token) + 2]
        if (
            keep.kind == "keep"
            and the.text.lower() == "the"
            and token.kind in FIELDS
            and parted
            and parted[0].kind == "then"
        ):
            token.kind = "nothing"  # "keep the feather but set erode to 0"
        bare = token is tokens[-1] or not any(t.kind == "number" for t in tokens[tokens.index(token) :])
        if keep.kind == "keep" and the.text.lower() in ("the", "my", "that") and token.kind in FIELDS and bare:
            token.kind = "nothing"  # "forget the erode but keep the feather"
    for token, behind, touch in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.kind in FIELDS and behind.kind == "neg" and touch.kind == "touch":
            token.kind = "nothing"  # 「收边不要了,阈值别动」


def _mark_accepted(tokens: Sequence[Token]) -> None:
    """「印刷厂只收tiff」: what is accepted, and no edge."""
    for token, behind in pairwise(tokens):
        limit = behind.kind == "number" and behind.unit in ("kb", "mb")
        if token.text == "收" and token.kind == "erode" and (behind.kind == "format" or limit):
            token.kind = "nothing"


def _mark_unsharp(tokens: Sequence[Token]) -> None:
    """ "skip number 2, it's out of focus": how the photo is."""
    for before, token in pairwise(tokens):
        if token.text.lower() == "out of focus" and before.text.lower().endswith(
            ("'s", "is", "bit", "are", "looks", "look", "gone", "went", "all")
        ):
            token.kind = "nothing"


def _mark_flowers(tokens: Sequence[Token]) -> None:
    """ "the roses cut out": more than one of what a colour is called after."""
    for before, token in pairwise(tokens):
        word = token.text.lower()
        several = word.endswith("s") and word[:-1] in THINGS
        if token.kind == "colour" and several and before.text.lower() in ("the", "and the", "my", "these", "those"):
            token.kind, token.value = "subject", ("plant" if word in ("roses", "orchids") else "food", word)


def _mark_taken_away(tokens: Sequence[Token]) -> None:
    """「案子上那堆乱七八糟的都给我撤喽,光留人」: out of the picture, and no step back."""
    clutter = any(t.kind in ("clutter", "others") for t in tokens)
    for token in tokens:
        if token.kind == "undo" and token.text.startswith("撤") and clutter and len(token.text) <= 2:
            token.kind = "remove"


def _mark_stays(tokens: Sequence[Token]) -> None:
    """ "except the last one, that stays white": no new colour; 「打印出来糊糊的」: why."""
    left = False
    for before, token in pairwise(tokens):
        if before.text.lower() in ("stay", "stays", "remain", "remains") and token.kind == "colour":
            before.kind, token.kind = "held", "nothing"  # "the boys can stay yellow"
        left = left or before.kind == "except"
        if left and token.kind == "colour" and before.text.lower() in ("stays", "stay", "remains"):
            token.kind = "nothing"
        if before.text == "打印出来" and token.kind in ("blur", "soft", "hard", "jag"):
            before.kind = "nothing"


def _mark_disliked(tokens: Sequence[Token]) -> None:
    """「用回原来的背景吧,黑的不好看」: what is not liked; "save me the masks": for whom."""
    for n, (before, token) in enumerate(pairwise(tokens)):
        bad = token.kind == "smalltalk" and token.value == "frustration"
        if (
            before.kind in ("blur", "gradient", "radial", "vertical", "horizontal")
            and bad
            and any(t.kind in ("restore", "change") for t in tokens[n + 2 :])
        ):
            before.kind = "nothing"  # 「虚化不行,回到紫色那版」
        judged = token.text == "的" and n + 2 < len(tokens) and tokens[n + 2].kind == "smalltalk"
        if before.kind == "colour" and judged and tokens[n + 2].value == "frustration":
            before.kind = "nothing"
        if token.kind == "me" and token.text.lower() == "me" and before.kind == "export":
            token.kind = "nothing"
        flower = (
            token.kind == "colour"
            and token.text.lower() in THINGS
            and before.text.lower() in ("the", "my", "this", "is this")
        )
        led = n and tokens[n - 1].text.lower().startswith("behind")
        behind = tokens[n + 2 : n + 3]
        if flower and (led or (behind and behind[0].text.lower() in ("with", "out", "from"))):
            token.kind = "nothing"  # "white behind the orchid", "this rose with a see-through background"


def _mark_worn(tokens: Sequence[Token]) -> None:
    """ "he's wearing a blue harness", 「人事那边收了」, "rgb(…), that's the brand coral": told beside."""
    exact = False
    for n, token in enumerate(tokens):
        before = [t.text.lower() for t in tokens[max(0, n - 3) : n]]
        if token.kind == "colour" and ("wearing" in before or "wears" in before):
            token.kind = "nothing"
        if token.kind == "colour" and exact and token.value[0] != "#" and "that's" in before:
            token.kind = "nothing"
        exact = exact or (token.kind == "colour" and token.value[0] == "#")
        behind = tokens[n + 1].text if n + 1 < len(tokens) else ""
        edges = any(t.kind in ("edge", "fringe", "number") for t in tokens)
        if token.text == "收" and token.kind == "erode" and behind == "了" and not edges:
            token.kind = "nothing"


def _mark_elsewhere(tokens: Sequence[Token]) -> None:
    """ "everything else goes on white": the other pictures; "there's a bin": a thing."""
    for n, token in enumerate(tokens):
        ahead = tokens[n + 1 : n + 4]
        goes = ahead and ahead[0].text.lower() in ("goes", "gets", "on", "onto", "should", "in", "needs")
        else_ = token.kind == "clutter" and token.text.lower() in ("everything else", "all else", "anything else")
        if else_ and (goes or (ahead and ahead[0].kind in ("colour", "transparent"))):
            token.kind = "rest" if any(t.kind in ("colour", "transparent", "blur") for t in ahead) else token.kind
        if token.text.lower() == "bin" and token.kind == "remove" and n and tokens[n - 1].text.lower() in ("a", "the"):
            token.kind = "nothing"


def _mark_thanks(tokens: Sequence[Token]) -> None:
    """ "that saved my whole afternoon", "Etsy says the file is too big": told."""
    for token, behind in pairwise(tokens):
        if token.kind == "export" and token.text.lower() in ("saved", "saves") and behind.text.lower() in ("my", "me"):
            token.kind = "nothing"
        if behind.kind == "threshold" and behind.text.lower() == "cut off" and token.kind in ("too", "word"):
            behind.kind = "nothing"  # "her veil looks cut off"
        if token.kind == "purpose" and behind.text.lower() in ("says", "said", "keeps", "complains"):
            token.kind = "nothing"


def _mark_next(tokens: Sequence[Token]) -> None:
    """「下一个一兆以内的jpg给我」: to download one."""
    for n, token in enumerate(tokens):
        ahead = tokens[n + 1 : n + 6]
        file = any(t.kind == "format" or t.unit in ("kb", "mb") for t in ahead)
        if token.kind == "ordinal_next" and token.text == "下一个" and file:
            token.kind = "export"


def _mark_two_tone(tokens: Sequence[Token]) -> None:
    """ "only the mask, black and white": how a matte looks, and no background."""
    if not any(t.kind == "mask" for t in tokens):
        return
    for n in range(len(tokens)):
        pair = [t.text.lower() for t in tokens[n : n + 3]]
        if pair in (["black", "and", "white"], ["white", "and", "black"]):
            tokens[n].kind = tokens[n + 2].kind = "nothing"


def _mark_powder(tokens: Sequence[Token]) -> None:
    """「大衣白底手套粉底」: a pink background, where others get one, and no make-up."""
    others = any(a.kind == "colour" and b.kind == "background" for a, b in pairwise(tokens))
    for before, token in pairwise(tokens):
        if token.text == "粉底" and others and before.kind in ("nick", "photo", "subject", "picture", "change"):
            token.kind, token.value = "colour", ("粉", tables()["colours"]["zh"]["粉"])


def _mark_shadows(tokens: Sequence[Token]) -> None:
    """ "the shadow's still there": what was left of the background; adding or removing one is another matter."""
    for n, token in enumerate(tokens):
        near = {t.text.lower() for t in tokens[max(0, n - 3) : n + 4]}
        shadow = re.search(r"shadow|阴影|影子", token.text.lower())
        if shadow and token.kind == "impossible" and near & STAYED:
            token.kind = "haze"
