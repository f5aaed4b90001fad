"""The shape of the code: imports, sizes, names, texts, settings. Read from the files, nothing is run."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.settings import Limits, Settings

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ["models", "tools", "agent", "ui", "chat_app"]  # each may import the ones before it
ROOMS = ["tokens", "which", "readers", "talk"]  # of agent/builtin, likewise; on top of them its own files
OTHER_CODE = ["tests", "benchmarks", "service"]
MAX_FILE, MAX_FILE_OF_TESTS, MAX_FUNCTION = 400, 600, 60  # lines; tests hold tables of cases
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc"}
EXTRAS = {"onnxruntime"}  # packages of requirements-dev.txt that the product can use where they are present


def python_files(*parts: str) -> list[Path]:
    """Every Python file of the given top-level modules and folders."""
    folders = [path for part in parts for path in (ROOT / part).rglob("*.py")]
    return sorted(folders + [path for part in parts if (path := ROOT / f"{part}.py").is_file()])


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if isinstance(node, ast.stmt | ast.expr | ast.ExceptHandler) else ""
    return f"{path.relative_to(ROOT)}{line}"


def imports(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """The top-level names of what a file imports from outside of its own package."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0], node


def test_there_is_code_to_check() -> None:
    assert len(python_files(*LAYERS)) > 10


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_the_layers_below_it(layer: str) -> None:
    above = {*LAYERS[LAYERS.index(layer) + 1 :], *OTHER_CODE}
    wrong = [
        f"{place(path, node)} imports {name}"
        for path in python_files(layer)
        for name, node in imports(path)
        if name in above
    ]
    assert not wrong


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_planner_imports_only_the_rooms_below_it(room: str) -> None:
    below = {f"agent.builtin.{name}" for name in ROOMS[: ROOMS.index(room) + 1]}
    wrong = [
        f"{place(path, node)} imports {node.module}"
        for path in sorted((ROOT / "agent/builtin" / room).glob("*.py"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("agent.builtin")
        if ".".join((node.module or "").split(".")[:3]) not in below
    ]
    assert not wrong


def test_only_the_page_knows_streamlit() -> None:
    below = python_files("models", "tools", "agent")
    assert not [place(p, node) for p in below for name, node in imports(p) if name == "streamlit"]


def test_every_imported_package_is_pinned() -> None:
    pinned = {normal(line) for line in requirements("requirements.txt")} | EXTRAS
    distributions = importlib.metadata.packages_distributions()
    wrong = [
        f"{place(path, node)} imports {name}"
        for path in python_files(*LAYERS)
        for name, node in imports(path)
        if name not in sys.stdlib_module_names and name not in LAYERS
        if not pinned & {normal(found) for found in distributions.get(name, [name])}
    ]
    assert not wrong


def normal(requirement: str) -> str:
    """The name of a package in the one spelling that can be compared."""
    return re.sub(r"[-_.]+", "-", requirement.partition("==")[0]).lower()


def requirements(name: str) -> list[str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_exactly_and_once(name: str) -> None:
    lines = requirements(name)
    assert not [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)]
    assert len({normal(line) for line in lines}) == len(lines)


def test_no_module_has_a_name_that_says_nothing() -> None:
    files = python_files(*LAYERS, *OTHER_CODE)
    parts = {(path, part) for path in files for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not [place(path) for path, part in parts if part in SAYS_NOTHING]


def test_files_and_functions_stay_short() -> None:
    long = []
    for path in python_files(*LAYERS, *OTHER_CODE):
        longest = MAX_FILE_OF_TESTS if path.is_relative_to(ROOT / "tests") else MAX_FILE
        if (lines := len(path.read_text("utf-8").splitlines())) > longest:
            long.append(f"{place(path)} has {lines} lines")
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > MAX_FUNCTION:
                    long.append(f"{place(path, node)} {node.name} has {lines} lines")
    assert not long


def names_in(node: ast.expr | None) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} if node else set()


def swallows(node: ast.AST) -> bool:
    """A bare except, or one that drops everything without a word."""
    wide = {"Exception", "BaseException"}
    if isinstance(node, ast.ExceptHandler):
        silent = all(isinstance(s, ast.Pass | ast.Continue) or is_ellipsis(s) for s in node.body)
        return node.type is None or (silent and bool(wide & names_in(node.type)))
    if isinstance(node, ast.Call) and "suppress" in ast.unparse(node.func):
        return any(wide & names_in(argument) for argument in node.args)
    return False


def is_ellipsis(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement) == "..."


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("try: f()\nexcept: g()", True),
        ("try: f()\nexcept Exception: pass", True),
        ("try: f()\nexcept (OSError, BaseException): ...", True),
        ("with suppress(Exception): f()", True),
        ("try: f()\nexcept Exception as e: log(e)", False),
        ("try: f()\nexcept OSError: pass", False),
    ],
)
def test_the_search_for_swallowed_errors_finds_them(code: str, expected: bool) -> None:
    assert any(map(swallows, ast.walk(ast.parse(code)))) is expected


def test_no_error_is_swallowed() -> None:
    files = python_files(*LAYERS, *OTHER_CODE)
    assert not [place(path, node) for path in files for node in ast.walk(tree(path)) if swallows(node)]


def test_public_functions_and_classes_are_explained() -> None:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    mute = [
        f"{place(path, node)} {node.name}"
        for path in python_files("agent", "tools", "models")
        for node in tree(path).body
        if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not mute


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Name and text of every tracked file that is text."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and b"\0" not in (data := (ROOT / name).read_bytes()):
            yield name, data.decode("utf-8")


@pytest.mark.parametrize(
    "what",
    [  # the home of "me" is nobody's: examples use it
        pytest.param(r"(?<![\w.:/~-])/(?:work|root|(?:home|Users)/(?!me/)\w+)/", id="a folder of one machine"),
        pytest.param(r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org", id="a registry"),
        pytest.param(r"sk-[0-9a-f]{32}", id="a key"),
    ],
)
def test_no_tracked_file_names(what: str) -> None:
    found = [(name, match.group()) for name, text in tracked_texts() for match in re.finditer(what, text)]
    assert not found


# ── sentences ─────────────────────────────────────────────────────────────────────────────────────────


def flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """All sentences of a table with their dotted keys; those of a list are numbered."""
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for name, part in inside:
            yield from flat(part, f"{key}.{name}" if key else str(name))
    else:
        yield key, str(value)


def sentences(language: str) -> dict[str, str]:
    return dict(flat(tomllib.loads((ROOT / "texts" / f"{language}.toml").read_text("utf-8"))))


def blanks(sentence: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_both_languages_have_the_same_sentences_with_the_same_blanks() -> None:
    zh, en = sentences("zh"), sentences("en")
    assert set(zh) ^ set(en) == set()
    assert not {key: (blanks(zh[key]), blanks(en[key])) for key in zh if blanks(zh[key]) != blanks(en[key])}


def error_names() -> set[str]:
    classes = [node for node in tree(ROOT / "tools" / "errors.py").body if isinstance(node, ast.ClassDef)]
    return {node.name for node in classes}


def raised(path: Path) -> Iterator[tuple[ast.Call, str, set[str] | None]]:
    """Errors for people that a file makes: the call, the sentence's key, the facts (None: can't be seen)."""
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call) or not names_in(node.func) & error_names() or not node.args:
            continue
        key = node.args[0]
        if isinstance(node.func, ast.Name) and isinstance(key, ast.Constant) and isinstance(key.value, str):
            facts = [keyword.arg for keyword in node.keywords]
            yield node, key.value, None if None in facts else {fact for fact in facts if fact}


def test_every_error_has_its_sentence_and_the_facts_that_fill_it() -> None:
    said = sentences("en")
    calls = [(path, *call) for path in python_files("models", "tools", "agent", "ui") for call in raised(path)]
    assert calls
    wrong = [
        f"{place(path, node)} {key}"
        for path, node, key, facts in calls
        if f"error.{key}" not in said or (facts is not None and not blanks(said[f"error.{key}"]) <= facts)
    ]
    assert not wrong


# ── settings ──────────────────────────────────────────────────────────────────────────────────────────


def example_settings() -> dict[str, str]:
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))


def test_exactly_the_settings_that_are_read_are_documented() -> None:
    in_python = set(re.findall(r'"([A-Z][A-Z0-9_]{2,})"', (ROOT / "tools" / "settings.py").read_text("utf-8")))
    in_start = set(re.findall(r"\$\{([A-Z][A-Z0-9_]+):-", (ROOT / "run.sh").read_text("utf-8")))
    assert set(example_settings()) == in_python | in_start - {"KOUTU_VENV", "TMPDIR"}


def test_the_documented_values_are_the_defaults() -> None:
    assert Settings.from_environment(example_settings()) == Settings.from_environment({})


def test_a_plain_start_is_as_closed_as_the_start_script() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert set(config["server"]["allowedHosts"]) == {"localhost", "127.0.0.1", "::1"}
    assert config["server"]["maxUploadSize"] * 2**20 == Limits.upload_bytes
    assert config["client"]["showErrorDetails"] == "none"
    assert config["client"]["showErrorLinks"] is False
    assert config["browser"]["gatherUsageStats"] is False
