"""「用这张图做背景」 with a picture attached: "this" is the picture that came with the sentence."""

from __future__ import annotations

import re

from agent.conversation import View
from agent.events import Attached, Planned

BEHIND = re.compile(r"背景|放[到在进]|换到|合成|background|backdrop|behind|\bon(?:to)? this\b", re.IGNORECASE)
THIS = re.compile(r"[这這][张張幅个個]?(?:图片|照片|图|圖片|圖|张|張)|[这這][张張幅]")
THIS_EN = re.compile(r"\bthis (?:picture|photo|image|pic|one)\b", re.IGNORECASE)
PUT_BEHIND = re.compile(r"\bput (?:this|picture \d+)(?: one)? behind (?:him|her|it|them|me|us)\b", re.IGNORECASE)
PUT_ON = re.compile(r"\bput (?:him|her|it|them|me|us) (?:on|onto|in|into) (?:this|picture \d+)\b", re.IGNORECASE)


def pointed_out(words: str, view: View) -> str:
    """The sentence with "this picture" replaced by its number, where it speaks of what lies behind something and
    just one picture came along with it; unchanged otherwise."""
    last = max((e.covers for e in view.events if isinstance(e, Planned)), default=0)
    new = [e.id for e in view.events[last:] if isinstance(e, Attached)]
    if len(new) != 1 or len(view.pictures) < 2 or not BEHIND.search(words):
        return words
    number = list(view.pictures).index(new[0]) + 1
    words = THIS_EN.sub(f"picture {number}", THIS.sub(f"第{number}张", words))
    behind = f"use picture {number} as background"
    return PUT_ON.sub(behind, PUT_BEHIND.sub(behind, words))
