"""References of one sentence together: joined, summed up, left out, and "the others"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.tokens.token import ACTIONS, Token
from agent.builtin.which.exceptions import Exceptions
from agent.builtin.which.joining import OWN, WISHES
from agent.builtin.which.numbering import Reference

THEIRS = {
    "his",
    "her",
    "their",
    "he",
    "she",
    "they",
    "he's",
    "she's",
    "they're",
    "hers",
    "他",
    "她",
    "它",
    "他的",
    "她的",
}


FINE = {"fine", "good", "ok", "okay", "right", "perfect", "great", "lovely"}
FLAWED = {
    "closed", "blinked", "blinking", "blinks", "blurry", "mistake", "accident", "duplicate", "duplicates", "wrong",
    "闭眼", "闭着眼", "眨眼", "闭", "糊了", "发错", "误发", "多发", "手滑",
}  # fmt: skip
ASIDE = {
    "word", "at", "picture", "number", "all", "subject", "people", "rest", "politeness", "nothing", "nick", "me",
    "this",
}  # fmt: skip


class Resolver(Exceptions):
    """Makes the references of a sentence one by one into what they mean beside each other."""

    def _resolved(self, found: list[Reference]) -> list[Reference]:
        """Exclusions ("all but the first") and "the others" become ids."""
        found = self._without_asides(self._without_telling(found))
        for reference in found:
            if self._is_model(reference):
                reference.role = "model"
            if reference.role == "model" and reference.ids == ("rest",):
                named = {p for r in found if r.role == "target" for p in r.ids}
                reference.ids = tuple(p for p in self.ids if p not in named)
        owners = [r for r in found if r.role == "target" and self._overrides(r)]
        if owners and not any(r.role == "target" and r.start < owners[0].start for r in found):
            found.insert(0, Reference(self.ids, 0, 0))
        for n, reference in enumerate(found):
            if reference in owners:
                reference.again = True
            if reference in owners or reference.role == "model":
                continue
            denied = self._denied(reference) and (len(found) > 1 or self._wished(reference))
            if len(found) == 1 and self._begins_anew(reference):
                continue
            if self._all_denied(reference) and len(found) > 1:
                reference.role = "aside"
                continue
            if self._excepted(reference) and self._gets_first(reference, found):
                continue
            photo = self.memory.photos.get(reference.ids[0]) if len(reference.ids) == 1 else None
            scene = photo is not None and photo.subject == "landscape"
            with_one = any(
                r.start < reference.start and r in found and self._clause(r) == self._clause(reference) for r in found
            )
            if scene and with_one and self._denied(reference):
                reference.role = "aside"  # 「猫咪不要草地,去掉背景就好」
                continue
            declined = self._declined(reference)
            if declined and n > 1 and self._only_that(found[n - 1], found[n - 2], reference):
                reference.role = "aside"
                continue
            if self._excepted(reference) or denied or declined or self._without_it(reference):
                reference.role = "excluded"
            if reference.ids == ("rest",):
                self._the_rest(reference, [r for r in found[:n] if r.role != "background"], found)
        return self._without_excluded([r for r in found if r.role != "aside"])

    def _the_rest(self, reference: Reference, before: Sequence[Reference], found: Sequence[Reference]) -> None:
        """Gives "the others" the pictures that ``before`` did not name."""
        every = set(self.ids)  # what was said of all names nobody
        asides = {p for r in self.found if r.start < reference.start and r not in found for p in r.ids}
        asides -= {"rest"} | (every if asides >= every else set())
        named = {p for r in before if set(r.ids) != every for p in r.ids} | asides or set(self.memory.focus)
        shown = {str(p.background.get("background_picture")) for p in self.memory.photos.values()}
        if reference.among and shown & set(reference.among):
            named |= shown  # 「背景改用另外那张风景」
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
            return
        reference.ids = left if named and left else self.ids

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
        if not wishing and any(self._liked(r) for r in found):
            wishing = [r for r in found if not self._liked(r)]  # "last one: by 1. the others look good"
        return [r for r in found if r in wishing or not wishing or not self._aside(r)]

    def _acts_in_clause(self, reference: Reference) -> bool:
        said = ACTIONS | {"excess", "too", "more", "less", "change"}
        fine = any(t.text.lower() in FINE or t.value == "praise" for t in self._clause(reference))
        return any(t.kind in said and not t.negated for t in self._clause(reference)) and not fine

    def _clause(self, reference: Reference) -> Sequence[Token]:
        marks = [n for n, t in enumerate(self.tokens) if t.kind in ("comma", "stop", "then")]
        begin = max((n for n in marks if n < reference.start), default=-1) + 1
        end = min((n for n in marks if n >= reference.end), default=len(self.tokens))
        return self.tokens[begin:end]

    def _liked(self, reference: Reference) -> bool:
        """Whether its clause only says that it is good as it is."""
        clause = self._clause(reference)
        quiet = all(t.kind in ASIDE | {"smalltalk", "ordinal", "ordinal_first", "ordinal_last"} for t in clause)
        return quiet and any(t.value == "praise" for t in clause if t.kind == "smalltalk")

    def _aside(self, reference: Reference) -> bool:
        clause = self._clause(reference)
        quiet = all(t.kind in ASIDE or t.text in ("是", "就是", "要") for t in clause)
        agreed = ("可以", "不错", "挺好", "没问题", "确定", "定", "ok", "OK", "行", "通过")
        if quiet and any(t.text in agreed for t in clause):
            return True  # 「我爸那张可以了,我妈那张改成二寸」
        fine = any(t.text.lower() in FINE for t in clause) and any(
            t.text.lower() in ("is", "are", "looks", "look") for t in clause
        )
        if self._liked(reference):
            return True
        if fine and all(
            t.kind in ASIDE | {"too", "smalltalk", "ordinal", "ordinal_first", "ordinal_last"} for t in clause
        ):
            return True  # "set it to 8 px there. mine is good"
        flawed = any(t.text.lower() in FLAWED for t in clause)
        left_out = any(t.kind in ("except", "held", "neg") for t in self.tokens)
        acts = any(t.kind in ACTIONS and t.kind not in ("blur", "hard", "soft") for t in clause)
        if flawed and not acts and not left_out:
            return True  # "use the second one, in the first I've got my eyes closed"
        told = any(t.text in ("是", "就是", "要有", "要") for t in clause) and len(clause) > 4
        every = set(reference.ids) == set(self.ids) or reference.ids == ("rest",)
        return quiet and told and every

    def _for_itself(self, reference: Reference) -> bool:
        """Whether a wish of its own follows in a new clause."""
        ahead = self.tokens[reference.end : reference.end + 4]
        new = reference.start > 0 and self._kind(reference.start - 1) in ("comma", "stop", "then")
        return new and any(t.kind in (*WISHES, "original", "restore") and not t.negated for t in ahead)

    def _all_then(self, target: Reference, excluded: Sequence[Reference]) -> bool:
        """「第一张羽化2,第二张不用,然后都存png」: what comes then is for all of them."""
        then = any(t.kind == "then" for t in self.tokens[excluded[-1].end : target.start])
        saved = self._kind(target.end) == "export" and set(target.ids) == set(self.ids)
        field = any(t.kind in ("feather", "erode", "dilate") for t in self.tokens[: target.start])
        return then and saved and field

    def _own_wish(self, reference: Reference) -> Reference | None:
        """ "everyone blue apart from Ali, his parents asked for white": what is left out gets its own."""
        begin = reference.end
        rest = self.tokens[begin + 1 :]
        ended = next((n for n, t in enumerate(rest) if t.kind == "stop"), len(rest))
        told = self._text(begin + 1) in ("that's", "it's", "which") and any(
            t.text.lower() in THEIRS for t in rest[:ended]
        )
        aside = self._text(begin) in ("例外", "除外") and self._kind(begin + 1) == "comma"
        other = any(r.start > begin and r.role == "target" for r in self.found)
        if aside and not other:  # 「白底,第一张例外,做成蓝底」
            gets = any(t.kind in OWN and not t.negated for t in self.tokens[begin + 2 :])
            return Reference(reference.ids, begin + 2, begin + 2, again=True) if gets else None
        if self._kind(begin) != "comma" or not (self._text(begin + 1) in THEIRS or told):
            return None
        wished = any(t.kind in ("colour", "transparent", "blur", "original") for t in rest[:ended])
        kept = any(t.kind in ("keep", "held", "neg", "same") for t in rest[:ended])
        return Reference(reference.ids, begin + 1, begin + 2, again=True) if wished and not kept else None

    def _without_excluded(self, found: list[Reference]) -> list[Reference]:
        excluded = [r for r in found if r.role == "excluded"]
        if not excluded:
            return found
        out = {p for r in excluded for p in r.ids}
        rest = tuple(p for p in self.ids if p not in out)
        targets = [r for r in found if r.role == "target" and (r.again or r.missing or set(r.ids) & set(rest))]
        # 「除了李四都换蓝底,李四用白的」: spoken of again, for itself
        later = [r for r in found if r.role == "target" and not r.again and set(r.ids) <= out and self._for_itself(r)]
        last = max(r.start for r in excluded)
        taken_up = [r.start for r in targets if r.again and set(r.ids) <= out]
        exempt = all(self._declined(r) for r in excluded) or bool(taken_up)
        behind = max([last, *taken_up])
        late = [t for t in targets if exempt and t.start > behind and set(t.ids) == set(self.ids)]
        for target in [t for t in targets if not t.again and t not in late and not self._all_then(t, excluded)]:
            target.ids = tuple(p for p in target.ids if p not in out)
        targets = [t for t in targets if t.ids or t.missing]
        own = [self._own_wish(r) for r in excluded]
        later += [r for r in own if r is not None and not later]
        for declined in excluded if targets else ():
            led = [n for n in range(max(0, declined.start - 2), declined.start) if self._kind(n) == "held"]
            for n in led:
                self.tokens[n].kind = "nothing"  # "don't touch the first photo. Just remove …": of that one only
        if not targets:
            first = excluded[0]
            told = any(self._is_wish(n) for n in range(first.start)) and self._parted(0, first.start)
            targets = [Reference(rest, 0, 0) if told and later else Reference(rest, first.start, first.end)]
        return sorted([*targets, *later, *(r for r in found if r.role == "background")], key=lambda r: r.start)
