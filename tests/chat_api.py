"""What the chat API demands of a request, written from its documentation and from 400s that others ran into.

Knows nothing of the product's code. Each function returns what is wrong, in words; an empty list means valid.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
KEYS = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls"},
    "tool": {"role", "content", "tool_call_id"},
}
FIELDS = {
    "model", "messages", "tools", "tool_choice", "stream", "stream_options", "max_tokens", "temperature", "thinking",
}  # fmt: skip
STRICT_LACKS = {"minLength", "maxLength", "minItems", "maxItems"}


def message_problems(messages: Sequence[Any]) -> list[str]:
    """What is wrong with the messages of a request."""
    if not messages:
        return ["no messages"]
    try:
        json.dumps(messages, ensure_ascii=False, allow_nan=False).encode()
    except (UnicodeEncodeError, ValueError) as problem:
        return [f"can't be sent: {problem}"]
    found = [f"{i}: {p}" for i, m in enumerate(messages) for p in _shape(m)]
    return found or [*_order(messages), *_tool_messages(messages)]


def _shape(message: Any) -> Iterator[str]:
    role = message.get("role")
    if role not in KEYS:
        yield f"unknown role {role}"
        return
    if extra := message.keys() - KEYS[role]:
        yield f"unknown keys {extra}"
    content = message.get("content")
    if role == "user" and isinstance(content, list):
        yield from _parts(content)
    elif not isinstance(content, str):
        yield f"content is {content!r}"
    elif not content.strip() and not message.get("tool_calls"):
        yield "content is empty"
    if "tool_calls" in message:
        yield from _calls(message["tool_calls"])


def _parts(parts: list[Any]) -> Iterator[str]:
    if not parts:
        yield "no parts"
    for part in parts:
        if part.get("type") == "image_url":
            if not part["image_url"]["url"].startswith(("data:image/", "https://")):
                yield "no image address"
        elif part.get("type") != "text" or not part.get("text", "").strip():
            yield f"bad part {part}"


def _calls(calls: Any) -> Iterator[str]:
    if not isinstance(calls, list) or not calls:
        yield f"tool_calls is {calls!r}"
        return
    for call in calls:
        if call.keys() != {"id", "type", "function"} or call["type"] != "function":
            yield f"bad call {call}"
        elif not NAME.fullmatch(call["id"]):
            yield f"bad id {call['id']!r}"
        elif not NAME.fullmatch(call["function"]["name"]):
            yield f"bad name {call['function']['name']!r}"
        elif not isinstance(json.loads(call["function"]["arguments"]), dict):
            yield "arguments are no object"


def _order(messages: Sequence[Any]) -> Iterator[str]:
    roles = [m["role"] for m in messages]
    if roles[0] != "system" or "system" in roles[1:]:
        yield "system must come first, and only once"
    if roles[-1] not in ("user", "tool"):
        yield f"nothing to answer after {roles[-1]}"
    follows = {
        "system": {"user"},
        "user": {"assistant"},
        "assistant": {"user", "tool"},
        "tool": {"tool", "assistant", "user"},
    }
    for i, (one, other) in enumerate(itertools.pairwise(roles)):
        if other not in follows[one]:
            yield f"{i + 1}: {other} after {one}"


def _tool_messages(messages: Sequence[Any]) -> Iterator[str]:
    """Each id is answered once, next to its call and in order; ids are unique in the whole conversation."""
    asked = [c["id"] for m in messages for c in m.get("tool_calls", [])]
    if len(set(asked)) < len(asked):
        yield "duplicate tool_call_id"
    expected: list[str] = []
    for i, message in enumerate(messages):
        if message["role"] == "tool":
            if not expected or message["tool_call_id"] != expected.pop(0):
                yield f"{i}: a tool message must answer the call before it"
        elif expected:
            yield f"{i}: insufficient tool messages following tool_calls message"
        expected = expected if message["role"] == "tool" else [c["id"] for c in message.get("tool_calls", [])]
    if expected:
        yield "insufficient tool messages following tool_calls message"


def request_problems(body: Mapping[str, Any], path: str, models: Sequence[str]) -> list[str]:
    """What is wrong with a request for a streamed chat completion."""
    found = list(message_problems(body.get("messages", [])))
    found += [f"unknown field {name}" for name in body.keys() - FIELDS]
    if body.get("model") not in models:
        found.append(f"Model Not Exist: {body.get('model')}")
    if body.get("stream_options") and not body.get("stream"):
        found.append("stream_options needs stream")
    if not 1 <= body.get("max_tokens", 1) <= 393_216:
        found.append("max_tokens out of range")
    if not 0 <= body.get("temperature", 1) <= 2:
        found.append("temperature out of range")
    if body.get("thinking", {"type": "disabled"}) not in ({"type": "disabled"}, {"type": "enabled"}):
        found.append("bad thinking")
    if body.get("tool_choice", "none") not in ("none", "auto") or ("tool_choice" in body and not body.get("tools")):
        found.append("bad tool_choice")
    return found + list(_tools(body.get("tools"), path))


def _tools(tools: Any, path: str) -> Iterator[str]:
    if tools is None:
        return
    functions = [t["function"] for t in tools if t.get("type") == "function"]
    names = [f["name"] for f in functions]
    if not 1 <= len(functions) == len(tools) <= 128 or len(set(names)) < len(names):
        yield "tools: between 1 and 128 functions with different names"
    strict = [f.get("strict", False) for f in functions]
    if any(strict) and not (all(strict) and path.startswith("/beta/")):
        yield "strict: for all functions, on the beta address"
    for function in functions:
        if not NAME.fullmatch(function["name"]):
            yield f"tools[].function.name: {function['name']!r} does not match pattern"
        if not function.get("description") or function["parameters"].get("type") != "object":
            yield f"{function['name']}: needs a description and an object"
        jsonschema.Draft202012Validator.check_schema(function["parameters"])
        if function.get("strict"):
            yield from _strict(function["parameters"])


def _strict(schema: Any) -> Iterator[str]:
    """Objects name and require all of their properties; bounds on lengths are not supported."""
    if isinstance(schema, list):
        for part in schema:
            yield from _strict(part)
    elif isinstance(schema, dict):
        if lacks := schema.keys() & STRICT_LACKS:
            yield f"strict: {lacks} are not supported"
        if schema.get("type") == "object":
            if set(schema["required"]) != set(schema["properties"]) or schema.get("additionalProperties") is not False:
                yield "strict: all properties must be required, no others allowed"
            yield from _strict(list(schema["properties"].values()))
        yield from _strict(schema.get("anyOf", []))
        yield from _strict([schema["items"]] if "items" in schema else [])
