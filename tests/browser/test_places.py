"""The places: in one place on every page, and the count of the review follows what one does."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import change_look, violations
from tests.browser.conftest import OpenWindow, Site
from tests.browser.reviewing import drafts, on
from tests.browser.stage import PHONE, sideways


def test_the_count_of_the_review_follows_without_a_reload(page: Page, site: Site) -> None:
    drafts(site, 2)
    page.goto("/")
    places = page.get_by_role("navigation", name="Places")
    count = places.get_by_role("link", name="Review")
    expect(count).to_have_accessible_name("Review 2 waiting")
    page.get_by_role("row").filter(has_text="Draft 1").get_by_role("checkbox").check()
    page.get_by_role("button", name="Mark ready").click()
    expect(count).to_have_accessible_name("Review 1 waiting")
    with page.expect_response(re.compile("fragment=cards")):
        count.click()
    on(page, "Draft 2")
    page.keyboard.press("a")
    expect(count).to_have_accessible_name("Review")


def at_the_foot(bar: Locator) -> None:
    """Fail where a bar does not end where the phone does."""
    box = bar.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == PHONE["height"]


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_places_stand_at_the_foot(open_window: OpenWindow, site: Site, width: int) -> None:
    [image] = drafts(site, 1)
    page = open_window(viewport={**PHONE, "width": width}).tab()
    for address in ("/", f"/review/{image['id']}", "/batches"):
        page.goto(address)
        places = page.get_by_role("navigation", name="Places")
        expect(places.get_by_role("link")).to_have_text(
            ["Library", "Review1 waiting", "Collections", "Shared"]
        )
        at_the_foot(places)
        assert sideways(page) == 0, address
    places.get_by_text("More").click()
    menu = places.get_by_role("link", name="Trash")
    expect(menu).to_be_in_viewport(ratio=1)
    for theme in ("light", "dark"):
        change_look(page, theme, {**PHONE, "width": width})
        assert violations(page, ".places") == [], theme
    menu.click()
    expect(page.get_by_role("heading", name="Trash", exact=True)).to_be_visible()
    # On the page of a picture its acts stand there, and the last thing of the page is not under them.
    page.goto(f"/images/{image['id']}")
    at_the_foot(page.get_by_role("group", name="This picture"))
    expect(places).to_be_hidden()
    assert sideways(page) == 0
    last = page.get_by_role("button", name="Move to the trash")
    last.focus()
    box = last.bounding_box()
    assert box is not None
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    assert last.evaluate("(button, { x, y }) => button.contains(document.elementFromPoint(x, y))", middle)
    # Ticked pictures have their own bar there.
    page.goto("/")
    page.get_by_role("checkbox").last.check()
    expect(places).to_be_hidden()
