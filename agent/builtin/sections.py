"""A sentence's tokens -> sections: runs of tokens that speak of the same pictures, with what is negated marked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from agent.builtin.memory import Memory
from agent.builtin.negation import mark_negations
from agent.builtin.numbering import Reference
from agent.builtin.references import Finder
from agent.builtin.token import ACTIONS, EDITS, STOPS, Token
from agent.builtin.told import mark_steps_back

ANDS = {"and", "and the", "and for"}
AS = {"作为", "当作", "做", "当", "当成"}
BEHIND = {"做", "当", "=", "is", "是", "作为", "当作", "当成", "为", "as"}  # 「用第二张做背景」, "as the background"
INTO = {
    "换成",
    "改成",
    "换为",
    "还是用",
    "还用",
    "就用",
    "用回",
    "用",
    "换",
    "换到",
    "设为",
    "设成",
    "变成",
    "成",
    "为",
    "to",
    "with",
    "into",
    "use",
    "using",
    "to be",
}
LAID = re.compile(r"垫底|打底|[垫放摆铺衬](?:在|到)(?:后面|后头|底下|背后)")
THINGS = ("word", "subject", "people", "picture", "nick")
DESCRIBED = {"colour", "size", "transparent", "id_photo", "gradient", "blur", "number", "darker", "lighter"}
ONTO = {"onto", "on", "in", "into", "over", "上", "里", "到", "在", "at"}


@dataclass
class Section:
    """Part of a sentence. ``ids`` is None where no pictures are named; ``behind`` is the picture for the background."""

    tokens: list[Token] = field(default_factory=list)
    ids: tuple[str, ...] | None = None
    behind: str | None = None
    missing: bool = False
    vague: bool = False
    model: tuple[str, ...] = ()  # pictures whose look is to be taken over

    def all(self, *kinds: str) -> list[Token]:
        """The tokens of these kinds."""
        return [t for t in self.tokens if t.kind in kinds]

    def yes(self, *kinds: str) -> list[Token]:
        """Those of them that are not negated."""
        return [t for t in self.tokens if t.kind in kinds and not t.negated]

    def no(self, *kinds: str) -> list[Token]:
        """Those of them that are negated."""
        return [t for t in self.tokens if t.kind in kinds and t.negated]

    def near(self, token: Token, kinds: Sequence[str], reach: int = 4) -> bool:
        """Whether a token of ``kinds`` stands within ``reach`` tokens of ``token``."""
        here = self.tokens.index(token)
        window = self.tokens[max(0, here - reach) : here + reach + 1]
        return any(t.kind in kinds and t is not token for t in window)

    def has(self, test: Callable[[Token], bool]) -> bool:
        """Whether ``test`` holds for a token."""
        return any(map(test, self.tokens))


def sections(tokens: list[Token], memory: Memory) -> list[Section]:
    """The sections of one sentence, in order."""
    mark_negations(tokens)
    if len(memory.ids) == 1 and memory.past:
        mark_steps_back(tokens)
    references = Finder(tokens, memory).run()
    absent = [r for r in references if r.missing and not r.ids and _turned_into_background(tokens[r.end : r.end + 8])]
    for n, reference in enumerate(references):
        if (
            reference.role == "target"
            and not absent
            and len(memory.ids) > 1
            and len(reference.ids) == 1
            and (
                _is_behind(tokens, reference, references[:n], _is_scene(reference, memory))
                or (_may_be_scene(reference, memory) and _instead(tokens, reference, memory))
            )
        ):
            reference.role = "background"
    if any(r.role == "background" for r in references):  # 「海边看腻了,送她去雪山」
        behind = {p.background.get("background_picture") for p in memory.photos.values() if p.kind == "picture"}
        references = [r for r in references if r.role == "background" or not set(r.ids) <= behind]
    _count(tokens)
    for reference in references:
        _consume(tokens[reference.start : reference.end])
    scenes = {p.id for p in memory.photos.values() if p.subject == "landscape"}
    return [
        _section(tokens[a:b], [r for r in references if a <= r.start < b], scenes) for a, b in _cuts(tokens, references)
    ]


def _count(tokens: Sequence[Token]) -> None:
    """「有小狗的那一张」, 「三个 SKU」: a number that counts things is no value of a field."""
    for n, (number, behind) in enumerate(pairwise(tokens)):
        if number.kind == "number" and not number.unit and behind.kind == "picture" and behind.start == number.end:
            loose = behind.text == "个" and not (n + 2 < len(tokens) and tokens[n + 2].kind in THINGS)
            number.unit = "" if loose else "picture"  # 「1个就够」 may be a pixel


def _consume(tokens: Sequence[Token]) -> None:
    """Words that name a picture name nothing else: 「后两张」 is no size, 「人像那张」 keeps nobody."""
    for token in tokens:
        if token.kind == "number":
            token.unit = "picture"
        elif token.kind == "colour" and len(tokens) > 1:
            token.kind = "named"  # 「红的」 of 红.jpg
        elif token.kind in ("subject", "people") and len(tokens) > 1 and tokens[-1].kind in ("picture", "at"):
            token.kind = "named"


def _instead(tokens: Sequence[Token], reference: Reference, memory: Memory) -> bool:
    """ "try the sunset instead", where another scene is behind the subject now."""
    behind = {p.background.get("background_picture") for p in memory.photos.values() if p.kind == "picture"}
    led = tokens[max(0, reference.start - 4) : reference.start]
    chosen = any(t.kind in ("change", "put") or t.text in ("去", "到", "送") for t in led)
    after = [t.text.lower() for t in tokens[reference.end : reference.end + 1]]
    chosen = chosen or after in (["after all"], ["instead"], ["then"])  # "the mountains after all"
    if [t.text for t in led[-2:]] in (["还", "是"], ["还是"]) or [t.text for t in led[-1:]] == ["还是"]:
        earlier = {p.background.get("background_picture") for photos, _ in memory.past for p in photos.values()}
        return reference.ids[0] in earlier | behind  # 「白的太无聊了,还是海边」
    return bool(behind) and reference.ids[0] not in behind and chosen


def _is_scene(reference: Reference, memory: Memory) -> bool:
    """A landscape beside pictures of something else is there to be put behind it."""
    others = [p for p in memory.photos.values() if p.subject != "landscape"]
    return bool(others) and memory.photos[reference.ids[0]].subject == "landscape"


def _may_be_scene(reference: Reference, memory: Memory) -> bool:
    """A landscape, or a picture of anything that was left alone so far ("try the oak table one instead")."""
    photo = memory.photos[reference.ids[0]]
    return _is_scene(reference, memory) or (not photo.cut and photo.id not in memory.focus)


def _section(tokens: list[Token], references: Sequence[Reference], scenes: Collection[str]) -> Section:
    targets = [r for r in references if r.role == "target"]
    behind = [r.ids[0] for r in references if r.role == "background"]
    exact = [r for r in targets if not r.vague] or targets
    ids = tuple(dict.fromkeys(p for r in exact for p in r.ids)) if exact else None
    if behind and ids:
        ids = tuple(p for p in ids if p != behind[0] and not (len(ids) > 2 and p in scenes)) or None
    model = tuple(p for r in references if r.role == "model" for p in r.ids)
    missing, vague = any(r.missing for r in references), all(r.vague for r in exact)
    return Section(tokens, ids, behind[0] if behind else None, missing, vague, model)


def _cuts(tokens: Sequence[Token], references: Sequence[Reference]) -> Iterator[tuple[int, int]]:
    """Where sections begin and end: at a new picture once something was said of the one before, and after an
    export when the pictures are changed again."""
    begin = 0
    targets = [r for r in references if r.role == "target"]
    for before, after in pairwise(targets):
        if after.ids == before.ids and not after.vague:
            continue
        placed = any(before.end <= r.start < after.start for r in references if r.role == "background")
        cut = _cut_between(tokens, begin, before, after, placed)
        if cut is not None and cut > begin:
            yield begin, cut
            begin = cut
    last = _files_of_all(tokens, begin, targets) if begin else None
    if last is not None:
        yield begin, last
        begin = last
    yield from _after_exports(tokens, begin)


def _files_of_all(tokens: Sequence[Token], begin: int, targets: Sequence[Reference]) -> int | None:
    """Where a clause begins that only exports, behind several pictures of which none was exported: it is for all."""
    if any(t.kind == "export" for t in tokens[:begin]):
        return None
    end = max((r.end for r in targets), default=0)
    for i in range(max(begin, end), len(tokens)):
        if tokens[i].kind in STOPS and any(t.kind in ("export", "format") for t in tokens[i + 1 :]):
            edited = any(t.kind in EDITS and not t.negated for t in tokens[i + 1 :])
            return None if edited else i + 1
        told = any(t.kind == "format" for t in tokens[:i])
        if tokens[i].kind == "all" and not told and any(t.kind in ("export", "format") for t in tokens[i + 1 : i + 3]):
            return i  # 「猫要白底狗要黑底都存png」
    return None


def _after_exports(tokens: Sequence[Token], begin: int) -> Iterator[tuple[int, int]]:
    exported = False
    for i in range(begin, len(tokens)):
        exported = exported or (tokens[i].kind == "export" and not tokens[i].negated)
        if exported and tokens[i].kind in STOPS and _goes_on(tokens, begin, i):
            yield begin, i + 1
            begin, exported = i + 1, False
    yield begin, len(tokens)


def _goes_on(tokens: Sequence[Token], begin: int, i: int) -> bool:
    """Whether, after an export, the pictures are changed and exported again."""
    rest = tokens[i + 1 :]
    clause = rest[: next((n for n, t in enumerate(rest) if t.kind in STOPS), len(rest))]
    edited = [any(t.kind in EDITS for t in part) for part in (clause, tokens[begin:i])]
    return all(edited) and any(t.kind == "export" for t in rest)


def _cut_between(tokens: Sequence[Token], begin: int, before: Reference, after: Reference, placed: bool) -> int | None:
    """``placed``: the pictures before are put onto another one, which is a wish."""
    between = range(before.end, after.start)
    joined = [i for i in between if tokens[i].text.lower() in ANDS and _leads_on(tokens, i, after)]
    marks = [i for i in between if tokens[i].kind in STOPS] or joined
    led = _acts_before(tokens, before.start)
    ended = any(tokens[i].kind == "stop" for i in marks)
    told = marks and (led or ended) and (_acts_after(tokens, after.end) or (led and ended))
    alike = any(tokens[i].kind == "same" and tokens[i + 1].kind in STOPS for i in between)
    if marks and any(t.kind == "same" for t in tokens[begin : before.start]):
        alike = alike or _acts_after(tokens, after.end)  # "same for the group photo, and give the product …"
    told = (
        told or placed or alike or any(tokens[i].kind == "smalltalk" for i in between)
    )  # "the first is great, the second …"
    if not any(_acts(tokens[i]) for i in between) and not told:
        return None
    boundaries = [i for i in between if tokens[i].kind in ("comma", "stop", "then") or tokens[i].text.lower() in ANDS]
    before_it = [t.text.lower() for t in tokens[max(0, after.start - 2) : after.start]]
    before_it = before_it[:-1] if before_it[-1:] == ["the"] else before_it
    suffixed = before_it[-1:] in (["for"], ["on"], ["of"], ["for the"], ["on the"], ["of the"])
    led = any(_acts(t) for t in tokens[begin : before.start])
    if suffixed and led and not _acts_after(tokens, after.end):
        return boundaries[0] + 1 if boundaries else before.end
    return boundaries[-1] + 1 if boundaries else after.start


def _acts(token: Token) -> bool:
    return token.kind in ACTIONS or (token.kind == "only" and "留" in token.text)


def _leads_on(tokens: Sequence[Token], i: int, after: Reference) -> bool:
    """Whether an "and" begins a wish of its own: "… and put the van on white", "… and the rest on grey"."""
    verb = i + 1 < len(tokens) and tokens[i + 1].kind in ("put", "change")
    return verb or after.start - i <= 2


def _acts_before(tokens: Sequence[Token], start: int) -> bool:
    """Whether something is said before ``start`` in its clause ("pink behind the cat")."""
    for token in reversed(tokens[:start]):
        if token.kind in STOPS:
            return False
        if token.kind in ("double", "half", "more", "less", "put"):
            return True
        if token.kind == "only" and any(t.kind in ("people", "main") for t in tokens[:start]):
            return True
        if (_acts(token) and token.kind not in ("keep", "background")) or token.kind == "colour_word":
            return True
    return False


def _acts_after(tokens: Sequence[Token], start: int) -> bool:
    for token in tokens[start:]:
        if token.kind in ("stop", "comma"):
            return False
        if _acts(token) or token.kind == "put":
            return True
    return False


def _is_behind(tokens: Sequence[Token], reference: Reference, earlier: Sequence[Reference], landscape: bool) -> bool:
    """Whether a picture is meant as the background of others."""
    after = [t for t in tokens[reference.end : reference.end + 8]]
    before = [t for t in tokens[max(0, reference.start - 6) : reference.start]]
    led = [t.kind for t in before[-3:-1]] == ["background", "comma"] and before[-1].text in (
        "用",
        "就用",
        "就换",
        "换成",
    )
    if led and (not after or after[0].kind in STOPS):
        return True  # 「给车换个背景,就用第三张」
    marks = [n for n, t in enumerate(before) if t.kind in STOPS and t.text != "("]
    if marks and any(t.kind == "change" for t in before[marks[-1] + 1 :]):
        before = before[marks[-1] + 1 :]  # "…walking behind, and give me that one"
    if before and before[-1].text in ("给", "为", "替") and any(t.kind == "background" for t in after[:4]):
        return False  # 「用木桌那张给玫瑰做背景」
    given = [n for n, t in enumerate(after[:4]) if t.text in ("给", "为", "替")]
    if given and before and before[-1].text in ("用", "拿") and any(t.kind == "background" for t in after):
        return True
    if before and before[-1].kind in STOPS and before[-1].text != "(":
        before = []  # 「背景用球场那张,守门员…」: a new clause begins with it
    if _turned_into_background(after) or (_chosen(before) and after and _skip_of(after)[:1] == ["background"]):
        return True
    laid = "".join(t.text for t in after[:4] if t.kind not in ("this", "picture"))
    if LAID.match(laid):
        return True  # 「把公园那张垫在后面」
    if any(t.kind == "background" for t in before):
        return _background_becomes(tokens[: reference.start], before)
    bracketed = bool(before) and before[-1].text == "("  # "in front of the church (photo 2)"
    far = bracketed or bool({"from", "in", "of"} & {t.text.lower() for t in before[-1:]})  # "the house from the other"
    if any(t.kind == "in_front" for t in before[-5 if far else -2 :]):
        return True
    better = any(t.text.lower() in ("better", "nicer", "good", "great", "best") for t in after[:4])
    reach = 6 if better else 2  # "the mountain one would look better behind it"
    behind = [t for t in after[:reach] if t.kind == "background" and t.text.lower().startswith("behind")]
    if behind and not any(t.kind in ("colour", "blur") for t in before):
        return True
    if landscape and before and before[-1].text.lower() in {*INTO, *ONTO, "that", "the", "this", "my", "去"}:
        near = {t.text.lower() for t in before[-2:]}
        return bool(near & (INTO | ONTO | {"去", "before", "against"})) and "of" not in near
    pairs = any(r.role == "background" for r in earlier) and tokens[reference.end : reference.end + 1]
    if pairs and pairs[0].text.lower() == "for" and before and before[-1].text.lower() in ("and", "and the"):
        return True  # "picture 3 as the background for the first car and picture 4 for the second"
    return _put_onto(tokens, reference, earlier)


def _background_becomes(earlier: Sequence[Token], before: Sequence[Token]) -> bool:
    """「背景换成第二张」, "swap the background for the second one"; not "the background of the second one"."""
    last = max(n for n, t in enumerate(before) if t.kind == "background")
    gap = before[last + 1 :]
    words = {t.text.lower() for t in gap}
    inside = [t.text.lower() for t in gap[:1]] in (["in"], ["on"], ["for"], ["of"], ["from"])
    joined = (bool(words & INTO) and not inside) or any(t.kind == "change" for t in gap)
    swapped = "for" in words and any(t.kind == "change" for t in earlier) and not any(t.kind == "comma" for t in gap)
    return (
        (joined or swapped)
        and "of" not in words
        and not any(t.kind in ("stop", "colour", "blur", "transparent", "gradient") for t in gap)
    )


def _put_onto(tokens: Sequence[Token], reference: Reference, earlier: Sequence[Reference]) -> bool:
    """「把猫放到第二张上」, "paste her into the beach photo"."""
    begin = max((n for n in range(reference.start) if tokens[n].kind == "put"), default=-1)
    if begin < 0 or any(r.role == "background" and r.start > begin for r in earlier):
        return False  # it was put onto another one
    between, after = tokens[begin : reference.start], tokens[reference.end : reference.end + 1]
    if any(t.kind in ("colour", "stop", "background") for t in between):
        return False
    onto = any(t.text.lower() in ONTO or (not t.text.isascii() and t.kind == "put") for t in between)
    tail = bool(after) and after[0].text in ("上", "里", "里面", "中", "前", "前面", "上头", "里头", "上边")
    things = ("people", "main", "me", "this", "subject", "cut", "photo", "ordinal")
    something = not tokens[begin].text.isascii() or bool(earlier) or any(t.kind in things for t in between)
    return something and (onto or tail)


def _turned_into_background(after: Sequence[Token]) -> bool:
    for n, token in enumerate(after[:5]):
        if n and token.kind == "photo" and after[n - 1].text in AS:
            continue
        if token.kind in ("comma", "stop", "nick", "photo", "ordinal", "subject"):
            return False
        like = token.text.lower() == "like" and [t.text.lower() for t in after[n + 1 : n + 2]] in (["a"], ["the"])
        like = like and [t.kind for t in after[n + 2 : n + 3]] == ["background"]
        if token.text.lower() in BEHIND or like:
            kinds = [t.kind for t in after[n + 1 : n + 5]]
            shown = {"subject", "nick", "photo"} & set(
                kinds[: kinds.index("background")] if "background" in kinds else ()
            )
            if shown and token.text not in AS:  # but 「以会议室作为主任照片的背景」
                return False  # 「中间那个就是包包那张背景…」
            return "background" in kinds and not set(kinds[: kinds.index("background")]) & DESCRIBED
    return False


def _chosen(before: Sequence[Token]) -> bool:
    words = [t.text.lower() for t in before[-3:] if t.kind not in ("word", "nothing")]
    return bool(words) and any(w in INTO or w == "use" for w in words[-2:]) and "把" not in words and "给" not in words


def _skip_of(after: Sequence[Token]) -> list[str]:
    return [t.kind for t in after if t.kind not in ("this", "picture", "at", "word")]
