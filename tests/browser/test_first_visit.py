"""The first visit: an empty library that asks who writes the first draft, and says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from artworks.ai import connections
from artworks.settings import installation
from tests.browser.axe import check_both_looks
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import TOUCH, add, drop, row, shown, sideways
from tests.fakes.openai_server import FakeOpenAI
from tests.support.factories import picture

QUESTION = "Who writes the first draft?"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every request look at the settings anew."""
    monkeypatch.setattr(installation, "FRESH_SECONDS", 0.0)


def test_a_key_is_tried_as_it_is_pasted_and_then_pictures_are_next(
    page: Page, site: Site, service: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "OPENAI_URL", service.base_url)
    # From the start: when the browser is told just before the click that a test takes the choice, it may be too late.
    page.on("filechooser", lambda _: None)
    page.goto("/")
    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    expect(page.get_by_role("search")).to_be_hidden()
    page.get_by_label("Key of the AI service").fill("sk-proj-0123456789-7Q2a")
    expect(page.get_by_text(re.compile(r"^It works, \d+\.\d s$"))).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your wall is empty")).to_be_visible()
    expect(page.get_by_role("search")).to_be_visible()
    assert site.client.get("/api/settings").get_json()["key"]["last_four"] == "7Q2a"
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add your first artwork").click()
    assert chooser.value.is_multiple()


@pytest.mark.usefixtures("worker")
def test_who_drops_pictures_at_once_is_asked_when_words_are_first_wanted(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "Heron.png"
    path.write_bytes(picture("PNG"))
    page.goto("/")
    drop(page, path)
    expect(row(page, "Heron.png")).to_be_visible()
    expect(page.get_by_role("heading", name=QUESTION)).to_be_hidden()
    page.get_by_role("button", name="Write words for this picture").click()
    dialog = page.get_by_role("dialog", name=QUESTION)
    dialog.get_by_label("Try without").check()
    check_both_looks(page, "dialog")
    dialog.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("A batch that ended")).to_contain_text("1 draft is ready")


def test_a_phone_is_told_nothing_of_drops_and_folders_and_the_samples_come_with_words(
    open_window: OpenWindow,
) -> None:
    page = open_window(**TOUCH).tab()
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto("/")
    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    assert sideways(page) == 0
    page.locator(".add-menu summary").click()
    assert not re.search(r"\bdrop\b|folder", page.locator("body").inner_text(), re.IGNORECASE)
    page.locator(".add-menu summary").click()
    page.get_by_role("button", name="Use the six samples").click()
    expect(page.get_by_text("6 pictures added.")).to_be_visible()
    assert len(shown(page)) == 6
    page.goto("/?view=table")
    expect(page.get_by_text("sample words").first).to_be_visible()


def test_without_a_key_the_page_says_that_words_are_placeholders(page: Page, site: Site) -> None:
    add(site)
    page.goto("/")
    note = page.get_by_role("note").filter(has_text="No AI key is set")
    note.get_by_role("link", name="Set one").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    expect(page.get_by_label("Key of the AI service")).to_be_visible()
