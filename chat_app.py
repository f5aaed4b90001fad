"""The app: the chat page, the routes for full-size files, and the headers that guard both.

Start it with ``./run.sh`` or ``streamlit run chat_app.py``.
"""

import sys

import streamlit as st
from starlette.middleware import Middleware

from tools.errors import KoutuError
from ui.files import Guard, routes
from ui.start import announce

try:
    announce()
except KoutuError as error:
    from tools.wording import explain

    sys.exit(" / ".join(explain(error, language) for language in ("zh", "en")))

app = st.App("ui/page.py", routes=routes(), middleware=[Middleware(Guard)])
