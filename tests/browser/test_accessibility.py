"""axe finds nothing to complain about on any page, dark and light, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import PHONE, add, suggest
from tests.support.factories import picture, upload

WORDS: dict[str, Any] = {
    "post_title": "Heron at dusk",
    "description": "A heron stands in shallow water. Mist hangs over the reeds. Nothing moves.",
    "hashtags": ["#heron", "#mist", "#reeds", "#dusk", "#water", "#bird"],
    "category": "Prints",
    "key_points": "Linocut, 30 x 40 cm",
}


def _full(site: Site) -> str:
    suggest(site, add(site, **WORDS))
    add(site, "Plain.jpg")
    site.client.post(f"/api/images/{add(site, 'Drafted.jpg')['id']}/generate", json={})
    return "/"


def _grid(site: Site) -> str:
    return f"{_full(site)}?view=grid&sort=title"


def _plain(site: Site) -> str:
    return f"/images/{add(site, **WORDS)['id']}"


def _waiting(site: Site) -> str:
    image = add(site, **WORDS)
    suggest(site, image)
    site.client.post(f"/api/images/{image['id']}/generate", json={})
    return f"/images/{image['id']}"


def _trash(site: Site) -> str:
    site.client.delete(f"/api/images/{add(site, **WORDS)['id']}")
    return "/trash"


AXE = Axe()
# Every rule that axe runs by itself. What is in order stays in the page: sending it took as long as some rules. Nothing
# is loaded beforehand: only the rule on sound that plays by itself needs that, and there is no sound here.
LOOK = """async () => {
  if (!("axe" in window)) return null;
  const { violations } = await axe.run({ resultTypes: ["violations"], preload: false });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
}"""
PAGES: dict[str, Callable[[Site], str]] = {
    "library": _full,
    "grid": _grid,
    "empty": lambda _: "/",
    "nothing found": lambda site: f"{_full(site)}?q=zebra",
    "picture": _plain,
    "suggestion": _waiting,
    "trash": _trash,
    "empty trash": lambda _: "/trash",
    "settings": lambda _: "/settings",
    "export": lambda site: f"{_full(site)}export",
    "error": lambda _: "/nowhere",
}


def violations(page: Page) -> list[str]:
    """Let axe look at the page; give what it found, in words."""
    found: list[str] | None = page.evaluate(LOOK)
    if found is None:
        page.evaluate(AXE.axe_script)
        found = page.evaluate(LOOK)
    assert found is not None
    return found


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: Page, site: Site, allowed: list[str], name: str) -> None:
    allowed.append("404")
    page.goto(PAGES[name](site))
    # The same page in another look: the server changes nothing else for a theme, and nothing at all for a width.
    # Each theme and each width once; dark on a phone and light when wide are left out to keep the suite short.
    for theme, width in (("dark", 1440), ("light", PHONE["width"])):
        page.evaluate("(theme) => { document.documentElement.dataset.bsTheme = theme; }", theme)
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], (theme, width)


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
    assert violations(page) == []


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
    assert violations(page) == []
