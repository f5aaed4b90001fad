"""The curve of a training run as an SVG picture, from its log: loss on the left scale, held-out IoU on the right."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, MARGIN = 720, 360, 48
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999", "#7a5195")


def lines_of(log: Path) -> list[dict[str, Any]]:
    """The lines of a log; a last line that was cut off by a kill is left out."""
    rows = []
    for text in log.read_text(encoding="utf-8").splitlines():
        if text.endswith("}"):
            rows.append(json.loads(text))
    return rows


def _line(points: list[tuple[float, float]], colour: str, name: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{path}"><title>{name}</title></polyline>'
    )


def _text(x: float, y: float, text: str, colour: str = "#333") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="11" font-family="sans-serif" fill="{colour}">{text}</text>'


def curve(rows: list[dict[str, Any]]) -> str:
    """SVG text. rows: lines of a log ("step" ones hold loss, "check" ones GROUP.iou); both hold minutes."""
    steps = [row for row in rows if row["kind"] == "step"]
    checks = [row for row in rows if row["kind"] == "check"]
    end = max((row["minutes"] for row in rows), default=0.0) or 1.0
    top = max((row["loss"] for row in steps), default=1.0)

    def place(minutes: float, share: float) -> tuple[float, float]:
        return MARGIN + minutes / end * (WIDTH - 3 * MARGIN), HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)

    parts = [_line([place(row["minutes"], row["loss"] / top) for row in steps], "#888888", "loss")]
    parts += [
        _text(4, MARGIN, f"loss {top:.2f}"),
        _text(4, HEIGHT - MARGIN, "0"),
        _text(MARGIN, 20, "held-out IoU, 0 to 1"),
    ]
    groups = sorted({key.removesuffix(".iou") for row in checks for key in row if key.endswith(".iou")})
    for index, group in enumerate(groups):
        colour = COLOURS[index % len(COLOURS)]
        held = [(row["minutes"], row[f"{group}.iou"]) for row in checks if _number(row.get(f"{group}.iou"))]
        parts.append(_line([place(*each) for each in held], colour, group))
        parts.append(
            _text(WIDTH - 2 * MARGIN + 6, MARGIN + 15 * index, f"{group} {held[-1][1]:.3f}" if held else group, colour)
        )
    parts.append(_text(WIDTH - 3 * MARGIN, HEIGHT - 20, f"{end:.1f} minutes"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
    return f'{head}<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'


def _number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def draw(log: Path, picture: Path) -> None:
    """Draws the log's curve into an SVG file, atomically."""
    partial = picture.with_suffix(f".{os.getpid()}.part")
    partial.write_text(curve(lines_of(log)), encoding="utf-8")
    os.replace(partial, picture)
