"""Changing many pictures at once from the bar of the ticked ones, with one undo for all of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.axe import WIDE, check_both_looks, violations
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import (
    PHONE,
    TOUCH,
    add,
    add_many,
    edit_elsewhere,
    now,
    row,
    shown,
    sideways,
    until_at_rest,
)
from tests.browser.test_ticking import bar, tick

ON_TOP = """(one) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  return document.elementFromPoint(x + width / 2, y + height / 2) === one;
}"""
NAMES = ("One.jpg", "Two.jpg", "Three.jpg")


FURTHER = ("Category", "Tags", "Key points", "Export", "Trash")
# What stands behind "More" in a window of so many pixels.
WITHOUT_ROOM = {
    768: ("Category", "Tags", "Status", "Key points", "Export", "Trash"),
    1024: ("Category", "Tags", "Status", "Key points", "Export", "Trash"),
    1280: ("Tags", "Status", "Key points", "Export"),
    1440: ("Status", "Key points"),
}


@pytest.fixture
def three(page: Page, site: Site) -> list[dict[str, Any]]:
    """Open a library of three pictures, the first two ticked."""
    images = [add(site, name, category="Paper", hashtags="heron wip") for name in NAMES]
    page.goto("/")
    tick(page, "One.jpg", "Two.jpg")
    return images


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def more(page: Page) -> Locator:
    return bar(page).locator(".selection-bar-more summary")


def open_dialog(page: Page, what: str) -> Locator:
    act = bar(page).get_by_role("button", name=what)
    if not act.is_visible():
        more(page).click()
    act.click()
    expect(dialog(page)).to_contain_text("of 2 pictures")
    return dialog(page)


def words(site: Site, images: list[dict[str, Any]], field: str) -> list[Any]:
    return [now(site, image)[field] for image in images]


def test_a_category_is_set_and_taken_back_with_one_undo(
    page: Page, site: Site, three: list[dict[str, Any]]
) -> None:
    opened = open_dialog(page, "Category")
    expect(opened.get_by_label("Category")).to_be_focused()
    page.keyboard.type("Prints")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 pictures put into the category “Prints”")).to_be_visible()
    expect(dialog(page)).to_have_count(0)
    expect(row(page, "One.jpg").get_by_role("button", name="Prints")).to_be_visible()
    expect(page.get_by_role("complementary").get_by_role("link", name="Prints")).to_contain_text("2")
    assert words(site, three, "category") == ["Prints", "Prints", "Paper"]
    expect(bar(page)).to_contain_text("2 selected")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: 2 pictures put into the category “Prints”.")).to_be_visible()
    expect(row(page, "One.jpg").get_by_role("button", name="Paper")).to_be_visible()
    assert words(site, three, "category") == ["Paper"] * 3
    open_dialog(page, "Category").get_by_role("button", name="No category").click()
    expect(row(page, "Two.jpg").get_by_role("button", name="No category")).to_be_visible()
    assert words(site, three, "category") == ["", "", "Paper"]


def test_tags_key_points_and_a_collection_are_changed_for_the_ticked_ones(
    page: Page, site: Site, three: list[dict[str, Any]]
) -> None:
    add(site, hashtags="spring2026")
    opened = open_dialog(page, "Tags")
    opened.get_by_label("Add").press_sequentially("dusk spr")
    expect(opened.locator("#bulk-add-names option")).to_have_attribute("value", "dusk #spring2026")
    opened.get_by_label("Add").fill("dusk #spring2026")
    opened.get_by_label("Remove").fill("WIP")
    opened.get_by_role("button", name="Change them").click()
    expect(page.get_by_text("dusk #spring2026 added, WIP taken away: 2 pictures")).to_be_visible()
    expect(row(page, "One.jpg").get_by_text("#spring2026")).to_be_visible()
    tags = ["#heron", "#dusk", "#spring2026"]
    assert words(site, three, "hashtags") == [tags, tags, ["#heron", "#wip"]]
    # Key points go below those that are there, or take their place.
    opened = open_dialog(page, "Key points")
    opened.get_by_role("button", name="Write them").click()
    expect(opened.get_by_role("alert")).to_have_text("Type what is true of all of them.")
    opened.get_by_label("Key points").fill("linocut")
    opened.get_by_role("button", name="Write them").click()
    expect(dialog(page)).to_have_count(0)
    for text, how in (("30 x 40 cm", "Add below"), ("monoprint", "Replace")):
        opened = open_dialog(page, "Key points")
        opened.get_by_label("Key points").fill(text)
        opened.get_by_label(how).check()
        opened.get_by_role("button", name="Write them").click()
        expect(dialog(page)).to_have_count(0)
        expected = "linocut\n30 x 40 cm" if how == "Add below" else "monoprint"
        assert words(site, three, "key_points") == [expected, expected, ""]

    def kept() -> list[tuple[str, int]]:
        found = site.client.get("/api/collections").get_json()["collections"]
        return [(one["name"], one["images"]) for one in found]

    # A collection is made and filled, and emptied.
    opened = open_dialog(page, "Collection")
    opened.get_by_label("Collection").fill("Spring show")
    opened.get_by_role("button", name="Put in").click()
    expect(dialog(page)).to_have_count(0)
    assert kept() == [("Spring show", 2)]
    opened = open_dialog(page, "Collection")
    opened.get_by_label("Collection").fill("Winter show")
    opened.get_by_role("button", name="Take out").click()
    expect(opened.get_by_role("alert")).to_have_text("There is no collection called “Winter show”.")
    expect(opened.get_by_label("Collection")).to_be_focused()
    opened.get_by_label("Collection").fill("spring SHOW")
    opened.get_by_role("button", name="Take out").click()
    expect(dialog(page)).to_have_count(0)
    assert kept() == [("Spring show", 0)]
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_text("Taken back: 2 pictures taken out of “spring SHOW”.")).to_be_visible()
    assert kept() == [("Spring show", 2)]


def test_a_status_is_chosen_from_a_menu(page: Page, site: Site, three: list[dict[str, Any]]) -> None:
    more(page).click()
    bar(page).get_by_text("Status", exact=True).click()
    page.keyboard.press("Escape")
    expect(bar(page).get_by_role("button", name="Draft")).to_be_hidden()
    expect(bar(page)).to_contain_text("2 selected")
    more(page).click()
    bar(page).get_by_text("Status", exact=True).click()
    bar(page).get_by_role("button", name="Draft").click()
    expect(row(page, "Two.jpg").get_by_role("button", name="Draft")).to_be_visible()
    expect(bar(page).get_by_role("button", name="Draft")).to_be_hidden()
    assert words(site, three, "status") == ["draft", "draft", "new"]
    # What is there already is no change, and is said.
    more(page).click()
    bar(page).get_by_text("Status", exact=True).click()
    draft = bar(page).get_by_role("button", name="Draft")
    # The message of the first change does not lie over the menu.
    expect(page.get_by_text("2 pictures marked draft")).to_be_visible()
    assert draft.evaluate(ON_TOP)
    # The next change need not wait until the rows of this one are drawn.
    held: list[Route] = []
    page.route("**/bulk/rows?*", lambda asked: asked.continue_() if held else held.append(asked))
    with page.expect_request("**/bulk/rows?*"):
        draft.click()
    expect(page.get_by_text("Nothing was changed: they have it already")).to_be_visible()
    bar(page).get_by_role("button", name="Mark ready").click()
    expect(page.get_by_text("2 marked ready")).to_be_visible()
    held[0].continue_()
    expect(row(page, "One.jpg").get_by_role("button", name="Ready")).to_be_visible()
    # What was changed since is left by the undo.
    edit_elsewhere(site, three[0], status="new")
    page.get_by_role("button", name="Undo").last.click()
    told = "Taken back: 2 marked ready. 1 picture changed since, and left as it is."
    expect(page.get_by_text(told)).to_be_visible()
    expect(row(page, "One.jpg").get_by_role("button", name="New")).to_be_visible()
    assert words(site, three, "status") == ["new", "draft", "new"]


def test_a_mistake_is_said_where_it_was_made_and_the_words_stay(
    page: Page, site: Site, three: list[dict[str, Any]], allowed: list[str]
) -> None:
    allowed += ["422", "ERR_FAILED"]
    opened = open_dialog(page, "Tags")
    opened.get_by_label("Add").fill("heron")
    opened.get_by_label("Remove").fill("Heron")
    opened.get_by_role("button", name="Change them").click()
    expect(opened.get_by_role("alert")).to_have_text("#heron is to be added and to be removed.")
    expect(opened.get_by_label("Remove")).to_be_focused()
    assert violations(page, "dialog") == []
    opened.get_by_label("Remove").fill("")
    opened.get_by_label("Add").fill("dusk")
    page.route("**/api/images", lambda route: route.abort())
    opened.get_by_role("button", name="Change them").click()
    expect(opened.get_by_role("alert")).to_have_text("The server could not be reached.")
    page.unroute("**/api/images")
    opened.get_by_role("button", name="Change them").click()
    expect(dialog(page)).to_have_count(0)
    assert words(site, three, "hashtags")[2] == ["#heron", "#wip"]


def test_an_editor_that_is_open_keeps_what_is_typed_and_saves_it(
    page: Page, site: Site, three: list[dict[str, Any]]
) -> None:
    """The pictures that were known before the change are older than what is shown; that is no clash."""
    row(page, "One.jpg").get_by_role("button", name="No title yet").click()
    page.keyboard.type("Heron")
    page.keyboard.press("Enter")
    expect(row(page, "One.jpg").get_by_role("button", name="Heron", exact=True)).to_be_visible()
    bar(page).get_by_role("button", name="Mark ready").click()
    expect(page.get_by_text("2 marked ready")).to_be_visible()
    row(page, "One.jpg").locator("[data-edit=status]").click()
    row(page, "One.jpg").get_by_role("combobox").select_option("draft")
    expect(row(page, "One.jpg").get_by_role("button", name="Draft")).to_be_visible()
    assert (now(site, three[0])["status"], now(site, three[0])["post_title"]) == ("draft", "Heron")


def test_everything_that_matches_is_changed_and_the_place_is_kept(page: Page, site: Site) -> None:
    add_many(site, 120)
    other = add(site, "Elsewhere.jpg", status="ready", alt_text="A picture")
    page.goto("/?status=new")
    page.get_by_role("checkbox", name="Tick Study 120").check()
    bar(page).get_by_role("button", name="Select all 120 that match").click()
    page.mouse.wheel(0, 2500)
    page.wait_for_function("() => scrollY > 1500")
    until_at_rest(page)
    at = page.evaluate("window.scrollY")
    bar(page).get_by_role("button", name="Tags").click()
    expect(dialog(page)).to_contain_text("of all 120 pictures")
    dialog(page).get_by_label("Add").fill("spring")
    page.keyboard.press("Enter")
    expect(page.get_by_text("spring added: 120 pictures")).to_be_visible()
    expect(row(page, "Study 100.jpg").get_by_text("#spring")).to_be_visible()
    # Rows with more in them may be taller by some pixels; the person is where they were.
    assert abs(page.evaluate("window.scrollY") - at) < 200
    assert now(site, other)["hashtags"] == []
    tagged = site.client.get("/api/images?tag=spring").get_json()["total"]["count"]
    assert tagged == 120
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: spring added: 120 pictures.")).to_be_visible()
    assert site.client.get("/api/images?tag=spring").get_json()["total"]["count"] == 0


def test_everything_goes_to_the_trash_and_comes_back_to_its_place(
    page: Page, site: Site, allowed: list[str]
) -> None:
    add_many(site, 70)
    page.goto("/")
    before = shown(page)
    page.get_by_role("checkbox", name="Tick Study 070").check()
    bar(page).get_by_role("button", name="Select all 70 that match").click()
    # One that came meanwhile is not among those the bar tells of.
    late = add(site, "Late.jpg")
    allowed.append("409")
    bar(page).get_by_role("button", name="Trash").click()
    expect(page.get_by_text("There are 71 pictures by now, not 70.")).to_be_visible()
    expect(bar(page)).to_contain_text("All 71 selected")
    site.client.delete(f"/api/images/{late['id']}")
    bar(page).get_by_role("button", name="Trash").click()
    expect(page.get_by_text("70 pictures moved to the trash")).to_be_visible()
    expect(page.locator("[data-rows] > [data-image-id]")).to_have_count(0)
    assert site.client.get("/api/images").get_json()["total"]["count"] == 0
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Study 070.jpg")).to_be_visible()
    assert shown(page)[: len(before)] == before
    assert site.client.get("/api/images").get_json()["total"]["count"] == 70


def test_when_the_loaded_ones_are_gone_the_next_ones_come(page: Page, site: Site) -> None:
    add_many(site, 60)
    # The list is not to load more by scrolling before the trash is asked for.
    page.add_init_script("window.IntersectionObserver = class { observe() {} disconnect() {} };")
    page.goto("/")
    page.get_by_role("checkbox", name="Tick all").check()
    bar(page).get_by_role("button", name="Trash").click()
    expect(row(page, "Study 010.jpg")).to_be_visible()
    expect(page.locator("[data-rows] > [data-image-id]")).to_have_count(10)


@pytest.mark.usefixtures("three")
def test_the_bar_is_one_line_and_axe_finds_nothing_in_it_or_in_its_dialogs(page: Page) -> None:
    for width, further in WITHOUT_ROOM.items():
        page.set_viewport_size({**WIDE, "width": width})
        acts = bar(page).locator(".btn:visible")
        boxes = [box for one in acts.all() if (box := one.bounding_box())]
        assert len({box["y"] + box["height"] / 2 for box in boxes}) == 1, width
        assert sideways(page) == 0, width
        before = acts.all_inner_texts()
        more(page).click()
        behind = bar(page).locator(".selection-bar-further > :visible").all_inner_texts()
        assert behind == [*further], width
        assert sorted({*before} & {*FURTHER}) == sorted({*FURTHER} - {*further}), width
        more(page).click()
    more(page).click()
    check_both_looks(page)
    page.keyboard.press("Escape")
    for what in ("Category", "Tags", "Collection", "Key points"):
        page.set_viewport_size(WIDE)
        open_dialog(page, what)
        check_both_looks(page, "dialog")
        page.keyboard.press("Escape")
        expect(dialog(page)).to_have_count(0)


def test_the_bar_fits_a_phone(open_window: OpenWindow, site: Site) -> None:
    for number in range(3):
        add(site, f"{'Longname' * 9}{number}.jpg")
    page = open_window(**TOUCH).tab()
    page.goto("/")
    page.get_by_role("checkbox", name="Tick Longname").first.check()
    acts = bar(page).get_by_role("button")
    expect(acts).to_have_text(["Write words", "Mark ready", "Collection", "Share", "Clear Esc"])
    for one in (*acts.all()[:-1], more(page)):
        box = one.bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= PHONE["width"] - box["width"]
        assert min(box["width"], box["height"]) >= 44
    more(page).click()
    expect(acts).to_have_text([*("Write words", "Mark ready", "Collection", "Share"), *FURTHER, "Clear Esc"])
    assert sideways(page) == 0
    bar(page).get_by_role("button", name="Category").click()
    dialog(page).get_by_label("Category").fill("Prints")
    # Nothing comes of it in the browser, as where a list of suggestions swallows the key.
    dialog(page).get_by_label("Category").dispatch_event("keydown", {"key": "Enter"})
    expect(page.get_by_text("1 picture put into the category “Prints”")).to_be_visible()
    undo = page.get_by_role("button", name="Undo").bounding_box()
    below = bar(page).bounding_box()
    assert undo is not None
    assert below is not None
    assert undo["y"] + undo["height"] <= below["y"]


def test_the_plain_page_fits_everywhere_and_axe_finds_nothing(page: Page, site: Site) -> None:
    for number in range(4):
        add(site, f"{'Longname' * 9}{number}.jpg", category="C" * 80)
    site.client.post("/api/collections", json={"name": "S" * 80})
    page.goto("/bulk")
    check_both_looks(page)


@pytest.fixture
def plain(open_window: OpenWindow) -> Page:
    """Open a window in which no script runs."""
    return open_window(java_script_enabled=False).tab()


def test_without_scripts_many_are_changed_and_taken_back(plain: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("422")
    images = [add(site, name, hashtags="heron") for name in NAMES]
    plain.goto("/?tag=heron")
    plain.get_by_role("link", name="Change many").click()
    plain.get_by_label("Only those ticked here").check()
    plain.get_by_role("checkbox", name="One.jpg").check()
    # A mistake is shown at its field.
    plain.get_by_label("Add hashtags").fill("a")
    plain.get_by_label("Remove hashtags").fill("A")
    plain.get_by_role("button", name="Change them").click()
    expect(plain.get_by_role("alert")).to_have_text("#a is to be added and to be removed.")
    expect(plain.get_by_label("Remove hashtags")).to_have_value("A")
    plain.get_by_label("Remove hashtags").fill("")
    plain.get_by_label("Category", exact=True).fill("Prints")
    plain.get_by_label("Add hashtags").fill("#dusk")
    plain.get_by_role("button", name="Change them").click()
    expect(plain).to_have_url(re.compile(r"/\?tag=heron$"))
    expect(plain.get_by_text("1 picture changed.")).to_be_visible()
    assert words(site, images, "category") == ["Prints", "", ""]
    plain.get_by_role("button", name="Undo").click()
    expect(plain.get_by_text("Undone: 1 picture as before.")).to_be_visible()
    assert words(site, images, "category") == ["", "", ""]
