"""Conversations on disk."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from agent.events import Attached, Said
from agent.store import Store
from tests.agent.test_conversation import PICTURE


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "koutu.sqlite3")


def test_events_come_back_in_order_from_another_store_of_the_same_file(store: Store, tmp_path: Path) -> None:
    name = store.create()
    store.append(name, Said("一"), Said("二"))
    store.append(name, Said("三"))
    again = Store(tmp_path / "koutu.sqlite3")
    assert again.events(name) == [Said("一"), Said("二"), Said("三")]
    assert again.count(name) == 3


def test_an_id_is_a_secret_of_128_bits(store: Store) -> None:
    names = {store.create() for _ in range(50)}
    assert len(names) == 50
    assert all(len(bytes.fromhex(n)) == 16 for n in names)


def test_only_conversations_in_which_something_happened_are_listed_latest_first(store: Store) -> None:
    store.create()
    first, second = store.create(), store.create()
    store.append(first, Said("a"))
    store.append(second, Said("b"))
    store.append(first, Said("c"))
    assert [s.id for s in store.conversations()] == [first, second]


def test_a_title_loses_its_line_breaks_and_what_is_too_long(store: Store) -> None:
    name = store.create()
    store.rename(name, "a\n" + "b" * 200)
    summary = store.summary(name)
    assert summary is not None
    assert summary.title == "a " + "b" * 78


def test_appending_to_a_deleted_conversation_is_an_error_and_leaves_nothing(store: Store) -> None:
    name = store.create()
    store.append(name, Said("a"))
    store.delete(name)
    with pytest.raises(KeyError):
        store.append(name, Said("b"))
    assert store.events(name) == []


def test_an_append_that_fails_half_way_leaves_nothing_of_itself(store: Store) -> None:
    name = store.create()
    with pytest.raises(TypeError):
        store.append(name, Said("a"), Said(object()))  # type: ignore[arg-type]
    assert store.count(name) == 0
    store.append(name, Said("b"))
    assert store.events(name) == [Said("b")]


def test_pictures_in_use_are_those_of_every_conversation(store: Store) -> None:
    store.append(store.create(), Attached("p1", PICTURE))
    other = store.create()
    store.append(other, Attached("p1", PICTURE | {"sha256": "cd" * 32}))
    assert store.pictures_in_use() == {"ab" * 32, "cd" * 32}
    store.delete(other)
    assert store.pictures_in_use() == {"ab" * 32}


def test_reading_does_not_wait_for_a_writer_however_long_it_writes(store: Store, tmp_path: Path) -> None:
    name = store.create()
    store.append(name, Said("a"))
    writer = sqlite3.connect(tmp_path / "koutu.sqlite3", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE conversations SET title = 'half written'")
    summary = store.summary(name)
    assert summary is not None and summary.title == ""
    assert (store.count(name), store.events(name)) == (1, [Said("a")])
    writer.execute("ROLLBACK")
    writer.close()


def _append_forever(path: str, name: str) -> None:
    store, number = Store(Path(path)), 0
    while True:
        store.append(name, Said(f"{number}a"), Said(f"{number}b"))
        number += 1


def test_a_kill_in_the_middle_of_writing_leaves_whole_transactions(store: Store, tmp_path: Path) -> None:
    name = store.create()
    process = multiprocessing.get_context("spawn").Process(
        target=_append_forever, args=(str(tmp_path / "koutu.sqlite3"), name)
    )
    process.start()
    deadline = time.monotonic() + 60
    while store.count(name) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    events = Store(tmp_path / "koutu.sqlite3").events(name)
    assert len(events) >= 20
    assert events == [Said(f"{i}{letter}") for i in range(len(events) // 2) for letter in "ab"]
    with sqlite3.connect(tmp_path / "koutu.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
