"""What a section says of a gradient: its two colours, where each of them is, and the direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Photo
from agent.builtin.which.sections import Section

TURNS = ("vertical", "horizontal", "radial", "upward", "leftward")
PLACES = {
    "top": {
        "up top",
        "on top",
        "往上",
        "头顶",
        "上",
        "上面",
        "上方",
        "顶部",
        "顶上",
        "上头",
        "上边",
        "顶",
        "top",
        "above",
        "upper",
        "上半部分",
        "顶端",
        "upper part",
        "upper half",
    },
    "bottom": {
        "脚底下",
        "脚下",
        "下",
        "下面",
        "下方",
        "底部",
        "下头",
        "下边",
        "底下",
        "bottom",
        "below",
        "lower",
        "往下",
        "下半部分",
        "底端",
        "lower part",
        "lower half",
    },
    "left": {"左", "左边", "左侧", "左面", "左端", "left", "left side", "left half", "left end"},
    "right": {"右", "右边", "右侧", "右面", "右端", "right", "right side", "right half", "right end"},
    "centre": {
        "中间",
        "中心",
        "中央",
        "里面",
        "里",
        "里圈",
        "正中",
        "center",
        "centre",
        "core",
        "middle",
        "inside",
        "inner",
    },
    "rim": {
        "四周",
        "外",
        "外边",
        "外面",
        "外围",
        "周围",
        "边上",
        "边缘",
        "outside",
        "edges",
        "edge",
        "corners",
        "outer",
        "rim",
    },
}
ENDS = {"bottom": {"end", "ends", "ending", "终点", "结尾", "末端"}, "top": {"start", "begin", "起点", "开头", "开始"}}
OPPOSITE = {"top": "bottom", "left": "right", "centre": "rim"} | {"bottom": "top", "right": "left", "rim": "centre"}
RUNS = {"top": "vertical", "left": "horizontal", "centre": "radial"}  # first end -> direction
FROM = {"from", "从", "由", "自"}
INTO = {"fade into", "fades into", "fading into", "fade to", "fade out to", "渐变到", "渐变成", "过渡到", "过渡成"}
REACH = 4  # tokens between a colour and its place
Coloured = tuple[Token, str]  # a colour token and its "#RRGGBB"


def gradient(section: Section, photo: Photo, colours: Sequence[Coloured]) -> dict[str, Any] | str | None:
    """The arguments of `set_background` for a gradient, "gradient_colours" where its colours are missing, or None."""
    turn = section.yes(*TURNS)
    places = _places(section, colours)
    if photo.kind == "gradient" and not (section.yes("gradient") and len(colours) > 1):
        changed = _changed(section, photo, colours, places)
        if changed:
            return changed
    if not (section.yes("gradient") or (len(colours) >= 2 and (turn or len(set(places.values())) == 2))):
        return None
    if not colours:
        return "gradient_colours"
    fades = section.has(lambda t: t.text.lower() in INTO) and photo.kind == "color"
    if len(colours) == 1 and fades and not section.has(lambda t: t.text.lower() in FROM):
        now = str(photo.background["color"])  # orange by now: "can it fade into pink"
        return {"kind": "gradient", "color": now, "color2": colours[0][1]} | _direction(section, None)
    first, second = _ends(section, colours)
    if len(colours) == 4 and len(places) >= 2 and not places.keys() & {first[0].start, second[0].start}:
        first, second = _explained(first, second, colours[2:])  # 「从白到浅灰,左边白右边灰」
    return {"kind": "gradient"} | _directed(section, first, second, places)


def _ends(section: Section, colours: Sequence[Coloured]) -> tuple[Coloured, Coloured]:
    """The two colours: those behind "from", where more are named; one alone fades into white (white into grey)."""
    if len(colours) > 2:
        begin = next((t.start for t in section.tokens if t.text.lower() in FROM), -1)
        behind = [c for c in colours if c[0].start > begin]
        colours = behind if len(behind) >= 2 else colours
    if len(colours) >= 2:
        return colours[0], colours[1]
    token, colour = colours[0]
    return (token, colour), (token, "#FFFFFF" if colour != "#FFFFFF" else "#D3D3D3")


def _explained(first: Coloured, second: Coloured, again: Sequence[Coloured]) -> tuple[Coloured, Coloured]:
    """The two colours where they are named a second time, with their places; the first naming has the shade."""
    same = first[0].value[0][:1] == again[0][0].value[0][:1] or first[1] == again[0][1]
    return (
        ((again[0][0], first[1]), (again[1][0], second[1]))
        if same
        else ((again[0][0], second[1]), (again[1][0], first[1]))
    )


def _directed(section: Section, first: Coloured, second: Coloured, places: dict[int, str]) -> dict[str, Any]:
    one, other = places.get(first[0].start), places.get(second[0].start)
    if one is None and other is not None and first[0] is not second[0]:
        one = OPPOSITE[other]
    turned = section.yes("upward", "leftward") and not (one and other)
    swapped = one in ("bottom", "right", "rim") if one and not turned else bool(turned)
    start, end = (second, first) if swapped else (first, second)
    colours = {"color": start[1], "color2": end[1]}
    return colours | _direction(section, one)


def _direction(section: Section, place: str | None) -> dict[str, str]:
    if section.yes("radial"):
        return {"direction": "radial"}
    if section.yes("horizontal", "leftward"):
        return {"direction": "horizontal"}
    if section.yes("vertical", "upward"):
        return {"direction": "vertical"}
    return {"direction": RUNS.get(place, RUNS.get(OPPOSITE[place], ""))} if place else {}


def _places(section: Section, colours: Sequence[Coloured]) -> dict[int, str]:
    """Where each colour is, as far as it is said: start of its token -> place."""
    found: dict[int, str] = {}
    for token, _ in colours:
        place = _place(section, token)
        if place:
            found[token.start] = place
    return found


def _place(section: Section, token: Token) -> str | None:
    here = section.tokens.index(token)
    before = _until_other(list(reversed(section.tokens[max(0, here - REACH) : here])))
    after = _until_other(section.tokens[here + 1 : here + 1 + REACH])
    told = [t for t in before[:1] if not t.text.isascii()]  # 「上#2B2B2B下#8A8A8A」
    order = (after, before) if token.text.isascii() and not told else (before, after)
    if (
        len(after) > 1
        and after[0].text.lower() == "right"
        and after[1].text.lower() in ("at", "in", "on", "behind", "around", "under")
    ):
        del after[0]  # "right at the centre"
    return next((place for part in order for t in part if (place := _named(t.text.lower()))), None)


def _until_other(tokens: Sequence[Token]) -> list[Token]:
    stop = next((n for n, t in enumerate(tokens) if t.kind in ("colour", "comma", "stop", "then")), len(tokens))
    return list(tokens[:stop])


def _named(text: str) -> str | None:
    bare = text.removeprefix("最").removeprefix("at the ").removeprefix("on the ").removeprefix("on ")
    return next((place for place, words in PLACES.items() if text in words or bare in words), None)


# Changing a gradient that is there


def _changed(
    section: Section, photo: Photo, colours: Sequence[Coloured], places: dict[int, str]
) -> dict[str, Any] | None:
    """「反过来」, "make it horizontal", 「蓝的换成紫的」, "the bottom should be pink"."""
    now = [str(photo.background["color"]), str(photo.background["color2"])]
    kept = {k: photo.background[k] for k in ("direction",) if k in photo.background}
    if section.yes("reversed"):
        turned = _direction(section, None) if not section.yes("radial") else {}
        return {"kind": "gradient", "color": now[1], "color2": now[0]} | kept | turned
    if not colours:
        return _turned(section, now)
    first = [c for t, c in colours if places.get(t.start) in ("top", "left", "centre")]
    begun = len(colours) == 1 and section.has(lambda t: t.text.lower() in ("first", "先", "在前", "打头", "开头"))
    first = first or ([colours[0][1]] if begun else [])  # "flip it, pink first"
    if len(first) == 1 and first[0].upper() == now[1].upper():
        return {"kind": "gradient", "color": now[1], "color2": now[0]} | kept  # "flip it, grey on top"
    if len(first) == 1 and first[0].upper() == now[0].upper() and section.yes(*TURNS):
        return _turned(section, now)  # "from top to bottom instead, pink at the top"
    wanted = [c for _, c in colours if c.upper() not in (n.upper() for n in now)]
    named = [n for n, c in enumerate(now) if any(c.upper() == x.upper() for _, x in colours)]
    if len(wanted) != 1 or not (named or places or _ended(section)):
        return None
    place = next(iter(places.values()), "")
    ends = [p for p, words in ENDS.items() if section.has(lambda t, w=words: t.text.lower() in w)]  # type: ignore[misc]
    place = place or (ends[0] if ends else "")
    end = named[0] if len(named) == 1 else int(place in ("bottom", "right", "rim"))
    now[end] = wanted[0]
    return {"kind": "gradient", "color": now[0], "color2": now[1]} | kept


def _ended(section: Section) -> bool:
    return section.has(lambda t: any(t.text.lower() in words for words in ENDS.values()))


def _turned(section: Section, now: Sequence[str]) -> dict[str, Any] | None:
    ends = {"kind": "gradient", "color": now[0], "color2": now[1]}
    if section.yes("radial"):
        return ends | {"direction": "radial"}
    if section.yes("upward", "leftward"):
        direction = "vertical" if section.yes("upward") else "horizontal"
        return {"kind": "gradient", "color": now[1], "color2": now[0], "direction": direction}
    if section.yes("horizontal", "broad"):
        return ends | {"direction": "horizontal"}
    return ends | {"direction": "vertical"} if section.yes("vertical", "tall") else None
