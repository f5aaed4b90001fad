"""What a section says of an ID photo: its size, resolution and print sheet."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from agent.builtin.tokens.lexicon import tables
from agent.builtin.tokens.normalise import normalise
from agent.builtin.tokens.scan import scan
from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Photo
from agent.builtin.which.sections import Section

PRESETS = {
    (25, 35): "one_inch",
    (22, 32): "small_one_inch",
    (33, 48): "large_one_inch",
    (35, 49): "two_inch",
    (35, 45): "small_two_inch",
    (51, 51): "visa_us",
    (45, 45): "visa_jp",
    (26, 32): "id_card_cn",
}  # mm
UNITS = {"mm": "mm", "millimetres": "mm", "millimeters": "mm", "毫米": "mm"} | dict.fromkeys(
    ("cm", "centimetres", "centimeters", "厘米"), "cm"
)
TO_MM = {"mm": 1.0, "cm": 10.0, "inch": 25.4}
LARGEST = 70  # mm, the longer side of an ID photo whose size is given in mm or cm
PIXELS_DPI = 300  # a size in pixels without a resolution is meant at this one


def mentions(section: Section) -> bool:
    """Whether the section speaks of an ID photo at all."""
    return bool(section.yes("id_photo", "id_context") or _sizes(section) or _visa(section) or _small(section))


def id_photo(section: Section, photo: Photo, waiting: bool) -> dict[str, Any] | None:
    """The arguments of `id_photo` (without pictures), or None where no size is named. ``waiting``: ID photos were
    spoken of before; a sheet alone is then for the size of before."""
    given = _size(section, waiting or bool(section.yes("id_photo", "id_context")))
    if given is None and photo.id_photo.get("sheet") and _single(section):
        return {k: v for k, v in photo.id_photo.items() if k != "sheet"} | {"sheet": "none"}
    if given is None and photo.id_photo:
        given = _other_side(section, photo)
    if given is None and photo.id_photo and section.yes("country"):
        given = {"size": section.yes("country")[-1].value}  # 「她去日本」, where ID photos were made
    bare = photo.id_photo and _dpi(section) and not section.yes("export", "format", "dimensions", "width", "height")
    if given is None and bare:
        given = dict(photo.id_photo)  # "make it 600 dpi"
    if given is None and photo.id_photo and _sheet(section):
        given = {k: v for k, v in photo.id_photo.items() if k != "sheet"}
    if given is None:
        return None
    same = bool(photo.id_photo) and all(photo.id_photo.get(k) == v for k, v in given.items())
    if same and section.yes("export") and not _sheet(section) and not _dpi(section):
        return None  # "save as JPEG below 240 KB as for the DS-160": it has that size already
    return given | _dpi(section) | _sheet(section)


def _other_side(section: Section, photo: Photo) -> dict[str, Any] | None:
    """ "the height should be 45", after an ID photo of 30×40 mm."""
    sides = [t.kind for t in section.yes("width", "height")]
    numbers = [t for t in section.yes("number") if t.unit in ("", "mm") and 15 <= t.value <= LARGEST]
    if len(sides) != 1 or len(numbers) != 1:
        return None
    known = {name: size for size, name in PRESETS.items()}
    width, height = known.get(photo.id_photo["size"], (photo.id_photo.get("width_mm"), photo.id_photo.get("height_mm")))
    if width is None or height is None:
        return None
    return custom(numbers[0].value, height) if sides[0] == "width" else custom(width, numbers[0].value)


def _single(section: Section) -> bool:
    """「不排版了」, "back to a single photo"."""
    return bool(section.no("sheet")) or section.has(lambda t: t.text.lower() in ("single", "单张", "单独"))


def _sizes(section: Section) -> list[Token]:
    """Names of sizes; "2 inch" of an export is none."""
    said = [b for a, b in pairwise(section.tokens) if a.kind == "resize" and b.kind == "size"]
    scaled = section.yes("resize") and not said and not any(t.unit in ("kb", "mb") for t in section.yes("number"))
    lengths = (section.yes("width", "height") or scaled) and not section.yes("id_photo")
    return [t for t in section.yes("size") if not (lengths and re.match(r"\d", t.text))]


VISA = re.compile(r"签证|visa|passport|护照")


def _visa(section: Section) -> list[Token]:
    """「签证照,去日本的」: the country whose visa it is for; nothing where no visa is spoken of."""
    named = section.has(lambda t: bool(VISA.search(t.text.lower())))
    return section.yes("country") if named else []


def _size(section: Section, meant: bool) -> dict[str, Any] | None:
    """The size in mm where one is given, otherwise the one that is named, otherwise one in pixels."""
    given = [t for t in section.yes("dimensions") if t.unit in TO_MM and not _is_paper(section, t)]
    named = _sizes(section)
    if given and (named or meant or _small(section)):
        return _own(_corrected(section, given), section)
    both = _sides(section) if named and len(_lengths(section)[0]) == 2 else None
    if both:
        return both  # "for the employee ID card: 30 mm wide, 40 mm tall"
    if not named or all(t.text.lower() in ("护照", "passport") for t in named):
        named = _visa(section) or named
    if named:
        best = max(named, key=lambda t: len(t.text))
        last = section.tokens.index(named[-1])
        changed = any(t.kind == "change" for t in section.tokens[section.tokens.index(named[0]) : last])
        best = (
            named[-1] if len(named) > 1 and changed and named[-1].start > named[0].start else best
        )  # 「一寸改成两寸」
        return {"size": best.value}
    if not meant and not _small(section):
        return None
    sizes = [t for t in section.yes("dimensions") if _millimetres(t, section)]
    return _own(_corrected(section, sizes), section) if sizes else _sides(section)


def _is_paper(section: Section, token: Token) -> bool:
    """ "lay it out on a 4x6 inch sheet": the size of the sheet."""
    return token.unit == "inch" and section.near(token, ("sheet",), 1)


def _corrected(section: Section, sizes: list[Token]) -> Token:
    """ "413 x 295, sorry, 295 x 413": the last one after a correction."""
    sorry = section.yes("correction") or section.has(lambda t: t.text.lower() in ("sorry", "oops", "不对", "错了"))
    return sizes[-1] if sorry else sizes[0]


def _sides(section: Section) -> dict[str, Any] | None:
    """「宽2.5厘米、高3.5厘米」, 「宽30高40毫米」, "45 mm square": each side by itself."""
    numbers, unit = _lengths(section)
    if len(numbers) == 1 and section.yes("square"):
        return custom(*[round(numbers[0].value * TO_MM[unit], 1)] * 2)
    if len(numbers) != 2 or not section.yes("width") or not section.yes("height"):
        return None
    names = [t.kind for t in section.yes("width", "height")]
    lengths = [round(t.value * TO_MM[t.unit or unit], 1) for t in numbers]
    width, height = lengths if names[0] == "width" else lengths[::-1]
    for token in numbers:
        token.used = True
    return custom(width, height)


def _lengths(section: Section) -> tuple[list[Token], str]:
    """The numbers that are lengths in mm, cm or inches, and the unit of those that have none of their own."""
    units = [t.unit for t in section.yes("number") if t.unit in TO_MM]
    if not units and section.yes("width") and section.yes("height"):  # "30 wide and 40 tall, in millimetres"
        units = [UNITS[t.text.lower()] for t in section.tokens if t.text.lower() in UNITS]
    numbers = [t for t in section.yes("number") if t.unit in TO_MM or (units and not t.unit)]
    paper = [t for t in numbers if t.unit == "inch" and section.near(t, ("sheet",), 1)]  # 「排在6吋相纸上」
    numbers, units = (
        [t for t in numbers if t not in paper],
        [t.unit for t in numbers if t not in paper and t.unit] or units,
    )
    return (numbers, units[-1]) if units else ([], "")


def _own(token: Token, section: Section) -> dict[str, Any] | None:
    size = _millimetres(token, section)
    token.used = token.used or size is not None
    return custom(*size) if size else None


def _small(section: Section) -> bool:
    """A size such as 35×45 mm is that of an ID photo, also where nobody says so."""
    sides, unit = _lengths(section)
    small = unit in ("mm", "cm") and all(t.value * TO_MM[t.unit or unit] <= LARGEST for t in sides)
    scaled = [t for t in section.yes("resize") if t.text.lower() not in ("尺寸", "大小", "size", "规格")]
    both = len(sides) == 2 and section.yes("width") and section.yes("height")
    if small and not scaled and (both or (len(sides) == 1 and section.yes("square"))):
        return True
    if any(t.unit == "inch" and t.value == (2.0, 2.0) for t in section.yes("dimensions")):
        return True  # that of an American visa
    if any(t.unit == "" and t.value in PRESETS for t in section.yes("dimensions")):
        return True  # 35x45 is no size in pixels
    return any(
        t.unit in ("mm", "cm") and max(_millimetres(t, section) or (999, 0)) <= LARGEST
        for t in section.yes("dimensions")
    )


def _millimetres(token: Token, section: Section) -> tuple[float, float] | None:
    width, height = token.value
    if token.unit in TO_MM:
        return round(width * TO_MM[token.unit], 1), round(height * TO_MM[token.unit], 1)
    dpi = _dpi(section).get("dpi", PIXELS_DPI)
    if token.unit == "px" or min(width, height) > 120:
        return round(width / dpi * 25.4, 1), round(height / dpi * 25.4, 1)
    return (width, height) if token.unit == "" else None


def custom(width: float, height: float) -> dict[str, Any]:
    """A size in mm: a preset where it is one (to half a millimetre), otherwise a custom one."""
    for (w, h), name in PRESETS.items():
        if abs(w - width) <= 0.5 and abs(h - height) <= 0.5:
            return {"size": name}
    return {"size": "custom", "width_mm": _plain(width), "height_mm": _plain(height)}


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _dpi(section: Section) -> dict[str, Any]:
    for token in section.yes("number"):
        if token.unit == "dpi":
            return {"dpi": int(token.value)}
    marks = section.yes("dpi")
    numbers = [t for t in section.yes("number") if not t.unit and 72 <= t.value <= 2400]
    return {"dpi": int(numbers[0].value)} if marks and numbers else {}


def _sheet(section: Section) -> dict[str, Any]:
    """「排在6寸相纸上」, "on an A4 sheet"."""
    text = " ".join(t.text.lower() for t in section.tokens)
    joined = "".join(t.text.lower() for t in section.tokens)
    for value, words in tables()["lexicon"]["sheet"].items():
        for word in words:
            if word.isascii() and re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text):
                return {"sheet": value}
            if not word.isascii() and word in joined:
                return {"sheet": value}
    return {}


def spoken(text: str) -> bool:
    """Whether something said speaks of an ID photo."""
    return any(t.kind in ("id_photo", "id_context", "size") for t in scan(normalise(text), {}))
