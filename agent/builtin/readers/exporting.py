"""What a section says of files: format, purpose, size, quality, limit, name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from agent.builtin.tokens.lexicon import tables
from agent.builtin.tokens.token import Token
from agent.builtin.which.memory import Photo
from agent.builtin.which.sections import Section

PER_INCH = {"inch": 1.0, "cm": 2.54, "mm": 25.4}
PRINT_DPI = 300
SMALLEST = 16  # px, of a size in a list: smaller numbers count something else
COPIES = {"份", "一份", "版", "一版", "copy", "version"}
OTHERWISE = {"otherwise", "failing", "else", "否则", "不然", "要不然"}


def export(section: Section, photo: Photo, name: str | None, last: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The arguments of `export` that the section asks for (without pictures), or None where no file is wanted.
    ``last``: those of the file that was exported last, if that was the last thing done: 「不超过200KB」 is about it."""
    sized = any({a.kind, b.kind} == {"resize", "same"} for a, b in pairwise(section.tokens))
    if sized and not section.yes("export", "format", "dimensions", "width"):
        return None  # 「剩下两个尺寸一样」
    repeats = section.yes("earlier", "same") or section.has(lambda t: t.text in ("刚才", "之前", "要求"))
    more = section.yes("more") or section.has(lambda t: t.text.startswith("再"))
    kept = bool(section.yes("held") and section.yes("rest")) or section.has(lambda t: t.text == "重新")
    repeats = bool(repeats) or kept  # 「要1000x1000,其他不变,重新导一张」
    once_more = bool(more) and section.has(lambda t: t.text in ("一次", "一遍", "again", "次", "遍"))
    more_files = section.has(lambda t: t.kind == "export" and t.text.startswith("再"))  # 「再存一张宽800的」
    repeats = repeats or once_more or more_files
    again = last is not None and (not section.yes("export") or bool(repeats))
    if not (_wanted(section, name) or (again and _about_file(section))):
        return None
    given = _given(section, photo, name)
    if again and last and "format" in last and not _format(section):
        given.pop("format", None)  # "the website only takes 240 KB, save it again to fit"
    if last and section.yes("half", "double") and section.yes("width", "height", "resize"):
        factor = 2 if section.yes("double") else 0.5  # "same again at half the width and height"
        given |= {k: max(1, round(last[k] * factor)) for k in ("width", "height") if k in last}
    if last and "quality" in last and section.yes("same") and section.yes("quality"):
        given.setdefault("quality", last["quality"])  # 「同样的质量,再存一份webp」
    return _with_format(_as_before(given, last or {}) if again else given, photo)


def _about_file(section: Section) -> bool:
    """「质量调到95」, "600 px wide this time": values that only a file has."""
    if section.yes("feather", "erode", "dilate", "threshold", "blur", "id_photo", "size"):
        return False
    if section.yes("mask"):
        return True
    if section.has(lambda t: t.text in COPIES) and section.yes("colour", "transparent", "gradient", "blur"):
        return True  # 「再给我一份蓝底的」
    if section.yes("half", "double") and section.yes("width", "height", "resize"):
        return True
    used = [t for t in section.tokens if t.used]
    told = bool(_quality(section))
    for token in section.tokens:
        token.used = token in used  # only looked at
    return bool(told or _dpi(section) or section.yes("dimensions")) or bool(
        section.yes("width", "height", "longest", "shortest", "resize") and numbers_of(section)
    )


def _as_before(given: dict[str, Any], last: Mapping[str, Any]) -> dict[str, Any]:
    """What was given over the values of before; a new size or format does not keep what belonged to the old one."""
    kept = {k: v for k, v in last.items() if k not in ("pictures", "name")}
    if given.keys() & {"width", "height"}:
        kept = {k: v for k, v in kept.items() if k not in ("width", "height")}
    if given.get("format", kept.get("format")) != kept.get("format"):
        kept.pop("quality", None)
    return kept | given


def _given(section: Section, photo: Photo, name: str | None) -> dict[str, Any]:
    purpose = _purpose(section)
    quality = _quality(section)  # before the size: "quality 70, longest side 800"
    given: dict[str, Any] = {k: purpose[k] for k in ("format", "dpi", "width", "height") if k in purpose}
    size = _size(section, photo)
    if size:
        given = {k: v for k, v in given.items() if k not in ("width", "height")} | size
    chosen = _format(section)
    given |= {"format": chosen} if chosen else {}
    written = section.yes("filename")
    if written and not name:  # 「第一张存成zhangwei.jpg,第二张存成lina.jpg」
        bare, _, ending = written[-1].value.rpartition(".")
        kind = {"jpg": "jpeg", "tif": "tiff"}.get(ending.lower(), ending.lower())
        given |= {"name": bare, "format": kind} if bare else {"name": ending}
    given |= quality | _limit(section) | _dpi(section)
    if section.yes("mask"):
        given["content"] = "matte"
        given = given if _dpi(section) else {k: v for k, v in given.items() if k != "dpi"}
    if name:
        given["name"] = name
    return given


def _with_format(given: dict[str, Any], photo: Photo) -> dict[str, Any]:
    """A limit on the bytes needs a format that can keep to it."""
    clear = photo.kind == "transparent" and "max_kb" in given
    if ("max_kb" in given or "quality" in given) and "format" not in given and not clear:
        given["format"] = "jpeg"
    return given


def _wanted(section: Section, name: str | None) -> bool:
    other = {t.value for t in section.yes("format")} - {t.value for t in section.no("format")}
    if section.no("export") and not section.yes("export") and not (other and section.no("format")):
        return False
    if section.yes("export") or name:
        return True
    if section.yes("mask") and section.yes("change", "file", "format", "only"):
        return True
    refused = {t.value for t in section.no("format")}
    if any(t.value not in refused for t in section.yes("format")) or byte_limit(section):
        return True
    if section.yes("id_photo", "size", "sheet"):
        return False
    if section.yes("purpose") and section.has(lambda t: t.text == "份"):
        return True  # 「给我一份放PPT里」
    if section.yes("file") and section.yes("change") and (section.yes("purpose") or _dpi(section)):
        return True  # "give me the printable file"
    if section.yes("file") and section.yes("width", "height", "dimensions", "longest"):
        return True  # "as a file 1200 pixels wide"
    if section.yes("dimensions") and (section.yes("purpose", "dpi") or _dpi(section)):
        return True
    if section.yes("square") and any(t.value >= 100 and t.unit in ("", "px") for t in numbers_of(section)):
        return True  # 「方形的,800就行」
    sized = section.yes("dimensions", "half", "double", "width", "height")
    if section.yes("resize") and (sized or numbers_of(section)):
        return True
    return _makes_listing(section)


def _makes_listing(section: Section) -> bool:
    """「做成电商主图」, "make it an Amazon main image": a finished picture for a shop is a file."""
    if not _purpose(section).get("width"):
        return False
    shop = section.tokens.index(section.yes("purpose")[0])
    words = " ".join(t.text.lower() for t in section.tokens[shop : shop + 4])
    lead = section.tokens[shop - 1].text.lower() if shop else ""
    made = any(t.kind == "change" for t in section.tokens[:shop]) or lead in ("as", "成", "为")
    told = {t.text for t in section.tokens[shop + 1 : shop + 3]} & {"用", "使", "要用", "使用"} or any(
        t.text.lower() in ("用来", "拿来", "拿去", "要", "i'm", "for") for t in section.tokens[max(0, shop - 3) : shop]
    )
    return made and not told and bool(re.search(r"图|image|photo|picture|listing", words))


def background_of_purpose(section: Section) -> str | None:
    """The background that the purpose wants (an online shop: white)."""
    return _purpose(section).get("background")


def _purpose(section: Section) -> dict[str, Any]:
    named = [t.value for t in section.yes("purpose")]
    found: list[dict[str, Any]] = [p for p in tables()["purposes"]["purpose"] if p["name"] in named]
    printed = {"dpi": PRINT_DPI} if "print" in named else {}
    return max(found, key=lambda p: len(p), default={}) | printed


def _format(section: Section) -> str | None:
    wanted = [t.value for t in section.yes("format") if t.value != "unknown"]
    if not wanted and section.has(lambda t: t.text.lower() in ("lossless", "无损", "无损格式", "不压缩")):
        return "png"
    if wanted and section.has(lambda t: t.text.lower() in OTHERWISE):
        return str(wanted[0])  # "TIFF if you can do that, otherwise PNG"
    return wanted[-1] if wanted else None


def unknown_format(section: Section) -> str | None:
    """A file format that can't be written, if one is asked for and none that can."""
    unknown = [t.text for t in section.yes("format") if t.value == "unknown"]
    return unknown[0] if unknown and not _format(section) else None


def numbers_of(section: Section) -> list[Token]:
    """The numbers of a section that no field has taken, but for limits in KB and MB."""
    return [t for t in section.yes("number") if not t.used and t.unit not in ("kb", "mb")]


def _dpi(section: Section) -> dict[str, Any]:
    for token in section.yes("number"):
        if token.unit == "dpi":
            return {"dpi": int(token.value)}
    for at, number in zip(section.tokens, section.tokens[1:], strict=False):
        plain = (
            number.kind == "number" and not number.unit and not number.used and number.value in (72, 96, 150, 300, 600)
        )
        if at.text.lower() == "at" and plain and _format(section) in ("tiff", "png", "pdf", "jpeg"):
            return {"dpi": int(number.value)}  # "give me a tiff at 300"
    for mark in section.yes("dpi"):
        near = _nearest(section, mark, ("", "px"))
        if near:
            return {"dpi": int(near.value)}
    return {}


def _quality(section: Section) -> dict[str, Any]:
    for mark in section.yes("quality"):
        near = _nearest(section, mark, ("", "%"))
        if near and 1 <= near.value <= 100:
            near.used = True
            return {"quality": int(near.value)}
    share = next((t for t in section.yes("number") if t.unit == "%" and not t.used and t.value >= 1), None)
    if share and _format(section) in ("jpeg", "webp") and not section.yes("resize"):
        share.used = True
        return {"quality": int(share.value)}  # "jpg 85%"
    return {"quality": 100} if section.yes("best") and _format(section) in ("jpeg", "webp") else {}


def _numbers_first(section: Section) -> bool:
    """「15厘米宽10厘米高」: each number stands before the name of its side, not behind it."""
    sides = [t for t in section.tokens if t.kind in ("number", "width", "height", "longest", "shortest")]
    return bool(sides) and sides[0].kind == "number" and len(sides) > 1 and sides[1].kind != "number"


def _nearest(section: Section, mark: Token, units: tuple[str, ...], before: bool = False) -> Token | None:
    here = section.tokens.index(mark)
    numbers = [t for t in section.yes("number") if t.unit in units and not t.used]
    near = [t for t in numbers if abs(section.tokens.index(t) - here) <= 4]
    return min(near, key=lambda t: _distance(section.tokens.index(t) - here, before), default=None)


def _distance(steps: int, before: bool) -> tuple[int, int]:
    return (int((steps < 0) != before), abs(steps)) if before else (abs(steps), int(steps < 0))


def byte_limit(section: Section) -> Token | None:
    """The last number of KB or MB, also where it is denied: 不要大过1MB."""
    found = [t for t in section.all("number") if t.unit in ("kb", "mb")]
    return found[-1] if found else None


def _limit(section: Section) -> dict[str, Any]:
    token = byte_limit(section)
    if token is None:
        return {}
    value = token.value * (1000 if token.unit == "mb" else 1)
    return {"max_kb": int(value) if float(value).is_integer() else value}


# Sizes


def _size(section: Section, photo: Photo) -> dict[str, Any]:
    for token in section.yes("dimensions"):
        if not token.used:
            return _dimensions(section, token)
    paper = _paper(section, photo)
    if paper:
        return paper
    share = _share(section)
    if share and photo.width:
        return {"width": max(1, round(photo.width * share)), "height": max(1, round(photo.height * share))}
    sides = _sides(section, photo)
    return sides or _lone(section)


def _paper(section: Section, photo: Photo) -> dict[str, Any]:
    """ "A5, for printing": the size of a sheet of paper, turned as the picture is."""
    sizes = tables()["lexicon"]["paper"]
    if not (section.yes("id_photo", "size", "sheet") or photo.id_photo):
        sizes = {"a4": [210, 297], **sizes}  # otherwise a print sheet of ID photos
    named = next((sizes[t.text.lower()] for t in section.tokens if t.text.lower() in sizes), None)
    if not named:
        return {}
    dpi = _dpi(section).get("dpi", PRINT_DPI)
    width, height = named if photo.height >= photo.width else named[::-1]
    return {"width": _pixels(width, "mm", dpi), "height": _pixels(height, "mm", dpi), "dpi": dpi}


def _dimensions(section: Section, token: Token) -> dict[str, Any]:
    width, height = token.value
    if token.unit in PER_INCH:
        dpi = _dpi(section).get("dpi", PRINT_DPI)
        return {"width": _pixels(width, token.unit, dpi), "height": _pixels(height, token.unit, dpi), "dpi": dpi}
    return {"width": int(width), "height": int(height)}


def _pixels(length: float, unit: str, dpi: int) -> int:
    """A length in mm, cm or inches as pixels at ``dpi``."""
    return round(length / PER_INCH[unit] * dpi)


def _of_size(token: Token) -> bool:
    """ "twice the size", "twice as wide"; not "I uploaded it twice"."""
    return token.kind in ("resize", "width", "height", "longest") or token.text.lower() in ("big", "large", "size")


def _share(section: Section) -> float | None:
    if not section.yes("resize", "export", "format"):
        return None
    if section.yes("half"):
        return 0.5
    if section.has(lambda t: t.text.lower() in ("quarter", "四分之一")):
        return 0.25
    if any(t.text.lower() != "twice" or section.has(_of_size) for t in section.yes("double")):
        return 2.0
    quality = bool(section.yes("quality"))
    percent = next((t for t in section.yes("number") if t.unit == "%" and not t.used), None)
    return percent.value / 100 if percent and not quality else None


def _sides(section: Section, photo: Photo) -> dict[str, Any]:
    """「宽800」, "1200 px wide", 「长边2000」: each side's name with the nearest length."""
    found: dict[str, Any] = {}
    before = _numbers_first(section)
    for kind in ("width", "height", "longest", "shortest"):
        for mark in section.yes(kind):
            if _any_value(section, mark):
                continue
            near = _nearest(section, mark, ("px", "", *PER_INCH), before)
            if near is None:
                continue
            near.used = True
            dpi = _dpi(section).get("dpi", PRINT_DPI)
            shared = {t.unit for t in section.yes("number") if t.unit in PER_INCH}  # "4 inches wide by 6 tall"
            unit = near.unit or (next(iter(shared)) if len(shared) == 1 and near.value < SMALLEST else "")
            value = _pixels(near.value, unit, dpi) if unit in PER_INCH else int(near.value)
            found[_side(kind, photo)] = value
            if unit in PER_INCH:
                found["dpi"] = dpi
            break
    return found


FREE = re.compile(r"随意|按比例|不限|自动|随便|等比|any|auto|whatever|proportion|as it comes", re.IGNORECASE)


def _any_value(section: Section, mark: Token) -> bool:
    """「高2000宽按比例」: a side that follows from the other."""
    here = section.tokens.index(mark)
    return bool(FREE.match("".join(t.text for t in section.tokens[here + 1 : here + 5]).lstrip("度,，")))


def _side(kind: str, photo: Photo) -> str:
    broad = photo.width >= photo.height
    if kind in ("width", "height"):
        return kind
    return "width" if (kind == "longest") == broad else "height"


def _lone(section: Section) -> dict[str, Any]:
    """One length by itself: "resize to 800 px" is the width, 「800的正方形」 both sides."""
    square = section.yes("square")
    if not section.yes("resize") and not square:
        numbers = [t for t in numbers_of(section) if t.unit == "px" and not section.near(t, ("blur",), 4)]
    else:
        numbers = [t for t in numbers_of(section) if t.unit in ("px", "")]
    if not numbers:
        return {}
    value = int(numbers[0].value)
    return {"width": value, "height": value} if square else {"width": value}
