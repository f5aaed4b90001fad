"""Pictures that are left out, or get something of their own: "all but the last", 「只有小田用白底」."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.tokens.negation import AHEAD
from agent.builtin.tokens.token import Token
from agent.builtin.which.joining import OWN, WISHES, Joining
from agent.builtin.which.numbering import Reference

LEFT_ALONE = {"don't touch", "do not touch", "别动", "先别动", "不用弄", "不用管", "先不弄", "别弄", "先不动", "先别弄"}
NAMING = ("nick", "photo", "subject", "ordinal")
WITHOUT = {"without it", "without him", "without her", "without that one", "without them"} | {
    "别放他", "别放她", "别放它", "不放他", "不放她", "不放它", "不要他", "不要她", "别带她", "别带他",
    "别算她", "别算他",
}  # fmt: skip


class Exceptions(Joining):
    """Part of the reading of references; see ``references``."""

    def _overrides(self, reference: Reference) -> bool:
        """ "…, except that Oskar gets light grey", 「只有小田用白底」: it gets something of its own; what was said of
        all holds for it, too."""
        only = [self.tokens[n] for n in range(max(0, reference.start - 3), reference.start)]
        clause = self._clause_before(reference)
        but = [t for t in clause if t.text.lower() in ("but", "不过", "但", "但是", "只是", "however")]
        only = but + [
            t for t in only if t.text.lower() in ("只有", "就", "only", "just") or (t.text == "只" and t.kind == "only")
        ]
        if self._of_all_but(reference) or not (self._excepted(reference) or only):
            return False
        begin = reference.start - len(clause) if but else reference.start
        earlier = any(self._is_wish(n) or self._kind(n) == "format" for n in range(begin))
        clause = self._until_mark(reference)
        own = OWN | {"format"} | ({"number"} if any(t.unit in ("kb", "mb") for t in clause) else set())
        gets = any(t.kind in own and not t.negated for t in clause)
        gets = gets or bool(but and any(t.kind in OWN and not t.negated for t in self._clause_before(reference)))
        kept = any(t.kind in ("held", "neg", "original", "keep") and t.text.lower() not in AHEAD for t in clause)
        return earlier and gets and not kept and len(reference.ids) < len(self.ids)

    def _all_denied(self, reference: Reference) -> bool:
        """「不是三张都导」: of all of them, so that nobody is left out by it."""
        return set(reference.ids) == set(self.ids) and self._kind(reference.start - 1) == "neg"

    def _gets_first(self, reference: Reference, found: Sequence[Reference]) -> bool:
        """「除了第二张要红底,别的都白底」: it gets something before the others do."""
        gets = any(t.kind in OWN and not t.negated for t in self._until_mark(reference))
        rest = any(
            r.ids == ("rest",) and self._parted(reference.end, r.start) for r in found if r.start > reference.end
        )
        earlier = any(self._is_wish(n) for n in range(reference.start))
        return gets and rest and not earlier

    def _clause_before(self, reference: Reference) -> Sequence[Token]:
        """What stands before a reference in its clause, with the "but" that begins it."""
        marks = [n for n in range(reference.start) if self._kind(n) in ("comma", "stop")]
        return self.tokens[marks[-1] + 1 if marks else 0 : reference.start]

    def _begins_anew(self, reference: Reference) -> bool:
        """ "hm, except 4. Contractors get red": what was done before holds, but for this one."""
        before = any(t.kind in (*OWN, "cut", "export", "remove", "all") for t in self.tokens[: reference.start])
        behind = any(t.kind in OWN and not t.negated for t in self.tokens[reference.end :])
        whole = self._of_all_but(reference)
        return bool(self.memory.last) and self._excepted(reference) and behind and not before and not whole

    def _of_all_but(self, reference: Reference) -> bool:
        """ "all but the car on white": the wish is for the others."""
        marks = [t.text.lower() for t in self.tokens[: reference.start] if t.kind == "except"]
        return bool(marks) and marks[-1].startswith(("everything", "everyone", "all", "anything"))

    def _is_wish(self, n: int) -> bool:
        """Whether token ``n`` wishes for something of its own; not "nearly the same shoe"."""
        token = self.tokens[n]
        thing = token.kind == "same" and self._kind(n + 1) == "subject"
        return token.kind in OWN and not token.negated and not thing

    def _until_mark(self, reference: Reference) -> Sequence[Token]:
        marks = (n for n in range(reference.end, len(self.tokens)) if self._kind(n) in ("comma", "stop", "then"))
        return self.tokens[reference.end : min(marks, default=len(self.tokens))]

    def _wished(self, reference: Reference) -> bool:
        """Whether something is wished in a clause before ("white for everyone, but don't touch Emily's")."""
        marks = [n for n, t in enumerate(self.tokens[: reference.start]) if t.kind in ("comma", "stop", "then")]
        begin = marks[-1] if marks else reference.start  # dictated, without marks
        dictated = not any(t.kind in ("comma", "stop", "then") for t in self.tokens)
        told = bool(marks) or dictated
        return told and any(t.kind in (*WISHES, "put", "in_front") and not t.negated for t in self.tokens[:begin])

    def _excepted(self, reference: Reference) -> bool:
        """「除了第一张」, "all but the first", 「第一张以外」."""
        before = [
            t for t in self.tokens[max(0, reference.start - 6) : reference.start] if t.kind not in ("at", "strong")
        ]
        before = before[-3:]  # "except that the very last one"
        last = max((n for n, t in enumerate(before) if t.kind == "except"), default=-1)
        if last >= 0 and any(t.kind in ("comma", "stop") or t.kind in NAMING for t in before[last:]):
            return False
        wide = self.tokens[max(0, reference.start - 8) : reference.start]
        shown = [n for n, t in enumerate(wide) if t.kind == "except"]
        where = ("picture", "at", "word", "question", "all", "this")
        told = {"where", "that", "with", "showing", "shows", "which", "has", "in"}
        if (
            shown
            and last < 0
            and all(t.kind in where for t in wide[shown[-1] + 1 :])
            and any(t.text.lower() in told for t in wide[shown[-1] + 1 :])
        ):
            return True  # "all but the one where the model's wearing them"
        far = self.tokens[max(0, reference.start - 6) : reference.start]
        marks = [n for n, t in enumerate(far) if t.kind == "except"]
        if marks and last < 0 and all(t.kind in ("at", "picture") or t.text == "with" for t in far[marks[-1] + 1 :]):
            return True  # "except the one with the food"
        behind = self._kind(reference.end) == "except" and self._text(reference.end) in ("以外", "之外", "除外", "例外")
        return behind or any(t.kind == "except" for t in before)

    def _denied(self, reference: Reference) -> bool:
        """ "…, not me": a "not" stands right before the pictures."""
        before = [t for t in self.tokens[max(0, reference.start - 3) : reference.start] if t.kind != "at"]
        while before and before[-1].kind == "change" and before[-1].text.lower().startswith("change"):
            before.pop()  # "no changes to Ben"
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
        clause = self._until_mark(reference)
        other = any(reference.end <= r.start < reference.end + len(clause) for r in self.found)
        other = other or any(t.text.lower() in ("and", "但", "but") for t in clause)
        before = [r for r in self.found if r.start < reference.start and r.role == "target"]
        other = other or (bool(before) and not any(set(reference.ids) < set(r.ids) for r in before))
        ended = bool(clause) and clause[-1].kind == "held" and self._wished(reference) and not other
        if ended and not any(t.kind in OWN and not t.negated for t in clause) and len(reference.ids) < len(self.ids):
            return True  # 「第二台我自己已经弄过了不用管」
        ahead = self.tokens[reference.end : reference.end + 6]
        behind = [t for t in ahead if t.kind not in ("at", "word", "all", "politeness", "purpose", "this", "picture")]
        if not behind or len(reference.ids) == len(self.ids):
            return False
        photo = self.memory.photos.get(reference.ids[0]) if reference.ids else None
        placed = any(t.kind in ("put", "in_front") for t in self.tokens[: reference.start])
        again = any(r.ids == reference.ids and r.start < reference.start for r in self.found)
        if placed and again and photo is not None and photo.subject == "landscape":
            return False  # "put the mug in front of the window. the window itself doesn't need anything"
        if behind[0].text.lower() in LEFT_ALONE:
            return self._wished(reference)  # 「最后那张是 logo 你 don't touch」
        if behind[0].kind != "neg" or behind[0].text.lower() in ("instead of", "rather than", "without"):
            return False
        rest = list(self.tokens[self.tokens.index(behind[0]) + 1 :])
        while rest and rest[0].kind in ("touch", "change"):
            rest = rest[1:]
        until = next((n for n, t in enumerate(rest) if t.kind in ("comma", "stop", "then")), len(rest))
        calm = ("word", "this", "at", "nothing", "too", "subject", "people")
        leaves = {"去", "放", "放进去", "进去", "放进", "算", "加", "加进去", "带", "算进去"}
        quiet = all(t.kind in calm or t.text in leaves for t in rest[:until])  # 「妹妹不去」, 「第二张别放进去」
        ended = quiet or rest[0].text == "就"  # 「就第二张不用弄那个娃她妈已经交过了」
        further = reference.ids != ("rest",) and any(r.start > reference.end for r in self.found)
        ahead_kinds = ("export", "format", *WISHES) if further else ("export", "format")
        later = any(t.kind in ahead_kinds and not t.negated for t in rest[until:])
        return ended and (self._wished(reference) or later)

    def _without_it(self, reference: Reference) -> bool:
        """ "the last one is from the wrong year. Same PDF again without it", 「赵敏离职了,别放她」."""
        texts = [t.text.lower() for t in self.tokens[reference.end :]]
        file = any(t.kind in ("export", "format") for t in self.tokens)
        pairs = {a + " " + b for a, b in pairwise(texts)} | {
            "".join(p) for p in zip(texts, texts[1:], texts[2:], strict=False)
        }
        return file and len(reference.ids) < len(self.ids) and bool(pairs & WITHOUT)
