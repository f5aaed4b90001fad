"""References of one sentence together: joined, summed up, left out, and "the others"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from agent.builtin.joining import OWN, WISHES, Joining
from agent.builtin.negation import AHEAD
from agent.builtin.numbering import Reference
from agent.builtin.token import ACTIONS, Token

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


LEFT_ALONE = {"don't touch", "do not touch", "别动", "先别动", "不用弄", "不用管", "先不弄", "别弄", "先不动", "先别弄"}
NAMING = ("nick", "photo", "subject", "ordinal")


FINE = {"fine", "good", "ok", "okay", "right", "perfect", "great", "lovely"}
FLAWED = {
    "closed", "blinked", "blinking", "blinks", "blurry", "mistake", "accident", "duplicate", "duplicates", "wrong",
    "闭眼", "闭着眼", "眨眼", "闭", "糊了", "发错", "误发", "多发", "手滑",
}  # fmt: skip
WITHOUT = {"without it", "without him", "without her", "without that one", "without them"} | {
    "别放他", "别放她", "别放它", "不放他", "不放她", "不放它", "不要他", "不要她", "别带她", "别带他",
    "别算她", "别算他",
}  # fmt: skip
ASIDE = {
    "word", "at", "picture", "number", "all", "subject", "people", "rest", "politeness", "nothing", "nick", "me",
    "this",
}  # fmt: skip


class Resolver(Joining):
    """Makes the references of a sentence one by one into what they mean beside each other."""

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
                before = [r for r in found[:n] if r.role != "background"]
                every = set(self.ids)  # what was said of all names nobody
                asides = {p for r in self.found if r.start < reference.start and r not in found for p in r.ids}
                asides -= {"rest"} | (every if asides >= every else set())
                named = {p for r in before if set(r.ids) != every for p in r.ids} | asides or set(self.memory.focus)
                shown = {p.background.get("background_picture") for p in self.memory.photos.values()}
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
