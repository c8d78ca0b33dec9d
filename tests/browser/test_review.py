"""Going through drafts one after the other, by keyboard and by buttons, with suggestions beside them."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.axe import check_both_looks
from tests.browser.conftest import OpenWindow, Site
from tests.browser.reviewing import (
    WORDS,
    Held,
    drafts,
    eventually,
    failure,
    on,
    statuses,
    until_shown,
)
from tests.browser.stage import add, add_many, edit_elsewhere, now, sideways, suggest


def test_twenty_are_reviewed_by_keyboard_alone(page: Page, site: Site) -> None:
    add_many(site, 20, status="draft", alt_text="A picture")
    images = site.client.get("/api/images").get_json()["images"]
    page.goto("/review")
    for number in range(1, 21):
        expect(page.get_by_text(f"{number} of 20", exact=True)).to_be_visible()
        expect(page.get_by_role("article")).to_have_accessible_name(images[number - 1]["original_filename"])
        page.keyboard.press("a")
    expect(page.get_by_role("heading", name="All 20 are done")).to_be_visible()
    assert statuses(site, images) == ["ready"] * 20
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Export")).to_be_focused()


def test_skip_and_arrows_move_and_change_nothing(page: Page, site: Site) -> None:
    images = drafts(site, 3)
    page.goto(f"/review/{images[1]['id']}")
    expect(page.get_by_text("2 of 3", exact=True)).to_be_visible()
    for key, name, place in (
        ("ArrowLeft", "Draft 1", "1"),
        ("s", "Draft 2", "2"),
        ("ArrowRight", "Draft 3", "3"),
    ):
        page.keyboard.press(key)
        on(page, name)
        expect(page.get_by_text(f"{place} of 3", exact=True)).to_be_visible()
        expect(page).to_have_url(re.compile(f"/review/{images[int(place) - 1]['id']}$"))
    page.reload()
    on(page, "Draft 3")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="That was the last one")).to_be_visible()
    expect(page.get_by_text("3 pictures still wait.")).to_be_visible()
    assert statuses(site, images) == ["draft"] * 3
    page.keyboard.press("ArrowLeft")
    on(page, "Draft 3")
    page.keyboard.press("ArrowRight")
    page.get_by_role("link", name="Go through them").click()
    on(page, "Draft 1")


def test_one_series_is_reviewed_alone(page: Page, site: Site) -> None:
    add(site, "Other.jpg", status="draft", alt_text="A picture")
    drafts(site, 2, category="Prints")
    page.goto("/review?category=Prints")
    for number in (1, 2):
        on(page, f"Draft {number}")
        expect(page.get_by_text(f"{number} of 2", exact=True)).to_be_visible()
        page.keyboard.press("a")
    expect(page.get_by_role("heading", name="All 2 are done")).to_be_visible()
    page.get_by_role("link", name="Review more than Prints").click()
    on(page, "Other.jpg")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Done, that one is ready")).to_be_visible()
    # Then there is nothing more, and the page leads on.
    page.goto("/review")
    expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible()
    page.set_viewport_size({"width": 320, "height": 640})
    assert sideways(page) == 0
    page.get_by_role("link", name="Write words for new pictures").click()
    expect(page).to_have_url(re.compile("status=new"))


def test_the_keys_are_shown_and_can_be_turned_off(page: Page, site: Site) -> None:
    images = drafts(site, 2)
    page.goto("/review")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_contain_text("Accept, and on to the next")
    page.keyboard.press("a")
    sheet.get_by_role("switch", name="Single letters are keys.").uncheck()
    sheet.get_by_role("button", name="Close").click()
    page.keyboard.press("a")
    page.reload()
    on(page, "Draft 1")
    page.keyboard.press("a")
    on(page, "Draft 1")
    assert statuses(site, images) == ["draft", "draft"]
    page.get_by_role("button", name="Show the keys").click()
    sheet.get_by_role("switch").check()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    on(page, "Draft 2")


def test_a_suggestion_is_left_waiting_used_taken_back_and_let_go(page: Page, site: Site) -> None:
    [image] = drafts(site, 1, description=WORDS)
    words = suggest(site, image)["fields"]["description"]
    page.goto("/review")
    expect(page.get_by_role("form", name="for the description")).to_be_visible()
    # Accept leaves it waiting.
    expect(page.get_by_text("It leaves a suggestion waiting")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("1 is ready. 1 picture still waits.")).to_be_visible()
    saved = now(site, image)
    assert (saved["status"], saved["description"]) == ("ready", WORDS)
    assert saved["suggestion"] is not None
    page.keyboard.press("u")
    on(page, "Draft 1")
    expect(page.get_by_text("Taken back: Draft 1")).to_be_visible()
    # It is used.
    page.keyboard.press("y")
    expect(page.get_by_label("Description", exact=True)).to_have_value(words)
    expect(page.get_by_role("button", name="Use it")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Done, that one is ready")).to_be_visible()
    page.keyboard.press("u")
    on(page, "Draft 1")
    expect(page.get_by_text("Taken back: Draft 1").last).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_label("Description", exact=True)).to_have_value(WORDS)
    back = now(site, image)
    assert (back["description"], back["status"], back["origins"]) == (WORDS, "draft", image["origins"])
    # Another one is let go.
    suggest(site, image)
    page.reload()
    expect(page.get_by_role("button", name="Keep").first).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Keep")).to_have_count(0)
    assert now(site, image)["suggestion"] is None
    page.keyboard.press("n")
    expect(page.get_by_text("No suggestion waits here.")).to_be_visible()


def test_something_else_is_asked_for_and_comes_while_one_goes_on(page: Page, site: Site) -> None:
    images = drafts(site, 2, description=WORDS)
    page.goto("/review")
    on(page, "Draft 1")
    held = Held(page, "POST", re.compile("/refine$"))
    page.keyboard.press("r")
    page.keyboard.type("shorter")
    page.keyboard.press("Enter")
    eventually(page, lambda: len(held.routes) == 1)
    page.get_by_role("link", name="Skip", exact=True).click()
    on(page, "Draft 2")
    held.let_go()
    expect(page.get_by_text("What you asked for is there: Draft 1")).to_be_visible()
    expect(page.get_by_role("form", name="for the description")).to_have_count(0)
    page.get_by_role("button", name="Show it").click()
    on(page, "Draft 1")
    expect(page.get_by_role("form", name="for the description")).to_contain_text("shorter")
    assert now(site, images[1])["suggestion"] is None


def test_a_picture_whose_file_is_gone_says_so(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("404")
    images = drafts(site, 2)
    page.route(f"**/{images[1]['id']}/preview?*", lambda route: route.fulfill(status=404))
    page.goto("/review")
    on(page, "Draft 1")
    until_shown(page, len(images))
    page.keyboard.press("s")
    expect(page.get_by_text("The picture cannot be shown")).to_be_visible()


def test_without_scripts_forms_do_the_same(open_window: OpenWindow, site: Site) -> None:
    images = drafts(site, 2)
    page = open_window(java_script_enabled=False).tab()
    page.goto("/review")
    page.get_by_label("Title", exact=True).fill("Heron")
    page.get_by_role("button", name="Accept").click()
    on(page, "Draft 2")
    expect(page.get_by_text("2 of 2", exact=True)).to_be_visible()
    assert (now(site, images[0])["post_title"], now(site, images[0])["status"]) == ("Heron", "ready")
    page.get_by_role("button", name="Undo").click()
    on(page, "Heron")
    assert statuses(site, images) == ["draft", "draft"]
    page.get_by_role("link", name="Skip", exact=True).click()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading", name="That was the last one")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(1)  # The theme.


def test_axe_finds_nothing_in_the_review(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("409")
    images = drafts(site, 3, description=WORDS, hashtags=["#heron", "#mist"])
    suggest(site, images[0])
    page.goto("/review")
    check_both_looks(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    check_both_looks(page, "dialog")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    edit_elsewhere(site, images[0], post_title="Theirs")
    page.keyboard.press("a")
    expect(failure(page)).to_be_visible()
    check_both_looks(page)
    page.keyboard.press("s")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="That was the last one")).to_be_visible()
    check_both_looks(page)


def waiting(held: Held) -> list[Route]:
    """Return the calls that are kept back and that the page has not given up."""
    return [route for route in held.routes if not route.request.failure]


def test_words_come_before_pictures_and_never_run_out(page: Page, site: Site) -> None:
    add_many(site, 15, status="draft", alt_text="A picture")
    held = Held(page, "GET", re.compile(r"/preview\?"))
    with page.expect_response(re.compile("fragment=cards")) as came:
        page.goto("/review", wait_until="commit")
    came.value.finished()
    for number in range(1, 15):
        expect(page.get_by_text(f"{number} of 15", exact=True)).to_be_visible()
        page.keyboard.press("s")
    # No whole picture has come yet: the small one is there, and one whole one at a time is asked for.
    picture = page.get_by_role("article").get_by_role("img")
    expect(picture).to_have_attribute("src", re.compile("/thumbnail"))
    page.wait_for_function("() => document.querySelector('[data-stage-picture]').naturalWidth > 0")
    eventually(page, lambda: len(waiting(held)) <= 2)
    held.routes = waiting(held)
    held.let_go()
    expect(picture).to_have_attribute("src", re.compile("/preview"))
