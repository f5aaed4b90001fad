"""What is going on in a conversation at this moment; everything else is in the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tools.desk import Progress


@dataclass
class Live:
    """``text`` are the planner's words so far, ``call`` is the call that is being carried out."""

    doing: Literal["waiting", "looking", "planning", "working"] = "waiting"
    text: str = ""
    call: str = ""
    progress: Progress = field(default_factory=Progress)
    again: bool = False  # something was said after the wish to stop: it is for the next thread
