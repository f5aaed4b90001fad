"""What cameras, light and codecs do to pictures, done to training pictures.

All functions take and return uint8 (H, W, 3) sRGB.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Random = np.random.Generator


def _through_table(rgb: Pixels, curve: NDArray[np.float64]) -> Pixels:
    """Applies curves given at 0..255 (256 values, or 256 x 3 for one a channel), clipped and rounded."""
    table = np.clip(np.rint(curve), 0, 255).astype(np.uint8)
    if table.ndim == 1:
        return np.asarray(cv2.LUT(rgb, table), np.uint8)
    return np.asarray(cv2.LUT(rgb, table.reshape(1, 256, 3)), np.uint8)


def light(rgb: Pixels, random: Random, strength: float = 1.0) -> Pixels:
    """Exposure, contrast, gamma and white balance; strength 1 is what cameras differ by in one scene."""
    x = np.arange(256) / 255.0
    curve = x ** np.exp(random.normal(0, 0.22 * strength))
    contrast = np.exp(random.normal(0, 0.16 * strength))
    curve = (curve - 0.5) * contrast + 0.5 + random.normal(0, 0.06 * strength)
    balance = np.exp(random.normal(0, 0.07 * strength, 3))
    return _through_table(rgb, curve[:, None] * balance * 255.0)


def saturation(rgb: Pixels, random: Random) -> Pixels:
    """From nearly grey to gaudy."""
    grey = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    share = float(random.uniform(0.3, 1.5))
    return np.asarray(cv2.addWeighted(rgb, share, grey, 1.0 - share, 0), np.uint8)


def hue(rgb: Pixels, random: Random) -> Pixels:
    """All hues turned alike: a green dog is still a dog."""
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(np.int16) + int(random.integers(-35, 36))) % 180
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def turned(pixels: Pixels, random: Random) -> Pixels:
    """A photo with its matte, (H, W, C), turned by up to 32 degrees, a little sheared; borders mirror."""
    height, width = pixels.shape[:2]
    angle = float(np.clip(random.normal(0, 12), -32, 32))
    scale = float(random.uniform(1.0, 1.15))
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale), np.float64)
    matrix[0, :2] += matrix[1, :2] * random.normal(0, 0.08)
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101), np.uint8)


def hidden(rgb: Pixels, weight: Pixels, random: Random) -> None:
    """Covers one or two rectangles of rgb (H, W, 3) in place, and takes their weight (H, W): the rest must tell what
    the picture shows."""
    height, width = weight.shape
    for _ in range(int(random.integers(1, 3))):
        tall, wide = (int(side * random.uniform(0.1, 0.3)) for side in (height, width))
        top, left = int(random.integers(height - tall)), int(random.integers(width - wide))
        rgb[top : top + tall, left : left + wide] = random.integers(0, 256, 3)
        weight[top : top + tall, left : left + wide] = 0


def grey(rgb: Pixels, random: Random) -> Pixels:
    """Black-and-white, or toned like an old print."""
    flat = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if random.random() < 0.5:
        return np.asarray(flat, np.uint8)
    tone = np.array([1.05, 0.95, 0.8]) if random.random() < 0.7 else np.array([0.9, 0.97, 1.05])
    return _through_table(np.asarray(flat, np.uint8), np.arange(256.0)[:, None] * tone)


def night(rgb: Pixels, random: Random) -> Pixels:
    """Dark, with a colour cast and the noise of a high sensitivity."""
    x = np.arange(256) / 255.0
    curve = x ** random.uniform(1.2, 2.2) * random.uniform(0.35, 0.8)
    cast = random.uniform(0.75, 1.15, 3)
    return noise(_through_table(rgb, curve[:, None] * cast * 255.0), random, float(random.uniform(3, 9)))


def noise(rgb: Pixels, random: Random, sigma: float) -> Pixels:
    """Gaussian noise of `sigma` grey levels."""
    grain = random.standard_normal(rgb.shape, np.float32) * np.float32(sigma)
    return np.clip(rgb + grain, 0, 255).astype(np.uint8)


def blur(rgb: Pixels, random: Random) -> Pixels:
    """Out of focus, shaken, or enlarged from fewer pixels."""
    way = random.random()
    if way < 0.4:
        return np.asarray(cv2.GaussianBlur(rgb, (0, 0), float(random.uniform(0.4, 1.6))), np.uint8)
    if way < 0.6:
        length = int(random.integers(3, 8))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1.0 / length
        return np.asarray(cv2.filter2D(rgb, -1, kernel if random.random() < 0.5 else kernel.T), np.uint8)
    height, width = rgb.shape[:2]
    share = float(random.uniform(0.4, 0.8))
    small = cv2.resize(rgb, (max(8, int(width * share)), max(8, int(height * share))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def jpeg(rgb: Pixels, quality: int) -> Pixels:
    """There and back through JPEG."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("JPEG encoder refused the picture")
    back = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if back is None:
        raise ValueError("JPEG decoder refused the picture")
    return np.asarray(cv2.cvtColor(back, cv2.COLOR_BGR2RGB), np.uint8)


def as_photographed(rgb: Pixels, random: Random) -> Pixels:
    """One draw of everything above, in the order in which it happens: light, lens, sensor, file."""
    if random.random() < 0.8:
        rgb = light(rgb, random)
    if random.random() < 0.3:
        rgb = saturation(rgb, random)
    if random.random() < 0.15:
        rgb = hue(rgb, random)
    if random.random() < 0.07:
        rgb = grey(rgb, random)
    if random.random() < 0.12:
        rgb = blur(rgb, random)
    if random.random() < 0.05:
        rgb = night(rgb, random)
    elif random.random() < 0.2:
        rgb = noise(rgb, random, float(random.uniform(1, 6)))
    if random.random() < 0.3:
        rgb = jpeg(rgb, int(random.integers(35, 92)))
    return rgb
