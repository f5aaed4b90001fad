"""When an answer of a planner is right: the rules for graded conversations (``tests/conversations/README.md``).

A plan is compared picture by picture with each acceptable one, so that grouping makes no difference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from agent.grading_steps import INERT, SIZES, GradedStep, expected, read_steps

ABSENT = {("set_background", "direction"): "vertical", ("export", "content"): "result"} | {
    ("id_photo", "sheet"): "none",
    ("id_photo", "dpi"): 300,
}  # what a field that is left out is read as


@dataclass(frozen=True)
class Standing:
    """How a picture stands before a step: ``before`` the settings in force, or None if it was never cut."""

    before: Mapping[str, Any] | None
    first_cut: bool
    id_photo: bool = False

    @property
    def keep(self) -> Any:
        """What is kept so far."""
        return (self.before or {}).get("keep", "everything")


def judge(line: Mapping[str, Any], answer: Mapping[str, Any] | None) -> str:
    """Why the answer to ``line`` is wrong ("steps", "reply lacks /…/" …), or "" if it is right."""
    if answer is None:
        return "no answer"
    ids = [p["id"] for p in line["pictures"]]
    steps, fault = read_steps(answer.get("steps"), ids)
    if fault:
        return fault
    before = line.get("before", {})
    if not any(_matches(expected(plan, ids), steps, ids, before) for plan in line["expect"]):
        return "steps"
    return "" if steps else _words(line, answer)


def _words(line: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    reply = str(answer.get("reply") or "").replace("’", "'")
    if not reply.strip():
        return "neither steps nor words"
    missing = [p for p in line.get("reply_must", ()) if not re.search(p, reply, re.IGNORECASE)]
    return f"reply lacks /{missing[0]}/" if missing else ""


def _matches(
    want: Sequence[GradedStep], got: Sequence[GradedStep], ids: Sequence[str], before: Mapping[str, Any]
) -> bool:
    if bool(want) != bool(got):
        return False
    of = {p: ([s for s in want if p in s.group], [s for s in got if p in s.group]) for p in ids}
    return all(_picture(_merged(w), _merged(g), before.get(p)) for p, (w, g) in of.items())


def _picture(want: list[GradedStep], got: list[GradedStep], before: Mapping[str, Any] | None) -> bool:
    """Whether the steps on one picture are right, also with one harmless step more on a picture not yet cut."""
    if _sequence(want, got, before):
        return True
    if before is not None:
        return False
    return any(_sequence(want, got[:n] + got[n + 1 :], before) for n in _extras(got))


def _extras(got: Sequence[GradedStep]) -> list[int]:
    """Steps that may be there without being expected: a plain matte straight before a background or ID photo, and
    "transparent" straight after the first matte."""
    tools = [s.tool for s in got]
    if "matte" not in tools:
        return []
    m = tools.index("matte")
    if any(t in ("set_background", "id_photo") for t in tools[:m]) or m + 1 >= len(got):
        return []
    now, extras = Standing(None, True), []
    plain = all(_harmless(got[m], k, v, now) for k, v in got[m].arguments.items())
    if plain and tools[m + 1] in ("set_background", "id_photo"):
        extras.append(m)
    if tools[m + 1] == "set_background" and got[m + 1].arguments.get("kind") == "transparent":
        extras.append(m + 1)
    return extras


def _merged(steps: Sequence[GradedStep]) -> list[GradedStep]:
    """Neighbouring mattes count as one."""
    merged: list[GradedStep] = []
    for step in steps:
        if step.tool == "matte" and merged and merged[-1].tool == "matte":
            merged[-1] = GradedStep("matte", {**merged[-1].arguments, **step.arguments}, step.group)
        else:
            merged.append(step)
    return merged


def _blocks(steps: Sequence[GradedStep], cut: bool) -> list[list[GradedStep]]:
    """Runs of steps whose order among themselves makes no difference."""
    free = {"set_background", "id_photo"} | ({"matte"} if cut else set())
    blocks: list[list[GradedStep]] = []
    last = ""
    for step in steps:
        kind = "edit" if step.tool in free else step.tool
        if blocks and kind == last and kind in ("edit", "export"):
            blocks[-1].append(step)
        else:
            blocks.append([step])
        last = kind
    return blocks


def _sequence(want: list[GradedStep], got: list[GradedStep], before: Mapping[str, Any] | None) -> bool:
    wanted, given = _blocks(want, before is not None), _blocks(got, before is not None)
    if [len(b) for b in wanted] != [len(b) for b in given]:
        return False
    of_id = any(s.tool == "id_photo" for s in got) or bool((before or {}).get("id_photo"))
    cut = before is not None
    for w, g in zip(wanted, given, strict=True):
        if not _block(w, g, Standing(before, not cut, of_id)):
            return False
        cut = cut or any(s.tool in ("matte", "set_background", "id_photo") for s in w)
    return True


def _block(want: list[GradedStep], got: list[GradedStep], now: Standing) -> bool:
    """Whether some order of ``got`` fits; backgrounds among themselves keep theirs, since the last one counts."""
    kept = [s for s in got if s.tool == "set_background"]
    orders = (o for o in permutations(got) if [s for s in o if s.tool == "set_background"] == kept)
    return any(all(_step(w, g, now) for w, g in zip(want, order, strict=True)) for order in orders)


def _step(want: GradedStep, got: GradedStep, now: Standing) -> bool:
    if want.tool != got.tool:
        return False
    wanted, given = dict(want.arguments), dict(got.arguments)
    if want.tool == "id_photo" and not _same_size(wanted, given):
        return False
    if wanted.get("format") == "pdf" and want.group != got.group:
        return False  # one PDF of these pages is not a PDF each
    for name, value in wanted.items():
        absent = now.keep if name == "keep" else ABSENT.get((want.tool, name))
        if not (accepts(value, given.get(name)) or (name not in given and accepts(value, absent))):
            return False
    return all(name in wanted or _harmless(got, name, value, now) for name, value in given.items())


def accepts(want: Any, got: Any) -> bool:
    """Whether the expected value takes the given one (None: the field is left out)."""
    if not isinstance(want, Mapping):
        return got is not None and _same(want, got)
    if want.get("absent"):
        return got is None
    if "any" in want:
        return any(w is None if got is None else w is not None and _same(w, got) for w in want["any"])
    if got is None:
        return bool(want.get("optional"))
    number = isinstance(got, int | float) and not isinstance(got, bool)
    return number and bool(want["min"] <= got <= want["max"])


def _same(want: Any, got: Any) -> bool:
    if isinstance(want, bool) or isinstance(got, bool):
        return want is got
    if isinstance(want, str) and isinstance(got, str):
        return want.strip().lower() == got.strip().lower()
    return bool(want == got)


def _same_size(wanted: dict[str, Any], given: dict[str, Any]) -> bool:
    """Compares the sizes in mm and takes them out of both."""
    got = _millimetres({k: given.pop(k) for k in ("size", "width_mm", "height_mm") if k in given})
    named = wanted.pop("size", None)
    names = named["any"] if isinstance(named, Mapping) else [named]
    own = {k: wanted.pop(k) for k in ("width_mm", "height_mm") if k in wanted}
    sizes = [_millimetres({"size": n} | (own if n == "custom" else {}) if n else {}) for n in names]
    return got is not False and got in sizes


def _millimetres(arguments: Mapping[str, Any]) -> Any:
    """(width, height) of an ID photo; None where no size is named, False where it contradicts itself."""
    size, own = arguments.get("size"), (arguments.get("width_mm"), arguments.get("height_mm"))
    if size is None:
        return None if own == (None, None) else own
    if size == "custom":
        return own if None not in own else False
    return SIZES[size] if all(o in (None, s) for o, s in zip(own, SIZES[size], strict=True)) else False


# Fields that nobody expected but that change nothing visible


def _harmless(step: GradedStep, name: str, value: Any, now: Standing) -> bool:
    if step.tool == "matte":
        return _harmless_matte(name, value, now)
    if step.tool == "set_background":
        kind = step.arguments.get("kind")
        quiet = (name, value) == ("direction", "vertical") and kind == "gradient"
        return name in INERT.get(str(kind), ()) or quiet or (name == "blur" and value == 0 and kind != "blur")
    if step.tool == "export":
        lossless = step.arguments.get("format") in ("png", "tiff")
        if name == "quality":
            return bool(lossless or value >= 85)
        return (name == "dpi" and value == 300 and now.id_photo) or (name, value) == ("content", "result")
    return step.tool == "id_photo" and (name, value) in (("dpi", 300), ("sheet", "none"))


def _harmless_matte(name: str, value: Any, now: Standing) -> bool:
    if now.first_cut:
        bounds = {"alpha_threshold": (10, 30), "erode": (0, 3), "dilate": (0, 0), "feather": (0, 5)}
        if name in bounds:
            return bool(bounds[name][0] <= value <= bounds[name][1])
        return name == "denoise" or value == "everything"
    if name in (now.before or {}):
        return _same((now.before or {})[name], value)
    return (name, value) in (("keep", "everything"), ("dilate", 0))
