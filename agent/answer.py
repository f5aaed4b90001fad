"""An answer of the chat API, put together from the pieces of its stream."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_BYTES = 4 * 2**20  # of one answer: far more than the allowed tokens can take


class Unreadable(Exception):
    """The stream holds something that is not the chat protocol, or more than an answer can be."""


class ErrorInStream(Unreadable):
    """The server reports an error in the middle of its answer."""


@dataclass
class Asked:
    """A tool call as it grows. ``id`` and ``name`` are the first ones given: later pieces may blank them."""

    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class Answer:
    """What has come so far. ``finish`` is the reason why it ended, "" until then. ``usage`` counts tokens."""

    text: str = ""
    calls: list[Asked] = field(default_factory=list)
    finish: str = ""
    usage: dict[str, int] = field(default_factory=dict)
    _by_index: dict[int, Asked] = field(default_factory=dict)

    def add(self, data: str) -> None:
        """Takes in one event of the stream. Events without choices (usage, gateways' own) are fine.

        Raises:
            ErrorInStream: it is an error of the server.
            Unreadable: it is no chunk of an answer.
        """
        try:
            chunk = json.loads(data)
            if chunk.get("error"):
                raise ErrorInStream(data[:500])
            if chunk.get("usage"):
                self.usage = count(chunk["usage"])
            for choice in (chunk.get("choices") or [])[:1]:
                self._add_delta(choice.get("delta") or {})
                self.finish = choice.get("finish_reason") or self.finish
        except (ValueError, TypeError, AttributeError) as problem:
            raise Unreadable(f"not a chunk: {data[:200]}") from problem

    def _add_delta(self, delta: Mapping[str, Any]) -> None:
        self.text += delta.get("content") or ""
        for piece in delta.get("tool_calls") or []:
            asked = self._slot(piece.get("index"), piece.get("id") or "")
            function = piece.get("function") or {}
            asked.id = asked.id or piece.get("id") or ""
            asked.name = asked.name or function.get("name") or ""
            given = function.get("arguments") or ""
            asked.arguments += given if isinstance(given, str) else json.dumps(given)

    def _slot(self, index: int | None, id: str) -> Asked:
        """The call that a piece belongs to: by index; a second id at the same index begins another call."""
        at = index if index is not None else max(len(self._by_index) - (0 if id else 1), 0)
        known = self._by_index.get(at)
        if known is None or (id and known.id and id != known.id):
            known = self._by_index[at] = Asked()
            self.calls.append(known)
        return known


def count(usage: Mapping[str, Any]) -> dict[str, int]:
    """Token counts, DeepSeek's or other servers', as ``prompt``, ``cached``, ``uncached``, ``completion``."""
    prompt, completion = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    details = usage.get("prompt_tokens_details") or {}
    cached = usage.get("prompt_cache_hit_tokens") or details.get("cached_tokens") or 0
    return {"prompt": prompt, "cached": cached, "uncached": prompt - cached, "completion": completion}


async def events(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The data of each server-sent event, until ``[DONE]`` or the end.

    Blank lines, comments (``: keep-alive``) and other fields are skipped. Lines end with LF or CRLF only: a
    U+2028 within a string is no line end, which ready-made line readers take it for.

    Raises:
        Unreadable: more than ``MOST_BYTES``, or not UTF-8.
    """
    buffer, seen = bytearray(), 0
    async for piece in pieces:
        seen += len(piece)
        if seen > MOST_BYTES:
            raise Unreadable("the answer does not end")
        buffer += piece
        if b"\n" not in piece:
            continue
        *lines, rest = bytes(buffer).split(b"\n")
        buffer = bytearray(rest)
        for line in lines:
            data = _data(line)
            if data == "[DONE]":
                return
            if data:
                yield data
    if data := _data(bytes(buffer)):
        yield data


def _data(line: bytes) -> str:
    if not line.startswith(b"data:"):
        return ""
    try:
        return line.removeprefix(b"data:").decode().strip()
    except UnicodeDecodeError as problem:
        raise Unreadable("not UTF-8") from problem
