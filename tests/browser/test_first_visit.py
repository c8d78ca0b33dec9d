"""The first visit: an empty library that says what to do."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, shown


def test_an_empty_library_says_how_to_begin(page: Page) -> None:
    # From the start: when the browser is told just before the click that a test takes the choice, it may be too late.
    page.on("filechooser", lambda _: None)
    page.goto("/")
    expect(page.get_by_role("heading", name="Your wall is empty")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add your first artwork").click()
    assert chooser.value.is_multiple()


def test_the_six_samples_are_one_click_away(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Try it with six sample pictures").click()
    expect(page.get_by_text("6 pictures added.")).to_be_visible()
    expect(page.get_by_text("Your wall is empty")).to_be_hidden()
    assert len(shown(page)) == 6


def test_without_a_key_the_page_says_that_words_are_placeholders(page: Page, site: Site) -> None:
    add(site)
    page.goto("/")
    note = page.get_by_role("note").filter(has_text="No AI key is set")
    note.get_by_role("link", name="Set one").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    expect(page.get_by_label("Key of the AI service")).to_be_visible()
