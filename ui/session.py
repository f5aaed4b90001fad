"""The one assistant of this server process, which the page and the file routes share."""

from __future__ import annotations

from functools import cache

from agent.turn import Assistant, open_assistant
from tools.settings import Settings


@cache
def assistant() -> Assistant:
    """The assistant, opened at the first call.

    Raises:
        KoutuError: a setting can't be used, or the network can't start on the device asked for.
    """
    return open_assistant(Settings.from_environment())
