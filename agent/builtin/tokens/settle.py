"""Tokens whose meaning depends on their neighbours: verbs with a particle, coloured rims, reports, complaints.

Runs once over the tokens of a sentence, before any picture is thought of; it changes kinds, never text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any

from agent.builtin.tokens.lexicon import tables
from agent.builtin.tokens.neighbours import (
    mark_all_but,
    mark_counters,
    mark_measures,
    mark_praise,
    mark_refused_backgrounds,
    mark_same_as_before,
)
from agent.builtin.tokens.putting import mark_put
from agent.builtin.tokens.slips import mark_slips
from agent.builtin.tokens.token import Token

BESIDE_ZH = {"身边", "旁边", "后面", "身后", "背后", "周围", "左边", "右边", "隔壁", "后边"}
BESIDE_EN = {"behind", "next", "beside", "background", "walking", "left", "right", "back"}
THINGS = {"rose", "orchid", "tomato", "orange", "peach", "plum", "olive", "chocolate", "cream", "seashell", "lime"}
CENTRES = {"center", "centre", "middle", "core", "中间", "中心", "中央"}
BACK = ("background", "remove_background")
REACH = 8  # tokens between a verb and its particle
WISHED = ("change", "put", "background")  # before a coloured edge: it is wanted, not complained of
BREAKS = ("stop", "comma", "then")
PAST = re.compile(
    r"(?:shaved(?: off)?|trimmed|eroded|chopped|saved|exported|removed|downloaded|deleted|made|changed|uploaded|cut"
    r"|turned|blurred)$"
)
TELLERS = {"you've", "i've", "we've", "you", "i", "we", "he", "she", "already", "just", "have", "has", "had", "'ve"}


def settle(tokens: list[Token]) -> None:
    """Gives the tokens the meaning that they have beside each other."""
    mark_slips(tokens)
    for rule in tables()["lexicon"]["separable"]:
        _join_separable(tokens, rule)
    _join_rims(tokens)
    _join_bystanders(tokens)
    _join_other_people(tokens)
    _mark_reports(tokens)
    mark_all_but(tokens)
    mark_praise(tokens)
    mark_same_as_before(tokens)
    mark_refused_backgrounds(tokens)
    mark_put(tokens)
    _mark_places(tokens)
    mark_measures(tokens)
    _mark_things(tokens)
    _mark_endings(tokens)
    _mark_trims(tokens)
    mark_counters(tokens)
    _mark_sunk(tokens)
    _mark_leaving(tokens)
    _mark_fields_off(tokens)
    _mark_real_places(tokens)
    _mark_messy(tokens)
    _mark_gone_there(tokens)
    _join_shades(tokens)
    _mark_gone(tokens)
    _mark_outlines(tokens)
    _mark_words_of_cutting(tokens)
    _mark_verdicts(tokens)


PARTS = re.compile(
    r"(?:胡须|胡子|睫毛|手指|手|脚|腿|耳朵|耳环|尾巴|尾巴尖|翅膀|发梢|发丝|刘海|帽檐|眼镜腿|肩膀|轮子|轮胎|后视镜|天线|把手|提手|带子|肩带|鞋带"
    r"|whiskers?|fingers?|fingertips?|hand|foot|feet|ears?|earring|tail|wing|strap|handle|wheel|mirror|antenna|fringe|hair)$"
)


def _mark_gone(tokens: Sequence[Token]) -> None:
    """「胡须没了」, "her earring is gone": too much was cut away."""
    for n, token in enumerate(tokens):
        if token.kind != "gone":
            continue
        clause = list(takewhile(lambda t: t.kind not in BREAKS, reversed(tokens[:n])))
        said = "".join(t.text.lower() + (" " if t.text.isascii() else "") for t in reversed(clause))
        if PARTS.search(re.sub(r"\s*(?:is|are|都|全|也|has|have|got|went|just|now|was|were)\s*$", "", said).strip()):
            token.kind = "overcut"


THERE = {
    "there's",
    "theres",
    "there",
    "has",
    "have",
    "got",
    "still",
    "see",
    "leaves",
    "left",
    "shows",
    "like",
    "appeared",
}


def _mark_outlines(tokens: Sequence[Token]) -> None:
    """ "theres like a white outline around me": a rim that is complained of, and no stroke that is wished for."""
    for n, token in enumerate(tokens):
        told = {t.text.lower() for t in tokens[max(0, n - 5) : n]} & THERE
        if token.kind == "impossible" and "outline" in token.text.lower() and told:
            token.kind = "fringe"


def _mark_words_of_cutting(tokens: Sequence[Token]) -> None:
    """ "matte with 12 threshold" cuts, "as a separate png" does not; 「蛋糕单独的图」 is one of the cake alone."""
    fields = any(t.kind in ("feather", "erode", "dilate", "threshold") for t in tokens)
    files = any(t.kind in ("export", "format") for t in tokens)
    for n, (before, token) in enumerate(pairwise([*tokens[:1], *tokens])):
        behind = tokens[n + 1].text.lower() if n + 1 < len(tokens) else ""
        verb = (token is tokens[0] and fields) or behind in ("this", "it", "them", "these", "that")
        if token.kind == "mask" and token.text.lower() == "matte" and verb and not files:
            token.kind = "cut"
        if token.kind == "mask" and before.text.lower() in ("run", "rerun", "apply") and fields:
            token.kind = "cut"  # "run the matte with alpha_threshold=50"
        if token.kind == "mask" and tokens[n + 1 : n + 2] and tokens[n + 1].kind == "threshold":
            token.kind = "nothing"  # 「alpha 阈值」
        if token.text.lower() == "raw" and n + 1 < len(tokens) and tokens[n + 1].kind == "cut":
            token.kind = "nothing"
        if token.kind == "held" and before.kind == "people" and token.text.lower() in ("must stay", "stays"):
            token.kind = "keep"  # "everyone must stay in"
        if token.text.lower() == "separate" and before.text.lower() in ("a", "an", "another", "two", "as"):
            token.kind = "nothing"
        if before.text == "单独" and before.kind == "only" and token.text == "的":
            before.kind = "cut"


def _mark_verdicts(tokens: Sequence[Token]) -> None:
    """「你这个抠得太烂了」: how it was cut, no wish to cut."""
    for n, (token, after) in enumerate(pairwise(tokens)):
        judged = after.text == "得" or (after.text == "的" and not _moment(tokens, after))
        undone = n > 0 and tokens[n - 1].text in ("没", "没有", "未")  # 「还没抠的也抠了吧」
        if token.kind == "cut" and judged and after.start == token.end and not undone:
            token.kind = "nothing"


def _moment(tokens: Sequence[Token], of: Token) -> bool:
    """「抠的时候别…」: when it is done, so that it is to be done."""
    behind = "".join(t.text for t in tokens if 0 <= t.start - of.end < 2)
    return behind.startswith("时")


def _join_shades(tokens: Sequence[Token]) -> None:
    """「青色#39C5BB」, "school gold (#C99700)": the number says which shade the name means."""
    for n, token in enumerate(tokens):
        if token.kind != "colour" or token.value[0] == "#":
            continue
        behind = [t for t in tokens[n + 1 : n + 4] if t.text not in ("(", "（", "色", "的")]
        if behind and behind[0].kind == "colour" and behind[0].value[0] == "#":
            token.value, behind[0].kind = behind[0].value, "nothing"


def _mark_gone_there(tokens: Sequence[Token]) -> None:
    """「一辈子桂林也没去成」: went there, took nothing away."""
    for token, after in pairwise(tokens):
        if token.kind == "remove" and token.text == "去" and after.text[:1] in ("成", "过", "不"):
            token.kind = "nothing"


def _mark_real_places(tokens: Sequence[Token]) -> None:
    """ "can we have her real kitchen behind her again": the original background. "hmm no feathering" forbids."""
    for n, (token, behind) in enumerate(pairwise(tokens)):
        ahead = tokens[n + 1 : n + 7]
        again = any(t.text.lower() in ("again", "back") for t in ahead) and any(t.kind == "background" for t in ahead)
        if token.text.lower() in ("real", "actual") and token.kind == "word" and behind.kind == "subject" and again:
            token.kind, behind.kind = "original", "nothing"
        fields = ("feather", "erode", "dilate", "blur", "gradient", "denoise")
        if token.kind == "correction" and token.text.lower().endswith(" no") and behind.kind in fields:
            token.kind = "neg"


def _mark_messy(tokens: Sequence[Token]) -> None:
    """「后面那堆乱七八糟的背景」: how the background is."""
    for token, of, back in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.kind == "clutter" and of.text == "的" and back.kind in ("background", "denoise"):
            token.kind = "nothing"


def _mark_fields_off(tokens: Sequence[Token]) -> None:
    """「羽化撤了,收边照旧」: that field is to be off, and no step back."""
    for token, off in pairwise(tokens):
        if token.kind in ("feather", "erode", "dilate") and off.kind == "undo" and off.text.startswith(("撤", "取消")):
            off.kind = "remove"


def _mark_leaving(tokens: Sequence[Token]) -> None:
    """ "everything else goes", "the rest has to go": taken away; not "the orchid goes on white"."""
    for n, token in enumerate(tokens):
        gone = token.text.lower() in ("goes", "go", "out", "off") and token.kind in ("word", "at")
        ended = n + 1 == len(tokens) or tokens[n + 1].kind in BREAKS
        before = [t for t in tokens[max(0, n - 4) : n] if t.kind not in ("at", "word")][-1:]
        if gone and ended and before and before[0].kind in ("clutter", "others", "rest", "background"):
            token.kind = "remove"


def _mark_sunk(tokens: Sequence[Token]) -> None:
    """「他们不收TIFF」 pulls no edge in, and "my cat is missing" is no complaint about a cut-out."""
    for before, token in pairwise(tokens):
        if token.text == "收" and token.kind == "erode" and before.text in ("不", "没", "才"):
            token.kind = "nothing"
        if token.kind == "subject" and token.text.lower() == "key" and before.text.lower() in ("to", "can", "will"):
            token.kind = "nothing"  # "has to key it"


def _join_separable(tokens: Sequence[Token], rule: Mapping[str, Any]) -> None:
    """A verb with its particle some words later gets the meaning of both: "take the background away"."""
    for i, verb in enumerate(tokens):
        if verb.text.lower() not in rule["verb"]:
            continue
        for particle in tokens[i + 2 : i + REACH]:
            if particle.kind in BREAKS or particle.kind == "number":
                break
            if particle.text.lower() in rule["particle"]:
                verb.kind, verb.value = rule["concept"], verb.text
                particle.kind = "at" if particle.kind == "neg" else particle.kind  # "take the feather off the second"
                break


def _join_rims(tokens: Sequence[Token]) -> None:
    """「绿色的边」, "a blue outline", "white halo": a coloured edge is a rim of the old background, unless one is
    wished for."""
    for n, token in enumerate(tokens):
        if token.kind != "colour":
            continue
        after = [t for t in tokens[n + 1 : n + 3] if t.text != "的"][:1]
        wished = n and tokens[n - 1].kind in WISHED
        if after and after[0].kind == "fringe":
            token.kind = "nothing"
        elif after and after[0].kind == "edge" and not wished:
            token.kind, after[0].kind = "nothing", "fringe"


def _join_bystanders(tokens: Sequence[Token]) -> None:
    """「身边的同事」, "the people behind me": others than the main subject, where they are to go."""
    if not any(t.kind in ("remove", "neg") for t in tokens):
        return
    kept = any(t.kind in ("only", "keep") for t in tokens)
    for n, token in enumerate(tokens):
        if kept and not any(t.kind == "remove" for t in tokens[n + 1 : n + 4]):
            continue
        if token.kind not in ("subject", "people") or (
            token.kind == "subject" and token.value[0] not in ("portrait", "group")
        ):
            continue
        before = {t.text for t in tokens[max(0, n - 3) : n]}
        after = {t.text.lower() for t in tokens[n + 1 : n + 5] if t.kind not in ("stop", "comma")}
        if before & BESIDE_ZH or (after & BESIDE_EN and not kept):
            token.kind = "others"


def _join_other_people(tokens: Sequence[Token]) -> None:
    """「其他宾客全部不要」: the rest of the people, where they are to go."""
    if not any(t.kind in ("remove", "neg") for t in tokens):
        return
    for before, token in pairwise(tokens):
        person = token.kind in ("people",) or (token.kind == "subject" and token.value[0] in ("portrait", "group"))
        if before.kind == "others" and person and before.text.lower().startswith(("random", "stray", "unknown")):
            token.kind = "nothing"  # "the random folks walking behind her"
        if before.kind == "rest" and person:
            before.kind, token.kind = "nothing", "others"


def _mark_reports(tokens: Sequence[Token]) -> None:
    """ "you just saved my shop", "I already exported it": told, not wished."""
    for n, token in enumerate(tokens):
        told = {t.text.lower() for t in tokens[max(0, n - 2) : n]}
        if token.text.lower() == "cut":
            told -= {"just"}  # "just cut me out" is a wish
        if token.kind != "overcut" and PAST.match(token.text.lower()) and told & TELLERS and "want" not in told:
            token.kind = "nothing"


def _mark_places(tokens: Sequence[Token]) -> None:
    """ "black at the rim" of a gradient is a place, and "back to zero" a number."""
    texts = {t.text.lower() for t in tokens}
    several = sum(t.kind == "colour" for t in tokens) > 1 and any(
        text.split()[-1] in CENTRES for text in texts if text.strip()
    )
    painted = several or any(t.kind == "gradient" for t in tokens)
    for before, token in pairwise([*tokens[:1], *tokens]):
        if painted and token.text.lower() in ("bleeding", "bleeds", "bleed"):
            token.kind = "nothing"  # "hot pink bleeding out to black"
        if painted and token.text.lower() in ("outwards", "outward"):
            token.kind = "radial"  # "gold in the middle, and going outwards white"
        if painted and token.text.lower() in ("rim", "edge", "edges", "边缘", "边上", "glow"):
            token.kind = "place"
        near = {t.text.lower() for t in tokens[max(0, tokens.index(token) - 6) : tokens.index(token)]}
        if token.text.lower() == "alone" and token.kind == "held" and not near & {"leave", "let", "left", "leaves"}:
            token.kind = "only"  # "vase alone please"
        if token.text.lower() == "one" and before.text.lower() == "by":
            token.kind, token.value = "number", 1.0  # "bring it in by one"
        if token.text.lower() == "cutout" and before.text.lower().endswith("'s"):
            token.kind = "nothing"  # "another app's cutout ate my ear"
        if token.text.lower() == "matting":
            token.kind = "cut"  # its stem is that of "matte"
        if token.text.lower() == "zero" and before.text.lower().endswith(("to", "at", "=", "and")):
            token.kind, token.value = "number", 0.0


def _mark_things(tokens: Sequence[Token]) -> None:
    """ "cut out the rose": what has the name of a colour, but is a thing."""
    for n, token in enumerate(tokens):
        if token.kind != "colour" or not token.text.isascii() or token.text.lower().rstrip("s") not in THINGS:
            continue
        before, after = tokens[max(0, n - 4) : n], tokens[n + 1 : n + 2]
        taken = any(t.kind in ("cut", "keep", "only", "remove", "except") for t in before)
        if taken and not any(t.kind in ("background", "colour_word") for t in after):
            token.kind = "nothing"


def _mark_trims(tokens: Sequence[Token]) -> None:
    """ "trim the background away" takes it away; "trim a pixel off the edge" pulls the edge in."""
    for n, token in enumerate(tokens):
        ahead = [t for t in tokens[n + 1 : n + 3] if t.kind != "at"][:1]
        if token.kind == "erode" and token.text.lower() == "trim" and ahead and ahead[0].kind in BACK:
            token.kind = "remove"


def _mark_endings(tokens: Sequence[Token]) -> None:
    """「清楚点行不」 asks, and "the skater's fine" wants nothing: words at the end of a clause."""
    for n, token in enumerate(tokens):
        if n == 0 or not (n + 1 == len(tokens) or tokens[n + 1].kind in BREAKS):
            continue
        before = tokens[n - 1]
        if token.kind == "neg" and token.text == "不" and before.text in ("行", "好", "成", "可以", "能", "中", "得"):
            token.kind = "nothing"
        asked = (
            n + 1 < len(tokens) and tokens[n + 1].text in "?？" and any(t.text in ("能", "会", "可以") for t in tokens)
        )
        if token.kind == "neg" and token.text == "不" and asked:
            token.kind = "nothing"  # 「能改成驼色不?」
        if token.text.lower() == "fine" and before.kind in ("nick", "subject", "picture", "ordinal", "too"):
            token.kind = "held"
