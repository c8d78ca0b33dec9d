"""Every word that is written can be seen, also in browsers that do not fit a text area to its words by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenWindow, Site
from tests.browser.plain_engine import SCRIPT, TAKE, until_readable
from tests.browser.stage import add, now, row
from tests.browser.window import Window
from tests.fakes.openai_behaviours import ok
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS

LONG = "Layers of dusk settle over the hills, one behind the other, until the last of them is a breath. " * 3
TAGS = [f"#landscape{number}" for number in range(12)]
FULL: dict[str, Any] = {
    "post_title": "The Quiet Hour over the Far Hills of the North",
    "description": LONG,
    "hashtags": TAGS,
    "key_points": LONG,
    "alt_text": LONG,
}
HEIGHT = "(area) => area.offsetHeight"
# Below these the page is narrow, one column, two columns.
WIDTHS = (390, 900, 1280)


@pytest.fixture
def site(database_url: str, ai_site: Site) -> Site:
    """Return the application with the fake model service behind it."""
    return ai_site


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    """Open a window of a browser without `field-sizing`."""
    return open_window(script=SCRIPT, viewport={"width": 1280, "height": 800})


def field(page: Page, name: str) -> Locator:
    return page.get_by_label(name, exact=True)


def test_generated_words_can_be_read_at_once(page: Page, site: Site, service: FakeOpenAI) -> None:
    service.default = ok({**WORDS, **FULL})
    image = add(site)
    page.goto(f"/images/{image['id']}")
    until_readable(page, ".text-field-input", 5)
    page.get_by_role("button", name="Write words", exact=True).click()
    expect(page.get_by_text("The words are in.")).to_be_visible()
    expect(field(page, "Description")).to_have_value(LONG.strip())
    # The hashtags stand there as chips.
    until_readable(page, "textarea.text-field-input", 4)


def test_cards_of_the_review_can_be_read(page: Page, site: Site) -> None:
    for number in (1, 2):
        add(site, f"{number}.jpg", **{**FULL, "post_title": f"Draft {number}"}, status="draft")
    page.goto("/review")
    until_readable(page, "textarea.text-field-input", 4)
    page.keyboard.press("s")
    expect(page.get_by_text("2 of 2", exact=True)).to_be_visible()
    until_readable(page, "textarea.text-field-input", 4)
    page.get_by_role("button", name="Change the hashtags").click()
    until_readable(page, "textarea.text-field-input", 5)


def test_words_are_fitted_again_at_another_width_and_left_alone_when_one_is_saved(
    page: Page, site: Site
) -> None:
    image = add(site, **FULL)
    page.set_viewport_size({"width": 900, "height": 800})
    page.goto(f"/images/{image['id']}")
    until_readable(page, "textarea.text-field-input", 4)
    high = field(page, "Alt text").evaluate(HEIGHT)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function("high => document.querySelector('#word-alt_text').offsetHeight > high", arg=high)
    until_readable(page, "textarea.text-field-input", 4)
    # And it gives back what it does not need.
    page.set_viewport_size({"width": 900, "height": 800})
    page.wait_for_function("high => document.querySelector('#word-alt_text').offsetHeight === high", arg=high)
    # Saving one text leaves the others alone: the height that a text area was given is no reason to draw it anew, with
    # what is typed in it undone.
    alt = field(page, "Alt text").element_handle()
    field(page, "Title").fill("Another title")
    page.keyboard.press("Enter")
    expect(page.locator("[data-edit-state=post_title]")).to_have_text("Saved")
    expect(page).to_have_title("Another title · Artwork Image Manager")
    assert alt.evaluate("(area) => area.isConnected")
    # Hashtags open as high as they are.
    page.get_by_role("button", name="Change the hashtags").click()
    expect(field(page, "Hashtags")).to_be_focused()
    until_readable(page, "textarea.text-field-input", 5)


def test_what_is_typed_grows_and_shrinks_and_the_page_stays_in_place(page: Page, site: Site) -> None:
    image = add(site, **FULL)
    page.set_viewport_size({"width": 900, "height": 500})
    page.goto(f"/images/{image['id']}")
    until_readable(page, "textarea.text-field-input", 4)
    area = field(page, "Description")
    area.click()
    page.keyboard.press("End")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    was, high = page.evaluate("scrollY"), area.evaluate(HEIGHT)
    assert was > 0
    page.evaluate("document.execCommand('insertText', false, '.')")
    assert (page.evaluate("scrollY"), area.evaluate(HEIGHT)) == (was, high)
    area.fill(LONG * 2)
    until_readable(page, "textarea.text-field-input", 4)
    assert area.evaluate(HEIGHT) > high
    area.fill("Short.")
    assert area.evaluate(HEIGHT) < high
    # A script's words have their room as well.
    area.evaluate("(area, text) => { area.value = text }", LONG)
    until_readable(page, "textarea.text-field-input", 4)
    page.keyboard.press("Escape")
    until_readable(page, "textarea.text-field-input", 4)
    assert now(site, image)["description"] == LONG.strip()


def test_a_height_that_a_person_chose_stays(page: Page, site: Site) -> None:
    page.goto("/settings/voice")
    area = page.locator("#voice-guide")
    until_readable(page, "#voice-guide")
    box = area.bounding_box()
    assert box
    corner = (box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    page.mouse.move(*corner)
    page.mouse.down()
    page.mouse.move(corner[0], corner[1] + 150, steps=3)
    page.mouse.up()
    dragged = area.evaluate(HEIGHT)
    assert dragged > box["height"] + 100
    area.fill(LONG * 8)
    page.set_viewport_size({"width": 900, "height": 800})
    area.fill("Short.")
    assert area.evaluate(HEIGHT) == dragged


@pytest.mark.usefixtures("service")
def test_the_editor_in_the_library_and_notes_in_dialogs_show_the_whole_text(page: Page, site: Site) -> None:
    image = add(site, description=LONG[:250])
    coast = site.client.post("/api/collections", json={"name": "Coast", "note": LONG}).get_json()["id"]
    site.client.post(f"/api/collections/{coast}/images", json={"ids": [image["id"]]})
    page.goto("/")
    row(page, "Heron at dusk").get_by_text("Layers of dusk").click()
    expect(page.locator("textarea.editor")).to_be_focused()
    until_readable(page, "textarea.editor")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Write words…").click()
    page.locator("dialog .batch-note").fill(LONG[:190])
    until_readable(page, ".batch-note")
    page.keyboard.press("Escape")
    page.get_by_role("checkbox", name="Tick Heron at dusk").check()
    ticked = page.get_by_role("region", name="Ticked pictures")
    ticked.locator(".selection-bar-more summary").click()
    ticked.get_by_role("button", name="Key points").click()
    page.locator("dialog .bulk-text").fill(LONG)
    until_readable(page, ".bulk-text")
    page.keyboard.press("Escape")
    page.goto(f"/collections/{coast}")
    page.get_by_text("Rename").first.click()
    until_readable(page, "#edit-note")
    page.goto(f"/shared/new?collection={coast}")
    page.locator(".share-note-field").fill(LONG)
    until_readable(page, ".share-note-field")


def test_words_can_be_read_without_scripts(open_window: OpenWindow, site: Site) -> None:
    image = add(site, **FULL)
    page = open_window(java_script_enabled=False).tab()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"/images/{image['id']}")
        page.evaluate(TAKE)
        for name in ("Title", "Description", "Hashtags", "Key points (medium, size, year…)", "Alt text"):
            shown, needed = field(page, name).evaluate(
                "(area) => [area.clientHeight, (area.style.height = '0', area.scrollHeight)]"
            )
            assert shown >= needed, (width, name)
