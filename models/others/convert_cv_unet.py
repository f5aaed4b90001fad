"""ModelScope's ``cv_unet_image-matting`` from TensorFlow to ONNX: `python -m models.others.convert_cv_unet GRAPH`.

Its published file is a frozen TensorFlow graph (``tf_graph.pb``). It takes ``input_image:0``, (H, W, 3) RGB 0..255,
and gives ``output_png:0``, (H, W, 4) RGBA 0..255 (modelscope/pipelines/cv/image_matting_pipeline.py). A SavedModel
folder with a signature is taken too. Needs tensorflow and tf2onnx, which nothing else here needs: install them into an
environment of their own, as docs/networks.md tells.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

INPUT, OUTPUT = "input_image:0", "output_png:0"
OPSET = 15  # tf2onnx's own default


class ConversionError(Exception):
    """A graph that can't be converted; the message says why."""


def convert(source: Path, target: Path, inputs: str = INPUT, output: str = OUTPUT) -> None:
    """Writes the ONNX file ``target`` from a frozen graph (.pb) or a SavedModel folder.

    Raises:
        ConversionError: no TensorFlow here, no such file, no TensorFlow graph, or one without these tensors.
    """
    try:
        tf, tf2onnx = import_module("tensorflow"), import_module("tf2onnx")
    except ImportError as error:
        raise ConversionError(
            f"{error.name} is not installed; pip install tensorflow-cpu tf2onnx, best in an environment of its own"
        ) from error
    if not source.exists():
        raise ConversionError(f"there is no file {source}")
    graph = _saved_model(tf, source) if source.is_dir() else _frozen(tf, source)
    _demand(graph, inputs, output)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    tf2onnx.convert.from_graph_def(
        graph, input_names=[inputs], output_names=[output], opset=OPSET, output_path=str(partial)
    )
    partial.replace(target)


def _frozen(tf: Any, source: Path) -> Any:
    """The graph of a frozen file: its weights are constants."""
    unreadable: type[Exception] = import_module("google.protobuf.message").DecodeError
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(source.read_bytes())
    except unreadable as error:
        raise ConversionError(f"{source.name} is no frozen TensorFlow graph") from error
    return graph


def _saved_model(tf: Any, source: Path) -> Any:
    """The graph of a SavedModel made by TensorFlow 1, frozen: names stay as they were."""
    try:
        with tf.compat.v1.Session(graph=tf.Graph()) as session:
            loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(source))
            outputs = {OUTPUT.partition(":")[0]}
            for signature in loaded.signature_def.values():
                outputs |= {tensor.name.partition(":")[0] for tensor in signature.outputs.values()}
            known = {node.name for node in loaded.graph_def.node}
            return tf.compat.v1.graph_util.convert_variables_to_constants(
                session, session.graph_def, sorted(outputs & known)
            )
    except OSError as error:
        raise ConversionError(f"{source.name} is no SavedModel folder: {error}") from error


def _demand(graph: Any, *tensors: str) -> None:
    known = {node.name for node in graph.node}
    missing = [tensor for tensor in tensors if tensor.partition(":")[0] not in known]
    if missing:
        places = ", ".join(node.name for node in graph.node if node.op == "Placeholder") or "none"
        last = graph.node[-1].name if len(graph.node) else "none"
        raise ConversionError(
            f"the graph has no {' and no '.join(missing)}; its inputs are {places}, its last node is {last} "
            "(--input and --output name others)"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 it did not work (one sentence says why)."""
    parser = argparse.ArgumentParser(
        prog="python -m models.others.convert_cv_unet", description=__doc__.splitlines()[0]
    )
    parser.add_argument("source", type=Path, help="tf_graph.pb, or a SavedModel folder")
    parser.add_argument("-o", "--out", type=Path, default=Path("cv_unet_image-matting.onnx"), metavar="FILE")
    parser.add_argument("--input", default=INPUT, help="the tensor that takes the picture")
    parser.add_argument("--output", default=OUTPUT, help="the tensor that gives RGBA or alpha, 0..255")
    options = parser.parse_args(arguments)
    try:
        convert(options.source, options.out, options.input, options.output)
    except ConversionError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.out}: put it into the networks folder of the data folder, or name it in KOUTU_NETWORK")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
