"""Pictures by what was done to them, or by how they look: 「红底那张」, "the ones I left out", 「有人的」."""

from __future__ import annotations

import re

from agent.builtin.tokens.nicknames import PARTS
from agent.builtin.tokens.token import Token
from agent.builtin.which.contents import PARTICLES, Contents, is_called
from agent.builtin.which.numbering import Reference

LEFT_OVER = {"那张", "那个", "那幅", "那一张"}
LEFT_OUT = re.compile(
    r"ones?(?: that)? (?:i|we|you) (?:left out|forgot|missed|skipped|left|haven't done|did not do|didn't do)(?: out)?\b"
    r"|(?:漏 ?掉?|忘 ?了?|剩 ?下?|落 ?下?) 的那[张个]"
)
JUST_DONE = re.compile(r"ones? (?:that )?you(?:'ve)? just (?:did|done|made|finished|cut)")
STATED = {"ones", "one", "那几张", "那两张", "那些", "那张", "这张", "那个", "的那几张", "的那些", "的那张", "的这张"}
ID_HUES = {"#0000FF": "#438EDB"}  # the blue of an ID photo is called blue, too


class States(Contents):
    """Finds such references in the tokens of one sentence."""

    def _in_state(self, i: int) -> Reference | None:
        """ "the transparent ones as PNG", 「红底那张」: pictures by the background that they have by now."""
        if self.tokens[i].kind not in ("colour", "transparent") or self._text(i - 1) == "as":
            return None
        end = i + 1 + (self._kind(i + 1) in ("background", "colour_word"))
        end += self._text(end) == "的"
        of = self._text(end - 1).endswith("的")
        refused = of and (self._kind(end) in ("neg", "held", "export") or self._text(end) in ("先", "都", "全"))
        if not refused and self._text(end) not in STATED:
            return None
        ids = self._standing(self.tokens[i])
        return Reference(ids, i, end if refused else self._counter(end + 1)) if 0 < len(ids) < len(self.ids) else None

    def _placed_on(self, i: int) -> Reference | None:
        """ "the one on red": a picture by the background that it has."""
        led = self._text(i) in ("one", "ones", "picture", "photo") and self._text(i + 1) in ("on", "with", "in")
        here = i + 2 + (self._text(i + 2) in ("the", "a"))
        if not led or self._text(i - 1) not in ("the", "and the") or self._kind(here) not in ("colour", "transparent"):
            return None
        ids = self._standing(self.tokens[here])
        end = here + 1 + (self._kind(here + 1) == "background")
        return Reference(ids, i, end) if 0 < len(ids) < len(self.ids) else None

    def _standing(self, token: Token) -> tuple[str, ...]:
        """The pictures that have the background of ``token`` by now."""
        shown = [p for p in self.memory.photos.values() if p.cut]
        if token.kind == "transparent":
            return tuple(p.id for p in shown if p.kind == "transparent")
        named = str(token.value[1]).upper()
        hues = {named, ID_HUES.get(named, named)}
        return tuple(p.id for p in shown if p.background.get("color", "").upper() in hues)

    def _unseen(self, i: int) -> bool:
        """ "the darker one", 「颜色深的那张」 of several pictures: how they look is not known."""
        if len(self.ids) < 2 or self.tokens[i].kind not in ("darker", "lighter"):
            return False
        behind = self._text(i + 1)
        return behind in ("one", "那张", "的那张", "那个", "的那个") or (
            behind == "的" and self._text(i + 2) in LEFT_OVER
        )

    def _strange_name(self, i: int) -> bool:
        """ "Lena's has to be on blue", where no file is called so."""
        token = self.tokens[i]
        put = self._kind(i - 1) in ("put", "cut") and self._text(i + 1) in ("on", "in", "onto", "against", "out")
        strange = token.kind == "word" and token.text[:1].isupper() and token.text.isalpha() and len(token.text) > 2
        if put and strange and len(self.ids) > 1 and all(p.subject == "portrait" for p in self.memory.photos.values()):
            return True  # "put Sophie on a white background"
        own = token.text.endswith("'s") and token.text[:1].isupper() and len(token.text) > 4
        people = len(self.ids) > 1 and all(p.subject == "portrait" for p in self.memory.photos.values())
        verbs = ("has", "should", "needs", "gets", "goes", "on", "in", "with", "photo", "picture", "background", "one")
        begins = i == 0 or self._kind(i - 1) in ("comma", "stop", "then")
        return own and people and begins and token.kind == "word" and self._text(i + 1) in verbs

    def _named_so(self, i: int) -> Reference | None:
        """「side 开头的两张」: pictures whose names begin with a word."""
        token = self.tokens[i]
        if len(self.ids) < 2:
            return None
        held = (
            self._text(i) in ("带", "有", "含", "包含", "写着")
            and self._text(i + 1).isascii()
            and self._text(i + 2) == "的"
        )
        if held:
            ids = tuple(p.id for p in self.memory.photos.values() if self._text(i + 1) in p.called)
            return Reference(ids, i, self._counter(i + 3)) if 0 < len(ids) < len(self.ids) else None  # 「带back的」
        if token.kind == "format" and self._text(i - 1) in ("the", "two", "three", "and the", "这个", "那个"):
            ends = (".jpg", ".jpeg") if token.value == "jpeg" else (f".{token.value}",)
            ids = tuple(p.id for p in self.memory.photos.values() if p.called.endswith(ends))
            told = (
                self._text(i + 1) in ("on", "in", "gets", "should", "needs", "goes", "to")
                or self._kind(i + 1) == "colour"
            )
            if told and 0 < len(ids) < len(self.ids):
                token.kind = "named"
                return Reference(ids, i, i + 1)  # "the two JPGs on white, the PNG on black"
        if self._text(i + 1) not in ("开头", "打头") or not token.text.isascii():
            return None
        begun = tuple(p.id for p in self.memory.photos.values() if p.called.startswith(token.text.lower()))
        end = i + 2 + (self._text(i + 2) == "的")
        end += 2 if self._kind(end) == "number" and self._kind(end + 1) == "picture" else 0
        return Reference(begun, i, end) if begun else None

    def _with_people(self, i: int) -> Reference | None:
        """「有人的」, 「没人的」, 「不是人的」: pictures with or without people."""
        bare = self._text(i) in ("有人", "有人物") or (
            self._text(i) in ("人", "人像", "人物") and self._text(i - 1) in ("没", "没有", "是", "有", "不是")
        )
        if not bare or not self._text(i + 1).startswith("的") or len(self.ids) < 2:
            return None
        people = [p.id for p in self.memory.photos.values() if p.subject in ("portrait", "group")]
        without = self._text(i - 1) in ("没", "没有", "不是")
        ids = tuple(p for p in self.ids if (p in people) != without)
        if without:  # the "not" is about people, not about the wish
            for token in self.tokens[i:]:
                token.negated = False
        end = i + 2 + (self._text(i + 2) == "那")
        return (
            Reference(ids, i, end + (self._kind(end) in ("all", "picture"))) if 0 < len(ids) < len(self.ids) else None
        )

    def _done(self, i: int) -> Reference | None:
        """ "the cut out one", 「抠好的那张」: pictures that were cut out; "the one you just did": those done last."""
        just = " ".join(self._text(n) for n in range(i, i + 4))
        found = JUST_DONE.match(just)
        if found and self.memory.focus and len(self.ids) > 1:
            return Reference(self.memory.focus, i, i + found.group().count(" ") + 1)
        token = self.tokens[i]
        one = self._text(i + 1) in ("one", "ones", "的那张", "那张", "的那几张", "的这张", "那几张")
        ids = tuple(p.id for p in self.memory.photos.values() if p.cut)
        if token.kind != "cut" or not one or not 0 < len(ids) < len(self.ids):
            return None
        token.kind = "named"
        return Reference(ids, i, self._counter(i + 2))

    def _forgotten(self, i: int) -> Reference | None:
        """ "the one I left out", 「漏掉的那张」: pictures to which nothing was done yet."""
        unnamed = tuple(p for p in self.ids if not any(p in r.ids for r in self.found))
        if self._text(i) in ("unnamed", "nameless") and self._text(i + 1) == "one" and len(unnamed) == 1:
            return Reference(unnamed, i, i + 2)  # "…, the unnamed one a Japan visa"
        left = tuple(p.id for p in self.memory.photos.values() if not p.cut)
        ahead = " ".join(self._text(n) for n in range(i, i + 5))
        found = LEFT_OUT.match(ahead)
        if not found or not 0 < len(left) < len(self.ids):
            return None
        return Reference(left, i, self._counter(i + found.group().strip().count(" ") + 1))

    def _undone(self, i: int) -> Reference | None:
        """「还没弄的」, 「刚刚没做的那张」: pictures to which nothing was done yet."""
        verb = self._kind(i + 1) in ("change", "cut") or self._text(i + 1)[:1] in tuple("抠弄做处换改动")
        i += self._text(i + 1) == "处" and self._text(i + 2) == "理"  # 「还没处理的」
        if self._text(i - (self._text(i) == "处")) not in ("没", "没有", "未"):
            return None
        if not verb or not self._text(i + 2).startswith("的"):
            return None
        left = tuple(p.id for p in self.memory.photos.values() if not p.cut)
        return Reference(left, i, self._counter(i + 3)) if 0 < len(left) < len(self.ids) else None

    def _of_size(self, i: int) -> Reference | None:
        """ "the two US ones", 「一寸那几张」: pictures by the ID photo that was made of them."""
        token = self.tokens[i]
        size = "visa_us" if token.text == "US" else token.value if token.kind in ("size", "country") else ""
        pointed = (
            "ones",
            "one",
            "photos",
            "pictures",
            "那几张",
            "那两张",
            "的那几张",
            "那张",
            "这张",
            "的那张",
            "那个",
        )
        if not size or self._text(i + 1) not in pointed:
            return None
        ids = tuple(p.id for p in self.memory.photos.values() if p.id_photo.get("size") == size)
        return Reference(ids, i, i + 2) if 0 < len(ids) < len(self.ids) else None

    def _coloured(self, i: int) -> Reference | None:
        """「红的」, "the red one" of 红.jpg and 绿.jpg: a file that is called by a colour."""
        name = self._text(i)
        noun = self.tokens[i + 1] if self._kind(i + 1) == "subject" else None
        begins = i == 0 or self._kind(i - 1) in ("comma", "stop", "then")
        if noun and (begins or self._text(i - 1) in ("the", "my", "that", "and the")):
            both = tuple(
                p.id for p in self.memory.photos.values() if name in PARTS.findall(p.called) and is_called(p, noun)
            )
            if 0 < len(both) < len(self.ids):
                return Reference(both, i, self._counter(i + 2))  # "the ivory scarf" of scarf_ivory.jpg
        ids = tuple(p.id for p in self.memory.photos.values() if p.called.rsplit(".", 1)[0] == name)
        behind = self._text(i + 1)
        pointed = behind in ("的", "one", "那款", "那张", "那个", "款") and self._kind(i + 2) not in (
            "background",
            "gradient",
        )
        return Reference(ids, i, i + 2) if ids and pointed and len(self.ids) > 1 else None

    def _strange_place(self, i: int) -> tuple[str, ...]:
        """「把我p到三亚那张上面」: a name that nobody knows is that of the only landscape."""
        put = any(t.kind == "put" for t in self.tokens[max(0, i - 5) : i])
        scenes = tuple(p.id for p in self.memory.photos.values() if p.subject == "landscape")
        onto = self._text(i + 1) in ("上", "上面", "里", "里面", "前面", "前", "中")
        return scenes if put and onto and len(scenes) == 1 < len(self.ids) else ()

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
