"""Large libraries in the browser: what is folded stays as it was left; a lost file or list is in nobody's way."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add


def test_a_picture_whose_file_is_gone_keeps_its_box_and_has_a_sign(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("404")
    add(site, "Lost.jpg")
    # Answered here: the browser may have kept the copies of another test's picture under the same address.
    page.route(re.compile("/(thumbnail|preview)"), lambda route: route.fulfill(status=404))
    page.goto("/?view=grid")
    lost = page.locator(".picture-card-image img")
    expect(lost).to_have_class("is-missing")
    width, height = lost.evaluate("(image) => [image.offsetWidth, image.offsetHeight]")
    assert abs(width * 3 / 4 - height) < 2
    # Another picture in the same box, as when the tray gets a thumbnail of what the browser cannot draw itself.
    lost.evaluate(
        "(image, there) => { image.removeAttribute('srcset'); image.src = there; }", "/static/favicon.svg"
    )
    expect(lost).not_to_have_class("is-missing")


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
    expect(page.locator('[data-sidebar] a[href="/?status=ready"] small')).to_have_text("1")
    expect(rest).to_be_visible()


def test_what_is_done_can_be_undone_when_the_list_cannot_be_drawn(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("503")
    for name in ("Paper", "Prints"):
        add(site, category=name)
    page.goto("/categories")
    page.route("**/categories?fragment=rows", lambda route: route.fulfill(status=503))
    page.get_by_role("link", name="Edit Paper").click()
    page.get_by_role("dialog").get_by_label("Merge into").select_option(label="Prints (1)")
    page.get_by_role("dialog").get_by_role("button", name="Merge").click()
    expect(page.get_by_text("Something went wrong on the server.")).to_be_visible()
    expect(page.get_by_text("“Paper” is merged. 1 picture changed.")).to_be_visible()
    page.unroute("**/categories?fragment=rows")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: “Paper” is merged.")).to_be_visible()
    expect(page.get_by_role("link", name="Edit Paper")).to_be_visible()
