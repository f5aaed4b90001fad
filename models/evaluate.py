"""The evaluation table: `python -m models.evaluate [--data ../shared/data] [--network NAME|FILE [--raw]]`.

Reads the sets of `public_*.tar` (SET/images/NAME.jpg, SET/alpha/NAME.png), which nothing is ever trained on or chosen
by, and prints IoU, MAE and edge MAE for each set with 95 % intervals.
"""

from __future__ import annotations

import argparse
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.engine import WORKING_SIZE, Engine
from models.measures import Alpha, Measures, bootstrap_interval, mean_measures, measure
from models.others.engine import NetworkError, OtherEngine, located
from models.others.known_networks import default_folder
from models.weights import DEFAULT_WEIGHTS

Pixels = NDArray[np.uint8]
Cutter = Callable[[Pixels], Alpha]

SETS = (
    "people_portraits",
    "people_composites",
    "people_real",
    "people_street",
    "objects_scenes",
    "objects_real",
    "objects_composites",
    "alpha_real",
)


class Picture(NamedTuple):
    """name; rgb uint8 (H, W, 3) sRGB; truth float32 (H, W) in 0..1."""

    name: str
    rgb: Pixels
    truth: Alpha


class Row(NamedTuple):
    """One picture's name and measures."""

    name: str
    measures: Measures


def _read(archive: tarfile.TarFile, member: str, mode: str) -> Pixels:
    file = archive.extractfile(member)
    if file is None:
        raise ValueError(f"{member} is no file")
    return np.asarray(Image.open(io.BytesIO(file.read())).convert(mode))


def names_by_set(data: Path) -> dict[str, list[tuple[Path, str]]]:
    """(tar, member name of the photo) of every evaluation picture, by set. Raises FileNotFoundError without any tar."""
    tars = sorted(data.glob("public_*.tar"))
    if not tars:
        raise FileNotFoundError(f"no public_*.tar in {data}")
    found: dict[str, list[tuple[Path, str]]] = {name: [] for name in SETS}
    for tar in tars:
        with tarfile.open(tar) as archive:
            for member in sorted(archive.getnames()):
                parts = PurePosixPath(member).parts
                if len(parts) == 3 and parts[1] == "images" and parts[0] in found:
                    found[parts[0]].append((tar, member))
    return found


def spread(members: list[tuple[Path, str]], limit: int) -> list[tuple[Path, str]]:
    """At most `limit` (0: all) of them, taken evenly."""
    if not limit or len(members) <= limit:
        return members
    places = np.linspace(0, len(members) - 1, limit).round().astype(int)
    return [members[place] for place in places]


def pictures(members: list[tuple[Path, str]]) -> Iterator[Picture]:
    """The pictures of one set with their truth."""
    for tar, member in members:
        path = PurePosixPath(member)
        with tarfile.open(tar) as archive:
            rgb = _read(archive, member, "RGB")
            truth = _read(archive, f"{path.parts[0]}/alpha/{path.stem}.png", "L")
        yield Picture(path.stem, rgb, truth.astype(np.float32) / 255.0)


def own_cutter(weights: Path, device: str, threads: int | None, size: int = WORKING_SIZE) -> Cutter:
    """The product's own way from picture to alpha, refinement included."""
    engine = Engine(device=device, weights=weights, threads=threads, working_size=size)
    return lambda rgb: engine.matte(rgb).alpha.astype(np.float32) / 255.0


def other_cutter(network: str, folder: Path, device: str, threads: int | None, raw: bool = False) -> Cutter:
    """Someone else's network through the product's door: a known name, whose file lies in ``folder``, or a file.

    raw: its own alpha, enlarged as its authors do (bilinear), instead of refined. Raises NetworkError.
    """
    engine = OtherEngine(*located(network, folder), device=device, threads=threads)
    _ = engine.convention  # opens the file: one that can't be used is told before the table begins
    if not raw:
        return lambda rgb: engine.matte(rgb).alpha.astype(np.float32) / 255.0

    def enlarged(rgb: Pixels) -> Alpha:
        alpha, _ = engine.raw(rgb)
        size = (rgb.shape[1], rgb.shape[0])
        return np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR).clip(0, 1), np.float32)

    return enlarged


def evaluated(cutter: Cutter, members: list[tuple[Path, str]]) -> list[Row]:
    """Measures of every picture of one set."""
    return [Row(each.name, measure(cutter(each.rgb), each.truth)) for each in pictures(members)]


def line(name: str, rows: list[Row]) -> str:
    """One row of the table: set, pictures, then mean and 95 % interval of IoU, MAE and edge MAE."""
    measures = [row.measures for row in rows]
    means, cells = mean_measures(measures), []
    for place, form in enumerate((".3f", ".4f", ".3f")):
        low, high = bootstrap_interval(np.array([each[place] for each in measures], np.float64))
        cells.append(f"{means[place]:{form}} [{low:{form}}, {high:{form}}]")
    return f"| {name} | {len(rows)} | " + " | ".join(cells) + " |"


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of a command line (sys.argv where none is given)."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--size", type=int, default=WORKING_SIZE, help="long side that the network sees")
    parser.add_argument("--limit", type=int, default=0, help="at most this many pictures of a set, taken evenly")
    parser.add_argument("--only", nargs="*", choices=SETS, default=list(SETS), help="only these sets")
    parser.add_argument("--network", metavar="NAME|FILE", help="someone else's network instead of the own one")
    parser.add_argument("--networks", type=Path, default=default_folder(), help="folder of files that names mean")
    parser.add_argument("--raw", action="store_true", help="that network's own alpha, without refinement")
    parser.add_argument("--json", type=Path, help="also write every picture's measures here, the worst first")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Prints the table while it grows."""
    options = parsed(arguments)
    if options.network:
        try:
            cutter = other_cutter(options.network, options.networks, options.device, options.threads, options.raw)
        except NetworkError as error:
            raise SystemExit(str(error)) from error
    else:
        cutter = own_cutter(options.weights, options.device, options.threads, options.size)
    print("| set | pictures | IoU | MAE | edge MAE |\n|---|---|---|---|---|")
    details = {}
    for name, members in names_by_set(options.data).items():
        if name not in options.only or not members:
            continue
        rows = evaluated(cutter, spread(members, options.limit))
        print(line(name, rows), flush=True)
        rows.sort(key=lambda row: -row.measures.mae)
        details[name] = [{"name": row.name, **row.measures._asdict()} for row in rows]
    if options.json:
        options.json.write_text(json.dumps(details, indent=1))


if __name__ == "__main__":
    main()
