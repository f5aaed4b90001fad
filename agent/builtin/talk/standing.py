"""How a picture stands, in words: 「现在背景是什么颜色?」, "what's the feather set to now?"."""

from __future__ import annotations

import re

from agent.builtin.talk.replies import reply
from agent.builtin.tokens.lexicon import tables
from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Memory, Photo
from agent.builtin.which.sections import sections

NOW = re.compile(r"现在|目前|当前|刚刚|刚才|\b(?:now|currently|at the moment)\b")
ASKED = ("background", "colour_word", "colour", "feather", "erode", "dilate", "threshold")
MOST = 5  # pictures that are told of
EDGES = ("feather", "erode", "dilate", "alpha_threshold")


def standing(tokens: list[Token], text: str, memory: Memory, language: str) -> str:
    """The sentence that tells it, or "" where something else is asked."""
    if not NOW.search(text.lower()) or not any(t.kind in ASKED for t in tokens):
        return ""
    named = next((part.ids for part in sections(tokens, memory) if part.ids), None)
    ids = named or memory.focus or memory.ids
    lines = [_line(memory.photos[name], language) for name in ids[:MOST]]
    return ("" if language == "zh" else " ").join(lines)


def _line(photo: Photo, language: str) -> str:
    edges = [reply(language, f"now.{k}", value=photo.edges[k]) for k in EDGES if photo.edges.get(k)]
    facts = reply(language, "now.and").join([_background(photo, language), *edges])
    return reply(language, "now.is", name=photo.name, facts=facts)


def _background(photo: Photo, language: str) -> str:
    if photo.kind != "color":
        return reply(language, f"now.{photo.kind}")
    value = str(photo.background["color"]).upper()
    names = [n for n, v in tables()["colours"][language].items() if v == value and (language == "zh") != n.isascii()]
    plain = [n for n in names if n.isalnum() or n.isascii()]
    return reply(language, "now.color", colour=f"{min(plain, key=len)} {value}" if plain else value)
