"""Reading the arguments of a tool call, which a language model wrote as text.

Repairs are narrow: each undoes one thing that models are known to do to JSON, and none invents a value. What
was cut off stays unreadable, since completing it would carry out something nobody asked for.
"""

from __future__ import annotations

import json
import re
from typing import Any

from agent.wire import clean

FENCE = re.compile(r"^```[a-zA-Z]*\s*(.*?)\s*```$", re.DOTALL)
BAD_ESCAPE = re.compile(r'\\(\\|["/bfnrt]|u[0-9a-fA-F]{4}|.)', re.DOTALL)


def read(text: str) -> dict[str, Any]:
    """The arguments in ``text``: a JSON object, perhaps with control characters or wrong escapes in its
    strings, in a code fence, encoded twice, or followed by words. Nothing at all means no arguments.

    Raises:
        ValueError: it can't be read; the message is meant for the model.
    """
    bare = clean(text).strip().removeprefix("\ufeff")
    bare = FENCE.sub(r"\1", bare)
    if not bare:
        return {}
    value = _decode(bare)
    if isinstance(value, str):
        value = _decode(value.strip())
    if not isinstance(value, dict):
        raise ValueError(f"The arguments must be one JSON object, not {type(value).__name__}.")
    found: dict[str, Any] = cleaned(value)
    return found


def _decode(text: str) -> Any:
    try:
        return _first(text)
    except json.JSONDecodeError:
        return _decode_repaired(BAD_ESCAPE.sub(_escape, text))


def _decode_repaired(text: str) -> Any:
    try:
        return _first(text)
    except json.JSONDecodeError as problem:
        raise ValueError(f"The arguments are no valid JSON: {problem.msg} at character {problem.pos}.") from None


def _first(text: str) -> Any:
    """The first value of ``text``. Words may follow it; a different object may not, except after ``{}``."""
    decoder = json.JSONDecoder(strict=False, parse_constant=_no_constant)
    try:
        value, end = decoder.raw_decode(text)
        rest = text[end:].strip()
        if rest.startswith("{"):
            second, _ = decoder.raw_decode(rest)
            if value not in ({}, second):
                raise ValueError("The arguments hold more than one JSON object.")
            return second
    except RecursionError:
        raise ValueError("The arguments are nested too deeply.") from None
    return value


def _escape(match: re.Match[str]) -> str:
    """Escapes that JSON doesn't know: those of ' are unescaped, other backslashes mean themselves."""
    escaped = match.group(1)
    if escaped == "\\" or re.fullmatch(r'["/bfnrt]|u[0-9a-fA-F]{4}', escaped):
        return match.group(0)
    return "'" if escaped == "'" else "\\\\" + escaped


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value.")


def cleaned(value: Any) -> Any:
    """``value``, plain values as JSON has them, without lone surrogates in any text."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [cleaned(v) for v in value]
    if isinstance(value, dict):
        return {clean(k): cleaned(v) for k, v in value.items()}
    return value
