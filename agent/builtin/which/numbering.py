"""Pictures by number and order: 「第一张」, "the last two", "2号", 「倒数第二张」, "the next one"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Memory

Role = Literal["target", "background", "excluded", "model", "aside"]
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
    "the picture",
    "the photo",
    "the image",
}
PLACED = {"on", "in", "with", "gets", "needs", "should", "onto", "goes", "against", "wants", "over"}
COUNTERS = {"张", "幅", "张图", "张照片", "号", "个", "图", "照片", "图片"}


@dataclass
class Reference:
    """Pictures that tokens ``start`` to ``end`` (exclusive) of a sentence name; ``missing`` if there are none such."""

    ids: tuple[str, ...]
    start: int
    end: int
    role: Role = "target"
    missing: bool = False
    again: bool = False  # takes up one that was left out
    among: tuple[str, ...] = ()  # of "the other two plants": the plants
    vague: bool = False  # by what it shows: does not count where it names every picture, or there is only one


class Numbering:
    """Reads references by number in the tokens of one sentence."""

    def __init__(self, tokens: Sequence[Token], memory: Memory) -> None:
        self.tokens, self.memory, self.ids = tokens, memory, memory.ids
        self.found: list[Reference] = []

    def _numbered(self, numbers: Sequence[float], start: int, end: int) -> Reference:
        ids = tuple(self.ids[int(n) - 1] for n in numbers if 1 <= n <= len(self.ids))
        return Reference(ids, start, end, missing=len(ids) < len(numbers))

    def _kind(self, i: int) -> str:
        return self.tokens[i].kind if 0 <= i < len(self.tokens) else ""

    def _text(self, i: int) -> str:
        return self.tokens[i].text.lower() if 0 <= i < len(self.tokens) else ""

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
            if self._text(j) in ("到", "至", "to", "-", "~", "through") and self._kind(j + 1) == "number":
                last = int(self.tokens[j + 1].value)
                return numbers + [float(n) for n in range(int(numbers[-1]) + 1, min(last, 999) + 1)], j + 2
            while self._kind(j) == "comma" or (
                self._kind(j) in ("at", "rest", "same") and self.tokens[j].text.lower() in JOINED
            ):
                j += 1
            if self._kind(j) != "number" or j == i + 1:
                return numbers, i + 1
            i = j
        return numbers, i

    def _chinese_ordinal(self, i: int) -> Reference | None:
        if (
            self.tokens[i].text.lower() not in ("第", "number", "numbers", "nos", "no", "nr", "#")
            or self._kind(i + 1) != "number"
        ):
            return None
        numbers, end = self._list(i + 1)
        if self._kind(end) == "step":
            return None
        if self._text(end) == "个" and self._kind(end + 1) == "background" and len(numbers) == 1 and len(self.ids) == 1:
            return None  # 「唔使換第二個底」: another one
        end = self._counter(end)
        return self._of_kind(numbers, i, end) or self._numbered(numbers, i, end)

    def _of_kind(self, numbers: Sequence[float], start: int, i: int) -> Reference | None:
        """「第二只狗」: the second of those that show one, or the second picture where there are not as many."""
        if self._kind(i) != "subject" or self._kind(i - 1) != "picture":
            return None
        kind = self.tokens[i].value[0]
        shown = [p.id for p in self.memory.photos.values() if p.subject == kind]
        ids = shown if len(shown) >= max(numbers) else list(self.ids)
        found = tuple(ids[int(n) - 1] for n in numbers if 1 <= n <= len(ids))
        return Reference(found, start, i + 1, missing=len(found) < len(numbers))

    def _parted(self, start: int, end: int) -> bool:
        return any(t.kind in ("comma", "stop", "then") for t in self.tokens[start:end])

    def _english_ordinal(self, i: int) -> Reference | None:
        follows = self._kind(i + 1)
        if self._text(i + 1) == "pair":
            n = 2 * int(self.tokens[i].value)
            return Reference(self.ids[n - 2 : n], i, i + 2, missing=n > len(self.ids))
        if (
            self._text(i - 1) in ("a", "another", "and a")
            and follows == "picture"
            and self.tokens[i].value > len(self.ids)
        ):
            return None  # "and a second one under 500 kb": another file
        if follows == "half" and self.tokens[i].value == 2:
            return Reference(self.ids[len(self.ids) // 2 :], i, i + 2)
        if follows == "step" or (follows == "size"):
            return None
        if self.tokens[i].value > 20 and self.tokens[i].value > len(self.ids):
            return None  # "my nan's 80th."
        if self.tokens[i].value > len(self.ids) and follows not in ("picture", "", "comma", "stop"):
            return None  # "her seventh birthday"
        return self._numbered([self.tokens[i].value], i, self._counter(i + 1))

    def _picture_number(self, i: int) -> Reference | None:
        if (
            self.tokens[i].text.lower() not in NUMBERED | {"person"}
            or self._kind(i + 1) != "number"
            or self.tokens[i + 1].unit
        ):
            return None
        numbers, end = self._list(i + 1)
        if self._kind(end) == "picture" and self.tokens[end].text not in ("号", "图"):
            return None
        return self._numbered(numbers, i, end)

    def _first(self, i: int) -> Reference | None:
        last = self.found[-1].ids if self.found else ()
        if self._text(i).startswith("前面") and len(last) == 1 and self._kind(i + 1) in ("word", "all", "at", ""):
            before = self.ids[: self.ids.index(last[0])] if last[0] in self.ids else ()
            if before and (self._text(i + 1) in ("的", "都") or self._text(i).endswith("的")):
                return Reference(before, i, i + 2)  # 「最后一张要灰的,前面的都白」
        if self._kind(i + 1) == "half":
            return Reference(self.ids[: len(self.ids) // 2], i, i + 2)
        if self._text(i + 1) == "pair":
            return Reference(self.ids[:2], i, i + 2)
        if self._kind(i + 1) == "number" and not self.tokens[i + 1].unit:
            n = int(self.tokens[i + 1].value)
            return Reference(self.ids[:n], i, self._counter(i + 2), missing=n > len(self.ids))
        placed = self._kind(i + 1) == "word" and self._text(i + 2) in PLACED  # "first motor on silver"
        listed = self._text(i + 1) in JOINED | {","} and self._kind(i + 2).startswith("ordinal")  # "first and last one"
        begins = i == 0 or self._kind(i - 1) in ("comma", "stop")
        others = any(t.kind in ("ordinal", "ordinal_last", "rest") for t in self.tokens[i + 1 :])
        if begins and self._text(i + 1) in ("on", "in", "gets", "onto", "as") and others and len(self.ids) > 1:
            return self._numbered([1], i, i + 1)  # "first on red, second on white"
        headed = self._text(i + 1) == ":" and len(self.ids) > 1  # "first: beige background. second: …"
        if self._kind(i + 1) in ("picture", "subject") or (
            self.tokens[i].text.isascii() and (listed or placed or headed or self._is_target(i))
        ):
            return self._numbered([1], i, self._counter(i + 1))
        return None

    def _is_target(self, i: int) -> bool:
        """English "first" by itself is a picture after "the", not at the beginning ("first cut it out")."""
        before = self.tokens[i - 1].text.lower() if i else ""
        if before in ("and the", "and") and any(
            k.startswith("ordinal") for k in (self._kind(i - 2), self._kind(i - 3))
        ):
            return True
        return before in ("the", "my", "and", "but", "for") or self._kind(i - 1) == "except"

    def _last(self, i: int) -> Reference | None:
        word = self.tokens[i].text
        if self._kind(i + 1) == "half":
            return Reference(self.ids[len(self.ids) // 2 :], i, i + 2)
        if self._text(i + 1).startswith("几") and word in ("后面", "后", "剩下"):
            last = self.memory.focus[-1] if self.memory.focus else self.ids[0]
            return Reference(self.ids[self.ids.index(last) + 1 :], i, self._counter(i + 2))
        if self._text(i + 1) in ("那张", "那个", "这张"):
            return self._numbered([len(self.ids)], i, i + 2)
        if self._kind(i + 1) == "number" and not self.tokens[i + 1].unit:
            n, end = int(self.tokens[i + 1].value), self._counter(i + 2)
            if self._kind(i + 2) == "step":
                return None
            if word == "倒数":
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
        single = self._kind(i + 1) in ("picture", "subject") and self.tokens[i + 1].text not in ("p图",)
        left_out = (
            self._text(i - 1) == "the" and self._kind(i - 2) == "except" and self._kind(i + 1) in ("comma", "stop")
        )
        if left_out:
            return self._numbered([len(self.ids)], i, i + 1)  # "for every picture bar the last, …"
        listed = self._text(i - 1) in ("and the", "and") and self._kind(i - 2).startswith("ordinal")
        if (
            single
            or (listed and self._kind(i + 1) in ("at", "comma", "stop", "only", ""))
            or (word.isascii() and self._is_target(i) and self._kind(i + 1) != "step" and i + 1 >= len(self.tokens) - 3)
        ):
            return self._numbered([len(self.ids)], i, self._counter(i + 1))
        return None

    def _beside(self, i: int) -> Reference | None:
        """The picture after, or before, the one that was spoken of last."""
        near = self.found[-1].ids if self.found and self.found[-1].ids != ("rest",) else self.memory.focus
        if not near and len(self.ids) > 1 and self._text(i).startswith(("后面", "后边")):
            return self._numbered([len(self.ids)], i, i + 1)  # 「猫放到后面那张雪山里」
        if not near or len(self.ids) < 2:
            return None
        step = 1 if self.tokens[i].kind == "ordinal_next" else -1
        here = self.ids.index(near[-1 if step > 0 else 0]) + 1
        return self._numbered([here + step], i, i + 1)

    def _middle(self, i: int) -> Reference | None:
        if self._kind(i + 1) == "number" and not self.tokens[i + 1].unit:
            n = int(self.tokens[i + 1].value)
            begin = (len(self.ids) - n) // 2
            fits = 0 < n < len(self.ids) and (len(self.ids) - n) % 2 == 0
            return Reference(self.ids[begin : begin + n], i, self._counter(i + 2)) if fits else None
        if len(self.ids) % 2 == 0:
            return None
        return self._numbered([len(self.ids) // 2 + 1], i, self._counter(i + 1))
