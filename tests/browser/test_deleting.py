"""Before something goes the page says what hangs on it, and afterwards it comes back with one press."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import PHONE, add, now, row, sideways
from tests.browser.test_ticking import bar, tick
from tests.support.galleries import Share, shared

NAMES = ("One.jpg", "Two.jpg", "Three.jpg")
GONE = "does not show it any more: “For Ann”."


@pytest.fixture
def allowed() -> list[str]:
    """Let the console tell of a form that comes back with a question."""
    return ["422"]


@pytest.fixture
def hung(site: Site) -> tuple[list[dict[str, Any]], int, Share]:
    """Three pictures, the first two of them in a collection that is shared."""
    images = [add(site, name, hashtags="heron") for name in NAMES]
    number = site.client.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    site.client.post(f"/api/collections/{number}/images", json={"ids": [images[1]["id"], images[0]["id"]]})
    site.client.post("/api/views", json={"name": "All of the coast", "filters": {"collection": str(number)}})
    return images, number, shared(site.client, [], title="For Ann", collection_id=number)


def statuses(site: Site, images: list[dict[str, Any]]) -> list[str]:
    return [now(site, image)["status"] for image in images]


def test_a_deleted_collection_comes_back_with_its_gallery(
    page: Page, site: Site, hung: tuple[list[dict[str, Any]], int, Share]
) -> None:
    _images, number, share = hung
    page.goto(f"/collections/{number}")
    page.get_by_label("Delete this collection").click()
    expect(page.get_by_text("1 shared gallery closes with it: “For Ann”.")).to_be_visible()
    expect(page.get_by_text("1 saved view shows nothing without it: “All of the coast”.")).to_be_visible()
    page.get_by_role("button", name="Delete the collection").click()
    expect(page.get_by_text("1 shared gallery is closed until you undo this: “For Ann”.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The collection “Coast” is back in its order.")).to_be_visible()
    page.goto(urlsplit(share["url"]).path)
    expect(page.get_by_role("heading", name="For Ann")).to_be_visible()


def test_a_shown_picture_goes_to_the_trash_only_after_a_question(
    page: Page, site: Site, hung: tuple[list[dict[str, Any]], int, Share]
) -> None:
    images, _number, _share = hung
    page.goto("/")
    # What nobody outside looks at goes at once.
    tick(page, "Three.jpg")
    bar(page).get_by_role("button", name="Trash").click()
    expect(page.get_by_text("1 picture moved to the trash", exact=True)).to_be_visible()
    tick(page, "One.jpg")
    for sure in (False, True):
        bar(page).get_by_role("button", name="Trash").click()
        dialog = page.get_by_role("dialog", name="Move to the trash?")
        expect(dialog).to_contain_text(f"1 shared gallery {GONE}")
        assert sure or violations(page, "dialog") == []
        dialog.get_by_role("button", name="Move to the trash" if sure else "Keep").click()
        expect(dialog).to_be_hidden()
        expect(row(page, "One.jpg")).to_have_count(0 if sure else 1)
    told = page.locator("[data-toasts] .toast-note").filter(has_text=GONE)
    expect(told).to_contain_text("1 picture moved to the trash. 1 shared gallery")
    expect(told).to_contain_text("Its place in 1 collection will be there again when it is put back.")
    told.get_by_role("button", name="Undo").click()
    expect(row(page, "One.jpg")).to_be_visible()
    page.goto(f"/images/{images[1]['id']}")
    page.get_by_role("button", name="Move to the trash").click()
    page.get_by_role("dialog").get_by_role("button", name="Move to the trash").click()
    expect(page.locator("[data-trashed]")).to_be_visible()
    expect(page.locator("[data-trashed]")).to_contain_text(GONE)
    page.goto("/trash")
    page.get_by_role("button", name="Empty the trash").click()
    expect(page.get_by_role("dialog")).to_contain_text(
        "They leave 1 collection and 1 shared gallery for good."
    )


def test_a_tick_chooses_the_ticked_ones(page: Page, site: Site) -> None:
    images = [add(site, name) for name in NAMES]
    page.goto("/bulk")
    expect(page.get_by_label("All 3 pictures")).to_be_checked()
    page.get_by_role("checkbox", name="Two.jpg").check()
    expect(page.get_by_label("Only those ticked here")).to_be_checked()
    page.get_by_label("Status").select_option("draft")
    # Whoever then chooses all again is asked.
    page.get_by_label("All 3 pictures").check()
    page.get_by_role("button", name="Change them").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text(
        "You ticked 1 picture, but all were chosen"
    )
    page.get_by_role("button", name="Change them").click()
    expect(page.get_by_text("1 picture changed.")).to_be_visible()
    assert statuses(site, images) == ["new", "draft", "new"]


def test_without_scripts_it_is_asked_too(
    open_window: OpenWindow, site: Site, hung: tuple[list[dict[str, Any]], int, Share]
) -> None:
    images, _number, _share = hung
    plain = open_window(java_script_enabled=False).tab()
    plain.set_viewport_size(PHONE)
    plain.goto("/bulk?tag=heron")
    plain.get_by_role("checkbox", name="Three.jpg").check()
    plain.get_by_role("button", name="Move them to the trash").click()
    expect(plain.get_by_role("alert").filter(visible=True)).to_contain_text("You ticked 1 picture")
    expect(plain.get_by_role("checkbox", name="Three.jpg")).to_be_checked()
    assert site.client.get("/api/images").get_json()["total"]["count"] == 3
    assert sideways(plain) == 0
    plain.get_by_role("button", name="Move them to the trash").click()
    expect(plain.get_by_text("1 picture moved to the trash.")).to_be_visible()
    plain.goto(f"/images/{images[0]['id']}")
    plain.get_by_role("button", name="Move to the trash").click()
    expect(plain.get_by_text(GONE)).to_be_visible()
    plain.get_by_role("button", name="Move to the trash").click()
    expect(plain.get_by_text("is in the trash.")).to_be_visible()
    plain.get_by_role("button", name="Undo").click()
    expect(plain.get_by_role("heading", name="One.jpg")).to_be_attached()
    plain.goto("/bulk")
    plain.get_by_role("button", name="Move them to the trash").click()
    expect(plain.get_by_role("alert").filter(visible=True)).to_contain_text("does not show them any more")
    plain.get_by_role("button", name="all the same").click()
    expect(plain.get_by_text("2 pictures moved to the trash.")).to_be_visible()
