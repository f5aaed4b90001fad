"""A sentence's tokens -> sections: runs of tokens that speak of the same pictures, with what is negated marked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from agent.builtin.tokens.negation import mark_negations
from agent.builtin.tokens.token import ACTIONS, EDITS, STOPS, Token
from agent.builtin.tokens.told import mark_steps_back
from agent.builtin.which.behind import is_behind, is_scene, may_be_scene, put_instead, turned_into_background
from agent.builtin.which.memory import Memory
from agent.builtin.which.numbering import Reference
from agent.builtin.which.references import Finder

ANDS = {"and", "and the", "and for", "and on"}
THINGS = ("word", "subject", "people", "picture", "nick")


@dataclass
class Section:
    """Part of a sentence. ``ids`` is None where no pictures are named; ``behind`` is the picture for the background."""

    tokens: list[Token] = field(default_factory=list)
    ids: tuple[str, ...] | None = None
    behind: str | None = None
    missing: bool = False
    vague: bool = False
    model: tuple[str, ...] = ()  # pictures whose look is to be taken over
    again: bool = False  # what was said before of all holds for these, but for what is said now

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
    absent = [r for r in references if r.missing and not r.ids and turned_into_background(tokens[r.end : r.end + 8])]
    for n, reference in enumerate(references):
        if (
            reference.role == "target"
            and not absent
            and len(memory.ids) > 1
            and len(reference.ids) == 1
            and (
                is_behind(tokens, reference, references[:n], is_scene(reference, memory))
                or (may_be_scene(reference, memory) and put_instead(tokens, reference, memory))
            )
        ):
            reference.role = "background"
    if any(r.role == "background" for r in references):  # 「海边看腻了,送她去雪山」
        behind = {p.background.get("background_picture") for p in memory.photos.values() if p.kind == "picture"}
        references = [r for r in references if r.role == "background" or not set(r.ids) <= behind]
    shown = {str(p.background.get("background_picture")) for p in memory.photos.values() if p.kind == "picture"}
    other = any(t.kind in ("colour", "transparent", "original") for t in tokens)
    if other and any(
        t.kind in ("too", "impossible", "smalltalk") for t in tokens
    ):  # "the forest is too dark, use beige"
        references = [
            r for r in references if not (r.role == "target" and r.vague and set(r.ids) <= shown and _judged(tokens, r))
        ]
    scenic = [r.ids for r in references if r.role == "background"]  # 「第二张那个海边的」
    references = [r for r in references if not (r.role == "target" and r.vague and r.ids in scenic)]
    _leave_scenes_out(tokens, references, memory)
    _count(tokens)
    for reference in references:
        _consume(tokens[reference.start : reference.end])
    scenes = {p.id for p in memory.photos.values() if p.subject == "landscape"}
    head = _header(tokens, references)
    return [
        _section(
            [*(replace(t) for t in tokens[: head if a else 0]), *tokens[a:b]],
            [r for r in references if a <= r.start < b],
            scenes,
        )
        for a, b in _cuts(tokens, references)
    ]


def _judged(tokens: Sequence[Token], reference: Reference) -> bool:
    """Whether something is said against a picture: "the forest is too dark"."""
    ahead = tokens[reference.end : reference.end + 3]
    return any(t.kind in ("too", "impossible") or t.text.lower() in ("is", "looks") for t in ahead)


def _leave_scenes_out(tokens: Sequence[Token], references: Sequence[Reference], memory: Memory) -> None:
    """「第一张和第三张的背景都用第二张,换好一起导出」: the picture that is behind the others is none of "all"."""
    behind = {p for r in references if r.role == "background" for p in r.ids}
    for reference in references:
        counted = any(t.kind == "number" for t in tokens[reference.start : reference.end])
        whole = set(reference.ids) == set(memory.ids) and len(memory.ids) > 2 and not counted
        if reference.role == "target" and behind and whole:
            scenes = {p.id for p in memory.photos.values() if p.subject == "landscape"}
            left = tuple(p for p in reference.ids if p not in behind)
            reference.ids = tuple(p for p in left if p not in scenes) or left


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


def _section(tokens: list[Token], references: Sequence[Reference], scenes: Collection[str]) -> Section:
    targets = [r for r in references if r.role == "target"]
    behind = [r.ids[0] for r in references if r.role == "background"]
    targets = [r for r in targets if not r.ids or not set(r.ids) <= set(behind)]
    exact = [r for r in targets if not r.vague] or targets
    ids = tuple(dict.fromkeys(p for r in exact for p in r.ids)) if exact else None
    if behind and ids:
        ids = tuple(p for p in ids if p != behind[0] and not (len(ids) > 2 and p in scenes)) or None
    model = tuple(p for r in references if r.role == "model" for p in r.ids)
    missing, vague = any(r.missing for r in references), all(r.vague for r in exact)
    again = any(r.again for r in exact)
    return Section(tokens, ids, behind[0] if behind else None, missing, vague, model, again)


def _cuts(tokens: Sequence[Token], references: Sequence[Reference]) -> Iterator[tuple[int, int]]:
    """Where sections begin and end: at a new picture once something was said of the one before, and after an
    export when the pictures are changed again."""
    begin = 0
    targets = [r for r in references if r.role == "target"]
    lead = _told_of_all(tokens, targets)
    if lead:
        yield 0, lead
        begin = lead
    for before, after in pairwise(targets):
        if after.ids == before.ids and not after.vague:
            continue
        placed = any(begin <= r.start < after.start for r in references if r.role == "background")
        placed = placed or any(before.start < r.start < after.start for r in references if r.role == "model")
        cut = _cut_between(tokens, begin, before, after, placed)
        if cut is not None and cut > begin:
            yield begin, cut
            begin = cut
    last = _files_of_all(tokens, begin, targets) if begin else None
    if last is not None:
        yield begin, last
        begin = last
    yield from _after_exports(tokens, begin)


SIDES = frozenset(("width", "height", "longest", "shortest", "quality"))
BACKDROPS = ("colour", "transparent", "blur", "gradient", "remove_background")


def _told_of_all(tokens: Sequence[Token], targets: Sequence[Reference]) -> int:
    """Where a sentence ends that wishes a background for all of them, before one is named that gets another ("White
    background. Only the white mug would vanish on that, so black for it."); 0 if there is none."""
    if not targets or targets[0].end == 0:
        return 0
    lead = _lead(tokens, targets)
    if lead:
        return lead
    start = targets[0].start
    stops = [n for n, t in enumerate(tokens[:start]) if t.kind == "stop"]
    if not stops or any(t.kind == "correction" for t in tokens):
        return 0
    before, behind = tokens[: stops[-1]], tokens[stops[-1] :]
    if len(targets) > 1:  # "… ID photos on white, saved as jpg. Arjun's has to be under 50 KB, Priya's …"
        full = any(t.kind in BACKDROPS for t in before) and any(
            t.kind in ("size", "export", "dimensions") for t in before
        )
        limited = any(t.kind == "number" and t.unit in ("kb", "mb") for t in behind)
        return stops[-1] + 1 if full and limited and not any(t.unit in ("kb", "mb") for t in before) else 0
    both = [any(t.kind in BACKDROPS and not t.negated for t in part) for part in (before, behind)]
    if all(t.kind in ("gradient",) for t in before if t.kind in BACKDROPS):
        return 0  # 「要gradient的底!top粉bottom白,三张same的」
    return stops[-1] + 1 if all(both) else 0


def _lead(tokens: Sequence[Token], targets: Sequence[Reference]) -> int:
    """Where a first clause ends that is for all, as those named after it get something of another kind: "JPEGs please,
    the last one under 200 KB", "white background, one-inch for Anna, two-inch for Ben"; 0 if there is none."""
    mark = next((n for n, t in enumerate(tokens) if t.kind in ("comma", "stop", "then")), 0)
    if not mark or targets[0].start < mark or any(t.kind == "except" for t in tokens):
        return 0
    first = {t.kind for t in tokens[:mark] if t.kind in ACTIONS and not t.negated}
    own = {t.kind for t in tokens[mark:] if t.kind in ACTIONS and not t.negated}
    limits = any(t.kind == "number" and t.unit in ("kb", "mb") for t in tokens[mark:]) or "quality" in own
    if first and first <= {"format", "export"} and limits and not own & {"format", "colour", "export"}:
        return mark + 1
    plain = bool(first) and first <= {"colour", "background"} and "colour" in first
    return mark + 1 if plain and "size" in own and not own & set(BACKDROPS) and len(targets) > 1 else 0


def _header(tokens: Sequence[Token], references: Sequence[Reference]) -> int:
    """Where a heading ends that is for all that follows ("now webp for the website: the hero 1920 wide, the other two
    600x600"); 0 if there is none."""
    targets = [r for r in references if r.role == "target"]
    mark = next((n for n, t in enumerate(tokens) if t.text in (":", "：")), 0)
    if not mark or len(targets) < 2 or any(r.start < mark for r in references):
        return 0
    said = [t for t in tokens[:mark] if t.kind in ACTIONS and not t.negated]
    filed = said and all(t.kind in ("format", "purpose", "size", "export", "id_photo") for t in said)
    return mark if filed else 0


def _files_of_all(tokens: Sequence[Token], begin: int, targets: Sequence[Reference]) -> int | None:
    """Where a clause begins that only exports, behind several pictures of which none was exported: it is for all."""
    if any(t.kind == "export" for t in tokens[:begin]):
        return None
    end = max((r.end for r in targets), default=0)
    apart = (
        [n for n in range(targets[-2].end, targets[-1].start) if tokens[n].text in ";；"] if len(targets) > 1 else []
    )
    if apart:
        return None  # 「合影只留人物;工牌那张换白底,存成jpg」
    for i in range(max(begin, end), len(tokens)):
        saved = any(t.kind == "export" and not t.negated for t in tokens[end:i])
        if saved:
            return None  # "all on white, just the first needs saving, as JPEG"
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
    joined += [
        i for i in between if tokens[i].text.lower() == "and" and tokens[i + 1].kind == "number" and i not in joined
    ]
    marks = [i for i in between if tokens[i].kind in STOPS] or joined
    led = _acts_before(tokens, before.start)
    ended = any(tokens[i].kind == "stop" for i in marks)
    told = marks and (led or ended) and (_acts_after(tokens, after.end) or (led and ended))
    alike = any(
        (tokens[i].kind == "same" or tokens[i].text.lower() == "too") and tokens[i + 1].kind in STOPS for i in between
    )
    if marks and any(t.kind == "same" for t in tokens[begin : before.start]):
        alike = alike or _acts_after(tokens, after.end)  # "same for the group photo, and give the product …"
    valued = all(_valued(tokens, r.end) for r in (before, after)) and bool(marks)
    numbered = marks and any(tokens[i].kind == "number" and tokens[i].unit in ("", "px") for i in between)
    numbered = numbered and any(t.kind == "number" for t in tokens[begin : before.start])
    kept = any(tokens[i].kind == "only" and tokens[i + 1].kind in ("people", "main") for i in between)
    told = told or valued or bool(numbered) or kept
    told = (
        told or placed or alike or after.again or any(tokens[i].kind == "smalltalk" for i in between)
    )  # "the first is great, the second …"
    if not any(_acts(tokens[i]) for i in between) and not told:
        return None
    boundaries = [i for i in between if tokens[i].kind in ("comma", "stop", "then") or tokens[i].text.lower() in ANDS]
    if tokens[after.start].kind == "number" and [t.text for t in tokens[after.end : after.end + 1]] == ["、"]:
        return after.start  # 「1、红底 2、白底」
    before_it = [t.text.lower() for t in tokens[max(0, after.start - 2) : after.start]]
    before_it = before_it[:-1] if before_it[-1:] == ["the"] else before_it
    suffixed = before_it[-1:] in (["for"], ["on"], ["of"], ["for the"], ["on the"], ["of the"])
    led = any(_acts(t) for t in tokens[begin : before.start])
    same = [i for i in between if tokens[i].kind == "same"]
    ahead = [b for b in boundaries if same and b < same[-1]]
    if suffixed and led and ahead:
        return ahead[-1] + 1  # "…, white at the top to grey at the bottom, same thing for the groom"
    if suffixed and led and not _acts_after(tokens, after.end):
        return boundaries[0] + 1 if boundaries else before.end
    return boundaries[-1] + 1 if boundaries else after.start


def _valued(tokens: Sequence[Token], end: int) -> bool:
    """Whether a value stands right behind a picture, or after its verb: 「第二张2个」."""
    return any(t.kind == "number" and t.unit in ("", "px") for t in tokens[end : end + 4])


def _acts(token: Token) -> bool:
    if token.kind == "number" and token.unit in ("kb", "mb", "dpi"):
        return True
    return token.kind in ACTIONS | SIDES or (token.kind == "only" and "留" in token.text)


def _leads_on(tokens: Sequence[Token], i: int, after: Reference) -> bool:
    """Whether an "and" begins a wish of its own: "… and put the van on white", "… and the rest on grey"."""
    verb = i + 1 < len(tokens) and tokens[i + 1].kind in ("put", "change")
    return verb or after.start - i <= 2


def _acts_before(tokens: Sequence[Token], start: int) -> bool:
    """Whether something is said before ``start`` in its clause ("pink behind the cat")."""
    for token in reversed(tokens[:start]):
        if token.kind in STOPS:
            return False
        if token.kind in ("double", "half", "more", "less", "put", "same"):
            return True
        if token.kind == "number" and token.unit in ("", "px") and any(t.kind == "change" for t in tokens[:start]):
            return True  # "make it 20 on the second"
        if token.kind == "only" and any(t.kind in ("people", "main") for t in tokens[:start]):
            return True
        if (_acts(token) and token.kind not in ("keep", "background")) or token.kind == "colour_word":
            return True
    return False


def _acts_after(tokens: Sequence[Token], start: int) -> bool:
    for token in tokens[start:]:
        if token.kind in ("stop", "comma") and token.text not in (":", "："):
            return False
        valued = token.kind == "number" and token.unit in ("", "px") and tokens[start].kind in ("only", "number", "at")
        if _acts(token) or token.kind == "put" or valued:
            return True
    return False
