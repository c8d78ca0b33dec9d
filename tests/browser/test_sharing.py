"""Sharing in the browser: ticked pictures are a gallery for somebody who is signed in nowhere, until it is revoked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import check_both_looks
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import TOUCH, add, sign_in, swipe

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer"


@pytest.fixture
def allowed() -> list[str]:
    """Let the console tell of a gallery that is closed and of a wrong passcode."""
    return ["404", "401"]


def test_ticked_pictures_are_shared_looked_at_and_taken_back(
    page: Page, site: Site, open_window: OpenWindow
) -> None:
    for name in ("Alder", "Birch", "Cedar"):
        add(site, f"{name}.jpg", post_title=name, description=f"About {name}.")
    sign_in(page.context, site)
    page.goto("/")
    for name in ("Birch", "Cedar"):
        page.get_by_role("checkbox", name=f"Tick {name}").check()
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_role("heading", name="Share 2 pictures")).to_be_visible()
    page.get_by_label("Title", exact=True).fill("For the gallery")
    page.get_by_label("Titles and descriptions").check()
    page.get_by_label("Passcode").fill("harbour")
    page.get_by_role("button", name="Open the gallery").click()
    address = page.get_by_label("Address of For the gallery", exact=True).input_value()

    client = open_window(**TOUCH).tab()
    client.goto("/")
    expect(client).to_have_url(re.compile("/sign-in$"))
    client.goto(address)
    client.get_by_label("Passcode").fill("lighthouse")
    client.get_by_role("button", name="Look at the pictures").click()
    expect(client.get_by_role("alert")).to_have_text("This is not the passcode.")
    client.get_by_label("Passcode").fill("harbour")
    client.get_by_role("button", name="Look at the pictures").click()
    expect(client.get_by_role("heading", name="For the gallery")).to_be_visible()
    expect(client.get_by_role("listitem")).to_have_text([re.compile("1.*Cedar"), re.compile("2.*Birch")])
    for shown in client.get_by_role("listitem").get_by_role("img").all():
        expect(shown).to_have_js_property("complete", True)
        assert shown.evaluate("(image) => image.naturalWidth") > 0
    client.get_by_role("link", name="Cedar").click()
    expect(client.get_by_text("About Cedar.")).to_be_visible()
    # A key that is pressed before the script is there goes nowhere.
    client.wait_for_load_state()
    client.keyboard.press("ArrowRight")
    expect(client.get_by_role("heading", name="Birch")).to_be_visible()
    expect(client.get_by_text("2 of 2")).to_be_visible()

    page.reload()
    expect(page.get_by_text("Opened once")).to_be_visible()
    page.get_by_label("Revoke For the gallery").click()
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_text("Its address opens nothing any more.", exact=False).first).to_be_visible()
    client.reload()
    expect(client.get_by_text("This gallery is not open, or not any more.")).to_be_visible()


def test_a_finger_swipes_to_the_next_picture_of_a_gallery_and_back(
    site: Site, open_window: OpenWindow
) -> None:
    ids = [add(site, f"{name}.jpg", post_title=name)["id"] for name in ("Alder", "Birch")]
    call = {"title": "Trees", "image_ids": ids, "with_words": True, "with_originals": True}
    share = site.client.post("/api/shares", json=call).get_json()
    address = "/share/" + share["url"].rpartition("/share/")[2]
    page = open_window(**TOUCH).tab()
    tabs = len(page.context.pages)
    page.goto(f"{address}/{ids[0]}")
    for by, name in (((-160, 10), "Birch"), ((160, -10), "Alder"), ((160, 0), "Alder")):
        page.wait_for_load_state()
        swipe(page, by)
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert len(page.context.pages) == tabs


def test_an_address_is_copied(page: Page, site: Site) -> None:
    image = add(site)
    site.client.post("/api/shares", json={"title": "Coast", "image_ids": [image["id"]]})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/shared")
    page.get_by_role("button", name="Copy the address of Coast").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_label("Address of Coast", exact=True).input_value()
    assert copied.startswith(f"{site.url}/share/")


def test_axe_finds_nothing_and_no_page_is_too_wide(page: Page, site: Site) -> None:
    ids = [add(site, f"{number}.jpg", post_title=LONG, description=LONG * 3)["id"] for number in range(3)]
    given = {
        "title": LONG * 2,
        "note": LONG * 3,
        "image_ids": ids,
        "with_words": True,
        "with_originals": True,
    }
    share = site.client.post("/api/shares", json={**given, "days": 7}).get_json()
    locked = site.client.post("/api/shares", json={**given, "passcode": "harbour"}).get_json()
    closed = site.client.post("/api/shares", json=given).get_json()
    site.client.delete(f"/api/shares/{closed['id']}")
    here, asked, gone = (f"/share/{one['url'].rpartition('/')[2]}" for one in (share, locked, closed))
    for address in (
        here,
        f"{here}/{ids[1]}",
        asked,
        gone,
        "/shared",
        "/shared/new?ids=1,2",
        f"/shared/{locked['id']}",
    ):
        page.goto(address)
        check_both_looks(page)
