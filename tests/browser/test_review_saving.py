"""What a review saves, takes back and tells of: while the server is slow, says no or was quicker elsewhere."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site
from tests.browser.reviewing import API, Held, begin, drafts, eventually, failure, on, statuses
from tests.browser.stage import edit_elsewhere, now, until_loaded


def test_the_next_picture_is_there_while_the_last_one_is_still_being_saved(page: Page, site: Site) -> None:
    images = drafts(site, 3)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    begin(page, len(images))
    assert [url for url in asked if f"/images/{images[1]['id']}/preview?" in url]
    held = Held(page)
    asked.clear()
    page.keyboard.press("a")
    # Without waiting: by the time the key was handled the next picture is on the page, with all that belongs to it.
    shown = page.evaluate(
        "[document.querySelector('#word-post_title').value, document.querySelector('.stage-picture').naturalWidth]"
    )
    assert shown == ["Draft 2", 60]
    page.keyboard.press("a")
    on(page, "Draft 3")
    eventually(page, lambda: len(held.routes) == 2)
    assert statuses(site, images) == ["draft"] * 3
    assert not [url for url in asked if "preview" in url]
    held.let_go()
    eventually(page, lambda: statuses(site, images) == ["ready", "ready", "draft"])


def test_a_picture_stepped_back_to_while_it_is_saved_says_so_afterwards(page: Page, site: Site) -> None:
    images = drafts(site, 2)
    begin(page, len(images))
    held = Held(page)
    page.keyboard.press("a")
    on(page, "Draft 2")
    eventually(page, lambda: len(held.routes) == 1)
    page.keyboard.press("ArrowLeft")
    on(page, "Draft 1")
    status = page.locator("[data-status]").first
    expect(status).to_contain_text("Draft")
    held.let_go()
    expect(status).to_contain_text("Ready")


def test_accepting_is_undone_by_key_toast_and_button(page: Page, site: Site) -> None:
    images = drafts(site, 3)
    page.goto("/review")
    on(page, "Draft 1")
    page.keyboard.press("a")
    undo = {"toast": page.get_by_role("status"), "button": page.get_by_role("group", name="This picture")}
    for by in ("toast", "button", "key"):
        on(page, "Draft 2")
        page.keyboard.press("a")
        on(page, "Draft 3")
        if by == "key":
            page.keyboard.press("u")
        else:
            undo[by].get_by_role("button", name="Undo").last.click()
        on(page, "Draft 2")
        expect(page.get_by_role("article").get_by_text("Draft", exact=True)).to_be_visible()
        # Not the toast: that of the round before says the same and may still stand.
        eventually(page, lambda: statuses(site, images) == ["ready", "draft", "draft"])
        expect(page.get_by_text("Taken back: Draft 2").last).to_be_visible()
    page.keyboard.press("u")
    on(page, "Draft 1")
    eventually(page, lambda: statuses(site, images) == ["draft"] * 3)
    page.keyboard.press("u")
    expect(page.get_by_text("There is nothing to undo.")).to_be_visible()


def test_an_undo_waits_for_the_accept_it_takes_back(page: Page, site: Site) -> None:
    images = drafts(site, 2)
    begin(page, len(images))
    held = Held(page)
    page.keyboard.press("a")
    page.keyboard.press("u")
    on(page, "Draft 1")
    held.let_go()
    expect(page.get_by_text("Taken back: Draft 1")).to_be_visible()
    assert now(site, images[0])["version"] == images[0]["version"] + 2
    page.keyboard.press("a")
    eventually(page, lambda: statuses(site, images) == ["ready", "draft"])


def test_an_undo_while_the_next_picture_is_on_its_way_stays_where_it_is(page: Page, site: Site) -> None:
    images = drafts(site, 2)
    held = Held(page, "GET", re.compile(r"/review.*fragment=cards"))
    page.goto("/review")
    on(page, "Draft 1")
    page.keyboard.press("a")
    page.keyboard.press("u")
    expect(page.get_by_text("Taken back: Draft 1")).to_be_visible()
    eventually(page, lambda: bool(held.routes))
    with page.expect_response(re.compile("fragment=cards")) as came:
        held.let_go()
    came.value.finished()
    on(page, "Draft 1")
    page.keyboard.press("a")
    on(page, "Draft 2")
    eventually(page, lambda: statuses(site, images) == ["ready", "draft"])


def test_a_picture_changed_elsewhere_is_not_accepted_unseen(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("409")
    images = drafts(site, 2)
    page.goto("/review")
    on(page, "Draft 1")
    edit_elsewhere(site, images[0], description="Written elsewhere.")
    page.keyboard.press("a")
    on(page, "Draft 2")
    expect(failure(page)).to_contain_text("“Draft 1” was not saved. It was changed elsewhere")
    expect(failure(page).get_by_role("button", name="Try again")).to_be_hidden()
    expect(page.get_by_text("Accepted: Draft 1")).to_have_count(0)
    failure(page).get_by_role("button", name="Go back to it").click()
    on(page, "Draft 1")
    expect(page.get_by_label("Description", exact=True)).to_have_value("Written elsewhere.")
    expect(failure(page)).to_be_hidden()
    assert statuses(site, images) == ["draft", "draft"]
    page.keyboard.press("a")
    eventually(page, lambda: statuses(site, images) == ["ready", "draft"])


def test_each_picture_that_was_not_saved_has_its_own_reason(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed += ["404", "ERR_FAILED"]
    images = drafts(site, 3)
    begin(page, len(images))
    site.client.delete(f"/api/images/{images[0]['id']}")
    page.keyboard.press("a")
    expect(failure(page)).to_contain_text("“Draft 1” was not saved. There is no such picture.")
    page.route(API, lambda route: route.abort())
    page.keyboard.press("a")
    expect(
        failure(page).get_by_text("“Draft 2” was not saved. The server could not be reached.")
    ).to_be_visible()
    expect(failure(page).get_by_text("“Draft 1” was not saved. There is no such picture.")).to_be_visible()
    expect(failure(page).get_by_role("paragraph")).to_have_count(2)
    failure(page).get_by_role("button", name="Go back to it").click()
    # The page of the refusal says why, and not that something is wrong with the server.
    expect(page.locator("[data-toasts]").get_by_text("There is no such picture.")).to_be_visible()


def test_what_could_not_be_saved_is_told_and_tried_again(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("ERR_FAILED")
    images = drafts(site, 4)
    line = ["down"]
    begin(page, len(images))
    page.route("**/*", lambda route: route.abort() if line else route.continue_())
    page.keyboard.press("a")
    page.keyboard.press("a")
    on(page, "Draft 3")
    for name in ("Draft 1", "Draft 2"):
        told = f"“{name}” was not saved. The server could not be reached. It is tried again by itself."
        expect(failure(page).get_by_text(told)).to_be_visible()
    lost = page.get_by_text("There is no connection to the server.")
    expect(lost).to_be_visible()
    assert statuses(site, images) == ["draft"] * 4
    line.clear()
    failure(page).get_by_role("button", name="Try again").click()
    expect(failure(page)).to_be_hidden()
    expect(lost).to_have_count(0)
    eventually(page, lambda: statuses(site, images) == ["ready", "ready", "draft", "draft"])
    page.keyboard.press("u")
    on(page, "Draft 2")
    eventually(page, lambda: statuses(site, images) == ["ready", "draft", "draft", "draft"])


def test_what_the_network_kept_back_is_saved_by_itself(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("ERR_INTERNET_DISCONNECTED")
    images = drafts(site, 2)
    begin(page, len(images))
    page.context.set_offline(True)
    page.keyboard.press("a")
    expect(page.get_by_text("There is no connection to the server.")).to_be_visible()
    expect(failure(page)).to_contain_text("It is tried again by itself.")
    page.context.set_offline(False)
    expect(failure(page)).to_be_hidden()
    expect(page.get_by_text("The server is there again.")).to_be_visible()
    eventually(page, lambda: statuses(site, images) == ["ready", "draft"])


def test_a_server_that_never_answers_is_asked_again(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("ERR_FAILED")
    silent: list[Route] = []

    def knocks() -> list[Route]:
        return [route for route in silent if route.request.url.endswith("/healthz")]

    page.goto("/trash")
    until_loaded(page)
    page.clock.install(time=0)
    page.clock.pause_at(3_600_000)
    page.route("**/*", lambda route: silent.append(route))
    page.route("**/api/batches/active", lambda route: route.abort(), times=1)
    with page.expect_event("requestfailed"):
        page.evaluate("dispatchEvent(new Event('focus'))")
    lost = page.get_by_text("There is no connection to the server.")
    # Until it is known that the page is not being left; the failure comes to the page when it likes.
    while not knocks():
        page.clock.run_for(100)
    page.clock.run_for(9_000)
    expect(lost).to_have_count(0)
    page.clock.run_for(1_000)
    expect(lost).to_be_visible()
    page.clock.run_for(2_000)
    eventually(page, lambda: len(knocks()) == 2)
    knocks()[-1].continue_()
    page.unroute("**/*")
    expect(page.get_by_text("The server is there again.")).to_be_visible()


def test_words_are_edited_in_place_and_saved_before_the_accept(page: Page, site: Site) -> None:
    images = drafts(site, 2)
    page.goto("/review")
    on(page, "Draft 1")
    held = Held(page)
    page.keyboard.press("e")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type(", as a letter says")
    page.keyboard.press("Enter")
    page.keyboard.press("a")
    on(page, "Draft 2")
    eventually(page, lambda: len(held.routes) == 1)
    expect(page.get_by_label("Title", exact=True)).to_have_value("Draft 2")
    with page.expect_response(lambda one: '"ready"' in (one.request.post_data or "")) as accepted:
        held.let_go()
    accepted.value.finished()
    assert now(site, images[0])["status"] == "ready"
    assert now(site, images[0])["post_title"] == "Draft 1, as a letter says"
    assert now(site, images[1]) == images[1]
    page.keyboard.press("ArrowLeft")
    on(page, "Draft 1, as a letter says")
    expect(page.get_by_role("article").get_by_text("Ready", exact=True)).to_be_visible()


def test_accept_straight_from_a_field_takes_what_was_typed(page: Page, site: Site) -> None:
    images = drafts(site, 2)
    page.goto("/review")
    page.get_by_label("Description", exact=True).fill("Typed, not left yet.")
    page.get_by_role("button", name="Accept").click()
    on(page, "Draft 2")
    eventually(page, lambda: now(site, images[0])["status"] == "ready")
    assert now(site, images[0])["description"] == "Typed, not left yet."


def test_words_that_could_not_be_saved_hold_the_accept_back(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("500")
    images = drafts(site, 2)
    page.goto("/review")
    broken = ["broken"]
    page.route(API, lambda route: route.fulfill(status=500, json={}) if broken else route.continue_())
    page.get_by_label("Title", exact=True).fill("Long thought about")
    page.get_by_role("button", name="Accept").click()
    expect(failure(page)).to_contain_text("Some of its words are not saved yet.")
    failure(page).get_by_role("button", name="Go back to it").click()
    title = page.get_by_label("Title", exact=True)
    expect(title).to_have_value("Long thought about")
    assert now(site, images[0]) == images[0]
    broken.clear()
    page.get_by_role("article").get_by_role("button", name="Try again").click()
    on(page, "Long thought about")
    page.keyboard.press("a")
    eventually(page, lambda: now(site, images[0])["status"] == "ready")
    assert now(site, images[0])["post_title"] == "Long thought about"
