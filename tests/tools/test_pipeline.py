"""Several pictures side by side: their order, what one that fails does to the others, stopping, memory, threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import cores
from tools.errors import Cancelled, NoSubject
from tools.pipeline import AHEAD, Outcome, side_by_side
from tools.turns import Turns

PATIENCE = 30  # seconds after which a test that waits for something fails


def small(_: object) -> float:
    return 1.0


def values(outcomes: list[Outcome[int, int]]) -> list[int]:
    return [outcome.value() for outcome in outcomes]


def workers_left() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("picture")]


@given(st.lists(st.integers(), max_size=30), st.integers(1, 5))
def test_every_picture_gives_its_own_result_in_order(pictures: list[int], workers: int) -> None:
    results = list(side_by_side(pictures, lambda n: n * 2, small, threading.Event(), workers=workers))
    assert [r.item for r in results] == pictures
    assert values(results) == [n * 2 for n in pictures]


def test_a_later_picture_that_is_ready_first_waits_for_the_earlier_one() -> None:
    second_is_done = threading.Event()

    def work(picture: int) -> int:
        if picture == 1:
            assert second_is_done.wait(PATIENCE)
        second_is_done.set()
        return picture

    assert values(list(side_by_side([1, 2], work, small, threading.Event(), workers=2))) == [1, 2]


def test_two_pictures_are_really_in_the_air_at_once() -> None:
    together = threading.Barrier(2)
    results = side_by_side([1, 2], lambda n: together.wait(PATIENCE) * 0 + n, small, threading.Event(), workers=2)
    assert values(list(results)) == [1, 2]


def test_one_that_fails_does_not_stop_the_others_and_its_error_names_it() -> None:
    def work(picture: str) -> str:
        if picture == "p2":
            raise NoSubject("no_subject", name=picture)
        return picture

    first, second, third = side_by_side(["p1", "p2", "p3"], work, small, threading.Event(), workers=2)
    assert (first.value(), third.value()) == ("p1", "p3")
    assert second.item == "p2" and isinstance(second.error, NoSubject)
    with pytest.raises(NoSubject) as caught:
        second.value()
    assert caught.value.__notes__ == ["while working on p2"]


@pytest.mark.parametrize("count", [1, 4])
def test_a_bug_of_one_picture_reaches_the_caller_and_names_the_picture(count: int) -> None:
    outcomes = list(side_by_side(range(count), lambda n: 1 // n, small, threading.Event(), workers=2))
    with pytest.raises(ZeroDivisionError) as caught:
        outcomes[0].value()
    assert caught.value.__notes__ == ["while working on 0"]


def test_a_size_that_can_not_be_told_is_that_picture_s_error() -> None:
    outcomes = list(side_by_side([1, 0], lambda n: n, lambda n: 1 / n, threading.Event(), workers=2))
    assert outcomes[0].value() == 1
    assert isinstance(outcomes[1].error, ZeroDivisionError)


def until_stopped(stop: threading.Event, seen: list[int]) -> Callable[[int], int]:
    """Work on a picture that takes until the person stops it, but for the first two."""

    def work(picture: int) -> int:
        seen.append(picture)
        if picture > 1:
            assert stop.wait(PATIENCE)
            raise Cancelled
        return picture

    return work


def test_a_stop_ends_the_run_and_begins_nothing_new() -> None:
    stop, seen = threading.Event(), list[int]()
    results = side_by_side(range(50), until_stopped(stop, seen), small, stop, workers=2)
    assert [next(results).value(), next(results).value()] == [0, 1]
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(Cancelled):
        next(results).value()
    results.close()  # type: ignore[attr-defined]
    assert not workers_left()
    assert len(seen) <= 4


def test_a_run_that_is_stopped_before_it_begins_touches_no_picture() -> None:
    stop, seen = threading.Event(), list[int]()
    stop.set()
    for pictures in ([1], [1, 2, 3]):
        with pytest.raises(Cancelled):
            values(list(side_by_side(pictures, until_stopped(stop, seen), small, stop, workers=2)))
    assert seen == []


def test_leaving_early_leaves_no_thread_and_begins_nothing_new() -> None:
    begun: list[int] = []

    def work(picture: int) -> int:
        begun.append(picture)
        return picture

    results = side_by_side(range(100), work, small, threading.Event(), workers=3)
    assert next(results).value() == 0
    results.close()  # type: ignore[attr-defined]
    count = len(begun)
    assert count <= 3 * AHEAD + 1
    assert not workers_left()
    assert len(begun) == count


def test_no_thread_is_left_after_the_last_picture() -> None:
    assert len(list(side_by_side(range(9), lambda n: n, small, threading.Event(), workers=4))) == 9
    assert not workers_left()


class InTheAir:
    """Work that counts how many megapixels are in the air together with it."""

    def __init__(self) -> None:
        self.now, self.most, self.shares = 0.0, 0.0, list[int]()
        self._lock = threading.Lock()
        self._pause = threading.Event()

    def __call__(self, megapixels: float) -> float:
        with self._lock:
            self.now += megapixels
            self.most = max(self.most, self.now)
            self.shares.append(cores.share())
        self._pause.wait(0.002)  # lets the others in
        with self._lock:
            self.now -= megapixels
        return megapixels


@given(st.lists(st.integers(1, 60), min_size=2, max_size=14), st.integers(2, 6))
def test_no_more_megapixels_are_in_the_air_than_there_is_room_for(sizes: list[int], workers: int) -> None:
    work = InTheAir()
    results = side_by_side(sizes, work, float, threading.Event(), workers=workers, room=50)
    assert [r.value() for r in results] == sizes
    assert work.most <= max(50, *sizes)


def test_results_that_nobody_takes_hold_the_run_back() -> None:
    done: list[int] = []
    results = side_by_side(range(100), lambda n: done.append(n), small, threading.Event(), workers=2)
    next(results)
    deadline = threading.Event()
    for _ in range(50):
        deadline.wait(0.002)
    assert len(done) <= 2 * AHEAD
    results.close()  # type: ignore[attr-defined]


def test_pictures_in_the_air_share_the_cores() -> None:
    together, shares = threading.Barrier(2), list[int]()

    def work(picture: int) -> None:
        together.wait(PATIENCE)
        shares.append(cores.share())
        together.wait(PATIENCE)

    list(side_by_side([1, 2], work, small, threading.Event(), workers=2))
    assert shares == [max(1, cores.count() // 2)] * 2
    assert cores.share() == cores.count()


def test_one_picture_is_worked_on_in_the_caller_s_own_thread() -> None:
    (outcome,) = side_by_side([1], lambda _: threading.current_thread(), small, threading.Event())
    assert outcome.value() is threading.current_thread()


def test_equal_keys_take_turns_and_others_do_not_wait() -> None:
    turns, order = Turns(), list[str]()
    entered, other_done = threading.Event(), threading.Event()

    def first() -> None:
        with turns.one("a"):
            entered.set()
            assert other_done.wait(PATIENCE)
            order.append("first")

    def second() -> None:
        with turns.one("a"):
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert entered.wait(PATIENCE)
    threads[1].start()
    with turns.one("b"):  # would never get in behind "a"
        other_done.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert order == ["first", "second"]
