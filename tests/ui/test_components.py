"""The browser parts in Chromium: each on a page of its own, moved by mouse, keyboard and touch."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.ui.parts_page import FULL, MARKUP, SMALL
from tests.ui.server import Server

pytestmark = pytest.mark.browser
SLOW = 60_000  # ms: a loaded machine may take its time
INNER = "[...document.querySelectorAll('*')].map((e) => e.shadowRoot).filter((r) => r?.querySelector('canvas'))[0]"


class Parts(Server):
    app = "tests/ui/parts_app.py"


def soft_disc(width: int, height: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width]
    away = np.hypot(x - width / 2, y - height / 2)
    return np.clip((height / 3 - away) * 40 + 128, 0, 255).astype(np.uint8)


def write_pictures(folder: Path) -> None:
    """Orange with single pixels of noise, a disc of it cut out; at full size and small."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(1).integers(0, 2, (FULL[1], FULL[0], 1), np.uint8) * 90
    rgb = (np.array([150, 100, 20], np.uint8) + noise).astype(np.uint8)
    for prefix, size in (("", FULL), ("small_", SMALL)):
        shown = Image.fromarray(rgb).resize(size, Image.Resampling.BOX)
        alpha = Image.fromarray(soft_disc(*size))
        shown.save(folder / f"{prefix}before.png")
        alpha.save(folder / f"{prefix}matte.png")
        shown.putalpha(alpha)
        shown.save(folder / f"{prefix}after.png")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    folder = tmp_path_factory.mktemp("parts")
    write_pictures(folder / "data" / "files")
    running = Parts(folder)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def visit(chromium: Browser, server: Parts) -> Iterator[Callable[..., Page]]:
    """Opens a page, and asserts at the end that no script failed and that nothing a person wrote became markup."""
    pages: list[tuple[Page, list[str]]] = []
    expect.set_options(timeout=SLOW)

    def open_page(query: str, **options: Any) -> Page:
        context = chromium.new_context(viewport=options.pop("viewport", {"width": 1280, "height": 900}), **options)
        context.set_default_timeout(SLOW)
        page = context.new_page()
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        pages.append((page, failures))
        page.goto(f"{server.address}/?{query}")
        page.get_by_test_id("stChatInputTextArea").wait_for()
        return page

    yield open_page
    for page, failures in pages:
        assert failures == []
        assert page.evaluate("window.broken") is None
        page.context.close()


def loaded(page: Page) -> Page:
    """Waits until the part shows its pictures."""
    page.locator("canvas").wait_for()
    page.wait_for_function(f"() => {{ const n = {INNER}?.querySelector('.note'); return n && n.hidden }}")
    return page


def pixels(page: Page, selector: str = "canvas") -> NDArray[np.uint8]:
    """What is on the part's canvas now, RGBA (H, W, 4)."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    width, height, data = page.evaluate(
        f"""() => {{ const c = {INNER}.querySelector('{selector}');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let text = '';
        for (let i = 0; i < d.length; i += 4096) text += String.fromCharCode(...d.subarray(i, i + 4096));
        return [c.width, c.height, btoa(text)]; }}"""
    )
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)


def runs(page: Page) -> int:
    return int(page.get_by_text("runs=").inner_text().removeprefix("runs="))


def applied(page: Page) -> Any:
    page.locator("button.primary").click()
    return json.loads(page.get_by_text("applied=").inner_text().removeprefix("applied="))


def test_the_divider_follows_mouse_and_keys_and_only_previews_are_fetched(visit: Callable[..., Page]) -> None:
    page = visit("part=compare")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    page.reload()
    canvas = loaded(page).get_by_role("slider")
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": box["width"] * 0.8, "y": box["height"] / 2})
    expect(canvas).to_have_attribute("aria-valuenow", "80")
    canvas.press("ArrowLeft")
    expect(canvas).to_have_attribute("aria-valuenow", "78")
    shown = pixels(page)
    assert shown[4, 4, 3] == 255  # the original, left of the divider, is opaque
    assert shown[4, -4, 3] == 0  # the result is transparent there
    assert "before.png" not in asked and "small_before.png" in asked


def test_at_100_percent_a_pixel_of_the_picture_is_a_pixel_of_the_screen(
    visit: Callable[..., Page], server: Parts
) -> None:
    page = loaded(visit("part=compare&opaque"))
    expect(page.locator(".grounds")).to_be_hidden()
    with page.expect_response("**/files/before.png"):
        page.locator("[data-zoom=full]").click()
    page.locator("canvas").press("End")
    loaded(page)
    expect(page.locator(".size")).to_have_text("100 %")
    shown = pixels(page)[:, :-30, :3]
    height, width = shown.shape[:2]
    whole = np.asarray(Image.open(server.folder / "data" / "files" / "before.png"))
    left, top = (FULL[0] - shown.shape[1] - 30) // 2, (FULL[1] - height) // 2
    expected = whole[top : top + height, left : left + width]
    same = (np.abs(shown.astype(int) - expected) <= 1).all(axis=2)
    assert same.mean() > 0.9  # all but the round handle of the divider and its shadow


def test_the_matte_can_be_seen_and_a_background_chosen(visit: Callable[..., Page]) -> None:
    page = loaded(visit("part=compare"))
    page.locator("[data-ground=black]").click()
    assert page.locator(".behind").evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(0, 0, 0)"
    page.locator(".own input").fill("#12ab34")
    assert page.locator(".behind").evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(18, 171, 52)"
    with page.expect_response("**/files/small_matte.png"):
        page.locator("[data-look=matte]").click()
    loaded(page)
    shown = pixels(page)
    assert tuple(shown[shown.shape[0] // 2, shown.shape[1] // 2]) == (255, 255, 255, 255)
    assert tuple(shown[4, shown.shape[1] // 2]) == (0, 0, 0, 255)


def test_unsure_places_are_outlined_when_asked_for_and_their_words_are_text(visit: Callable[..., Page]) -> None:
    page = loaded(visit("part=compare"))
    expect(page.locator(".regions")).to_be_hidden()
    page.locator(".unsure").click()
    expect(page.locator(".regions span")).to_have_text(MARKUP)
    place, canvas = page.locator(".regions div").bounding_box(), page.locator("canvas").bounding_box()
    assert place and canvas
    assert place["x"] > canvas["x"] and place["width"] < canvas["width"] / 2


def test_dragging_a_slider_changes_the_picture_without_asking_python(visit: Callable[..., Page]) -> None:
    page = loaded(visit("part=settings"))
    before, ran = pixels(page), runs(page)
    slider = page.get_by_label("erode", exact=True).and_(page.locator("[type=range]"))
    box = slider.bounding_box()
    assert box
    page.mouse.move(box["x"] + 11, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 11, box["y"] + box["height"] / 2, steps=4)
    during = pixels(page)  # the button is still down
    page.mouse.up()
    shrunk = (before[..., 3] > 128).sum() - (during[..., 3] > 128).sum()
    assert shrunk > 0.05 * (before[..., 3] > 128).sum()
    assert runs(page) == ran
    assert page.locator("[type=number]").nth(1).input_value() == "20"


def test_the_color_chosen_lies_behind_the_subject_at_once(visit: Callable[..., Page]) -> None:
    page = loaded(visit("part=settings"))
    expect(page.locator("[type=color]")).to_be_hidden()
    page.get_by_label("kind").select_option("color")
    page.locator(".swatches button").nth(1).click()
    shown = pixels(page)
    assert tuple(shown[4, shown.shape[1] // 2]) == (0x43, 0x8E, 0xDB, 255)


def test_apply_tells_only_what_was_changed(visit: Callable[..., Page]) -> None:
    page = loaded(visit("part=settings"))
    page.locator("[type=number]").first.fill("4.5")
    page.locator("summary").click()
    page.get_by_role("switch").check()
    assert applied(page) == {"c1": {"feather": 4.5, "denoise": True}, "c2": {}}


def test_apply_tells_also_what_a_change_brought_up(visit: Callable[..., Page]) -> None:
    page = loaded(visit("part=settings"))
    page.get_by_label("kind").select_option("picture")
    expect(page.locator(".tiles")).to_have_text(MARKUP)
    page.get_by_label("kind").select_option("color")
    assert applied(page) == {"c1": {}, "c2": {"kind": "color", "color": "#FFFFFF"}}


def test_a_number_that_is_not_allowed_is_not_taken(visit: Callable[..., Page]) -> None:
    page = loaded(visit("part=settings"))
    feather = page.locator("[type=number]").first
    feather.fill("31")
    feather.blur()
    expect(feather).to_have_value("2")
    assert applied(page) == {"c1": {}, "c2": {}}


def test_reset_brings_the_proposed_values_back_and_recommended_values_are_one_click(
    visit: Callable[..., Page],
) -> None:
    page = loaded(visit("part=settings"))
    feather = page.locator("[type=number]").first
    feather.fill("9")
    page.locator(".hint button").first.click()
    expect(feather).to_have_value("2")
    feather.fill("9")
    page.locator(".reset").click()
    expect(page.locator("[type=number]").first).to_have_value("2")


def test_cancel_is_told_and_nothing_else(visit: Callable[..., Page]) -> None:
    page = loaded(visit("part=settings"))
    page.locator("[type=number]").first.fill("9")
    page.locator(".cancel").click()
    expect(page.get_by_text("cancelled")).to_be_visible()
    expect(page.get_by_text("applied=")).to_have_count(0)


def drop(page: Page, files: Path) -> None:
    """A file dragged from outside over the page's heading, and dropped there."""
    carried = page.evaluate_handle(
        """(bytes) => { const d = new DataTransfer();
        d.items.add(new File([new Uint8Array(bytes)], 'dropped.png', {type: 'image/png'})); return d; }""",
        list(files.read_bytes()),
    )
    target = page.get_by_test_id("stApp")
    target.dispatch_event("dragover", {"dataTransfer": carried})
    expect(page.locator(".overlay")).to_be_visible()
    target.dispatch_event("drop", {"dataTransfer": carried})
    expect(page.locator(".overlay")).to_be_hidden()


def test_a_file_dropped_anywhere_is_attached(visit: Callable[..., Page], server: Parts) -> None:
    page = visit("lang=zh")
    file = server.folder / "data" / "files" / "small_matte.png"
    with page.expect_response("**/_stcore/upload_file/**"):
        drop(page, file)
    expect(page.get_by_test_id("stFileChipName")).to_have_attribute("title", "dropped.png")
    page.get_by_test_id("stChatInputTextArea").fill("hello")
    page.get_by_test_id("stChatInputSubmitButton").click()
    expect(page.get_by_text("got=")).to_have_text(f'got=["hello", [["dropped.png", {os.path.getsize(file)}]]]')


def test_a_picture_pasted_anywhere_is_attached(visit: Callable[..., Page]) -> None:
    page = visit("lang=en")
    page.evaluate(
        """() => { const d = new DataTransfer(); d.items.add(new File(['x'], 'pasted.png', {type: 'image/png'}));
        document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: d, bubbles: true})); }"""
    )
    expect(page.get_by_test_id("stFileChipName")).to_have_attribute("title", "pasted.png")


def test_a_chinese_page_says_so_and_the_frameworks_words_are_chinese(visit: Callable[..., Page]) -> None:
    page = visit("lang=zh")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_test_id("stChatInputSubmitButton")).to_have_attribute("aria-label", "发送")
    page.locator('[data-testid="stChatInput"] [type=file]').set_input_files(
        [{"name": "a.png", "mimeType": "image/png", "buffer": b"x"}]
    )
    expect(page.get_by_role("button", name="移除 a.png")).to_be_visible()


def test_an_english_page_keeps_the_frameworks_words(visit: Callable[..., Page]) -> None:
    page = visit("lang=en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_test_id("stChatInputSubmitButton")).to_have_attribute("aria-label", "Send message")


def swipe(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    """One finger, from ``start``, in ten steps."""
    touch = page.context.new_cdp_session(page)
    for step in range(11):
        point = {"x": start[0] + by[0] * step / 10, "y": start[1] + by[1] * step / 10}
        kind = "touchMove" if step else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_on_a_phone_a_swipe_down_scrolls_and_one_sideways_moves_the_divider(visit: Callable[..., Page]) -> None:
    phone = {"width": 390, "height": 600}
    page = loaded(visit("part=compare", viewport=phone, has_touch=True, is_mobile=True, device_scale_factor=2))
    canvas = page.locator("canvas")
    canvas.evaluate("(e) => e.scrollIntoView({block: 'center'})")
    before = canvas.bounding_box()
    assert before
    swipe(page, (before["x"] + 60, before["y"] + 150), (0, -120))
    page.wait_for_function(f"() => {INNER}.querySelector('canvas').getBoundingClientRect().y < {before['y'] - 40}")
    expect(canvas).to_have_attribute("aria-valuenow", "50")
    page.wait_for_timeout(1000)  # a touch while the page still rolls on only stops it
    canvas.evaluate("(e) => e.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(300)
    now = canvas.bounding_box()
    assert now
    swipe(page, (now["x"] + now["width"] / 2, now["y"] + 100), (now["width"] / 4, 0))
    expect(canvas).to_have_attribute("aria-valuenow", "75")


@pytest.mark.parametrize("part", ["compare", "settings"])
def test_nothing_scrolls_sideways_on_a_phone(visit: Callable[..., Page], part: str) -> None:
    page = loaded(visit(f"part={part}&lang=en", viewport={"width": 390, "height": 800}))
    assert page.evaluate("document.scrollingElement.scrollWidth") == 390
    wide = f"[...{INNER}.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > 390).length"
    assert page.evaluate(wide) == 0
