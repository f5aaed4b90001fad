"""References of one sentence together: joined, summed up, left out, and "the others"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.numbering import JOINED, Numbering, Reference
from agent.builtin.token import ACTIONS, Token

SUMS = {"都", "全", "全都", "全部", "统统", "通通", "一起", "一律", "all", "both", "两张都"}
THEY = {"每张", "每个", "每一张", "each", "them", "they", "它们", "他们", "those", "these"}
WISHES = ("colour", "transparent", "cut", "blur", "remove_background", "gradient", "export", "id_photo")
BOTH = {"both", "俩", "两张都", "两个都"}


LEFT_ALONE = {"don't touch", "do not touch", "别动", "先别动", "不用弄", "不用管", "先不弄", "别弄", "先不动", "先别弄"}
NAMING = ("nick", "photo", "subject", "ordinal")


FLAWED = {
    "closed", "blinked", "blinking", "blinks", "blurry", "mistake", "accident", "duplicate", "duplicates", "wrong",
    "闭眼", "闭着眼", "眨眼", "闭", "糊了", "发错", "误发", "多发", "手滑",
}  # fmt: skip
ALIKE = {"一样", "同样", "相同", "一个样", "一致", "统一", "统统", "保持一致", "看齐"}
WITHOUT = {"without it", "without him", "without her", "without that one", "without them"} | {
    "别放他", "别放她", "别放它", "不放他", "不放她", "不放它", "不要他", "不要她", "别带她", "别带他",
    "别算她", "别算他",
}  # fmt: skip
ASIDE = {
    "word", "at", "picture", "number", "all", "subject", "people", "rest", "politeness", "nothing", "nick", "me",
    "this",
}  # fmt: skip


class Resolver(Numbering):
    """Makes the references of a sentence one by one into what they mean beside each other."""

    def _joined(self, found: list[Reference]) -> list[Reference]:
        joined: list[Reference] = []
        for reference in found:
            if joined and self._belongs(joined[-1], reference):
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

    def _belongs(self, last: Reference, reference: Reference) -> bool:
        """Whether two references are one list: 「第一张和第三张」; not "dad, …, mum, both"."""
        inner = [t.text for t in self.tokens[last.end : reference.start]] == ["的"]
        if inner and reference.vague and not last.vague and set(last.ids) <= set(reference.ids):
            return False  # 「第三张的人」
        if set(last.ids) == set(reference.ids) and self._parted(last.end, reference.start):
            return False  # "all but the soup, soup goes on beige"
        led = self._text(reference.start - 1) in ("跟", "像", "同", "和", "按", "照", "按照")
        model = led and self._text(reference.end) in ALIKE
        others = [t for n, t in enumerate(self.tokens) if n != reference.end and t.kind in (*WISHES, "all")]
        if model and not others:
            reference.role, last.vague = "model", False
            return False  # 「凉皮跟鸡丁一样」, 「第三张跟前面两张统一」
        first = self.tokens[reference.start].text.lower()
        summing = (first in SUMS or first.startswith("all ")) and self._parted(last.end, reference.start)
        if reference.again or summing or ("rest",) in (reference.ids, last.ids):
            return False
        return not self._placed(last) and self._only_joints(last.end, reference.start)

    def _placed(self, reference: Reference) -> bool:
        """ "put the keeper on the pitch, the coach on white": a scene that somebody is put onto ends a list."""
        led = [t.text.lower() for t in self.tokens[max(0, reference.start - 2) : reference.start]]
        if self._text(reference.start - 1) == "是" and self._kind(reference.end) == "comma":
            return True  # 「要换红底的是第二张,第一张恢复原来的背景」
        if any(t.kind == "in_front" for t in self.tokens[max(0, reference.start - 2) : reference.start]):
            return True  # "the mug in front of the table, and for the scarf …"
        if self._kind(reference.start - 2) == "background" and led[-1:] in (["用"], ["换成"], ["改成"], ["换"]):
            return True  # 「咪咪的背景用沙发,旺财的用海边」
        scenes = [p for p in reference.ids if p in self.memory.photos and self.memory.photos[p].subject == "landscape"]
        put = any(t.kind == "put" for t in self.tokens[: reference.start]) or bool({"into", "onto"} & set(led))
        return put and len(scenes) == len(reference.ids) == 1 and bool({"on", "onto", "in", "at", "into"} & set(led))

    def _only_joints(self, start: int, end: int) -> bool:
        between = self.tokens[start:end]
        between = [t for t in between if not (t.kind == "what_about" and t.text.lower().startswith("and"))]
        marks = [
            t
            for t in between
            if not (t.kind == "at" and t.text.lower() in JOINED | {"the", "的"})
            and t.text not in ("、", ",", "，", "的")
        ]
        alike = any(a.kind == "same" and b.kind == "comma" for a, b in pairwise(between))  # 「第二台一样,第三台白底」
        return not marks and not alike and all(t.kind in ("comma", "at", "word", "same") for t in between)

    def _summed(self, found: list[Reference]) -> list[Reference]:
        """「两张猫片都…」: "all" behind named pictures only sums them up; "both" are the two named before."""
        kept: list[Reference] = []
        for reference in found:
            text = self.tokens[reference.start].text.lower() if reference.start < len(self.tokens) else ""
            named = [r for r in kept if set(r.ids) != set(self.ids) and r.ids != ("rest",)]
            both = tuple(dict.fromkeys(p for r in named for p in r.ids))
            rest = bool(kept) and kept[-1].ids == ("rest",) and not self._parted(kept[-1].end, reference.start)
            if rest and (reference.vague or text in SUMS):
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
            elif text in BOTH and len(both) == 2 and len(self.ids) > 2:
                reference.ids = tuple(p for p in self.ids if p in both)
            elif named and (text in THEY or (text in SUMS and self._adjacent(text, named[-1].end, reference.start))):
                continue
            if kept and self._of(kept[-1].end, reference.start) and set(kept[-1].ids) & set(reference.ids):
                kept[-1].ids = min(kept[-1].ids, reference.ids, key=len)  # "the stack of pillows"
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
        order = list(dict.fromkeys(p for r in named for p in r.ids))
        return tuple(order[-number:]) if len(order) >= number else ()

    def _of(self, start: int, end: int) -> bool:
        between = [t.text.lower() for t in self.tokens[start:end]]
        return between[:1] in (["of"], ["的"], ["from"]) and len(between) <= 2

    def _parted(self, start: int, end: int) -> bool:
        return any(t.kind in ("comma", "stop", "then") for t in self.tokens[start:end])

    def _resolved(self, found: list[Reference]) -> list[Reference]:
        """Exclusions ("all but the first") and "the others" become ids."""
        found = self._without_asides(self._without_telling(found))
        for n, reference in enumerate(found):
            denied = self._denied(reference) and (len(found) > 1 or self._wished(reference))
            declined = self._declined(reference)
            if declined and n > 1 and self._only_that(found[n - 1], found[n - 2], reference):
                reference.role = "aside"
                continue
            if self._excepted(reference) or denied or declined or self._without_it(reference):
                reference.role = "excluded"
            if reference.ids == ("rest",):
                before = [r for r in found[:n] if r.role != "background"]
                every = set(self.ids)  # what was said of all names nobody
                named = {p for r in before if set(r.ids) != every for p in r.ids} or set(self.memory.focus)
                done = {p.id for p in self.memory.photos.values() if p.cut}
                over = any(w in self._text(reference.start) for w in ("left", "remaining", "剩"))
                if over and not before and set(self.memory.focus) < done < every:
                    named = done  # "whichever is left goes on black"
                scenes = {p.id for p in self.memory.photos.values() if p.subject == "landscape"}
                if not named and len(scenes) == 1 and any(t.kind == "background" for t in self.tokens):
                    named = set(self.ids) - scenes  # "the background … what is in the other photo"
                left = tuple(p for p in self.ids if p not in named and (not reference.among or p in reference.among))
                single = self._text(reference.start) in ("the other one", "另一张", "另外那张", "另一个")
                if single and not named and len(self.ids) > 2:
                    reference.ids, reference.missing = (), True  # "make the other one blue": which?
                    continue
                reference.ids = left if named and left else self.ids
        return self._without_excluded([r for r in found if r.role != "aside"])

    def _only_that(self, last: Reference, first: Reference, declined: Reference) -> bool:
        """「两张都要一寸,第一张排到相纸上,第二张不用排」: it goes without what only the one before gets."""
        ahead = self.tokens[declined.end : declined.end + 4]
        touched = any(t.kind in ("touch", "held", "change", "cut") for t in ahead)
        whole = set(declined.ids) <= set(first.ids) and set(last.ids) < set(first.ids)
        return whole and not set(declined.ids) & set(last.ids) and not touched

    def _without_telling(self, found: list[Reference]) -> list[Reference]:
        """「头一张是我老伴后头那张是花猫你把猫抠出来」: pictures that are only told about, where others follow."""
        telling: list[Reference] = []
        for reference, following in pairwise(found):
            between = self.tokens[reference.end : following.start]
            wish = any(t.kind in ACTIONS or t.kind in ("neg", "held") for t in between)
            if self._text(reference.end) == "是" and not wish and not reference.vague:
                telling.append(reference)
            else:
                break
        rest = found[len(telling) :]
        again = len(telling) > 1 and rest and not any(r.ids == ("rest",) for r in rest)
        return rest if again and any(r.vague for r in rest) else found

    def _without_asides(self, found: list[Reference]) -> list[Reference]:
        """「就抠小猫那张,另外两张是我顺手发的」, 「每个孩子要有张照片…第三张换成米色」: named where nothing is wished,
        beside pictures for which something is."""
        wishing = [r for r in found if self._acts_in_clause(r)]
        return [r for r in found if r in wishing or not wishing or not self._aside(r)]

    def _acts_in_clause(self, reference: Reference) -> bool:
        return any(t.kind in ACTIONS and not t.negated for t in self._clause(reference))

    def _clause(self, reference: Reference) -> Sequence[Token]:
        marks = [n for n, t in enumerate(self.tokens) if t.kind in ("comma", "stop", "then")]
        begin = max((n for n in marks if n < reference.start), default=-1) + 1
        end = min((n for n in marks if n >= reference.end), default=len(self.tokens))
        return self.tokens[begin:end]

    def _aside(self, reference: Reference) -> bool:
        clause = self._clause(reference)
        quiet = all(t.kind in ASIDE or t.text in ("是", "就是", "要") for t in clause)
        if quiet and any(t.text in ("可以", "不错", "挺好", "没问题") for t in clause):
            return True  # 「我爸那张可以了,我妈那张改成二寸」
        flawed = any(t.text.lower() in FLAWED for t in clause)
        left_out = any(t.kind in ("except", "held", "neg") for t in self.tokens)
        acts = any(t.kind in ACTIONS and t.kind not in ("blur", "hard", "soft") for t in clause)
        if flawed and not acts and not left_out:
            return True  # "use the second one, in the first I've got my eyes closed"
        told = any(t.text in ("是", "就是", "要有", "要") for t in clause) and len(clause) > 4
        every = set(reference.ids) == set(self.ids) or reference.ids == ("rest",)
        return quiet and told and every

    def _wished(self, reference: Reference) -> bool:
        """Whether something is wished in a clause before ("white for everyone, but don't touch Emily's")."""
        marks = [n for n, t in enumerate(self.tokens[: reference.start]) if t.kind in ("comma", "stop", "then")]
        begin = marks[-1] if marks else reference.start  # dictated, without marks
        dictated = not any(t.kind in ("comma", "stop", "then") for t in self.tokens)
        told = bool(marks) or dictated
        return told and any(t.kind in WISHES and not t.negated for t in self.tokens[:begin])

    def _excepted(self, reference: Reference) -> bool:
        """「除了第一张」, "all but the first", 「第一张以外」."""
        before = self.tokens[max(0, reference.start - 3) : reference.start]
        last = max((n for n, t in enumerate(before) if t.kind == "except"), default=-1)
        if last >= 0 and any(t.kind in ("comma", "stop") or t.kind in NAMING for t in before[last:]):
            return False
        far = self.tokens[max(0, reference.start - 6) : reference.start]
        marks = [n for n, t in enumerate(far) if t.kind == "except"]
        if marks and last < 0 and all(t.kind in ("at", "picture") or t.text == "with" for t in far[marks[-1] + 1 :]):
            return True  # "except the one with the food"
        behind = self._kind(reference.end) == "except" and self._text(reference.end) in ("以外", "之外", "除外")
        return behind or any(t.kind == "except" for t in before)

    def _denied(self, reference: Reference) -> bool:
        """ "…, not me": a "not" stands right before the pictures."""
        before = [t for t in self.tokens[max(0, reference.start - 3) : reference.start] if t.kind != "at"]
        if before and before[-1].text.lower() == "nothing":
            return True  # "nothing for the first one"
        while before and (before[-1].kind == "touch" or before[-1].text.lower() in ("用", "use", "do", "process")):
            touched = before.pop().kind == "touch"  # "don't touch Emily's", 「不要用教室那张」
            if touched and len(before) > 1 and before[-2].kind in ("picture", "photo", "nick", "this", "named"):
                return False  # 「第二张不动全部存」: that was about the one before
        if (
            before
            and before[-1].kind == "held"
            and before[-1].text.lower().startswith(("don't", "do not", "hands off", "forget", "ignor", "never mind"))
        ):
            return True
        return bool(before) and before[-1].kind == "neg" and before[-1].text.lower() not in ("取消", "cancel")

    def _declined(self, reference: Reference) -> bool:
        """「底换成橙色,第二张不换」, "leaf B at 25, A 不动": a "not" that ends the clause behind the pictures."""
        ahead = self.tokens[reference.end : reference.end + 6]
        behind = [t for t in ahead if t.kind not in ("at", "word", "all", "politeness", "purpose", "this", "picture")]
        if not behind or len(reference.ids) == len(self.ids):
            return False
        if behind[0].text.lower() in LEFT_ALONE:
            return self._wished(reference)  # 「最后那张是 logo 你 don't touch」
        if behind[0].kind != "neg" or behind[0].text.lower() in ("instead of", "rather than", "without"):
            return False
        rest = list(self.tokens[self.tokens.index(behind[0]) + 1 :])
        while rest and rest[0].kind in ("touch", "change"):
            rest = rest[1:]
        until = next((n for n, t in enumerate(rest) if t.kind in ("comma", "stop", "then")), len(rest))
        calm = ("word", "this", "at", "nothing", "too", "subject", "people")
        quiet = all(t.kind in calm or t.text == "去" for t in rest[:until])  # 「妹妹不去」
        ended = quiet or rest[0].text == "就"  # 「就第二张不用弄那个娃她妈已经交过了」
        later = any(t.kind in ("export", "format") for t in rest[until:])
        return ended and (self._wished(reference) or later)

    def _without_it(self, reference: Reference) -> bool:
        """ "the last one is from the wrong year. Same PDF again without it", 「赵敏离职了,别放她」."""
        texts = [t.text.lower() for t in self.tokens[reference.end :]]
        file = any(t.kind in ("export", "format") for t in self.tokens)
        pairs = {a + " " + b for a, b in pairwise(texts)} | {
            "".join(p) for p in zip(texts, texts[1:], texts[2:], strict=False)
        }
        return file and len(reference.ids) < len(self.ids) and bool(pairs & WITHOUT)

    def _for_itself(self, reference: Reference) -> bool:
        """Whether a wish of its own follows in a new clause."""
        ahead = self.tokens[reference.end : reference.end + 4]
        new = reference.start > 0 and self._kind(reference.start - 1) in ("comma", "stop", "then")
        return new and any(t.kind in WISHES and not t.negated for t in ahead)

    def _all_then(self, target: Reference, excluded: Sequence[Reference]) -> bool:
        """「第一张羽化2,第二张不用,然后都存png」: what comes then is for all of them."""
        then = any(t.kind == "then" for t in self.tokens[excluded[-1].end : target.start])
        saved = self._kind(target.end) == "export" and set(target.ids) == set(self.ids)
        field = any(t.kind in ("feather", "erode", "dilate") for t in self.tokens[: target.start])
        return then and saved and field

    def _own_wish(self, reference: Reference) -> Reference | None:
        """ "everyone blue apart from Ali, his parents asked for white": what is left out gets its own."""
        begin = reference.end
        if self._kind(begin) != "comma" or self._text(begin + 1) not in ("his", "her", "their", "he", "she", "they"):
            return None
        rest = self.tokens[begin + 1 :]
        ended = next((n for n, t in enumerate(rest) if t.kind == "stop"), len(rest))
        wished = any(t.kind in ("colour", "transparent", "blur") for t in rest[:ended])
        kept = any(t.kind in ("keep", "held", "neg", "same") for t in rest[:ended])
        return Reference(reference.ids, begin + 1, begin + 2, again=True) if wished and not kept else None

    def _without_excluded(self, found: list[Reference]) -> list[Reference]:
        excluded = [r for r in found if r.role == "excluded"]
        if not excluded:
            return found
        out = {p for r in excluded for p in r.ids}
        rest = tuple(p for p in self.ids if p not in out)
        targets = [r for r in found if r.role == "target" and (r.again or set(r.ids) & set(rest))]
        # 「除了李四都换蓝底,李四用白的」: spoken of again, for itself
        later = [r for r in found if r.role == "target" and not r.again and set(r.ids) <= out and self._for_itself(r)]
        for target in [t for t in targets if not t.again and not self._all_then(t, excluded)]:
            target.ids = tuple(p for p in target.ids if p not in out)
        targets = [t for t in targets if t.ids]
        own = [self._own_wish(r) for r in excluded]
        later += [r for r in own if r is not None and not later]
        if not targets:
            first = excluded[0]
            targets = [Reference(rest, first.start, first.end)]
        return sorted([*targets, *later, *(r for r in found if r.role == "background")], key=lambda r: r.start)


def _either(a: Reference, b: Reference, ids: Sequence[str]) -> tuple[str, ...]:
    if "都" not in a.ids and set(b.ids) == set(ids) and len(a.ids) < len(ids):
        return a.ids  # "the first and the second, all": the all only sums them up
    return tuple(p for p in ids if p in a.ids or p in b.ids)
