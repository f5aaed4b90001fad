"""Tool calls that leak into the text of an answer as markup.

DeepSeek writes calls as DSML, ``<｜DSML｜invoke name="matte"> …``, which the server turns into
``tool_calls``. At times it doesn't, and the markup arrives as text. It is never shown, and where it is whole
it is read as the calls that it stands for. The bars come full-width, doubled, plain (``|``) or as ``‖``; the
block around the calls is ``tool_calls``, ``function_calls`` or missing. Other models' ``<tool_call>`` and
DeepSeek's older ``<｜tool▁calls▁begin｜>`` are hidden too, not read.
"""

from __future__ import annotations

import json
import re
from typing import Any

BARS = "[|｜‖│]{1,2}"
DSML = re.compile(rf"(</?)\s*{BARS}\s*DSML\s*{BARS}\s*", re.IGNORECASE)
LEAK = re.compile(rf"<\s*/?\s*{BARS}\s*(?:DSML|tool)|</?(?:tool_calls?|function_calls?|invoke)\b", re.IGNORECASE)
BEGINNINGS = ("<|dsml", "<|tool", "<tool_call", "<function_call", "<invoke", "<think")
THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>\s*|\Z)", re.DOTALL)
INVOKE = re.compile(r"<invoke\s+name\s*=\s*[\"']?([^\"'>]+?)[\"']?\s*>(.*?)</invoke\s*>", re.DOTALL)
PARAMETER = re.compile(
    r"<parameter\s+name\s*=\s*[\"']?([^\"'>\s]+)[\"']?(?:\s+string\s*=\s*[\"']?(true|false)[\"']?)?\s*>"
    r"(.*?)</parameter\s*>",
    re.DOTALL,
)


def visible(text: str) -> str:
    """What may be shown of ``text`` so far: all before markup, and before what may be going to be markup."""
    text = without_thoughts(text)
    leak = LEAK.search(text)
    if leak:
        return text[: leak.start()].rstrip()
    start = text.rfind("<")
    return text[:start] if start >= 0 and _may_begin(text[start:]) else text


def without_thoughts(text: str) -> str:
    """``text`` without the thinking that open models put before their answer, done or still going on."""
    return THOUGHT.sub("", text)


def leaks(text: str) -> bool:
    """Whether ``text`` holds markup of a call, whole or cut off."""
    return LEAK.search(text) is not None


def calls(text: str) -> list[tuple[str, dict[str, Any]]] | None:
    """The calls (name, arguments) that leaked into ``text``; None unless every one of them is whole."""
    bare = DSML.sub(r"\1", text)
    found = [(m.group(1).strip(), _arguments(m.group(2))) for m in INVOKE.finditer(bare)]
    if not found or len(found) != len(re.findall(r"<invoke\b", bare)):
        return None
    whole = [(name, arguments) for name, arguments in found if arguments is not None]
    return whole if len(whole) == len(found) else None


def _arguments(body: str) -> dict[str, Any] | None:
    rest = PARAMETER.sub("", body)
    if rest.strip():
        return None
    try:
        return {name: _value(kind, value) for name, kind, value in PARAMETER.findall(body)}
    except json.JSONDecodeError:
        return None


def _value(kind: str, text: str) -> Any:
    """``string="true"`` is the text itself, "false" is JSON; without it, JSON where it can be."""
    if kind == "true":
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        if kind == "false":
            raise
        return text


def _may_begin(tail: str) -> bool:
    """Whether ``tail``, which begins with "<" and ends where the text ends so far, may grow into markup."""
    plain = re.sub(r"\s|/", "", re.sub(BARS, "|", tail)).lower()
    return any(b.startswith(plain) or plain.startswith(b) for b in BEGINNINGS)
