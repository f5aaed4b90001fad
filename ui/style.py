"""The style of the page around the browser parts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st


def style() -> None:
    """Puts ``ui/style.css`` into the page; it holds for all of it."""
    st.html(f"<style>{_css()}</style>")


@cache
def _css() -> str:
    return Path(__file__).with_name("style.css").read_text("utf-8")
