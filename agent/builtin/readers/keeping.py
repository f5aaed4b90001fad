"""What a section says of what is to be kept: people, the main subject, everything."""

from __future__ import annotations

from itertools import takewhile

from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Photo
from agent.builtin.which.sections import Section

PEOPLE = ("portrait", "group")
KEEPING = ("留", "keep", "剩", "单独")
GIVING = {"give", "hand", "send", "show", "get", "let", "tell", "make", "for"}


def kept(section: Section, photo: Photo) -> str | None:
    """What is to be kept, if the section says so."""
    if section.yes("held"):
        return None
    if photo.keep != "everything" and section.yes("keep") and not section.yes("only", "remove") and _more_kept(section):
        return "everything"
    lost = photo.keep != "everything" and section.yes("gone") and section.yes("subject", "people", "nick")
    if lost and not (section.yes("people") and section.yes("keep", "only")):
        return "everything"  # "hey, our dog is gone!"
    only = _keepers(section)
    if section.yes("size") and section.has(lambda t: t.text.lower() == "one"):
        only = [t for t in only if t.text.lower() not in ("just", "only")]  # "a us visa pic, just the one of me"
    if any(t.text.lower() in ALONE for t in section.all("me")) and not section.yes("blur"):
        return "main_subject"
    if section.yes("blur") and not section.yes("only", "others", "clutter"):
        return None  # "blur the background, keep me sharp"
    if (
        any(t.text.lower() in LONE and not _of_its_own(section, t) for t in section.yes("only"))
        and section.yes("change", "cut")
        and not section.yes("mask")
    ):
        return "main_subject"  # "need Biscuit on her own, no grass"
    gone = section.no("others", "clutter") or _clutter_goes(section)
    people = section.yes("people")
    if (
        only
        and people
        and section.yes("others")
        and _object_of(section, only, people)
        and not section.yes("me", "main")
    ):
        return "people"  # "just the people, there's some random bike"
    if (section.yes("others") and (section.yes("remove") or only)) or section.no("others"):
        return "main_subject"
    ours = photo.subject == "group" and section.has(lambda t: t.kind == "people" and t.text[:1] in "两三四五俩")
    if only and _object_of(section, only, section.yes("me", "main") + _pronouns(section)):
        return "people" if ours else "main_subject"  # 「只留我和孩子两个人」
    if gone:
        return "people" if people or photo.subject in PEOPLE else "main_subject"
    if only and people and _object_of(section, only, people):
        return "people"
    named = [t for t in section.tokens if t.kind in ("nothing", "politeness") and t.text in ADDRESSED]
    if photo.subject == "group" and [t for t in named if _object_of(section, [o for o in only if "留" in o.text], [t])]:
        return "people"  # 「就留小朋友和老师」
    kept_things = [t for t in section.yes("subject") if _object_of(section, only, [t])]
    if kept_things:
        return _kept_subject(section, kept_things[0], photo)
    if _all_but(section):
        return _all_but(section)
    if only and _only_something(section):
        return "main_subject"
    if (
        section.yes("keep")
        and section.yes("all")
        and section.has(lambda t: t.text.lower() in ("everything", "全部", "所有"))
    ):
        return "everything"
    return None


PRONOUNS = {"我", "他", "她", "它", "her", "him"}
LONE = {"on its own", "on her own", "on his own", "by itself", "by herself", "by himself", "alone in the frame"}
ALONE = {"just me", "only me", "留我", "我一个人", "我一个", "我一人", "我一個人"}
CHILDREN = {
    "models",
    "players",
    "dancers",
    "workers",
    "bridesmaids",
    "colleagues",
    "kiddos",
    "kids",
    "children",
    "students",
    "guys",
    "ladies",
    "boys",
    "girls",
    "folks",
    "孩子们",
    "学生们",
    "同学们",
}
ADDRESSED = {"小朋友", "老师", "朋友", "孩子", "同学", "大人"}  # elsewhere who is spoken to
SIDES = ("左边", "右边", "左侧", "右侧", "左面", "右面", "左", "右", "left", "right")


def sided(section: Section) -> bool:
    """「只留左边的人」, "just the person on the left": a choice by place, which no setting makes."""
    if section.yes("me") or section.no("others", "people") or section.yes("others"):
        return False  # what is to go is told by its place, what is to stay is not
    if any(t.text.lower().startswith(SIDES) for t in section.yes("main")):
        return True
    return any(_beside_people(section, n) for n, t in enumerate(section.tokens) if t.text.lower() in SIDES)


def _beside_people(section: Section, n: int) -> bool:
    """Whether the side at token ``n`` is that of people; "only the vase left" is none."""
    near = section.tokens[max(0, n - 4) : n + 4]
    placed = not section.tokens[n].text.isascii() or section.tokens[n - 1].text.lower() == "the"
    return placed and any(t.kind in ("main", "people", "subject") for t in near)


def _more_kept(section: Section) -> bool:
    """「连气球一起留着」, "keep the basket too": more than what was kept before."""
    return section.has(
        lambda t: (
            t.text.lower()
            in ("after all", "全都", "全部", "连", "一起", "也", "too", "also", "as well", "everything", "都")
        )
    )


def _keepers(section: Section) -> list[Token]:
    """The words for keeping. Where a noun picks pictures out (「只有鞋子需要抠」, "leave the cat"), only those that
    speak of what is to be left in the picture."""
    found = [t for t in section.yes("only", "keep") if not _of_the_cut(section, t) and not _enough(section, t)]
    if not section.vague or section.ids is None:
        return found
    return [t for t in found if any(k in t.text.lower() for k in KEEPING)]


def _of_its_own(section: Section, token: Token) -> bool:
    """ "each laid out on its own A4 sheet": of a sheet, and nobody is alone."""
    ahead = section.tokens[section.tokens.index(token) + 1 :][:2]
    return any(t.kind in ("sheet", "size", "picture", "background", "file") for t in ahead)


def _enough(section: Section, token: Token) -> bool:
    """「小狗的去背就好」: that is all that is wished."""
    here = section.tokens.index(token)
    verb = section.tokens[here - 1].kind in ("cut", "remove_background", "transparent") if here else False
    return verb and token.text in ("就好", "就行", "就可以", "就够了", "即可")


def _of_the_cut(section: Section, token: Token) -> bool:
    """ "don't change the background, just cut me out": nothing but the cut, not nothing but me."""
    here = section.tokens.index(token)
    ahead = section.tokens[here + 1 : here + 2]
    return (
        token.kind == "only"
        and token.text.lower() in ("just", "only", "simply")
        and any(t.kind == "cut" for t in ahead)
    )


def _clutter_goes(section: Section) -> bool:
    """Whether what is to go is clutter or others, rather than the background ("in my messy room … everything behind
    me gone")."""

    def nearest(verb: Token, *kinds: str) -> int:
        here = section.tokens.index(verb)
        return min((abs(section.tokens.index(t) - here) for t in section.yes(*kinds)), default=99)

    verbs = section.yes("remove")
    return any(nearest(v, "others", "clutter") < 99 and nearest(v, "others", "clutter") <= nearest(v, "background") + 2
               for v in verbs)  # fmt: skip


def _pronouns(section: Section) -> list[Token]:
    found = [t for t in section.tokens if t.text.lower() in PRONOUNS and t.kind in ("word", "this")]
    return [t for t in found if not t.text.isascii() or _ends_clause(section, t)]  # not "her mask", "leave him out"


def _ends_clause(section: Section, token: Token) -> bool:
    behind = section.tokens[section.tokens.index(token) + 1 :][:1]
    return not behind or behind[0].kind in ("comma", "stop", "then", "politeness") or behind[0].text.lower() == "and"


def _all_but(section: Section) -> str | None:
    """ "erase everything except the girl"."""
    marks = section.yes("except")
    if section.ids and len(section.ids) > 1:
        return None  # "everything apart from the landscape": of pictures
    if marks and section.no("keep") and section.yes("people") and section.has(lambda t: t.kind in ("rest", "all")):
        return "people"  # 「除了人别的都不留」
    if not marks or not section.yes("remove") or not section.yes("all", "clutter", "others", "background"):
        return None
    after = [t for t in section.tokens[section.tokens.index(marks[0]) + 1 :] if t.text.lower() != "the"]
    if after and (after[0].kind in ("photo", "nick", "number", "picture_number") or "ordinal" in after[0].kind):
        return None  # 「除了B202,其余都去背」: pictures, not things in one
    if any(t.kind == "people" for t in after):
        return "people"
    return "main_subject" if any(t.kind in ("subject", "main", "me", "word", "nothing") for t in after) else None


def _only_something(section: Section) -> bool:
    """ "just the teapot", 「只要茶壶」: a thing that no table holds is the main subject, where nothing else is said."""
    quiet = ("only", "keep", "at", "word", "politeness", "stop", "comma", "this", "picture", "nothing")
    words = [t for t in section.tokens if t.kind == "word"]
    if bool(words) and all(t.kind in quiet for t in section.tokens) and not section.yes("picture"):
        return True
    first = list(takewhile(lambda t: t.kind not in ("stop", "comma"), section.tokens))
    named = [t for t in first if t.kind == "word" and t.text[:1].isupper()]
    if named and section.tokens[len(first) :] and all(t.kind in quiet for t in first) and first[0].kind == "only":
        return True  # "Just Rex please. There's a bowl in there too"
    texts = [t.text.lower() for t in section.tokens]  # "…, just want the doner left"
    left = [n for n, t in enumerate(texts) if t == "left" and n + 1 == len(texts)]
    return bool(left) and section.tokens[left[0] - 1].kind == "word" and bool(section.yes("only"))


def _kept_subject(section: Section, kept: Token, photo: Photo) -> str | None:
    _, word = kept.value
    here = section.tokens.index(kept)
    both = {"only", "keep"} <= {t.kind for t in section.tokens[max(0, here - 4) : here]}  # "keep just the couple"
    if not both and section.yes("colour", "format", "transparent"):
        return None
    if photo.subject == "group" and kept.text.lower() in CHILDREN:
        return "people"
    ours = photo.subject == "group" and kept.text.lower() in ("us", "我们", "咱们", "大家", "of us")
    return "people" if ours or word in ("人物", "人", "person", "people", "人像") else "main_subject"


def _object_of(section: Section, verbs: list[Token], objects: list[Token]) -> bool:
    """Whether one of ``objects`` stands right behind (or before) one of ``verbs``."""
    return any(_takes(section, verb, thing) for verb in verbs for thing in objects)


def _behind(section: Section, first: Token, second: Token) -> bool:
    return section.tokens.index(second) == section.tokens.index(first) + 1


def _takes(section: Section, verb: Token, thing: Token) -> bool:
    here, there = section.tokens.index(verb), section.tokens.index(thing)
    between = section.tokens[min(here, there) + 1 : max(here, there)]
    if len(between) > 3 or any(t.kind in ("comma", "stop", "background", "cut", "export") for t in between):
        return False
    if section.tokens[max(0, there - 1)].text.lower() in GIVING:
        return False
    if thing.text.lower() == "me" and section.has(
        lambda t: t.text.lower() in ("a", "an", "copy") and _behind(section, thing, t)
    ):
        return False  # "keep me a copy"
    if thing.text == "我" and there < here:
        return False  # 「我只要蒙版」: who wants it
    early = verb.text.isascii() and there < here  # "the dog only", but not "the dog … keep the leash"
    return not early or (here - there == 1 and verb.kind == "only")
