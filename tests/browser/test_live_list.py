"""What a person does in the list while a search draws it anew: nothing typed, written or ticked is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, add_many, edit_elsewhere, row, shown
from tests.support.factories import picture

TITLE = re.compile(r"/api/images/\d+$")


def find(page: Page, words: str) -> None:
    """Type a search, and wait for its results."""
    page.get_by_role("combobox", name="Search your pictures").fill(words)
    expect(page).to_have_url(re.compile(f"q={words}(&|$)") if words else re.compile(r"^[^?]*(\?tz=[^&]*)?$"))


def hold(page: Page, address: re.Pattern[str]) -> Callable[[], None]:
    """Keep calls on their way until what is given back is called."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route))

    def let_go() -> None:
        for route in held:
            route.continue_()

    return let_go


def test_everything_that_matches_is_not_carried_to_another_search(page: Page, site: Site) -> None:
    add_many(site, 52)
    page.goto("/?tz=America/St_Johns")
    page.get_by_role("checkbox", name="Tick all that are shown").check()
    bar = page.get_by_role("region", name="Ticked pictures")
    # As a translator of the browser leaves it.
    page.locator("[data-total]").evaluate("(total) => { total.innerHTML = '<font>Bilder: 52</font>'; }")
    bar.get_by_role("button", name="Select all 52 that match").click()
    expect(bar).to_contain_text("All 52 selected")
    find(page, "001")
    expect(bar).to_be_hidden()
    expect(page.get_by_role("checkbox", name="Tick Study 001.jpg")).not_to_be_checked()
    assert "tz=America" in page.url
    find(page, "")
    expect(bar).to_be_hidden()


def test_results_come_when_words_that_were_on_their_way_are_saved(page: Page, site: Site) -> None:
    add(site, "One.jpg", post_title="Heron")
    add(site, "Two.jpg", post_title="Gull")
    page.goto("/")
    let_go = hold(page, TITLE)
    page.get_by_role("button", name="Gull", exact=True).click()
    page.get_by_role("textbox", name="Title").fill("Grey gull")
    search = page.get_by_role("combobox", name="Search your pictures")
    with page.expect_request(TITLE):
        search.fill("heron")
    expect(row(page, "Gull")).to_be_visible()
    # Longer than the pause after which a search is asked for.
    page.wait_for_timeout(400)
    let_go()
    expect(page.locator("[data-total]")).to_have_text("1 picture")
    find(page, "grey")
    expect(row(page, "Grey gull")).to_be_visible()


def test_words_that_are_being_written_are_asked_for_once(page: Page, site: Site) -> None:
    add(site)
    page.goto("/")
    calls: list[Route] = []
    page.route(re.compile("/generate$"), lambda route: calls.append(route))
    page.get_by_role("button", name="Write words for").click()
    find(page, "nothing")
    find(page, "")
    expect(page.get_by_text("Writing…")).to_be_visible()
    page.get_by_role("button", name="Write words for").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Writing…")).to_have_count(0)
    assert len(calls) == 1


def test_a_picture_comes_back_from_the_trash_into_another_list(page: Page, site: Site) -> None:
    add(site, "One.jpg", post_title="Heron grey")
    add(site, "Two.jpg", post_title="Heron white")
    page.goto("/")
    find(page, "heron")
    page.get_by_role("link", name="More for Heron grey").click()
    page.get_by_role("menuitem", name="trash").click()
    expect(row(page, "Heron grey")).to_have_count(0)
    find(page, "her")
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Heron grey")).to_be_visible()
    expect(page.locator("[data-rows] > [data-image-id]")).to_have_count(2)


def test_words_that_a_search_brought_are_not_somebody_elses_change(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron")
    page.goto("/")
    page.get_by_role("button", name="Heron", exact=True).click()
    page.get_by_role("textbox", name="Title").fill("Mine")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    edit_elsewhere(site, image, post_title="Theirs")
    find(page, "theirs")
    page.get_by_role("button", name="Theirs", exact=True).click()
    page.get_by_role("textbox", name="Title").fill("Theirs and mine")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def test_rows_that_come_too_late_are_not_those_of_the_new_search(page: Page, site: Site) -> None:
    add_many(site, 102)
    page.goto("/")
    let_go = hold(page, re.compile("after=.*fragment=rows"))
    with page.expect_request(re.compile("fragment=rows")):
        page.get_by_role("link", name="Load more").scroll_into_view_if_needed()
    find(page, "study")
    with page.expect_request(re.compile("q=study.*fragment=rows")):
        page.get_by_role("link", name="Load more").scroll_into_view_if_needed()
    let_go()
    expect(row(page, "Study 003.jpg")).to_be_attached()
    names = shown(page)
    assert len(names) == len(set(names))


def test_pictures_that_arrive_during_a_search_stand_where_they_belong(
    page: Page, site: Site, tmp_path: Path
) -> None:
    for name in ("Heron.jpg", "Gull.jpg", "Heron too.jpg"):
        (tmp_path / name).write_bytes(picture("JPEG"))
    site.client.post("/api/settings/first-visit", json={"choice": "skip"})
    page.goto("/")
    choose = page.get_by_label("Choose pictures")
    rows = re.compile(r"/images/\d+/row")
    let_go = hold(page, rows)
    with page.expect_request(rows):
        choose.set_input_files([tmp_path / "Gull.jpg"])
    find(page, "heron")
    let_go()
    choose.set_input_files([tmp_path / "Heron.jpg", tmp_path / "Heron too.jpg"])
    expect(row(page, "Heron.jpg")).to_be_visible()
    expect(row(page, "Heron too.jpg")).to_be_visible()
    expect(page.locator("[data-total]")).to_have_text("2 pictures")
    expect(page.locator("[data-rows] > [data-image-id]")).to_have_count(2)


def test_a_row_that_a_search_takes_away_takes_its_menu_along(page: Page, site: Site) -> None:
    add(site, "One.jpg", post_title="Heron")
    add(site, "Two.jpg", post_title="Gull")
    page.goto("/")
    let_go = hold(page, re.compile("q=gull"))
    with page.expect_request(re.compile("q=gull")):
        page.get_by_role("combobox", name="Search your pictures").fill("gull")
    page.get_by_role("link", name="More for Heron").click()
    expect(page.get_by_role("menuitem", name="trash")).to_be_visible()
    let_go()
    expect(page.locator("[data-total]")).to_have_text("1 picture")
    expect(page.get_by_role("menuitem", name="trash")).to_be_hidden()


def test_the_name_of_a_view_stays_while_results_come(page: Page, site: Site) -> None:
    add(site, "One.jpg", post_title="Heron")
    page.goto("/?q=her")
    let_go = hold(page, re.compile("q=hero(&|$)"))
    with page.expect_request(re.compile("q=hero(&|$)")):
        page.get_by_role("combobox", name="Search your pictures").fill("hero")
    page.get_by_text("Save this view").click()
    name = page.get_by_label("Name of this view")
    name.fill("Birds")
    let_go()
    expect(page.get_by_role("link", name="Take away the filter “hero”")).to_be_visible()
    expect(name).to_have_value("Birds")
    expect(name).to_be_focused()
