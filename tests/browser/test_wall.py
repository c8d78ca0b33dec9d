"""The library as a wall: whole works of any shape, on a desk and on a phone; rows out of sight are let go."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import TOUCH, add, add_many, sideways
from tests.support.factories import picture, upload

SHAPES = ((1300, 275), (250, 750), (400, 300), (300, 400), (400, 400), (533, 300), (300, 400), (400, 300))
# A picture is whole in its box where it is fitted into it; and a box of the wall is of the picture's own shape.
CROPPED = """() => [...document.images].filter((one) => one.offsetWidth && one.complete && one.naturalWidth
  && !["contain", "scale-down"].includes(getComputedStyle(one).objectFit)
  && Math.abs(one.offsetWidth / one.offsetHeight / (one.naturalWidth / one.naturalHeight) - 1) > 0.03)
  .map((one) => one.src)"""
WHOLE = """() => [...document.querySelectorAll("[data-rows] > [data-image-id] img")].filter((one) => {
  const { top, bottom, left, right } = one.getBoundingClientRect();
  const foot = document.querySelector(".places").getBoundingClientRect();
  return top >= 0 && bottom <= foot.top && left >= 0 && right <= innerWidth;
}).length"""
DRAWN = "() => document.querySelectorAll('[data-rows] > [data-image-id]').length"
# How unlike the heights of works are that hang side by side.
LINES = """() => {
  const images = [...document.querySelectorAll("[data-rows] > [data-image-id] img")];
  const lines = Object.groupBy(images, (one) => Math.round(one.getBoundingClientRect().top));
  const heights = Object.values(lines).map((line) => line.map((one) => one.offsetHeight));
  return heights.map((line) => Math.max(...line) - Math.min(...line));
}"""


@pytest.fixture
def works(site: Site) -> list[int]:
    """Put works of all shapes into the library."""
    upload(
        site.client,
        *((picture(size=size, seed=number), f"Work {number}.jpg") for number, size in enumerate(SHAPES)),
    )
    return [image["id"] for image in site.client.get("/api/images").get_json()["images"]]


def test_works_hang_whole_in_lines_of_one_height_whose_size_is_remembered(
    page: Page, site: Site, works: list[int]
) -> None:
    collection = (
        f"/collections/{site.client.post('/api/collections', json={'name': 'Show'}).get_json()['id']}"
    )
    site.client.post(f"/api{collection}/images", json={"ids": works})
    page.goto("/")
    page.get_by_role("button", name="Wall").click()
    expect(page.get_by_role("button", name="Wall")).to_have_attribute("aria-pressed", "true")
    assert max(page.evaluate(LINES)) <= 2
    slider = page.get_by_role("slider", name="Size of the pictures")
    high = page.locator("[data-rows] img").nth(3).evaluate("(one) => one.offsetHeight")
    with page.expect_response("**/preferences"):
        slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "240 pixels high")
    assert page.locator("[data-rows] img").nth(3).evaluate("(one) => one.offsetHeight") > high
    page.reload()
    expect(slider).to_have_value("4")
    expect(page.get_by_text("Work 3.jpg")).to_be_visible()
    with page.expect_response("**/preferences"):
        slider.press("Home")
    expect(page.get_by_text("Work 3.jpg")).to_be_hidden()
    # Nothing is cropped in any other list either.
    site.client.delete(f"/api/images/{works[0]}")
    for path in (
        "/?view=wall",
        "/?view=grid",
        "/?view=table",
        "/collections",
        "/collections/1",
        "/bulk",
        "/trash",
    ):
        page.goto(path)
        page.wait_for_function("[...document.images].every((one) => one.complete || one.loading === 'lazy')")
        assert page.evaluate(CROPPED) == [], path


def test_a_phone_shows_the_wall_where_nobody_chose_ticks_by_a_long_press_and_counts_what_filters_leave(
    open_window: OpenWindow, site: Site, works: list[int]
) -> None:
    for work in works[:3]:
        assert (
            site.client.patch(f"/api/images/{work}", json={"status": "ready", "version": 1}).status_code
            == 200
        )
    window = open_window(**TOUCH)
    page = window.page
    page.goto("/")
    assert page.evaluate(WHOLE) >= 6
    assert sideways(page) <= 0
    # A finger that rests ticks, and then a tap does.
    first, second = (page.locator("[data-rows] > [data-image-id]").nth(place) for place in (0, 1))
    box = first.locator("img").bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    point = {"x": box["x"] + 60, "y": box["y"] + 50}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect(first.locator("[data-tick]")).to_be_checked()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    second.locator("img").tap()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Untick all").tap()
    # The sheet of filters: Back closes it, and it says what it would show before it does.
    page.get_by_role("button", name="Filters").tap()
    sheet = page.get_by_role("dialog", name="Filters")
    expect(sheet.get_by_text("Show 8 pictures")).to_be_visible()
    page.go_back()
    expect(sheet).to_have_count(0)
    page.get_by_role("button", name="Filters").tap()
    sheet.get_by_role("link", name=re.compile("^Ready")).tap()
    sheet.get_by_text("Show 3 pictures").tap()
    expect(page).to_have_url(re.compile(r"status=ready"))
    expect(page.locator("[data-rows] > [data-image-id]")).to_have_count(3)
    # The words are one tap away.
    page.get_by_role("button", name="Table").tap()
    expect(page.locator("[data-rows] .text").first).to_be_visible()


def test_rows_out_of_sight_are_let_go_but_for_what_is_typed_and_the_place_is_kept(
    page: Page, site: Site
) -> None:
    add_many(site, 260)
    add(site, "Newest.jpg")
    page.goto("/?view=table")
    page.get_by_role("checkbox", name="Tick Newest.jpg").check()
    for loaded in range(100, 300, 50):
        page.wait_for_function("() => { scrollTo({ top: 1e6, behavior: 'instant' }); return true; }")
        page.wait_for_function(
            "(least) => document.querySelector('[data-load-more]') === null || scrollY > least * 90",
            arg=loaded,
        )
    expect(page.get_by_text("Study 001.jpg")).to_be_visible()
    page.wait_for_function("document.querySelectorAll('.let-go').length >= 2")
    assert page.evaluate(DRAWN) < 180
    expect(page.get_by_text("1 selected")).to_be_visible()
    # The same place after a reload, without what is between.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "rows" in request.url else None)
    page.reload()
    expect(page.get_by_text("Study 001.jpg")).to_be_in_viewport()
    assert len(asked) <= 3
    expect(page.get_by_text("1 selected")).to_be_visible()
    # And what comes back is ticked as it was.
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    expect(page.get_by_role("checkbox", name="Tick Newest.jpg")).to_be_checked()
    # A row with words under way stays, however far it is.
    page.get_by_role("row").filter(has_text="Newest.jpg").locator("[data-edit=post_title]").click()
    page.keyboard.type("Half a title")
    page.evaluate("scrollTo({ top: 1e6, behavior: 'instant' })")
    expect(page.get_by_text("Study 001.jpg")).to_be_in_viewport()
    expect(page.locator("textarea.editor, input.editor")).to_have_value("Half a title")
