"""Large libraries in the browser: what is folded stays as it was left, and a lost file leaves its box."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add


def test_a_picture_whose_file_is_gone_keeps_its_box_and_has_a_sign(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("404")
    add(site, "Lost.jpg")
    # Answered here: the browser may have kept the thumbnail of another test's picture under the same address.
    page.route("**/thumbnail", lambda route: route.fulfill(status=404))
    page.goto("/?view=grid")
    lost = page.locator(".card-shot img")
    expect(lost).to_have_class("is-missing")
    width, height = lost.evaluate("(image) => [image.offsetWidth, image.offsetHeight]")
    assert abs(width * 3 / 4 - height) < 2


def test_folded_categories_stay_open_when_the_counts_are_drawn_again(page: Page, site: Site) -> None:
    for number in range(26):
        add(site, category=f"Shelf {number:02}")
    page.goto("/")
    rest = page.get_by_role("link", name="Shelf 25")
    expect(rest).to_be_hidden()
    page.get_by_text("14 more").click()
    expect(rest).to_be_visible()
    row = page.locator("[data-image-id]").first
    row.get_by_role("button", name="More for").or_(row.get_by_role("link", name="More for")).click()
    page.get_by_role("menuitem", name="Mark ready").click()
    expect(page.locator('[data-sidebar] a[href="/?status=ready"] .num')).to_have_text("1")
    expect(rest).to_be_visible()
