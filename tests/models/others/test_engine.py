"""Other people's networks behind the engine's interface, on tiny files of every family, and on the real ones."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.doubts import Doubt
from models.engine import Engine, Matte
from models.others.engine import NetworkError, OtherEngine, expected_error, located, told
from models.others.known_networks import KNOWN, NAMES, default_folder, file_of, known
from models.subject import Subject

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: other people's networks are optional")
pytest.importorskip("onnx", reason="onnx is not installed: it builds the tiny networks of these tests")

from models.others.onnx_file import SENTENCES, OnnxNetwork, providers

from . import onnx_graphs

Bytes = NDArray[np.uint8]
ROOT = Path(__file__).resolve().parent.parent.parent.parent
REFERENCE = ROOT.parent / "shared" / "rivals" / "run.py"
REAL = Path(os.environ.get("KOUTU_TEST_NETWORKS", ROOT / ".rivals"))
RIVALS = {
    "modnet": "modnet.onnx",
    "rvm": "rvm_mobilenetv3_fp32.onnx",
    "u2netp": "u2netp.onnx",
    "isnet": "isnet_medium_fp16.onnx",
}


@pytest.fixture(scope="module")
def builtin() -> Engine:
    return Engine(device="cpu", threads=2)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of each family; none has a telling name."""
    folder = tmp_path_factory.mktemp("networks")
    made = {family: build(folder / f"{place}.onnx") for place, (family, build) in enumerate(BUILDERS.items())}
    return made


BUILDERS = {**onnx_graphs.FAMILIES, "rvm in half": lambda path: onnx_graphs.rvm(path, onnx_graphs.HALF)}


def engine_of(path: Path, builtin: Engine, family: str = "") -> OtherEngine:
    return OtherEngine(path, family, device="cpu", threads=2, builtin=lambda: builtin)


def disc(height: int = 300, width: int = 200) -> tuple[Bytes, NDArray[np.bool_], NDArray[np.bool_]]:
    """A white disc on black; what is surely inside, and surely outside."""
    rows, columns = np.mgrid[:height, :width]
    distance = np.hypot(rows - height / 2, columns - width / 2)
    radius = min(height, width) / 3
    rgb = np.repeat(np.where(distance < radius, 255, 0).astype(np.uint8)[..., None], 3, 2)
    return rgb, distance < radius - 5, distance > radius + 5


# ── every family ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("family", BUILDERS)
def test_the_bright_disc_is_cut_out_at_full_size(family: str, files: dict[str, Path], builtin: Engine) -> None:
    engine = engine_of(files[family], builtin)
    assert engine.convention.family == family.split()[0]
    rgb, inside, outside = disc()
    matte = engine.matte(rgb)
    assert matte.alpha.shape == (300, 200) and matte.alpha.dtype == np.uint8
    assert matte.alpha[inside].min() >= 250 and matte.alpha[outside].max() <= 5
    assert matte.coverage == pytest.approx(float(matte.alpha.mean()) / 255, abs=1e-6)
    assert engine.calls == 1
    assert np.array_equal(matte.alpha, engine.matte(rgb.copy()).alpha)


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (640, 37)])
@pytest.mark.parametrize("family", ["rvm", "modnet", "u2net", "cv-unet"])
def test_a_picture_of_any_size_gets_an_alpha_of_its_size(
    family: str, shape: tuple[int, int], files: dict[str, Path], builtin: Engine
) -> None:
    rgb = np.full((*shape, 3), 90, np.uint8)
    before = rgb.copy()
    assert engine_of(files[family], builtin).matte(rgb).alpha.shape == shape
    assert np.array_equal(rgb, before)


def test_several_pictures_come_back_in_their_order(files: dict[str, Path], builtin: Engine) -> None:
    engine = engine_of(files["modnet"], builtin)
    pictures = [disc(60, 90)[0], disc(90, 60)[0]]
    assert [m.alpha.shape for m in engine.mattes(pictures)] == [(60, 90), (90, 60)]
    assert engine.mattes([]) == []


def test_what_is_no_picture_is_refused(files: dict[str, Path], builtin: Engine) -> None:
    with pytest.raises(ValueError):
        engine_of(files["modnet"], builtin).matte(np.zeros((4, 4), np.uint8))


def test_a_sigmoid_inside_the_file_is_not_done_twice(tmp_path: Path, builtin: Engine) -> None:
    logits = engine_of(onnx_graphs.birefnet(tmp_path / "a.onnx", 64), builtin)
    alpha = engine_of(onnx_graphs.birefnet(tmp_path / "b.onnx", 64, probabilities=True), builtin)
    assert np.allclose(logits.raw(disc()[0])[0], alpha.raw(disc()[0])[0], atol=1e-5)


def test_it_says_what_it_is(files: dict[str, Path], builtin: Engine) -> None:
    info = engine_of(files["rvm in half"], builtin).info
    assert (info.device, info.precision, info.network) == ("cpu", "float16", "rvm")


# ── version ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_version_follows_the_bytes_and_the_family_without_opening_the_file(tmp_path: Path, builtin: Engine) -> None:
    (tmp_path / "a.onnx").write_bytes(b"no network")
    (tmp_path / "b.onnx").write_bytes(b"no network either")
    first = engine_of(tmp_path / "a.onnx", builtin).version
    assert first == engine_of(tmp_path / "a.onnx", builtin).version
    assert first != engine_of(tmp_path / "b.onnx", builtin).version
    assert first != engine_of(tmp_path / "a.onnx", builtin, "rvm").version
    assert builtin.info.version in first  # doubt and subject come from it
    assert not set(first) & set("/\\ :")


def test_weights_beside_the_file_belong_to_its_version(tmp_path: Path, builtin: Engine) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(b"graph")
    alone = engine_of(path, builtin).version
    (tmp_path / "a.onnx.data").write_bytes(b"weights")
    assert engine_of(path, builtin).version != alone


# ── subject and doubt ─────────────────────────────────────────────────────────────────────────────────


def opinion(alpha: float, shape: tuple[int, int] = (4, 4)) -> Matte:
    plane = np.full(shape, round(alpha * 255), np.uint8)
    return Matte(plane, plane, Subject("animal", 0.9, True), tuple[Doubt, ...](), alpha, 0.0)


def plane(value: float) -> NDArray[np.float32]:
    return np.full((4, 4), value, np.float32)


def test_doubt_grows_with_the_disagreement_and_with_softness() -> None:
    agreed, differs = expected_error(plane(1), opinion(1)), expected_error(plane(1), opinion(0))
    soft = expected_error(plane(0.5), opinion(0.502))
    assert agreed.max() == 0
    assert 0.25 < differs.min() <= 1
    assert 0 < soft.max() < differs.min()


def test_the_builtin_network_names_the_subject_where_both_found_one() -> None:
    animal = Subject("animal", 0.9, True)
    assert told(plane(1), animal) == animal
    assert told(plane(0), animal) == Subject("none", 1.0, True)
    alone = told(plane(1), Subject("none", 1.0, True))
    assert alone.kind == "object" and not alone.sure


def test_doubts_are_told_where_the_networks_differ(files: dict[str, Path], builtin: Engine, cat: Path) -> None:
    with Image.open(cat) as picture:
        rgb = np.asarray(picture.convert("RGB"))
    matte = engine_of(files["modnet"], builtin).matte(rgb)  # it takes what is bright: not the cat
    assert matte.subject.kind == "animal"
    assert matte.doubts and matte.doubts[0].strength > 0.1


# ── files that can't be used ──────────────────────────────────────────────────────────────────────────


def failure(path: Path, family: str = "") -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        OtherEngine(path, family, device="cpu", builtin=lambda: pytest.fail("not asked")).convention  # noqa: B018
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_file_that_is_not_there() -> None:
    assert failure(Path("nowhere.onnx")).kind == "no_file"


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n", b"<!DOCTYPE html>", b"PK\x03\x04", b"version https://git-lfs"]
)
def test_a_file_of_another_kind(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "modnet.onnx").write_bytes(content)
    error = failure(tmp_path / "modnet.onnx")
    assert error.kind == "not_onnx" and "modnet.onnx" in str(error)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_that_was_cut_off(share: float, files: dict[str, Path], tmp_path: Path) -> None:
    data = files["rvm"].read_bytes()
    (tmp_path / "rvm.onnx").write_bytes(data[: int(len(data) * share)])
    assert failure(tmp_path / "rvm.onnx").kind == "broken"


def test_a_network_for_something_else(tmp_path: Path) -> None:
    error = failure(onnx_graphs.classifier(tmp_path / "net.onnx"))
    assert error.kind == "unknown_kind"
    assert "birefnet" in str(error) and "data[1, 3, 224, 224]" in str(error)


def test_a_name_that_lies(tmp_path: Path, files: dict[str, Path]) -> None:
    assert failure(onnx_graphs.classifier(tmp_path / "modnet.onnx")).kind == "unfit"
    assert failure(files["u2net"], "rvm").facts["family"] == "rvm"


def test_an_answer_that_is_no_number(tmp_path: Path, builtin: Engine) -> None:
    engine = engine_of(onnx_graphs.endless(tmp_path / "net.onnx"), builtin)
    with pytest.raises(NetworkError) as caught:
        engine.matte(disc()[0])
    assert caught.value.kind == "failed"


def test_without_onnxruntime_a_sentence_says_what_to_install(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    error = failure(files["modnet"])
    assert error.kind == "no_runtime" and "pip install onnxruntime" in str(error)


def test_an_unknown_family_is_a_mistake_of_the_program(files: dict[str, Path]) -> None:
    with pytest.raises(KeyError):
        OtherEngine(files["rvm"], "unheard of")


# ── devices ───────────────────────────────────────────────────────────────────────────────────────────

HAS_GPU = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]


def test_a_gpu_is_used_where_onnxruntime_has_it() -> None:
    assert providers("auto", HAS_GPU) == ["CUDAExecutionProvider", "CPUExecutionProvider"]
    assert providers("auto", ["DmlExecutionProvider", "CPUExecutionProvider"])[0] == "DmlExecutionProvider"
    assert providers("auto", ["AzureExecutionProvider", "CPUExecutionProvider"]) == ["CPUExecutionProvider"]
    assert providers("cuda:1", HAS_GPU)[0] == ("CUDAExecutionProvider", {"device_id": "1"})
    assert providers("cpu", HAS_GPU) == ["CPUExecutionProvider"]


def test_a_gpu_that_is_asked_for_and_absent_is_an_error() -> None:
    with pytest.raises(NetworkError) as caught:
        providers("cuda", ["CPUExecutionProvider"])
    assert caught.value.kind == "no_provider"
    with pytest.raises(ValueError):
        providers("tpu", HAS_GPU)


class Crowded:
    """A session on a GPU that has no memory left."""

    def run(self, *_: object) -> None:
        from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

        raise RuntimeException("Failed to allocate memory for requested buffer of size 1")

    def get_providers(self) -> list[str]:
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]


def test_a_gpu_without_memory_hands_over_to_the_cpu_and_says_so(files: dict[str, Path], builtin: Engine) -> None:
    engine = engine_of(files["modnet"], builtin)
    expected = engine.matte(disc()[0])
    engine._network._session = Crowded()
    matte = engine.matte(disc()[0])
    assert np.array_equal(matte.alpha, expected.alpha)
    assert (matte.notes, expected.notes) == (("gpu_memory_cpu",), ())


def test_a_machine_without_memory_is_told_in_a_sentence(files: dict[str, Path]) -> None:
    network = OnnxNetwork(files["modnet"], "cpu", 1)
    crowded = Crowded()
    crowded.get_providers = lambda: ["CPUExecutionProvider"]  # type: ignore[method-assign]
    network._session = crowded
    with pytest.raises(NetworkError) as caught:
        network.run({}, "")
    assert caught.value.kind == "no_memory"


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_name_means_its_file_in_the_folder(tmp_path: Path) -> None:
    with pytest.raises(NetworkError) as caught:
        located("isnet", tmp_path)
    assert caught.value.kind == "missing" and "--get isnet" in str(caught.value)
    (tmp_path / "isnet-general-use.onnx").write_bytes(b"")
    assert located("ISNet-general-use", tmp_path) == (tmp_path / "isnet-general-use.onnx", "isnet")
    assert file_of("birefnet", tmp_path) is None


def test_a_path_means_itself_and_may_say_its_family(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(b"")
    assert located(str(path), tmp_path) == (path, "")
    assert located(f"birefnet:{path}", tmp_path) == (path, "birefnet")
    for wrong in (f"{path}x", f"birefnet:{path}x"):
        with pytest.raises(NetworkError) as caught:
            located(wrong, tmp_path)
        assert caught.value.kind == "no_file"


def test_every_known_network_can_be_found_by_its_name_and_its_files() -> None:
    assert len(set(NAMES)) == len(NAMES)
    for entry in KNOWN:
        assert known(entry.name) is entry
        assert all(known(file) is entry for file in entry.files)
        assert len(entry.sha256) in (0, 64) and len(entry.md5) in (0, 32)
        assert entry.url.startswith("https://") or entry.note
        assert bool(entry.sha256) == (entry.evidence != "unknown") == (entry.size > 0)
    with pytest.raises(KeyError):
        known("photoshop")


def test_the_folder_of_networks_lies_under_the_data_folder(tmp_path: Path) -> None:
    assert default_folder({"DATA_DIR": str(tmp_path)}) == tmp_path / "networks"
    assert default_folder({}) == ROOT / "data" / "networks"


def test_each_kind_of_failure_has_a_sentence_that_its_facts_fill() -> None:
    assert all(sentence.isascii() and not sentence.endswith(".") for sentence in SENTENCES.values())


# ── the real files ────────────────────────────────────────────────────────────────────────────────────


def reference() -> ModuleType:
    if not REFERENCE.is_file():
        pytest.skip("../shared/rivals/run.py is not here: nothing to compare with")
    spec = importlib.util.spec_from_file_location("rivals_program", REFERENCE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def real(name: str) -> Path:
    path = REAL / RIVALS[name]
    if not path.is_file():
        pytest.skip(f"{path.name} is not in .rivals or KOUTU_TEST_NETWORKS")
    return path


@pytest.mark.parametrize("name", RIVALS)
def test_the_real_network_gives_the_same_alpha_as_the_program_of_its_conventions(
    name: str, cat: Path, builtin: Engine
) -> None:
    path, program = real(name), reference()
    with Image.open(cat) as picture:
        rgb = np.ascontiguousarray(picture.convert("RGB"))
    alpha, notes = engine_of(path, builtin).raw(rgb)
    enlarged = cv2.resize(alpha, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR)
    expected = program.matte(name, rgb, path.parent)
    assert np.abs(np.clip(enlarged, 0, 1) - expected).max() < 1e-5
    assert notes == ()


@pytest.mark.parametrize("name", ["u2netp", "isnet"])
def test_the_real_network_cuts_out_the_cat(name: str, cat: Path, builtin: Engine) -> None:
    path = real(name)
    with Image.open(cat) as picture:
        rgb = np.ascontiguousarray(picture.convert("RGB"))
    matte = engine_of(path, builtin).matte(rgb)
    assert matte.subject.kind == "animal"
    agreed = cv2.mean(np.minimum(matte.alpha, builtin.matte(rgb).alpha))[0] / 255
    assert agreed > 0.7 * matte.coverage and 0.2 < matte.coverage < 0.9
