"""The one family of errors that a person can cause or must be told of.

    KoutuError
     ├── BadFile             a file that is no usable picture
     ├── BadValue            a value outside of what a tool takes
     ├── NoRoom              disk, memory or a limit is exhausted
     ├── NoSubject           nothing there to cut out, or not what was asked for
     ├── Cancelled           the person stopped the work
     └── PlannerUnavailable  the language model can't be used right now

Each carries the key of a sentence in ``texts/*.toml`` (table ``error``) and the facts that fill it.
Anything else that is raised is a bug.
"""

from __future__ import annotations


class KoutuError(Exception):
    """Something a person can be told in one sentence: ``sentence_key`` names it, ``facts`` fill its blanks."""

    def __init__(self, sentence_key: str, **facts: object) -> None:
        self.sentence_key = sentence_key
        self.facts = facts
        super().__init__(f"{sentence_key} {facts}" if facts else sentence_key)


class BadFile(KoutuError):
    """A file that can't be taken as a picture: no picture, broken, too large, unsupported."""


class BadValue(KoutuError):
    """A value that a tool doesn't take, or a picture that doesn't exist."""


class NoRoom(KoutuError):
    """A bound was reached: disk, memory, number of pictures, length of a queue."""


class NoSubject(KoutuError):
    """The picture holds nothing to cut out, or not what was asked for."""


class Cancelled(KoutuError):
    """The person stopped the work; nothing of the step was kept."""

    def __init__(self) -> None:
        super().__init__("cancelled")


class PlannerUnavailable(KoutuError):
    """The language model can't be reached or refused; the built-in planner can go on."""
