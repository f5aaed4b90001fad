"""The page in a real browser against a real server, as a person uses it. Screenshots land in build/screenshots."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fake_deepseek import KEY, FakeDeepSeek, calls, refuse, words
from tests.ui.server import Server

pytestmark = pytest.mark.browser
SHOTS = Path(
    os.environ.get("KOUTU_SCREENSHOTS", Path(__file__).resolve().parent.parent.parent / "build" / "screenshots")
)
MAIN = "[data-testid=stMain], [data-testid=stAppScrollToBottomContainer]"  # the second once the input is docked
SLOW = 90_000  # ms: a loaded machine may take its time
expect.set_options(timeout=SLOW)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    running.kill()


def context(browser: Browser, locale: str = "zh-CN", width: int = 1280, scheme: str = "light") -> BrowserContext:
    made = browser.new_context(
        locale=locale,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        accept_downloads=True,
        has_touch=width < 500,
    )
    made.set_default_timeout(SLOW)
    return made


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[Page]:
    made = context(chromium)
    page = made.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    open_page(page, server)
    yield page
    text = page.inner_text("body")
    made.close()
    assert "Traceback" not in text
    assert failures == []


def open_page(page: Page, server: Server, query: str = "") -> None:
    page.goto(server.address + query)
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_visible()
    page.wait_for_url(re.compile(r"c=[0-9a-f]{32}"))


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def attach(page: Page, *files: Path) -> None:
    page.locator('[data-testid="stChatInput"] input[type=file]').first.set_input_files([str(f) for f in files])
    expect(page.get_by_test_id("stChatInput")).to_contain_text(files[0].name)


def send(page: Page, text: str) -> None:
    """Types it and presses Enter; the page takes nothing before an attached file has arrived whole."""
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(text)
    button = page.get_by_test_id("stChatInputSubmitButton")
    expect(button).to_be_enabled()
    box.press("Enter")
    expect(box).to_be_empty()


def ask(page: Page, text: str, *files: Path) -> None:
    if files:
        attach(page, *files)
    send(page, text)


def confirm_button(page: Page) -> object:
    return page.locator('[class*="st-key-confirm-"] button')


def confirm(page: Page) -> None:
    page.locator('[class*="st-key-confirm-"] button').click()


def result(page: Page) -> object:
    return page.locator('[class*="st-key-actions-"]')


def download(page: Page) -> bytes:
    with page.expect_download() as waiting:
        page.locator('[class*="st-key-actions-"] a').last.click()
    return waiting.value.path().read_bytes()


def test_a_portrait_is_cut_out_after_one_click(page: Page, astronaut: Path) -> None:
    shot(page, "start-desktop")
    ask(page, "帮我把这个模特图抠出来，我要做海报", astronaut)
    expect(page.locator('[class*="st-key-confirm-"] button')).to_have_text("✔️ 确认")
    expect(page.locator('[class*="st-key-manual-"] button')).to_have_text("🔧 手动设置")
    shot(page, "proposal-desktop")
    confirm(page)
    expect(page.locator('[class*="st-key-actions-"]')).to_be_visible()
    expect(page.locator('[class*="st-key-confirm-"] button')).to_have_count(0)
    expect(page.get_by_text("✔️ 已确认")).to_be_visible()
    page.wait_for_timeout(1500)
    shot(page, "result-desktop")
    picture = Image.open(io.BytesIO(download(page)))
    assert (picture.mode, picture.size) == ("RGBA", (512, 512))
    rgba = np.asarray(picture)
    original = np.asarray(Image.open(astronaut).convert("RGB"))
    sure = rgba[..., 3] == 255
    assert sure.mean() > 0.1
    assert np.array_equal(rgba[sure][:, :3], original[sure])


def test_the_downloaded_bytes_are_those_of_the_exported_file(page: Page, server: Server, astronaut: Path) -> None:
    ask(page, "换成红底，导出JPG", astronaut)
    confirm(page)
    link = page.locator('[class*="st-key-file-"] a')
    expect(link).to_be_visible()
    with page.expect_download() as waiting:
        link.click()
    written = server.folder / "outputs" / waiting.value.suggested_filename
    assert re.fullmatch(r"output_\d{14}(_\d+)?\.jpg", written.name)
    assert waiting.value.path().read_bytes() == written.read_bytes()


def test_own_values_from_the_form_show_in_the_result(page: Page, astronaut: Path) -> None:
    ask(page, "抠图，换成白底", astronaut)
    page.locator('[class*="st-key-manual-"] button').click()
    slider = page.get_by_label("边缘内缩").and_(page.locator("[type=range]")).first
    expect(slider).to_be_visible()
    page.wait_for_timeout(800)
    shot(page, "form-desktop")
    slider.evaluate(
        "e => { e.value = 9; e.dispatchEvent(new Event('input', {bubbles: true}));"
        " e.dispatchEvent(new Event('change', {bubbles: true})); }"
    )
    page.locator(".settings .acts .primary").click()
    expect(page.get_by_text("🔧 已按手动设置执行")).to_be_visible()
    expect(page.locator('[class*="st-key-result-"]')).to_contain_text("内缩 9")


def test_with_a_background_alone_the_edge_can_be_set_by_hand_too(page: Page, astronaut: Path) -> None:
    ask(page, "换成白底", astronaut)
    page.locator('[class*="st-key-manual-"] button').click()
    page.locator(".settings details summary").click()
    slider = page.get_by_label("羽化").and_(page.locator("[type=range]")).first
    expect(slider).to_be_visible()
    page.wait_for_timeout(800)
    shot(page, "form-background")
    slider.evaluate("e => { e.value = 6; e.dispatchEvent(new Event('input', {bubbles: true})); }")
    page.locator(".settings .acts .primary").click()
    expect(page.locator('[class*="st-key-result-"]')).to_contain_text("羽化 6")


def test_a_picture_is_pasted_anywhere_on_the_page(page: Page, astronaut: Path) -> None:
    _give(page, astronaut, "paste")
    expect(page.get_by_test_id("stChatInput")).to_contain_text("pasted.png")


def test_a_picture_is_dropped_anywhere_on_the_page(page: Page, astronaut: Path) -> None:
    _give(page, astronaut, "drop")
    expect(page.get_by_test_id("stChatInput")).to_contain_text("pasted.png")


def _give(page: Page, file: Path, how: str) -> None:
    page.evaluate(
        """([data, how]) => {
            const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], 'pasted.png', {type: 'image/png'}));
            const event = how === 'paste'
                ? new ClipboardEvent('paste', {clipboardData: transfer, bubbles: true, cancelable: true})
                : new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true});
            document.querySelector('[data-testid=stMain], main, body').dispatchEvent(event);
        }""",
        [base64.b64encode(file.read_bytes()).decode(), how],
    )


def test_writing_something_else_declines_the_proposal(page: Page, astronaut: Path) -> None:
    ask(page, "抠图", astronaut)
    expect(page.locator('[class*="st-key-confirm-"] button')).to_be_visible()
    send(page, "换成蓝底")
    expect(page.get_by_text("已取消，改为：换成蓝底")).to_be_visible()
    expect(page.locator('[class*="st-key-confirm-"] button')).to_have_count(1)


def test_a_reload_in_the_middle_of_a_proposal_loses_nothing(page: Page, astronaut: Path) -> None:
    ask(page, "抠图", astronaut)
    expect(page.locator('[class*="st-key-confirm-"] button')).to_be_visible()
    page.reload()
    expect(page.locator("img.koutu-thumb").first).to_be_visible()
    confirm(page)
    expect(page.locator('[class*="st-key-actions-"]')).to_be_visible()


def test_a_second_tab_shows_what_the_first_one_did(page: Page, astronaut: Path) -> None:
    ask(page, "抠图", astronaut)
    expect(page.locator('[class*="st-key-confirm-"] button')).to_be_visible()
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.locator('[class*="st-key-confirm-"] button')).to_be_visible()
    confirm(page)
    expect(second.locator('[class*="st-key-actions-"]')).to_be_visible()
    expect(second.locator('[class*="st-key-confirm-"] button')).to_have_count(0)


def test_undo_takes_back_and_redo_does_again(page: Page, astronaut: Path) -> None:
    ask(page, "抠图", astronaut)
    confirm(page)
    page.locator('[class*="st-key-undo-now"] button').click()
    expect(page.get_by_text("已撤销")).to_be_visible()
    page.locator('[class*="st-key-redo-now"] button').click()
    expect(page.get_by_text("已恢复")).to_be_visible()


def test_a_file_that_is_no_picture_is_named(page: Page, tmp_path: Path, astronaut: Path) -> None:
    fake = tmp_path / "letter.jpg"
    fake.write_text("Dear Sir or Madam")
    attach(page, fake, astronaut)
    send(page, "抠图")
    expect(page.get_by_test_id("stAlert")).to_contain_text("letter.jpg")
    expect(page.locator('[class*="st-key-confirm-"] button')).to_be_visible()
    shot(page, "no-picture")


def test_a_sample_is_tried_with_one_click(page: Page) -> None:
    page.locator('[class*="st-key-try-astronaut"] button').click()
    expect(page.locator('[class*="st-key-confirm-"] button')).to_be_visible()
    assert "已识别" in page.inner_text("body") or "看起来" in page.inner_text("body")


def test_a_conversation_is_renamed_and_deleted_with_its_pictures(page: Page, server: Server, astronaut: Path) -> None:
    ask(page, "要删除的对话", astronaut)
    name = re.search(r"c=([0-9a-f]{32})", page.url)
    assert name is not None
    expect(page.locator("img.koutu-thumb").first).to_be_visible()
    source = page.locator("img.koutu-thumb").first.get_attribute("src")
    page.locator(f'[class*="st-key-row-{name[1][:12]}"] [data-testid="stPopover"] button').first.click()
    page.get_by_label("名称").fill("新的名字")
    page.get_by_label("名称").press("Enter")
    expect(page.locator(f'[class*="st-key-open-{name[1]}"]')).to_contain_text("新的名字")
    if not page.get_by_role("button", name="删除这个对话").is_visible():
        page.locator(f'[class*="st-key-row-{name[1][:12]}"] [data-testid="stPopover"] button').first.click()
    page.get_by_role("button", name="删除这个对话").click()
    expect(page.locator(f'[class*="st-key-open-{name[1]}"]')).to_have_count(0)
    assert page.request.get(f"{server.address}{source}").status == 404


def test_it_speaks_english_to_an_english_browser(chromium: Browser, server: Server, astronaut: Path) -> None:
    made = context(chromium, "en-US", scheme="dark")
    page = made.new_page()
    open_page(page, server)
    shot(page, "start-dark-en")
    ask(page, "cut out the model and make the background white", astronaut)
    expect(page.locator('[class*="st-key-confirm-"] button')).to_have_text("✔️ Confirm")
    shot(page, "proposal-dark-en")
    confirm(page)
    expect(page.locator('[class*="st-key-actions-"]')).to_be_visible()
    assert not re.search(r"[\u4e00-\u9fff]", page.locator(MAIN).first.inner_text())
    page.wait_for_timeout(1500)
    shot(page, "result-dark-en")
    made.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_phone(chromium: Browser, server: Server, astronaut: Path, scheme: str) -> None:
    made = context(chromium, width=390, scheme=scheme)
    page = made.new_page()
    open_page(page, server)
    shot(page, f"phone-{scheme}-start")
    _demand_no_sideways(page)
    ask(page, "换成蓝底证件照", astronaut)
    expect(page.locator('[class*="st-key-confirm-"] button')).to_be_visible()
    shot(page, f"phone-{scheme}-proposal")
    _demand_no_sideways(page)
    page.locator('[class*="st-key-manual-"] button').click()
    expect(page.locator(".settings .acts .primary")).to_be_visible()
    page.wait_for_timeout(800)
    shot(page, f"phone-{scheme}-form")
    _demand_no_sideways(page)
    page.locator(".settings .acts .primary").click()
    expect(page.locator('[class*="st-key-actions-"]')).to_be_visible()
    page.wait_for_timeout(1500)
    shot(page, f"phone-{scheme}-result")
    _demand_no_sideways(page)
    made.close()


def _demand_no_sideways(page: Page) -> None:
    wide = page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain], [data-testid=stAppScrollToBottomContainer], html')]"
        ".map(e => e.scrollWidth - e.clientWidth)"
    )
    assert max(wide) <= 1


def test_a_kill_during_the_work_loses_at_most_that_step(chromium: Browser, tmp_path: Path, astronaut: Path) -> None:
    large = tmp_path / "large.png"
    Image.open(astronaut).convert("RGB").resize((3000, 3000)).save(large)
    server = Server(tmp_path)
    server.start()
    made = context(chromium)
    page = made.new_page()
    open_page(page, server)
    ask(page, "抠图，换成蓝底，导出PNG", large)
    expect(page.locator('[class*="st-key-confirm-"] button')).to_be_visible()
    before = hashlib.sha256(large.read_bytes()).hexdigest()
    confirm(page)
    expect(page.get_by_text("✔️ 已确认")).to_be_visible()
    server.kill()
    server.start()
    page.goto(page.url)
    expect(page.get_by_text("✔️ 已确认")).to_be_visible()
    again = page.locator('[class*="st-key-again"] button')
    ended = page.locator('[class*="st-key-file-"]')
    expect(again.or_(ended).first).to_be_visible()
    if again.count():
        again.click()
    expect(ended).to_be_visible()
    (original,) = [p for p in (tmp_path / "data" / "pictures").iterdir() if p.suffix == ".png" and p.stem in before]
    assert hashlib.sha256(original.read_bytes()).hexdigest() == before
    made.close()
    server.kill()


def test_work_is_stopped(chromium: Browser, tmp_path: Path, astronaut: Path) -> None:
    photos = []
    for number in range(6):
        photos.append(tmp_path / f"large{number}.jpg")
        Image.open(astronaut).convert("RGB").resize((2000 + number, 2000)).save(photos[-1])
    server = Server(tmp_path)
    server.start()
    made = context(chromium)
    page = made.new_page()
    open_page(page, server)
    ask(page, "都抠出来", *photos)
    stop = page.locator('[class*="st-key-stop"] button')
    expect(stop).to_be_visible()
    stop.click()
    expect(page.get_by_text("已停止")).to_be_visible()
    expect(stop).to_have_count(0)
    made.close()
    server.kill()


def test_deepseek_plans_and_when_it_fails_the_built_in_planner_goes_on(
    chromium: Browser, tmp_path: Path, astronaut: Path
) -> None:
    cut = calls(("matte", {"pictures": ["p1"], "feather": 2}), text="建议羽化 2 px。")
    script = [cut, words("抠好了，发丝处请放大看看。"), refuse(402)]
    with FakeDeepSeek(*script) as deepseek:
        server = Server(tmp_path, DEEPSEEK_API_KEY=KEY, DEEPSEEK_BASE_URL=deepseek.url)
        server.start()
        made = context(chromium)
        page = made.new_page()
        open_page(page, server)
        expect(page.get_by_text("由 DeepSeek（deepseek-flash）")).to_be_visible()
        ask(page, "帮我抠一下", astronaut)
        confirm(page)
        expect(page.get_by_text("抠好了，发丝处请放大看看。")).to_be_visible()
        send(page, "换成蓝底")
        expect(page.get_by_test_id("stAlert")).to_be_visible()
        shot(page, "deepseek-refused")
        page.locator('[class*="st-key-builtin"] button').click()
        expect(page.locator('[class*="st-key-confirm-"] button')).to_be_visible()
        assert KEY not in page.content()
        made.close()
        server.kill()
    assert KEY not in (tmp_path / "server.log").read_text("utf-8")


def test_a_foreign_host_is_refused(server: Server) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/", headers={"Host": "evil.example"})
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status == 403


def test_a_file_is_not_given_without_the_secret(page: Page, server: Server) -> None:
    for path in ("/files/x/p/p1/original", f"/files/{'0' * 32}/e/0/p1/result", "/samples/..%2FREADME.md"):
        assert page.request.get(server.address + path).status in (400, 404)
