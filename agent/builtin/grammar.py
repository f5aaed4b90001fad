"""Sections -> steps: each section's wishes, for each picture that it is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

from agent.builtin.merging import (
    as_it_is,
    behind_blurred,
    completed,
    edits_first,
    exchanged_looks,
    last_counts,
    looks_before,
    taken_over,
    until_export,
    with_id_photos,
    without_files,
)
from agent.builtin.readers import edging, identity
from agent.builtin.readers.sharing import meant_instead, shared_out
from agent.builtin.readers.undoing import after_steps_back, give_back, undone_steps
from agent.builtin.readers.wishes import Wishes, wishes_of
from agent.builtin.tokens.token import EDITS
from agent.builtin.which.memory import Memory, Photo, Step
from agent.builtin.which.sections import Section

ORDER = ("undo", "matte", "set_background", "id_photo", "export")
SINGULAR = {
    "这张",
    "这幅",
    "这个",
    "该图",
    "此图",
    "这张图",
    "那张",
    "那个",
    "那幅",
    "this",
    "it",
    "that",
    "this one",
    "that one",
    "this picture",
    "this photo",
    "this image",
    "the picture",
    "the photo",
    "the image",
    "这图",
    "它",
}


UNSEEN = {
    "笑",
    "哭",
    "晚上",
    "白天",
    "下雨",
    "smiling",
    "happy",
    "sad",
    "night",
    "sunny",
    "raining",
    "blinked",
    "asleep",
}


@dataclass
class Reading:
    """What was understood: steps in order, or the key of a question with its facts. ``held``: something was asked
    to stay as it is. ``only``: nothing but this."""

    steps: list[Step] = field(default_factory=list)
    ask: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    held: bool = False
    only: bool = False
    note: str = ""


def read(parts: Sequence[Section], memory: Memory, name: str | None) -> Reading:
    """The steps that ``parts`` ask for. ``name`` is the file name that the sentence gives."""
    reading, parts = Reading(), meant_instead(parts)
    if any(identity.mentions(part) for part in parts):
        memory = replace(memory, id_sentence=True)
    spoken: tuple[str, ...] | None = None
    named: list[str] = []
    shares = [share for part in parts for share in shared_out(part, part.ids or memory.focus or memory.ids)]
    shares = _with_verbs(shares)
    files = [n for n, share in enumerate(shares) if share.yes("export", "format", "file", "purpose")]
    for n, part in enumerate(shares):
        filed = {p for s in reading.steps if s.tool == "export" for p in s.pictures}
        targets = _targets(part, memory, spoken, [p for p in named if p not in filed] or named)
        mine = name if n == (files[-1] if files else len(shares) - 1) else None
        own = partial(_section, part, with_id_photos(memory, reading.steps), targets, mine)
        found = (
            _taken_over(part, targets, reading.steps, memory, own)
            or _likewise(part, shares[:n], reading.steps)
            or own()
        )
        if part.again and any(s.tool == "export" for s in found.steps):
            reading.steps = without_files(reading.steps, found.steps)
        if found.ask == "id_size" and any(share.yes("size", "colour") for share in shares[n + 1 :]):
            continue  # 「我和我老公的证件照,都要二寸」
        if found.ask == "id_size" and any(s.tool in ("id_photo", "set_background") for s in reading.steps):
            continue  # 「…,都是证件照」 only says what they are
        if found.ask:
            return found
        bare = all(s.tool == "export" and not s.arguments for s in found.steps)
        if found.steps and bare and {p for s in found.steps for p in s.pictures} <= filed:
            continue  # 「…做好直接导出」: those files
        whole = completed(reading.steps, found.steps, bool(part.ids)) if n and not part.yes("more", "same") else None
        if whole is not None:
            reading.steps = whole
            continue
        reading.held = reading.held or found.held
        reading.only = reading.only or bool(part.yes("only"))
        reading.note = reading.note or found.note
        reading.steps += found.steps
        if part.ids:
            spoken = part.ids
            named += [p for p in part.ids if p not in named and (found.steps or not found.held)]
    late = len(shares) > 1 and shares[-1].yes("reversed") and not shares[-1].yes("gradient")
    if late and not shares[0].yes("reversed"):
        reading.steps = exchanged_looks(reading.steps)
    if not any(part.all("then") for part in parts):
        reading.steps = edits_first(reading.steps)
    steps = [s for s in reading.steps if not as_it_is(s, memory)]
    reading.steps = _ordered(last_counts(behind_blurred(steps or reading.steps, memory)))
    return reading


def _likewise(part: Section, earlier: Sequence[Section], steps: Sequence[Step]) -> Reading | None:
    """ "Anna gets white, Ben too": what the sentence wished for the pictures before, where it wishes for nothing else;
    None elsewhere."""
    too = part.yes("same") or part.has(lambda t: t.text.lower() in ("too", "also"))
    last = next((p.ids for p in reversed(earlier) if p.ids), None)
    own = part.yes(*EDITS - {"background"}, "size", "export", "format", "dimensions", "keep")
    if not too or not last or not part.ids or part.model or own or part.behind or set(part.ids) & set(last):
        return None
    copied = [replace(s, pictures=part.ids) for s in steps if set(s.pictures) & set(last) and s.tool != "export"]
    return Reading(copied) if copied else None


def _taken_over(
    part: Section, targets: Sequence[str], steps: Sequence[Step], memory: Memory, own: Callable[[], Reading]
) -> Reading | None:
    """「周婷这次跟员工一样」: another picture's wishes, and what the section says beside (``own``); None where it says
    nothing of the kind."""
    if not part.model or part.yes("export", "feather", "erode", "dilate"):
        return None
    fresh = [t for t in targets if t not in part.model]
    if not part.ids:
        named = {p for s in steps for p in s.pictures} | set(part.model)
        fresh = [p for p in memory.ids if p not in named] if not memory.focus or set(memory.focus) & named else fresh
    found = taken_over(part.model[0], fresh, steps, memory) if fresh else []
    wished = part.yes("colour", "size", "dimensions", "transparent")
    if part.yes("background", "colour_word") and not part.yes("size_word"):
        found = [s for s in found if s.tool == "set_background"] if wished else found
    return Reading([*found, *(own().steps if wished else [])]) if found else None


def _ordered(steps: Sequence[Step]) -> list[Step]:
    """The cut-out before what is put behind it, between one export and the next."""
    ordered: list[Step] = []
    while len(ordered) < len(steps):
        part = until_export(steps[len(ordered) :]) or steps[len(ordered) : len(ordered) + 1]
        ordered += sorted(part, key=lambda s: ORDER.index(s.tool))
    return ordered


def _with_verbs(parts: Sequence[Section]) -> list[Section]:
    """ "export the shoe at 1000x1000 and the cat at 500x500": the second one is to be exported, too."""
    found: list[Section] = []
    for part in parts:
        verb = found[-1].yes("export")[-1:] if found else []
        verb = (
            [*verb, *found[-1].yes("format")[-1:]] if verb and part.yes("quality") and not part.yes("format") else verb
        )
        field = [t for t in (found[-1].tokens if found else []) if t.kind in edging.FIELDS][-1:]
        soft = [t for t in (found[-1].tokens if found else []) if t.kind == "blur" and not t.negated][-1:]
        inward = [t for t in (found[-1].tokens if found else []) if t.kind == "edge"][-1:] if not field else []
        numbers = [t for t in part.yes("number") if t.unit in ("px", "")]
        sized = part.yes("width", "height", "format", "resize")
        if field and not field[0].negated and part.ids and numbers and not sized and not part.yes("export", *EDITS):
            found.append(replace(part, tokens=[*field, *part.tokens]))  # "… and zero on the last one"
            continue
        alone = part.ids and numbers and not sized and not part.yes("export", *EDITS)
        if alone and (soft or (inward and any(t.text.lower() == "in" for t in found[-1].tokens))):
            inner = [t for t in found[-1].tokens if t.text.lower() == "in"][-1:] if not soft else []
            rest = [t for t in part.tokens if t is not numbers[0]]
            value = replace(numbers[0], unit=numbers[0].unit or "px")
            found.append(replace(part, tokens=[*soft, *inward, value, *inner, *rest]))  # "…, 3 on the other two"
            continue
        values = part.yes("dimensions", "quality", "format") and not part.yes("export", *EDITS)
        found.append(replace(part, tokens=[*verb, *part.tokens]) if verb and values and part.ids else part)
    return found


def _targets(part: Section, memory: Memory, spoken: tuple[str, ...] | None, named: Sequence[str]) -> tuple[str, ...]:
    if part.ids:
        return tuple(p for p in part.ids if p != part.behind)
    wrong = (
        {str(t.value[1]).upper() for t in part.no("colour")} if part.yes("correction") and part.yes("colour") else set()
    )
    meant = [p.id for p in memory.photos.values() if str(p.background.get("color", "")).upper() in wrong]
    if meant:
        return tuple(meant)  # "when I said black I meant navy"
    if spoken:
        pure = part.yes("export", "format") and not part.yes("cut", "background", "colour")
        chosen = tuple(p for p in memory.ids if p in named) if pure else spoken
        return tuple(p for p in chosen if p != part.behind) or chosen
    chosen = memory.focus or memory.ids
    if part.behind:
        chosen = tuple(p for p in chosen if p != part.behind) or tuple(p for p in memory.ids if p != part.behind)
        shown = tuple(p for p in chosen if memory.photos[p].subject != "landscape")
        chosen = shown or chosen  # of two landscapes, the other is no subject
    return chosen


def _section(part: Section, memory: Memory, targets: tuple[str, ...], name: str | None) -> Reading:
    unmet = _unmet(part, targets, memory)
    if unmet:
        return Reading(ask="no_condition", facts={"what": unmet})
    if not memory.undone:
        give_back(part)
    undone = undone_steps(part, len(memory.past), memory.undone)
    last = {p for s in memory.last for p in s.pictures}
    if undone == 1 and part.ids and memory.past and set(part.ids) < last:
        return Reading(looks_before(part.ids, memory))  # "undo that for Ben"
    if undone is not None:
        step = Step("undo", {"steps": undone})
        rest = after_steps_back(part)
        further = _section(rest, memory.after([step]), targets, name) if rest else Reading()
        return Reading([step, *further.steps])
    if _hands_off(part):
        return Reading(held=True)
    by_state: dict[str, Wishes] = {}
    wanted: dict[str, list[tuple[str, dict[str, Any]]]] = {tool: [] for tool in ORDER}
    for target in targets:
        photo = memory.photos[target]
        key = _state(photo)
        if key not in by_state:
            for token in part.tokens:
                token.used = False
            by_state[key] = wishes_of(part, photo, memory, name)
        wishes = by_state[key]
        if wishes.ask:
            return Reading(ask=wishes.ask, facts=wishes.facts)
        for tool in ORDER[1:]:
            wanted[tool] += [(target, arguments) for arguments in wishes.of(tool)]
    steps = [s for tool in ORDER[1:] for s in _grouped(tool, wanted[tool])]
    return _checked(part, memory, steps, targets)


def _hands_off(part: Section) -> bool:
    """「第二张原样放着别碰」, "leave the first one alone": nothing is to be done to these pictures."""
    if (
        not (part.no("touch") or part.yes("held"))
        or part.behind
        or part.yes("same")
        or part.no("denoise", *edging.FIELDS)
    ):
        return False  # 「不要羽化了,其他照旧」
    wished = [
        t
        for t in part.tokens
        if t.kind in EDITS | {"export", "format", "size", "mask", *edging.TURNS} and not t.negated
    ]
    return all(t.kind in ("held", "original", "background", "touch") for t in wished)


def _unmet(part: Section, targets: Sequence[str], memory: Memory) -> str:
    """What a condition names that no picture shows (「如果有猫…」), or ""."""
    marks = [n for n, t in enumerate(part.tokens) if t.kind == "if"]
    named = [t for t in part.tokens[marks[0] : marks[0] + 9] if t.kind == "subject"] if marks else []
    behind = part.tokens[marks[0] : marks[0] + 7] if marks else []
    unseen = next((t.text for t in behind if t.kind == "impossible" or t.text.lower() in UNSEEN), "")
    if unseen or not named:
        return unseen
    kind, word = named[0].value
    alike = {kind} | ({"portrait", "group"} if kind in ("portrait", "group") else set())
    shown = {memory.photos[t].subject for t in targets}
    return "" if shown & alike else str(word)


def _checked(part: Section, memory: Memory, steps: list[Step], targets: Sequence[str]) -> Reading:
    if not targets and part.behind:
        return Reading(ask="no_subject_behind")
    if part.missing and part.yes("background") and not any(s.tool != "matte" for s in steps):
        return Reading(ask="picture")
    strange = part.has(lambda t: t.kind == "word" and t.text[:1].isupper() and t is not part.tokens[0])
    if steps and part.missing and (not part.ids or strange):
        return Reading(ask="no_such")
    bound = any(s.arguments.get("format") == "pdf" for s in steps)  # "my four sketches in one PDF, can you make it?"
    if steps and not part.ids and len(targets) > 1 and not memory.focus and _means_one(part) and not bound:
        return Reading(ask="which")
    held = bool(part.no("background", "cut", "export", "people", "main", "me", "colour", "blur"))
    return Reading(steps, held=held and not steps)


def _means_one(part: Section) -> bool:
    one = any(
        a.kind == "only" and b.text == "有" and n.kind == "number" and n.value == 1 and not part.ids
        for a, b, n in zip(part.tokens, part.tokens[1:], part.tokens[2:], strict=False)
    )  # 「只有一张要换成红底」
    counted = any(
        a.kind == "number" and a.value > 1 and b.kind == "subject" for a, b in pairwise(part.tokens)
    )  # "the white background on the three bags, my boss wants to see it first"
    return one or (not counted and part.has(lambda t: t.kind == "this" and t.text.lower() in SINGULAR))


def _state(photo: Photo) -> str:
    facts = (
        photo.cut,
        photo.keep,
        photo.edges,
        photo.background,
        photo.id_photo,
        photo.subject,
        photo.width,
        photo.height,
    )
    return json.dumps(facts, sort_keys=True, default=dict)


def _grouped(tool: str, wanted: Sequence[tuple[str, dict[str, Any]]]) -> list[Step]:
    groups: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for target, arguments in wanted:
        key = json.dumps(arguments, sort_keys=True)
        groups.setdefault(key, (arguments, []))[1].append(target)
    return [Step(tool, arguments, tuple(ids)) for arguments, ids in groups.values()]
