"""One sentence with several backgrounds: one for each picture (「一张白底一张蓝底」), or several versions of the same
pictures (「白底蓝底各存一份」, "a transparent png and a white jpg")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agent.builtin.tokens.token import Token
from agent.builtin.which.sections import Section

BACKDROPS = ("colour", "transparent")
EACH = {"各", "各自", "分别", "依次", "respectively", "in that order", "each"}
VERSIONS = {"版本", "版", "各", "各自", "份", "两版", "分别", "version", "versions", "both", "each", "one each"}
ONES = {"1个", "1张", "1份", "1版", "1幅", "一个", "一张", "一份", "一版"}


def shared_out(part: Section, targets: Sequence[str]) -> list[Section]:
    """``part`` for each of its backgrounds, or ``part`` alone where it has but one wish."""
    names = part.yes("name")
    if len(names) == len(targets) > 1:
        return [_called(part, n, names, target) for n, target in enumerate(targets)]  # 「一张叫正面,一张叫背面」
    sizes = list({t.value: t for t in part.yes("size")}.values())
    each = _said(part, VERSIONS | {"都", "both", "各"}) and part.yes("export", "format")
    if len(sizes) == 2 and each and not part.all("correction", "neg") and not _said(part, {"还是", "或", "or"}):
        return [_only(part, n, sizes) for n in range(2)]  # 「一寸的两寸的都要,各存一张」
    if part.yes("gradient", "blur", "vertical", "horizontal", "radial") or part.all("correction", "neg"):
        return [part]
    backdrops = _distinct(part)
    if len(backdrops) < 2:
        return [part]
    if len(backdrops) == len(targets) and (_said(part, EACH) or _counted_off(part)):
        kept = [_only(part, n, backdrops) for n in range(len(backdrops))]
        return [replace(p, ids=(target,)) for p, target in zip(kept, targets, strict=True)]
    formats = [t for t in part.yes("format") if t.value != "unknown"]
    wanted = bool(part.yes("export") or formats)
    if wanted and (_said(part, VERSIONS) or _counted_off(part) or len(formats) == len(backdrops)):
        paired = formats if len(formats) == len(backdrops) else []
        return [_only(part, n, backdrops, paired) for n in range(len(backdrops))]
    return [part]


def _called(part: Section, n: int, names: Sequence[Token], target: str) -> Section:
    """``part`` for one picture, with its own of several names for the file."""
    tokens = part.tokens
    ends = [tokens.index(t) for t in names]
    spans = []
    for begin in ends:
        stop = (k for k in range(begin + 1, len(tokens)) if tokens[k].kind in ("comma", "stop", "then", "format"))
        spans.append((begin, min(stop, default=len(tokens))))
    begin, end = spans[n]
    name = "".join(t.text for t in tokens[begin + 1 : end]).strip()
    rest = [t for k, t in enumerate(tokens) if not any(a <= k < b for a, b in spans)]
    saved = Token("export", "", "", tokens[begin].start)
    called = Token("filename", name, name, tokens[begin].start)
    return replace(part, tokens=[*(replace(t) for t in rest), saved, called], ids=(target,))


def _distinct(part: Section) -> list[Token]:
    """The backgrounds named, each once; a colour of a thing or a size is none."""
    found: dict[str, Token] = {}
    for token in part.yes(*BACKDROPS):
        found.setdefault(str(token.value[1] if token.kind == "colour" else token.kind), token)
    return list(found.values())


def _said(part: Section, words: set[str]) -> bool:
    whole = "".join(t.text for t in part.tokens if not t.text.isascii())
    return part.has(lambda t: t.text.lower() in words) or any(
        w in whole for w in words if len(w) > 1 and not w.isascii()
    )


def _counted_off(part: Section) -> bool:
    """「一张…一张」, "one …, the other"."""
    texts = [t.text.lower() for t in part.tokens]
    pairs = [a + b for a, b in pairwise(texts)]
    if sum(p in ONES for p in [*pairs, *texts]) >= 2 or texts.count("one") >= 2:
        return True
    return "one" in texts and any(t in ("other", "the other", "another", "other one") for t in texts)


def _only(part: Section, n: int, backdrops: Sequence[Token], formats: Sequence[Token] = ()) -> Section:
    """``part`` with its n-th background (and format) alone."""
    others = {id(t) for k, t in enumerate(backdrops) if k != n} | {id(t) for k, t in enumerate(formats) if k != n}
    done = n > 0 and bool(formats)  # it is cut out by then
    tokens = [t for t in part.tokens if id(t) not in others and not (done and t.kind == "cut")]
    return replace(part, tokens=[replace(t) for t in tokens])


NO = re.compile(r"[,，。](?:不|不是|不对|no|nope|错了)[,，]?$", re.IGNORECASE)
WISHED = (
    "colour", "transparent", "cut", "remove_background", "blur", "gradient", "export", "id_photo", "size", "original",
)  # fmt: skip


def meant_instead(parts: Sequence[Section]) -> list[Section]:
    """ "Make the background of the second one red. Sorry, I mean the third one.": the wish for the picture meant."""
    kept: list[Section] = []
    for part in parts:
        last = kept[-1] if kept else None
        taken = last is not None and NO.search("".join(t.text for t in last.tokens))
        if last is not None and taken and last.ids and part.ids and part.yes(*WISHED):
            kept[-1] = part  # 「第一张红底,不,第二张红底」
            continue
        single = last is not None and last.ids and part.ids and len(last.ids) == len(part.ids) == 1
        if last is not None and single and last.yes(*WISHED) and not part.yes(*WISHED, "held", "touch", "same"):
            said = [*last.tokens[-6:], *part.tokens]
            taken_back = any(t.kind == "correction" or t.value == "frustration" for t in said)
            if taken_back and not part.no("touch"):
                kept[-1] = replace(last, ids=part.ids)
                continue
        kept.append(part)
    return kept
