"""What tests of the conversation share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.store import Store
from agent.turn import Assistant
from tests.agent.acting import Open
from tests.agent.scripted import DONE, Scripted
from tests.asking import TOY, Asking
from tools import registry
from tools.settings import Limits, Settings
from tools.studio import Studio


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """Asks a DeepSeek planner that knows one toy tool."""
    monkeypatch.setattr(registry, "tools", lambda: {"matte": TOY})
    return Asking(tmp_path)


@pytest.fixture
def open_(settings: Settings) -> Open:
    def opened(*answers: object, limits: Limits | None = None, planner: Scripted | None = None) -> Assistant:
        chosen = replace(settings, limits=limits) if limits else settings
        store = Store(settings.data / "koutu.sqlite3")
        return Assistant(
            chosen,
            store,
            Studio(chosen),
            planner or Scripted(*answers),  # type: ignore[arg-type]
            Scripted(DONE, DONE, name="built-in"),
        )

    return opened


@pytest.fixture
def me(photo_file: Path) -> list[tuple[str, bytes]]:
    return [("me.jpg", photo_file.read_bytes())]
