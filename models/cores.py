"""How many cores one picture may use: all of them while it is alone, its share while several are in the air.

Two pictures side by side with one core each take less time than one after the other with two: no step of a picture
keeps two cores busy from its beginning to its end.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_guard = threading.Lock()
_pictures = 0


def count() -> int:
    """The cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def sharing() -> Iterator[None]:
    """While a picture is worked on beside others: each of them uses its share."""
    global _pictures
    with _guard:
        _pictures += 1
    try:
        yield
    finally:
        with _guard:
            _pictures -= 1


def share() -> int:
    """The threads that a step of a picture may use now; at least 1. No step's result may depend on it."""
    return max(1, count() // max(1, _pictures))
