"""What a client does in a gallery: chooses pictures, with and without scripts, sends them, and prints the page."""

from __future__ import annotations

import re
import zlib
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import TOUCH
from tests.support.factories import picture, upload

SHAPES = ((300, 200), (200, 300), (900, 200), (300, 900), (300, 300), (300, 200), (300, 200))


@pytest.fixture
def allowed() -> list[str]:
    """Let the console tell that a collection is not there any more once it was taken back."""
    return ["404"]


def share(site: Site, **given: Any) -> tuple[str, int]:
    """Share pictures of several shapes; give the path of the gallery and its number."""
    ids = []
    for number, size in enumerate(SHAPES):
        (image,) = upload(site.client, (picture("JPEG", size), f"{number}.jpg")).get_json()["images"]
        ids.append(image["id"])
    made = site.client.post("/api/shares", json={"title": "Trees", "image_ids": ids, **given}).get_json()
    return "/share/" + made["url"].rpartition("/share/")[2], made["id"]


def choose(page: Page, number: int) -> None:
    page.locator(".gallery-heart").nth(number - 1).click()


def test_hearts_are_kept_until_they_are_sent_and_the_studio_sees_them(
    page: Page, site: Site, open_window: OpenWindow
) -> None:
    address, number = share(site)
    window = open_window(**TOUCH)
    client = window.tab()
    client.goto(address)
    expect(client.get_by_role("button", name="Send")).to_be_hidden()
    choose(client, 1)
    choose(client, 3)
    expect(client.get_by_text("2 chosen")).to_be_visible()
    # Kept in this browser, also for another tab, and on the page of one picture.
    other = window.context.new_page()
    other.goto(address)
    expect(other.get_by_text("2 chosen")).to_be_visible()
    choose(other, 2)
    expect(client.get_by_text("3 chosen")).to_be_visible()
    expect(client.get_by_role("checkbox", name="Choose Picture 2")).to_be_checked()
    other.close()
    assert site.client.get(f"/api/shares/{number}/favourites").get_json() == {"visitors": []}
    client.get_by_role("button", name="See them").click()
    expect(client.locator("[data-choice-works] img")).to_have_count(3)
    # On a phone the name is asked for by the first press.
    client.get_by_role("button", name="Send").click()
    client.get_by_label("Your name").fill("Ms. R.")
    client.get_by_role("button", name="Send").dblclick()
    expect(client.get_by_text("Sent", exact=False).last).to_be_visible()
    client.reload()
    expect(client.get_by_role("button", name="Change it")).to_be_visible()
    choose(client, 3)
    expect(client.get_by_role("button", name="Send")).to_be_visible()
    client.get_by_role("button", name="Send").click()
    expect(client.get_by_role("button", name="Change it")).to_be_visible()
    # A page that some browsers keep alive behind Back learns what was sent from another one meanwhile.
    client.evaluate("key => localStorage.setItem(key, JSON.stringify({ sent: [] }))", f"favourites {address}")
    client.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(client.get_by_role("button", name="Change it")).to_be_hidden()

    page.goto("/shared")
    page.get_by_role("link", name="Ms. R. chose 2").click()
    page.get_by_role("button", name="Make a collection of what Ms. R. chose").click()
    expect(page.get_by_role("heading", name="Ms. R., Trees")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=False).first.click()
    expect(page.get_by_text("is gone again")).to_be_visible()


def test_without_scripts_hearts_are_a_form(site: Site, open_window: OpenWindow) -> None:
    address, number = share(site)
    client = open_window(java_script_enabled=False).tab()
    client.goto(address)
    expect(client.get_by_role("button", name="Send")).to_be_hidden()
    choose(client, 2)
    client.get_by_label("Your name").fill("Ms. R.")
    client.get_by_role("button", name="Send").click()
    expect(client.get_by_text("Sent.")).to_be_visible()
    expect(client.get_by_role("checkbox", name="Choose Picture 2")).to_be_checked()
    [found] = site.client.get(f"/api/shares/{number}/favourites").get_json()["visitors"]
    assert (found["name"], len(found["image_ids"])) == ("Ms. R.", 1)


def drawn(pdf: bytes) -> list[list[bytes]]:
    """Return which pictures each page of a PDF draws."""
    things = {m[1]: m[2] for m in re.finditer(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL)}
    pages = []
    for thing in things.values():
        if not re.search(rb"/Type\s*/Page\b", thing):
            continue
        [content] = re.findall(rb"/Contents (\d+) 0 R", thing)
        stream = things[content].partition(b"stream\n")[2].rpartition(b"\nendstream")[0]
        named = dict(re.findall(rb"/(X\d+) (\d+) 0 R", thing))
        used = {named[name] for name in re.findall(rb"/(X\d+) Do", zlib.decompress(stream))}
        pages.append([one for one in used if b"/Subtype /Image" in things[one]])
    return pages


def test_on_paper_no_picture_is_cut_and_the_last_one_stands_left_at_row_height(
    page: Page, site: Site
) -> None:
    address, _ = share(site)
    page.goto(address)
    for image in page.locator(".gallery-pictures img").all():
        expect(image).to_have_js_property("complete", True)
    boxes = [one.bounding_box() for one in page.locator(".gallery-pictures img").all()]
    last, first = boxes[-1], boxes[0]
    assert last
    assert first
    tallest = max(box["height"] for box in boxes if box)
    assert last["height"] <= tallest
    assert last["x"] + last["width"] < 1280
    pages = drawn(page.pdf(prefer_css_page_size=True))
    everything = [one for each in pages for one in each]
    assert len(everything) == len(set(everything)) == len(SHAPES)
    page.goto(str(page.locator(".gallery-work > a").nth(3).get_attribute("href")))
    assert [len(each) for each in drawn(page.pdf(prefer_css_page_size=True))] == [1]
