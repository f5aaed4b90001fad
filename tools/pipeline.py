"""Several pictures side by side: one is decoded while the network looks at another and a third is encoded.

Each picture goes through all of its steps on one worker, as the steps that keep a core busy alone (reading a JPEG,
arithmetic on tiles, packing) then overlap with the same steps of its neighbour. Results come in the order of the
pictures. How much is in memory is bounded in megapixels, whatever the number of workers.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from models import cores
from tools.errors import Cancelled, KoutuError

Item = TypeVar("Item")
Value = TypeVar("Value")

ROOM = 50.0
"""Megapixels that may be worked on at the same time: two photos of 24. A larger picture is worked on alone."""

AHEAD = 2
"""Results for each worker that may wait for an earlier picture; they are small beside the pixels (encoded files)."""

LOOKS = 0.1  # seconds between two looks at whether the person wants to stop


@dataclass(frozen=True)
class Outcome(Generic[Item, Value]):
    """What became of one picture: the value that ``work`` returned, or the error that it raised."""

    item: Item
    _value: Value | None
    error: Exception | None = None

    def value(self) -> Value:
        """What ``work`` returned; raises what it raised, with a note that names the picture."""
        if self.error is not None:
            raise self.error
        return self._value  # type: ignore[return-value]  # the type of a value may itself allow None


class Room:
    """The megapixels that may be in memory at once."""

    def __init__(self, limit: float) -> None:
        self._limit, self._taken = limit, 0.0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, megapixels: float) -> Iterator[None]:
        """Waits until there is room; one picture always fits into an empty room, however large."""
        with self._changed:
            self._changed.wait_for(lambda: self._taken == 0 or self._taken + megapixels <= self._limit)
            self._taken += megapixels
        try:
            yield
        finally:
            with self._changed:
                self._taken -= megapixels
                self._changed.notify_all()


def side_by_side(
    items: Sequence[Item],
    work: Callable[[Item], Value],
    megapixels: Callable[[Item], float],
    stop: threading.Event,
    *,
    workers: int | None = None,
    room: float = ROOM,
) -> Generator[Outcome[Item, Value]]:
    """Does ``work`` for each item and yields what came of it, in the order of the items.

    An item that fails does not stop the others. When the caller leaves the loop early, nothing new is begun, and what
    is running has ended before the caller goes on: no thread is left. One item alone is worked on in the caller's
    thread.

    Args:
        work: called on several threads at once. It should look at ``stop`` between its steps, so that little is left
            to wait for.
        megapixels: of an item, as they count for ``room``; called on the worker. What it raises is the item's error.
        stop: set from anywhere when the person wants to stop.
        workers: pictures at the same time; None: as many as there are cores.
        room: megapixels at the same time.

    Raises:
        Cancelled: ``stop`` was set and the next result is not there yet.
    """
    most = min(workers or cores.count(), len(items))
    if most <= 1:
        for item in items:
            _demand_on(stop)
            yield _outcome(item, work)
        return
    space = Room(room)

    def in_the_air(item: Item) -> Value:
        _demand_on(stop)
        with space.taken(megapixels(item)), cores.sharing():
            _demand_on(stop)  # it may have waited for room
            return work(item)

    pool = ThreadPoolExecutor(most, "picture")
    try:
        yield from _in_order(pool, items, in_the_air, stop, most * AHEAD)
    except KeyboardInterrupt:
        stop.set()  # what is running ends at its next step
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: ThreadPoolExecutor,
    items: Sequence[Item],
    work: Callable[[Item], Value],
    stop: threading.Event,
    most: int,
) -> Iterator[Outcome[Item, Value]]:
    """At most ``most`` items are begun, or wait to be handed over, at any time."""
    rest, begun = deque(items), deque[Future[Outcome[Item, Value]]]()
    while rest or begun:
        while rest and len(begun) < most:
            begun.append(pool.submit(_outcome, rest.popleft(), work))
        while not wait([begun[0]], LOOKS).done:
            _demand_on(stop)
        yield begun.popleft().result()


def _outcome(item: Item, work: Callable[[Item], Value]) -> Outcome[Item, Value]:
    try:
        return Outcome(item, work(item))
    except Exception as error:  # handed over to the caller, who tells a person's mistake from a bug
        error.add_note(f"while working on {item}")
        if isinstance(error, KoutuError):
            error.__traceback__ = None  # its frames would keep the picture's pixels in memory
        return Outcome(item, None, error)


def _demand_on(stop: threading.Event) -> None:
    if stop.is_set():
        raise Cancelled
