"""Everything is reached and seen without a mouse."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, now, row

MOST_STEPS = 60


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the focus is on something with this name or text."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText).trim()"
        )
        if name == label:
            return
    raise AssertionError(f"Tab never came to {label}.")


def test_the_first_stop_skips_to_the_page(page: Page, site: Site) -> None:
    add(site)
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    tab_to(page, "Where the key goes")


def test_a_title_is_reached_and_edited(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron")
    page.goto("/")
    tab_to(page, "Heron")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.type(" at dusk")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Heron at dusk", exact=True)).to_be_visible()
    assert now(site, image)["post_title"] == "Heron at dusk"


def test_a_picture_is_ticked_and_marked_ready(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron")
    page.goto("/")
    tab_to(page, "Tick Heron")
    page.keyboard.press("Space")
    expect(page.get_by_role("region", name="Ticked pictures")).to_be_visible()
    tab_to(page, "Mark ready")
    page.keyboard.press("Enter")
    expect(row(page, "Heron").get_by_role("button", name="Ready")).to_be_visible()
    assert now(site, image)["status"] == "ready"


def test_words_are_generated(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron")
    page.goto("/")
    tab_to(page, "Generate words for Heron")
    page.keyboard.press("Enter")
    expect(row(page, "Heron")).not_to_contain_text("No description yet")
    expect(row(page, "Writing")).to_have_count(0)
    assert now(site, image)["description"] != ""


def test_pictures_are_added_by_keyboard(page: Page) -> None:
    # From the start: when the browser is told just before the key that a test takes the choice, it may be too late.
    page.on("filechooser", lambda _: None)
    page.goto("/")
    tab_to(page, "Add images")
    page.keyboard.press("Enter")
    for _ in ("pictures", "a folder"):
        page.keyboard.press("Tab")
        with page.expect_file_chooser():
            page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Category for these")).to_be_hidden()


def test_where_the_focus_is_can_be_seen(page: Page, site: Site) -> None:
    add(site, post_title="Heron")
    page.goto("/")
    seen = "((s) => s.outlineStyle !== 'none' || s.boxShadow !== 'none')(getComputedStyle(document.activeElement))"
    for label in ("Add images", "Grid", "Tick Heron", "Heron", "More for Heron"):
        tab_to(page, label)
        assert page.evaluate(seen), label
