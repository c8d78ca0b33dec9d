"""What a page loads before it can be used, and that nothing is lost which a person does before the rest is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Site
from tests.browser.stage import add_many, drop
from tests.support.factories import picture

MOST_REQUESTS = 20


def hold_the_rest(page: Page) -> list[Route]:
    """Keep back all scripts that the page itself does not name; return what is held."""
    held: list[Route] = []
    page.route("**/imports.js", lambda route: held.append(route))
    return held


def open_counted(page: Page, path: str) -> list[str]:
    """Open a page without the scripts that come later; return what was asked for, but for thumbnails."""
    asked: list[str] = []

    def note(request: Request) -> None:
        # Nor what is asked for with the scripts that come later.
        if request.resource_type != "image" and not request.url.endswith(("/imports.js", "/parts")):
            asked.append(request.url)

    page.on("request", note)
    page.goto(path)
    page.wait_for_function("() => performance.getEntriesByName('usable').length")
    return asked


def test_twenty_requests_are_enough_to_tick_edit_and_drop(page: Page, site: Site, tmp_path: Path) -> None:
    add_many(site, 2)
    (tmp_path / "Dropped.png").write_bytes(picture("PNG"))
    held = hold_the_rest(page)
    asked = open_counted(page, "/?view=table")
    page.get_by_role("checkbox", name="Tick ").nth(1).check()
    expect(page.get_by_role("region", name="Ticked pictures")).to_be_visible()
    page.locator("[data-edit=post_title]").first.click()
    page.keyboard.type("Safe from the first key")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('words ')).map((key) => localStorage[key]).join()"
    assert "Safe from the first key" in page.evaluate(kept)
    drop(page, tmp_path / "Dropped.png")
    assert len(set(asked)) <= MOST_REQUESTS, sorted(asked)
    for route in held:
        route.continue_()
    expect(page.locator("[data-tray]")).to_contain_text("Dropped.png")
    expect(page.locator("[data-image-id]")).to_have_count(3)


@pytest.mark.parametrize("path", ["/images/{id}", "/collections", "/categories"])
def test_other_pages_keep_to_it(page: Page, site: Site, path: str) -> None:
    add_many(site, 2, status="draft")
    image = site.client.get("/api/images").get_json()["images"][0]
    hold_the_rest(page)
    assert len(set(open_counted(page, path.format(id=image["id"])))) <= MOST_REQUESTS
