"""The speed and memory of the product beside what it could be held against: python -m benchmarks.speed PART ...

network  network and refinement of a photo, beside RVM through onnxruntime with as many threads (--rvm FILE)
file     photo file in, PNG cut-out out, beside only decoding that photo and encoding that PNG; memory for 24 MP
change   a new background or edge at full size, without a run of the network
folder   a folder of photos at once, beside the same photos one by one; memory as it goes on
gpu      figures as a share of the card's measured limit (benchmarks/gpu.py)

Each comparison is made alternately in one run; the medians of the ratios count. Photos are the samples enlarged to the
size, with a camera's noise (benchmarks/photos.py). benchmarks/RESULTS.md holds the last results.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from benchmarks import gpu
from benchmarks.photos import photo_file
from benchmarks.ratios import compare, forget_peak, machine, megabytes, peak_megabytes, seconds
from models import cores
from models.engine import Engine
from models.runner import MOST_THREADS
from tools import commands, pipeline
from tools.files.codecs import encode
from tools.files.decode import Pixels, decode
from tools.recipe import Background, Recipe
from tools.settings import Limits, Settings
from tools.studio import Studio

CUT = Recipe(cut=True)
NOTHING = io.StringIO()


def decoded(path: Path) -> Pixels:
    return decode(path.read_bytes(), path.name, Limits())[1]


def network(options: argparse.Namespace) -> None:
    """RVM as its authors run it: float32 input at full size, the long side shrunk to 512 px inside of the network."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = MOST_THREADS
    session = onnxruntime.InferenceSession(str(options.rvm), settings, providers=["CPUExecutionProvider"])
    engine = Engine(device="cpu")
    empty = {f"r{index}i": np.zeros((1, 1, 1, 1), np.float32) for index in range(1, 5)}
    for number in range(options.photos):
        rgb = decoded(photo_file(options.folder, options.megapixels, number)).rgb

        def rvm(rgb: np.ndarray = rgb) -> None:
            planes = np.ascontiguousarray((rgb.astype(np.float32) / 255).transpose(2, 0, 1)[None])
            ratio = np.array([512 / max(rgb.shape[:2])], np.float32)
            session.run(["pha"], {"src": planes, "downsample_ratio": ratio, **empty})

        def ours(rgb: np.ndarray = rgb) -> None:
            engine.matte(rgb)

        compare(f"network, photo {number}, {rgb.size / 3e6:.1f} MP", ours, rvm, "goal 0.5", options.repeats)


def file(options: argparse.Namespace) -> None:
    """The product's own way: a new store each time, the file admitted, looked at, rendered, encoded, written."""
    warm_engine()
    for number in range(options.photos):
        path = photo_file(options.folder, options.megapixels, number)
        made = through_product(path)
        rgba = cv2.cvtColor(cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        bare = np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3])

        def only_files(path: Path = path, rgba: np.ndarray = rgba) -> None:
            decoded(path)
            bgra = cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA)
            cv2.imencode(
                ".png", bgra, [cv2.IMWRITE_PNG_COMPRESSION, 4, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_AVG]
            )

        def only_files_our_encoder(path: Path = path, bare: tuple[np.ndarray, np.ndarray] = bare) -> None:
            decoded(path)
            encode(*bare, "png")

        def ours(path: Path = path) -> None:
            through_product(path)

        name = f"file, photo {number}, {rgba.size / 4e6:.1f} MP, PNG {len(made) / 1e6:.0f} MB"
        compare(f"{name}, beside decoding and OpenCV's PNG", ours, only_files, "goal 1.5", options.repeats)
        compare(
            f"{name}, beside decoding and our PNG",
            ours,
            only_files_our_encoder,
            "our PNG uses all cores",
            options.repeats,
        )
    apart(memory_of_one, options.folder, options.large)


def warm_engine() -> None:
    ENGINES.append(Engine(device="cpu"))
    ENGINES[0].matte(np.zeros((64, 64, 3), np.uint8))


ENGINES: list[Engine] = []


def studio_in(folder: str) -> Studio:
    """A studio of its own on the engine that is loaded already."""
    studio = Studio(Settings(data=Path(folder), outputs=Path(folder), device="cpu"))
    if ENGINES:
        studio.networks.__dict__["builtin"] = ENGINES[0]
    return studio


def through_product(path: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        studio = studio_in(folder)
        picture = studio.pictures.admit(path.read_bytes(), path.name)
        rendered = studio.render(picture, CUT)
        data = encode(rendered.rgb, rendered.alpha, "png").data
        Path(folder, "result.png").write_bytes(data)
        return data


def apart(work: Callable[..., None], *arguments: object) -> None:
    """In a process of its own, where nothing was done before."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def memory_of_one(folder: Path, size: float) -> None:
    """Idle: the engine loaded and a small photo done, as a server that waits."""
    warm_engine()
    through_product(photo_file(folder, 0.5))
    path = photo_file(folder, size)
    idle = megabytes()
    forget_peak()
    through_product(path)
    print(
        f"file, memory for {size:g} MP: {peak_megabytes() - idle:.0f} MB above the idle {idle:.0f} MB (goal 400)",
        flush=True,
    )


CHANGES = {
    "colour": replace(CUT, background=Background("color", "#438EDB")),
    "gradient": replace(CUT, background=Background("gradient", "#FFFFFF", "#808080")),
    "blur": replace(CUT, background=Background("blur")),
    "feather 2, erode 1": CUT.with_edges(feather=2, erode=1),
    "feather 20": CUT.with_edges(feather=20),
    "threshold 20, dilate 2": CUT.with_edges(alpha_threshold=20, dilate=2),
    "denoise": CUT.with_edges(denoise=True),
}


def change(options: argparse.Namespace) -> None:
    """Seconds from a changed recipe to pixels at full size: the first time (nothing remembered), and on a picture whose
    result was rendered before, as it was for the card on which it is changed."""
    with tempfile.TemporaryDirectory() as folder:
        studio = studio_in(folder)
        path = photo_file(options.folder, options.megapixels)
        picture = studio.pictures.admit(path.read_bytes(), path.name)
        studio.look(picture)
        calls = studio.engine.calls
        first = seconds(lambda: studio.render(picture, CUT))
        print(f"change, first result at full size: {first:.2f} s")
        for name, recipe in CHANGES.items():
            times = []
            for _ in range(options.repeats):
                if recipe.edges.denoise:  # it changes what colours are estimated from: never remembered here
                    studio._recent.forget(picture.sha256)
                    studio.alpha(picture)
                times.append(seconds(lambda recipe=recipe: studio.render(picture, recipe)))  # type: ignore[misc]
            print(f"change, {name}: {statistics.median(times):.2f} s (goal 0.5)", flush=True)
        print(f"change, runs of the network meanwhile: {studio.engine.calls - calls} (goal 0)")


def folder(options: argparse.Namespace) -> None:
    """Through ``python -m tools matte``'s own code: at once; one call for each photo; and one worker that does each
    step after the other on one core, which is what side by side can be held against on two cores."""
    files = [str(photo_file(options.folder, options.small, number)) for number in range(options.batch)]
    load_once()
    run_command(files[:3])
    ratios, alone, busy = [], [], []
    for _ in range(options.rounds):
        one_core = seconds(lambda: single(files))
        calls = seconds(lambda: [run_command([name]) for name in files])
        began, cpu = time.perf_counter(), time.process_time()
        run_command(files)
        together = time.perf_counter() - began
        busy.append((time.process_time() - cpu) / together)
        ratios.append(one_core / together)
        alone.append(calls / together)
        print(
            f"folder, {len(files)} photos of {options.small:g} MP: at once {together:.1f} s, one after the other on "
            f"one core {one_core:.1f} s, one after the other on all cores {calls:.1f} s",
            flush=True,
        )
    print(f"folder, throughput at once against one core: {statistics.median(ratios):.2f} times (goal 1.7)")
    print(f"folder, against one by one where each has all cores: {statistics.median(alone):.2f} times")
    print(f"folder, cores kept busy while at once: {statistics.median(busy):.2f} of {cores.count()}")
    apart(memory_of_many, options.folder, options.small, options.many)


def load_once() -> None:
    """Every command of this process uses one engine, as a server does: start-up is not what is measured."""
    warm_engine()
    original = Studio.__init__

    def warm(self: Studio, settings: Settings) -> None:
        original(self, settings)
        self.networks.__dict__["builtin"] = ENGINES[0]

    Studio.__init__ = warm  # type: ignore[method-assign]


def run_command(files: list[str]) -> None:
    with tempfile.TemporaryDirectory() as out, redirect_stdout(io.StringIO()):
        if commands.main(["matte", *files, "-o", out]):
            raise SystemExit("a photo failed")


def single(files: list[str]) -> None:
    """All photos by one worker with one core."""
    count = cores.count
    cores.count = lambda: 1
    try:
        run_command(files)
    finally:
        cores.count = count


def memory_of_many(folder: Path, size: float, many: int) -> None:
    """What the process holds after ten photos and after all of them; each is another picture."""
    load_once()
    files = [str(photo_file(folder, size, number)) for number in range(min(many, 40))]
    held: list[float] = []
    original = commands._Run._write

    def write(target: Path, data: bytes) -> None:
        original(target, data)
        held.append(megabytes())

    commands._Run._write = staticmethod(write)  # type: ignore[method-assign]
    forget_peak()
    idle = megabytes()
    run_command([files[number % len(files)] for number in range(many)])
    later = max(held[10:])
    print(
        f"folder, memory over {many} photos of {size:g} MP: idle {idle:.0f} MB, at most {max(held[:10]):.0f} MB in the "
        f"first ten, {later:.0f} MB after; at the end {held[-1]:.0f} MB; peak {peak_megabytes():.0f} MB; "
        f"room for {pipeline.ROOM:g} MP at once",
        flush=True,
    )


PARTS = {"network": network, "file": file, "change": change, "folder": folder, "gpu": gpu.report}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", default=[], help=f"of {', '.join(PARTS)}; none: all")
    parser.add_argument("--rvm", type=Path, help="rvm_mobilenetv3_fp32.onnx, for the part network")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "koutu-photos", help="of photos")
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--large", type=float, default=24, help="megapixels for the memory of one")
    parser.add_argument("--small", type=float, default=3, help="megapixels of the photos in the part folder")
    parser.add_argument("--photos", type=int, default=3, help="different photos in the parts network and file")
    parser.add_argument("--batch", type=int, default=24, help="photos in a folder whose time is measured")
    parser.add_argument("--many", type=int, default=200, help="photos in the folder whose memory is watched")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    chosen = options.parts or [part for part in PARTS if part != "network" or options.rvm]
    if wrong := [part for part in chosen if part not in PARTS]:
        parser.error(f"no part {', '.join(wrong)}")
    if "network" in chosen and not options.rvm:
        parser.error("the part network needs --rvm FILE")
    print(machine(), flush=True)
    for part in chosen:
        PARTS[part](options)


if __name__ == "__main__":
    sys.exit(main())
