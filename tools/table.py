"""`python -m tools.table` writes the table of tools into the README, from their declarations."""

from __future__ import annotations

from tools.registry import Field, tools
from tools.settings import ROOT

BEGIN, END = "<!-- tools: python -m tools.table -->\n", "<!-- /tools -->"


def table() -> str:
    """The tools as a Markdown table: one row for each field."""
    rows = ["| tool | field | values | what it is |", "|---|---|---|---|"]
    for tool in tools().values():
        for number, field in enumerate(f for f in tool.fields if not f.by_hand):
            name = f"`{tool.name}`" if number == 0 else ""
            rows.append(f"| {name} | `{field.name}` | {_values(field)} | {field.about} |")
    return "\n".join(rows) + "\n"


def _values(field: Field) -> str:
    if field.choices:
        return " ".join(f"`{choice.value}`" for choice in field.choices)
    bounds = f"{field.minimum:g}–{field.maximum:g}" if field.minimum is not None and field.maximum is not None else ""
    advised = f"recommended {field.recommended[0]:g}–{field.recommended[1]:g}" if field.recommended else ""
    parts = [f"{bounds} {field.unit}".strip(), advised]
    return ", ".join(p for p in parts if p) or field.type


def in_readme(text: str) -> str:
    """The README with the table as it is now."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(in_readme(readme.read_text("utf-8")), "utf-8")
