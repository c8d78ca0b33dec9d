"""axe finds nothing to complain about on any page, dark and light, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.axe import NARROW, WIDE, change_look, check_both_looks, violations
from tests.browser.conftest import Site
from tests.browser.stage import add, sideways, suggest
from tests.support.factories import picture, upload

WORDS: dict[str, Any] = {
    "post_title": "Heron at dusk",
    "description": "A heron stands in shallow water. Mist hangs over the reeds. Nothing moves.",
    "hashtags": ["#heron", "#mist", "#reeds", "#dusk", "#water", "#bird"],
    "category": "Prints",
    "key_points": "Linocut, 30 x 40 cm",
}


def _full(site: Site) -> None:
    suggest(site, add(site, **WORDS))
    add(site, "Plain.jpg")
    site.client.post(f"/api/images/{add(site, 'Drafted.jpg')['id']}/generate", json={})


def _few(site: Site) -> None:
    suggest(site, add(site, **WORDS))
    add(site, "Plain.jpg", **WORDS)
    site.client.delete(f"/api/images/{add(site, **WORDS)['id']}")


# Libraries, and the pages that show what is in them.
LIBRARIES: dict[str, tuple[Callable[[Site], None], tuple[str, ...]]] = {
    "empty": (
        lambda _: None,
        ("/", "/trash", "/settings", "/nowhere", "/review", "/shared", "/usage", "/first-visit"),
    ),
    "full": (_full, ("/", "/?view=grid&sort=title", "/?q=zebra", "/export")),
    "few": (_few, ("/images/1", "/images/2", "/trash", "/categories/1", "/tags/edit?tag=heron")),
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_axe_finds_nothing(page: Page, site: Site, allowed: list[str], name: str) -> None:
    allowed.append("404")
    fill, paths = LIBRARIES[name]
    fill(site)
    for path in paths:
        page.set_viewport_size(WIDE)
        page.goto(path)
        check_both_looks(page)


def test_axe_finds_nothing_while_things_are_open(page: Page, site: Site) -> None:
    _full(site)
    page.goto("/")
    page.get_by_text("Add images").first.click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Tick Heron").check()
    page.get_by_role("button", name="Heron at dusk", exact=True).click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_label("More for Heron").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Export").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check_both_looks(page, "dialog")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    # What is ticked takes the place of the bar on top.
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_role("dialog", name="Filters")).to_be_in_viewport()
    _check_narrow(page, ".sidebar")
    page.keyboard.press("Escape")
    # The ticked picture's bar, and what it has behind "More".
    page.get_by_role("checkbox", name="Tick Heron").check()
    page.locator(".selection-bar-more summary").click()
    _check_narrow(page, ".selection-bar")


def _check_narrow(page: Page, within: str) -> None:
    for theme in ("dark", "light"):
        change_look(page, theme, NARROW)
        assert violations(page, within) == [], theme
    assert sideways(page) <= 0


def test_axe_finds_nothing_in_the_tray(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("422")
    data = picture()
    upload(site.client, (data, "Known.jpg"))
    page.goto("/")
    files: list[FilePayload] = [
        {"name": "Good.jpg", "mimeType": "image/jpeg", "buffer": picture()},
        {"name": "Bad.jpg", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"},
        {"name": "Known.jpg", "mimeType": "image/jpeg", "buffer": data},
        {"name": "One.webp", "mimeType": "image/webp", "buffer": picture("WEBP")},
        {"name": "Two.webp", "mimeType": "image/webp", "buffer": picture("WEBP")},
    ]
    page.get_by_label("Choose pictures").set_input_files(files)
    tray = page.get_by_role("region", name="Pictures being added")
    expect(tray).to_contain_text("2 can be turned into JPEG, 1 not added")
    tray.get_by_text("Show the 2 names").click()
    expect(tray.get_by_role("button", name="Turn into JPEG: Two.webp")).to_be_visible()
    check_both_looks(page)
    # On a small phone a message stands above its head, and the bar of ticked pictures below its foot.
    page.set_viewport_size({"width": 320, "height": 640})
    page.get_by_role("checkbox", name="Tick Known.jpg").press("Space")
    page.keyboard.press("Control+z")
    boxes = (
        page.locator(one).bounding_box()
        for one in ("[data-toasts] .toast-note", ".upload-tray", ".selection-bar")
    )
    message, list_, bar = (box for box in boxes if box)
    assert message["y"] + message["height"] <= list_["y"]
    assert list_["y"] + list_["height"] <= bar["y"]
