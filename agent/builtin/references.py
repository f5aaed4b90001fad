"""Which pictures a sentence speaks of: by number, order, name, content, or by what was spoken of before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.builtin.memory import Memory, Photo
from agent.builtin.scan import Token, alike, subject_hints

Role = Literal["target", "background", "excluded"]
JOINED = {"and", "和", "与", "跟", "及", "以及"}
NUMBERED = {
    "图",
    "图片",
    "照片",
    "相片",
    "张图",
    "picture",
    "photo",
    "image",
    "pic",
    "img",
    "pictures",
    "photos",
    "images",
}
COUNTERS = {"张", "幅", "张图", "张照片", "号", "个", "图", "照片", "图片"}


@dataclass
class Reference:
    """Pictures that tokens ``start`` to ``end`` (exclusive) of a sentence name; ``missing`` if there are none such."""

    ids: tuple[str, ...]
    start: int
    end: int
    role: Role = "target"
    missing: bool = False
    vague: bool = False  # by what it shows: does not count where it names every picture, or there is only one


class Finder:
    """Finds the references in the tokens of one sentence."""

    def __init__(self, tokens: Sequence[Token], memory: Memory) -> None:
        self.tokens, self.memory, self.ids = tokens, memory, memory.ids

    def run(self) -> list[Reference]:
        """Every reference, in order; neighbours that are joined ("the first and the third") become one."""
        found: list[Reference] = []
        i = 0
        while i < len(self.tokens):
            reference = self._at(i)
            if reference is None:
                i += 1
                continue
            found.append(reference)
            i = max(reference.end, i + 1)
        return self._resolved(self._joined(found))

    def _at(self, i: int) -> Reference | None:
        token = self.tokens[i]
        if token.kind == "photo":
            return Reference((token.value,), i, i + 1)
        if token.kind == "picture_number":
            return self._numbered([token.value], i, i + 1)
        readers = {
            "word": self._chinese_ordinal,
            "number": self._counted,
            "ordinal": self._english_ordinal,
            "ordinal_first": self._first,
            "ordinal_last": self._last,
            "ordinal_middle": self._middle,
            "picture": self._picture_number,
            "all": self._all,
            "rest": self._rest,
            "subject": self._subject,
            "people": self._people,
            "me": self._me,
        }
        shapes = {"tall": self._shape, "broad": self._shape, "largest": self._shape, "smallest": self._shape}
        reader = (readers | shapes).get(token.kind)
        return reader(i) if reader else None

    # By number

    def _numbered(self, numbers: Sequence[float], start: int, end: int) -> Reference:
        ids = tuple(self.ids[int(n) - 1] for n in numbers if 1 <= n <= len(self.ids))
        return Reference(ids, start, end, missing=len(ids) < len(numbers))

    def _kind(self, i: int) -> str:
        return self.tokens[i].kind if 0 <= i < len(self.tokens) else ""

    def _counter(self, i: int) -> int:
        """The index behind a counter (张, picture, one) at ``i``, or ``i``."""
        while self._kind(i) == "picture" or (self._kind(i) == "at" and self.tokens[i].text in ("的那张", "的那个")):
            i += 1
        return i

    def _list(self, i: int) -> tuple[list[float], int]:
        """Numbers joined by commas and "and" from ``i`` on: (numbers, index behind)."""
        numbers: list[float] = []
        while self._kind(i) == "number" and not self.tokens[i].unit:
            numbers.append(self.tokens[i].value)
            j = i + 1
            while self._kind(j) == "comma" or (
                self._kind(j) in ("at", "rest", "same") and self.tokens[j].text.lower() in JOINED
            ):
                j += 1
            if self._kind(j) != "number" or j == i + 1:
                return numbers, i + 1
            i = j
        return numbers, i

    def _chinese_ordinal(self, i: int) -> Reference | None:
        if self.tokens[i].text.lower() not in ("第", "number", "no", "nr", "#") or self._kind(i + 1) != "number":
            return None
        numbers, end = self._list(i + 1)
        return None if self._kind(end) == "step" else self._numbered(numbers, i, self._counter(end))

    def _counted(self, i: int) -> Reference | None:
        """ "1、3张", "2号", "两张都", "three pictures": numbers with a counter behind them."""
        if self.tokens[i].unit:
            return None
        if self._kind(i + 1) == "colour" and self._pairs() > 1:
            return self._numbered([self.tokens[i].value], i, i + 1)
        numbers, end = self._list(i)
        if self._kind(end) != "picture" or self.tokens[end].text not in COUNTERS | {
            "pictures",
            "photos",
            "images",
            "pics",
        }:
            return None
        counter = self.tokens[end].text
        if len(numbers) > 1 or counter == "号":
            return self._numbered(numbers, i, end + 1)
        if counter in ("个",) or numbers[0] != len(self.ids) or numbers[0] < 2:
            return None
        return Reference(self.ids, i, end + 1)

    def _pairs(self) -> int:
        """How many numbers stand right before a colour (「1红2蓝」)."""
        pairs = zip(self.tokens, self.tokens[1:], strict=False)
        return sum(a.kind == "number" and not a.unit and b.kind == "colour" for a, b in pairs)

    def _english_ordinal(self, i: int) -> Reference | None:
        follows = self._kind(i + 1)
        if follows == "step" or (follows == "size"):
            return None
        return self._numbered([self.tokens[i].value], i, self._counter(i + 1))

    def _picture_number(self, i: int) -> Reference | None:
        if self.tokens[i].text.lower() not in NUMBERED or self._kind(i + 1) != "number" or self.tokens[i + 1].unit:
            return None
        numbers, end = self._list(i + 1)
        if self._kind(end) == "picture" and self.tokens[end].text not in ("号", "图"):
            return None
        return self._numbered(numbers, i, end)

    def _first(self, i: int) -> Reference | None:
        if self._kind(i + 1) == "number" and not self.tokens[i + 1].unit:
            n = int(self.tokens[i + 1].value)
            return Reference(self.ids[:n], i, self._counter(i + 2), missing=n > len(self.ids))
        if self._kind(i + 1) == "picture" or (self.tokens[i].text.isascii() and self._is_target(i)):
            return self._numbered([1], i, self._counter(i + 1))
        return None

    def _is_target(self, i: int) -> bool:
        """English "first" by itself is a picture after "the", not at the beginning ("first cut it out")."""
        before = self.tokens[i - 1].text.lower() if i else ""
        return before in ("the", "my", "and", "but", "for") or self._kind(i - 1) == "except"

    def _last(self, i: int) -> Reference | None:
        word = self.tokens[i].text
        if self._kind(i + 1) == "number" and not self.tokens[i + 1].unit:
            n, end = int(self.tokens[i + 1].value), self._counter(i + 2)
            if self._kind(i + 2) == "step":
                return None
            if word == "倒数" or (word == "后" and False):
                return None
            return Reference(self.ids[-n:], i, end, missing=n > len(self.ids))
        if (
            word == "倒数"
            and self.tokens[i + 1 : i + 2]
            and self.tokens[i + 1].text == "第"
            and self._kind(i + 2) == "number"
        ):
            n = int(self.tokens[i + 2].value)
            return self._numbered([len(self.ids) + 1 - n], i, self._counter(i + 3))
        single = self._kind(i + 1) == "picture" and self.tokens[i + 1].text not in ("p图",)
        if single or (
            word.isascii() and self._is_target(i) and self._kind(i + 1) != "step" and i + 1 >= len(self.tokens) - 3
        ):
            return self._numbered([len(self.ids)], i, self._counter(i + 1))
        return None

    def _middle(self, i: int) -> Reference | None:
        if len(self.ids) % 2 == 0:
            return None
        return self._numbered([len(self.ids) // 2 + 1], i, self._counter(i + 1))

    # By groups

    def _all(self, i: int) -> Reference | None:
        token = self.tokens[i]
        if token.text.lower() in ("everything", "both") and self._kind(i + 1) == "rest":
            return None
        if token.text.lower() == "them" and len(self.memory.focus) > 1:
            return Reference(self.memory.focus, i, i + 1)
        end = i + 1
        while self._kind(end) in ("picture", "all") or (
            self._kind(end) == "at" and self.tokens[end].text in ("of", "the", "my")
        ):
            end += 1
        if self._kind(end) == "number" and self._kind(end + 1) in ("picture", ""):
            end = self._counter(end + 1)
        return Reference(self.ids, i, end)

    def _rest(self, i: int) -> Reference | None:
        if self._kind(i + 1) in ("people", "clutter", "subject", "format", "background", "colour"):
            return None
        end = i + 1
        while self._kind(end) in ("picture", "all", "number") and not self.tokens[end].unit:
            end += 1
        return Reference(("rest",), i, end)

    # By content

    def _subject(self, i: int) -> Reference | None:
        kind, word = self.tokens[i].value
        if len(self.ids) < 2:
            return None
        ids = tuple(p.id for p in self.memory.photos.values() if _named(p, word))
        ids = ids or tuple(p.id for p in self.memory.photos.values() if p.subject == kind)
        ids = ids or tuple(p.id for p in self.memory.photos.values() if _shows(p, kind))
        if not ids:
            return None
        return Reference(ids, i, self._counter(i + 1), vague=True)

    def _people(self, i: int) -> Reference | None:
        """ "人", "people": points at pictures only where some show people and others do not."""
        if len(self.ids) < 2 or self._kind(i - 1) in ("only", "keep"):
            return None
        ids = tuple(p.id for p in self.memory.photos.values() if p.subject in ("portrait", "group"))
        return Reference(ids, i, i + 1, vague=True) if 0 < len(ids) < len(self.ids) else None

    def _me(self, i: int) -> Reference | None:
        """"me" among pictures of other things is the portrait."""
        ids = tuple(p.id for p in self.memory.photos.values() if p.subject == "portrait")
        if self.tokens[i].text.lower() not in ("me", "myself") or len(ids) != 1 or len(self.ids) < 2:
            return None
        return None if self._kind(i - 1) in ("change", "politeness", "export", "only") else Reference(ids, i, i + 1, vague=True)

    def _shape(self, i: int) -> Reference | None:
        if len(self.ids) < 2:
            return None
        photos = list(self.memory.photos.values())
        area = {p.id: p.width * p.height for p in photos}
        ids = {
            "tall": [p.id for p in photos if p.height > p.width],
            "broad": [p.id for p in photos if p.width > p.height],
            "largest": [max(area, key=lambda k: area[k])] if photos else [],
            "smallest": [min(area, key=lambda k: area[k])] if photos else [],
        }[self.tokens[i].kind]
        return Reference(tuple(ids), i, self._counter(i + 1), missing=not ids)

    # Together

    def _joined(self, found: list[Reference]) -> list[Reference]:
        joined: list[Reference] = []
        for reference in found:
            if joined and self._only_joints(joined[-1].end, reference.start) and reference.ids != ("rest",):
                last = joined[-1]
                joined[-1] = Reference(
                    _either(last, reference, self.ids),
                    last.start,
                    reference.end,
                    last.role,
                    last.missing or reference.missing,
                    last.vague and reference.vague,
                )
            else:
                joined.append(reference)
        return joined

    def _only_joints(self, start: int, end: int) -> bool:
        between = self.tokens[start:end]
        marks = [
            t
            for t in between
            if not (t.kind == "at" and t.text.lower() in JOINED | {"the", "的"})
            and t.text not in ("、", ",", "，", "的")
        ]
        return not marks and all(t.kind in ("comma", "at", "word", "same") for t in between)

    def _resolved(self, found: list[Reference]) -> list[Reference]:
        """Exclusions ("all but the first") and "the others" become ids."""
        for n, reference in enumerate(found):
            if any(t.kind == "except" for t in self.tokens[max(0, reference.start - 3) : reference.start]) or (
                self._kind(reference.end) == "except" and self.tokens[reference.end].text in ("以外", "之外")
            ):
                reference.role = "excluded"
            if reference.ids == ("rest",):
                before = [r for r in found[:n] if r.role != "background"]
                named = {p for r in before for p in r.ids} or set(self.memory.focus)
                left = tuple(p for p in self.ids if p not in named)
                reference.ids = left if named and left else self.ids
        return self._without_excluded(found)

    def _without_excluded(self, found: list[Reference]) -> list[Reference]:
        excluded = [r for r in found if r.role == "excluded"]
        if not excluded:
            return found
        out = {p for r in excluded for p in r.ids}
        rest = tuple(p for p in self.ids if p not in out)
        targets = [r for r in found if r.role == "target" and set(r.ids) & set(rest)]
        for target in targets:
            target.ids = tuple(p for p in target.ids if p not in out)
        if not targets:
            first = excluded[0]
            targets = [Reference(rest, first.start, first.end)]
        return sorted([*targets, *(r for r in found if r.role == "background")], key=lambda r: r.start)


def _either(a: Reference, b: Reference, ids: Sequence[str]) -> tuple[str, ...]:
    if "都" not in a.ids and set(b.ids) == set(ids) and len(a.ids) < len(ids):
        return a.ids  # "the first and the second, all": the all only sums them up
    return tuple(p for p in ids if p in a.ids or p in b.ids)


def _named(photo: Photo, word: str) -> bool:
    """Whether a file is called by the word, or by one that means the same in the other language."""
    name = photo.name.lower()
    parts = set(re.findall(r"[a-z]+", name))
    return any(w in parts if w.isascii() else w in name for w in alike(word))


def _shows(photo: Photo, kind: str) -> bool:
    if photo.subject in ("none", ""):
        return any(h in photo.name.lower() for h in subject_hints()[kind])
    alike = {"portrait": ("portrait", "group"), "object": ("object", "product"), "product": ("product", "object")}
    return photo.subject in alike.get(kind, (kind,))
