"""Ways of speaking that neither ask nor forbid what they seem to: "light grey can?", 「这么快」, 「能存一份PNG不」.

Part of `told`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, takewhile

from agent.builtin.tokens.settle import BREAKS
from agent.builtin.tokens.token import STOPS, Token

CANS = {"a", "the", "this", "my", "that", "each", "every", "our", "soda", "beer", "tin", "soup", "spray", "paint", "of"}


def mark_manner(tokens: Sequence[Token]) -> None:
    """Gives such words another kind; changes kinds, never text."""
    _mark_thing_is(tokens)
    _mark_can(tokens)
    _mark_visas(tokens)
    _mark_normally(tokens)
    _mark_particles(tokens)
    _mark_unwanted(tokens)
    _mark_left_on(tokens)
    _mark_relative(tokens)
    _mark_scratched(tokens)
    _mark_no_undo(tokens)
    _mark_lights(tokens)
    _mark_mates(tokens)
    _mark_judged_blurs(tokens)
    _mark_shapes_of_masks(tokens)
    _mark_old_background(tokens)
    _mark_fading_edges(tokens)
    _mark_hidden_faces(tokens)
    _mark_blurry_photos(tokens)
    _mark_or_not(tokens)
    _mark_taken_it(tokens)
    _mark_blurry_ones(tokens)
    _mark_kept_that(tokens)
    _mark_takes_impossible(tokens)
    _mark_taken_too(tokens)
    _mark_same_size(tokens)
    _mark_reasons(tokens)
    _mark_just_so(tokens)
    _mark_unopened(tokens)
    _mark_states(tokens)
    _mark_some_beside(tokens)


def clause_around(tokens: Sequence[Token], n: int) -> list[Token]:
    """The tokens between the marks around token ``n``."""
    begin = max((k for k in range(n) if tokens[k].kind in STOPS), default=-1) + 1
    end = next((k for k in range(n, len(tokens)) if tokens[k].kind in STOPS), len(tokens))
    return list(tokens[begin:end])


def _mark_thing_is(tokens: Sequence[Token]) -> None:
    """ "only thing is there's a rim": tells, asks nothing."""
    for before, token in pairwise(tokens):
        asks = token.kind == "question" and token.text.lower().startswith("is there")
        if asks and before.text.lower() in ("thing", "problem", "issue", "trouble"):
            token.kind = before.kind = "nothing"


def _mark_can(tokens: Sequence[Token]) -> None:
    """ "light grey can?", as people say in Singapore, asks and speaks of no can."""
    for n, token in enumerate(tokens):
        ended = (
            n + 1 == len(tokens) or tokens[n + 1].kind in BREAKS or tokens[n + 1].text.lower() in ("lah", "or", "not")
        ) and (not n or tokens[n - 1].text.lower() not in CANS)
        led = tokens[n - 1].text.lower() if n else ""
        if token.text.lower() == "can" and token.kind == "subject" and ((ended and n) or led not in CANS):
            token.kind = "politeness"


def _mark_visas(tokens: Sequence[Token]) -> None:
    """ "Anna needs a Schengen visa photo and Tom a Japanese one": a country stands for its visa."""
    if not any(t.kind == "size" or "visa" in t.text.lower() or "签证" in t.text for t in tokens):
        return
    for token, one in pairwise(tokens):
        if token.kind == "country" and one.text.lower() in ("one", "ones"):
            token.kind = "size"


def _mark_normally(tokens: Sequence[Token]) -> None:
    """ "the cake and bouquet just normally": nothing out of the ordinary, and nothing but that."""
    for token, how in pairwise(tokens):
        if token.kind == "only" and how.text.lower() in ("normally", "normal", "the usual"):
            token.kind = "nothing"


def _mark_particles(tokens: Sequence[Token]) -> None:
    """「这么快」 asks nothing; 「能存一份PNG不」 asks, and denies nothing."""
    for before, token in pairwise(tokens):
        if token.kind == "question" and token.text == "么" and before.text in ("这", "那"):
            token.kind = "nothing"
        if before.kind == "question" and before.text == "哪" and token.text[:1] in tuple("懂会知能行敢"):
            before.kind = "nothing"  # 「我一个老头子哪懂这个」
        if token.kind == "hard" and before.kind == "smalltalk" and before.value == "praise":
            token.kind = "nothing"  # 「胡子都抠得好清楚」
        selling = token.kind == "purpose" and any(t.text.lower() in ("sell", "selling") for t in tokens[:8])
        if selling and before.text.lower() in ("on", "at"):
            token.kind = "nothing"  # "I sell candles on Etsy"
    for all_, token, done in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if all_.text == "都" and token.kind == "cut" and done.text == "了" and tokens[-1] is not done:
            token.kind = "nothing"  # 「叶子缝里都抠干净了！」
    can = any(t.text in ("能", "会", "可以", "可") for t in tokens)
    if len(tokens) > 2 and tokens[-1].text == "不" and tokens[-1].kind == "neg" and can:
        tokens[-1].kind = "nothing"


def _mark_left_on(tokens: Sequence[Token]) -> None:
    """「边上还留着一圈白」: what is left of the old background, and nothing is to be kept."""
    for before, token in pairwise(tokens):
        rims = any(t.kind in ("fringe", "haze", "denoise") for t in tokens)
        if (
            token.kind == "keep"
            and token.text in ("留着", "留")
            and before.text in ("还", "仍", "仍然", "还是")
            and rims
        ):
            token.kind = "nothing"


def _mark_unwanted(tokens: Sequence[Token]) -> None:
    """「后头乱七八糟的,能不能统统不要了?」: a "not" without a thing of its own takes what was complained of before."""
    for n, token in enumerate(tokens):
        marks = [k for k, t in enumerate(tokens[:n]) if t.kind in ("comma", "stop")]
        if token.text not in ("不要", "都不要", "全不要") or token.kind != "neg" or not marks:
            continue
        own = [t for t in clause_around(tokens, n) if t is not token]
        clause = tokens[(marks[-2] + 1 if len(marks) > 1 else 0) : marks[-1]]
        bare = all(t.kind in ("all", "question", "word", "politeness", "at") for t in own)
        if bare and any(t.kind == "background" for t in clause) and any(t.kind in ("clutter", "too") for t in clause):
            token.kind = "remove"


FIELDS = ("feather", "erode", "dilate", "blur", "gradient", "denoise", "colour")


def _mark_no_undo(tokens: Sequence[Token]) -> None:
    """ "ugh no undo that": a no to what was done, and undoing is wanted."""
    for n, (token, behind) in enumerate(pairwise(tokens)):
        begun = all(t.kind in ("word", "comma", "smalltalk", "nothing") for t in tokens[:n])
        if token.text.lower() == "no" and token.kind == "neg" and behind.kind in ("undo", "redo") and begun:
            token.kind = "nothing"


def _mark_just_so(tokens: Sequence[Token]) -> None:
    """ "the first is just so my colleague sees it": what it is for, and nothing is kept."""
    for be, token, why in zip(tokens, tokens[1:], tokens[2:], strict=False):
        because = why.text.lower() in ("so", "because", "there", "here", "to", "in case")
        if token.kind == "only" and be.text.lower() in ("is", "are", "was", "'s") and because:
            token.kind = "nothing"


WHY = {"because", "cause", "cuz", "since", "cos", "因为", "毕竟"}
SHE_IS = {"she's", "he's", "it's", "they're", "she", "he", "it", "they"}
TOLD = frozenset(("colour", "subject", "people", "hair", "remove", "soft", "hard", "blur", "nick", "lighter", "darker"))


def _mark_reasons(tokens: Sequence[Token]) -> None:
    """ "Marta on white because her blazer is grey", "…, she's so brown you wouldn't see her in a field": why."""
    for n, token in enumerate(tokens):
        so = n + 1 < len(tokens) and tokens[n + 1].text.lower() == "so" and token.text.lower() in SHE_IS
        wished = any(t.kind in ("colour", "transparent", "cut", "blur", "size") for t in tokens[:n])
        if not wished or not (so or (token.text.lower() in WHY and token.kind in ("word", "then", "nothing", "at"))):
            continue
        for behind in takewhile(lambda t: t.kind not in BREAKS, tokens[n:]):
            behind.kind = "nothing" if behind.kind in TOLD else behind.kind


def _mark_same_size(tokens: Sequence[Token]) -> None:
    """「尺寸一样的」, "same size" beside another wish: told once more, and no file."""
    if any(t.kind in ("export", "format") for t in tokens) or not any(t.kind in ("size", "dimensions") for t in tokens):
        return
    for a, b in pairwise(tokens):
        if {a.kind, b.kind} == {"resize", "same"}:
            a.kind = b.kind = "nothing"


def _mark_unopened(tokens: Sequence[Token]) -> None:
    """「客户那边pdf打不开,发jpg吧」: a format that won't do is not the one that is wanted."""
    for n, token in enumerate(tokens):
        behind = "".join(t.text.lower() for t in tokens[n + 1 : n + 4])
        if token.kind == "format" and UNOPENED.match(behind):
            token.kind = "nothing"
        elif token.kind == "format" and n and tokens[n - 1].text == "发":
            tokens[n - 1].kind = "export"


UNOPENED = re.compile(r"(?:打不开|传不上|用不了|不支持|不能用|不收|won'topen|doesn'topen|didn'topen|can'tbeopened)")


def _mark_states(tokens: Sequence[Token]) -> None:
    """ "it's for Japan not the US": the country, where it is written so."""
    for token in tokens:
        if token.text == "US" and token.kind == "subject":
            token.kind, token.value = "country", "visa_us"


def _mark_takes_impossible(tokens: Sequence[Token]) -> None:
    """ "take the glare off his glasses": not of the edge."""
    for n, token in enumerate(tokens):
        ahead = [t for t in tokens[n + 1 : n + 3] if t.kind != "at"][:1]
        if token.kind == "erode" and token.text.lower() == "take" and ahead and ahead[0].kind == "impossible":
            token.kind = "nothing"


def _mark_taken_too(tokens: Sequence[Token]) -> None:
    """「怎么把我们家狗也去掉了？」: what was taken away against the wish."""
    asked = any(t.text in ("怎么", "咋", "为什么", "为啥") for t in tokens)
    for too, token, done in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if asked and too.text in ("也", "都", "给") and token.kind == "remove" and done.text == "了":
            token.kind = "gone"


def _mark_taken_it(tokens: Sequence[Token]) -> None:
    """ "blur the background of 3, take it away on the rest": the background goes."""
    for n, (token, it) in enumerate(pairwise(tokens)):
        back = any(t.kind == "background" for t in tokens[:n])
        whole = token.text.lower() in ("take it away", "get rid of it", "remove it", "lose it", "drop it")
        if (
            token.kind == "remove"
            and (it.text.lower() == "it" or whole)
            and back
            and not any(t.kind == "fringe" for t in tokens)
        ):
            token.kind = "remove_background"


def _mark_blurry_ones(tokens: Sequence[Token]) -> None:
    """ "all but the blurry second one": how the photo is."""
    for token, behind in pairwise(tokens):
        pointed = behind.kind in ("ordinal", "ordinal_first", "ordinal_last", "picture", "picture_number")
        if token.kind == "blur" and token.text.lower() in ("blurry", "blurred", "fuzzy") and pointed:
            token.kind = "nothing"


def _mark_kept_that(tokens: Sequence[Token]) -> None:
    """ "keep that for the first": it stays as it is."""
    for keep, that, where in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if keep.kind == "keep" and that.text.lower() in ("that", "it", "this") and where.text.lower() in ("for", "on"):
            keep.kind = "held"


def _mark_or_not(tokens: Sequence[Token]) -> None:
    """ "can put them on the banner or not ah": asks, and denies nothing."""
    for n, (token, neg) in enumerate(pairwise(tokens)):
        ended = all(t.kind in ("word", "stop", "politeness") for t in tokens[n + 2 :]) and len(tokens) - n < 6
        if token.text.lower() == "or" and neg.kind == "neg" and ended:
            neg.kind = "nothing"


FATTER = {"fatter", "bigger", "wider", "larger", "thicker"}
THINNER = {"thinner", "smaller", "tighter", "narrower"}


def _mark_shapes_of_masks(tokens: Sequence[Token]) -> None:
    """ "make the mask fatter by 2 px": the edge goes outward, and no file is wanted."""
    for n, token in enumerate(tokens):
        ahead = next((t for t in tokens[n + 1 : n + 4] if t.text.lower() in FATTER | THINNER), None)
        if token.kind == "mask" and ahead is not None:
            token.kind, ahead.kind = "nothing", "dilate" if ahead.text.lower() in FATTER else "erode"


def _mark_old_background(tokens: Sequence[Token]) -> None:
    """ "some of the old background peeking out along the edge": left over, and not to be given back."""
    for n, token in enumerate(tokens):
        ahead = {t.text.lower() for t in tokens[n + 1 : n + 5]}
        edged = any(t.kind in ("edge", "place") for t in tokens)
        if (
            edged
            and token.kind in ("original", "background")
            and ahead & {"peeking", "showing", "poking", "visible", "sticking"}
        ):
            token.kind = "fringe" if token.kind == "original" else "nothing"


def _mark_fading_edges(tokens: Sequence[Token]) -> None:
    """ "let the edge fade out over 10 pixels": feathered."""
    edge = any(t.kind in ("edge", "place") for t in tokens) and not any(
        t.kind in ("colour", "background") for t in tokens
    )
    for token in tokens:
        if edge and token.kind == "gradient" and token.text.lower().startswith("fade"):
            token.kind = "feather"


HIDDEN = {"face", "faces", "eyes", "plate", "license", "licence", "number plate", "logo", "name", "脸", "车牌"}


def _mark_hidden_faces(tokens: Sequence[Token]) -> None:
    """ "blur my face so nobody recognises me": in the picture itself, which nothing here does."""
    for n, token in enumerate(tokens):
        ahead = [t for t in tokens[n + 1 : n + 4] if t.text.lower() not in ("my", "his", "her", "the", "their", "out")]
        if token.kind == "blur" and ahead and ahead[0].text.lower() in HIDDEN:
            token.kind, token.value = "impossible", "face"


def _mark_blurry_photos(tokens: Sequence[Token]) -> None:
    """ "sharpen the photo, it's blurry": how it is."""
    if not any(t.kind == "impossible" for t in tokens):
        return
    for before, token in pairwise(tokens):
        if (
            token.kind == "blur"
            and token.text.lower() in ("blurry", "fuzzy")
            and before.text.lower().endswith(("'s", "is"))
        ):
            token.kind = "nothing"


def _mark_judged_blurs(tokens: Sequence[Token]) -> None:
    """「虚得有点假,原来那背景放回来」: how it came out."""
    back = any(t.kind in ("original", "restore") for t in tokens)
    for token, how, too in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if back and token.kind == "blur" and how.text in ("得", "的") and too.kind in ("too", "smalltalk"):
            token.kind = "nothing"


def _mark_mates(tokens: Sequence[Token]) -> None:
    """ "nah mate looks daft": who is spoken to, and no matte."""
    for token in tokens:
        if token.kind == "mask" and token.text.lower() in ("mate", "mates"):
            token.kind = "politeness"


def _mark_lights(tokens: Sequence[Token]) -> None:
    """ "go back to the light grey one": a shade, and no light."""
    for token, behind in pairwise(tokens):
        if token.kind == "impossible" and token.text.lower() in ("the light", "the dark") and behind.kind == "colour":
            token.kind = "lighter" if token.text.lower() == "the light" else "darker"


def _mark_scratched(tokens: Sequence[Token]) -> None:
    """ "scratch the feathering": it is to be off; nobody speaks of scratches in the picture."""
    for n, token in enumerate(tokens):
        ahead = [t for t in tokens[n + 1 : n + 4] if t.kind != "at"][:1]
        if token.text.lower() == "scratch" and ahead and ahead[0].kind in FIELDS:
            token.kind, token.value = "remove", None


def _mark_some_beside(tokens: Sequence[Token]) -> None:
    """「旁边那几辆都不要」: others of its kind, which no noun names."""
    for n, token in enumerate(tokens):
        near = "".join(t.text for t in tokens[n + 1 : n + SOME_BESIDE])
        if token.text in ("旁边", "后面", "边上", "身边") and SOME.match(near):
            token.kind = "others"


SOME_BESIDE = 7
SOME = re.compile(r"[的那这]{0,2}(?:几|两|\d+)[个辆只位条张台盆瓶]{1,2}(?:人|车|的)?[都全也]?(?:不要|去掉|删|抹)")


def _mark_relative(tokens: Sequence[Token]) -> None:
    """ "the girl who makes the catalogue" asks nothing, and "it finally moved" is no file."""
    for before, token in pairwise(tokens):
        noun = before.kind in ("subject", "people", "word") and before.text.isalpha() and before.text.isascii()
        if token.kind == "question" and token.text.lower() == "who" and noun:
            token.kind = "nothing"
    for token in tokens:
        if token.kind == "format" and token.text.lower() in ("moved", "move", "moves", "moving"):
            token.kind = "nothing"
