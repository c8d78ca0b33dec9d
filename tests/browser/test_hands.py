"""The library in the hands of who works in it all day: keys, the palette, a lasso, dragging."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Site
from tests.browser.stage import add, now

HERE = "(document.activeElement.closest('[data-image-id]') ?? {dataset: {}}).dataset.imageId"


def selected(page: Page) -> Locator:
    """Find how many are ticked."""
    return page.locator("[data-selection-count]")


def open_library(page: Page, site: Site, view: str, count: int = 6) -> list[str]:
    """Open a library of pictures called One, Two and so on; return their ids, the newest and topmost first."""
    names = ("One", "Two", "Three", "Four", "Five", "Six")[:count]
    images = [add(site, f"{name}.jpg", post_title=name) for name in names]
    page.goto(f"/?view={view}")
    page.wait_for_selector("[data-rows] > [tabindex='0']")
    return [str(image["id"]) for image in reversed(images)]


def test_keys_move_tick_edit_and_mark_ready_and_none_while_one_types(page: Page, site: Site) -> None:
    ids = open_library(page, site, "table")
    assert page.locator("[data-rows] [tabindex='0']").count() == 1
    for key in ("j", "j", "ArrowDown", "k"):
        page.keyboard.press(key)
    assert page.evaluate(HERE) == ids[1]
    expect(page.locator("[data-keys-line]")).to_be_visible()
    assert violations(page, "main") == []
    # From the tick before, which may have been the mouse's.
    page.locator(f"[data-image-id='{ids[1]}'] [data-tick]").click()
    for key in ("j", "j", "Shift+X"):
        page.keyboard.press(key)
    expect(selected(page)).to_have_text("3 selected")
    page.keyboard.press("a")
    expect(page.locator("[data-rows] .pill-ready")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(selected(page)).to_be_hidden()
    page.keyboard.press("Control+a")
    expect(selected(page)).to_have_text("6 selected")
    page.keyboard.press("Escape")
    # The words of the row; letters in them are letters, and Tab goes on within the row.
    page.keyboard.press("e")
    expect(page.locator(".editor")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type("jax")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Threejax")).to_be_visible()
    assert page.evaluate(HERE) == ids[3]
    page.keyboard.press("Escape")
    page.keyboard.press("Delete")
    expect(page.locator(f"[data-image-id='{ids[3]}']")).to_have_count(0)
    page.wait_for_function(f"{HERE} === '{ids[4]}'")
    page.keyboard.press("Control+z")
    expect(page.locator(f"[data-image-id='{ids[3]}']")).to_have_count(1)
    # Heads sort.
    page.get_by_role("link", name="Title").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Title")
    assert page.locator("[data-rows] > [data-image-id]").first.get_attribute("data-image-id") == ids[1]


def test_the_list_of_keys_switches_letters_off_and_the_palette_finds_and_does(page: Page, site: Site) -> None:
    ids = open_library(page, site, "grid", 4)
    spring = site.client.post("/api/collections", json={"name": "Spring show"}).get_json()["id"]
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Tick up to here")
    assert violations(page, "dialog") == []
    with page.expect_response("**/preferences"):
        dialog.get_by_role("switch").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("j")
    assert page.evaluate(HERE) is None
    page.reload()
    page.wait_for_selector("[data-keys=off] [data-rows] > [tabindex='0']")
    page.evaluate("document.body.dataset.keys = 'on'")
    for key in ("j", "x", "ArrowRight", "x"):
        page.keyboard.press(key)
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Find a page")
    box.fill("spr")
    offers = page.get_by_role("option")
    expect(offers).to_have_text(["Spring showcollection, 0", "Put 2 selected into Spring showC"])
    assert violations(page, "dialog") == []
    box.press("ArrowDown")
    expect(offers.nth(1)).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(page.locator("[data-toasts] .toast-note")).to_contain_text("2 pictures put into “Spring show”")
    inside = site.client.get(f"/api/images?collection={spring}").get_json()["images"]
    assert {str(one["id"]) for one in inside} == set(ids[:2])
    # Enter at once waits for what is found.
    page.keyboard.press("Control+k")
    box.press_sequentially("usage")
    box.press("Enter")
    page.wait_for_url("**/usage")


def test_a_lasso_ticks_and_what_is_ticked_is_dragged_onto_a_category(page: Page, site: Site) -> None:
    add(site, "Old.jpg", category="Prints")
    ids = open_library(page, site, "grid", 4)
    first, second = (page.locator(f"[data-image-id='{one}']") for one in ids[:2])
    begin, end = first.bounding_box(), second.bounding_box()
    assert begin
    assert end
    page.mouse.move(begin["x"] - 8, begin["y"] + 5)
    page.mouse.down()
    page.mouse.move(begin["x"] + 20, begin["y"] + 20)
    page.mouse.move(end["x"] + 20, end["y"] + 40, steps=3)
    expect(page.locator(".lasso")).to_have_count(1)
    page.mouse.move(end["x"] + 30, end["y"] + 50)
    expect(selected(page)).to_have_text("2 selected")
    page.keyboard.press("Escape")
    expect(selected(page)).to_be_hidden()
    page.mouse.up()
    first.get_by_role("checkbox").check()
    second.get_by_role("checkbox").check()
    second.locator("img").drag_to(page.locator("[data-drop=category] a", has_text="Prints"))
    expect(page.locator("[data-toasts] .toast-note")).to_contain_text(
        "2 pictures put into the category “Prints”"
    )
    assert [now(site, {"id": one})["category"] for one in ids] == ["Prints", "Prints", "", ""]
    page.keyboard.press("Control+z")
    expect(page.locator("[data-toasts] .toast-note")).to_contain_text("Taken back")
    assert now(site, {"id": ids[0]})["category"] == ""
