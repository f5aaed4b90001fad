"""Which pictures a sentence speaks of: by number, order, name, content, or by what was spoken of before."""

from __future__ import annotations

import re

from agent.builtin.lexicon import stem
from agent.builtin.memory import Photo
from agent.builtin.numbering import Reference
from agent.builtin.resolving import WISHES, Resolver
from agent.builtin.scan import alike, nouns
from agent.builtin.token import Token

OWN = re.compile(r"(?:me|myself|my|我|我自己|本人)(?:\.|[_ -]|$)")  # a file that is called after the person


SELF = re.compile(r"selfie|自拍")
PARTICLES = set("片的了吧呢吗啊呀嘛哦也都就和与跟或要给把被还是用做当那这后前里上下边旁在放到去来换改抠全单另先再")
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
    "everybody else",
    "other people",
}
ONWARD = {"开", "始", "开始", "起", "往后", "以后", "之后", "onwards", "onward", "on", "往", "后"}
GONE = ("subject", "background", "others", "clutter", "word")
LEFT_OVER = {"那张", "那个", "那幅", "那一张"}
THAT_ONE = {"that one", "那张", "那个", "that picture", "that photo"}


class Finder(Resolver):
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
        pointed = self._pointed(i)
        if pointed:
            return pointed
        if token.text.lower() == "mine":
            return self._me(i)
        if token.text.lower() in ("我", "my") and token.kind in ("word", "at", "this"):
            return self._mine(i)
        if token.kind == "others" and self._as_others(token):
            return Reference(("rest",), i, i + 1)
        if token.kind in ("colour", "transparent") and self._in_state(i):
            return Reference(self._in_state(i), i, self._counter(i + 1))
        if token.kind == "colour":
            return self._coloured(i)
        if token.kind == "nick":
            return Reference(token.value, i, self._counter(i + 1), vague=True)
        if token.kind == "picture_number":
            return self._numbered([token.value], i, i + 1)
        numbered = self._called(i)
        if numbered:
            return numbered
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
        reader = (readers | shapes).get(token.kind)
        return reader(i) if reader else None

    def _pointed(self, i: int) -> Reference | None:
        """ "that", "it", 「那张」: what was named before, or nobody that is here."""
        token = self.tokens[i]
        if token.kind == "this" and token.text.lower() in THAT and self._left_out(i):
            return Reference(self.found[-1].ids, i, i + 1, again=True)  # "…, except the car, that one black"
        if token.kind == "this" and token.text in LEFT_OVER and self._kind(i - 1) == "subject":
            return self._left_over(i)
        if token.kind == "this" and token.text in LEFT_OVER and self._stranger(i):
            return Reference((), i, i + 1, missing=True)
        if token.kind == "this" and token.text.lower() in THAT_ONE and self._taken_up(i):
            return Reference(self.found[-1].ids, i, i + 1)  # "Jo's curls look fuzzy. No feathering on that one"
        used = token.text.lower() in ("it", "that") and self._text(i - 1) in ("use", "using", "take")
        used = used and self._text(i + 1) in ("for", "as") and "background" in (self._kind(i + 2), self._kind(i + 3))
        if used and self.found and len(self.found[-1].ids) == 1:
            return Reference(self.found[-1].ids, i, i + 1)  # "the last pic is a table. use it for background"
        before = token.text.lower() in ("that", "it", "this") and self._text(i + 1).startswith("behind")
        if before and self._kind(i - 1) == "put" and self.found and len(self.found[-1].ids) == 1:
            return Reference(self.found[-1].ids, i, i + 1)  # "their garden. Can you put that behind my cake"
        named = self._kind(i + 1) in ("nick", "photo", "subject")  # "in front of that moor picture"
        if (
            token.kind == "this"
            and not named
            and self._kind(i - 1) == "in_front"
            and self.found
            and len(self.found[-1].ids) == 1
        ):
            return Reference(self._named_before(i), i, i + 1)  # "the second is my hall. The scarf in front of that"
        return None

    def _as_others(self, token: Token) -> bool:
        """「其他人也这样」 of several portraits: the other pictures, as nobody is to be taken out of one."""
        same = any(t.kind == "same" for t in self.tokens) and not any(t.kind in ("remove", "only") for t in self.tokens)
        alike = all(p.subject in ("portrait", "group") for p in self.memory.photos.values())
        return same and alike and len(self.ids) > 1 and token.text.lower() in EVERYBODY_ELSE

    def _in_state(self, i: int) -> tuple[str, ...]:
        """ "the transparent ones as PNG": pictures by the background that they have by now."""
        if self._text(i + 1) not in ("ones", "那几张", "的那几张", "那两张", "的那些") or self._text(i - 1) == "as":
            return ()
        token = self.tokens[i]
        shown = [p for p in self.memory.photos.values() if p.cut]
        if token.kind == "transparent":
            ids = tuple(p.id for p in shown if p.kind == "transparent")
        else:
            ids = tuple(p.id for p in shown if p.background.get("color", "").upper() == str(token.value[1]).upper())
        return ids if len(ids) < len(self.ids) else ()

    def _coloured(self, i: int) -> Reference | None:
        """「红的」, "the red one" of 红.jpg and 绿.jpg: a file that is called by a colour."""
        name = self._text(i)
        ids = tuple(p.id for p in self.memory.photos.values() if p.called.rsplit(".", 1)[0] == name)
        behind = self._text(i + 1)
        pointed = behind in ("的", "one", "那款", "那张", "那个", "款") and self._kind(i + 2) not in (
            "background",
            "gradient",
        )
        return Reference(ids, i, i + 2) if ids and pointed and len(self.ids) > 1 else None

    def _left_over(self, i: int) -> Reference | None:
        """「猫咪那张…,咖啡那张…」: a noun that fits no picture means the only one that was not named."""
        named = {p for r in self.found for p in r.ids}
        left = tuple(p for p in self.ids if p not in named)
        fits = self.found and self.found[-1].end >= i
        return Reference(left, i - 1, i + 1, vague=True) if named and len(left) == 1 and not fits else None

    def _stranger(self, i: int) -> bool:
        """「孙二嫂那张」 where every picture is called by another name."""
        names = [p.called.rsplit(".", 1)[0] for p in self.memory.photos.values()]
        begin = i
        while self._kind(begin - 1) == "word" and "\u4e00" <= self._text(begin - 1) <= "\u9fff":
            begin -= 1
        led = begin == 0 or self._kind(begin - 1) in ("comma", "stop", "then")
        han = all(re.fullmatch(r"[\u4e00-\u9fff]{2,4}", name) for name in names)
        people = all(p.subject == "portrait" for p in self.memory.photos.values())
        return (
            len(names) > 1 and people and han and led and i - begin in (2, 3) and not set(self._text(begin)) & PARTICLES
        )

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
        if self._text(i + 1) == "from" and self._kind(i + 3).startswith("ordinal"):
            return None  # "everything from the third onwards"
        if token.text.lower() in ("everything", "both") and self._kind(i + 1) == "rest":
            return None
        if not token.text.isascii() and self._kind(i + 1) == "neg" and self._kind(i - 1) in GONE:
            return None  # 「后面的桌子全部不要」
        if token.text.lower() == "them" and len(self.memory.focus) > 1:
            return Reference(self.memory.focus, i, i + 1)
        noun = i + 1 + (self._text(i + 1) in ("the", "my", "our", "of", "these", "those"))
        if self._kind(noun) == "subject" and token.text.lower() in ("every", "each", "all", "所有", "所有的"):
            named = self._subject(noun)
            if named and len(named.ids) < len(self.ids):
                return None  # "every portrait": those that the noun names
        if self._kind(noun) == "nick" and token.text.lower() in ("both", "every", "each", "all"):
            return None  # "both front shots"
        plural = token.text.lower() in ("those", "these", "them") and self._parted_from_last(i)
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
        if self._text(i + 1) in ("东西", "的东西", "things", "stuff"):
            return None  # 「别的东西都去掉」: in the picture
        counted = re.match(r"[两三四五六2-9]个?(?:人|位)", self._text(i + 1))
        faces = all(p.subject == "portrait" for p in self.memory.photos.values())
        if counted and faces and len(self.ids) > 1 and self.found:
            return Reference(("rest",), i, i + 2)  # 「lina那张红底,另外两个人蓝底」
        written = self._kind(i + 1) == "format" and not self.tokens[i].text.isascii() and self._text(i + 1).isascii()
        if self._kind(i + 1) in ("people", "clutter", "format") and not written:
            return None  # but 「第2张导出成jpg,其余png」
        if self._kind(i + 1) == "background" and not (self.found and self.tokens[i].text.endswith("的")):
            return None  # but 「第二张不用管,其余的背景统统黑色」
        aside = self.tokens[i].text in ("另外", "另") and self._kind(i + 1) not in (
            "picture",
            "number",
            "all",
            "subject",
        )
        if aside and self._text(i + 1) not in ("的", "几", "那"):
            return None  # 「第四张另外垫个灰色」
        end = i + 1
        while self._kind(end) in ("picture", "all", "number") and not self.tokens[end].unit:
            end += 1
        return Reference(("rest",), i, end)

    # By content

    def _mine(self, i: int) -> Reference | None:
        """「我那张」, "my photo" among pictures of other things: the portrait."""
        ids = tuple(p.id for p in self.memory.photos.values() if p.subject == "portrait")
        counted = self._text(i + 1) in ("那张", "这张", "的那张", "的照片") or (
            self._text(i) == "my" and self._text(i + 1) in ("one", "photo", "picture", "pic", "portrait", "selfie")
        )
        return Reference(ids, i, i + 2, vague=True) if len(ids) == 1 < len(self.ids) and counted else None

    def _subject(self, i: int) -> Reference | None:
        if len(self.ids) < 2 or self._in_compound(i):
            return None
        if self._kind(i - 1) == "nick" and self.tokens[i - 1].end == self.tokens[i].start and i + 1 < len(self.tokens):
            return None if self.tokens[i].value[0] == "portrait" else self._shown(i)  # 「李思思家长」 is no child
        if self.found and self._kind(i - 1) == "only" and "留" in self._text(i - 1):
            return None  # 「合影那张…只留孩子」: what is to stay in that picture
        return self._shown(i)

    def _shown(self, i: int) -> Reference | None:
        kind, word = self.tokens[i].value
        ids = tuple(p.id for p in self.memory.photos.values() if _named(p, word))
        ids = ids or tuple(p.id for p in self.memory.photos.values() if p.subject == kind and not _otherwise(p, word))
        ids = ids or tuple(p.id for p in self.memory.photos.values() if p.subject == kind)
        ids = self._not_told(ids) if not any(_named(p, word) for p in self.memory.photos.values()) else ids
        ids = ids or tuple(p.id for p in self.memory.photos.values() if _shows(p, kind))
        if not ids:
            return None
        return Reference(ids, i, self._counter(i + 1), vague=True)

    def _in_compound(self, i: int) -> bool:
        """「球员卡」 is no ball: a noun of one character with an unknown one right behind it."""
        token, behind = self.tokens[i], self.tokens[i + 1 : i + 2]
        if len(token.text) > 1 or token.text.isascii() or not behind or behind[0].start != token.end:
            return False
        return behind[0].kind == "word" and not behind[0].text.isascii() and behind[0].text not in PARTICLES

    def _not_told(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """ "Tin on red. Bottle: ivory": of pictures of one kind, those that were not called by their names before."""
        told = {p for r in self.found if r.vague and len(r.ids) == 1 for p in r.ids}
        left = tuple(p for p in ids if p not in told)
        return left if len(left) == 1 and self.tokens and len(told & set(ids)) + 1 == len(ids) else ids

    def _called(self, i: int) -> Reference | None:
        """ "kid 7" of kid_07.jpg: a word of a name with its number."""
        if self._kind(i + 1) != "number" or self.tokens[i + 1].unit or not self.tokens[i].text.isascii():
            return None
        word, number = stem(self._text(i)), self.tokens[i + 1].value
        ids = tuple(p.id for p in self.memory.photos.values() if _numbered_name(p, word, number))
        return Reference(ids, i, i + 2) if ids and len(self.ids) > 1 else None

    def _parity(self, i: int) -> Reference | None:
        first = 0 if self.tokens[i].text.lower() in ("单数", "奇数") or self._text(i).startswith("odd") else 1
        return Reference(self.ids[first::2], i, self._counter(i + 1)) if len(self.ids) > 1 else None

    def _central(self, i: int) -> Reference | None:
        """「中间那个」 of three pictures is the second, where nothing is to be kept of one."""
        central = self._text(i).startswith(("中间", "当中", "正中", "one in the middle"))
        kept = any(t.kind in ("only", "keep") for t in self.tokens) and not self.found
        return self._middle(i) if central and not kept and len(self.ids) > 2 else None

    def _people(self, i: int) -> Reference | None:
        """ "人", "people": points at pictures only where some show people and others do not."""
        led = [self.tokens[n] for n in range(max(0, i - 3), i)]
        stays = any(t.kind in ("only", "keep") and "留" in t.text for t in led)  # 「净系留返啲人」
        if len(self.ids) < 2 or stays or self._kind(i - 1) in ("only", "keep"):
            return None
        ids = tuple(p.id for p in self.memory.photos.values() if p.subject in ("portrait", "group"))
        return Reference(ids, i, i + 1, vague=True) if 0 < len(ids) < len(self.ids) else None

    def _me(self, i: int) -> Reference | None:
        """ "me" among pictures of other things is the portrait, or the one that is called so."""
        ids = tuple(p.id for p in self.memory.photos.values() if p.subject == "portrait")
        photos = list(self.memory.photos.values())
        own = [p.id for p in photos if OWN.match(p.called)] or [p.id for p in photos if SELF.search(p.called)]
        ids = tuple(own) or ids
        shown = self._text(i) in ("我本人", "本人", "我自己") and self._text(i + 1) in ("那张", "的那张", "那幅")
        if shown and len(ids) == 1 < len(self.ids):
            return Reference(ids, i, i + 2, vague=True)
        if self.tokens[i].text.lower() not in ("me", "myself", "mine") or len(ids) != 1 or len(self.ids) < 2:
            return None
        return (
            None
            if self._kind(i - 1) in ("change", "politeness", "export", "only") and self._text(i) != "mine"
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


def _named(photo: Photo, word: str) -> bool:
    """Whether a file is called by the word, or by one that means the same in the other language."""
    name = photo.called
    parts = {stem(w) for w in re.findall(r"[a-z]+", name)}
    return any(stem(w) in parts if w.isascii() else w in name for w in alike(word))


def _numbered_name(photo: Photo, word: str, number: float) -> bool:
    name = photo.called.rsplit(".", 1)[0]
    digits = re.findall(r"\d+", name)
    return word in {stem(w) for w in re.findall(r"[a-z]+", name)} and any(int(d) == number for d in digits)


def _otherwise(photo: Photo, word: str) -> bool:
    """Whether a file is called by another noun ("cat.jpg" is no dog)."""
    if len(alike(word)) == 1:
        return False  # a general word: "animals" are cats and dogs
    others = (w for group in nouns() if word not in group for w in group)
    parts = set(re.findall(r"[a-z]+", photo.called))
    return any(w in parts if w.isascii() else w in photo.called for w in others)


def _shows(photo: Photo, kind: str) -> bool:
    alike = {"portrait": ("portrait", "group"), "object": ("object", "product"), "product": ("product", "object")}
    return photo.subject in alike.get(kind, (kind,))
