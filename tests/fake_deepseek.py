"""A chat server that speaks DeepSeek's wire protocol over real HTTP, by a script.

    with FakeDeepSeek(words("Hello"), calls(("matte", {"pictures": ["p1"]}))) as server:
        DeepSeek(server.settings(data, outputs))…

Each request takes the next step of the script. Every request is checked as the API checks it (``chat_api``) and
kept in ``requests``. Leaving the ``with`` fails if a request was wrong or unexpected, or a step is left over.

``python -m tests.fake_deepseek --port 8900`` serves without a script: it cuts out, changes backgrounds and exports
when asked to, in a few words of Chinese or English.
"""

from __future__ import annotations

import argparse
import json
import re
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.chat_api import request_problems
from tools.settings import Settings

KEY = "key-of-a-test-7f3a91"
MODELS = ("deepseek-flash", "deepseek-v4-pro", "other-model")
MESSAGES = {  # what the API says with each status
    400: ("Invalid request format", "invalid_request_error"),
    401: ("Authentication Fails, Your api key: ****3a91 is invalid", "authentication_error"),
    402: ("Insufficient Balance", "unknown_error"),
    403: ("Forbidden", "permission_error"),
    404: ("Not Found", "invalid_request_error"),
    422: ("Invalid parameters", "invalid_request_error"),
    429: ("Rate limit reached", "rate_limit_error"),
    500: ("Internal server error", "server_error"),
    503: ("Service is too busy. We advise users to try again later.", "service_unavailable_error"),
}
DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"


@dataclass(frozen=True)
class Wait:
    """Goes on when the test sets ``event``, or when the client hangs up."""

    event: threading.Event


@dataclass(frozen=True)
class Repeat:
    """Sends ``data`` again and again until the client hangs up."""

    data: bytes


STALL = Wait(threading.Event())  # nothing more comes
BREAK = "break"  # the connection is cut, in the middle of the body
Frame = bytes | Wait | Repeat | str


@dataclass(frozen=True)
class Step:
    """What is answered to one request. ``silent``: not even headers come."""

    frames: tuple[Frame, ...] = ()
    status: int = 200
    body: bytes = b""
    kind: str = "text/event-stream; charset=utf-8"
    check: Callable[[dict[str, Any]], None] | None = None
    silent: bool = False


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> bytes:
    """One event of a stream."""
    choice = {"index": 0, "delta": delta or {}, "logprobs": None, "finish_reason": finish}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "deepseek-flash", "choices": [choice]}
    return b"data: " + json.dumps(body | more, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n\n"


USAGE = {
    "prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110,
    "prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36,
}  # fmt: skip


def pieces(text: str, size: int = 4) -> list[bytes]:
    """``text`` as the events of a stream."""
    return [chunk({"content": text[i : i + size]}) for i in range(0, len(text), size)]


def words(text: str, finish: str = "stop", usage: dict[str, int] | None = None, **more: Any) -> Step:
    """An answer in words."""
    start = chunk({"role": "assistant", "content": ""})
    return Step((start, *pieces(text), chunk({"content": ""}, finish, usage=usage or USAGE), DONE), **more)


def call_frames(wanted: Sequence[tuple[str, Any]]) -> Iterator[bytes]:
    """Tool calls as the API streams them: id and name in the first piece, the arguments in several."""
    for i, (name, arguments) in enumerate(wanted):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        head = {"index": i, "id": f"call_{i:02}_x", "type": "function", "function": {"name": name, "arguments": ""}}
        yield chunk({"tool_calls": [head]})
        for at in range(0, len(text), 7):
            yield chunk({"tool_calls": [{"index": i, "function": {"arguments": text[at : at + 7]}}]})


def calls(*wanted: tuple[str, Any], text: str = "", finish: str = "tool_calls", **more: Any) -> Step:
    """An answer with tool calls: (name, arguments as values or as text)."""
    end = chunk({"content": ""}, finish, usage=USAGE)
    return Step((chunk({"role": "assistant", "content": ""}), *pieces(text), *call_frames(wanted), end, DONE), **more)


def refuse(status: int, message: str = "") -> Step:
    """An error of the API, in its own words."""
    said, kind = MESSAGES.get(status, MESSAGES[400])
    error = {"message": message or said, "type": kind, "param": None, "code": "invalid_request_error"}
    return Step(status=status, body=json.dumps({"error": error}).encode(), kind="application/json")


class FakeDeepSeek:
    """The server. ``requests`` are the bodies that came, ``paths`` where to; ``hung_up`` is set once a client
    closed its connection in the middle of an answer. ``respond`` answers where there is no script."""

    def __init__(self, *script: Step, respond: Callable[[dict[str, Any]], Step] | None = None, port: int = 0) -> None:
        self.script = list(script)
        self.respond = respond
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.problems: list[str] = []
        self.hung_up = threading.Event()
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def settings(self, folder: Path, **more: Any) -> Settings:
        """Settings that use this server, with data below ``folder``."""
        given = {"key": KEY, "base_url": self.url, "model": "deepseek-flash"} | more
        return Settings(data=folder / "data", outputs=folder / "outputs", **given)

    def __enter__(self) -> FakeDeepSeek:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if kind is None:
            assert not self.problems, self.problems
            assert not self.script, f"{len(self.script)} steps were not asked for"

    def serve(self) -> None:
        """Serves until it is interrupted."""
        self._server.serve_forever()

    def step(self, body: dict[str, Any], path: str, key: str) -> Step:
        """The answer to a request, which is checked and kept."""
        with self.lock:
            self.requests.append(body)
            self.paths.append(path)
            if wrong := request_problems(body, path, MODELS):
                self.problems += wrong
                return refuse(400, wrong[0])
            if not path.endswith("/chat/completions"):
                return refuse(404)
            if self.respond:
                return self.respond(body)
            if key != KEY or not self.script:
                self.problems.append(f"unexpected key {key}" if key != KEY else f"unexpected request {body}")
                return refuse(500)
            step = self.script.pop(0)
            if step.check:
                try:
                    step.check(body)
                except AssertionError as wrong_request:
                    self.problems.append(f"check: {wrong_request}")
            return step


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeDeepSeek

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A bug of the server, or a request so wrong that it can't be judged."""
        if not isinstance(sys.exc_info()[1], OSError):  # a client that hung up is no problem
            self.fake.problems.append(f"the server failed: {sys.exc_info()[1]!r}")


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        step = self.server.fake.step(body, self.path, key)
        if step.silent:
            self._wait(STALL.event)
            self.close_connection = True
            return
        try:
            self._answer(step)
        except OSError:
            self.server.fake.hung_up.set()
            self.close_connection = True

    def _answer(self, step: Step) -> None:
        self.send_response(step.status)
        self.send_header("Content-Type", step.kind)
        if step.body or step.status != 200:
            self.send_header("Content-Length", str(len(step.body)))
            self.end_headers()
            self.wfile.write(step.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for frame in step.frames:
            if not self._send(frame):
                self.close_connection = True
                return
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, frame: Frame) -> bool:
        """Whether the stream goes on after ``frame``."""
        if isinstance(frame, Wait):
            return self._wait(frame.event)
        if isinstance(frame, Repeat):
            while not self._gone(0.01):
                self._write(frame.data)
            return False
        if isinstance(frame, str):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            return False
        self._write(frame)
        return True

    def _write(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _wait(self, event: threading.Event) -> bool:
        while not event.is_set():
            if self._gone(0.01):
                return False
        return True

    def _gone(self, seconds: float) -> bool:
        """Whether the client hung up, or the server is closing, within ``seconds``."""
        readable, _, _ = select.select([self.connection], [], [], seconds)
        if readable and not self.connection.recv(1, socket.MSG_PEEK):
            self.server.fake.hung_up.set()
            return True
        return self.server.fake.closing.is_set()


# ── without a script ──────────────────────────────────────────────────────────────────────────────────

PICTURE = re.compile(r'"picture": "(p\d+)"')


def plain_answer(body: dict[str, Any]) -> Step:
    """What a simple model would do: the calls that the last words of the person ask for, or words."""
    last = body["messages"][-1]
    if last["role"] == "tool":
        return words("好了，结果在上面。" if _chinese(body) else "Here is the result.")
    said = re.sub("<data>.*?</data>", "", _text(last))
    found = list(dict.fromkeys(PICTURE.findall(" ".join(_text(m) for m in body["messages"]))))
    if not found:
        return words("请先发一张照片。" if _chinese(body) else "Please send a photo first.")
    wanted: list[tuple[str, Any]] = []
    if re.search("抠|透明|cut|transparent", said, re.IGNORECASE):
        wanted.append(("matte", {"pictures": found, "feather": 2}))
    if color := next((c for name, c in COLORS.items() if name in said.lower()), ""):
        wanted.append(("set_background", {"pictures": found, "kind": "color", "color": color}))
    if re.search("导出|保存|export|save", said, re.IGNORECASE):
        wanted.append(("export", {"pictures": found, "format": "png"}))
    if body.get("tool_choice") == "none" or not wanted:
        return words(
            "我可以抠图、换背景、导出。" if _chinese(body) else "I can cut out, change backgrounds and export."
        )
    return calls(*wanted)


COLORS = {"蓝": "#438EDB", "blue": "#438EDB", "白": "#FFFFFF", "white": "#FFFFFF", "红": "#FF0000", "red": "#FF0000"}


def _text(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else " ".join(p.get("text", "") for p in content)


def _chinese(body: dict[str, Any]) -> bool:
    said = [re.sub("<data>.*?</data>", "", _text(m)) for m in body["messages"] if m["role"] == "user"]
    return bool(re.search("[一-鿿]", " ".join(said)))


def main() -> None:
    """Serves without a script and says where."""
    parser = argparse.ArgumentParser(description="A chat server for trying things out, without a language model.")
    parser.add_argument("--port", type=int, default=8900)
    server = FakeDeepSeek(respond=plain_answer, port=parser.parse_args().port)
    print(f"DEEPSEEK_API_KEY={KEY} DEEPSEEK_BASE_URL={server.url}", flush=True)
    try:
        server.serve()
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main()
