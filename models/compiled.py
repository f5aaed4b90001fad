"""Loops over pixels as machine code.

What is done along an edge takes a few numbers a pixel and some sixty steps on them. NumPy makes a pass over memory of
each step, and holds Python's lock between them, so that a second core has nothing to do. Compiled (by Numba, at the
first call; kept on disk for the next start) all steps of a pixel are one pass, and cores work side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from numba import njit

from models import cores

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The function as machine code that lets other threads run meanwhile.

    It may take and return arrays and numbers and call other compiled functions, nothing else. Division by zero gives
    infinity, as in NumPy.
    """
    settings: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        quick: Callable[Arguments, Result] = njit(cache=True, **settings)(function)
    except RuntimeError:  # nowhere to keep it: no folder may be written
        quick = njit(**settings)(function)
    return quick


def side_by_side(work: Callable[[int, int], object], parts: int) -> None:
    """Calls ``work(first, every)`` on as many threads as this picture may use: each does the parts ``first``,
    ``first + every`` ... of ``parts``. Returns when all are done; raises what any of them raised."""
    every = max(1, min(cores.share(), parts))
    if every == 1:
        work(0, 1)
        return
    with ThreadPoolExecutor(every - 1) as pool:
        others = [pool.submit(work, first, every) for first in range(1, every)]
        work(0, every)
        for other in others:
            other.result()
