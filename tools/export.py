"""`export`: write a result to a file."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.desk import Desk, Progress, Result, Written
from tools.editing import one_by_one
from tools.errors import BadValue, Cancelled, KoutuError, NoRoom
from tools.files.codecs import EXTENSIONS, Encoded, encode, encode_pdf
from tools.files.names import safe_name, timestamped, without_extension, write_new
from tools.id_frame import photo_pixels
from tools.id_sizes import MM
from tools.matte import PICTURES
from tools.pixels import backgrounds
from tools.pixels.composite import over
from tools.pixels.scaling import resize
from tools.recipe import Background, Recipe
from tools.registry import Arguments, Choice, Field, Tool
from tools.wording import say

PDF_DPI = 300
NEEDS_COLOUR = ("jpeg", "pdf")  # formats without transparency: the result is laid onto white, and it is said


def run(desk: Desk, arguments: Arguments, progress: Progress) -> Result:
    """Writes one file for each picture (a PDF: one file of all) into the outputs folder; nothing is overwritten.

    Raises:
        Cancelled: stopped; files that were written by then are kept and are in the folder.
        NoRoom: the disk is full.
    """
    began = time.monotonic()
    progress.begin(len(arguments["pictures"]))
    write = _write_pdf if arguments.get("format", "png") == "pdf" else _write_each
    files, failures = write(desk, arguments, progress)
    return Result(files=tuple(files), failures=failures, seconds=time.monotonic() - began)


def _write_each(desk: Desk, arguments: Arguments, progress: Progress) -> tuple[list[Written], dict[str, KoutuError]]:
    files: list[Written] = []
    failures: dict[str, KoutuError] = {}
    chosen = arguments.get("format", "png")

    def encoded(name: str) -> tuple[Encoded, tuple[int, ...]]:
        rgb, alpha = page(desk, name, arguments)
        progress.check()
        options = {k: arguments[k] for k in ("quality", "max_kb") if k in arguments}
        return encode(rgb, alpha, chosen, dpi=dpi_of(desk.recipes[name], arguments), **options), rgb.shape

    with closing(one_by_one(desk, progress, arguments["pictures"], encoded)) as results:
        try:
            for name, outcome in results:
                try:
                    files.append(_written(desk, arguments, name, *outcome.value()))
                except Cancelled:
                    raise
                except KoutuError as error:
                    failures[name] = error
                    if isinstance(error, NoRoom):
                        break
                progress.step()
        except Cancelled as error:
            if not files:
                raise
            failures[arguments["pictures"][len(files) + len(failures)]] = (
                error  # what was written stays, and is told of
            )
    return files, failures


def _write_pdf(desk: Desk, arguments: Arguments, progress: Progress) -> tuple[list[Written], dict[str, KoutuError]]:
    _demand_room(desk, arguments["pictures"])
    dpis = [dpi_of(desk.recipes[n], arguments) for n in arguments["pictures"]]
    dpi = max((d for d in dpis if d), default=PDF_DPI)  # one for all pages, so that ID photos stay true to scale
    pages = []
    made = one_by_one(desk, progress, arguments["pictures"], lambda name: page(desk, name, arguments | {"dpi": dpi}))
    with closing(made) as results:
        for _, outcome in results:
            pages.append(outcome.value())
            progress.step()
    options = {k: arguments[k] for k in ("quality", "max_kb") if k in arguments}
    encoded = encode_pdf(pages, dpi, **options)
    return [_written(desk, arguments, arguments["pictures"][0], encoded, pages[0][0].shape)], {}


def _demand_room(desk: Desk, names: list[str]) -> None:
    """All pages of a PDF are in memory at once."""
    total = sum(desk.pictures[n].width * desk.pictures[n].height for n in names) / 1_000_000
    limit = desk.studio.settings.limits.pdf_megapixels
    if total > limit:
        raise NoRoom("pdf_too_large", megapixels=round(total), limit=limit)


def page(desk: Desk, name: str, arguments: Arguments) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    """Colours and alpha of one picture as they are to be written: its result or its matte, at the size wanted."""
    desk = replace(desk, recipes={**desk.recipes, name: for_file(desk.recipes[name], arguments)})
    rendered = desk.studio.render(desk.pictures[name], desk.recipes[name])
    rgb, alpha = rendered.rgb, rendered.alpha
    if arguments.get("content") == "matte":
        if rendered.matte is None:
            raise BadValue("no_matte", name=desk.pictures[name].name)
        rgb, alpha = rendered.matte, None
    width, height = wanted_size(rgb.shape[1], rgb.shape[0], arguments.get("width"), arguments.get("height"))
    limits = desk.studio.settings.limits
    if width * height > limits.megapixels * 1_000_000 or max(width, height) > limits.side:
        raise BadValue("export_too_large", width=width, height=height, limit=limits.megapixels)
    if fits_whole(desk.recipes[name], arguments):
        return _fitted(desk, name, width, height)
    return resize(rgb, alpha, width, height)


def dpi_of(recipe: Recipe, arguments: Arguments) -> int | None:
    """The pixels per inch that are written into the file: those asked for, or an ID photo's own."""
    given: int | None = arguments.get("dpi")
    return given or (recipe.id_photo.dpi if recipe.id_photo else None)


def for_file(recipe: Recipe, arguments: Arguments) -> Recipe:
    """An ID photo is made anew at the dpi of the file, so that its mm stay true; where pixels are asked for, it gets
    exactly those (and the mm follow from the dpi). Other recipes stay as they are."""
    photo = recipe.id_photo
    if photo is None:
        return recipe
    photo = replace(photo, dpi=dpi_of(recipe, arguments) or photo.dpi)
    if photo.sheet == "none":
        width, height = photo_pixels(photo)
        wanted = wanted_size(width, height, arguments.get("width"), arguments.get("height"))
        if wanted != (width, height):
            mm = [length / photo.dpi * MM for length in wanted]
            photo = replace(photo, width_mm=mm[0], height_mm=mm[1])
    return replace(recipe, id_photo=photo)


def fits_whole(recipe: Recipe, arguments: Arguments) -> bool:
    """Whether the whole subject is kept in a canvas of another shape: where what lies behind can be painted on."""
    both = "width" in arguments and "height" in arguments
    painted = recipe.background.kind in ("transparent", "color", "gradient")
    return both and recipe.cut and not recipe.id_photo and painted and arguments.get("content") != "matte"


def _fitted(desk: Desk, name: str, width: int, height: int) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    """The cut-out as large as it fits, centred, on the background painted at the size wanted."""
    recipe = desk.recipes[name]
    bare = desk.studio.render(desk.pictures[name], replace(recipe, background=Background()))
    scale = min(width / bare.rgb.shape[1], height / bare.rgb.shape[0])
    inner = (max(1, round(bare.rgb.shape[1] * scale)), max(1, round(bare.rgb.shape[0] * scale)))
    small, small_alpha = resize(bare.rgb, bare.alpha, *inner)
    assert small_alpha is not None  # a cut-out on nothing has one
    x, y = (width - inner[0]) // 2, (height - inner[1]) // 2
    window = (slice(y, y + inner[1]), slice(x, x + inner[0]))
    rgb = np.zeros((height, width, 3), small.dtype)
    alpha = np.zeros((height, width), np.uint8)
    rgb[window], alpha[window] = small, small_alpha
    if recipe.background.kind == "transparent":
        return rgb, alpha
    behind = backgrounds.paint(recipe.background, height, width, dtype=small.dtype.type)
    return over(rgb, alpha, behind), None


def wanted_size(width: int, height: int, to_width: int | None, to_height: int | None) -> tuple[int, int]:
    """(width, height) px to write. One side given keeps the aspect; both given are taken as they are."""
    if to_width and to_height:
        return to_width, to_height
    if to_width:
        return to_width, max(1, round(height * to_width / width))
    if to_height:
        return max(1, round(width * to_height / height)), to_height
    return width, height


def _written(desk: Desk, arguments: Arguments, name: str, encoded: Encoded, shape: tuple[int, ...]) -> Written:
    given = safe_name(without_extension(arguments.get("name", "")), desk.studio.settings.limits)
    if given and len(arguments["pictures"]) > 1 and encoded.format != "pdf":
        given = f"{given}_{arguments['pictures'].index(name) + 1}"
    stem = given or timestamped(desk.now())
    path = write_new(desk.outputs, stem, EXTENSIONS[encoded.format], encoded.data)
    facts = {"format": encoded.format, "quality": encoded.quality, "onto": encoded.onto}
    return Written(name, str(path), shape[1], shape[0], len(encoded.data), {k: v for k, v in facts.items() if v})


def describe(arguments: Arguments, language: str) -> str:
    """For example: "Export as JPEG (on white), 800 × 800 px"."""
    chosen = arguments.get("format", "png")
    key = "step.export.matte" if arguments.get("content") == "matte" else "step.export.result"
    parts = [say(language, key, format=chosen.upper())]
    if chosen in NEEDS_COLOUR:
        parts.append(say(language, "step.export.onto_white"))
    if "width" in arguments or "height" in arguments:
        known = [name for name in ("width", "height") if name in arguments]
        key = "step.export.size" if len(known) == 2 else f"step.export.{known[0]}"
        parts.append(say(language, key, **{name: arguments[name] for name in known}))
    for name in ("quality", "dpi", "max_kb", "name"):
        if name in arguments:
            parts.append(say(language, f"step.export.{name}", value=arguments[name]))
    return say(language, "step.comma").join(parts)


TOOL = Tool(
    name="export",
    about=(
        "Write the result (or only its matte) to a file, when the person wants a file: export, save, download. "
        "JPEG and PDF have no transparency and are laid onto white where the result is transparent."
    ),
    label={"zh": "导出", "en": "Export"},
    fields=(
        PICTURES,
        Field(
            "format",
            "choice",
            "png keeps transparency; jpeg is small; webp both; tiff for print; pdf one document.",
            {"zh": "格式", "en": "Format"},
            default="png",
            choices=tuple(Choice(v, {"zh": v.upper(), "en": v.upper()}) for v in EXTENSIONS),
        ),
        Field(
            "content",
            "choice",
            "result: the picture; matte: the grey alpha alone.",
            {"zh": "内容", "en": "Content"},
            default="result",
            choices=(
                Choice("result", {"zh": "成品", "en": "Result"}),
                Choice("matte", {"zh": "蒙版", "en": "Matte"}),
            ),
            advanced=True,
        ),
        Field(
            "quality",
            "integer",
            "Of JPEG and WebP.",
            {"zh": "质量", "en": "Quality"},
            default=95,
            minimum=1,
            maximum=100,
            recommended=(85, 95),
            shown_if=("format", ("jpeg", "webp")),
        ),
        Field(
            "width",
            "integer",
            "px; alone it keeps the aspect.",
            {"zh": "宽", "en": "Width"},
            minimum=1,
            maximum=20000,
            unit="px",
            advanced=True,
        ),
        Field(
            "height",
            "integer",
            "px; alone it keeps the aspect.",
            {"zh": "高", "en": "Height"},
            minimum=1,
            maximum=20000,
            unit="px",
            advanced=True,
        ),
        Field(
            "dpi",
            "integer",
            "Written into the file; 300 for print.",
            {"zh": "分辨率 (DPI)", "en": "DPI"},
            minimum=30,
            maximum=2400,
            advanced=True,
        ),
        Field(
            "max_kb",
            "number",
            "The file must not be larger, in KB of 1000 bytes (JPEG, WebP, PDF).",
            {"zh": "大小上限", "en": "At most"},
            minimum=1,
            maximum=100_000,
            unit="KB",
            advanced=True,
            shown_if=("format", ("jpeg", "webp")),
        ),
        Field(
            "name",
            "text",
            "The file's name without folder, if the person gave one.",
            {"zh": "文件名", "en": "Name"},
            advanced=True,
        ),
    ),
    run=run,
    describe=describe,
)
