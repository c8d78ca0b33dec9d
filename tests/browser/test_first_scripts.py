"""What a page loads before it can be used, and that nothing is lost which a person does before the rest is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, add_many, drop, now
from tests.browser.test_stored_words import PASTE, PNG
from tests.support.factories import picture
from tests.support.program import wait_until

MOST_REQUESTS = 20


def hold_the_rest(page: Page) -> list[Route]:
    """Keep back all scripts that the page itself does not name; return what is held."""
    held: list[Route] = []
    page.route("**/imports.js", lambda route: held.append(route))
    return held


def let_go(page: Page, held: list[Route]) -> None:
    """Let the scripts come that were kept back."""
    for route in held:
        route.continue_()
    page.unroute("**/imports.js")


def open_usable(page: Page, path: str) -> list[Route]:
    """Open a page that holds what is done, as its scripts are kept back; return these."""
    held = hold_the_rest(page)
    page.goto(path)
    page.wait_for_function("() => performance.getEntriesByName('usable').length")
    return held


def open_counted(page: Page, path: str) -> list[str]:
    """Open a page without the scripts that come later; return what was asked for, but for thumbnails."""
    asked: list[str] = []

    def note(request: Request) -> None:
        # Nor what is asked for with the scripts that come later.
        is_picture = request.resource_type == "image" and "/icons" not in request.url
        if not is_picture and not request.url.endswith(("/imports.js", "/parts")):
            asked.append(request.url)

    page.on("request", note)
    page.goto(path)
    page.wait_for_function("() => performance.getEntriesByName('usable').length")
    return asked


def test_twenty_requests_are_enough_to_tick_edit_and_drop(page: Page, site: Site, tmp_path: Path) -> None:
    for name in ("One.jpg", "Two.jpg"):
        add(site, name)
    (tmp_path / "Dropped.png").write_bytes(picture("PNG"))
    held = hold_the_rest(page)
    asked = open_counted(page, "/?view=table")
    page.get_by_role("checkbox", name="Tick ").nth(1).check()
    expect(page.get_by_role("region", name="Ticked pictures")).to_be_visible()
    page.locator("[data-edit=post_title]").first.click()
    page.keyboard.type("Safe from the first key")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('words ')).map((key) => localStorage[key]).join()"
    assert "Safe from the first key" in page.evaluate(kept)
    assert len(set(asked)) <= MOST_REQUESTS, sorted(asked)
    page.keyboard.press("Enter")
    wait_until(
        "it is saved", lambda: "Safe" in site.client.get("/api/images").get_json()["images"][0]["post_title"]
    )
    # In the menu that every page has, too.
    page.locator("summary", has_text="Add images").click()
    page.get_by_label("Category for these").press_sequentially("Etch")
    assert "Etch" in page.evaluate(kept)
    drop(page, tmp_path / "Dropped.png")
    for route in held:
        route.continue_()
    expect(page.locator("[data-tray]")).to_contain_text("Dropped.png")
    expect(page.locator("[data-image-id]")).to_have_count(3)
    # What was saved before the script of Ctrl+Z was there is taken back all the same.
    page.get_by_role("heading", name="Library").click()
    for what in ("1 picture added", "the title of"):
        page.keyboard.press("Control+z")
        expect(page.locator("[data-toasts]")).to_contain_text(f"Taken back: {what}")


@pytest.mark.parametrize("path", ["/?view=wall", "/images/{id}", "/collections", "/categories"])
def test_other_pages_keep_to_it(page: Page, site: Site, path: str) -> None:
    add_many(site, 2, status="draft")
    image = site.client.get("/api/images").get_json()["images"][0]
    hold_the_rest(page)
    assert len(set(open_counted(page, path.format(id=image["id"])))) <= MOST_REQUESTS


def test_keys_that_are_typed_into_something_do_nothing_else(page: Page, site: Site) -> None:
    add_many(site, 2, status="draft")
    held = open_usable(page, "/review")
    name = page.locator("#picture-name")
    shown = name.inner_text()
    page.keyboard.press("Control+k")
    page.keyboard.type("accept")
    let_go(page, held)
    expect(page.locator("[data-palette-text]")).to_have_value("accept")
    expect(name).to_have_text(shown)
    held = open_usable(page, "/?view=table")
    page.keyboard.type("/no such")
    let_go(page, held)
    expect(page.locator("#search")).to_have_value("no such")
    expect(page.locator("[data-image-id]")).to_have_count(0)
    add(site, category="Paper")
    held = open_usable(page, "/categories")
    page.get_by_role("button", name="Rename Paper").click()
    page.keyboard.type("Fine paper")
    page.keyboard.press("Enter")
    let_go(page, held)
    expect(page.get_by_role("button", name="Rename Fine paper")).to_be_visible()


def test_keys_that_lead_on_from_a_picture_are_held(page: Page, site: Site) -> None:
    names = ("Alder", "Birch", "Cedar")
    images = [add(site, f"{name}.jpg", post_title=name) for name in names]
    for key, address in (("ArrowLeft", f"**/images/{images[2]['id']}"), ("Escape", "**/")):
        held = open_usable(page, f"/images/{images[1]['id']}")
        page.keyboard.press(key)
        let_go(page, held)
        page.wait_for_url(address)
    coast = site.client.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    site.client.post(f"/api/collections/{coast}/images", json={"ids": [image["id"] for image in images]})
    held = open_usable(page, f"/collections/{coast}")
    page.get_by_role("button", name="Move Alder").focus()
    page.keyboard.press("ArrowRight")
    let_go(page, held)
    expect(page.locator("[data-order-said]")).to_have_text("Alder is now 2 of 3.")


def test_text_with_a_picture_of_it_is_pasted_as_text(page: Page, site: Site) -> None:
    held = open_usable(page, f"/images/{add(site)['id']}")
    description = page.get_by_role("textbox", name="Description")
    assert description.evaluate(PASTE, ["30 x 40", PNG]), "the browser may put the text in"
    assert not page.locator("body").evaluate(PASTE, ["", PNG])
    let_go(page, held)
    expect(page.get_by_role("region", name="Pictures being added")).to_contain_text("1 added")


def test_enter_saves_the_title_of_a_picture_and_writes_no_second_line(page: Page, site: Site) -> None:
    image = add(site)
    held = open_usable(page, f"/images/{image['id']}")
    title = page.get_by_label("Title", exact=True)
    title.fill("Heron")
    title.press("Enter")
    let_go(page, held)
    wait_until("it is saved", lambda: now(site, image)["post_title"] == "Heron")
    expect(title).to_have_value("Heron")


def test_an_undo_that_the_page_before_offered_is_done(page: Page, site: Site) -> None:
    coast = site.client.post("/api/collections", json={"name": "Coast"}).get_json()["id"]
    page.goto(f"/collections/{coast}")
    page.get_by_label("Delete this collection").click()
    held = hold_the_rest(page)
    page.get_by_role("button", name="Delete the collection").click()
    page.get_by_role("button", name="Undo").click()
    let_go(page, held)
    expect(page.get_by_text("The collection “Coast” is back in its order.")).to_be_visible()


def test_a_link_does_not_leave_behind_what_was_pressed_before_it(page: Page, site: Site) -> None:
    add_many(site, 2)
    held = open_usable(page, "/?view=table")
    # Leaving asks while something waits that would be lost, and not for a key that only leads somewhere.
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    leave = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    page.keyboard.press("j")
    assert not page.evaluate(leave)
    with page.expect_request("**/preferences"):
        page.locator(".btn[data-theme-toggle]").click()
        assert page.evaluate(leave)
        page.get_by_role("link", name="Collections").first.click()
        let_go(page, held)
    page.wait_for_url("**/collections")
    assert not asked


def test_a_page_whose_first_script_does_not_come_says_so(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("500")
    page.goto("/collections")
    said = page.locator(".not-started")
    # Its time passes at once.
    pass_time = "() => document.getAnimations().forEach((one) => one.finish())"
    page.evaluate(pass_time)
    expect(said).to_be_hidden()
    page.route("**/start/start.js", lambda route: route.fulfill(status=500, body="no"))
    page.reload()
    assert "not load" not in page.locator("body").aria_snapshot()
    page.evaluate(pass_time)
    expect(said).to_be_visible()
    page.emulate_media(media="print")
    expect(said).to_be_hidden()
    page.emulate_media(media="screen")
    page.unroute("**/start/start.js")
    page.get_by_role("link", name="Load again").click()
    page.wait_for_function("() => 'loaded' in document.documentElement.dataset")


def test_parts_that_did_not_come_are_asked_for_again(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("401")
    add_many(site, 2)
    page.route("**/parts", lambda route: route.fulfill(status=401, body="no"))
    page.goto("/?view=table")
    page.locator(".btn[data-theme-toggle]").click()
    expect(page.locator("[data-unloaded]")).to_contain_text("You were signed out.")
    page.unroute("**/parts")
    with page.expect_request("**/preferences"):
        page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-tray]")).to_be_attached()


def test_a_page_is_loaded_again_where_a_script_does_not_come(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("500|Scripts of this page")
    add_many(site, 2)
    page.route("**/core/http.js", lambda route: route.fulfill(status=500, body="no"))
    page.goto("/?view=table")
    page.locator(".btn[data-theme-toggle]").click()
    page.get_by_role("button", name="Try again").click()
    load_again = page.get_by_role("button", name="Load again")
    expect(load_again).to_be_visible()
    page.unroute("**/core/http.js")
    load_again.click()
    page.wait_for_function("() => 'loaded' in document.documentElement.dataset")
