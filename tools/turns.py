"""Work that is done once, though several ask for it at the same time."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class Turns:
    """A lock for each key, there only while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._interested: dict[Hashable, int] = {}

    @contextmanager
    def one(self, key: Hashable) -> Iterator[None]:
        """Waits until nobody else is in here with the same key. Not to be entered twice by one thread."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
            self._interested[key] = self._interested.get(key, 0) + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                self._interested[key] -= 1
                if not self._interested[key]:
                    del self._interested[key], self._locks[key]
