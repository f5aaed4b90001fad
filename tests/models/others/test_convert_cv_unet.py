"""A TensorFlow graph with the inputs and outputs of cv_unet_image-matting becomes an ONNX file that cuts out.

TensorFlow is no part of the project. KOUTU_TEST_TENSORFLOW names a Python that has tensorflow and tf2onnx (in an
environment of its own); without it these tests use the Python that runs them, if that has them, and skip otherwise.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from models.engine import Engine
from models.others.convert_cv_unet import ConversionError, convert, main

ROOT = Path(__file__).resolve().parent.parent.parent.parent

# A small graph of the same conventions: it looks at a quarter of the picture's size, as the published one does,
# enlarges what it found, and lays it beside the colours. What is bright is the subject.
MAKE = """
import sys, tensorflow as tf
v1 = tf.compat.v1
with v1.Session(graph=tf.Graph()) as session:
    picture = v1.placeholder(tf.float32, [None, None, 3], name="input_image")
    size = tf.shape(picture)[:2]
    small = v1.image.resize_bilinear(picture[None] / 255.0, tf.maximum(size // 4, 8))
    kernel = v1.get_variable("kernel", initializer=tf.ones([3, 3, 3, 1]) * (20.0 / 27))
    found = tf.sigmoid(tf.nn.conv2d(small, kernel, 1, "SAME") - 10.0)
    alpha = v1.image.resize_bilinear(found, size)[0] * 255.0
    rgba = tf.concat([picture, alpha], 2)
    result = tf.cast(tf.clip_by_value(tf.round(rgba), 0, 255), tf.uint8, name="output_png")
    session.run(v1.global_variables_initializer())
    frozen = v1.graph_util.convert_variables_to_constants(session, session.graph_def, ["output_png"])
    open(sys.argv[1], "wb").write(frozen.SerializeToString())
    v1.saved_model.simple_save(session, sys.argv[2], {"image": picture}, {"png": result})
"""


def tensorflow_python() -> str:
    named = os.environ.get("KOUTU_TEST_TENSORFLOW")
    if named:
        return named
    if find_spec("tensorflow") and find_spec("tf2onnx"):
        return sys.executable
    pytest.skip("no Python with tensorflow and tf2onnx here (KOUTU_TEST_TENSORFLOW names one)")


def run(python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run([python, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tensorflow")
    made = run(tensorflow_python(), "-c", MAKE, str(folder / "tf_graph.pb"), str(folder / "saved"))
    assert made.returncode == 0, made.stderr[-2000:]
    return folder


@pytest.mark.parametrize("source", ["tf_graph.pb", "saved"])
def test_a_converted_graph_cuts_out_through_the_same_door(source: str, graphs: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: other people's networks are optional")
    from models.others.engine import OtherEngine

    target = tmp_path / "mine.onnx"
    done = run(tensorflow_python(), "-m", "models.others.convert_cv_unet", str(graphs / source), "-o", str(target))
    assert done.returncode == 0, done.stderr[-2000:]
    own = Engine(device="cpu", threads=1)
    engine = OtherEngine(target, device="cpu", threads=1, builtin=lambda: own)
    assert engine.convention.family == "cv-unet"  # told by the graph alone
    rgb = np.zeros((160, 240, 3), np.uint8)
    rgb[40:120, 80:180] = 255
    alpha = engine.matte(rgb).alpha
    assert alpha.shape == (160, 240)
    assert alpha[56:104, 96:164].min() >= 250 and alpha[:24].max() <= 5


def test_another_graph_is_refused_and_says_what_it_has(graphs: Path, tmp_path: Path) -> None:
    done = run(
        tensorflow_python(), "-m", "models.others.convert_cv_unet", str(graphs / "tf_graph.pb"),
        "-o", str(tmp_path / "x.onnx"), "--output", "alpha:0",
    )  # fmt: skip
    assert done.returncode == 1
    assert "no alpha:0" in done.stderr and "input_image" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tf_graph.pb").write_bytes(b"\xff\xff no graph")
    done = run(tensorflow_python(), "-m", "models.others.convert_cv_unet", str(tmp_path / "tf_graph.pb"))
    assert done.returncode == 1 and "no frozen TensorFlow graph" in done.stderr


def test_without_tensorflow_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ConversionError, match="tensorflow is not installed"):
        convert(tmp_path / "tf_graph.pb", tmp_path / "x.onnx")
    assert main([str(tmp_path / "tf_graph.pb")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
