"""The page of one picture: moving through the list, copying, the picture itself."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add


def test_previous_and_next_keep_the_filter(page: Page, site: Site) -> None:
    add(site, "One.jpg", category="Prints")
    add(site, "Two.jpg")
    add(site, "Three.jpg", category="Prints")
    page.goto("/?category=Prints")
    page.get_by_role("link", name="Open Three.jpg").click()
    expect(page.get_by_text("1 of 2")).to_be_visible()
    page.get_by_role("link", name="Next picture").click()
    expect(page.get_by_role("heading", name="One.jpg")).to_be_attached()
    expect(page.get_by_role("link", name="Next picture")).to_have_count(0)
    page.wait_for_url("**/images/*")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="Three.jpg")).to_be_attached()
    page.get_by_role("link", name="Back to the library").click()
    expect(page).to_have_url(re.compile("category=Prints"))


def test_the_picture_opens_in_full_size(page: Page, site: Site, allowed: list[str]) -> None:
    # Chromium wants to put a style of its own into the bare picture, which may not have any.
    allowed.append("/static/uploads/")
    image = add(site)
    page.goto(f"/images/{image['id']}")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Open the picture in full size").click()
    popup.value.wait_for_load_state()
    assert popup.value.evaluate("document.images[0].naturalWidth") == 60


def test_a_picture_whose_file_is_gone_says_so_in_words(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("404")
    image = add(site)
    page.route("**/preview*", lambda route: route.fulfill(status=404))
    page.goto(f"/images/{image['id']}")
    expect(page.get_by_text("The picture cannot be shown")).to_be_visible()


def test_words_are_copied_counted_and_keep_the_arrow_keys(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    add(site, "One.jpg")
    image = add(site, post_title="Heron", description="Mist.", hashtags=["#heron", "#mist"])
    page.goto(f"/images/{image['id']}")
    page.get_by_role("button", name="Copy: Description").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == "Mist."
    page.get_by_role("button", name="Copy all").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "Heron\n\nMist.\n\n#heron #mist"
    # The counter counts what the server counts.
    title = page.get_by_label("Title", exact=True)
    title.fill("  Été 🦩 ")
    expect(page.get_by_text("5 / 200")).to_be_visible()
    title.fill("x" * 203)
    expect(page.get_by_text("203 / 200, 3 too many")).to_be_visible()
    title.press("Escape")
    # Arrow keys in a text stay in the text.
    title.press("ArrowRight")
    title.press("End")
    page.keyboard.type("s")
    expect(title).to_have_value("Herons")
    expect(page).to_have_url(re.compile(f"/images/{image['id']}"))


def test_a_picture_that_is_not_there_says_so(page: Page, allowed: list[str]) -> None:
    allowed.append("404")
    page.goto("/images/99")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="To the library").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
