"""Steps of several sections of one sentence together: what a later one overrides, completes or takes over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.builtin.which.memory import Memory, Photo, Step

REPLACED = ("set_background", "id_photo")  # tools of which a picture keeps only the last one


def until_export(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps before the first export."""
    end = next((n for n, s in enumerate(steps) if s.tool == "export"), len(steps))
    return steps[:end]


def last_counts(steps: Sequence[Step]) -> list[Step]:
    """「全部黑底,第二张棕色」: where a picture gets two backgrounds and no file between, only the last one."""
    kept: list[Step] = []
    for n, step in enumerate(steps):
        later = {p for s in until_export(steps[n + 1 :]) if s.tool == step.tool for p in s.pictures}
        if step.tool not in REPLACED:
            later = set()
        left = tuple(p for p in step.pictures if p not in later)
        if left or not step.pictures:
            kept.append(replace(step, pictures=left))
    return kept


def completed(steps: list[Step], found: Sequence[Step], named: bool) -> list[Step] | None:
    """「1存成png,2存成webp,webp质量90」, 「全部存jpg,赵敏那张要20KB以内」: ``steps`` with what a clause tells of files
    that are there already; None where it is about other files. ``named``: that clause names its pictures."""
    filed = [s for s in steps if s.tool == "export"]
    if not filed or not found or any(s.tool != "export" for s in found):
        return None
    done, fresh = list(steps), []
    for step in found:
        fits = [s for s in done if s.tool == "export" and _fits(s.arguments, step.arguments)]
        fits = [s for s in fits if set(s.pictures) & set(step.pictures)]
        if not fits:
            return None
        for old in fits:
            own = tuple(p for p in old.pictures if p in step.pictures)
            others = tuple(p for p in old.pictures if p not in step.pictures)
            told = replace(old, arguments={**old.arguments, **step.arguments}, pictures=own)
            here = done.index(old)
            done[here : here + 1] = [told] + ([replace(old, pictures=others)] if others else [])
        left = tuple(p for p in step.pictures if all(p not in s.pictures for s in filed))
        fresh += [replace(step, pictures=left)] if left and named else []
    return [*done, *fresh]


def _fits(old: Mapping[str, object], new: Mapping[str, object]) -> bool:
    """Whether nothing that was told of a file is told otherwise now."""
    return all(old[k] == new[k] for k in old.keys() & new.keys()) and not {"content", "name"} & new.keys()


def with_id_photos(memory: Memory, steps: Sequence[Step]) -> Memory:
    """The memory in which the ID photos that this sentence asked for so far are made."""
    made = {p: s.arguments for s in steps if s.tool == "id_photo" for p in s.pictures}
    if not made:
        return memory
    photos = {name: replace(p, id_photo=made.get(name, p.id_photo)) for name, p in memory.photos.items()}
    return replace(memory, photos=photos)


def taken_over(model: str, targets: Sequence[str], steps: Sequence[Step], memory: Memory) -> list[Step]:
    """「周婷跟员工一样」: what this sentence does to another picture, else what was done to it before."""
    own = [s for s in steps if model in s.pictures and s.tool != "export"]
    if own:
        return [replace(s, pictures=tuple(targets)) for s in own]
    looks = [whole_look(model, target, memory) for target in targets if target != model]
    return list({repr(s): s for look in looks for s in look}.values())


def whole_look(model: str, target: str, memory: Memory) -> list[Step]:
    """What was done to one picture, for another: its edge, its background, its ID photo."""
    one, other = memory.photos[model], memory.photos[target]
    edges = _edges(one) if not other.cut else {}
    steps = [Step("matte", edges, (target,))] if edges else []
    fresh = bool(one.background) and one.background != other.background
    steps += [Step("set_background", one.background, (target,))] if fresh else []
    return steps + ([Step("id_photo", one.id_photo, (target,))] if one.id_photo and not other.id_photo else [])


def _edges(photo: Photo) -> dict[str, object]:
    return {k: v for k, v in photo.edges.items() if k in ("feather", "erode", "dilate") and v}


def as_it_is(step: Step, memory: Memory) -> bool:
    """「…,那张客人要原片」 of pictures that nothing was done to: they are so already."""
    fresh = all(not memory.photos[p].cut and not memory.photos[p].background for p in step.pictures)
    return step.arguments.get("kind") == "original" and fresh


def edits_first(steps: Sequence[Step]) -> list[Step]:
    """「第一张存成a.jpg,第二张存成b.jpg,都要白底一寸」: what is told of pictures behind their last files, and without a
    "then", is done before they are saved."""
    last = {p: n for n, s in enumerate(steps) if s.tool == "export" for p in s.pictures}
    late = [s for n, s in enumerate(steps) if s.tool in REPLACED and all(last.get(p, -1) < n for p in s.pictures)]
    late = [s for s in late if any(p in last for p in s.pictures)]
    first = next((n for n, s in enumerate(steps) if s.tool == "export"), 0)
    return [*steps[:first], *late, *(s for s in steps[first:] if s not in late)]


def behind_blurred(steps: Sequence[Step], memory: Memory) -> list[Step]:
    """「海边太清楚了,模糊5个像素」 of the picture that is behind somebody: the background there is to be blurred."""
    made: list[Step] = []
    for step in steps:
        scene = step.pictures[0] if len(step.pictures) == 1 else ""
        shown = [p.id for p in memory.photos.values() if p.background.get("background_picture") == scene]
        if scene and shown and step.arguments.get("kind") == "blur":
            soft = {"kind": "picture", "background_picture": scene, "blur": step.arguments.get("blur", 15)}
            step = Step("set_background", soft, tuple(shown))
        made.append(step)
    return made


def without_files(steps: Sequence[Step], own: Sequence[Step]) -> list[Step]:
    """「要png,不过第三张要jpg」: the files of before but for the pictures that get one of another format."""
    formats = {p: s.arguments.get("format") for s in own if s.tool == "export" for p in s.pictures}
    kept: list[Step] = []
    for step in steps:
        other = {p for p, f in formats.items() if step.tool == "export" and f and f != step.arguments.get("format")}
        left = tuple(p for p in step.pictures if p not in other)
        kept += [replace(step, pictures=left)] if left or not step.pictures else []
    return kept


def exchanged_looks(steps: Sequence[Step]) -> list[Step]:
    """「第一张白底第二张红底,我说反了,调过来」: two backgrounds, the other way round."""
    looks = [s for s in steps if s.tool == "set_background"]
    if len(looks) != 2 or set(looks[0].pictures) & set(looks[1].pictures):
        return list(steps)
    pictures = {id(looks[0]): looks[1].pictures, id(looks[1]): looks[0].pictures}
    return [replace(s, pictures=pictures.get(id(s), s.pictures)) for s in steps]


def looks_before(pictures: Sequence[str], memory: Memory) -> list[Step]:
    """The backgrounds that some pictures had before what was done last."""
    before = memory.past[-1][0]
    steps = []
    for name in pictures:
        photo = before[name]
        look = dict(photo.background) or {"kind": "transparent" if photo.cut else "original"}
        steps.append(Step("set_background", look, (name,)))
    return steps
