"""The review on a phone: by swipes, and by buttons in reach of a thumb."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow, Site
from tests.browser.reviewing import WORDS, drafts, eventually, on, statuses
from tests.browser.stage import PHONE, TOUCH, sideways, swipe, until_loaded
from tests.browser.window import Window


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    """Open a window of the size of a phone, with a finger for a pointer and motion allowed."""
    return open_window(**TOUCH, reduced_motion="no-preference")


def test_a_finger_swipes_to_the_next_picture_and_back(page: Page, site: Site) -> None:
    images = drafts(site, 2, description=WORDS * 10)
    tabs = len(page.context.pages)
    page.goto("/review")
    on(page, "Draft 1")
    until_loaded(page)
    for by, name in (
        ((-160, 5), "Draft 2"),
        ((160, 5), "Draft 1"),
        ((-30, 0), "Draft 1"),
        ((0, -150), "Draft 1"),
    ):
        swipe(page, by)
        on(page, name)
        expect(page.get_by_role("article")).to_have_css("translate", "none")
    # The last one went up: that is scrolling, and it still is.
    eventually(page, lambda: bool(page.evaluate("scrollY > 50")))
    assert statuses(site, images) == ["draft", "draft"]
    assert len(page.context.pages) == tabs


def test_the_buttons_are_in_reach_of_a_thumb(page: Page, site: Site) -> None:
    images = drafts(site, 2, description=WORDS * 10)
    page.goto("/review")
    bar = page.get_by_role("group", name="This picture")
    for name in ("Undo", "Edit", "Refine", "Accept"):
        box = bar.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["y"] > PHONE["height"] * 0.8
        assert min(box["width"], box["height"]) >= 44
    assert sideways(page) == 0
    page.set_viewport_size({"width": 320, "height": 640})
    assert sideways(page) == 0
    bar.get_by_role("button", name="Accept").tap()
    on(page, "Draft 2")
    page.get_by_role("status").get_by_role("button", name="Undo").tap()
    on(page, "Draft 1")
    bar.get_by_role("link", name="Skip").tap()
    on(page, "Draft 2")
    bar.get_by_role("button", name="Accept").tap()
    eventually(page, lambda: statuses(site, images) == ["draft", "ready"])
