"""A phone, 390 pixels wide."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import TOUCH, add, now, sideways, suggest
from tests.browser.window import Window

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer" * 3


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    """Open a window of the size of a phone, with a finger for a pointer."""
    return open_window(**TOUCH)


def test_no_page_scrolls_sideways(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("404")
    image = add(site, f"{LONG[:200]}.jpg", post_title=LONG, description=LONG, hashtags=[f"#{LONG[:90]}"])
    suggest(site, image)
    site.client.delete(f"/api/images/{add(site, f'{LONG[:180]}.jpg')['id']}")
    paths = (
        "/",
        "/?view=grid",
        "/?q=nothing",
        f"/images/{image['id']}",
        "/trash",
        "/settings",
        "/export",
        "/nowhere",
    )
    for path in paths:
        page.goto(path)
        assert sideways(page) == 0, path


def test_the_filters_are_in_a_drawer(page: Page, site: Site) -> None:
    add(site, "One.jpg", category="Prints")
    add(site, "Two.jpg")
    page.goto("/")
    prints = page.get_by_role("link", name="Prints")
    expect(prints).to_be_hidden()
    page.get_by_role("button", name="Filters").tap()
    expect(prints).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(prints).to_be_hidden()
    page.get_by_role("button", name="Filters").tap()
    prints.tap()
    expect(page.get_by_text("Two.jpg")).to_have_count(0)
    expect(page.get_by_text("One.jpg")).to_be_visible()


def test_words_are_edited_with_a_finger(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron", description="Mist.")
    page.goto("/")
    page.get_by_role("button", name="Mist.", exact=True).tap()
    page.get_by_role("textbox", name="Description").fill("Mist over the reeds.")
    page.get_by_role("heading", name="Library").tap()
    expect(page.get_by_role("button", name="Mist over the reeds.", exact=True)).to_be_visible()
    assert now(site, image)["description"] == "Mist over the reeds."


def test_ticking_is_possible_and_the_bar_fits(page: Page, site: Site) -> None:
    add(site)
    page.goto("/")
    page.get_by_role("checkbox", name="Tick Heron").tap()
    bar = page.get_by_role("region", name="Ticked pictures")
    expect(bar.get_by_role("button", name="Trash")).to_be_in_viewport(ratio=1)
    assert sideways(page) == 0
