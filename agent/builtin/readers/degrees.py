"""Values of edge settings by feel: 「一点」, "a lot", one step more or less, from the table [feel]."""

from __future__ import annotations

from agent.builtin.tokens.lexicon import tables
from agent.builtin.which.memory import Photo
from agent.builtin.which.sections import Section

LIMITS = {"feather": 30, "erode": 20, "dilate": 20, "alpha_threshold": 255}


def against(photo: Photo, name: str) -> int:
    """The value against a rim or a jagged edge: how loud the complaint is does not count."""
    feel, now = tables()["lexicon"]["feel"][name], photo.edges.get(name) or 0
    return int(min(LIMITS[name], now + feel["step"]) if now else feel["plain"])


def degree(section: Section, photo: Photo, name: str, less: bool = False) -> float:
    """A value by feel, from the table; "more" and "less" are counted from where the edge is."""
    feel = tables()["lexicon"]["feel"][name]
    now = photo.edges.get(name) or 0
    if less or section.yes("half", "excess") or (section.yes("less") and not section.yes("more")):
        if section.yes("half"):
            return whole(now / 2)
        return lessened(now, feel["step"])
    if section.yes("double") and now:
        return int(min(LIMITS[name], now * 2))
    strong, slight = bool(section.yes("strong", "scant")), bool(section.yes("slight"))
    if now:
        step = feel["strong"] if strong and not slight else feel["step"]
        return int(min(LIMITS[name] if name != "alpha_threshold" else 60, now + step))
    return int(feel["strong" if strong and not slight else "slight" if slight and not section.yes("more") else "plain"])


def lessened(now: float, step: int) -> int:
    """One step less, or a third of what is much, or half where that would be nothing: less is not none."""
    return int(min(now - step, now * 2 // 3) if now > step else now // 2)


def whole(value: float) -> float:
    """A value as an int where it is whole: 3.0 -> 3."""
    return int(value) if float(value).is_integer() else value
