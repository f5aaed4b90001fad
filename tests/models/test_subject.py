"""What a picture shows, and when it is honest not to say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.network import SUBJECTS
from models.subject import SURE, best_temperature, probabilities, recognise

Floats = NDArray[np.float32]


def logits(**high: float) -> Floats:
    return np.array([high.get(name, 0.0) for name in SUBJECTS], np.float32)


def blobs(*widths: int) -> Floats:
    """Upright boxes of these widths beside each other on an empty 100x300."""
    alpha, left = np.zeros((100, 300), np.float32), 5
    for width in widths:
        alpha[10:90, left : left + width] = 1
        left += width + 10
    return alpha


@pytest.mark.parametrize("kind", [name for name in SUBJECTS if name != "none"])
def test_what_the_network_is_sure_of_is_said(kind: str) -> None:
    subject = recognise(logits(**{kind: 12.0}), blobs(60))
    assert (subject.kind, subject.sure) == (kind, True) and subject.certainty > 0.9


def test_between_two_kinds_it_is_not_sure() -> None:
    subject = recognise(logits(animal=9.0, object=8.9), blobs(60))
    assert subject.kind == "animal" and not subject.sure and 0.4 < subject.certainty < SURE


def test_between_portrait_and_person_it_is_sure_that_there_is_a_person() -> None:
    subject = recognise(logits(portrait=9.0, person=9.1), blobs(60))
    assert (subject.kind, subject.sure) == ("person", True)


def test_an_empty_matte_holds_nothing_whatever_the_network_says() -> None:
    subject = recognise(logits(portrait=12.0), np.zeros((64, 64), np.float32))
    assert (subject.kind, subject.sure) == ("none", True)


def test_something_cut_out_is_never_called_nothing() -> None:
    subject = recognise(logits(none=12.0, plant=3.0), blobs(60))
    assert subject.kind == "plant" and not subject.sure


def test_two_large_people_apart_are_a_group() -> None:
    subject = recognise(logits(person=10.0, portrait=8.0), blobs(50, 40))
    assert subject.kind == "group" and subject.sure


def test_a_person_with_a_speck_beside_stays_one_person() -> None:
    assert recognise(logits(person=10.0), blobs(60, 3)).kind == "person"


def test_two_large_things_apart_are_no_group() -> None:
    assert recognise(logits(object=10.0), blobs(50, 40)).kind == "object"


@given(st.lists(st.floats(-50, 50, width=32), min_size=len(SUBJECTS), max_size=len(SUBJECTS)), st.floats(0.25, 8))
def test_probabilities_add_up_and_keep_the_order(values: list[float], temperature: float) -> None:
    chances = probabilities(np.array(values, np.float32), temperature)
    assert chances.sum() == pytest.approx(1, abs=1e-5)
    assert values[int(np.argmax(chances))] == pytest.approx(max(values), abs=1e-4)


def test_the_best_temperature_undoes_too_much_confidence() -> None:
    random = np.random.default_rng(0)
    honest = random.normal(0, 2, (4000, len(SUBJECTS))).astype(np.float32)
    chances = probabilities(honest, 1.0)
    labels = np.array([random.choice(len(SUBJECTS), p=row / row.sum()) for row in chances.astype(np.float64)])
    assert best_temperature(honest, labels) == pytest.approx(1, rel=0.1)
    assert best_temperature(honest * 3, labels) == pytest.approx(3, rel=0.1)
