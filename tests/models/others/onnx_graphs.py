"""Tiny ONNX files with the inputs and outputs of each family: what is bright is the subject."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16
Shape = Sequence[int | str]
ANY: Shape = (1, 3, "height", "width")


def port(name: str, shape: Shape, kind: int = FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, list(shape))


def constant(name: str, value: object, kind: type = np.float32) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(value, kind), name)


def save(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    constants: Sequence[onnx.TensorProto] = (),
) -> Path:
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def brightness(source: str, target: str) -> onnx.NodeProto:
    return helper.make_node("ReduceMean", [source], [target], axes=[1], keepdims=1)


def u2net(path: Path, side: int = 320) -> Path:
    nodes = [brightness("input.1", "0"), *(helper.make_node("Identity", ["0"], [str(i)]) for i in range(1, 7))]
    outputs = [port(str(i), (1, 1, side, side)) for i in range(7)]
    return save(path, nodes, [port("input.1", (1, 3, side, side))], outputs)


def isnet(path: Path) -> Path:
    nodes = [brightness("input", "middle"), helper.make_node("Add", ["middle", "half"], ["output"])]
    nodes += [helper.make_node("Identity", ["output"], ["side"])]
    outputs = [port(name, (1, 1, 1024, 1024)) for name in ("output", "side")]
    return save(path, nodes, [port("input", (1, 3, 1024, 1024))], outputs, [constant("half", 0.5)])


def birefnet(path: Path, side: int = 1024, probabilities: bool = False) -> Path:
    """Answers logits, as the published files do, or alpha itself."""
    nodes = [brightness("input_image", "middle"), helper.make_node("Mul", ["middle", "ten"], ["logits"])]
    last = "Sigmoid" if probabilities else "Identity"
    nodes += [helper.make_node(last, ["logits"], ["output_image"])]
    picture = port("input_image", (1, 3, side, side))
    return save(path, nodes, [picture], [port("output_image", (1, 1, side, side))], [constant("ten", 10.0)])


def modnet(path: Path) -> Path:
    nodes = [brightness("input", "middle"), helper.make_node("Mul", ["middle", "ten"], ["logits"])]
    nodes += [helper.make_node("Sigmoid", ["logits"], ["output"])]
    answer = port("output", (1, 1, "height", "width"))
    return save(path, nodes, [port("input", ANY)], [answer], [constant("ten", 10.0)])


def rvm(path: Path, kind: int = FLOAT) -> Path:
    states = [port(f"r{i}i", ("batch", "channels", "h", "w"), kind) for i in range(1, 5)]
    inputs = [port("src", ANY, kind), *states, port("downsample_ratio", (1,))]
    nodes = [helper.make_node("Identity", ["src"], ["fgr"]), brightness("src", "pha")]
    nodes += [helper.make_node("Identity", [f"r{i}i"], [f"r{i}o"]) for i in range(1, 5)]
    outputs = [port("fgr", ANY, kind), port("pha", (1, 1, "height", "width"), kind)]
    outputs += [port(f"r{i}o", ("batch", "channels", "h", "w"), kind) for i in range(1, 5)]
    return save(path, nodes, inputs, outputs)


def cv_unet(path: Path) -> Path:
    """(H, W, 3) in, RGBA out, both 0..255."""
    nodes = [
        helper.make_node("ReduceMean", ["input_image:0"], ["grey"], axes=[2], keepdims=1),
        helper.make_node("Concat", ["input_image:0", "grey"], ["rgba"], axis=2),
        helper.make_node("Cast", ["rgba"], ["output_png:0"], to=TensorProto.UINT8),
    ]
    inputs = [port("input_image:0", ("height", "width", 3))]
    return save(path, nodes, inputs, [port("output_png:0", ("height", "width", 4), TensorProto.UINT8)])


def classifier(path: Path) -> Path:
    """No matting network at all."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["data"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["p"]),
    ]
    return save(path, nodes, [port("data", (1, 3, 224, 224))], [port("p", (1, 3))])


def endless(path: Path) -> Path:
    """Looks like MODNet, and answers with what is no number."""
    nodes = [brightness("input", "grey"), helper.make_node("Sub", ["grey", "grey"], ["zero"])]
    nodes += [helper.make_node("Div", ["zero", "zero"], ["output"])]
    return save(path, nodes, [port("input", ANY)], [port("output", (1, 1, "height", "width"))])


FAMILIES = {
    "u2net": u2net,
    "isnet": isnet,
    "birefnet": birefnet,
    "modnet": modnet,
    "rvm": rvm,
    "cv-unet": cv_unet,
}
