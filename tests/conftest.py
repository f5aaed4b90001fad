"""What several tests share: own folders, real photos, a browser. Nobody's settings or keys reach a test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tools.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
# A busy machine must not fail a test: speed is measured by benchmarks.
hypothesis.settings.register_profile("koutu", deadline=None)
hypothesis.settings.load_profile("koutu")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def documented_variables() -> list[str]:
    """The names of all settings, as .env.example lists them."""
    return re.findall(r"^([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)


def no_browser() -> str | None:
    """Why browser tests can't run here; None where they can."""
    if reason := os.environ.get("KOUTU_NO_BROWSER"):
        return reason
    return None if any(map(shutil.which, BROWSERS)) else "Chromium is not installed"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = no_browser()
    for item in items:
        if reason and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in the environment would be used, and paid for; other settings would change what is tested."""
    for name in documented_variables():
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, with an outputs folder beside it, as DATA_DIR and OUTPUTS_DIR."""
    data, outputs = tmp_path / "data", tmp_path / "outputs"
    data.mkdir()
    outputs.mkdir()
    monkeypatch.setenv("DATA_DIR", str(data))
    monkeypatch.setenv("OUTPUTS_DIR", str(outputs))
    return data


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """The product's settings on folders of the test's own; on the CPU, which every machine has."""
    return Settings(data=data_dir, outputs=data_dir.parent / "outputs", device="cpu")


@pytest.fixture(scope="session")
def astronaut() -> Path:
    """A portrait with loose hair before a busy background, PNG, 512×512."""
    return SAMPLES / "astronaut.png"


@pytest.fixture(scope="session")
def cat() -> Path:
    """A cat's head, PNG, 451×300."""
    return SAMPLES / "cat.png"


@pytest.fixture(scope="session")
def coffee() -> Path:
    """A cup on a table, PNG, 600×400."""
    return SAMPLES / "coffee.png"


@pytest.fixture
def photo(astronaut: Path) -> NDArray[np.uint8]:
    """A small real photo: the portrait at 96×96, uint8 (96, 96, 3), sRGB."""
    with Image.open(astronaut) as picture:
        return np.asarray(picture.convert("RGB").resize((96, 96), Image.Resampling.BOX))


@pytest.fixture
def photo_file(photo: NDArray[np.uint8], tmp_path: Path) -> Path:
    """The small photo as a JPEG file."""
    path = tmp_path / "me.jpg"
    Image.fromarray(photo).save(path, quality=95)
    return path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, started once; open a context of your own in it. Mark such tests ``browser``."""
    if reason := no_browser():
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=as_root)
        yield browser
        browser.close()
