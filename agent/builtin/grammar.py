"""Sections -> steps: each section's wishes, for each picture that it is about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from agent.builtin import backdrop, copies, edging, exporting, identity
from agent.builtin.keeping import sided
from agent.builtin.lexicon import tables
from agent.builtin.memory import Memory, Photo, Step
from agent.builtin.merging import as_it_is, completed, last_counts, taken_over, until_export, with_id_photos
from agent.builtin.scenery import wants_picture
from agent.builtin.sections import Section
from agent.builtin.sharing import meant_instead, shared_out
from agent.builtin.token import EDITS
from agent.builtin.undoing import after_steps_back, give_back, undone_steps

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
TIDY = ("alpha_threshold", "denoise")


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


@dataclass
class Wishes:
    """What one section wants of one picture."""

    undo: int | None = None
    matte: dict[str, Any] | None = None
    set_background: dict[str, Any] | None = None
    id_photo: dict[str, Any] | None = None
    export: dict[str, Any] | None = None
    ask: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    variants: list[dict[str, Any]] = field(default_factory=list)  # one file of each

    def of(self, tool: str) -> list[dict[str, Any]]:
        """The arguments of each step with this tool."""
        arguments = getattr(self, tool)
        if arguments is None:
            return []
        if tool != "export" or not self.variants:
            return [arguments]
        return [{k: x for k, x in (arguments | v).items() if x is not None} for v in self.variants]


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
        found = _taken_over(part, targets, reading.steps, memory) or _section(
            part, with_id_photos(memory, reading.steps), targets, mine
        )
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
    steps = [s for s in reading.steps if not as_it_is(s, memory)]
    reading.steps = _ordered(last_counts(steps or reading.steps))
    return reading


def _taken_over(part: Section, targets: Sequence[str], steps: Sequence[Step], memory: Memory) -> Reading | None:
    """「周婷这次跟员工一样」: another picture's wishes; None where the section says nothing of the kind."""
    if not part.model or part.yes("colour", "size", "export", "feather"):
        return None
    fresh = [t for t in targets if t not in part.model]
    if not part.ids:
        named = {p for s in steps for p in s.pictures} | set(part.model)
        fresh = [p for p in memory.ids if p not in named] if not memory.focus or set(memory.focus) & named else fresh
    found = taken_over(part.model[0], fresh, steps, memory) if fresh else []
    return Reading(found) if found else None


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
        field = [t for t in (found[-1].tokens if found else []) if t.kind in edging.FIELDS][-1:]
        numbers = [t for t in part.yes("number") if t.unit in ("px", "")]
        sized = part.yes("width", "height", "format", "resize")
        if field and not field[0].negated and part.ids and numbers and not sized and not part.yes("export", *EDITS):
            found.append(replace(part, tokens=[*field, *part.tokens]))  # "… and zero on the last one"
            continue
        values = part.yes("dimensions", "quality", "format") and not part.yes("export", *EDITS)
        found.append(replace(part, tokens=[*verb, *part.tokens]) if verb and values and part.ids else part)
    return found


def _targets(part: Section, memory: Memory, spoken: tuple[str, ...] | None, named: Sequence[str]) -> tuple[str, ...]:
    if part.ids:
        return tuple(p for p in part.ids if p != part.behind)
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
            by_state[key] = _wishes(part, photo, memory, name)
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
    strange = part.has(lambda t: t.kind == "word" and t.text.endswith("'s") and t.text[:1].isupper())
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
    return one or part.has(lambda t: t.kind == "this" and t.text.lower() in SINGULAR)


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


def _wishes(part: Section, photo: Photo, memory: Memory, name: str | None) -> Wishes:
    ids = (memory.id_context or memory.id_sentence) and not identity.mentions(part)
    for_id = ids or identity.mentions(part)
    wishes = Wishes(id_photo=identity.id_photo(part, photo, memory.id_context or _of_ids(part, memory)))
    wishes.matte = _suited(edging.matte(part, photo), photo)
    fields = {
        n: memory.photos[part.model[0]].edges.get(n, 0) for k, n in edging.FIELDS.items() if part.model and part.yes(k)
    }
    if fields and not any(not t.unit for t in part.yes("number")):
        wishes.matte = (wishes.matte or {}) | fields  # 「羽化跟刚才那张一样」
    wishes.export, wishes.variants = (
        exporting.export(part, photo, name, _exported(memory, photo)),
        copies.variants(part),
    )
    named = part.yes("export", "format", "quality", "name") or exporting.byte_limit(part) or name
    if wishes.id_photo and not named:
        wishes.export = None  # "trimmed to 33 by 48 mm" is that size
    found = backdrop.background(part, photo, memory, for_id)
    if found == "colour" and part.yes("id_photo"):
        found = found if wishes.id_photo else "id_size"
    if isinstance(found, str):
        wishes.ask = found if not (found == "colour" and (wishes.id_photo or wishes.matte)) else ""
    else:
        wishes.set_background = found
    _complete(wishes, part, photo, memory)
    if wishes.matte and "keep" in wishes.matte and sided(part):
        wishes.ask = "position"
    return wishes


def _of_ids(part: Section, memory: Memory) -> bool:
    """Whether a size in a sentence about ID photos is that of one; not "the thali as a JPEG of 800 by 800"."""
    return memory.id_sentence and not part.yes("export", "format")


def _exported(memory: Memory, photo: Photo) -> Mapping[str, Any] | None:
    """How the picture was exported last, if it was."""
    return memory.exports.get(photo.id)


def _complete(wishes: Wishes, part: Section, photo: Photo, memory: Memory) -> None:
    """What follows from the wishes together: what is missing, what is implied, what is already so."""
    if part.yes("id_photo") and not any((wishes.id_photo, wishes.set_background, wishes.export, wishes.matte)):
        wishes.ask = wishes.ask or "id_size"
    if wishes.export is not None:
        _complete_export(wishes, part, photo)
    if wants_picture(part) and not part.behind and not wishes.set_background:
        wishes.ask = "picture"
    now = {k: photo.background.get(k) for k in ("kind", "color")}
    liked = any(t.value == "praise" for t in part.yes("smalltalk"))  # 「就手表黑底好看」
    kept = any(t.text.lower() in ("leave", "keep", "stay", "stays") for t in part.yes("keep"))
    again = any(a.kind == "same" and b.kind == "colour" for a, b in pairwise(part.tokens))  # "same blue, that's fine"
    if again and wishes.set_background == now:
        wishes.set_background = None
    if wishes.set_background == now and (
        (part.yes("keep", "held") and (wishes.matte or wishes.export)) or liked or kept
    ):
        wishes.set_background = None  # "drop the feather, keep the white", "leave the rest on black"
    clear = wishes.set_background == {"kind": "transparent"}
    if clear and photo.kind == "transparent" and (wishes.export is not None or wishes.matte is not None):
        wishes.set_background = None  # it is so already


def _complete_export(wishes: Wishes, part: Section, photo: Photo) -> None:
    assert wishes.export is not None
    if wishes.export.get("content") == "matte" and not (photo.cut or wishes.matte or wishes.set_background):
        wishes.matte = {}  # a matte is there once the picture is cut out
    unknown = exporting.unknown_format(part)
    if unknown:
        wishes.ask, wishes.facts = "format", {"format": unknown.upper()}
    wanted = exporting.background_of_purpose(part)
    if photo.kind == "transparent" and wishes.export.get("format") in ("png", "webp") and part.yes("format"):
        wanted = None  # "transparent … Shopify wants a square PNG"
    if wanted and not wishes.set_background and photo.background.get("color", "").upper() != wanted:
        wishes.set_background = {"kind": "color", "color": wanted}
    if wishes.export.get("format") in ("jpeg", "pdf") and wishes.set_background == {"kind": "transparent"}:
        wishes.ask = "jpeg_transparent" if wishes.export["format"] == "jpeg" else wishes.ask


def _suited(matte: dict[str, Any] | None, photo: Photo) -> dict[str, Any] | None:
    """The first cut-out is tidied as suits its subject; what shows (feather, keep) is left to the person."""
    if matte is None or photo.cut:
        return matte
    tidy = {k: v for k, v in suggestion(photo.subject).get("matte", {}).items() if k in TIDY}
    return tidy | matte


def suggestion(subject: str) -> dict[str, Any]:
    """What suits a subject, from the table; nothing for a subject that it does not hold."""
    return dict(tables()["suggestions"].get(subject, {}))
