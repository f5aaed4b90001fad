"""Time and memory of a matte: python -m benchmarks.engine [--megapixels 12 24] [--network]

Each size runs in a process of its own, since peak memory only ever grows. The picture is a sample photo enlarged to the
size with a camera's noise, so its edges are as soft as those of an enlarged photo; time depends little on that.
Seconds are the best and the median of a few runs. --network: what layout and precision do for the network alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from models.engine import Engine
from models.network import MattingNetwork
from models.runner import Runner, fold_norms

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 5


def photo(megapixels: float) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 of about that size."""
    small = cv2.imread(str(ROOT / "samples" / "astronaut.png"))
    if small is None:
        raise FileNotFoundError("samples/astronaut.png")
    side = int((megapixels * 1e6) ** 0.5)
    large = cv2.resize(small[..., ::-1], (side, side), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(0).integers(-4, 5, (256, side, 3), dtype=np.int16)
    for top in range(0, side, 256):
        part = large[top : top + 256]
        part[:] = np.clip(part + noise[: len(part)], 0, 255)
    return np.asarray(large, np.uint8)


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(work: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Best and median seconds, after one run to warm up."""
    work()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds), sorted(seconds)[repeats // 2]


def whole(megapixels: float) -> None:
    """One size: seconds in all and in the network, and memory beyond the loaded engine and the picture."""
    started = time.perf_counter()
    engine = Engine()
    loading = time.perf_counter() - started
    engine.matte(photo(0.1))
    picture = photo(megapixels)
    before = peak_megabytes()
    best, median = timed(lambda: engine.matte(picture))
    alone = timed(lambda: engine._look([picture]))[0]
    height, width = picture.shape[:2]
    print(
        f"{width}x{height}: {best:.2f} s (median {median:.2f}), network {alone:.2f} s of it; "
        f"{peak_megabytes() - before:.0f} MB beyond {before:.0f} MB of program, network and picture; "
        f"engine ready in {loading:.2f} s; {engine.info.device}, {engine.info.precision}",
        flush=True,
    )


def network_alone() -> None:
    """512x352 in float32 as trained, folded and channels-last, and in the engine's precision; ratios of one run."""
    torch.manual_seed(0)
    network = MattingNetwork().eval()
    folded = fold_norms(MattingNetwork().eval())
    last = fold_norms(MattingNetwork().eval()).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    picture = torch.rand(1, 3, 512, 352)
    runner = Runner(network, torch.device("cpu"))
    pictures = np.zeros((1, 512, 352, 3), np.uint8)
    with torch.inference_mode():
        ways = {
            "float32 as trained": timed(lambda: network(picture))[0],
            "float32, norms folded": timed(lambda: folded(picture))[0],
            "float32, folded, channels-last": timed(
                lambda: last(picture.contiguous(memory_format=torch.channels_last))
            )[0],
            f"engine ({runner.precision})": timed(lambda: runner(pictures))[0],
        }
    first = next(iter(ways.values()))
    for name, seconds in ways.items():
        print(f"{name:32} {seconds * 1000:6.0f} ms  {first / seconds:5.1f} times as fast")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1, 12, 24])
    parser.add_argument("--network", action="store_true")
    options = parser.parse_args()
    if options.network:
        return network_alone()
    for megapixels in options.megapixels:
        process = multiprocessing.get_context("spawn").Process(target=whole, args=(megapixels,))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
