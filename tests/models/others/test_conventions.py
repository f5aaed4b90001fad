"""The table of conventions: what each family is fed, and how its answer is read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.others.conventions import (
    CONVENTIONS,
    FAMILIES,
    GREATEST,
    Graph,
    Port,
    by_file_name,
    by_graph,
    convention,
    feed,
    fits,
    read,
    working_size,
)

Bytes = NDArray[np.uint8]
FLOAT = "tensor(float)"


def graph(*inputs: Port, outputs: tuple[Port, ...] = (Port("out", (1, 1, None, None), FLOAT),)) -> Graph:
    return Graph(inputs, outputs)


def square(side: int | None, name: str = "input", outputs: int = 1) -> Graph:
    ports = tuple(Port(f"o{i}", (1, 1, side, side), FLOAT) for i in range(outputs))
    return graph(Port(name, (1, 3, side, side), FLOAT), outputs=ports)


STATES = tuple(Port(f"r{i}i", (None,) * 4, FLOAT) for i in range(1, 5))
RVM = graph(
    Port("src", (None, 3, None, None), FLOAT),
    *STATES,
    Port("downsample_ratio", (1,), FLOAT),
    outputs=(Port("fgr", (None, 3, None, None), FLOAT), Port("pha", (None, 1, None, None), FLOAT)),
)
CV_UNET = graph(Port("input_image:0", (None, None, 3), FLOAT), outputs=(Port("output_png:0", (None, None, 4), FLOAT),))
GRAPHS = {
    "rvm": RVM,
    "modnet": square(None),
    "u2net": square(320, "input.1", 7),
    "isnet": square(1024, "input_image", 12),
    "isnet-imgly": square(1024, "input", 12),
    "birefnet": square(1024, "input_image"),
    "cv-unet": CV_UNET,
}


def plain(colour: tuple[int, int, int], height: int = 40, width: int = 60) -> Bytes:
    return np.full((height, width, 3), colour, np.uint8)


def test_each_family_has_a_graph_here() -> None:
    assert set(GRAPHS) == set(FAMILIES)


@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "isnet-imgly"])
def test_a_graph_alone_tells_its_family(family: str) -> None:
    found = by_graph(GRAPHS[family])
    assert found is not None and found.family == family


def test_isnet_in_half_precision_is_told_by_its_name_alone() -> None:
    found = by_graph(GRAPHS["isnet-imgly"])
    assert found is not None and found.family == "isnet"
    named = by_file_name("isnet_medium_fp16")
    assert named is not None and named.family == "isnet-imgly"


@pytest.mark.parametrize(
    ("stem", "family"),
    [
        ("rvm_mobilenetv3_fp32", "rvm"),
        ("modnet_photographic_portrait_matting", "modnet"),
        ("hivision_modnet", "modnet"),
        ("u2netp", "u2net"),
        ("u2net_human_seg", "u2net"),
        ("silueta", "u2net"),
        ("isnet-general-use", "isnet"),
        ("BiRefNet-general-bb_swin_v1_tiny-epoch_232", "birefnet"),
        ("BiRefNet-portrait-epoch_150", "birefnet"),
        ("cv_unet_image-matting", "cv-unet"),
        ("holiday", None),
    ],
)
def test_a_file_name_tells_its_family(stem: str, family: str | None) -> None:
    found = by_file_name(stem)
    assert (found.family if found else None) == family


@pytest.mark.parametrize(
    "other",
    [
        graph(Port("data", (1, 3, 224, 224), FLOAT), outputs=(Port("classes", (1, 1000), FLOAT),)),
        graph(Port("x", (1, 3, None, None), FLOAT), outputs=(Port("picture", (1, 3, None, None), FLOAT),)),
        graph(Port("ids", (1, None), "tensor(int64)")),
        graph(Port("a", (1, 3, 64, 64), FLOAT), Port("b", (1, 1, 64, 64), FLOAT)),
        Graph((), ()),
    ],
    ids=["classifier", "picture to picture", "language", "needs a trimap", "empty"],
)
def test_what_is_no_matting_network_fits_no_family(other: Graph) -> None:
    assert by_graph(other) is None
    assert not any(fits(c, other) for c in CONVENTIONS)


@pytest.mark.parametrize(
    ("family", "colour", "expected"),
    [
        ("rvm", (0, 51, 255), (0.0, 0.2, 1.0)),
        ("modnet", (0, 51, 255), (-1.0, -0.6, 1.0)),
        ("u2net", (0, 100, 200), (-0.485 / 0.229, (0.5 - 0.456) / 0.224, (1 - 0.406) / 0.225)),
        ("isnet", (0, 51, 255), (-0.5, -0.3, 0.5)),
        ("isnet-imgly", (0, 64, 192), (-0.5, -0.25, 0.25)),
        ("birefnet", (0, 51, 255), (-0.485 / 0.229, (0.2 - 0.456) / 0.224, (1 - 0.406) / 0.225)),
    ],
)
def test_red_green_and_blue_are_fed_in_the_range_of_the_family(
    family: str, colour: tuple[int, int, int], expected: tuple[float, float, float]
) -> None:
    fed = feed(convention(family), GRAPHS[family], plain(colour))
    tensor = fed[GRAPHS[family].inputs[0].name]
    assert tensor.dtype == np.float32 and tensor.shape[:2] == (1, 3)
    assert np.allclose(tensor[0].mean((1, 2)), expected, atol=2e-6)


def test_cv_unet_is_fed_rows_of_pixels_as_they_are() -> None:
    (tensor,) = feed(convention("cv-unet"), CV_UNET, plain((1, 2, 3))).values()
    assert tensor.shape == (40, 60, 3) and tensor[0, 0].tolist() == [1, 2, 3]


def test_rvm_gets_empty_states_and_a_ratio_to_512_px_in_the_types_it_wants() -> None:
    half = graph(
        Port("src", (None, 3, None, None), "tensor(float16)"),
        *(Port(p.name, p.shape, "tensor(float16)") for p in STATES),
        RVM.inputs[-1],
        outputs=RVM.outputs,
    )
    fed = feed(convention("rvm"), half, plain((9, 9, 9), 768, 1024))
    assert fed["downsample_ratio"].tolist() == [0.5] and fed["downsample_ratio"].dtype == np.float32
    assert all(fed[p.name].shape == (1, 1, 1, 1) and not fed[p.name].any() for p in STATES)
    assert {fed["src"].dtype, fed["r1i"].dtype} == {np.dtype(np.float16)}
    assert feed(convention("rvm"), RVM, plain((9, 9, 9), 300, 200))["downsample_ratio"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("family", "shape", "size"),
    [
        ("u2net", (3000, 4000), (320, 320)),
        ("birefnet", (3000, 4000), (1024, 1024)),
        ("modnet", (3000, 4000), (512, 672)),
        ("modnet", (1000, 20_000), (96, 2048)),
        ("modnet", (1, 1), (512, 512)),
        ("rvm", (600, 800), (600, 800)),
        ("rvm", (4096, 2048), (2048, 1024)),
        ("cv-unet", (1, 1), (32, 32)),
    ],
)
def test_the_size_that_a_family_sees(family: str, shape: tuple[int, int], size: tuple[int, int]) -> None:
    assert working_size(convention(family), GRAPHS[family], *shape) == size


def test_a_size_that_is_fixed_in_the_file_counts() -> None:
    assert working_size(convention("birefnet"), square(512, "input_image"), 3000, 4000) == (512, 512)
    assert working_size(convention("modnet"), square(512), 3000, 4000) == (512, 512)


@given(st.sampled_from(CONVENTIONS), st.integers(1, 30_000), st.integers(1, 30_000))
def test_no_picture_is_fed_larger_than_the_bound(how: object, height: int, width: int) -> None:
    family = how.family  # type: ignore[attr-defined]
    size = working_size(convention(family), GRAPHS[family], height, width)
    assert min(size) >= 32 and max(size) <= GREATEST


# ── answers ───────────────────────────────────────────────────────────────────────────────────────────


def plane(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32).reshape(1, 1, 1, -1)


def test_an_answer_that_is_alpha_stays_and_is_kept_within_bounds() -> None:
    assert read(convention("modnet"), plane(-0.1, 0.25, 1.2)).tolist() == [[0.0, 0.25, 1.0]]


def test_an_answer_that_is_stretched_reaches_from_0_to_1() -> None:
    assert np.allclose(read(convention("u2net"), plane(0.2, 0.5, 0.8)), [[0, 0.5, 1]])


def test_a_picture_with_nothing_in_it_is_not_stretched_into_a_subject() -> None:
    assert read(convention("u2net"), plane(0.001, 0.003)).max() < 0.05


def test_logits_become_alpha_and_alpha_is_not_taken_for_logits() -> None:
    assert np.allclose(read(convention("birefnet"), plane(-40, 0, 40)), [[0, 0.5, 1]])
    assert np.allclose(read(convention("birefnet"), plane(0, 0.5, 1)), [[0, 0.5, 1]])


def test_the_alpha_of_rgba_counts() -> None:
    rgba = np.zeros((2, 3, 4), np.uint8)
    rgba[..., 3] = [[0, 51, 255]] * 2
    assert np.allclose(read(convention("cv-unet"), rgba), [[0, 0.2, 1]] * 2)
    assert np.allclose(read(convention("cv-unet"), rgba[None, ..., 3:]), [[0, 0.2, 1]] * 2)


@pytest.mark.parametrize(
    "wrong",
    [plane(0.0, float("nan")), plane(float("inf")), np.zeros((1, 1000), np.float32)[0], np.zeros((1, 3, 4, 4))],
    ids=["nan", "inf", "no plane", "three planes"],
)
def test_an_answer_that_is_no_matte_is_refused(wrong: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError):
        read(convention("modnet"), wrong)
