"""What can happen in a conversation: a closed set of small values. A conversation is the list of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args


@dataclass(frozen=True)
class Call:
    """One tool call of a plan. ``id`` is unique in the conversation. ``problem`` (for the planner, in English)
    says why it can't be carried out; such a call is answered with it and never shown to the person."""

    id: str
    tool: str
    arguments: Mapping[str, Any]
    problem: str = ""


@dataclass(frozen=True)
class Attached:
    """A picture came in and got an id. ``picture`` is ``tools.pictures.Picture`` as plain values."""

    id: str
    picture: Mapping[str, Any]


@dataclass(frozen=True)
class Refused:
    """A file could not be taken. ``key`` and ``facts`` make the sentence that the person gets."""

    key: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """What a picture shows: ``subject`` and ``certainty`` 0..1, whether that is ``sure``, how much of it the
    subject covers, the places where the matte is in doubt (``models.doubts.Doubt`` as plain values), the seconds it
    took (0 if it was known already), and keys of sentences on how it went (``notes``)."""

    id: str
    subject: str
    certainty: float
    sure: bool
    coverage: float
    doubts: tuple[Mapping[str, Any], ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """The person said something (perhaps nothing but pictures)."""

    text: str


@dataclass(frozen=True)
class Planned:
    """A planner answered: words, calls, or both. ``covers`` is the number of events that it had been told of;
    ``choices`` are answers that the person may click on; ``usage`` counts tokens."""

    text: str
    calls: tuple[Call, ...]
    planner: str
    covers: int
    choices: tuple[str, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Decided:
    """The person decided about a call: confirmed, confirmed with own values, or declined with a reason."""

    call: str
    outcome: Literal["confirmed", "edited", "declined"]
    arguments: Mapping[str, Any] = field(default_factory=dict)  # the own values, for "edited"
    reason: str = ""
    automatic: bool = False  # no click: the tool needs none, or the person asked to carry out without asking


@dataclass(frozen=True)
class Began:
    """A call began to be carried out. Without a ``Finished`` after it, it was interrupted."""

    call: str


@dataclass(frozen=True)
class Finished:
    """A call is over. ``recipes`` are the new versions (plain values, by picture), ``moved`` steps through the
    history (see ``tools.desk.Result``), ``failures`` the sentence (key, facts) for each picture that failed or,
    under "", for the call as a whole."""

    call: str
    outcome: Literal["done", "failed", "stopped", "interrupted"]
    recipes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files: tuple[Mapping[str, Any], ...] = ()
    failures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    moved: int = 0
    seconds: float = 0.0
    device: str = ""


@dataclass(frozen=True)
class Clicked:
    """The person used a button that works at once (undo, redo) without saying anything."""

    tool: str
    arguments: Mapping[str, Any]
    recipes: Mapping[str, Mapping[str, Any]]
    moved: int


@dataclass(frozen=True)
class Noticed:
    """The person was told something that the planner did not say: a limit, an error, a fallback."""

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    offer: Literal["", "builtin", "again"] = ""  # a button: go on with the built-in planner, try again


Event = Attached | Refused | Seen | Said | Planned | Decided | Began | Finished | Clicked | Noticed
KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


def to_json(event: Event) -> dict[str, Any]:
    """An event as plain values, with its kind."""
    return {"kind": type(event).__name__} | asdict(event)


def from_json(data: Mapping[str, Any]) -> Event:
    """The inverse of ``to_json``.

    Raises:
        KeyError: a kind that is not in the set.
    """
    kind = KINDS[data["kind"]]
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k != "kind"}
    if kind is Planned:
        values["calls"] = tuple(Call(**c) for c in values["calls"])
    built: Event = kind(**values)
    return built
