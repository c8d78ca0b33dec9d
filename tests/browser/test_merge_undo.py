"""Merging tags and categories taken back in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, now
from tests.browser.test_organise import categories, sheet, tags


def test_a_merge_of_tags_and_a_deleted_category_are_undone_from_the_message(page: Page, site: Site) -> None:
    pictures = [
        add(site, hashtags=line, category="Prints / Linocut") for line in ("water Herons", "heron dusk")
    ]
    before = tags(site), categories(site)
    page.goto("/tags")
    page.get_by_label("Tick #Herons").check()
    page.get_by_label("Tick #heron", exact=True).check()
    page.get_by_role("button", name="Merge into…").click()
    sheet(page).get_by_label("Into").fill("#Grey_Heron")
    sheet(page).get_by_role("button", name="Merge").click()
    expect(page.get_by_text("Tags merged. 2 pictures changed.")).to_be_visible()
    expect(page.get_by_label("Tick #Grey_Heron")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: Tags merged.")).to_be_visible()
    expect(page.get_by_label("Tick #Herons")).to_be_visible()
    expect(page.get_by_label("Tick #Grey_Heron")).to_have_count(0)
    assert [now(site, one)["hashtags"] for one in pictures] == [["#water", "#Herons"], ["#heron", "#dusk"]]
    page.goto("/categories")
    page.get_by_role("link", name="Edit Prints", exact=True).click()
    sheet(page).get_by_label("With its part").check()
    sheet(page).get_by_role("button", name="Delete “Prints”").click()
    expect(page.get_by_text("There is no category yet.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Edit Prints / Linocut")).to_be_visible()
    assert (tags(site), categories(site)) == before
