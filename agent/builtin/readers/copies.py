"""Several files of one picture: formats ("a PNG and a JPG"), sizes, the result and its matte."""

from __future__ import annotations

from typing import Any

from agent.builtin.readers.exporting import OTHERWISE, SMALLEST
from agent.builtin.which.sections import Section

BESIDE = {"and", "also", "plus", "和", "以及", "另外", "还要", "还有", "外加", "连同", "再", "同时"} | {
    "另外再", "此外", "顺便", "还有就是",
}  # fmt: skip


def variants(section: Section) -> list[dict[str, Any]]:
    """What differs between several files of a picture: formats ("a PNG and a JPG") or sizes; empty for one file."""
    wanted = list(dict.fromkeys(t.value for t in section.yes("format") if t.value != "unknown"))
    converts = section.has(
        lambda t: t.text.lower() in ("转成", "转为", "转换成", "转换为", "convert to", "or", "from", "instead of")
    )
    if converts or section.all("correction", "neg") or section.has(lambda t: t.text.lower() in OTHERWISE):
        return []
    mask = beside_mask(section)
    if mask:
        return mask
    if len(wanted) > 1:
        own_sizes = _own_widths(section, wanted)
        return [
            {"format": f} | _whole_size(section, f) | _own_quality(section, f) | own_sizes.get(f, {}) for f in wanted
        ]
    return _sizes(section) if section.yes("export", "format") else []


def beside_mask(section: Section) -> list[dict[str, Any]]:
    """ "save as JPG and also the mask as PNG", 「给我成品,另外蒙版也要一份」: the result and its matte, two files."""
    masks = section.yes("mask")
    again = [t for t in masks[1:] if section.tokens[section.tokens.index(t) - 1].kind in ("comma", "stop")]
    here = section.tokens.index(masks[0]) if masks and len(again) == len(masks) - 1 else 0
    before, after = section.tokens[:here], section.tokens[here:]
    joint = max((n for n, t in enumerate(before) if t.text.lower() in BESIDE), default=-1)
    too = any(t.text == "也" or t.text.lower() == "too" for t in after[:3]) and any(t.kind == "export" for t in after)
    if joint < 0 and too:  # 「透明图存一张PNG,蒙版也存一张PNG」
        joint = max((n for n, t in enumerate(before) if t.kind in ("comma", "stop")), default=-1)
    cut_outs = {"cutout", "cut-out", "cut out", "cutouts", "cut-outs", "result"}
    wanted = ("format", "export", "file")
    first = [t for t in before[: max(joint, 0)] if not t.negated and (t.kind in wanted or t.text.lower() in cut_outs)]
    behind = [t.text.lower() for t in after[1:3]]
    if not first and len(behind) == 2 and behind[0] in BESIDE and after[2].kind in ("file", "cut"):
        own = [t.value for t in after if t.kind == "format" and t.value != "unknown"][:1] or ["png"]
        return [{"format": own[0], "content": "result"}, {"format": own[0], "content": "matte"}]  # 「蒙版和成品都要」
    if not first or any(t.kind == "export" for t in before[joint + 1 :]):
        return []
    formats = [t.value for t in first if t.kind == "format" and t.value != "unknown"]
    shared = any(t.text.lower() in ("both", "都", "两个都") for t in after)
    own = [t.value for t in after if t.kind == "format" and t.value != "unknown"][:1] or ["png"]
    result = {"format": formats[-1]} if formats else {"format": own[0]} if shared else {}
    return [result | {"content": "result"}, {"format": own[0], "content": "matte"}]


FULL = {"full", "full-size", "full size", "original size", "原尺寸", "原大小"}


def _whole_size(section: Section, chosen: str) -> dict[str, Any]:
    """ "an 800 px wide jpg and a full-size png": the size is not for this one."""
    here = next(n for n, t in enumerate(section.tokens) if t.kind == "format" and t.value == chosen)
    whole = any(t.text.lower() in FULL for t in section.tokens[max(0, here - 3) : here])
    return {"width": None, "height": None} if whole else {}


def _own_widths(section: Section, formats: list[str]) -> dict[str, dict[str, Any]]:
    """ "600 px wide jpg, and a large one, 3000 px wide png": the width of each."""
    widths = [t for t in section.yes("number") if t.unit == "px" and section.near(t, ("width",), 2)]
    places = {t.value: section.tokens.index(t) for t in section.yes("format")}
    if len(widths) != len(formats) or len(widths) < 2:
        return {}
    ordered = sorted(formats, key=lambda f: places.get(f, 0))
    return {f: {"width": int(t.value)} for f, t in zip(ordered, widths, strict=True)}


def _own_quality(section: Section, chosen: str) -> dict[str, Any]:
    """ "webp at quality 90, jpeg at quality 70": that of this one, where several are told."""
    marks = section.yes("quality")
    here = next(n for n, t in enumerate(section.tokens) if t.kind == "format" and t.value == chosen)
    behind = section.tokens[here + 1 : here + 5]
    if len(marks) < 2 or not any(t.kind == "quality" for t in behind):
        return {}
    number = next((t for t in behind if t.kind == "number" and 1 <= t.value <= 100), None)
    return {"quality": int(number.value)} if number else {}


def _sizes(section: Section) -> list[dict[str, Any]]:
    """ "800x800 and 400x400", 「宽 200、400、800 各一份」."""
    boxes = [t.value for t in section.yes("dimensions") if t.unit in ("px", "")]
    if len(boxes) > 1:
        return [{"width": int(w), "height": int(h)} for w, h in boxes]
    widths = [t for t in section.yes("number") if t.unit in ("px", "")]
    listed = section.yes("resize", "width", "square") or any(t.unit == "px" for t in widths)
    values = [int(t.value) for t in widths if t.value >= SMALLEST]
    if len(values) < 2 or not listed or section.yes("height", "quality", "dpi", "feather", "erode"):
        return []
    both = bool(section.yes("square"))
    return [{"width": v, "height": v} if both else {"width": v} for v in values]
