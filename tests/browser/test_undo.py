"""Ctrl+Z takes back the last acts of a tab, whatever they were and wherever one is by then."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.axe import check_both_looks
from tests.browser.conftest import Site
from tests.browser.stage import add, edit_elsewhere, now, row
from tests.browser.test_ticking import bar, tick

PHONE: ViewportSize = {"width": 320, "height": 700}


def notes(page: Page) -> Locator:
    return page.locator("[data-toasts] .toast-note")


def take_back(page: Page, what: str) -> None:
    """Press Ctrl+Z and wait until it is said what was taken back."""
    page.keyboard.press("Control+z")
    expect(notes(page).filter(has_text=re.compile(rf"^Taken back[:.] {re.escape(what)}"))).to_be_visible()


def test_acts_are_taken_back_in_turn_on_whatever_page(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("409")
    images = [add(site, name, post_title=name[:-4]) for name in ("One.jpg", "Two.jpg", "Three.jpg")]
    before = [now(site, image) for image in images]
    page.goto("/")
    # Words, by leaving their field.
    row(page, "One.jpg").get_by_role("button", name="No description yet").click()
    page.keyboard.type("A heron.")
    page.get_by_role("heading", name="Library").click()
    expect(row(page, "One.jpg").get_by_text("A heron.")).to_be_visible()
    # Once more, which is the same sitting.
    row(page, "One.jpg").get_by_text("A heron.").click()
    page.keyboard.type(" In mist.")
    page.get_by_role("heading", name="Library").click()
    expect(row(page, "One.jpg").get_by_text("A heron. In mist.")).to_be_visible()
    # Words of the placeholder writer.
    row(page, "Two.jpg").get_by_role("button", name="Write words").click()
    expect(notes(page)).to_contain_text("Words written for “Two”")
    assert now(site, images[1])["origins"]["description"] == "placeholder"
    # Places; two of a kind are one message, which leads there.
    for name in ("One", "Three"):
        tick(page, name)
        bar(page).get_by_role("button", name="Collection").click()
        page.get_by_role("dialog").get_by_label("Collection").fill("Spring show")
        page.get_by_role("dialog").get_by_role("button", name="Put in").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        bar(page).get_by_role("button", name="Untick all").click()
    expect(notes(page)).to_have_text(re.compile("^2 pictures put into “Spring show”Open itUndo"))
    notes(page).get_by_role("link", name="Open it").click()
    expect(page.get_by_role("heading", name="Spring show")).to_be_visible()
    # States, on another page; in a field the keys are the browser's.
    page.goto(f"/images/{images[2]['id']}")
    page.get_by_text("Ready", exact=True).first.click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    title = page.get_by_label("Title", exact=True)
    title.fill("Threes")
    title.press("Control+z")
    assert now(site, images[2])["status"] == "ready"
    title.press("Escape")
    take_back(page, "the status of “Three”.")
    expect(page.get_by_label("New", exact=True)).to_be_checked()
    for _ in range(2):
        take_back(page, "1 picture put into “Spring show”.")
        notes(page).get_by_role("button", name="Close").last.click()
    take_back(page, "The collection “Spring show” is gone again.")
    page.goto("/")
    take_back(page, "Words written for “Two”.")
    expect(row(page, "Two.jpg").get_by_role("button", name="No description yet")).to_be_visible()
    take_back(page, "the description of “One”.")
    expect(row(page, "One.jpg").get_by_text("A heron.", exact=True)).to_be_visible()
    notes(page).filter(has_text="the description").get_by_role("button", name="Close").click()
    take_back(page, "the description of “One”.")
    expect(row(page, "One.jpg").get_by_role("button", name="No description yet")).to_be_visible()
    for image, was in zip(images, before, strict=True):
        same = ("post_title", "description", "hashtags", "category", "alt_text", "status", "origins")
        assert [now(site, image)[name] for name in same] == [was[name] for name in same]
    assert site.client.get("/api/collections").get_json()["collections"] == []
    page.keyboard.press("Control+z")
    expect(notes(page).filter(has_text="There is nothing to take back.")).to_be_visible()
    # What somebody else changed since stays, and that is said.
    row(page, "One.jpg").get_by_role("button", name="One", exact=True).click()
    page.keyboard.type("s")
    page.keyboard.press("Enter")
    expect(row(page, "One.jpg").get_by_text("Saved")).to_be_visible()
    edit_elsewhere(site, images[0], post_title="Theirs")
    page.keyboard.press("Control+z")
    expect(notes(page).filter(has_text="title was changed since, so nothing was taken back")).to_be_visible()
    assert now(site, images[0])["post_title"] == "Theirs"


KEEP_21 = """async () => {
  const { src } = document.querySelector("script[src*='start/start']");
  const { keep } = await import(src.replace(/start.*/, "undo/acts.js"));
  for (let number = 1; number <= 21; number += 1) keep({ text: `act ${number}` });
  return Object.values(sessionStorage).flatMap((kept) => kept.match(/act \\d+/g) ?? []).length;
}"""


def test_twenty_acts_are_remembered_and_a_flash_is_a_message_like_any(page: Page, site: Site) -> None:
    page.goto("/categories")
    assert page.evaluate(KEEP_21) == 20
    heading = page.get_by_role("heading", name="Categories").bounding_box()
    page.get_by_label("New category").fill("Prints")
    page.keyboard.press("Enter")
    expect(notes(page)).to_contain_text("“Prints” is there.")
    # It does not push the page down, and it can be reached in a narrow window.
    expect(page.locator(".flashes .note")).to_have_count(0)
    assert page.get_by_role("heading", name="Categories").bounding_box() == heading
    notes(page).hover()
    check_both_looks(page, ".toasts")
    page.set_viewport_size(PHONE)
    box = notes(page).bounding_box()
    assert box is not None
    assert (box["x"] >= 0, box["x"] + box["width"] <= PHONE["width"]) == (True, True)
    notes(page).get_by_role("button", name="Undo").click()
    expect(notes(page)).to_contain_text("Taken back. The category “Prints” is gone again.")
    assert site.client.get("/api/categories?empty=1").get_json()["categories"] == []
    # Of an act that nothing takes back any more the person is told, and the one before it is next.
    page.keyboard.press("Control+z")
    expect(notes(page).filter(has_text="This cannot be taken back any more.")).to_be_visible()
