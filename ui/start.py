"""What happens once when the server starts."""

from __future__ import annotations

import re
import time

from tools.ahead import start_compiling
from tools.settings import ROOT, Settings
from ui.session import assistant

DAY = 86_400
OURS = re.compile(r"output_\d{14}(_\d+)?\.(png|jpg|webp|tif|pdf)")


def announce() -> None:
    """Opens everything, says in one line what is in use, and removes results that are older than wanted.

    Raises:
        KoutuError: a setting can't be used, or the network can't start on the device asked for.
    """
    partner = assistant()
    info = partner.studio.engine.info
    named = partner.settings.key and f"DeepSeek ({partner.settings.model})"
    folder = partner.settings.data
    shown = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    print(
        f"Koutu 抠图 · {info.device} {info.precision} · {info.network} {info.version} · "
        f"planner: {named or 'built-in / 内置'} · data: {shown}",
        flush=True,
    )
    clean(partner.settings)
    start_compiling()


def clean(settings: Settings) -> None:
    """Removes results named by the clock (``output_…``) that are older than ``keep_outputs_days``; files that a
    person gave a name stay."""
    oldest = time.time() - settings.keep_outputs_days * DAY
    for path in settings.outputs.glob("output_*"):
        if OURS.fullmatch(path.name) and path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
