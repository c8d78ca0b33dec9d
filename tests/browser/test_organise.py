"""Categories and tags put in order in a real browser: in their rows, in sheets, on a phone, and without a mouse."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import insert

from models import Tag, db
from tests.browser.axe import WIDE, check_both_looks, violations
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import add, now, until_loaded
from tests.browser.test_fresh_pages import come_to_the_front

LONG = "Landscapes and other places where nobody has ever been / Averyveryverylongword"


def categories(site: Site) -> dict[str, int]:
    found = site.client.get("/api/categories?empty=1").get_json()["categories"]
    return {one["name"]: one["count"] for one in found}


def tags(site: Site) -> dict[str, int]:
    return {one["name"]: one["count"] for one in site.client.get("/api/tags").get_json()["tags"]}


def sheet(page: Page) -> Locator:
    return page.get_by_role("dialog")


def names(page: Page) -> list[str]:
    return page.locator("[data-name]").all_inner_texts()


@pytest.fixture
def prints(site: Site) -> list[dict[str, Any]]:
    """Return pictures in a few categories."""
    return [add(site, category=name) for name in ("Prints", "Prints / Linocut", "Paper")]


@pytest.fixture
def herons(site: Site) -> list[dict[str, Any]]:
    """Return pictures with tags, some of which are nearly the same."""
    return [add(site, hashtags=line) for line in ("herons water", "heron Fishers", "heron dusk")]


def test_a_category_is_renamed_in_its_row(page: Page, site: Site, prints: list[dict[str, Any]]) -> None:
    page.goto("/")
    page.get_by_role("link", name="Edit categories").click()
    assert names(page) == ["Paper", "Prints", "Linocut"]
    page.get_by_role("button", name="Rename Prints", exact=True).click()
    expect(page.get_by_label("New name of Prints")).to_be_focused()
    page.keyboard.type("Graphics")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Rename Graphics / Linocut")).to_be_visible()
    expect(page.get_by_role("button", name="Rename Graphics", exact=True)).to_be_focused()
    assert categories(site) == {"Graphics": 2, "Graphics / Linocut": 1, "Paper": 1}
    assert now(site, prints[1])["category"] == "Graphics / Linocut"
    page.get_by_role("button", name="Rename Paper").click()
    page.keyboard.type("Something else")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Rename Paper")).to_be_focused()
    assert names(page) == ["Graphics", "Linocut", "Paper"]


def test_a_category_renamed_in_another_tab_is_told_in_the_sheet_with_what_was_typed(
    page: Page, site: Site, prints: list[dict[str, Any]], allowed: list[str]
) -> None:
    allowed.append("409")
    page.clock.install()
    page.goto("/categories")
    page.get_by_role("button", name="Rename Paper").click()
    page.get_by_role("textbox", name="New name of Paper").fill("Mine")
    [paper] = [
        one for one in site.client.get("/api/categories").get_json()["categories"] if one["name"] == "Paper"
    ]
    other = {"name": "Theirs", "version": paper["version"]}
    assert site.client.patch(f"/api/categories/{paper['id']}", json=other).status_code == 200
    # The row takes up what is new: what is typed is still a change of the old name.
    come_to_the_front(page)
    page.keyboard.press("Enter")
    # Not behind the sheet, where it is hard to read.
    expect(sheet(page).get_by_role("alert")).to_contain_text("It is called “Theirs” now.")
    expect(sheet(page).get_by_label("Name", exact=True)).to_have_value("Mine")


def test_a_name_that_cannot_be_is_kept_and_a_taken_one_offers_to_merge(
    page: Page, site: Site, prints: list[dict[str, Any]], allowed: list[str]
) -> None:
    allowed += ["409", "422"]
    page.goto("/categories")
    page.get_by_role("button", name="Rename Paper").click()
    page.keyboard.type("a / b / c")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A category can have parts, but a part has none")).to_be_visible()
    field = page.get_by_label("New name of Paper")
    expect(field).to_have_value("a / b / c")
    field.fill("Card")
    field.press("Enter")
    expect(page.get_by_role("button", name="Rename Card")).to_be_visible()
    assert "Card" in categories(site)
    # A taken name offers to merge.
    page.get_by_role("button", name="Rename Card").click()
    page.keyboard.type("prints")
    page.keyboard.press("Enter")
    expect(sheet(page)).to_contain_text("There is a category “Prints” already")
    expect(sheet(page).get_by_label("Name", exact=True)).to_have_value("prints")
    assert violations(page, "dialog") == []
    sheet(page).get_by_role("button", name="Merge into Prints").click()
    expect(page.get_by_text("“Card” is merged. 1 picture changed.")).to_be_visible()
    expect(page.get_by_role("link", name="Edit Card")).to_have_count(0)
    assert names(page) == ["Prints", "Linocut"]
    assert now(site, prints[2])["category"] == "Prints"


def test_a_category_is_moved_and_deleted_in_the_sheet(
    page: Page, site: Site, prints: list[dict[str, Any]]
) -> None:
    page.goto("/categories")
    page.get_by_role("link", name="Edit Paper").click()
    sheet(page).get_by_label("Move to").select_option("Under Prints")
    sheet(page).get_by_role("button", name="Move").click()
    expect(page.get_by_role("link", name="Edit Prints / Paper")).to_be_focused()
    page.get_by_role("link", name="Edit Prints", exact=True).press("Enter")
    expect(sheet(page)).to_contain_text("1 picture stays in your library without a category.")
    sheet(page).get_by_label("With its parts. 3 pictures stay").check()
    sheet(page).get_by_role("button", name="Delete “Prints”").click()
    expect(page.get_by_text("There is no category yet.")).to_be_visible()
    assert categories(site) == {}
    assert [now(site, one)["category"] for one in prints] == ["", "", ""]


def test_ticked_tags_are_merged_into_one(page: Page, site: Site, herons: list[dict[str, Any]]) -> None:
    page.goto("/")
    page.get_by_role("link", name="Edit tags").click()
    bar = page.get_by_role("group", name="Ticked tags")
    expect(bar).to_be_hidden()
    page.get_by_label("Tick #heron", exact=True).check()
    page.get_by_label("Tick #Fishers").check()
    expect(bar).to_contain_text("2 ticked")
    bar.get_by_role("button", name="Merge into…").click()
    expect(sheet(page).get_by_label("Into")).to_have_value("#heron")
    sheet(page).get_by_label("Into").fill("#Grey_Heron")
    sheet(page).get_by_role("button", name="Merge").click()
    expect(page.get_by_text("Tags merged. 2 pictures changed.")).to_be_visible()
    expect(page.get_by_label("Tick #Grey_Heron")).to_be_visible()
    expect(bar).to_be_hidden()
    assert tags(site) == {"#Grey_Heron": 2, "#herons": 1, "#water": 1, "#dusk": 1}
    assert now(site, herons[1])["hashtags"] == ["#Grey_Heron"]


def test_tags_nearly_the_same_are_merged_with_one_click(
    page: Page, site: Site, herons: list[dict[str, Any]]
) -> None:
    page.goto("/tags")
    page.get_by_text("Nearly the same: 1 group").click()
    expect(page.get_by_role("checkbox", name="#herons 1")).to_be_checked()
    assert violations(page) == []
    page.get_by_role("button", name="Merge into #heron").click()
    expect(page.get_by_text("Merged into #heron. 1 picture changed.")).to_be_visible()
    expect(page.get_by_text("No tags are nearly the same.")).to_be_visible()
    assert tags(site)["#heron"] == 3
    assert now(site, herons[0])["hashtags"] == ["#heron", "#water"]


def test_a_tag_is_renamed_and_removed_in_the_sheet(
    page: Page, site: Site, herons: list[dict[str, Any]], allowed: list[str]
) -> None:
    allowed.append("409")
    page.goto("/tags")
    page.get_by_role("link", name="Edit #water").click()
    sheet(page).get_by_label("Name", exact=True).fill("dusk")
    sheet(page).get_by_role("button", name="Rename").click()
    expect(sheet(page)).to_contain_text("There is a tag #dusk already, in 1 picture.")
    sheet(page).get_by_label("Name", exact=True).fill("lake")
    sheet(page).get_by_role("button", name="Rename").click()
    expect(page.get_by_role("link", name="Edit #lake")).to_be_visible()
    assert now(site, herons[0])["hashtags"] == ["#herons", "#lake"]
    page.get_by_role("link", name="Edit #lake").click()
    sheet(page).get_by_role("button", name="Remove from the picture").click()
    expect(page.get_by_role("link", name="Edit #lake")).to_have_count(0)
    assert now(site, herons[0])["hashtags"] == ["#herons"]


def test_tags_are_found_while_typing_and_more_come_on_demand(page: Page, site: Site) -> None:
    rows = [{"folded": f"#t{number:03}", "shown": f"#T{number:03}", "images": 1} for number in range(250)]
    with site.app.app_context():
        db.session.execute(insert(Tag), rows)
        db.session.commit()
    page.goto("/tags?order=name")
    ticks = page.locator("[data-tag]")
    expect(ticks).to_have_count(100)
    for count in (200, 250):
        page.get_by_role("link", name="More tags").click()
        expect(ticks).to_have_count(count)
    expect(page.get_by_role("link", name="More tags")).to_have_count(0)
    page.get_by_label("Tags that begin with").fill("t01")
    expect(ticks).to_have_count(10)
    assert "prefix=t01" in page.url
    page.get_by_role("link", name="Most used").click()
    expect(ticks).to_have_count(10)
    expect(page.get_by_label("Tags that begin with")).to_have_value("t01")


@pytest.mark.usefixtures("herons")
def test_both_pages_and_their_sheets_are_accessible_and_fit_a_phone(page: Page, site: Site) -> None:
    add(site, category=LONG, hashtags="x" * 99)
    for address, opener in (("/categories", "Edit Landscapes"), ("/tags", "Edit #heron")):
        page.set_viewport_size(WIDE)
        page.goto(address)
        until_loaded(page)
        check_both_looks(page)
        page.get_by_role("link", name=opener).first.click()
        expect(sheet(page)).to_be_visible()
        check_both_looks(page, "dialog")
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name=opener).first).to_be_focused()
    page.get_by_label("Tick #heron", exact=True).check()
    assert violations(page) == []


def test_everything_works_without_javascript(
    open_window: OpenWindow, site: Site, prints: list[dict[str, Any]], herons: list[dict[str, Any]]
) -> None:
    page = open_window(java_script_enabled=False).tab()
    page.goto("/categories")
    page.get_by_role("link", name="Edit Paper").click()
    page.get_by_label("Name", exact=True).fill("Card")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("It is called “Card” now.")).to_be_visible()
    page.get_by_role("link", name="Edit Card").click()
    page.get_by_role("button", name="Delete “Card”").click()
    expect(page.get_by_text("1 picture stays without a category.")).to_be_visible()
    page.goto("/tags?order=name")
    page.get_by_label("Tick #herons").check()
    page.get_by_label("Tick #heron", exact=True).check()
    page.get_by_role("button", name="Merge into…").click()
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("→ #heron: 1 picture changed.")).to_be_visible()
    assert page.url.endswith("/tags?order=name")
    page.get_by_label("Tick #dusk").check()
    page.get_by_role("button", name="Remove…").click()
    page.get_by_role("button", name="Remove").click()
    assert tags(site) == {"#heron": 3, "#water": 1, "#Fishers": 1}
