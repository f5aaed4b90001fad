"""A tool and its fields, declared once.

The schema for the language model, the form on the page, the flags of the command line, the checks and the table in
the README are all derived from the declaration. A new tool is one new file in ``tools/`` with a ``TOOL`` in it.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import jsonschema

import tools as package
from tools.errors import BadValue

if TYPE_CHECKING:
    from tools.desk import Desk, Progress, Result

FieldType = Literal["pictures", "picture", "integer", "number", "boolean", "choice", "color", "text"]
Words = Mapping[str, str]  # {"zh": …, "en": …}
Arguments = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """One value of a "choice" field, and what a person reads for it."""

    value: str
    label: Words


@dataclass(frozen=True)
class Field:
    """One argument of a tool.

    ``about`` is for the language model (English); ``label`` and ``hint`` are for people. ``default`` is what
    leaving it out means for a picture nothing was done to. ``shown_if`` names another field and the values of it
    for which this one counts. ``advanced`` fields are folded away in the form. ``by_hand`` fields are for people only
    (form, command line): the language model has another tool for them, and is not told of two ways.
    """

    name: str
    type: FieldType
    about: str
    label: Words
    default: Any = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    recommended: tuple[float, float] | None = None
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    hint: Words = field(default_factory=dict)
    shown_if: tuple[str, tuple[str, ...]] | None = None
    advanced: bool = False
    by_hand: bool = False

    def label_of(self, value: str, language: str) -> str:
        """What a person reads for one of the choices; KeyError if there is none."""
        return {c.value: c.label[language] for c in self.choices}[value]

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the value."""
        described: dict[str, Any] = {"description": self.about}
        match self.type:
            case "pictures":
                return described | {"type": "array", "items": {"type": "string"}, "minItems": 1}
            case "choice":
                return described | {"type": "string", "enum": [c.value for c in self.choices]}
            case "color":
                return described | {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"}
            case "picture" | "text":
                return described | {"type": "string"}
            case "boolean":
                return described | {"type": "boolean"}
        bounds = {"minimum": self.minimum, "maximum": self.maximum}
        return described | {"type": self.type} | {k: v for k, v in bounds.items() if v is not None}


@dataclass(frozen=True)
class Tool:
    """What the agent can do. ``run`` does it; ``describe`` says in plain words what it is going to do."""

    name: str
    about: str
    label: Words
    fields: tuple[Field, ...]
    run: Callable[[Desk, Arguments, Progress], Result]
    describe: Callable[[Arguments, str], str]
    confirm: bool = True  # False: runs at once, since it can be taken back

    def field(self, name: str) -> Field:
        """The field called ``name``; KeyError if there is none."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)


@cache
def tools() -> dict[str, Tool]:
    """Every tool, by name: each module of this package that holds a ``TOOL``."""
    found: dict[str, Tool] = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("_"):
            continue
        tool = getattr(importlib.import_module(f"tools.{module.name}"), "TOOL", None)
        if isinstance(tool, Tool):
            found[tool.name] = tool
    return dict(sorted(found.items(), key=lambda item: ORDER.get(item[0], len(ORDER))))


ORDER = {name: i for i, name in enumerate(("matte", "set_background", "id_photo", "export", "undo"))}


def schema(tool: Tool) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments, as they are checked."""
    return {
        "type": "object",
        "properties": {f.name: f.schema() for f in tool.fields},
        "required": [f.name for f in tool.fields if f.required],
        "additionalProperties": False,
    }


def function(tool: Tool, strict: bool = False) -> dict[str, Any]:
    """The tool as the language model is told of it (function calling).

    ``strict``: every property required, optional ones nullable, no bounds: what strict mode of the API allows.
    """
    told = [f for f in tool.fields if not f.by_hand]
    parameters = schema(tool) | {"properties": {f.name: f.schema() for f in told}}
    if strict:
        for f in told:
            plain = {k: v for k, v in f.schema().items() if k not in STRICT_FORBIDS}
            nullable = {"description": plain.pop("description"), "anyOf": [plain, {"type": "null"}]}
            parameters["properties"][f.name] = plain | {"description": f.about} if f.required else nullable
        parameters["required"] = [f.name for f in told]
    body = {"name": tool.name, "description": tool.about, "parameters": parameters}
    return {"type": "function", "function": body | ({"strict": True} if strict else {})}


STRICT_FORBIDS = ("minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "pattern")


def check(name: str, arguments: Mapping[str, Any], pictures: Sequence[str]) -> Arguments:
    """Arguments coerced to the declared types and checked; ``pictures`` are the ids that exist.

    Nulls and empty strings of optional fields are dropped, numbers and lists that came as strings are read,
    ``["all"]`` becomes every id. Never fills in anything that was not given.

    Raises:
        BadValue: an unknown tool or field, a value of the wrong type or out of range, an unknown picture.
    """
    if name not in tools():
        raise BadValue("unknown_tool", tool=name, known=", ".join(tools()))
    tool = tools()[name]
    known = {f.name: f for f in tool.fields}
    given = {k: _coerce(known[k], v) if k in known else v for k, v in arguments.items()}
    given = {k: v for k, v in given.items() if v is not None and not (v == "" and k in known)}
    for problem in jsonschema.Draft202012Validator(schema(tool)).iter_errors(given):
        where = ".".join(str(p) for p in problem.absolute_path) or name
        raise BadValue("bad_argument", tool=name, field=where, problem=problem.message)
    for f in tool.fields:
        if f.name in given and f.type in ("pictures", "picture"):
            given[f.name] = _existing(f, given[f.name], pictures)
    return given


def _existing(f: Field, value: Any, pictures: Sequence[str]) -> Any:
    if f.type == "pictures" and value == ["all"] and pictures:
        return list(pictures)
    ids = dict.fromkeys(value if f.type == "pictures" else [value])
    for unknown in (i for i in ids if i not in pictures):
        raise BadValue("unknown_picture", picture=unknown, known=", ".join(pictures) or "–")
    return list(ids) if f.type == "pictures" else value


def _coerce(f: Field, value: Any) -> Any:
    """What language models do to values: a list as a string, "3" for 3, "true" for true, one id for a list."""
    if f.type == "pictures" and isinstance(value, str):
        value = _json_or(value, [value]) if value else None
    elif f.type in ("integer", "number") and isinstance(value, str):
        value = _json_or(value.strip().removesuffix("px").strip(), value) if value else None
    elif f.type == "boolean" and isinstance(value, str):
        value = {"true": True, "false": False, "": None}.get(value.strip().lower(), value)
    elif f.type == "color" and isinstance(value, str):
        value = value.strip().upper()
    if f.type == "integer" and isinstance(value, float) and value.is_integer():
        value = int(value)
    return value


def _json_or(text: str, otherwise: Any) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return otherwise
