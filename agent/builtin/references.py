"""Which pictures a sentence speaks of: by number, order, name, content, or by what was spoken of before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.builtin.memory import Photo
from agent.builtin.numbering import JOINED, Numbering, Reference
from agent.builtin.scan import alike, nouns


SUMS = {"都", "全", "全都", "全部", "统统", "通通", "一起", "一律", "all", "both", "两张都"}
BOTH = {"both", "俩", "两张都", "两个都"}


NAMING = ("nick", "photo", "subject", "ordinal")


class Finder(Numbering):
    """Finds the references in the tokens of one sentence."""

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
        return self._resolved(self._summed(self._joined(found)))

    def _at(self, i: int) -> Reference | None:
        token = self.tokens[i]
        if token.kind == "photo":
            return Reference((token.value,), i, i + 1)
        if token.text.lower() in ("我", "my") and token.kind in ("word", "at", "this"):
            return self._mine(i)
        if token.kind == "nick":
            return Reference(token.value, i, self._counter(i + 1), vague=True)
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
            "ordinal_next": self._beside,
            "ordinal_previous": self._beside,
            "me": self._me,
        }
        shapes = {"tall": self._shape, "broad": self._shape, "largest": self._shape, "smallest": self._shape}
        reader = (readers | shapes).get(token.kind)
        return reader(i) if reader else None

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
        if self._kind(i + 1) in ("people", "clutter", "subject", "format", "background"):
            return None
        end = i + 1
        while self._kind(end) in ("picture", "all", "number") and not self.tokens[end].unit:
            end += 1
        return Reference(("rest",), i, end)

    # By content

    def _mine(self, i: int) -> Reference | None:
        """「我那张」, "my photo" among pictures of other things: the portrait."""
        ids = tuple(p.id for p in self.memory.photos.values() if p.subject == "portrait")
        counted = self._text(i + 1) in ("那张", "这张", "的那张", "的照片") or (
            self._text(i) == "my" and self._text(i + 1) in ("photo", "picture", "pic", "portrait", "selfie")
        )
        return Reference(ids, i, i + 2, vague=True) if len(ids) == 1 < len(self.ids) and counted else None

    def _subject(self, i: int) -> Reference | None:
        kind, word = self.tokens[i].value
        if len(self.ids) < 2:
            return None
        ids = tuple(p.id for p in self.memory.photos.values() if _named(p, word))
        ids = ids or tuple(p.id for p in self.memory.photos.values() if p.subject == kind and not _otherwise(p, word))
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
        """ "me" among pictures of other things is the portrait."""
        ids = tuple(p.id for p in self.memory.photos.values() if p.subject == "portrait")
        if self.tokens[i].text.lower() not in ("me", "myself") or len(ids) != 1 or len(self.ids) < 2:
            return None
        return (
            None
            if self._kind(i - 1) in ("change", "politeness", "export", "only")
            else Reference(ids, i, i + 1, vague=True)
        )

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

    def _summed(self, found: list[Reference]) -> list[Reference]:
        """「两张猫片都…」: "all" behind named pictures only sums them up; "both" are the two named before."""
        kept: list[Reference] = []
        for reference in found:
            text = self.tokens[reference.start].text.lower() if reference.start < len(self.tokens) else ""
            named = [r for r in kept if set(r.ids) != set(self.ids) and r.ids != ("rest",)]
            both = tuple(dict.fromkeys(p for r in named for p in r.ids))
            if text in ("都", "全都") and 1 < len(both) < len(self.ids):
                reference.ids = tuple(p for p in self.ids if p in both)
                kept.append(reference)
                continue
            if text in BOTH and len(both) == 2 and len(self.ids) > 2:
                reference.ids = tuple(p for p in self.ids if p in both)
            elif text in SUMS and named and not self._parted(named[-1].end, reference.start):
                continue
            if kept and self._of(kept[-1].end, reference.start) and set(kept[-1].ids) & set(reference.ids):
                kept[-1].ids = min(kept[-1].ids, reference.ids, key=len)  # "the stack of pillows"
                continue
            if "only" in (t.kind for t in self.tokens[kept[-1].end : reference.start]) if kept else False:
                if set(kept[-1].ids) == set(self.ids) and not self._parted(kept[-1].end, reference.start):
                    kept.pop()  # 「这三张里只有鞋子…」
            kept.append(reference)
        return kept

    def _of(self, start: int, end: int) -> bool:
        between = [t.text.lower() for t in self.tokens[start:end]]
        return between[:1] in (["of"], ["的"]) and len(between) <= 2

    def _parted(self, start: int, end: int) -> bool:
        return any(t.kind in ("comma", "stop", "then") for t in self.tokens[start:end])

    def _resolved(self, found: list[Reference]) -> list[Reference]:
        """Exclusions ("all but the first") and "the others" become ids."""
        for n, reference in enumerate(found):
            if self._excepted(reference) or (self._denied(reference) and len(found) > 1):
                reference.role = "excluded"
            if reference.ids == ("rest",):
                before = [r for r in found[:n] if r.role != "background"]
                named = {p for r in before for p in r.ids} or set(self.memory.focus)
                left = tuple(p for p in self.ids if p not in named)
                reference.ids = left if named and left else self.ids
        return self._without_excluded(found)

    def _excepted(self, reference: Reference) -> bool:
        """「除了第一张」, "all but the first", 「第一张以外」."""
        before = self.tokens[max(0, reference.start - 3) : reference.start]
        last = max((n for n, t in enumerate(before) if t.kind == "except"), default=-1)
        if last >= 0 and any(t.kind in ("comma", "stop") or t.kind in NAMING for t in before[last:]):
            return False
        behind = self._kind(reference.end) == "except" and self.tokens[reference.end].text in ("以外", "之外")
        return behind or any(t.kind == "except" for t in before)

    def _denied(self, reference: Reference) -> bool:
        """ "…, not me": a "not" stands right before the pictures."""
        before = [t for t in self.tokens[max(0, reference.start - 3) : reference.start] if t.kind != "at"]
        return bool(before) and before[-1].kind == "neg" and before[-1].text.lower() not in ("取消", "cancel")

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


def _otherwise(photo: Photo, word: str) -> bool:
    """Whether a file is called by another noun ("cat.jpg" is no dog)."""
    others = (w for group in nouns() if word not in group for w in group)
    parts = set(re.findall(r"[a-z]+", photo.name.lower()))
    return any(w in parts if w.isascii() else w in photo.name for w in others)


def _shows(photo: Photo, kind: str) -> bool:
    alike = {"portrait": ("portrait", "group"), "object": ("object", "product"), "product": ("product", "object")}
    return photo.subject in alike.get(kind, (kind,))
