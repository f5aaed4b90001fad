"""Loops over pixels as machine code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models import compiled as module
from models import cores
from models.compiled import compiled, side_by_side


def doubled_sum(values: np.ndarray[Any, np.dtype[np.int64]]) -> int:
    total = 0
    for value in values:
        total += 2 * value
    return total


def test_a_compiled_function_gives_what_python_gives() -> None:
    assert compiled(doubled_sum)(np.arange(10)) == doubled_sum(np.arange(10)) == 90


def test_it_works_where_nothing_can_be_kept_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = module.njit

    def nowhere(cache: bool = False, **settings: Any) -> Callable[..., Any]:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return plain(**settings)

    monkeypatch.setattr(module, "njit", nowhere)
    assert compiled(doubled_sum)(np.arange(10)) == 90


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("parts", [0, 1, 7])
def test_every_part_is_done_once_on_any_number_of_threads(
    monkeypatch: pytest.MonkeyPatch, threads: int, parts: int
) -> None:
    monkeypatch.setattr(cores, "share", lambda: threads)
    done = np.zeros(parts, np.int64)

    def work(first: int, every: int) -> None:
        done[first::every] += 1

    side_by_side(work, parts)
    assert (done == 1).all()


def test_what_one_of_the_threads_raises_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "share", lambda: 2)

    def work(first: int, every: int) -> None:
        if first == 1:
            raise ValueError("the second thread")

    with pytest.raises(ValueError, match="the second thread"):
        side_by_side(work, 4)
