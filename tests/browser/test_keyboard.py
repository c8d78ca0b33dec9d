"""Everything is reached and seen without a mouse."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, now, row

MOST_STEPS = 120


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


def go_to_row(page: Page) -> None:
    """Press Tab until the focus is on the one stop of the list."""
    page.wait_for_selector("[role=grid] [tabindex='0']")
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-rows] > *')"):
            return
    raise AssertionError("Tab never came to the list.")


def go_to_cell(page: Page, label: str) -> None:
    """Go from the row, or from a cell before, to the right until one has this name or text."""
    for _ in range(20):
        page.keyboard.press("ArrowRight")
        name = page.evaluate(
            "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText).trim()"
        )
        if name == label:
            return
    raise AssertionError(f"The arrow never came to {label}.")


SEEN = (
    "((s) => s.outlineStyle !== 'none' || s.boxShadow !== 'none')(getComputedStyle(document.activeElement))"
)


def test_the_first_stop_skips_to_the_page_and_where_the_focus_is_can_be_seen(page: Page, site: Site) -> None:
    add(site, post_title="Heron")
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    for label in ("Add images", "Grid"):
        tab_to(page, label)
        assert page.evaluate(SEEN), label
    go_to_row(page)
    for label in ("Tick Heron", "Heron", "More for Heron"):
        go_to_cell(page, label)
        assert page.evaluate(SEEN), label
    skip.focus()
    page.keyboard.press("Enter")
    tab_to(page, "Set one")


def test_words_are_generated_a_picture_is_marked_ready_and_its_title_edited(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron")
    page.goto("/")
    go_to_row(page)
    go_to_cell(page, "Write words for Heron")
    page.keyboard.press("Enter")
    expect(row(page, "Heron")).not_to_contain_text("No description yet")
    expect(row(page, "Writing")).to_have_count(0)
    assert now(site, image)["description"] != ""
    page.keyboard.press("Escape")
    go_to_cell(page, "Tick Heron")
    page.keyboard.press("Space")
    expect(page.get_by_role("region", name="Ticked pictures")).to_be_visible()
    tab_to(page, "Mark ready")
    page.keyboard.press("Enter")
    expect(row(page, "Heron").get_by_role("button", name="Ready")).to_be_visible()
    assert now(site, image)["status"] == "ready"
    page.keyboard.press("j")
    go_to_cell(page, "Heron")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.type(" at dusk")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Heron at dusk", exact=True)).to_be_visible()
    assert now(site, image)["post_title"] == "Heron at dusk"


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
