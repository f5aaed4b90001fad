"""The page's language and its sentences."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from tools.wording import LANGUAGES, say
from ui.session import assistant


@dataclass(frozen=True)
class Words:
    """Called with a key and facts, gives the sentence in the page's language."""

    language: str

    def __call__(self, key: str, **facts: object) -> str:
        """The sentence at the dotted ``key``."""
        return say(self.language, key, **facts)


def language_of_page() -> str:
    """The language chosen on the page, else the configured one, else the browser's."""
    chosen = st.query_params.get("lang", assistant().settings.language)
    if chosen in LANGUAGES:
        return chosen
    return "zh" if (st.context.locale or "zh").lower().startswith("zh") else "en"
