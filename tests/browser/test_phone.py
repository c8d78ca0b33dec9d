"""A phone, 390 pixels wide."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import NARROW
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import TOUCH, add, now, sideways, suggest, until_loaded, until_quiet
from tests.browser.window import Window
from tests.support.factories import picture, upload

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer" * 3
# Pictures of the list that are in sight from edge to edge.
WHOLE = """() => [...document.querySelectorAll("[data-rows] > [data-image-id] img")].filter((one) => {
  const { top, bottom, left, right } = one.getBoundingClientRect();
  const foot = document.querySelector(".places").getBoundingClientRect();
  return top >= 0 && bottom <= foot.top && left >= 0 && right <= innerWidth;
}).length"""
DROPS = re.compile(r"\bdrop(?:s|ped|ping)?\b|choose a folder", re.IGNORECASE)
# Safari zooms into a field whose letters are smaller than 16 pixels.
SMALL = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const others = "[type=checkbox], [type=radio], [type=hidden], [type=file], [type=submit], [type=color], [type=range]";
  const typed = `input:not(${others}), textarea, select`;
  return [...document.querySelectorAll(typed)]
    .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 16)
    .map((one) => `${one.id || one.name} ${getComputedStyle(one).fontSize}`);
}"""


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    """Open a window of the size of a phone, with a finger for a pointer."""
    return open_window(**TOUCH)


def test_every_page_fits_speaks_of_no_drops_has_no_field_that_zooms_in_and_asks_no_other_computer(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("404")
    text = f"{LONG} one. {LONG} two. {LONG} three."
    words = {
        "post_title": f"Heron {LONG}",
        "description": text,
        "hashtags": [f"#{LONG[:90]}"],
        "category": "Prints",
    }
    image = add(site, f"{LONG[:200]}.jpg", **words)
    assert suggest(site, image)
    site.client.delete(f"/api/images/{add(site, f'{LONG[:180]}.jpg')['id']}")
    site.client.post("/api/collections", json={"name": "Show"})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    small, spoken = {}, {}
    page.set_viewport_size(NARROW)
    for path in (
        *(
            "/nowhere",
            "/?view=grid",
            "/?q=nothing",
            "/trash",
            "/settings",
            "/review",
            f"/images/{image['id']}",
        ),
        *("/settings/voice", "/categories", "/tags", "/collections", "/bulk", "/batches/new", "/export"),
        *("/views", "/usage", "/batches", "/shared", "/look-alikes", "/first-visit"),
        *("/collections/1", "/categories/1", f"/shared/new?ids={image['id']}", "/?view=table"),
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok == (path != "/nowhere"), path
        assert sideways(page) == 0, path
        if path == "/?view=table":
            # A field in place.
            page.get_by_role("button", name=re.compile("^Heron Donau")).click()
            expect(page.get_by_role("textbox", name="Title")).to_be_focused()
        assert page.evaluate("matchMedia('(pointer: coarse)').matches")
        small[path] = page.evaluate(SMALL)
        spoken[path] = DROPS.findall(page.locator("body").inner_text())
        until_quiet(page, site)
    assert {path: found for path, found in (*small.items(), *spoken.items()) if found} == {}
    assert asked
    assert all(url.startswith((site.url, "data:", "blob:")) for url in asked)


def test_the_filters_are_in_a_sheet(page: Page, site: Site) -> None:
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
    page.get_by_text("Show 1 picture").tap()
    expect(page.locator("[data-rows] > [data-image-id]")).to_have_count(1)


def test_words_are_edited_and_pictures_ticked_with_a_finger(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron", description="Mist.")
    page.goto("/?view=table")
    page.get_by_role("button", name="Mist.", exact=True).tap()
    page.get_by_role("textbox", name="Description").fill("Mist over the reeds.")
    page.get_by_role("heading", name="Library").tap()
    expect(page.get_by_role("button", name="Mist over the reeds.", exact=True)).to_be_visible()
    assert now(site, image)["description"] == "Mist over the reeds."
    page.get_by_role("checkbox", name="Tick Heron").tap()
    bar = page.get_by_role("region", name="Ticked pictures")
    bar.locator("summary:visible").tap()
    expect(bar.get_by_role("button", name="Trash")).to_be_in_viewport(ratio=1)
    assert sideways(page) == 0


def test_a_phone_shows_the_wall_where_nobody_chose_ticks_by_a_long_press_and_counts_what_filters_leave(
    page: Page, site: Site
) -> None:
    sizes = ((1300, 275), (250, 750), (400, 300), (300, 400), (400, 400), (533, 300), (300, 400), (400, 300))
    upload(
        site.client,
        *((picture(size=size, seed=number), f"Work {number}.jpg") for number, size in enumerate(sizes)),
    )
    works = [image["id"] for image in site.client.get("/api/images").get_json()["images"]]
    for work in works[:3]:
        assert (
            site.client.patch(f"/api/images/{work}", json={"category": "Prints", "version": 1}).status_code
            == 200
        )
    page.goto("/")
    assert page.evaluate(WHOLE) >= 6
    assert sideways(page) <= 0
    until_loaded(page)
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
    sheet.get_by_role("link", name=re.compile("^Prints")).tap()
    sheet.get_by_text("Show 3 pictures").tap()
    expect(page).to_have_url(re.compile(r"category=Prints"))
    expect(page.locator("[data-rows] > [data-image-id]")).to_have_count(3)
    # The words are one tap away.
    page.get_by_role("button", name="Table").tap()
    expect(page.locator("[data-rows] .text").first).to_be_visible()
    # The bar on top has no room for the theme: it is in the menu of the account.
    page.locator(".account-menu summary").tap()
    page.get_by_role("button", name="Dark or light").tap()
    expect(page.locator("html[data-bs-theme=light]")).to_have_count(1)
