"""Sentences that only point at what was done before: "same for the others", 「那第二张呢」, 「再来一点」."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agent.builtin.grammar import Reading
from agent.builtin.merging import whole_look
from agent.builtin.readers.degrees import LIMITS, lessened
from agent.builtin.tokens.lexicon import tables
from agent.builtin.tokens.token import EDITS
from agent.builtin.which.memory import Memory, Step
from agent.builtin.which.sections import Section

AUTOMATIC_BLUR = 20  # px: what an automatic blur counts as when it is to be stronger or weaker


def carried_over(parts: Sequence[Section], memory: Memory) -> Reading | None:
    """The steps of before, for other pictures or once more; None if the sentence is nothing of the kind."""
    named = [p for part in parts if not part.yes("held") for p in part.ids or ()]
    same = any(part.yes("same", "what_about", "all", "rest") or _what_about(part) or _too(part) for part in parts)
    every = _renumbered(parts, memory) if set(named) == set(memory.ids) else None
    if every and len(every.steps[0].arguments) > 1:
        return every  # 「两个都改成2」
    bare = any(t.unit in ("", "px") for part in parts for t in part.yes("number"))
    valued = _renumbered(parts, memory) if bare and named and not same else None
    if valued:
        valued.steps = _for_named(valued.steps, named)  # "8 for Ben"
        return valued
    if named and (same or any(part.tokens and _only_names(part, memory) for part in parts)):
        return _for_others(tuple(dict.fromkeys(named)), memory)
    left = [p for p in memory.ids if p not in memory.focus]
    if len(left) == 1 and memory.focus and any(p.yes("same") and p.yes("subject", "people", "others") for p in parts):
        return _for_others((left[0],), memory)  # "same for my husband", who is on the only other picture
    if len(left) == 1 and memory.focus and memory.last and len(parts) == 1 and _and_the_other(parts[0]):
        return _for_others((left[0],), memory)
    numbered = _renumbered(parts, memory)
    if numbered:
        numbered.steps = _for_named(numbered.steps, named)
        return numbered
    kinds = ("more", "less", "strong", "slight", "excess", "scant", "double", "half")
    more = next((p for p in parts if p.yes(*kinds)), None)
    found = _once_more(more, memory) if more else None
    if found:
        found.steps = _for_named(found.steps, named)
    return found


def _and_the_other(part: Section) -> bool:
    """ "And his brother", 「还有他弟弟」: nothing but a person or thing, taken along."""
    led = part.tokens[0].text.lower() in ("and", "also", "plus", "还有", "and the") if part.tokens else False
    quiet = all(
        t.kind in ("at", "word", "subject", "people", "stop", "politeness", "what_about", "then") for t in part.tokens
    )
    return led and quiet and bool(part.yes("subject", "people")) and len(part.tokens) < 6


def _for_named(steps: Sequence[Step], named: Sequence[str]) -> list[Step]:
    """The steps for those of their pictures that were named; all where none was."""
    return [
        replace(s, pictures=tuple(p for p in s.pictures if p in named) or tuple(named) or s.pictures) for s in steps
    ]


def repeated(parts: Sequence[Section], memory: Memory) -> Reading | None:
    """「第二张也一样,但要横的」: the steps of before for other pictures, when more is said than that; or None."""
    named = tuple(dict.fromkeys(p for part in parts for p in part.ids or ()))
    done = set(memory.focus)
    if (
        not memory.last
        or not any(
            part.yes("same")
            or instead(part)
            or now_but(part)
            or (also(part) and not part.behind and not part.yes(*EDITS))
            for part in parts
        )
        or not set(named) - done
    ):
        return None
    said = " ".join(t.text.lower() for part in parts for t in part.tokens)
    return _for_others(named, memory, bool(EXACTLY.search(said)))


def instead(part: Section) -> bool:
    """ "do the second one instead": the picture that was meant, for what was done to another one."""
    wished = part.yes("colour", "transparent", "blur", "cut", "original", "export", "gradient", "size", "feather")
    meant = part.has(
        lambda t: (
            t.text.lower() in ("instead", "i meant", "i mean", "was meant for", "meant for", "that was for")
            or t.text in ("搞错了", "弄错了", "错了", "选错了", "说错了")
        )
    )
    return bool(part.ids) and not wished and not part.yes("country", "id_photo") and meant


def also(part: Section) -> bool:
    """ "The third too": taken along."""
    return part.has(lambda t: t.text.lower() in ("too", "also", "as well", "也"))


def now_but(part: Section) -> bool:
    """ "Now Ben, but on red": the same for another picture, with something else."""
    led = part.tokens[:1] and part.tokens[0].text.lower() in ("now", "next", "and", "现在", "接下来", "再来")
    but = part.has(lambda t: t.text.lower() in ("but", "不过", "但", "但是", "只是"))
    return bool(led and but and part.ids)


def _renumbered(parts: Sequence[Section], memory: Memory) -> Reading | None:
    """「改成3」, "go down to 1", 「4像素吧」 after an edge setting: the value that was set last."""
    number = [t for p in parts for t in p.yes("number") if t.unit in ("px", "") and not t.used]
    if len(number) > 1 and any(p.yes("picture") and p.yes("all") for p in parts):
        number = number[1:]  # 「两个都…」 counts the settings
    counts = any(p.yes("all") for p in parts)
    busy = any(
        p.yes("export", "colour", "undo", "redo") or (_counters(p) and not counts and not p.ids and not p.yes("more"))
        for p in parts
    )
    now = {v for s in memory.last for v in s.arguments.values() if isinstance(v, int | float)}
    number = [t for t in number if t.value not in now] if len(number) == 2 else number  # "8 is too much, 3 will do"
    if len(number) != 1 or busy:
        return None
    for step in reversed(memory.last):
        if step.tool == "export" and step.arguments.get("width") and number[0].value >= 16 and number[0].unit != "dpi":
            width, height = step.arguments["width"], step.arguments.get("height")
            value = int(number[0].value)  # "and another one at 500"
            sides = {"width": value} | ({"height": round(value * height / width)} if height else {})
            return Reading(steps=[Step(step.tool, {**step.arguments, **sides}, step.pictures)])
        if step.tool == "export" and step.arguments.get("dpi") and 72 <= number[0].value <= 2400:
            dpi = {"dpi": int(number[0].value)}  # "they insist on 600"
            return Reading(steps=[Step(step.tool, {**step.arguments, **dpi}, step.pictures)])
        if step.tool == "export" and step.arguments.get("quality") and 1 <= number[0].value <= 100:
            quality = {"quality": int(number[0].value)}  # "the second one again at 95"
            return Reading(steps=[Step(step.tool, {**step.arguments, **quality}, step.pictures)])
        if step.arguments.get("kind") == "blur":
            return Reading(steps=[Step(step.tool, {"kind": "blur", "blur": min(200, number[0].value)}, step.pictures)])
        every = [k for k in LIMITS if step.arguments.get(k) and k != "alpha_threshold"]  # that one comes with the cut
        if len(every) > 1 and any(p.yes("all") for p in parts) and not any(p.yes("more") for p in parts):
            value = number[0].value  # 「两个都改成2」
            whole = int(value) if float(value).is_integer() else value
            return Reading(steps=[Step(step.tool, dict.fromkeys(every, whole), step.pictures)])
        name = _last_field(step)
        if name and number[0].value <= LIMITS[name]:
            value = number[0].value
            exact = any(
                a.text.lower() in ("it", "to", "成", "到", "是") and b is number[0]
                for p in parts
                for a, b in pairwise(p.tokens)
            )
            if not exact and any(p.yes("more") for p in parts):  # 「再高5」
                value = min(LIMITS[name], step.arguments[name] + value)
            whole = int(value) if float(value).is_integer() else value
            return Reading(steps=[Step(step.tool, {name: whole}, step.pictures)])
    return None


def _counters(part: Section) -> bool:
    return any(t.text != "个" for t in part.yes("picture"))  # 「少打了个零,是1800」


def _last_field(step: Step) -> str | None:
    """The edge setting that the person spoke of: the threshold only if nothing else was set."""
    fields = [k for k in ("alpha_threshold", "dilate", "erode", "feather") if step.arguments.get(k)]
    return fields[-1] if step.tool == "matte" and fields else None


def _too(part: Section) -> bool:
    return part.has(lambda t: t.text.lower() in ("too", "also", "as well", "也", "都"))


def exchanged(parts: Sequence[Section], memory: Memory) -> Reading | None:
    """ "swap the two colours": what was done to two pictures, the other way round."""
    if not any(p.yes("reversed") for p in parts):
        return None
    if sum(bool(p.yes("colour", "size", "transparent")) for p in parts) > 1:
        return None  # 「我说反了!李娜是白底一寸,另外两个才是蓝底二寸」
    named = tuple(dict.fromkeys(p for part in parts for p in part.ids or ()))
    looks = [memory.photos[p].background for p in named]
    if len(named) == 2 < len(memory.ids) and all(looks) and looks[0] != looks[1]:
        return Reading(steps=[Step("set_background", looks[1 - n], (p,)) for n, p in enumerate(named)])
    steps = [s for s in memory.last if s.tool == "set_background"]
    if len(steps) != 2 or set(steps[0].pictures) & set(steps[1].pictures):
        return None
    first, second = steps
    return Reading(steps=[replace(first, pictures=second.pictures), replace(second, pictures=first.pictures)])


def _what_about(part: Section) -> bool:
    return part.has(lambda t: (t.kind == "question" and t.value == "suggest") or t.text == "呢")


def _only_names(part: Section, memory: Memory) -> bool:
    scene = any(s.arguments.get("kind") == "picture" for s in memory.last)
    quiet = {"background"} if scene and not part.yes("change", "remove") else set()  # "and behind the third"
    quiet |= {
        "picture",
        "number",
        "word",
        "at",
        "all",
        "rest",
        "same",
        "comma",
        "stop",
        "ordinal",
        "photo",
        "politeness",
        "what_about",
        "subject",
        "this",
        "ordinal_last",
        "ordinal_first",
        "question",
        "picture_number",
        "smalltalk",
        "correction",
        "nick",
        "named",
        "ordinal_next",
        "ordinal_previous",
        "too",
    }
    return all(t.kind in quiet for t in part.tokens)


EXACTLY = re.compile(r"\bexactly\b|\bprecisely\b|一模一样|完全一样|照着")


def _for_others(ids: tuple[str, ...], memory: Memory, exactly: bool = False) -> Reading | None:
    if not memory.last:
        return Reading(ask="nothing_last")
    done = set(memory.focus)
    targets = tuple(p for p in ids if p not in done) or ids
    if exactly and len(memory.focus) == 1 and len(targets) == 1:
        return Reading(steps=whole_look(memory.focus[0], targets[0], memory))
    steps = [replace(s, pictures=targets) for s in memory.last if s.pictures]
    return Reading(steps=list({repr(s): s for s in steps if not _behind_itself(s)}.values()))


def _behind_itself(step: Step) -> bool:
    return step.arguments.get("background_picture") in step.pictures


def _once_more(part: Section, memory: Memory) -> Reading | None:
    """「再来一点」: the last edge setting or blur, further in the same direction."""
    for step in reversed(memory.last):
        if step.arguments.get("kind") == "blur":
            now = step.arguments.get("blur") or AUTOMATIC_BLUR
            value = 2 * now if part.yes("double") else now / 2 if part.yes("half") else value_by(now, 10, part)
            return Reading(steps=[Step(step.tool, {"kind": "blur", "blur": value}, step.pictures)])
        name = _last_field(step)
        if name is None:
            continue
        now = step.arguments[name]
        change = tables()["lexicon"]["feel"][name]["step"]
        value = lessened(now, change) if part.yes("less", "excess") else min(LIMITS[name], now + change)
        if part.yes("double", "half"):
            value = min(LIMITS[name], int(now * 2 if part.yes("double") else now / 2))
        return Reading(steps=[Step(step.tool, {name: value}, step.pictures)])
    return None


def value_by(now: float, step: float, part: Section) -> float:
    """One step more, or less."""
    return max(1, now - step) if part.yes("less", "excess") else now + step


MEANT = re.compile(
    r"(?:不对|错了|搞错|弄错|说错|no|^我)[^第\d]{0,12}(?:说|讲|指|要)的是(倒数)?(?:第)?(\d+)(?:张|号|个)"
)
MEANT_ONLY = re.compile(
    r"(?:oops|sorry|no|wait|ah|oh|argh|ugh)?[,. ]*(?:sorry |wait )?i (?:meant|mean) "
    r"(?:number |no\.? |#|picture |photo |pic )?(\d)"
    r"|(?:不对|错了|不好意思|说错了|搞错了|发错了)[,，。 ]*(?:我)?(?:是|说的是|要的是|指的是)(?:第)?(\d)(?:号|张)?"
)
NOT_BUT = re.compile(r"不是第?(\d+)(?:张|号|个)?[,，、 ]*(?:而)?是第?(\d+)(?:张|号|个)?")
WANTED_WAS = re.compile(r"(?:错|撤)[^。]{0,12}要(?:羽化|抠|抠图|导出|存)的是第?(\d+)(?:张|个|号)")
TAKEN_BACK = re.compile(r"还原|恢复|改回|变回|复原")


def moved(text: str, memory: Memory) -> list[Step]:
    """「错了我说的是第2张,第1张给我还原」: what was done last, on the picture that was meant instead."""
    found = MEANT.search(text)
    number = int(found[2]) if found else 0
    number = len(memory.ids) + 1 - number if found and found[1] else number
    only = MEANT_ONLY.fullmatch(text.strip().lower().rstrip(".!。！"))
    nth = int(only[1] or only[2]) if only else 0
    if 1 <= nth <= len(memory.ids) and memory.last and all(s.pictures for s in memory.last):
        return [Step(s.tool, s.arguments, (memory.ids[nth - 1],)) for s in memory.last]  # "sorry I meant 3"
    pair = NOT_BUT.search(text)
    scene = next((s for s in memory.last if s.arguments.get("background_picture")), None)
    if pair and all(1 <= int(n) <= len(memory.ids) for n in pair.groups()):
        old, new = (memory.ids[int(n) - 1] for n in pair.groups())
        if scene and scene.arguments["background_picture"] == old:
            return [Step(scene.tool, {**scene.arguments, "background_picture": new}, scene.pictures)]
    was = WANTED_WAS.search(text)
    nth = int(was[1]) if was and not TAKEN_BACK.search(text) else 0
    if 1 <= nth <= len(memory.ids) and memory.last and all(s.pictures for s in memory.last):
        again = [Step(s.tool, s.arguments, (memory.ids[nth - 1],)) for s in memory.last]
        return [*([Step("undo", {"steps": 1})] if "撤" in text else []), *again]  # 「看错图了,要羽化的是第三张」
    done = [s for s in memory.last if s.tool == "set_background"]
    if not (1 <= number <= len(memory.ids)) or not done or not TAKEN_BACK.search(text):
        return []
    meant = (memory.ids[number - 1],)
    back = [Step("set_background", {"kind": "original"}, s.pictures) for s in done if s.pictures != meant]
    return back + [Step(s.tool, s.arguments, meant) for s in done]


FIRST = re.compile(
    r"第1次(?:一样|那[个种]|的)|跟第1次|第1个颜色|最开始的?(?:那个)?颜色|最早(?:的|那个)颜色|第1版的?(?:底色|颜色|背景)"
    r"|\b(?:the|my) (?:very )?first (?:colou?r|background|one)\b[^.]*\b(?:better|best|nicer|after all|again|back)\b"
)
EDGE_WORDS = {
    "feather": re.compile(r"羽化|feather|\bedge like\b"),
    "erode": re.compile(r"收边|往里收|erode|erosion"),
    "alpha_threshold": re.compile(r"阈值|threshold"),
}
AS_BEFORE = re.compile(
    r"还是(?:刚才|之前|原来|上次)(?:的)?(?:羽化|收边|阈值|那个)|(?:跟|和|像|同|按)(?:之前|刚才|原来|上次|前面|刚刚|先前)(?:的)?(?:一样|那样|来)|(?:改|变|换|调)回(?:之前|刚才|原来|上次)"
    r"|\blike it was before\b|\b(?:back to|like|as) (?:what|how|where) it was(?: before)?\b|\b(?:as|like) before\b"
)
BARE_CUT = re.compile(
    r"刚抠(?:好|完|出来)[^,。]{0,14}(?:样|时候|状态)|\b(?:back to|like) (?:just )?the (?:bare|plain) cut-?out\b"
)
FIRST_VALUE = re.compile(r"(?:还是|回|用)[^,，。]{0,4}(?:最开始|一开始|最初|第1次)|\bback to the (?:first|original)\b")
COLOURED = re.compile(r"色|底|背景|colou?r|background|尺寸|size|save|存|导|export")
LIKE_NUMBER = re.compile(
    r"第(\d+)(?:张|个|位|幅)[^,，。第]{0,5}(?:跟|和|像|同|照)第(\d+)(?:张|个|位|幅)?(?:的)?(?:一样|相同|一致)"
)


def as_earlier(text: str, memory: Memory) -> list[Step]:
    """「还是第一个颜色好」: the background that the only picture had first; 「第一张跟第二张一样」: another one's."""
    pair = LIKE_NUMBER.search(text)
    if pair and all(1 <= int(n) <= len(memory.ids) for n in pair.groups()):
        target, model = (memory.ids[int(n) - 1] for n in pair.groups())
        look = memory.photos[model].background
        return [Step("set_background", look, (target,))] if look and look != memory.photos[target].background else []
    if len(memory.ids) != 1:
        return []
    name = memory.ids[0]
    field = next((f for f, word in EDGE_WORDS.items() if word.search(text.lower())), "")
    if field and (AS_BEFORE.search(text.lower()) or FIRST_VALUE.search(text.lower())):
        values = [p[name].edges.get(field, 0) for p, _ in memory.past] + [memory.photos[name].edges.get(field, 0)]
        first = re.search(r"最开始|一开始|最初|第1次|\bfirst\b|\boriginal\b", text.lower())
        set_ = [v for v in values if v]
        if first and set_ and set_[0] != values[-1]:
            return [Step("matte", {field: set_[0]}, (name,))]  # 「羽化还是用最开始那个」
        other = [v for v in values if v != values[-1]]
        return [Step("matte", {field: other[-1]}, (name,))] if other else []
    if BARE_CUT.search(text.lower()) and "步" not in text and memory.photos[name].cut:
        return [Step("set_background", {"kind": "transparent"}, (name,))]
    whole = AS_BEFORE.search(text.lower()) and len(text) < 60 and not COLOURED.search(text.lower())
    if whole and memory.past and not field:
        return [Step("undo", {"steps": 1})]  # "put it back to what it was"
    if not FIRST.search(text.lower()):
        return []
    looks = [photos[name].background for photos, _ in memory.past] + [memory.photos[name].background]
    shown = [look for look in looks if look]
    return [Step("set_background", shown[0], (name,))] if shown and shown[0] != shown[-1] else []


LISTED = (
    "photo",
    "nick",
    "subject",
    "number",
    "picture",
    "same",
    "at",
    "word",
    "ordinal",
    "politeness",
    "stop",
    "this",
)


def like_another(parts: Sequence[Section], memory: Memory) -> list[Step]:
    """「第二张也跟第一张一样」: the background of the second one named, for the first one named."""
    part = parts[0] if len(parts) == 1 else None
    match = part is not None and part.has(lambda t: t.text.lower() in ("match", "matches"))
    if not part or not part.ids or len(part.ids) != 2 or not (part.yes("same") or match):
        return []
    if part.has(lambda t: t.text.lower() in ("match", "matches")) and not part.yes("colour", "transparent"):
        look = memory.photos[part.ids[1]].background
        return [Step("set_background", look, part.ids[:1])] if look else []  # "make the second match the first"
    led = [t.text.lower() in ("跟", "和", "像", "同", "如", "like") for t in part.tokens]
    whole = all(t.kind in LISTED or t.text in ("跟", "和", "像", "同") for t in part.tokens)
    if not any(led) or (len(part.yes("same")) < 2 and not whole):
        return []
    target, model = part.ids
    return whole_look(model, target, memory)
