"""Files over HTTP: originals, previews, results and written files, straight from disk.

A file's address starts with its conversation's id, a secret of 128 bits. Nothing is cached by the browser or a
proxy; a foreign ``Host`` (DNS rebinding) is refused.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from agent.conversation import views
from agent.events import Finished
from tools.errors import KoutuError
from tools.recipe import ORIGINAL, Keep, Recipe
from tools.settings import ROOT
from tools.studio import Look
from ui import security
from ui.session import assistant

HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SIZES = (96, 320, 1000, 1600)  # px, longest side, of what the page asks for
LOOKS = ("result", "matte", "original", "foreground", "network")


def routes() -> list[Route]:
    """The routes of the app beside the page."""
    return [
        Route("/files/{conversation}/p/{picture}/{look}", of_picture),
        Route("/files/{conversation}/e/{event:int}/{picture}/{look}", of_event),
        Route("/files/{conversation}/w/{event:int}/{number:int}", written),
        Route("/samples/{name}", sample),
    ]


def of_picture(request: Request) -> Response:
    """A picture as it came in, or parts for the live preview. Never the file itself: it may tell where it was taken."""
    where = request.path_params
    state = assistant().view(where["conversation"])
    found = state.pictures.get(where["picture"])
    if found is None:
        return _missing()
    keep = request.query_params.get("keep", "everything")
    if keep not in get_args(Keep):
        return _missing()
    recipe = ORIGINAL if where["look"] == "original" else Recipe(cut=True, keep=cast(Keep, keep))
    return _rendered(request, found.picture, recipe)


def of_event(request: Request) -> Response:
    """A picture as it was after an event of the conversation."""
    where = request.path_params
    states = views(assistant().store.events(where["conversation"]))
    if not where["event"] + 1 < len(states) or where["picture"] not in states[where["event"] + 1].pictures:
        return _missing()
    found = states[where["event"] + 1].pictures[where["picture"]]
    return _rendered(request, found.picture, found.recipe)


def _rendered(request: Request, picture: Any, recipe: Recipe) -> Response:
    look, size = request.path_params["look"], request.query_params.get("s")
    if look not in LOOKS or (size is not None and size not in map(str, SIZES)):
        return _missing()
    try:
        path = assistant().studio.file(picture, recipe, cast(Look, look), int(size) if size else None)
    except KoutuError:
        return _missing()
    return _file(path, request.query_params.get("dl"))


def written(request: Request) -> Response:
    """A file that an export wrote, byte for byte."""
    where = request.path_params
    events = assistant().store.events(where["conversation"])
    event = events[where["event"]] if where["event"] < len(events) else None
    if not isinstance(event, Finished) or where["number"] >= len(event.files):
        return _missing()
    path = Path(event.files[where["number"]]["path"])
    return _file(path, path.name) if path.is_file() else _missing()


def sample(request: Request) -> Response:
    """One of the sample photos."""
    path = ROOT / "samples" / request.path_params["name"]
    known = path.parent == ROOT / "samples" and path.suffix in (".jpg", ".png") and path.is_file()
    return FileResponse(path, headers=HEADERS) if known else _missing()


def _file(path: Path, name: str | None) -> Response:
    headers = dict(HEADERS)
    if name:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return FileResponse(path, headers=headers)


def _missing() -> Response:
    return Response("404", status_code=404, headers=HEADERS)


Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Guard:
    """Refuses foreign hosts, and sets the headers that keep a page from loading anything from elsewhere."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app
        self.policy = security.page_policy().encode()
        self.hosts = {"localhost", "127.0.0.1", "::1"} | set(
            filter(None, os.environ.get("KOUTU_ALLOWED_HOSTS", "").replace(" ", "").split(","))
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        host = urlsplit("//" + dict(scope["headers"]).get(b"host", b"").decode("latin-1")).hostname
        if host not in self.hosts and "*" not in self.hosts:
            if scope["type"] == "websocket":
                return await send({"type": "websocket.close", "code": 1008})
            return await Response("403", status_code=403)(scope, receive, send)

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                extra = [(b"x-frame-options", b"DENY"), (b"referrer-policy", b"no-referrer")]
                if not scope["path"].startswith("/files/"):
                    extra.append((b"content-security-policy", self.policy))
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        return await self.app(scope, receive, with_headers)
