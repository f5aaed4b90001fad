"""What tests of the conversation share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import TOY, Asking
from tools import registry


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """Asks a DeepSeek planner that knows one toy tool."""
    monkeypatch.setattr(registry, "tools", lambda: {"matte": TOY})
    return Asking(tmp_path)
