"""The library as a wall: whole works of any shape, and lists without end: rows out of sight are let go."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, add_many
from tests.support.factories import picture, upload

SHAPES = ((1300, 275), (250, 750), (400, 300), (300, 400), (400, 400), (533, 300), (300, 400), (400, 300))
# A picture is whole in its box where it is fitted into it; and a box of the wall is of the picture's own shape.
CROPPED = """() => [...document.images].filter((one) => one.offsetWidth && one.complete && one.naturalWidth
  && !["contain", "scale-down"].includes(getComputedStyle(one).objectFit)
  && Math.abs(one.offsetWidth / one.offsetHeight / (one.naturalWidth / one.naturalHeight) - 1) > 0.03)
  .map((one) => one.src)"""
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
        page.wait_for_function(
            "() => [...document.images].every((one) => one.complete || one.loading === 'lazy')"
        )
        assert page.evaluate(CROPPED) == [], path


def test_rows_out_of_sight_are_let_go_but_for_what_is_typed_and_the_place_is_kept(
    page: Page, site: Site
) -> None:
    add_many(site, 260)
    add(site, "Newest.jpg")
    page.goto("/?view=table")
    page.get_by_role("checkbox", name="Tick Newest.jpg").check()
    page.wait_for_function(
        "() => { scrollTo({ top: 1e6, behavior: 'instant' }); return !document.querySelector('[data-load-more]'); }"
    )
    expect(page.get_by_text("Study 001.jpg")).to_be_visible()
    page.wait_for_function("() => document.querySelectorAll('.let-go').length >= 2")
    assert page.evaluate(DRAWN) < 180
    expect(page.get_by_text("1 selected")).to_be_visible()
    # The same place after a reload, without what is between.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/bulk/rows" in request.url else None)
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
    # Keys go from row to row, whichever are let go, and to both ends.
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    second = site.client.get("/api/images?limit=2").get_json()["images"][1]
    expect(page.locator(f"[data-image-id='{second['id']}']")).to_be_focused()
    page.evaluate("scrollTo({ top: 1e6, behavior: 'instant' })")
    for key, name in (("End", "Study 001.jpg"), ("k", "Study 002.jpg"), ("Home", "Newest.jpg")):
        page.keyboard.press(key)
        expect(page.locator(":focus")).to_contain_text(name)
        expect(page.locator(":focus")).to_be_in_viewport()
    # A key pressed while the rows before it are fetched is meant for where those lead.
    after = page.locator(f"[data-image-id='{second['id']}']")
    page.evaluate("scrollTo({ top: 1e6, behavior: 'instant' })")
    expect(after).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(after.get_by_role("checkbox")).to_be_checked()
    # In the wall, too, what stands for rows has lines of its own.
    page.context.add_cookies([{"name": "size", "value": "7", "url": site.url}])
    page.goto("/?view=wall")
    page.wait_for_function(
        "() => { scrollTo({ top: 1e6, behavior: 'instant' }); return document.querySelectorAll('.let-go').length > 1; }"
    )
    assert page.evaluate(
        "[...document.querySelectorAll('.let-go')].every((one) => one.offsetWidth === one.parentElement.clientWidth)"
    )
