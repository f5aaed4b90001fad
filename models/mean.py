"""The mean of several weights files of one chain of runs: python -m models.mean OUT FILE[:COUNT] FILE[:COUNT] …

Runs that began with each other's weights lie in one valley, and the mean of where they ended does better on held-out
pictures than each (docs/training.md; Wortsman et al. 2022, "Model soups"). COUNT says how often a file counts (1).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from models.network import MattingNetwork
from models.weights import WeightsError, load_weights, save_weights


def mean_of(files: Sequence[tuple[Path, float]]) -> tuple[MattingNetwork, dict[str, str]]:
    """The network whose weights are the mean of the files', each counted as often as told; facts of the first file.

    Raises ValueError without a file or for a count that is not above 0, WeightsError for a file that can't be used.
    """
    if not files or any(count <= 0 for _, count in files):
        raise ValueError("the mean needs files, each counted more than zero times")
    total = sum(count for _, count in files)
    network, facts = load_weights(files[0][0])
    sums = {k: v * (files[0][1] / total) for k, v in network.state_dict().items() if v.is_floating_point()}
    for path, count in files[1:]:
        for name, value in load_weights(path)[0].state_dict().items():
            if name in sums:
                sums[name] += value * (count / total)
    network.load_state_dict(sums, strict=False)
    return network, {k: v for k, v in facts.items() if k not in ("sha256", "network")}


def counted(text: str) -> tuple[Path, float]:
    """FILE or FILE:COUNT."""
    name, mark, count = text.rpartition(":")
    return (Path(name), float(count)) if mark and count.replace(".", "", 1).isdigit() else (Path(text), 1.0)


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the mean."""
    parser = argparse.ArgumentParser(prog="python -m models.mean", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("files", nargs="+", type=counted, metavar="FILE[:COUNT]")
    options = parser.parse_args(arguments)
    try:
        network, facts = mean_of(options.files)
        told = ", ".join(f"{path.parent.name}/{path.stem} {count:g}" for path, count in options.files)
        save_weights(network, options.out, {**facts, "mean": told})
    except (WeightsError, ValueError) as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
