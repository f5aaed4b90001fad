"""Recipe -> pixels, in named stages. The only way to pixels: previews, cards, exports and the command line use it.

    alpha of the network -> keep -> threshold, erode, dilate, denoise, feather -> foreground colours
      -> the part and the size of an ID photo -> background -> print sheet

Pure and deterministic: the same pixels, alpha and recipe give the same bytes. The network is not run here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tools import id_frame
from tools.pictures import Pixels
from tools.pixels import backgrounds
from tools.pixels.composite import over
from tools.pixels.edges import apply_edges, denoise
from tools.pixels.foreground import estimate_foreground
from tools.pixels.keep import keep_parts
from tools.recipe import Background, IdPhoto, Recipe

Alpha = NDArray[np.uint8]
Colour = NDArray[np.uint8] | NDArray[np.uint16]
Colours = Callable[[Colour, Alpha, bool], Colour]


@dataclass(frozen=True)
class Rendered:
    """``rgb`` (H, W, 3) uint8 or uint16 as the picture; straight ``alpha`` (H, W) uint8, or None if opaque.
    ``matte`` (H, W) uint8 is the subject's alpha also where a background makes the result opaque."""

    rgb: NDArray[np.uint8] | NDArray[np.uint16]
    alpha: Alpha | None
    matte: Alpha | None


def render(
    pixels: Pixels,
    network_alpha: Alpha | None,
    recipe: Recipe,
    behind: Pixels | None = None,
    scale: float = 1.0,
    colours: Colours | None = None,
) -> Rendered:
    """The picture as the recipe says.

    ``network_alpha`` (H, W) uint8 is needed only for a recipe that cuts; ``behind`` only for a background picture.
    ``scale`` is the size of ``pixels`` over that of the original (1 at full size): lengths in the recipe are scaled.
    ``colours`` stands for ``foreground_colours`` where somebody may remember what it gave; it gets its arguments.
    """
    if recipe.id_photo:
        return _id_photo(pixels, network_alpha, recipe, recipe.id_photo, behind, scale, colours)
    if not recipe.cut:
        return Rendered(pixels.rgb, _eight_bit(pixels.alpha), None)
    assert network_alpha is not None, "a recipe that cuts needs the alpha of the network"
    kept = keep_parts(network_alpha, recipe.keep)
    alpha = apply_edges(kept, recipe.edges, scale)
    kind = recipe.background.kind
    if kind == "original":
        return Rendered(pixels.rgb, _eight_bit(pixels.alpha), alpha)
    estimated = (colours or foreground_colours)(pixels.rgb, kept, recipe.edges.denoise)
    foreground = _with_captured(pixels.rgb, kept, alpha, recipe.edges.denoise, estimated)
    if kind == "transparent":
        return Rendered(foreground, alpha, alpha)
    height, width = alpha.shape
    background = backgrounds.paint(
        recipe.background,
        height,
        width,
        original_rgb=pixels.rgb,
        alpha=np.maximum(kept, alpha),  # nothing of the subject may be blurred into what is behind it
        behind=behind.rgb if behind else None,
        scale=scale,
        dtype=pixels.rgb.dtype.type,
    )
    return Rendered(over(foreground, alpha, background), None, alpha)


def _id_photo(
    pixels: Pixels,
    network_alpha: Alpha | None,
    recipe: Recipe,
    photo: IdPhoto,
    behind: Pixels | None,
    scale: float,
    colours: Colours | None,
) -> Rendered:
    """The part of the picture that the photo shows. A background that can be painted is painted at the photo's own
    pixels; one that is made from the picture (blur, original) is a part of it as well."""
    of_picture = not recipe.cut or recipe.background.kind in ("blur", "original")
    bare = replace(recipe, id_photo=None, background=recipe.background if of_picture else Background())
    whole = render(pixels, network_alpha, bare, behind, scale, colours)
    matte = np.zeros(whole.rgb.shape[:2], np.uint8) if whole.matte is None else whole.matte
    rgb, shown = id_frame.part(photo, whole.rgb, matte, scale)
    assert shown is not None  # a matte went in
    alpha: Alpha | None = None
    if of_picture:
        rgb, _ = id_frame.part(photo, whole.rgb, None, scale)
    elif recipe.background.kind == "transparent":
        alpha = shown
    else:
        rear = behind.rgb if behind else None
        painted = backgrounds.paint(
            recipe.background, *shown.shape, behind=rear, scale=scale, dtype=pixels.rgb.dtype.type
        )
        rgb = over(rgb, shown, painted)
    rgb, alpha, shown = id_frame.on_paper(photo, rgb, alpha, shown)
    return Rendered(rgb, alpha, shown if recipe.cut else None)


def foreground_colours(rgb: Colour, kept: Alpha, denoised: bool) -> Colour:
    """The subject's own colours, estimated from the alpha as it was captured: a feathered or eroded one says nothing
    about how much of the old background a pixel holds."""
    return estimate_foreground(rgb, denoise(kept) if denoised else kept)


def _with_captured(rgb: Colour, kept: Alpha, alpha: Alpha, denoised: bool, estimated: Colour) -> Colour:
    """``estimated``, but where the finished alpha is 255 the captured colour stays, also where it was pushed there
    (dilate): that is what a person asks for who finds the cut too tight."""
    pushed = (alpha == 255) if denoised else (alpha == 255) & (kept < 255)  # it is there already where kept is 255
    if not pushed.any():
        return estimated
    result = estimated.copy()
    cv2.copyTo(rgb, pushed.view(np.uint8), result)
    return result


def finish_alpha(network_alpha: Alpha, recipe: Recipe, scale: float = 1.0) -> Alpha:
    """The stages on alpha alone: keep, then the edges."""
    return apply_edges(keep_parts(network_alpha, recipe.keep), recipe.edges, scale)


def shrink(pixels: Pixels, alpha: Alpha | None, longest: int) -> tuple[Pixels, Alpha | None, float]:
    """Pixels and alpha at a longest side of at most ``longest`` px, and the scale that this is."""
    height, width = pixels.rgb.shape[:2]
    scale = min(1.0, longest / max(height, width))
    if scale == 1.0:
        return pixels, alpha, 1.0
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Pixels(_resize(pixels.rgb, size), None if pixels.alpha is None else _resize(pixels.alpha, size))
    return small, None if alpha is None else _resize(alpha, size), scale


def _resize(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _eight_bit(alpha: NDArray[np.uint8] | NDArray[np.uint16] | None) -> Alpha | None:
    if alpha is None:
        return None
    if alpha.dtype == np.uint8:
        return alpha.astype(np.uint8, copy=False)
    return ((alpha.astype(np.uint32) + 128) // 257).astype(np.uint8)
