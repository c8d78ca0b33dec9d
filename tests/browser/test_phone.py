"""A phone, 390 pixels wide."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import NARROW
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import TOUCH, add, now, sideways, suggest, until_quiet
from tests.browser.window import Window

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer" * 3
DROPS = re.compile(r"\bdrop(?:s|ped|ping)?\b|choose a folder", re.IGNORECASE)
# Safari zooms into a field whose letters are smaller than 16 pixels.
SMALL = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const others = "[type=checkbox], [type=radio], [type=hidden], [type=file], [type=submit], [type=color]";
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


def test_words_are_edited_and_pictures_ticked_with_a_finger(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron", description="Mist.")
    page.goto("/")
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
