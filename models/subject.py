"""What a picture shows, how sure that is, and when "not sure" is the honest answer."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.network import SUBJECTS

Floats = NDArray[np.float32]

TEMPERATURE = 0.87
"""What logits are divided by, so that a certainty of 0.8 is right in 8 of 10 pictures. `python -m benchmarks.subject`
computes it on pictures kept back from training (0.87 on 263 of them). Training smooths labels, so raw certainties are
too low."""

SURE = 0.7  # certainty from which on the picture is said to show something
NOTHING = 0.004  # share of the picture below which there is nothing to cut out
LARGE = 0.15  # share of the largest region from which on another region counts as one more person
PEOPLE = ("portrait", "person", "group")
ONE_PERSON = ("portrait", "person")  # they differ by how much of the body is seen, and are told as the same


@dataclass(frozen=True)
class Subject:
    """What is to be cut out.

    kind: portrait, person, group, animal, object, vehicle, food, plant or none.
    certainty: 0..1, the calibrated probability that kind is right; of one person, be it portrait or person.
    sure: False means that a person should be told "not sure" rather than the kind.
    """

    kind: str
    certainty: float
    sure: bool


def recognise(logits: Floats, alpha: Floats) -> Subject:
    """Names the subject from the network's view of the whole and from what it cut out.

    Args:
        logits: (len(SUBJECTS),) float32.
        alpha: (h, w) float32, 0..1.
    """
    chances = dict(zip(SUBJECTS, probabilities(logits, TEMPERATURE).tolist(), strict=True))
    if float(alpha.mean()) < NOTHING:
        return Subject("none", 1.0, True)
    kind = max(chances, key=lambda name: chances[name])
    people = sum(chances[name] for name in PEOPLE)
    if kind in PEOPLE and kind != "group" and _large_regions(alpha) > 1:
        return _subject("group", people)
    if kind == "none":  # something was cut out all the same: name the likeliest thing, but not as a fact
        kind = max((name for name in chances if name != "none"), key=lambda name: chances[name])
        return Subject(kind, chances[kind], False)
    if kind in ONE_PERSON:
        return _subject(kind, sum(chances[name] for name in ONE_PERSON))
    return _subject(kind, chances[kind])


def probabilities(logits: Floats, temperature: float) -> Floats:
    """Softmax of logits / temperature over the last axis, float32."""
    scaled = np.asarray(logits, np.float64) / temperature
    powers = np.exp(scaled - scaled.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True), np.float32)


def best_temperature(logits: Floats, labels: NDArray[np.int64]) -> float:
    """The temperature with the least cross entropy (Guo et al. 2017, "On Calibration of Modern Neural Networks").

    Args:
        logits: (n, len(SUBJECTS)) float32 of pictures that were not trained on.
        labels: (n,) the true index into SUBJECTS.
    """
    candidates = np.geomspace(0.25, 8, 401)
    rows = np.arange(len(labels))
    losses = [-np.log(probabilities(logits, float(t))[rows, labels] + 1e-12).mean() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def _subject(kind: str, certainty: float) -> Subject:
    certainty = min(1.0, float(certainty))
    return Subject(kind, certainty, certainty >= SURE)


def _large_regions(alpha: Floats) -> int:
    """How many separate parts are of a size with the largest."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((alpha >= 0.5).astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    return int((areas >= LARGE * areas.max()).sum()) if len(areas) else 0
