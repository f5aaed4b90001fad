"""Pictures by what they show: 「猫那张」, "the people", 「我那张」, "the tall ones"; also by their files' names."""

from __future__ import annotations

import re

from agent.builtin.tokens.lexicon import stem
from agent.builtin.tokens.scan import alike, nouns
from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Photo
from agent.builtin.which.numbering import Reference
from agent.builtin.which.resolving import Resolver

OWN = re.compile(r"(?:me|myself|my|我|我自己|本人)(?:\.|[_ -]|$)")  # a file that is called after the person
SELF = re.compile(r"selfie|自拍")
PARTICLES = set("片的了吧呢吗啊呀嘛哦也都就和与跟或要给把被还是用做当那这后前里上下边旁在放到去来换改抠全单另先再")


class Contents(Resolver):
    """Finds references by content in the tokens of one sentence."""

    def _mine(self, i: int) -> Reference | None:
        """「我那张」, "my photo" among pictures of other things: the portrait."""
        own = tuple(p.id for p in self.memory.photos.values() if OWN.match(p.called))
        wished = self._text(i + 1) == "的" and self._kind(i + 2) in ("colour", "transparent", "blur", "size", "change")
        if len(own) == 1 < len(self.ids) and wished and self._text(i) == "我":
            return Reference(own, i, i + 2)  # 「我的白底,他的蓝底」
        ids = tuple(p.id for p in self.memory.photos.values() if p.subject == "portrait")
        named = {p for r in self.found for p in r.ids}
        ids = tuple(p for p in ids if p not in named) if len(ids) > 1 and named else ids  # 「老大老二…。我那张…」
        counted = self._text(i + 1) in ("那张", "这张", "的那张", "的照片") or (
            self._text(i) == "my" and self._text(i + 1) in ("one", "photo", "picture", "pic", "portrait", "selfie")
        )
        begins = i == 0 or self._kind(i - 1) in ("comma", "stop", "then")
        wants = begins and self._text(i) == "我" and self._text(i + 1) in ("要", "用", "换")
        wants = wants and self._kind(i + 2) in ("colour", "transparent", "blur") and not self.found
        if wants and len(ids) == 1 < len(self.ids):
            return Reference(ids, i, i + 1)  # 「我要红底,猫要…」
        return Reference(ids, i, i + 2, vague=True) if len(ids) == 1 < len(self.ids) and counted else None

    def _theirs(self, i: int) -> Reference | None:
        """「我的白底,他的蓝底」: of two pictures, the one that is not the speaker's."""
        own = {p.id for p in self.memory.photos.values() if OWN.match(p.called)}
        wished = self._text(i + 1) == "的" and self._kind(i + 2) in ("colour", "transparent", "blur")
        left = tuple(p for p in self.ids if p not in own)
        return Reference(left, i, i + 2) if wished and len(own) == len(left) == 1 else None

    def _subject(self, i: int) -> Reference | None:
        if len(self.ids) < 2 or self._in_compound(i):
            return None
        if self._kind(i - 1) == "nick" and self.tokens[i - 1].end == self.tokens[i].start and i + 1 < len(self.tokens):
            return None if self.tokens[i].value[0] == "portrait" else self._shown(i)  # 「李思思家长」 is no child
        if self.tokens[i].text == "US":
            return None  # the country
        led = [self._text(i - n) for n in (3, 2, 1)]
        if led in (["one", "of", "the"], ["one", "of", "my"], ["one", "of", "our"]):
            return Reference((), i - 3, i + 1, missing=True)  # "one of the kids": which?
        if self.found and self._kind(i - 1) == "only" and "留" in self._text(i - 1):
            return None  # 「合影那张…只留孩子」: what is to stay in that picture
        return self._shown(i)

    def _shown(self, i: int) -> Reference | None:
        kind, word = self.tokens[i].value
        if self._text(i) in ("us", "我们", "咱们", "of us"):
            people = tuple(p.id for p in self.memory.photos.values() if p.subject in ("portrait", "group"))
            return Reference(people, i, i + 1, vague=True) if 0 < len(people) < len(self.ids) else None
        number = next((self.tokens[n].value for n in (i - 1, i - 2) if self._kind(n) == "number"), 0)
        counted = tuple(p.id for p in self.memory.photos.values() if p.subject == kind)
        named = {p for r in self.found for p in r.ids}
        left = tuple(p for p in counted if p not in named)
        if len(left) == number > 1 and len(counted) > number:
            return Reference(left, i, self._counter(i + 1))  # 「爸爸妈妈…,两个小孩…」
        if len(counted) == number > 1 and self._kind(i - 1) == "number" and i > 0:
            return Reference(counted, i - 1, self._counter(i + 1), vague=True)  # "too strong on the three dogs, … 8 px"
        if len(counted) == number > 1:
            return Reference(counted, i, self._counter(i + 1), vague=True)  # 「三个菜」 beside a 菜单.jpg
        ids = tuple(p.id for p in self.memory.photos.values() if _named(p, word))
        if self._text(i).endswith("s") and len(ids) == 1 and len(counted) > 1 and self._kind(i - 2) == "all":
            ids = counted  # "all the plants", of which one file is called so
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
        if (
            self._text(i) in ("everybody", "everyone")
            and self.found
            and (self._text(i - 1) == "for" or self._text(i - 1).startswith("behind"))
        ):
            return Reference(self.ids, i, i + 1)  # "1 and 2 on red, 3 and 4 on blue, one inch for everybody"
        led = [self.tokens[n] for n in range(max(0, i - 3), i)]
        stays = any(t.kind in ("only", "keep") and "留" in t.text for t in led)  # 「净系留返啲人」
        within = self._text(i + 1) in ("in", "from", "on")  # "keep only the people in the group shot"
        article = self._text(i - 1) == "the" and self._kind(i - 2) in ("only", "keep") and (bool(self.found) or within)
        if len(self.ids) < 2 or stays or article or self._kind(i - 1) in ("only", "keep"):
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


def is_called(photo: Photo, noun: Token) -> bool:
    """Whether a file is called by a noun."""
    return _named(photo, noun.value[1])


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
    if photo.subject == "portrait":
        others = (w for w in list(others) if len(w) > 1)  # 马俊豪 is no horse
    return any(w in parts if w.isascii() else w in photo.called for w in others)


def _shows(photo: Photo, kind: str) -> bool:
    alike = {"portrait": ("portrait", "group"), "object": ("object", "product"), "product": ("product", "object")}
    return photo.subject in alike.get(kind, (kind,))
