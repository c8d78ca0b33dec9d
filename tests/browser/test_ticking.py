"""Ticking rows opens a bar with what can be done with them all."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, now, row, shown

NAMES = ("One.jpg", "Two.jpg", "Three.jpg", "Four.jpg")


@pytest.fixture
def four(page: Page, site: Site) -> list[dict[str, object]]:
    """Open a library of four pictures; the last one added is on top."""
    images = [add(site, name, alt_text="A picture") for name in NAMES]
    page.goto("/")
    return images


def bar(page: Page) -> Locator:
    """Find the bar."""
    return page.get_by_role("region", name="Ticked pictures")


def tick(page: Page, *names: str) -> None:
    """Tick pictures."""
    for name in names:
        page.get_by_role("checkbox", name=f"Tick {name}").check()


def test_the_ticked_ones_are_marked_ready_or_go_to_the_trash_and_come_back(
    page: Page, site: Site, four: list[dict[str, object]]
) -> None:
    tick(page, "One.jpg", "Three.jpg")
    expect(bar(page)).to_contain_text("2 selected")
    bar(page).get_by_role("button", name="Mark ready").click()
    expect(page.get_by_text("2 marked ready")).to_be_visible()
    expect(row(page, "One.jpg").get_by_role("button", name="Ready")).to_be_visible()
    assert [now(site, image)["status"] for image in four] == ["ready", "new", "ready", "new"]
    # To the trash, and back to their places.
    bar(page).get_by_role("button", name="Untick all").click()
    tick(page, "Two.jpg", "Three.jpg")
    bar(page).get_by_role("button", name="Trash").click()
    expect(row(page, "Two.jpg")).to_have_count(0)
    expect(row(page, "Three.jpg")).to_have_count(0)
    assert shown(page) == ["Four.jpg", "One.jpg"]
    expect(page.get_by_text("2 pictures", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").last.click()
    expect(row(page, "Two.jpg")).to_be_visible()
    expect(row(page, "Three.jpg")).to_be_visible()
    assert shown(page) == ["Four.jpg", "Three.jpg", "Two.jpg", "One.jpg"]
    assert site.client.get("/api/images").get_json()["total"]["count"] == len(NAMES)


def test_the_head_ticks_all_escape_none_shift_what_is_between_and_each_row_has_a_menu(
    page: Page, site: Site, four: list[dict[str, object]]
) -> None:
    page.get_by_role("checkbox", name="Tick all").check()
    expect(bar(page)).to_contain_text("4 selected")
    bar(page).get_by_role("button", name="Untick all").click()
    expect(bar(page)).to_be_hidden()
    tick(page, "One.jpg")
    page.keyboard.press("Escape")
    expect(bar(page)).to_be_hidden()
    page.get_by_role("checkbox", name="Tick Four.jpg").click()
    page.get_by_role("checkbox", name="Tick Two.jpg").click(modifiers=["Shift"])
    expect(bar(page)).to_contain_text("3 selected")
    expect(page.get_by_role("checkbox", name="Tick One.jpg")).not_to_be_checked()
    bar(page).get_by_role("button", name="Untick all").click()
    # A row has a menu of its own, for the mouse and the keyboard.
    more = row(page, "Two.jpg").get_by_label("More for")
    more.click()
    page.get_by_role("menuitem", name="Mark ready").click()
    expect(row(page, "Two.jpg").get_by_role("button", name="Ready")).to_be_visible()
    assert now(site, four[1])["status"] == "ready"
    # By keyboard.
    more.press("Enter")
    expect(page.get_by_role("menuitem", name="Open")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Move to trash")).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    more.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(row(page, "Two.jpg")).to_have_count(0)


@pytest.mark.parametrize("view", ["table", "grid", "wall"])
def test_a_tick_is_seen_in_every_view(page: Page, site: Site, view: str) -> None:
    add(site)
    page.goto(f"/?view={view}")
    box = page.get_by_role("checkbox", name="Tick Heron at dusk.jpg")
    box.check()
    colours = box.evaluate(
        """(box) => {
          const accent = Object.assign(document.createElement("i"), { style: "color: var(--accent)" });
          document.body.append(accent);
          return [getComputedStyle(box).backgroundColor, getComputedStyle(accent).color];
        }"""
    )
    assert colours[0] == colours[1]
