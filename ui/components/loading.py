"""From the files of a browser part to the three texts that the framework takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypedDict

HERE = Path(__file__).parent
# What a file that is put in front of another one must not keep: a module has its imports from nowhere here.
_MODULE_WORDS = re.compile(r"^(?:import\b[^\n]*\n|export\s+(?!default\b))", re.MULTILINE)


class Texts(TypedDict):
    """What ``streamlit.components.v2.component`` needs of a part."""

    html: str
    css: str
    js: str


def texts_of(part: str, *scripts: str) -> Texts:
    """Markup, style and script of the part in the folder ``part``.

    ``scripts`` are files, relative to ``ui/components``, that the part's ``component.js`` uses: they come before it,
    in this order, without their ``import`` lines and the word ``export``, so that all of it is one module. The
    style common to all parts comes before the part's own.

    Raises:
        FileNotFoundError: the part or one of its scripts is missing.
    """
    folder = HERE / part
    shared = [_MODULE_WORDS.sub("", _read(HERE / name)) for name in scripts]
    own = re.sub(r"^import\b[^\n]*\n", "", _read(folder / "component.js"), flags=re.MULTILINE)
    return {
        "html": _read(folder / "component.html"),
        "css": _read(HERE / "shared.css") + _read(folder / "component.css"),
        "js": "\n".join([*shared, own]),
    }


def _read(path: Path) -> str:
    return path.read_text("utf-8")
