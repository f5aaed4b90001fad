"""The latest results of slow pure functions on pictures, so that a change of what follows them need not wait again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = TypeVar("Array", bound=NDArray[np.generic])


class Recent:
    """Arrays by the picture and what was computed of it, within a bound of memory. Safe to use from several threads.

    What it gives out is read-only: it is shared.
    """

    def __init__(self, limit: int) -> None:
        """limit: bytes that all arrays may take together; those that were asked for longest ago go first."""
        self._limit = limit
        self._arrays: OrderedDict[tuple[str, str], NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, picture: str, what: str, make: Callable[[], Array]) -> Array:
        """The array called ``what`` of a picture (its sha256), by ``make`` if it isn't here."""
        with self._lock:
            if (picture, what) in self._arrays:
                self._arrays.move_to_end((picture, what))
                return self._arrays[picture, what]  # type: ignore[return-value]  # of the type that made it
        array = make()
        self.put(picture, what, array)
        return array

    def put(self, picture: str, what: str, array: NDArray[Any]) -> None:
        """Keeps an array, unless it takes more than everything may take together."""
        array.setflags(write=False)
        with self._lock:
            self._arrays[picture, what] = array
            self._arrays.move_to_end((picture, what))
            while self._arrays and sum(a.nbytes for a in self._arrays.values()) > self._limit:
                self._arrays.popitem(last=False)

    def forget(self, picture: str) -> None:
        """Drops everything of a picture."""
        with self._lock:
            for key in [key for key in self._arrays if key[0] == picture]:
                del self._arrays[key]
