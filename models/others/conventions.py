"""What each family of networks wants to be fed and how its answer is read, as one small table.

A convention is found by the family that a person names, else by the file's name, else by the graph's own inputs and
outputs. Whatever found it, it must fit the graph, so that a wrong name is noticed before a wrong matte is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

CONVENTIONS_VERSION = "c1"  # changes with everything here that changes an alpha; part of the keys of caches

Triple = tuple[float, float, float]
SizeRule = Literal["square", "short side", "own"]
Finish = Literal["as it is", "stretch", "sigmoid"]

IMAGENET_MEAN: Triple = (0.485, 0.456, 0.406)
IMAGENET_STD: Triple = (0.229, 0.224, 0.225)
GREATEST = 2048  # px, the long side up to which a network that takes any size gets the picture as it is
LEAST = 32  # px, a side of what a network that takes any size gets: they halve it several times
SPAN = 0.1  # least range that is stretched to 0..1: a picture with nothing in it isn't blown up into a subject
DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}


@dataclass(frozen=True)
class Convention:
    """How a family is used. Values are of RGB pixels, 0..255, unless ``by_maximum``.

    size: "square" (``side`` x ``side``, the aspect is given up), "short side" (``side`` px, both sides multiples of
    32), "own" (the picture's own, at most ``side`` px long). mean, std: (value - mean) / std.
    by_maximum: divided by the picture's largest value before. rows_first: (H, W, 3) instead of (1, 3, H, W).
    output: its name, "" for the first. finish: what is done to the answer; ``scale``: what it is divided by.
    hints: parts of file names (lower case, "-" for "_"). origin: where all this is written.
    """

    family: str
    size: SizeRule
    side: int
    mean: Triple
    std: Triple
    hints: tuple[str, ...]
    origin: str
    by_maximum: bool = False
    rows_first: bool = False
    output: str = ""
    finish: Finish = "as it is"
    scale: float = 1.0


CONVENTIONS = (
    Convention(
        "rvm",
        "own",
        GREATEST,
        (0, 0, 0),
        (255, 255, 255),
        ("rvm", "robustvideomatting"),
        "RobustVideoMatting, documentation/inference.md: RGB 0..1, four empty states, downsample_ratio to 512 px",
        output="pha",
    ),
    Convention(
        "modnet",
        "short side",
        512,
        (127.5, 127.5, 127.5),
        (127.5, 127.5, 127.5),
        ("modnet",),
        "MODNet, onnx/inference_onnx.py: RGB -1..1, short side 512, multiples of 32",
    ),
    Convention(
        "u2net",
        "square",
        320,
        IMAGENET_MEAN,
        IMAGENET_STD,
        ("u2net", "u-2-net", "silueta"),
        "U-2-Net, data_loader.py and u2net_test.py: RGB over its maximum, ImageNet mean and std, answer stretched",
        by_maximum=True,
        finish="stretch",
    ),
    Convention(
        "isnet-imgly",
        "square",
        1024,
        (128, 128, 128),
        (256, 256, 256),
        ("isnet-medium", "isnet-fp16", "isnet-quint8", "isnet-small"),
        "@imgly/background-removal: RGB minus 128 over 256, answer as it is",
    ),
    Convention(
        "isnet",
        "square",
        1024,
        (127.5, 127.5, 127.5),
        (255, 255, 255),
        ("isnet",),
        "DIS, IS-Net/Inference.py: RGB -0.5..0.5, answer stretched",
        finish="stretch",
    ),
    Convention(
        "birefnet",
        "square",
        1024,
        (123.675, 116.28, 103.53),
        (58.395, 57.12, 57.375),
        ("birefnet",),
        "BiRefNet, README and tutorials: ImageNet mean and std, sigmoid of the answer",
        finish="sigmoid",
    ),
    Convention(
        "cv-unet",
        "own",
        GREATEST,
        (0, 0, 0),
        (1, 1, 1),
        ("cv-unet", "bshm"),
        "ModelScope, image_matting_pipeline.py: input_image (H, W, 3) RGB 0..255, output_png (H, W, 4) RGBA 0..255",
        rows_first=True,
        scale=255.0,
    ),
)
FAMILIES = tuple(convention.family for convention in CONVENTIONS)
STATES = ("r1i", "r2i", "r3i", "r4i")


@dataclass(frozen=True)
class Port:
    """One input or output of a graph: name, shape (None for a side that may have any length), type as onnxruntime
    names it."""

    name: str
    shape: tuple[int | None, ...]
    type: str


@dataclass(frozen=True)
class Graph:
    """What a network file takes and gives."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    def __str__(self) -> str:
        ports = [" + ".join(f"{p.name}{list(p.shape)}" for p in side[:3]) for side in (self.inputs, self.outputs)]
        return " -> ".join(ports).replace("None", "any")


def convention(family: str) -> Convention:
    """The convention of ``family``; KeyError for an unknown one."""
    for candidate in CONVENTIONS:
        if candidate.family == family:
            return candidate
    raise KeyError(family)


def by_file_name(stem: str) -> Convention | None:
    """The convention that a file's name suggests, if it does."""
    name = stem.lower().replace("_", "-")
    return next((c for c in CONVENTIONS if any(hint in name for hint in c.hints)), None)


def by_graph(graph: Graph) -> Convention | None:
    """The convention that the graph's own shape suggests: only where a single family looks like that."""
    fitting = [c for c in CONVENTIONS if _looks_like(c, graph)]
    return fitting[0] if len(fitting) == 1 else None


def _looks_like(candidate: Convention, graph: Graph) -> bool:
    if not fits(candidate, graph):
        return False
    picture, outputs = graph.inputs[0], len(graph.outputs)
    sides = picture.shape[2:]
    match candidate.family:
        case "u2net":
            return sides == (320, 320) and outputs in (1, 7)
        case "isnet":
            return sides == (1024, 1024) and outputs > 1
        case "birefnet":
            return picture.name == "input_image" and outputs == 1
        case "modnet":
            return sides == (None, None) and outputs == 1 and picture.name != "input_image"
        case "isnet-imgly":
            return False  # the same graph as isnet; only its name tells
    return True


def fits(candidate: Convention, graph: Graph) -> bool:
    """Whether the graph takes what the convention feeds and gives what it reads."""
    names = {port.name for port in graph.inputs}
    if not graph.inputs or not graph.outputs or graph.inputs[0].type not in DTYPES:
        return False
    shape = graph.inputs[0].shape
    if candidate.family == "rvm":
        return {"src", "downsample_ratio", *STATES} <= names and "pha" in {port.name for port in graph.outputs}
    if len(names) != 1:
        return False
    if candidate.rows_first:
        rows = len(shape) == 3 or (len(shape) == 4 and shape[0] in (1, None))
        return rows and (shape[-1] == 3 or (shape[-1] is None and "input_image" in names.pop()))
    answer = graph.outputs[0].shape
    plane = not answer or len(answer) == 3 or (len(answer) == 4 and answer[1] in (1, None))
    return len(shape) == 4 and shape[1] in (3, None) and plane


def working_size(candidate: Convention, graph: Graph, height: int, width: int) -> tuple[int, int]:
    """Height and width of the copy that the network sees; the graph's own where that is fixed."""
    shape = graph.inputs[0].shape
    fixed = shape[-3:-1] if candidate.rows_first else shape[2:4]
    if len(fixed) == 2 and fixed[0] and fixed[1]:
        return fixed[0], fixed[1]
    if candidate.size == "square":
        return candidate.side, candidate.side
    if candidate.size == "short side":
        scale = min(candidate.side / min(height, width), GREATEST / max(height, width))
        return max(32, round(height * scale) // 32 * 32), max(32, round(width * scale) // 32 * 32)
    scale = min(1.0, candidate.side / max(height, width))
    return max(LEAST, round(height * scale)), max(LEAST, round(width * scale))


def feed(candidate: Convention, graph: Graph, rgb: Bytes) -> dict[str, NDArray[Any]]:
    """The network's inputs for (H, W, 3) uint8 sRGB of any size."""
    size = working_size(candidate, graph, *rgb.shape[:2])
    small = resized(rgb, size).astype(np.float32)
    if candidate.by_maximum:
        small /= max(float(small.max()), 1e-6)
    small -= np.asarray(candidate.mean, np.float32)
    small /= np.asarray(candidate.std, np.float32)
    picture = graph.inputs[0]
    tensor = small if candidate.rows_first else np.ascontiguousarray(small.transpose(2, 0, 1))
    if len(picture.shape) == 4:
        tensor = tensor[None]
    fed = {picture.name: tensor.astype(DTYPES[picture.type])}
    return fed | _states(graph, size) if candidate.family == "rvm" else fed


def _states(graph: Graph, size: tuple[int, int]) -> dict[str, NDArray[Any]]:
    """RVM is made for films: no frame came before, and its first stage sees 512 px."""
    types = {port.name: DTYPES[port.type] for port in graph.inputs}
    empty: dict[str, NDArray[Any]] = {name: np.zeros((1, 1, 1, 1), types[name]) for name in STATES}
    ratio = np.array([min(512 / max(size), 1.0)], types["downsample_ratio"])
    return empty | {"downsample_ratio": ratio}


def read(candidate: Convention, answer: NDArray[Any]) -> Floats:
    """Alpha (h, w) float32, 0..1, from what the network answered.

    Raises:
        ValueError: the answer is no single plane of finite values.
    """
    plane = _plane(candidate, np.asarray(answer)).astype(np.float32) / np.float32(candidate.scale)
    if not plane.size or not np.isfinite(plane).all():
        raise ValueError("values that are not finite")
    low, high = float(plane.min()), float(plane.max())
    if candidate.finish == "stretch":
        plane = (plane - low) / max(high - low, SPAN)
    elif candidate.finish == "sigmoid" and (low < 0 or high > 1):  # some exports hold the sigmoid already
        plane = 1 / (1 + np.exp(-np.clip(plane, -30, 30)))
    return np.asarray(np.clip(plane, 0, 1), np.float32)


def _plane(candidate: Convention, answer: NDArray[Any]) -> NDArray[Any]:
    if candidate.rows_first:
        while answer.ndim > 3 and answer.shape[0] == 1:
            answer = answer[0]
        if answer.ndim == 3 and answer.shape[-1] in (1, 4):
            return answer[..., -1]  # RGBA, or alpha alone
    else:
        while answer.ndim > 2 and answer.shape[0] == 1:
            answer = answer[0]
    if answer.ndim != 2:
        raise ValueError(f"an answer of shape {list(answer.shape)}")
    return answer


def resized(image: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """The image at (height, width) ``size``: by areas where both sides shrink, else linear; as it is if it fits."""
    if image.shape[:2] == size:
        return image
    shrinks = size[0] < image.shape[0] and size[1] < image.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (size[1], size[0]), interpolation=how))
