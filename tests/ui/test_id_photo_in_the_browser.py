"""An ID photo in the chat, from one sentence to the file, in a real browser."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.ui.test_page import ask, confirm, download, page, server, shot  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser


def test_one_sentence_becomes_a_photo_then_a_print_sheet_of_true_size(page: Page, astronaut: Path) -> None:  # noqa: F811
    ask(page, "做成一寸蓝底证件照", astronaut)
    confirm(page)
    expect(page.get_by_text("295 × 413 像素").first).to_be_visible()
    with Image.open(io.BytesIO(download(page))) as photo:
        assert photo.size == (295, 413)
        assert round(photo.info["dpi"][0]) == 300
        assert photo.convert("RGB").getpixel((0, 0)) == (0x43, 0x8E, 0xDB)
    shot(page, "id_photo")

    ask(page, "一寸证件照排在6寸相纸上")
    page.locator('[class*="st-key-manual-"] button').last.click()
    expect(page.get_by_text(re.compile("6 寸相纸 102 × 152 mm")).first).to_be_visible()
    shot(page, "id_photo_form")
    page.get_by_role("button", name="按此执行").last.click()
    expect(page.get_by_text(re.compile("排 10 张")).first).to_be_visible()
    shot(page, "id_photo_sheet")
    with Image.open(io.BytesIO(download(page))) as paper:
        assert paper.size == (1795, 1205)
        assert round(paper.info["dpi"][0]) == 300
