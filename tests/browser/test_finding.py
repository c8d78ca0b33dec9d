"""Filters, search, order and paging; lists never lose the place."""

from __future__ import annotations

import io
import re

from PIL import Image as Pillow
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, add_many, edit_elsewhere, row, shown
from tests.support.factories import upload

PAGE = 50
NEAR_PX = 5


def test_a_filter_narrows_the_list_and_back_takes_it_off(page: Page, site: Site) -> None:
    add(site, "One.jpg", category="Prints")
    add(site, "Two.jpg", category="Oils", status="ready", alt_text="A picture")
    page.goto("/")
    page.get_by_role("checkbox", name="Tick Two.jpg").check()
    page.get_by_role("complementary", name="Filters").get_by_role("link", name="Prints").click()
    expect(page).to_have_url(re.compile(r"category=Prints"))
    expect(row(page, "Two.jpg")).to_have_count(0)
    assert shown(page) == ["One.jpg"]
    late = add(site, "Three.jpg", category="Oils")
    page.go_back()
    expect(row(page, "Two.jpg")).to_be_visible()
    # A tick is of a picture, not of a place in the list.
    expect(page.get_by_role("checkbox", name="Tick Two.jpg")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Tick Three.jpg")).not_to_be_checked()
    site.client.delete(f"/api/images/{late['id']}")
    page.get_by_role("complementary", name="Filters").get_by_role("link", name="Ready").click()
    expect(row(page, "One.jpg")).to_have_count(0)
    page.get_by_role("link", name="Show all", exact=True).click()
    expect(row(page, "One.jpg")).to_be_visible()
    # One that finds nothing says so.
    page.goto("/?status=draft")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Show all pictures").click()
    expect(row(page, "One.jpg")).to_be_visible()
    # The order is chosen from a menu.
    assert shown(page) == ["Two.jpg", "One.jpg"]
    page.get_by_text("Order: Newest").click()
    page.get_by_role("link", name="Oldest").click()
    expect(page).to_have_url(re.compile("sort=oldest"))
    assert shown(page) == ["One.jpg", "Two.jpg"]


def test_search_finds_by_words_and_file_name_and_keeps_the_filter(page: Page, site: Site) -> None:
    add(site, "IMG_2043.jpeg", category="Prints", description="Mist over the reeds")
    add(site, "Other.jpg", category="Prints")
    add(site, "Mist.jpg")
    page.goto("/?category=Prints")
    page.keyboard.press("/")
    page.keyboard.type("mist")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=mist"))
    assert shown(page) == ["IMG_2043.jpeg"]
    page.get_by_role("combobox", name="Search your pictures").fill("2043")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=2043"))
    assert shown(page) == ["IMG_2043.jpeg"]
    page.get_by_role("link", name="Take away the filter Prints").click()
    expect(page).not_to_have_url(re.compile(r"category"))
    expect(page.get_by_role("combobox", name="Search your pictures")).to_have_value("2043")


def test_more_rows_come_as_one_scrolls_and_back_finds_the_place_again(page: Page, site: Site) -> None:
    add_many(site, 2 * PAGE + 5)
    page.goto("/")
    expect(page.get_by_text("105 pictures", exact=True)).to_be_visible()
    assert len(shown(page)) == PAGE
    row(page, "Study 056").scroll_into_view_if_needed()
    expect(row(page, "Study 006")).to_be_attached()
    mark = row(page, "Study 010")
    mark.evaluate("(element) => element.scrollIntoView({ block: 'center' })")
    before = mark.bounding_box()
    mark.get_by_role("link", name="Open Study 010").click()
    expect(page.get_by_role("heading", name="Study 010")).to_be_attached()
    page.go_back()
    expect(mark).to_be_in_viewport()
    after = mark.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < NEAR_PX


def test_after_back_a_picture_edited_on_its_page_shows_its_new_words(page: Page, site: Site) -> None:
    image = add(site, post_title="Before")
    page.goto("/?status=new")
    row(page, "Before").get_by_role("link", name="Open").click()
    page.wait_for_url("**/images/*")
    page.get_by_label("Title", exact=True).fill("After")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile("status=new"))
    expect(row(page, "After")).to_be_visible()
    edit_elsewhere(site, image, post_title="Later still")
    page.reload()
    expect(row(page, "Later still")).to_be_visible()


def test_more_that_could_not_be_loaded_says_so_and_can_be_asked_for_again(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("ERR_FAILED")
    add_many(site, PAGE + 1)
    page.goto("/")
    page.route("**/?after=*", lambda route: route.abort())
    page.get_by_role("link", name="Load more").scroll_into_view_if_needed()
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute("**/?after=*")
    again.click()
    expect(row(page, "Study 001")).to_be_attached()
    # That was the last page, and no picture came twice; the first ones may have been let go.
    expect(page.get_by_role("link", name="Load more")).to_have_count(0)
    names = shown(page)
    assert len(names) == len(set(names))


def test_pictures_are_found_by_a_colour_of_theirs(page: Page, site: Site) -> None:
    for name, colour in (("Sea.jpg", (20, 130, 120)), ("Fire.jpg", (220, 60, 20))):
        out = io.BytesIO()
        Pillow.new("RGB", (60, 40), colour).save(out, "PNG")
        upload(site.client, (out.getvalue(), name.replace("jpg", "png")))
    page.goto("/")
    page.get_by_role("navigation", name="Colours").get_by_role("link", name="Teal").click()
    expect(page).to_have_url(re.compile(r"colour=teal"))
    assert shown(page) == ["Sea.png"]
    page.get_by_label("Any colour").fill("#dc3c14")
    page.get_by_role("button", name="Find pictures with this colour").click()
    expect(page.get_by_role("link", name="Take away the filter #dc3c14")).to_be_visible()
    assert shown(page) == ["Fire.png"]
