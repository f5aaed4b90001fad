"""What one section wants of one picture, from all its readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from agent.builtin.readers import backdrop, copies, edging, exporting, identity
from agent.builtin.readers.keeping import sided
from agent.builtin.readers.scenery import wants_picture
from agent.builtin.tokens.lexicon import tables
from agent.builtin.which.memory import Memory, Photo
from agent.builtin.which.sections import Section

TIDY = ("alpha_threshold", "denoise")


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


def wishes_of(part: Section, photo: Photo, memory: Memory, name: str | None) -> Wishes:
    """All that a section wants of a picture as it stands; ``name``: the file name that the sentence gives."""
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
    single = {"man", "woman", "guy", "boy", "girl", "person", "lady", "那个人", "那个男的", "那个女的"}
    one = part.has(lambda t: t.kind == "others" and t.text.lower() in single) and part.yes("remove")
    sides = part.has(lambda t: t.text.lower() in ("left", "right", "左边", "右边"))
    if wishes.matte and "keep" in wishes.matte and (sided(part) or (one and sides and photo.subject == "group")):
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
    again = again or bool(wishes.matte and part.yes("fringe", "haze", "jag"))  # 「黑底一衬,身上有一圈白边,去掉」
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
