"""What happens once when the server starts."""

from __future__ import annotations

import os
import time

from tools.settings import Settings
from ui.start import clean


def test_only_own_results_that_are_old_are_removed(settings: Settings) -> None:
    old = ("output_20260101120000.png", "output_20260101120000_2.jpg", "output_final.psd", "poster.png")
    for name in (*old, "output_20261231235959.png"):
        (settings.outputs / name).write_bytes(b"x")
    for name in old:
        os.utime(settings.outputs / name, (time.time() - 8 * 86_400,) * 2)
    clean(settings)
    left = {p.name for p in settings.outputs.iterdir()}
    assert left == {"output_final.psd", "poster.png", "output_20261231235959.png"}
