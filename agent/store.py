"""Conversations on disk: SQLite, append-only events, one transaction for each append.

Several threads and processes may use one file (WAL). A conversation's id is a secret of 128 bits: whoever has the
address has the conversation.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.events import Attached, Event, from_json, to_json

SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, title TEXT NOT NULL DEFAULT '', language TEXT NOT NULL DEFAULT 'zh',
    automatic INTEGER NOT NULL DEFAULT 0, created REAL NOT NULL, updated REAL NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    number INTEGER NOT NULL, at REAL NOT NULL, body TEXT NOT NULL, PRIMARY KEY (conversation, number));
"""


@dataclass(frozen=True)
class Summary:
    """A conversation in the list. ``automatic``: carry out without asking. Times are seconds since 1970."""

    id: str
    title: str
    language: str
    automatic: bool
    created: float
    updated: float


class Store:
    """The file ``path`` and its two tables; made if absent."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()
        with self._writing():
            pass  # makes the file, so that one that can't be written is told at the start

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
        return connection

    def _read(self, query: str, values: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows; takes no lock, so that it waits for no writer (WAL)."""
        return self._connection().execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A block that is one transaction; waits for another writer."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(SCHEMA)
        return connection

    def create(self, language: str = "zh") -> str:
        """A new, empty conversation; its id."""
        name, now = secrets.token_hex(16), time.time()
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO conversations (id, language, created, updated) VALUES (?, ?, ?, ?)",
                (name, language, now, now),
            )
        return name

    def exists(self, conversation: str) -> bool:
        """Whether there is a conversation with this id."""
        return self.summary(conversation) is not None

    def summary(self, conversation: str) -> Summary | None:
        """The conversation's line in the list, or None."""
        return next((s for s in self._summaries("WHERE id = ?", (conversation,))), None)

    def conversations(self) -> list[Summary]:
        """Conversations in which something happened, the latest first."""
        return self._summaries("WHERE EXISTS (SELECT 1 FROM events WHERE conversation = id) ORDER BY updated DESC", ())

    def _summaries(self, condition: str, values: tuple[str, ...]) -> list[Summary]:
        columns = "id, title, language, automatic, created, updated"
        rows = self._read(f"SELECT {columns} FROM conversations {condition}", values)
        return [Summary(r[0], r[1], r[2], bool(r[3]), r[4], r[5]) for r in rows]

    def append(self, conversation: str, *events: Event) -> int:
        """Adds events in one transaction; gives the number of events there are then.

        Raises:
            KeyError: there is no such conversation (any more).
        """
        with self._writing() as connection:
            now = time.time()
            touched = connection.execute(
                "UPDATE conversations SET updated = ? WHERE id = ?", (now, conversation)
            ).rowcount
            if not touched:
                raise KeyError(conversation)
            count = self.count(conversation)
            connection.executemany(
                "INSERT INTO events (conversation, number, at, body) VALUES (?, ?, ?, ?)",
                [(conversation, count + i, now, json.dumps(to_json(e))) for i, e in enumerate(events)],
            )
        return count + len(events)

    def events(self, conversation: str) -> list[Event]:
        """All events, in order; empty for an unknown conversation."""
        rows = self._read("SELECT body FROM events WHERE conversation = ? ORDER BY number", (conversation,))
        return [from_json(json.loads(body)) for (body,) in rows]

    def times(self, conversation: str) -> list[float]:
        """When each event happened, seconds since 1970."""
        rows = self._read("SELECT at FROM events WHERE conversation = ? ORDER BY number", (conversation,))
        return [at for (at,) in rows]

    def count(self, conversation: str) -> int:
        """How many events there are: a cheap way to see whether anything happened."""
        return int(self._read("SELECT COUNT(*) FROM events WHERE conversation = ?", (conversation,))[0][0])

    def rename(self, conversation: str, title: str) -> None:
        """Gives it a title of at most 80 characters."""
        self._set(conversation, "title", " ".join(title.split())[:80])

    def set_automatic(self, conversation: str, automatic: bool) -> None:
        """Whether plans are carried out without asking."""
        self._set(conversation, "automatic", int(automatic))

    def set_language(self, conversation: str, language: str) -> None:
        """The language of the page at the latest thing said."""
        self._set(conversation, "language", language)

    def _set(self, conversation: str, column: str, value: str | int) -> None:
        with self._writing() as connection:
            connection.execute(f"UPDATE conversations SET {column} = ? WHERE id = ?", (value, conversation))

    def delete(self, conversation: str) -> None:
        """Removes it and its events. Pictures and files are the caller's to remove."""
        with self._writing() as connection:
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))

    def pictures_in_use(self) -> set[str]:
        """The sha256 of every picture of every conversation."""
        rows = self._read("SELECT body FROM events WHERE body LIKE '%\"Attached\"%'")
        attached = (from_json(json.loads(body)) for (body,) in rows)
        return {e.picture["sha256"] for e in attached if isinstance(e, Attached)}
