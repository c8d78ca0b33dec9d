"""Look-alikes as they are seen: keep one, keep both, undo, by keyboard, without scripts, on a phone and by ear."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from artworks.duplicates import detection
from models import db
from tests.browser.axe import WIDE, check_both_looks
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import now
from tests.duplicates.test_detection import commented, jpeg
from tests.imaging.test_perceptual_hash import artwork
from tests.support.factories import upload

ONE = jpeg(artwork(1))
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer" * 3


def put(site: Site, *files: bytes) -> list[dict[str, Any]]:
    """Upload files, kept even when they are there already, and compare them."""
    named = [(data, f"Picture {number}.jpg") for number, data in enumerate(files, 1)]
    images: list[dict[str, Any]] = upload(site.client, *named, duplicates="keep").get_json()["images"]
    with site.app.app_context():
        session = db.session()
        while (image_id := detection.next_uncompared(session)) is not None:
            detection.compare(session, site.app.extensions["aim"].storage, image_id)
        db.session.remove()
    return images


def write(site: Site, image: dict[str, Any], **words: Any) -> None:
    body = {"version": now(site, image)["version"], **words}
    assert site.client.patch(f"/api/images/{image['id']}", json=body).status_code == 200


def fill(site: Site, name: str = "Heron at dusk") -> list[dict[str, Any]]:
    """Put pairs of every kind into the library."""
    images = put(site, ONE, ONE, commented(ONE), jpeg(artwork(1).resize((500, 375)), 60))
    write(site, images[0], post_title=name, description="A heron.", hashtags=["#heron", "#dusk"])
    write(site, images[2], category="Prints")
    return images


def alike(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("listitem").filter(has=page.get_by_text("never ask again"))


def test_one_is_kept_with_the_words_of_the_other_and_brought_back(page: Page, site: Site) -> None:
    first, second = put(site, ONE, commented(ONE))
    write(site, second, description="A heron.")
    page.goto("/look-alikes")
    pair = alike(page)
    expect(pair.get_by_role("checkbox", name="Take over description from the other one")).to_be_checked()
    pair.get_by_role("button", name="Keep this one on the left: Picture 1.jpg").click()
    expect(pair).to_have_count(0)
    expect(page.get_by_text("Picture 2.jpg is in the trash.")).to_be_visible()
    expect(page.get_by_role("link", name="Same picture, other file 0")).to_be_visible()
    expect(page.get_by_role("heading", name="No picture is here twice")).to_be_visible()
    assert now(site, first)["description"] == "A heron."
    page.get_by_role("button", name="Undo").click()
    expect(pair).to_have_count(1)
    expect(pair.get_by_role("button", name="Keep this one on the left")).to_be_focused()
    expect(page.get_by_role("link", name="Same picture, other file 1")).to_be_visible()
    assert now(site, first)["description"] == ""
    assert now(site, second)["description"] == "A heron."
    # The words are left when that is unticked.
    page.get_by_role("checkbox").uncheck()
    page.get_by_role("button", name="Keep this one on the left").click()
    expect(pair).to_have_count(0)
    assert now(site, first)["description"] == ""


def test_both_are_kept_and_not_asked_about_again(page: Page, site: Site) -> None:
    put(site, ONE, jpeg(artwork(1), 50))
    page.goto("/look-alikes")
    page.get_by_role("button", name="Keep both").click()
    expect(page.get_by_text("Both are kept.")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing looks alike")).to_be_visible()
    page.reload()
    expect(alike(page)).to_have_count(0)
    assert site.client.get("/api/images").get_json()["total"]["count"] == 2


def test_a_picture_in_the_trash_leaves_all_its_pairs_and_comes_back_to_them(page: Page, site: Site) -> None:
    put(site, ONE, ONE, ONE)
    page.goto("/look-alikes?kind=bytes")
    expect(alike(page)).to_have_count(3)
    alike(page).first.get_by_role("button", name="Keep this one on the left").click()
    expect(alike(page)).to_have_count(1)
    expect(page.get_by_role("link", name="Same file 1")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(alike(page)).to_have_count(3)
    expect(page.get_by_role("link", name="Same file 3")).to_be_visible()
    # All of it goes by keyboard, too.
    alike(page).first.get_by_role("button", name="Keep both").focus()
    page.keyboard.press("Enter")
    expect(alike(page)).to_have_count(2)
    first = alike(page).first.get_by_role("button").first
    expect(first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(alike(page).first.get_by_role("button", name="on the right")).to_be_focused()
    page.keyboard.press("Enter")
    expect(alike(page)).to_have_count(0)


@pytest.mark.parametrize("allowed", [["409"]])
def test_what_was_decided_elsewhere_is_said_and_stays(page: Page, site: Site, allowed: list[str]) -> None:
    first, second = put(site, ONE, ONE)
    page.goto("/look-alikes")
    site.client.post(f"/api/look-alikes/{first['id']}/{second['id']}/keep", json={"keep": "both"})
    page.get_by_role("button", name="Keep this one on the left").click()
    expect(page.get_by_text("This pair was decided already")).to_be_visible()
    assert site.client.get("/api/images").get_json()["total"]["count"] == 2


def test_more_pairs_are_loaded(page: Page, site: Site) -> None:
    put(site, *[ONE] * 7)
    page.goto("/look-alikes?kind=bytes")
    expect(alike(page)).to_have_count(20)
    page.get_by_role("link", name="Load more").click()
    expect(alike(page)).to_have_count(21)


def test_it_works_without_scripts(site: Site, open_window: OpenWindow) -> None:
    first, second = put(site, ONE, commented(ONE))
    write(site, second, description="A heron.")
    page = open_window(java_script_enabled=False).tab()
    page.goto("/look-alikes")
    page.get_by_role("button", name="Keep this one on the left").click()
    expect(page.get_by_text("Picture 2.jpg is in the trash.")).to_be_visible()
    assert now(site, first)["description"] == "A heron."
    page.get_by_role("button", name="Undo").click()
    expect(alike(page)).to_have_count(1)
    page.get_by_role("button", name="Keep both").click()
    expect(page.get_by_text("Both are kept.")).to_be_visible()
    assert now(site, second)["description"] == "A heron."


def test_the_kinds_are_apart_and_each_page_is_fit_for_everybody(page: Page, site: Site) -> None:
    page.goto("/look-alikes")
    check_both_looks(page)
    fill(site, LONG)
    tabs = page.get_by_role("navigation", name="Kinds of look-alikes")
    for name, count in (("Same file 1", 1), ("Same picture, other file 2", 2), ("Look alike 3", 3)):
        page.set_viewport_size(WIDE)
        page.goto("/look-alikes")
        tabs.get_by_role("link", name=name).click()
        expect(tabs.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
        expect(alike(page)).to_have_count(count)
        check_both_looks(page)
    # A phone shows them side by side.
    left, right = (box.bounding_box() for box in alike(page).first.get_by_role("heading").all())
    assert left is not None
    assert right is not None
    assert abs(left["y"] - right["y"]) < 2
    assert left["x"] < right["x"]


def test_colours_of_a_picture_lead_to_others_like_it(page: Page, site: Site) -> None:
    [image] = put(site, ONE)
    page.goto(f"/images/{image['id']}")
    page.locator(".fold summary").filter(has_text="File").click()
    page.get_by_role("link", name="Pictures with").first.click()
    expect(page.get_by_text("Picture 1.jpg").first).to_be_visible()
    assert "colour=%23" in page.url
