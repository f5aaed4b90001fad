"""A real HTTP server on this machine that misbehaves as asked: for tests of fetching."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Served:
    """What the server has and how it behaves; ``asked`` are the Range headers that came, "" for none.

    breaks_after: bytes that go out on each connection, then it is cut; the last entry is for all later ones (None:
    never). ranges: whether Range is understood. status: of an answer without a body. shift: the piece that comes
    begins so many bytes off. says_length: whether the answer tells its length.
    """

    data: bytes
    breaks_after: list[int | None] = field(default_factory=lambda: [None])
    ranges: bool = True
    status: int = 0
    shift: int = 0
    says_length: bool = True
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def next_break(self) -> int | None:
        return self.breaks_after.pop(0) if len(self.breaks_after) > 1 else self.breaks_after[0]


def handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            served.asked.append(wanted)
            if served.status:
                self.send_error(served.status)
                return
            found = re.fullmatch(r"bytes=(\d+)-", wanted) if served.ranges else None
            begin = int(found[1]) if found else 0
            if found and begin >= len(served.data):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(served.data)}")
                self.end_headers()
                return
            self._send(begin + (served.shift if found else 0), bool(found))

        def _send(self, begin: int, partial: bool) -> None:
            body, total = served.data[begin:], len(served.data)
            self.send_response(206 if partial else 200)
            if partial:
                self.send_header("Content-Range", f"bytes {begin}-{total - 1}/{total}")
            if served.says_length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cut = served.next_break()
            self.wfile.write(body if cut is None else body[:cut])
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing: pytest's output is for tests."""

    return Handler


class Server(ThreadingHTTPServer):
    """Says nothing where whoever fetches hangs up: that is what it may do with a file of the wrong size."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(served: Served) -> Iterator[Served]:
    """Serves at ``served.url`` while inside."""
    server = Server(("127.0.0.1", 0), handler(served))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}/network.onnx"
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
