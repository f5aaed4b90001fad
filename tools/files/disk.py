"""Files that are either whole or not there."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from tools.errors import NoRoom

UMASK = os.umask(0o077)
os.umask(UMASK)  # there is no other way to read it


def write_atomically(path: Path, data: bytes) -> None:
    """Writes ``data`` to ``path`` so that a kill at any moment leaves the old file, or the new one, whole.

    Raises:
        NoRoom: the disk is full.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~UMASK)  # a temporary file begins as readable by its owner alone
        os.replace(name, path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom("disk_full", folder=str(path.parent)) from error
        raise
