"""`id_photo`: a picture of one person as a photo for documents, at its exact size, and on a print sheet."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from models.heads import Head
from tools.desk import Desk, Progress, Result
from tools.editing import facts_of, one_by_one
from tools.errors import BadValue, Cancelled, KoutuError, NoSubject
from tools.id_crop import place
from tools.id_frame import best_grid, photo_pixels, result_pixels
from tools.id_sizes import papers, sizes
from tools.matte import EDGES_BY_HAND, PICTURES, edges_in_words, with_edges
from tools.recipe import Background, IdPhoto, Recipe
from tools.registry import Arguments, Choice, Field, Tool
from tools.wording import say

DPI = 300
ENLARGED = 1.05  # from here on it is said that the head is too small for the photo's pixels
LIKE = 0.7  # of the surest head's score: another one as sure as that, and of like size, is a second person
LIKE_SIZE = 1.8  # as many times larger or smaller a second head may be; people in one photo are about as near


def run(desk: Desk, arguments: Arguments, progress: Progress) -> Result:
    """Crops each picture to the head, cutting it out first where that has not been done.

    A picture with several heads, or none, keeps its recipe and is named in ``failures``; the others go on. What a
    person should know of one (no background was chosen, the head is cut off …) is in its ``facts``, as ``notes``.

    Raises:
        BadValue: no size, a custom size without lengths, a photo larger than its sheet, or too many pixels.
        Cancelled: stopped by the person; no recipe changes.
    """
    began = time.monotonic()
    recipes: dict[str, Recipe] = {}
    failures: dict[str, KoutuError] = {}
    facts: dict[str, Any] = {}
    names = arguments["pictures"]
    progress.begin(len(names))
    with closing(one_by_one(desk, progress, names, lambda name: _one(desk, name, arguments))) as results:
        for name, outcome in results:
            try:
                recipes[name], facts[name] = outcome.value()
            except Cancelled:
                raise
            except KoutuError as error:
                failures[name] = error
            progress.step()
    progress.check()
    return Result(recipes=recipes, failures=failures, facts=facts, seconds=time.monotonic() - began)


def _one(desk: Desk, name: str, arguments: Arguments) -> tuple[Recipe, dict[str, Any]]:
    picture, recipe = desk.pictures[name], desk.recipes[name]
    wanted = asked(arguments, recipe.id_photo)
    _demand_room(wanted, desk.studio.settings.limits.megapixels)
    recipe = with_edges(recipe, arguments)
    looked = desk.studio.look(picture, recipe.network)
    looked.demand_subject(picture.name)
    head = _only_head(desk, name)
    based, notes = with_background(recipe, picture.transparent)
    alpha = desk.studio.kept(picture, recipe)
    inside = based.background.kind == "original"
    found = place(sizes()[wanted.size], wanted.width_mm / wanted.height_mm, head, alpha, inside)
    photo = replace(wanted, top=found.top, height=found.height, centre=found.centre)
    notes += [*found.notes, *_enlarged(photo)]
    return replace(based, id_photo=photo), facts_of(looked) | _facts(photo, notes)


def asked(arguments: Arguments, before: IdPhoto | None) -> IdPhoto:
    """The photo that is wanted, not yet placed; what is not given stays as it was before.

    Raises:
        BadValue: there is no size, or a custom one has no lengths.
    """
    given: dict[str, float] = {k: arguments[k] for k in ("width_mm", "height_mm") if k in arguments}
    name = arguments.get("size") or ("custom" if given else before.size if before else "")
    if not name:
        raise BadValue("no_id_size")
    width, height = _lengths(name, given, before)
    dpi = arguments.get("dpi", before.dpi if before else DPI)
    sheet = arguments.get("sheet", before.sheet if before else "none")
    return IdPhoto(name, width, height, top=0, height=0, centre=0, dpi=dpi, sheet=sheet)


def _lengths(name: str, given: Mapping[str, float], before: IdPhoto | None) -> tuple[float, float]:
    if name != "custom":
        return sizes()[name].width_mm, sizes()[name].height_mm
    if before and before.size == "custom":
        given = {"width_mm": before.width_mm, "height_mm": before.height_mm, **given}
    if len(given) < 2:
        raise BadValue("no_custom_size")
    return float(given["width_mm"]), float(given["height_mm"])


def with_background(recipe: Recipe, transparent: bool) -> tuple[Recipe, list[dict[str, Any]]]:
    """The recipe cut out, on white where no background was chosen; an original background stays, uncut."""
    if recipe.background.kind == "original" and not transparent:
        return recipe, []
    if recipe.cut and recipe.background.kind not in ("transparent", "original"):
        return recipe, []
    if recipe.id_photo:  # it was made transparent after it had become an ID photo: that was meant
        return recipe, []
    return replace(recipe, cut=True, background=Background("color")), [{"key": "on_white"}]


def _only_head(desk: Desk, name: str) -> Head:
    picture = desk.pictures[name]
    heads = desk.studio.heads(picture, desk.recipes[name])
    if not heads:
        raise NoSubject("no_head", name=picture.name)
    first = heads[0]
    near = [h for h in heads if max(h.height / first.height, first.height / h.height) <= LIKE_SIZE]
    alike = [h for h in near if h.score >= LIKE * first.score]
    if len(alike) > 1:
        raise NoSubject("several_heads", name=picture.name, count=len(alike))
    return first


def _demand_room(photo: IdPhoto, megapixels: int) -> None:
    width, height = result_pixels(photo)
    if width * height > megapixels * 1_000_000:
        raise BadValue("export_too_large", width=width, height=height, limit=megapixels)


def _enlarged(photo: IdPhoto) -> list[dict[str, Any]]:
    factor = photo_pixels(photo)[1] / photo.height
    return [{"key": "enlarged", "factor": f"{factor:.1f}"}] if factor > ENLARGED else []


def _facts(photo: IdPhoto, notes: list[dict[str, Any]]) -> dict[str, Any]:
    """What the planner is told, and what the card says."""
    width, height = result_pixels(photo)
    told = {"mm": f"{photo.width_mm:g}x{photo.height_mm:g}", "px": f"{width}x{height}", "dpi": photo.dpi}
    return told | ({"sheet": photo.sheet} if photo.sheet != "none" else {}) | ({"notes": notes} if notes else {})


def notes_in_words(facts: Mapping[str, Any], name: str, language: str) -> list[str]:
    """What a person should know of the picture ``name``, from the ``facts`` of a result."""
    told = facts.get(name)
    notes = told.get("notes", ()) if isinstance(told, Mapping) else ()
    return [say(language, f"id_note.{n['key']}", **{k: v for k, v in n.items() if k != "key"}) for n in notes]


def describe(arguments: Arguments, language: str) -> str:
    """For example: "Crop to 2 inch, 35 × 49 mm, printed on 6-inch paper, 102 × 152 mm"."""
    lengths = all(k in arguments for k in ("width_mm", "height_mm"))
    name = arguments.get("size") or ("custom" if lengths else "")
    parts = [say(language, "step.id_photo.again")]
    if name == "custom" and lengths:
        values = {k: f"{arguments[k]:g}" for k in ("width_mm", "height_mm")}
        parts = [say(language, "step.id_photo.custom", **values)]
    elif name:
        parts = [say(language, "step.id_photo.size", size=TOOL.field("size").label_of(name, language))]
    if "dpi" in arguments:
        parts.append(say(language, "step.export.dpi", value=arguments["dpi"]))
    if arguments.get("sheet", "none") != "none":
        parts.append(
            say(language, "step.id_photo.sheet", sheet=TOOL.field("sheet").label_of(arguments["sheet"], language))
        )
    parts += edges_in_words(arguments, language)
    return say(language, "step.comma").join(parts)


def in_words(photo: IdPhoto, language: str) -> str:
    """What was made, for example: "ID photo 1 inch, 25 × 35 mm, 295 × 413 px at 300 DPI"."""
    lengths = {"width_mm": f"{photo.width_mm:g}", "height_mm": f"{photo.height_mm:g}"}
    size = say(language, "id_photo.own_size", **lengths)
    if photo.size != "custom":
        size = TOOL.field("size").label_of(photo.size, language)
    width, height = result_pixels(photo)
    told: dict[str, Any] = {"size": size, "width": width, "height": height, "dpi": photo.dpi}
    if photo.sheet == "none":
        return say(language, "id_photo.made", **told)
    _, across, down = best_grid(photo)
    sheet = TOOL.field("sheet").label_of(photo.sheet, language)
    return say(language, "id_photo.of_sheet", sheet=sheet, count=across * down, **told)


LABELS = {
    "one_inch": ("一寸", "1 inch"),
    "small_one_inch": ("小一寸", "Small 1 inch"),
    "large_one_inch": ("大一寸", "Large 1 inch"),
    "two_inch": ("二寸", "2 inch"),
    "small_two_inch": ("小二寸", "Small 2 inch"),
    "passport_cn": ("中国护照", "Chinese passport"),
    "visa_us": ("美国签证", "US visa"),
    "visa_jp": ("日本签证", "Japanese visa"),
    "schengen": ("申根签证", "Schengen visa"),
    "id_card_cn": ("身份证", "Chinese ID card"),
}


SHEETS = {"5_inch": ("5 寸相纸", "5-inch paper"), "6_inch": ("6 寸相纸", "6-inch paper"), "a4": ("A4 纸", "A4 paper")}


def _size_choices() -> tuple[Choice, ...]:
    found = []
    for name, (zh, en) in LABELS.items():
        mm = f"{sizes()[name].width_mm:g} × {sizes()[name].height_mm:g} mm"
        found.append(Choice(name, {"zh": f"{zh} {mm}", "en": f"{en}, {mm}"}))
    return (*found, Choice("custom", {"zh": "自定义", "en": "Custom"}))


def _sheet_choices() -> tuple[Choice, ...]:
    found = [Choice("none", {"zh": "不排版（单张）", "en": "None (one photo)"})]
    for name, (zh, en) in SHEETS.items():
        mm = "{:g} × {:g} mm".format(*papers()[name].paper_mm)
        found.append(Choice(name, {"zh": f"{zh} {mm}", "en": f"{en}, {mm}"}))
    return tuple(found)


def _length(name: str, about: str, zh: str, en: str) -> Field:
    return Field(
        name,
        "number",
        about,
        {"zh": zh, "en": en},
        minimum=10,
        maximum=300,
        unit="mm",
        shown_if=("size", ("custom",)),
    )


TOOL = Tool(
    name="id_photo",
    about=(
        "Make an ID photo of one person, only where a size is given: finds the head, crops in proportion, exact pixels "
        "from mm and dpi, a print sheet if wanted. Cuts out by itself; white if no background was set."
    ),
    label={"zh": "证件照", "en": "ID photo"},
    fields=(
        PICTURES,
        Field(
            "size",
            "choice",
            "The kind of photo; custom with width_mm and height_mm. Left out on an ID photo: its size stays.",
            {"zh": "尺寸", "en": "Size"},
            choices=_size_choices(),
        ),
        _length("width_mm", "mm, for size custom.", "宽", "Width"),
        _length("height_mm", "mm, for size custom.", "高", "Height"),
        Field(
            "dpi",
            "integer",
            "Pixels per inch: sets the pixels, and is written into the file.",
            {"zh": "分辨率 (DPI)", "en": "DPI"},
            default=DPI,
            minimum=72,
            maximum=1200,
            recommended=(300, 300),
        ),
        Field(
            "sheet",
            "choice",
            "Print sheet with as many photos as fit, true to scale; none: the photo alone.",
            {"zh": "排版", "en": "Print sheet"},
            default="none",
            choices=_sheet_choices(),
        ),
        *EDGES_BY_HAND,
    ),
    run=run,
    describe=describe,
)
