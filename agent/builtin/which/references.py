"""Which pictures a sentence speaks of: by number, order, name, content, or by what was spoken of before."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from agent.builtin.tokens.token import Token
from agent.builtin.which.joining import WISHES
from agent.builtin.which.numbering import Reference
from agent.builtin.which.states import LEFT_OVER, States

THAT = {"that", "that one", "this one", "那张", "那个", "它", "it"}


EVERYBODY_ELSE = {
    "其他人",
    "其它人",
    "其余人",
    "其余的人",
    "别人",
    "其他的人",
    "其他同学",
    "其他同事",
    "everyone else",
    "everyone else's",
    "everybody else's",
    "everyone elses",
    "everybody else",
    "other people",
}
ONWARD = {"开", "始", "开始", "起", "往后", "以后", "之后", "onwards", "onward", "on", "往", "后"}
GONE = ("subject", "background", "others", "clutter", "word")
THAT_ONE = {"that one", "那张", "那个", "that picture", "that photo"}


class Finder(States):
    """Finds the references in the tokens of one sentence."""

    def run(self) -> list[Reference]:
        """Every reference, in order; neighbours that are joined ("the first and the third") become one."""
        found = self.found
        i = 0
        while i < len(self.tokens):
            reference = self._at(i)
            if reference is None:
                i += 1
                continue
            reference = self._onward(reference)
            if not (reference.vague and set(reference.ids) == set(self.ids)):  # what is true of all picks out none
                found.append(reference)
            i = max(reference.end, i + 1)
        return self._resolved(self._summed(self._joined(found)))

    def _onward(self, reference: Reference) -> Reference:
        """「从第三张开始往后」, "from the third onwards": that picture and all behind it."""
        end = reference.end
        led_by = [self._text(reference.start - n) for n in (2, 1)]
        beyond = led_by == ["after", "the"] and self._kind(reference.start - 3) == "all"
        if beyond and len(reference.ids) == 1 and reference.ids[0] in self.ids:
            later = self.ids[self.ids.index(reference.ids[0]) + 1 :]
            return Reference(later, reference.start, end)  # "everything after the second one"
        while self._text(end) in ONWARD:
            end += 1
        if end == reference.end or len(reference.ids) != 1 or reference.ids == ("rest",):
            return reference
        led = any(self._text(reference.start - n) in ("from", "从", "自", "打") for n in (1, 2))
        plain = self._text(end - 1) in ("起", "后", "往后", "onwards", "onward", "以后", "之后") or led
        behind = self.ids[self.ids.index(reference.ids[0]) :]
        return Reference(behind, reference.start, end) if plain and reference.ids[0] in self.ids else reference

    def _at(self, i: int) -> Reference | None:
        token = self.tokens[i]
        if token.kind == "photo":
            return Reference((token.value,), i, i + 1)
        special = self._named_so(i) or self._undone(i) or self._forgotten(i) or self._with_people(i) or self._done(i)
        if special:
            return special
        pointed = self._pointed(i)
        if pointed:
            return pointed
        if token.text.lower() == "mine":
            return self._me(i)
        if token.text in ("他", "她") and token.kind == "word":
            return self._theirs(i)
        if token.text.lower() in ("我", "my") and token.kind in ("word", "at", "this"):
            return self._mine(i)
        if token.kind == "others" and self._as_others(token):
            return Reference(("rest",), i, i + 1)
        in_state = self._in_state(i) or self._placed_on(i)
        if in_state:
            return in_state
        portrait = tuple(p.id for p in self.memory.photos.values() if p.subject == "portrait")
        wanting = token.text == "我要" and self._kind(i + 1) in ("colour", "transparent", "blur") and not self.found
        if wanting and len(portrait) == 1 < len(self.ids):
            return Reference(portrait, i, i + 1)  # 「我要红底,猫要…」
        else_ = token.text.lower() in ("otherwise", "else", "否则", "不然", "要不然")
        if else_ and any(t.kind == "if" for t in self.tokens[:i]) and self.found and len(self.ids) > 1:
            return Reference(("rest",), i, i + 1)  # "if there's a person in it use grey, otherwise white"
        placed = self._between(i)
        if placed:
            return placed
        if self._unseen(i) or self._strange_name(i):
            return Reference((), i, self._counter(i + 1), missing=True)
        if token.kind == "colour":
            return self._coloured(i)
        if token.kind == "nick":
            counted = self._kind(i + 1) == "number" and self._kind(i + 2) == "picture"
            counted = counted and self.tokens[i + 1].value == len(token.value) and not self.tokens[i + 1].unit
            end = self._counter(i + 2 if counted else i + 1)
            named = self._text(end) in ("照", "图", "片") and self.tokens[end].start == self.tokens[end - 1].end
            return Reference(token.value, i, end + named, vague=True)  # 「百天照」
        sized = self._of_size(i)
        if sized:
            return sized
        if token.kind == "picture_number":
            return self._numbered([token.value], i, i + 1)
        if token.text.lower() == "person" and self._kind(i + 1) == "number":
            return self._picture_number(i)
        numbered = self._called(i)
        if numbered:
            return numbered
        reader = self._readers().get(token.kind)
        return reader(i) if reader else None

    def _between(self, i: int) -> Reference | None:
        """「头尾不动」, "white in between": the first and the last, and what is between those named."""
        text = self._text(i)
        if text == "头" and self._text(i + 1) == "尾" and len(self.ids) > 2:
            return Reference((self.ids[0], self.ids[-1]), i, self._counter(i + 2))
        if text in ("in between", "between") and self._kind(i + 1) not in ("colour", "at") and self.found:
            named = sorted(self.ids.index(p) for r in self.found[-2:] for p in r.ids if p in self.ids)
            inner = self.ids[named[0] + 1 : named[-1]] if len(named) > 1 else ()
            return Reference(inner, i, i + 1) if inner else None
        return None

    def _readers(self) -> Mapping[str, Callable[[int], Reference | None]]:
        """Kind of token -> what reads a reference that begins with it."""
        readers = {
            "word": self._chinese_ordinal,
            "number": self._counted,
            "ordinal": self._english_ordinal,
            "ordinal_first": self._first,
            "ordinal_last": self._last,
            "ordinal_middle": self._middle,
            "picture": self._picture_number,
            "this": self._picture_number,
            "all": self._all,
            "rest": self._rest,
            "subject": self._subject,
            "people": self._people,
            "ordinal_next": self._beside,
            "ordinal_previous": self._beside,
            "me": self._me,
            "parity": self._parity,
            "main": self._central,
        }
        shapes = {"tall": self._shape, "broad": self._shape, "largest": self._shape, "smallest": self._shape}
        return readers | shapes

    def _pointed(self, i: int) -> Reference | None:
        """ "that", "it", 「那张」: what was named before, or nobody that is here."""
        token = self.tokens[i]
        if token.kind == "this" and token.text.lower() in THAT and self._left_out(i):
            return Reference(self.found[-1].ids, i, i + 1, again=True)  # "…, except the car, that one black"
        if token.kind == "this" and token.text in LEFT_OVER and self._kind(i - 1) == "subject":
            return self._left_over(i)
        if token.kind == "this" and token.text in LEFT_OVER and self._strange_place(i):
            return Reference(self._strange_place(i), i, i + 1)
        if token.kind == "this" and token.text in LEFT_OVER and self._stranger(i):
            return Reference((), i, i + 1, missing=True)
        if token.kind == "this" and token.text.lower() in THAT_ONE and self._taken_up(i):
            clause = self._clause(Reference((), i, i + 1))
            wished = any(t.kind in ("restore", "colour", "transparent") for t in clause)
            again = wished and self._denied(self.found[-1])  # "wait not the coke, put the original back on that one"
            return Reference(
                self.found[-1].ids, i, i + 1, again=again
            )  # "Jo's curls look fuzzy. No feathering on that one"
        dropped = token.text.lower() in ("that", "it", "that one", "this one") and self._kind(i - 1) == "held"
        dropped = dropped and self._text(i - 1).startswith(("ignor", "skip", "forget"))
        if dropped and self.found and len(self.found[-1].ids) == 1 and self.found[-1].ids != ("rest",):
            return Reference(self.found[-1].ids, i, i + 1)  # "the third one is me, so ignore that"
        person = self._person(i)
        if person:
            return person
        like = self._text(i - 1) in ("跟", "和", "像", "同") and any(
            self._kind(n) == "same" for n in range(i + 1, i + 4)
        )
        earlier = self.found[-2].ids if len(self.found) > 1 and len(self.found[-2].ids) == 1 else ()
        if token.text in ("它", "他", "她") and like and earlier and earlier != ("rest",):
            return Reference(earlier, i, i + 1, role="model")  # 「张伟红底,李娜跟他一样」
        if token.text in ("它", "他", "她", "那张", "这张", "刚才那张") and like and self.memory.focus:
            return Reference(self.memory.focus, i, i + 1, role="model")  # 「另一张底色跟它弄成一样的」
        used = token.text.lower() in ("it", "that") and self._text(i - 1) in ("use", "using", "take")
        used = used and self._text(i + 1) in ("for", "as") and "background" in (self._kind(i + 2), self._kind(i + 3))
        if used and self.found and len(self.found[-1].ids) == 1:
            return Reference(self.found[-1].ids, i, i + 1)  # "the last pic is a table. use it for background"
        before = token.text.lower() in ("that", "it", "this") and self._text(i + 1).startswith("behind")
        if before and self._kind(i - 1) == "put" and self.found and len(self.found[-1].ids) == 1:
            return Reference(self.found[-1].ids, i, i + 1, role="background")  # "their garden. Put that behind my cake"
        scenes = tuple(p.id for p in self.memory.photos.values() if p.subject == "landscape")
        the = self._text(i - 1) in ("the", "my", "our", "that") and self._kind(i - 2) == "in_front"
        if token.kind in ("word", "subject") and the and len(scenes) == 1 < len(self.ids):
            return Reference(scenes, i, i + 1)  # "in front of the house", which nothing else shows
        named = self._kind(i + 1) in ("nick", "photo", "subject")  # "in front of that moor picture"
        if (
            token.kind == "this"
            and not named
            and self._kind(i - 1) == "in_front"
            and self.found
            and len(self._named_before(i)) == 1
        ):
            return Reference(self._named_before(i), i, i + 1)  # "the second is my hall. The scarf in front of that"
        return None

    def _person(self, i: int) -> Reference | None:
        """Pictures by who is spoken of: 「他爸的」, 「她那张」, "for him", "export his"."""
        token = self.tokens[i]
        kin = re.fullmatch(r"爸|妈|爸爸|妈妈|老公|老婆|哥|姐|弟|妹|媳妇|对象", token.text) and self._text(i - 1) in (
            "他",
            "她",
            "我",
        )
        unnamed = tuple(p for p in self.ids if not any(p in r.ids for r in self.found))
        if kin and self._text(i + 1) == "的" and self.found and len(unnamed) == 1 < len(self.ids):
            return Reference(unnamed, i - 1, i + 2)  # 「儿子…。他爸的是二寸蓝底」
        theirs_there = token.text in ("她", "他", "它") and self._text(i + 1) in ("那张", "的那张") and self.found
        singles = [r for r in self.found if len(r.ids) == 1 and r.ids != ("rest",)]
        singles = [r for r in singles if self.memory.photos[r.ids[0]].subject != "landscape"]
        if theirs_there and singles:
            return Reference(singles[-1].ids, i, i + 2, again=True)  # 「奶奶说不要雪山,她那张白底就好」
        him = token.text.lower() in ("him", "her") and self._text(i - 1) == "for" and len(self.ids) > 1
        single = [r for r in self.found if len(r.ids) == 1 and r.ids != ("rest",)]
        if him and single and self._kind(i + 1) in ("comma", "stop", ""):
            return Reference(single[-1].ids, i, i + 1, again=True)  # "… and a US visa photo for him"
        theirs = token.text.lower() in ("his", "hers") and self._text(i + 1) in ("as", "in", "on", "to", "photo")
        if theirs and len(self.memory.focus) == 1 < len(self.ids) and not self.found:
            return Reference(self.memory.focus, i, i + 1)  # "export his as png and everybody else's as jpeg"
        return None

    def _as_others(self, token: Token) -> bool:
        """「其他人也这样」 of several portraits: the other pictures, as nobody is to be taken out of one."""
        same = any(t.kind == "same" for t in self.tokens) and not any(t.kind in ("remove", "only") for t in self.tokens)
        alike = all(p.subject in ("portrait", "group") for p in self.memory.photos.values())
        here = self.tokens.index(token)
        wished = ("colour", "transparent", "size", "format", "export")
        own = any(t.kind in wished for t in self.tokens[here + 1 : here + 5]) and bool(self.found)
        removed = any(t.kind in ("remove", "only") for t in self.tokens)
        return (same or (own and not removed)) and alike and len(self.ids) > 1 and token.text.lower() in EVERYBODY_ELSE

    def _left_over(self, i: int) -> Reference | None:
        """「猫咪那张…,咖啡那张…」: a noun that fits no picture means the only one that was not named."""
        named = {p for r in self.found for p in r.ids}
        left = tuple(p for p in self.ids if p not in named)
        fits = self.found and self.found[-1].end >= i
        return Reference(left, i - 1, i + 1, vague=True) if named and len(left) == 1 and not fits else None

    def _named_before(self, i: int) -> tuple[str, ...]:
        """The pictures named in the sentence before the one in which token ``i`` stands, else those named last."""
        stops = [n for n, t in enumerate(self.tokens[:i]) if t.kind == "stop"]
        stops = stops or [n for n, t in enumerate(self.tokens[:i]) if t.kind == "comma"]
        earlier = [r for r in self.found if stops and r.start < stops[-1]]
        return (earlier or self.found)[-1].ids

    def _left_out(self, i: int) -> bool:
        """Whether "it" at ``i`` is what was left out before; not 「除了球场那张」, where it belongs to the name."""
        wished = any(t.kind in WISHES for t in self.tokens[i + 1 : i + 5]) and self._kind(i + 1) != "keep"
        return wished and bool(self.found) and self.found[-1].end < i and self._excepted(self.found[-1])

    def _taken_up(self, i: int) -> bool:
        """Whether "that one" at ``i`` is the single picture named in a clause before."""
        last = self.found[-1] if self.found else None
        return last is not None and len(last.ids) == 1 and last.ids != ("rest",) and self._parted(last.end, i)

    # By groups

    def _all(self, i: int) -> Reference | None:
        token = self.tokens[i]
        if self._text(i + 1) == "after" and (self._kind(i + 3).startswith("ordinal") or self._kind(i + 2) == "at"):
            return None  # "everything after the second one"
        if self._text(i + 1) == "from" and self._kind(i + 3).startswith("ordinal"):
            return None  # "everything from the third onwards"
        if token.text.lower() in ("everything", "both") and self._kind(i + 1) == "rest":
            return None
        if self._text(i - 1) == "of" and self._text(i - 2) == "one" and len(self.ids) > 1:
            return Reference((), i - 2, i + 1, missing=True)  # "one of them should be yellow": which?
        if not token.text.isascii() and self._kind(i + 1) == "neg" and self._kind(i - 1) in GONE:
            return None  # 「后面的桌子全部不要」
        several = 1 < len(self.memory.focus) < len(self.ids) and not self.found
        counted = self._kind(i + 1) == "number" and self.tokens[i + 1].value == len(self.memory.focus)
        if token.text.lower() in ("those", "these") and several and counted:
            return Reference(self.memory.focus, i, self._counter(i + 2))  # "JPEG of those two"
        if (
            token.text.lower() in ("them", "those", "these")
            and several
            and self._kind(i + 1) not in ("number", "picture")
        ):
            return Reference(self.memory.focus, i, i + 1)
        noun = i + 1
        while self._text(noun) in ("the", "my", "our", "of", "these", "those") and noun < i + 4:
            noun += 1
        noun += self._kind(noun) == "number" and self._kind(noun + 1) == "subject"
        if self._kind(noun) == "subject" and token.text.lower().split()[0] in (
            "every",
            "each",
            "all",
            "both",
            "所有",
            "所有的",
        ):
            named = self._subject(noun)
            if named and len(named.ids) < len(self.ids):
                return None  # "every portrait": those that the noun names
        if self._kind(noun) in ("others", "clutter") and self._kind(i - 1) in ("remove", "keep", "neg"):
            return None  # "drop all the passers-by"
        if self._kind(noun) == "nick" and token.text.lower() in ("both", "every", "each", "all"):
            return None  # "both front shots"
        plural = token.text.lower() in ("those", "these", "them") and self._parted_from_last(i)
        if token.text.lower() in ("those", "these") and self.found and self.found[-1].ids == ("rest",):
            return None  # "the remaining two, but in those keep only the people"
        if plural and 1 < len(self.found[-1].ids) < len(self.ids):
            return Reference(self.found[-1].ids, i, i + 1)  # "a bit hard in 1 and 3, feather those"
        end = i + 1
        while self._kind(end) in ("picture", "all") or (
            self._kind(end) == "at" and self.tokens[end].text in ("of", "the", "my")
        ):
            end += 1
        those = token.text.lower() in ("those", "these")
        if self._kind(end) == "number" and (those or self._kind(end + 1) in ("picture", "")):
            end = self._counter(end + 1)
        return Reference(self.ids, i, end)

    def _parted_from_last(self, i: int) -> bool:
        return bool(self.found) and self.found[-1].ids != ("rest",) and self._parted(self.found[-1].end, i)

    def _rest(self, i: int) -> Reference | None:
        if self._text(i - 1) in ("like", "as", "unlike") and any(t.kind in WISHES for t in self.tokens[:i]):
            return None  # "put him back on white like the rest"
        if self._text(i + 1) in ("东西", "的东西", "things", "stuff"):
            return None  # 「别的东西都去掉」: in the picture
        counted = re.match(r"[两三四五六2-9]个?(?:人|位)", self._text(i + 1))
        faces = all(p.subject == "portrait" for p in self.memory.photos.values())
        if counted and faces and len(self.ids) > 1 and (self.found or self.memory.focus):
            return Reference(("rest",), i, i + 2)  # 「lina那张红底,另外两个人蓝底」
        written = self._kind(i + 1) == "format" and not self.tokens[i].text.isascii() and self._text(i + 1).isascii()
        if self._kind(i + 1) in ("people", "clutter", "format") and not written:
            return None  # but 「第2张导出成jpg,其余png」
        if self._kind(i + 1) == "background" and not (self.found and self.tokens[i].text.endswith("的")):
            return None  # but 「第二张不用管,其余的背景统统黑色」
        that = self._text(i + 1) in ("那张", "那个", "那幅")
        aside = (
            self.tokens[i].text in ("另外", "另")
            and not that
            and self._kind(i + 1)
            not in (
                "picture",
                "number",
                "all",
                "subject",
            )
        )
        if aside and self._text(i + 1) not in ("的", "几", "那"):
            return None  # 「第四张另外垫个灰色」
        end = i + 1 + (self.tokens[i].text in ("另外", "另") and that)
        while self._kind(end) in ("picture", "all", "number") and not self.tokens[end].unit:
            end += 1
        shown = (
            self._shown(end)
            if self._kind(end) == "subject" and self._kind(end - 1) in ("number", "picture", "this")
            else None
        )
        return Reference(("rest",), i, shown.end if shown else end, among=shown.ids if shown else ())
