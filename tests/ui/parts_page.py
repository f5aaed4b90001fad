"""The page of ``parts_app``: ``?part=compare`` or ``?part=settings``, and always the chat input with ``attach``."""

from __future__ import annotations

import json

import streamlit as st

from tools.wording import say
from ui.components.attach import attach
from ui.components.compare import LABELS as COMPARE_LABELS
from ui.components.compare import compare
from ui.components.settings import LABELS as FORM_LABELS
from ui.components.settings import settings_form
from ui.style import style

FULL, SMALL = (1200, 900), (400, 300)
MARKUP = "<img src=x onerror='window.broken=1'>.png"


def number(name: str, value: float, most: float, **more: object) -> dict[str, object]:
    """A field of a length."""
    return {"name": name, "type": "number", "label": name, "minimum": 0, "maximum": most, "value": value, **more}


MATTE = [
    number("feather", 2, 30, recommended=[1, 3], unit="px", hint="softens"),
    number("erode", 0, 20, unit="px"),
    number("alpha_threshold", 0, 255, type="integer", advanced=True),
    {"name": "denoise", "type": "boolean", "label": "denoise", "value": None, "advanced": True},
]
KINDS = [{"value": k, "label": k} for k in ("transparent", "color", "picture", "blur")]
BACKGROUND = [
    {"name": "kind", "type": "choice", "label": "kind", "choices": KINDS, "value": "transparent"},
    {"name": "quality", "type": "integer", "label": "quality", "minimum": 1, "maximum": 100, "value": None},
    {"name": "color", "type": "color", "label": "color", "value": None, "shown_if": ["kind", ["color"]]},
    {
        "name": "background_picture",
        "type": "picture",
        "label": "picture",
        "choices": [{"value": "p2", "label": MARKUP}],
        "value": None,
        "shown_if": ["kind", ["picture"]],
    },
]

language = st.query_params.get("lang", "zh")
style()
st.session_state.runs = st.session_state.get("runs", 0) + 1
st.text(f"runs={st.session_state.runs}")
attach(lang=language, label=say(language, "page.drop"), key="attach")
if st.query_params.get("part") == "compare":
    compare(
        before="/files/before.png",
        after="/files/after.png",
        matte="/files/matte.png",
        width=FULL[0],
        height=FULL[1],
        preview_before="/files/small_before.png",
        preview_after="/files/small_after.png",
        preview_matte="/files/small_matte.png",
        opaque="opaque" in st.query_params,
        regions=[{"box": (0.1, 0.1, 0.5, 0.5), "label": MARKUP}],
        labels={name: say(language, f"compare.{name}") for name in COMPARE_LABELS},
        key="compare",
    )
    st.html("<div style='height: 1200px'></div>")
if st.query_params.get("part") == "settings":
    given = settings_form(
        steps=[
            {"call": "c1", "tool": "matte", "label": "matte", "fields": MATTE},
            {"call": "c2", "tool": "set_background", "label": "background", "fields": BACKGROUND},
        ],
        preview={
            "foreground": "/files/small_before.png",
            "original": "/files/small_before.png",
            "alpha": "/files/small_matte.png",
            "scale": 1 / 3,
            "behind": {"p2": "/files/small_before.png"},
        },
        labels={name: say(language, f"form.{name}") for name in FORM_LABELS},
        key="settings",
    )
    if given.apply is not None:
        st.text("applied=" + json.dumps(given.apply))
    if given.cancel:
        st.text("cancelled")
said = st.chat_input("…", accept_file="multiple", file_type=["png"], key="ask")
if said:
    st.text("got=" + json.dumps([said.text, [(f.name, len(f.getvalue())) for f in said.files]]))
