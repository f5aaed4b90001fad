"""Files that are pictures of a store only while something is done with them."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.errors import BadFile
from tools.files.decode import megapixels
from tools.pictures import Picture
from tools.studio import Studio


class Held:
    """Takes files in and forgets them. Files with the same bytes are one picture: the last user forgets it."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._users: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def picture(self, file: Path) -> Iterator[Picture]:
        """The file as a picture of the store, as long as the block lasts. Safe to use from several threads.

        Raises:
            BadFile: it can't be opened, or is no picture.
        """
        data = _read(file)
        key = hashlib.sha256(data).hexdigest()
        with self._lock:
            self._users[key] += 1
        picture: Picture | None = None
        try:
            picture = self._studio.pictures.admit(data, file.name)
            yield picture
        finally:
            with self._lock:
                self._users[key] -= 1
                if not self._users[key]:
                    del self._users[key]
                    if picture is not None:
                        self._studio.forget(picture)

    @staticmethod
    def megapixels(file: Path) -> float:
        """By the file's header; 0 if it can't be told. Raises BadFile if the file can't be opened."""
        return megapixels(_read(file))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadFile("cant_open", name=file.name, reason=error.strerror or str(error)) from error
