"""Pictures by bare numbers and counts: "1、3张", "2号", 「两张都」, "skip 3", "I only need 2 and 4"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.which.numbering import COUNTERS, Numbering, Reference

VERBS = (
    "is",
    "are",
    "gets",
    "get",
    "should",
    "needs",
    "need",
    "goes",
    "go",
    "stays",
    "stay",
    "应",
    "应该",
    "改成",
)


class Counting(Numbering):
    """Part of the reading of references; see ``references``."""

    def _counted(self, i: int) -> Reference | None:
        """ "1、3张", "2号", "两张都", "three pictures": numbers with a counter behind them."""
        if self.tokens[i].unit or self._kind(i - 1) in ("feather", "erode", "dilate", "threshold", "quality"):
            return None
        beside = self._by_neighbours(i)
        if beside:
            return beside
        numbers, end = self._list(i)
        spoken = self._spoken(i)
        if self._text(i - 1) in ("those", "these") and self._kind(i + 1) != "picture":
            return None  # "save those two as PNG"
        if spoken or self._bare(numbers, i, end):
            return spoken or self._numbered(numbers, i, end)
        heads = [n for n in range(len(self.tokens) - 1) if self._kind(n) == "number" and self._text(n + 1) == "、"]
        listed = self._text(end) == "、" and len(heads) > 1 and all(self._kind(n + 2) != "number" for n in heads)
        if self._kind(end) == "comma" and (self.tokens[end].text in ":：" or listed) and len(self.ids) > 1:
            return self._numbered(numbers, i, end)
        if self._kind(end) != "picture" or self.tokens[end].text not in COUNTERS | {
            "pictures",
            "photos",
            "images",
            "pics",
        }:
            return None
        return self._with_counter(i, numbers, end)

    def _by_neighbours(self, i: int) -> Reference | None:
        """Numbers that their neighbours make pictures: 「把换好的这两张」, "the two in between", "3: same as 1"."""
        done = tuple(p.id for p in self.memory.photos.values() if p.cut)
        those = (
            self._text(i - 1) in ("这", "那", "those", "these") and self._kind(i + 1) == "picture" and not self.found
        )
        if those and self.tokens[i].value == len(done) < len(self.ids) and len(done) > len(self.memory.focus):
            return Reference(done, i, self._counter(i + 1))  # 「把换好的这两张存成png」
        finished = (
            self._text(i - 1) in ("好的", "换好的", "做好的", "抠好的", "弄好的", "处理好的")
            and self._kind(i + 1) == "picture"
        )
        left = tuple(p for p in self.ids if not any(p in r.ids for r in self.found))
        if finished and self.found and len(left) == self.tokens[i].value > 1:
            return Reference(left, i - 1, self._counter(i + 1))  # 「第二台不用管。换好的三张导出webp」
        wished = [r for r in self.found if r.ids != ("rest",) and len(r.ids) == 1 and self._wished_of(r)]
        saved = (
            self._text(i - 1) == "the" and self._kind(i - 2) == "export" and self._kind(i + 1) in ("at", "format", "")
        )
        if saved and self.tokens[i].value == len(wished) > 1:
            return Reference(tuple(r.ids[0] for r in wished), i, i + 1)  # "… then save the two as png"
        if self._text(i - 1) == "the" and self._kind(i + 1) not in (
            "picture",
            "subject",
            "size",
            "step",
            "all",
            "nick",
            "photo",
        ):
            named = [r for r in self.found if r.ids != ("rest",) and not r.vague and len(r.ids) == 1]
            if named and 1 <= self.tokens[i].value <= len(self.ids):
                return self._numbered([self.tokens[i].value], i, i + 1)  # "in picture 1 …; in the 2 …"
        as_ = self._text(i - 1) == "as" and self._kind(i - 2) == "same"
        if as_ and len(self.ids) > 1 and 1 <= self.tokens[i].value <= len(self.ids):
            return self._numbered([self.tokens[i].value], i, i + 1)  # "3: same as 1"
        if self._kind(i + 1) == "colour" and self._pairs() > 1:
            return self._numbered([self.tokens[i].value], i, i + 1)
        n, count = int(self.tokens[i].value), len(self.ids)
        if self._text(i - 1) == "the" and self._text(i + 1) == "in between" and 0 < n < count and (count - n) % 2 == 0:
            return Reference(self.ids[(count - n) // 2 : (count + n) // 2], i, i + 2)
        if self._kind(i + 1) in ("ordinal_last", "ordinal_first") and self._text(i - 1) == "the":
            n = int(self.tokens[i].value)  # "the two lasts", "the two last ones"
            ids = self.ids[-n:] if self._kind(i + 1) == "ordinal_last" else self.ids[:n]
            return Reference(ids, i, self._counter(i + 2), missing=n > len(self.ids))
        return None

    def _with_counter(self, i: int, numbers: Sequence[float], end: int) -> Reference | None:
        """Numbers with a counter behind them: 「1、3张」, "2号", "two pictures"."""
        counter = self.tokens[end].text
        called = self._begun_with(end + 1, int(numbers[0])) if len(numbers) == 1 else ()
        if called:
            return Reference(called, i, end + 2)
        if len(numbers) > 1 or counter == "号":
            return self._numbered(numbers, i, end + 1)
        left = tuple(p for p in self.ids if not any(p in r.ids for r in self.found))
        unnamed = (
            self.found and counter in ("个", "位", "名", "张") and len(numbers) == 1 and self._kind(end + 1) == "word"
        )
        if unnamed and len(left) == numbers[0] > 1 and self._parted(self.found[-1].end, i):
            return Reference(left, i, end + 1)  # 「合影…;三个班干部…」
        alike = self._kind(end + 1) == "subject" and self._text(i - 1) in ("这", "那", "都", "")  # 「这三个孩子」
        everyone = alike and all(
            p.subject in ("portrait", self.tokens[end + 1].value[0]) for p in self.memory.photos.values()
        )
        if (counter in ("个",) and not everyone) or numbers[0] != len(self.ids) or numbers[0] < 2:
            return None
        told = self.tokens[i - 1].text.lower() in ("有", "共", "是") if i else False
        if told and any(t.kind in ("number", "subject", "ordinal") for t in self.tokens[end + 1 :]):
            return None  # 「我这里有两张,一张是猫,…」: how many there are
        return Reference(self.ids, i, end + 1)

    def _spoken(self, i: int) -> Reference | None:
        """ "skip 3", "except 4", "4 is for Rob", 「2应该是一寸」: a bare number that can only be a picture's."""
        numbers, end = self._list(i)
        if len(self.ids) < 2 or any(n != int(n) or not 1 <= n <= len(self.ids) for n in numbers):
            return None
        left_out = self._kind(i - 1) == "except" or self._text(i - 1) in (
            "skip",
            "ignore",
            "leave",
            "not",
            "except for",
        )
        if left_out and self._kind(end) in ("comma", "stop", "then", ""):
            return self._numbered(numbers, i, end)
        begins = i == 0 or self._kind(i - 1) in ("comma", "stop", "then") or self._text(i - 1) in ("and", "but")
        here = i - 1
        while here > 0 and self._kind(here) in ("nothing", "comma") and self._kind(here) == "nothing":
            here -= 1
        wished = ("colour", "blur", "transparent", "background", "format", "size", "picture", "gradient", "this")
        on_it = self._text(here) in ("on", "for", "of", "in") and self._kind(here - 1) in wished
        swapped = on_it and self._text(end) == "with" and any(t.kind == "change" for t in self.tokens[:i])
        if swapped and len(numbers) == 1:
            return self._numbered(numbers, i, end)
        if (
            on_it
            and self._kind(end) in ("comma", "stop", "at", "")
            and len(numbers) == 1
            and numbers[0] == int(numbers[0])
        ):
            return self._numbered(numbers, i, end)  # "red on 2"
        replaced = self._text(here) == "with" and any(t.kind == "change" for t in self.tokens[:i]) and bool(self.found)
        if replaced and self._kind(end) in ("comma", "stop", "") and len(numbers) == 1:
            return self._numbered(numbers, i, end)  # "replace the background of 1 with 2"
        led = self._text(i - 1) in ("for", "on") and (i == 1 or self._kind(i - 2) in ("comma", "stop", "then"))
        if led and self._kind(end) not in ("comma", "stop", "picture", ""):
            return self._numbered(numbers, i, end)  # "for 1 and 3 I need the mask", "on 3 go 1 px inwards"
        verbs = ("was", "were", "has", "have", "lost", "looks", *VERBS)
        if begins and self._text(end) in verbs:
            return self._numbered(numbers, i, end)
        return None

    def _wished_of(self, reference: Reference) -> bool:
        """Whether a background or the like is wished right behind a picture."""
        ahead = self.tokens[reference.end : reference.end + 4]
        return any(t.kind in ("colour", "transparent", "blur", "cut", "remove_background", "gradient") for t in ahead)

    def _begun_with(self, i: int, count: int) -> tuple[str, ...]:
        """「两张look」 of look1.jpg and look2.jpg: as many names as are counted begin with the word."""
        word = self._text(i)
        if not re.fullmatch(r"[a-z]{3,}", word):
            return ()
        ids = tuple(p.id for p in self.memory.photos.values() if p.called.startswith(word))
        return ids if 1 < len(ids) == count < len(self.ids) else ()

    def _bare(self, numbers: Sequence[float], i: int, end: int) -> bool:
        """「1、2换蓝底,3换白底」, "make 1 white, 2 and 3 grey": numbers of pictures without a counter."""
        known = len(self.ids) > 1 and all(n == int(n) and 1 <= n <= len(self.ids) for n in numbers)
        if self._text(end) in ("on", "in", "to", "with", "onto", "against", "over", "要", "用"):
            end += 1
        apart = i > 0 and self.tokens[i].start > self.tokens[i - 1].end  # 「1到3号抠图 4和5换黑底」
        leads = apart or self._kind(i - 1) in ("", "comma", "stop", "then", "change", "same", "at")
        told = self._kind(end) in ("colour", "transparent", "change", "blur", "cut", "remove_background", "gradient")
        told = told or (self._kind(end), self._kind(end + 1)) == ("remove", "background")
        filed = self._text(end) in ("as", "成", "存成") and "format" in (self._kind(end + 1), self._kind(end + 2))
        told, leads = told or filed, leads or (filed and self._kind(i - 1) in ("export", "politeness"))
        placed = (
            len(numbers) > 1
            and self._text(i - 1) in ("in", "on", "for", "of")
            and (self._kind(end) in ("comma", "stop", "") or self._text(end) == "and")
        )
        chosen = self._text(i - 1) in (
            "了",
            "要",
            "是",
            "need",
            "only",
            "want",
            "just",
            "keep",
            "for",
            "on",
            "from",
        ) or (
            self._kind(i - 1) in ("subject", "picture", "change", "only", "cut", "remove_background", "export", "blur")
            or (self._text(i - 1) == ":" and self._kind(i - 2) in ("background", "colour", "cut", "transparent"))
        )
        if (
            known
            and len(numbers) > 1
            and chosen
            and (self._kind(end) in ("comma", "stop", "at", "") or self._text(end) in ("on", "in", "as", "to"))
        ):
            return True  # 「客户只选了2和4」, "I only need 2, 4 and 5 as files"
        if known and len(numbers) > 1 and leads and self._kind(end) in ("export", "size", "feather", "only"):
            return True  # 「1、3、5导出png」
        if known and placed:
            return True  # "a bit hard in 1 and 3, …"
        several = any(t.kind == "number" and not t.unit for n, t in enumerate(self.tokens) if not i <= n < end)
        return known and leads and told and (len(numbers) > 1 or several)

    def _pairs(self) -> int:
        """How many numbers stand right before a colour (「1红2蓝」)."""
        pairs = pairwise(self.tokens)
        return sum(a.kind == "number" and not a.unit and b.kind == "colour" for a, b in pairs)
