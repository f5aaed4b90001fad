"""The live preview's mathematics gives the bytes of tools/pixels/edges.py. Run by node, or by Chromium without it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tools.pixels.edges import Alpha, apply_edges
from tools.recipe import Edges

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent.parent
EDGES = (ROOT / "ui" / "components" / "settings" / "edges.js").read_text("utf-8")
RUN = """(cases) => cases.map(({ rows, edges, scale }) => {
  const bytes = rows.join("").match(/../g).map((pair) => parseInt(pair, 16));
  const alpha = Uint8Array.from(bytes);
  const before = alpha.slice();
  const result = applyEdges(alpha, rows[0].length / 2, rows.length, edges, scale);
  if (alpha.some((value, i) => value !== before[i])) throw new Error("the input was changed");
  return [...result].map((value) => value.toString(16).padStart(2, "0")).join("");
})"""

Case = dict[str, Any]


def program() -> str:
    """edges.js as a plain script, ending in the function that runs cases."""
    return re.sub(r"^export ", "", EDGES, flags=re.MULTILINE) + f"\nconst run = {RUN};\n"


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest) -> Callable[[list[Case]], list[str]]:
    node = shutil.which("node")
    if node:
        return lambda cases: _in_node(node, cases)
    browser: Browser = request.getfixturevalue("chromium")
    page = browser.new_page()
    request.addfinalizer(page.close)
    return lambda cases: page.evaluate(f"(cases) => {{ {program()} return run(cases); }}", cases)


def _in_node(node: str, cases: list[Case]) -> list[str]:
    text = program() + f"console.log(JSON.stringify(run({json.dumps(cases)})));"
    done = subprocess.run([node, "--input-type=commonjs", "-"], input=text, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def case(alpha: Alpha, edges: Edges, scale: float) -> Case:
    return {"rows": [row.tobytes().hex() for row in alpha], "edges": asdict(edges), "scale": scale}


def test_every_shared_vector_gives_the_same_bytes_in_the_browser(run: Callable[[list[Case]], list[str]]) -> None:
    vectors = json.loads((ROOT / "tests" / "vectors" / "edges.json").read_text("utf-8"))
    cases = [
        {"rows": vectors["alphas"][c["alpha"]], "edges": c["edges"], "scale": c["scale"]} for c in vectors["cases"]
    ]
    assert len(cases) > 5
    assert run(cases) == ["".join(c["expected"]) for c in vectors["cases"]]


def speckled(rng: np.random.Generator) -> Alpha:
    """Blobs, specks, holes and hair, of any size, tiles' borders and the picture's border included."""
    height, width = (int(n) for n in rng.integers(1, 110, 2))
    alpha = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(0, 9))):
        y, x = int(rng.integers(0, height)), int(rng.integers(0, width))
        h, w = (int(n) for n in rng.integers(1, 70, 2))
        alpha[y : y + h, x : x + w] = rng.choice([0, 7, 8, 60, 247, 248, 255])
    noise = rng.random((height, width)) < rng.choice([0, 0.02, 0.3])
    return np.where(noise, rng.integers(0, 256, (height, width)), alpha).astype(np.uint8)


def test_any_matte_and_setting_gives_what_python_gives(run: Callable[[list[Case]], list[str]]) -> None:
    rng = np.random.default_rng(7)
    asked, expected = [], []
    for _ in range(120):
        alpha = speckled(rng)
        off = rng.random(4) < 0.4
        lengths = [0.0 if off[i] else float(rng.choice([1, 2, rng.random() * 20])) for i in range(3)]
        level = 0 if off[3] else int(rng.integers(0, 256))
        edges = Edges(level, lengths[0], lengths[1], bool(rng.random() < 0.5), lengths[2])
        scale = float(rng.choice([1.0, 0.29, 0.5]))
        asked.append(case(alpha, edges, scale))
        expected.append(apply_edges(alpha, edges, scale).tobytes().hex())
    for got, want, about in zip(run(asked), expected, asked, strict=True):
        assert got == want, about["edges"]
