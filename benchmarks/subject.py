"""How honest the subject's certainty is: python -m benchmarks.subject

On the held-out pictures of the training packs: the temperature that models/subject.py should have, what is right with
how much certainty, how often a picture that is called by a kind "for sure" is of that kind, and what is taken for what.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.engine import Engine
from models.network import SUBJECTS
from models.subject import PEOPLE, SURE, TEMPERATURE, best_temperature, probabilities
from models.training.cache import open_cache
from models.training.data import subject_number
from models.training.losses import UNKNOWN_SUBJECT
from models.training.validation import held_out_pictures

Floats = NDArray[np.float32]


def collected(engine: Engine, options: argparse.Namespace) -> tuple[Floats, NDArray[np.int64]]:
    """Logits (n, K) and true kinds (n,) of the held-out pictures whose subject is known."""
    logits, labels = [], []
    held = held_out_pictures(open_cache(options.data, options.cache))
    for _, entry, pixels in held[:: options.every]:
        number = subject_number(entry.subject)
        if number != UNKNOWN_SUBJECT:
            (seen,) = engine._look([np.ascontiguousarray(pixels[..., :3])])
            logits.append(seen.logits)
            labels.append(number)
    return np.stack(logits), np.array(labels, np.int64)


def report(logits: Floats, labels: NDArray[np.int64], temperature: float) -> None:
    """Right by certainty, and right among the sure, at one temperature."""
    chances = probabilities(logits, temperature)
    said, certainty = chances.argmax(1), chances.max(1)
    right = said == labels
    people = [SUBJECTS.index(name) for name in PEOPLE]
    near = right | (np.isin(said, people) & np.isin(labels, people))
    print(f"temperature {temperature:.2f}: {right.mean():.3f} right, {near.mean():.3f} with any kind of people as one")
    for low, high in ((0, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        some = (certainty >= low) & (certainty < high)
        if some.any():
            print(f"  certainty {certainty[some].mean():.2f}: {right[some].mean():.2f} right ({some.sum()} pictures)")
    sure = certainty >= SURE
    print(f"  sure (from {SURE}): {sure.mean():.2f} of the pictures, {right[sure].mean():.3f} of them right")


def confusion(logits: Floats, labels: NDArray[np.int64]) -> None:
    """A row for each true kind, a column for what was said, in pictures."""
    said = logits.argmax(1)
    print("| true \\ said | " + " | ".join(SUBJECTS) + " |\n|---|" + "---|" * len(SUBJECTS))
    for number, name in enumerate(SUBJECTS):
        counts = np.bincount(said[labels == number], minlength=len(SUBJECTS))
        if counts.sum():
            print(f"| {name} | " + " | ".join(str(count) if count else "" for count in counts) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take only each Nth picture")
    options = parser.parse_args()
    logits, labels = collected(Engine(weights=options.weights), options)
    best = best_temperature(logits, labels)
    print(f"{len(labels)} pictures; models/subject.py has {TEMPERATURE}, the best is {best:.2f}")
    for temperature in (TEMPERATURE, best):
        report(logits, labels, temperature)
    confusion(logits, labels)


if __name__ == "__main__":
    main()
