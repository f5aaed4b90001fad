"""An app with nothing but the browser parts, for their tests. Pictures come from the folder ``files`` of its data."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route


async def picture(request: Request) -> FileResponse:
    """One picture of the test."""
    return FileResponse(Path(os.environ["DATA_DIR"]) / "files" / request.path_params["name"])


app = st.App("parts_page.py", routes=[Route("/files/{name}", picture)])
