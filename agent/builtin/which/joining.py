"""References of one sentence that are one list, or that only sum up or name once more the ones before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from agent.builtin.which.counting import Counting
from agent.builtin.which.numbering import JOINED, Reference

SUMS = {"都", "全", "全都", "全部", "统统", "通通", "一起", "一律", "all", "both", "两张都"}
THEY = {"每张", "每个", "每一张", "each", "them", "they", "它们", "他们", "those", "these"}
WISHES = ("format", "colour", "transparent", "cut", "blur", "remove_background", "gradient", "export", "id_photo")
OWN = {
    "colour",
    "transparent",
    "blur",
    "gradient",
    "size",
    "dimensions",
    "sheet",
    "same",
    "feather",
    "remove_background",
}
BOTH = {"both", "俩", "两张都", "两个都"}
ALIKE = {"一样", "同样", "相同", "一个样", "一致", "统一", "统统", "保持一致", "看齐"}


class Joining(Counting):
    """Part of the reading of references; see ``references``."""

    def _joined(self, found: list[Reference]) -> list[Reference]:
        joined: list[Reference] = []
        for reference in found:
            if joined and self._pointed_at(joined[-1], reference):
                joined[-1] = replace(reference, start=joined[-1].start)  # 「那张人像」
            elif joined and self._belongs(joined[-1], reference):
                last = joined[-1]
                joined[-1] = Reference(
                    _either(last, reference, self.ids),
                    last.start,
                    reference.end,
                    last.role,
                    last.missing or reference.missing,
                    vague=last.vague and reference.vague,
                )
            else:
                joined.append(reference)
        return joined

    def _pointed_at(self, last: Reference, reference: Reference) -> bool:
        """Whether a bare 「那张」 stands at once before what it points at."""
        bare = last.end - last.start == 1 and self._kind(last.start) == "this"
        shown = self._kind(reference.start) in ("people", "subject", "nick")
        return bare and shown and last.end == reference.start and last.role == reference.role

    def _belongs(self, last: Reference, reference: Reference) -> bool:
        """Whether two references are one list: 「第一张和第三张」; not "dad, …, mum, both"."""
        inner = [t.text for t in self.tokens[last.end : reference.start]] == ["的"]
        inner = inner or last.end == reference.start  # 「最后一张风景」
        if inner and reference.vague and not last.vague and set(last.ids) <= set(reference.ids):
            return False  # 「第三张的人」
        if set(last.ids) == set(reference.ids) and self._parted(last.end, reference.start):
            return False  # "all but the soup, soup goes on beige"
        if self._told_before(last) and self._told_behind(last, reference):
            return False  # "white for the candles, the packaging shot stays how it is"
        if self._text(last.start - 1) in ("同", "照", "按", "如") and self._parted(last.end, reference.start):
            return False  # 「第二张同第一张,第三张白底」
        if set(last.ids) == set(self.ids) != set(reference.ids) and self._parted(last.end, reference.start):
            return False  # "white for all, and the third also as a two-inch photo"
        if self._is_model(reference):
            last.vague = False
            return False  # 「凉皮跟鸡丁一样」, 「第三张跟前面两张统一」
        first = self.tokens[reference.start].text.lower()
        summing = (first in SUMS or first.startswith("all ")) and self._parted(last.end, reference.start)
        if reference.again or summing or ("rest",) in (reference.ids, last.ids):
            return False
        return not self._placed(last) and self._only_joints(last.end, reference.start)

    def _told_before(self, reference: Reference) -> bool:
        clause = [self.tokens[n] for n in range(reference.start - 1, -1, -1)]
        ahead = list(takewhile(lambda t: t.kind not in ("comma", "stop", "then"), clause))
        made = any(t.kind == "number" for t in ahead) and any(t.kind == "change" for t in ahead)  # "make it 20 on …"
        return made or any(
            t.kind in OWN | {"original", "restore", "cut", "format", "correction"} and not t.negated for t in ahead
        )

    def _told_behind(self, last: Reference, reference: Reference) -> bool:
        """Whether a picture behind a comma gets something of its own at once."""
        gap = [t.text.lower() for t in self.tokens[last.end : reference.start] if t.text != "的"]
        parted = gap[:1] in ([","], ["，"]) and not {"and", "and the", "和"} & set(gap)
        ahead = self.tokens[reference.end : reference.end + 3]
        return parted and any(t.kind in ("held", "original", "restore", *WISHES) and not t.negated for t in ahead)

    def _is_model(self, reference: Reference) -> bool:
        """「跟第一张一样」, "same as 1": the picture whose look another one is to have."""
        before, led = self._text(reference.start - 1), self._text(reference.start - 2)
        summed = self._text(reference.end - 1) in ("统统", "一致") and reference.end - reference.start > 1
        if before in ("跟", "像", "同", "和", "按", "照", "按照", "与") and (
            self._text(reference.end) in ALIKE
            or summed
            or (self._text(reference.end) == "的" and self._text(reference.end + 1) in ALIKE)
        ):
            return True
        alike = [self._kind(n) for n in range(max(0, reference.start - 4), reference.start - 1)]
        if before == "as" and "same" in alike and {"colour_word", "resize", "size"} & set(alike):
            return True  # "same colour as the others"
        ended = self._kind(reference.end) in ("comma", "stop", "then", "")
        if before in ("同", "照", "按", "如") and ended:
            return True  # 「第二张同第一张,第三张白底」
        third = self._text(reference.start - 3) if before == "the" else led
        verb = third in ("i", "we", "you", "they", "would", "i'd", "don't", "didn't")
        if ended and not verb and (before == "like" or (before == "the" and led == "like")):
            return True  # "third like the first"
        same = self._kind(reference.start - 2) == "same" or (
            before == "the" and self._kind(reference.start - 3) == "same"
        )
        return same and "as" in (before, led)

    def _placed(self, reference: Reference) -> bool:
        """ "put the keeper on the pitch, the coach on white": a scene that somebody is put onto ends a list."""
        led = [t.text.lower() for t in self.tokens[max(0, reference.start - 2) : reference.start]]
        if self._text(reference.start - 1) == "是" and self._kind(reference.end) == "comma":
            return True  # 「要换红底的是第二张,第一张恢复原来的背景」
        if any(t.kind == "in_front" for t in self.tokens[max(0, reference.start - 2) : reference.start]):
            return True  # "the mug in front of the table, and for the scarf …"
        near = [self._kind(n) for n in range(max(0, reference.start - 3), reference.start - 1)]
        if "background" in near and led[-1:] in (["用"], ["换成"], ["改成"], ["换"]):
            return True  # 「咪咪的背景用沙发,旺财的用海边」
        scenes = [p for p in reference.ids if p in self.memory.photos and self.memory.photos[p].subject == "landscape"]
        put = any(t.kind == "put" for t in self.tokens[: reference.start]) or bool({"into", "onto"} & set(led))
        goes = [t.text.lower() for t in self.tokens[max(0, reference.start - 3) : reference.start]]
        named = self._kind(reference.start - (3 if led[-1:] == ["the"] else 2)) in (
            "nick",
            "subject",
            "photo",
            "picture",
        )
        put = put or named or "goes" in goes or "go" in goes  # "the Audi goes on the beach, the motorbike in the city"
        return put and len(scenes) == len(reference.ids) == 1 and bool({"on", "onto", "in", "at", "into"} & set(led))

    def _only_joints(self, start: int, end: int) -> bool:
        between = self.tokens[start:end]
        led = any(t.text.lower() in ("and for", "and on", "and with") for t in between) and self._kind(start) == "comma"
        between = [t for t in between if not (t.kind == "what_about" and t.text.lower().startswith("and")) or led]
        marks = [
            t
            for t in between
            if not (t.kind == "at" and t.text.lower() in JOINED | {"the", "的", "my", "our", "his", "her", "your"})
            and t.text not in ("、", ",", "，", "的")
        ]
        alike = any(
            (a.kind == "same" or a.text.lower() in ("too", "also")) and b.kind == "comma" for a, b in pairwise(between)
        )  # 「第二台一样,第三台白底」
        return not marks and not alike and all(t.kind in ("comma", "at", "word", "same") for t in between)

    def _summed(self, found: list[Reference]) -> list[Reference]:
        """「两张猫片都…」: "all" behind named pictures only sums them up; "both" are the two named before."""
        kept: list[Reference] = []
        for reference in found:
            text = self.tokens[reference.start].text.lower() if reference.start < len(self.tokens) else ""
            named = [r for r in kept if set(r.ids) != set(self.ids) and r.ids != ("rest",)]
            both = tuple(dict.fromkeys(p for r in named for p in r.ids))
            rest = bool(kept) and kept[-1].ids == ("rest",) and not self._parted(kept[-1].end, reference.start)
            if rest and (reference.vague or text in SUMS | {"those", "them", "these"}):
                continue  # 「剩下的包和表都…」
            before = self.tokens[reference.start - 1].kind if reference.start else ""
            if text in ("都", "全") and named and before == "word":
                continue  # 「把手都细了」: all of another thing
            if text in ("都", "全都") and 1 < len(both) < len(self.ids):
                reference.ids = tuple(p for p in self.ids if p in both)
                kept.append(reference)
                continue
            last = self._last_named(reference, named)
            if last:
                reference.ids = last
            elif text in BOTH and len(both) == len(self.memory.focus) == 1 and both != self.memory.focus:
                reference.ids = tuple(p for p in self.ids if p in (*both, *self.memory.focus))
            elif text in BOTH and len(both) == 2 and len(self.ids) > 2:
                reference.ids = tuple(p for p in self.ids if p in both)
            elif named and (text in THEY or (text in SUMS and self._adjacent(text, named[-1].end, reference.start))):
                continue
            if kept and self._of(kept[-1].end, reference.start) and set(kept[-1].ids) & set(reference.ids):
                kept[-1].ids = min(kept[-1].ids, reference.ids, key=len)  # "the stack of pillows"
                continue
            if kept and kept[-1].ids == reference.ids and kept[-1].end == reference.start and reference.vague:
                kept[-1].end = reference.end  # 「第二张那个海边的」
                continue
            if kept and self._said_again(kept[-1], reference):
                continue
            if kept and self._exactly(kept[-1], reference):
                kept[-1] = Reference(reference.ids, kept[-1].start, reference.end)
                continue
            if kept and self._narrowed(kept[-1], reference):
                kept.pop()  # 「这三张里只有鞋子…」
            kept.append(reference)
        return kept

    def _said_again(self, before: Reference, after: Reference) -> bool:
        """ "Second photo: cut out the car": the noun says what the picture named just before shows."""
        exact = not before.vague and before.ids != ("rest",) and len(before.ids) < len(after.ids)
        ended = any(t.kind in ("stop", "then") for t in self.tokens[before.end : after.start])
        return exact and after.vague and set(before.ids) < set(after.ids) and not ended

    def _exactly(self, before: Reference, after: Reference) -> bool:
        """ "in front of the mountains, 2nd pic": the number says which of those the noun means."""
        gap = self.tokens[before.end : after.start]
        beside = all(t.text in (",", "，", "(", "（") or t.kind == "at" for t in gap) and len(gap) < 3
        numbered = any(t.kind in ("number", "ordinal", "picture_number") for t in self.tokens[after.start : after.end])
        exact = not after.vague and len(after.ids) == 1 and numbered
        return before.vague and exact and set(after.ids) < set(before.ids) and beside and self._kind(after.end) in (
            "", "stop", "comma", "then",
        )  # fmt: skip

    def _narrowed(self, before: Reference, after: Reference) -> bool:
        only = any(t.kind == "only" for t in self.tokens[before.end : after.start])
        return only and set(before.ids) == set(self.ids) and not self._parted(before.end, after.start)

    def _adjacent(self, text: str, start: int, end: int) -> bool:
        """Whether "all" at ``end`` follows the pictures that it sums up; but 「都」 at once, not 「…不动全部存」."""
        return not self._parted(start, end) and (text in ("都", "全都", "both") or end - start <= 1)

    def _last_named(self, reference: Reference, named: Sequence[Reference]) -> tuple[str, ...]:
        """ "save those two": as many of the pictures named last."""
        words = self.tokens[reference.start : reference.end]
        number = next((int(t.value) for t in words if t.kind == "number"), 0)
        if not number or words[0].text.lower() not in ("those", "these", "这", "那", "这些", "那些"):
            return ()
        exact = next((r.ids for r in reversed(named) if len(r.ids) == number and r.ids != ("rest",)), ())
        if exact:
            return exact
        order = list(dict.fromkeys(p for r in named for p in r.ids))
        return tuple(order[-number:]) if len(order) >= number else ()

    def _of(self, start: int, end: int) -> bool:
        between = [t.text.lower() for t in self.tokens[start:end]]
        return between[:1] in (["of"], ["的"], ["from"]) and len(between) <= 2


def _either(a: Reference, b: Reference, ids: Sequence[str]) -> tuple[str, ...]:
    if "都" not in a.ids and set(b.ids) == set(ids) and len(a.ids) < len(ids):
        return a.ids  # "the first and the second, all": the all only sums them up
    return tuple(p for p in ids if p in a.ids or p in b.ids)
