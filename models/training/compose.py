"""New pictures from cut-outs: foregrounds with true alpha, placed on backgrounds as a camera would have seen them.

A cut-out is uint8 (H, W, 4): straight foreground colours and alpha. Its colours are only ever used as a*F + (1-a)*B.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from models.training import augment
from models.training.augment import Pixels, Random

AWAY = 0.6  # share of whole bodies that stand away from the lower border


class Scene(NamedTuple):
    """rgb uint8 (H, W, 3) sRGB, alpha uint8 (H, W)."""

    rgb: Pixels
    alpha: Pixels


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    """Area average when shrinking, bilinear when growing."""
    shrinking = width < pixels.shape[1]
    way = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=way), np.uint8)


def fitted_background(rgb: Pixels, height: int, width: int, random: Random) -> Pixels:
    """A random part of a background photo in the wanted shape, often out of focus."""
    scale = min(rgb.shape[0] / height, rgb.shape[1] / width) * random.uniform(0.55, 1.0)
    part_h, part_w = max(2, int(height * scale)), max(2, int(width * scale))
    top = int(random.integers(0, rgb.shape[0] - part_h + 1))
    left = int(random.integers(0, rgb.shape[1] - part_w + 1))
    part = np.ascontiguousarray(rgb[top : top + part_h, left : left + part_w])
    if random.random() < 0.5:
        part = np.ascontiguousarray(part[:, ::-1])
    part = resized(part, width, height)
    if random.random() < 0.4:
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), float(random.uniform(0.8, 7.0))), np.uint8)
    return part


def studio(height: int, width: int, colour: NDArray[np.float64], random: Random) -> Pixels:
    """A plain wall of about that colour (3 values, 0..255): even, or brighter to one side or around a spot."""
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    shade = np.zeros((height, width), np.float32)
    kind = random.random()
    if kind < 0.4:
        angle = random.uniform(0, 2 * np.pi)
        shade = (np.cos(angle) * xs / width + np.sin(angle) * ys / height).astype(np.float32)
    elif kind < 0.7:
        away = np.hypot(xs / width - random.uniform(0, 1), ys / height - random.uniform(0, 1))
        shade = -away.astype(np.float32)
    depth = np.float32(random.uniform(10, 110))
    wall = colour.astype(np.float32) + (shade - shade.mean())[..., None] * depth
    return np.asarray(np.clip(wall, 0, 255), np.uint8)


def spread_sure_colours(rgb: Pixels, alpha: Pixels) -> Pixels:
    """Foreground colours (H, W, 3) of a photo for every pixel: sure ones as they are, others from sure ones nearby.

    At the edge a photo shows foreground and background mixed; composited as it is, it would carry its old background
    along as a rim. So what is not sure takes the mean of the sure colours in the narrowest window that holds some.
    """
    sure = (alpha >= 250).astype(np.float32)
    colours = rgb.astype(np.float32) * sure[..., None]
    found, known = colours.copy(), sure > 0
    for reach in (5, 15, 51):
        share = cv2.blur(sure, (reach, reach))
        mean = cv2.blur(colours, (reach, reach)) / np.maximum(share, 1e-6)[..., None]
        new = ~known & (share > 0.02)
        found[new] = mean[new]
        known |= new
    found[~known] = mean_colour(np.dstack((rgb, alpha)))
    return np.asarray(np.rint(found), np.uint8)


def cut_from_photo(photo: Pixels) -> Pixels:
    """A photo with its matte (H, W, 4) as a cut-out that can stand before anything: without its background's rim."""
    return np.dstack((spread_sure_colours(photo[..., :3], photo[..., 3]), photo[..., 3]))


def mean_colour(cutout: Pixels) -> NDArray[np.float64]:
    """The mean colour of the sure part of a cut-out, 0..255."""
    sure = cutout[..., 3] > 200
    if not sure.any():
        return np.array([128.0, 128.0, 128.0])
    return np.asarray(cutout[..., :3][sure].mean(0), np.float64)


def cropped_to_subject(cutout: Pixels) -> Pixels:
    """The cut-out without empty rows and columns around it."""
    held = cutout[..., 3] > 0
    rows, columns = np.flatnonzero(held.any(1)), np.flatnonzero(held.any(0))
    if not rows.size:
        return cutout
    return np.asarray(cutout[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.uint8)


def matched(cutout: Pixels, background: Pixels, random: Random) -> Pixels:
    """The cut-out in its own light, or partly in that of the background: nobody can be told by brightness alone."""
    rgb = augment.light(np.ascontiguousarray(cutout[..., :3]), random, 0.8)
    share = random.uniform(0, 0.5) if random.random() < 0.6 else 0.0
    shift = (background.reshape(-1, 3).mean(0) - mean_colour(cutout)) * share
    moved = np.clip(rgb + shift, 0, 255).astype(np.uint8)
    return np.dstack((moved, cutout[..., 3]))


def _placement(canvas: tuple[int, int], shape: tuple[int, int], standing: bool, random: Random) -> NDArray[np.float32]:
    """Affine map of cut-out pixels to canvas pixels: size, turn, place; on the lower border where `standing`."""
    height, width = canvas
    reach = random.uniform(0.45, 1.2) if standing else random.uniform(0.3, 0.95)
    scale = min(reach * height / shape[0], 1.6 * reach * width / shape[1])
    angle = np.radians(random.normal(0, 4 if standing else 9))
    mirror = -1.0 if random.random() < 0.5 else 1.0
    matrix = np.array([[np.cos(angle) * mirror, -np.sin(angle)], [np.sin(angle) * mirror, np.cos(angle)]]) * scale
    if standing:
        target = np.array([width * random.uniform(0.2, 0.8), height - scale * shape[0] * random.uniform(0.4, 0.5)])
    else:
        target = np.array([width * random.uniform(0.25, 0.75), height * random.uniform(0.3, 0.7)])
    centre = np.array([shape[1] / 2, shape[0] / 2])
    return np.column_stack((matrix, target - matrix @ centre)).astype(np.float32)


def placed(cutout: Pixels, canvas: tuple[int, int], standing: bool, random: Random) -> Pixels:
    """The cut-out warped into an empty canvas, uint8 (H, W, 4). Colours reach past the edge, alpha ends at it.

    Of those that may stand on the lower border (heads, bodies), the ones that are whole down to their feet mostly stand
    somewhere in the scene, smaller.
    """
    whole = int(cutout[-1, :, 3].max()) < 128
    standing = standing and not (whole and random.random() < AWAY)
    cutout = cropped_to_subject(cutout)
    matrix = _placement(canvas, (cutout.shape[0], cutout.shape[1]), standing, random)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.75:  # warping samples single pixels: shrink first, or hair becomes dots
        size = max(2, round(cutout.shape[1] * scale)), max(2, round(cutout.shape[0] * scale))
        matrix[:, :2] *= np.array([cutout.shape[1] / size[0], cutout.shape[0] / size[1]], np.float32)
        cutout = resized(np.ascontiguousarray(cutout), *size)
    size = canvas[1], canvas[0]
    rgb = cv2.warpAffine(np.ascontiguousarray(cutout[..., :3]), matrix, size, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(np.ascontiguousarray(cutout[..., 3]), matrix, size, borderMode=cv2.BORDER_CONSTANT)
    return np.dstack((rgb, alpha))


def _shadowed(background: Pixels, alpha: Pixels, random: Random) -> Pixels:
    """The soft shadow that a thing throws on the wall or floor behind it."""
    height, width = alpha.shape
    aside, down = random.normal(0, 0.03) * width, random.uniform(0, 0.05) * height
    move = np.array([[1, 0, aside], [0, 1, down]], np.float32)
    shade = cv2.warpAffine(alpha, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    shade = cv2.GaussianBlur(shade, (0, 0), max(1.0, float(random.uniform(0.01, 0.05)) * width))
    dark = 1.0 - np.float32(random.uniform(0.15, 0.6)) * shade[..., None].astype(np.float32) / 255.0
    return np.asarray((background * dark).astype(np.uint8))


def over(front: Pixels, scene: Scene) -> Scene:
    """`front` (H, W, 4) before a scene: c = a*F + (1-a)*B; alpha = a + (1-a)*b."""
    share = front[..., 3:].astype(np.float32) / 255.0
    rgb = share * front[..., :3] + (1.0 - share) * scene.rgb
    alpha = 255.0 * share[..., 0] + (1.0 - share[..., 0]) * scene.alpha
    return Scene(np.rint(rgb).astype(np.uint8), np.rint(alpha).astype(np.uint8))


def compose(cutouts: list[Pixels], standing: bool, background: Pixels, random: Random) -> Scene:
    """Cut-outs (uint8 (H, W, 4), the last in front) on a background (uint8 (H, W, 3)), all of it foreground."""
    canvas = background.shape[0], background.shape[1]
    layers = [placed(matched(cutout, background, random), canvas, standing, random) for cutout in cutouts]
    if random.random() < 0.3:
        for layer in layers:
            background = _shadowed(background, np.ascontiguousarray(layer[..., 3]), random)
    scene = Scene(background, np.zeros(canvas, np.uint8))
    for layer in layers:
        scene = over(layer, scene)
    return scene
