"""Going through drafts one after the other: by keyboard, with a finger, and when the server is slow or says no."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.conftest import MakeContext, Site
from tests.browser.stage import PHONE, add, add_many, edit_elsewhere, now, sideways, suggest
from tests.browser.test_accessibility import violations

WORDS = "A heron stands in shallow water. Mist hangs over the reeds. Nothing moves."
API = re.compile(r"/api/images/\d+$")


def drafts(site: Site, count: int, **words: Any) -> list[dict[str, Any]]:
    """Put drafts called "Draft 1" and so on into the library, in the order in which they are reviewed."""
    return [
        add(site, f"{number}.jpg", post_title=f"Draft {number}", status="draft", **words)
        for number in range(count, 0, -1)
    ][::-1]


def begin(page: Page) -> None:
    """Open the review and wait until the next pictures are there too."""
    with page.expect_response(re.compile("fragment=cards")) as came:
        page.goto("/review")
    came.value.finished()
    on(page, "Draft 1")
    page.wait_for_load_state("networkidle")


def statuses(site: Site, images: list[dict[str, Any]]) -> list[str]:
    return [now(site, image)["status"] for image in images]


def on(page: Page, name: str) -> None:
    """Wait until a picture is the one on the page."""
    expect(page.get_by_role("article", name=name, exact=True)).to_be_visible()


def failure(page: Page) -> Locator:
    return page.get_by_role("alert").filter(has_text="not saved")


def eventually(page: Page, what: Callable[[], bool]) -> None:
    """Wait for something that only the server knows."""
    for _ in range(150):
        if what():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never came to that")


class Held:
    """Keeps the calls to one address back until they are let go."""

    def __init__(self, page: Page, method: str = "PATCH", address: re.Pattern[str] = API) -> None:
        self.routes: list[Route] = []
        self.method, self.open = method, False
        page.route(address, self._take)

    def _take(self, route: Route) -> None:
        if self.open or route.request.method != self.method:
            route.continue_()
        else:
            self.routes.append(route)

    def let_go(self) -> None:
        """Let them go, and every later one."""
        self.open = True
        for route in self.routes:
            route.continue_()


def test_twenty_are_reviewed_by_keyboard_alone(page: Page, site: Site) -> None:
    add_many(site, 20)
    images = site.client.get("/api/images").get_json()["images"]
    for image in images:
        edit_elsewhere(site, image, status="draft")
    page.goto("/review")
    for number in range(1, 21):
        expect(page.get_by_text(f"{number} of 20", exact=True)).to_be_visible()
        expect(page.get_by_role("article")).to_have_accessible_name(images[number - 1]["original_filename"])
        page.keyboard.press("a")
    expect(page.get_by_role("heading", name="All 20 are done")).to_be_visible()
    assert statuses(site, images) == ["ready"] * 20
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Export")).to_be_focused()


def test_the_next_picture_is_there_while_the_last_one_is_still_being_saved(page: Page, site: Site) -> None:
    images = drafts(site, 3)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    held = Held(page)
    begin(page)
    assert [url for url in asked if url.endswith(f"/images/{images[1]['id']}/preview")]
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


@pytest.mark.parametrize("by", ["key", "toast", "button"])
def test_accepting_is_undone(page: Page, site: Site, by: str) -> None:
    images = drafts(site, 3)
    page.goto("/review")
    for name in ("Draft 1", "Draft 2"):
        on(page, name)
        page.keyboard.press("a")
    on(page, "Draft 3")
    if by == "key":
        page.keyboard.press("u")
    else:
        place = (
            page.get_by_role("status") if by == "toast" else page.get_by_role("group", name="This picture")
        )
        place.get_by_role("button", name="Undo").click()
    on(page, "Draft 2")
    expect(page.get_by_text("Taken back: Draft 2")).to_be_visible()
    expect(page.get_by_role("article").get_by_text("Draft", exact=True)).to_be_visible()
    assert statuses(site, images) == ["ready", "draft", "draft"]
    page.keyboard.press("u")
    on(page, "Draft 1")
    eventually(page, lambda: statuses(site, images) == ["draft"] * 3)
    page.keyboard.press("u")
    expect(page.get_by_text("There is nothing to undo.")).to_be_visible()


def test_an_undo_waits_for_the_accept_it_takes_back(page: Page, site: Site) -> None:
    images = drafts(site, 2)
    held = Held(page)
    begin(page)
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


def test_what_could_not_be_saved_is_told_and_tried_again(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("ERR_FAILED")
    images = drafts(site, 3)
    line = ["down"]
    page.route(API, lambda route: route.abort() if line else route.continue_())
    begin(page)
    page.keyboard.press("a")
    page.keyboard.press("a")
    on(page, "Draft 3")
    expect(failure(page)).to_contain_text("2 pictures were not saved. The server could not be reached.")
    line.clear()
    failure(page).get_by_role("button", name="Try again").click()
    expect(failure(page)).to_be_hidden()
    assert statuses(site, images) == ["ready", "ready", "draft"]
    page.keyboard.press("u")
    on(page, "Draft 2")
    eventually(page, lambda: statuses(site, images) == ["ready", "draft", "draft"])


def test_words_are_edited_in_place_and_saved_before_the_accept(page: Page, site: Site) -> None:
    images = drafts(site, 2)
    held = Held(page)
    page.goto("/review")
    on(page, "Draft 1")
    page.keyboard.press("e")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.keyboard.type(", as a letter says")
    page.keyboard.press("Enter")
    page.keyboard.press("a")
    on(page, "Draft 2")
    eventually(page, lambda: len(held.routes) == 1)
    expect(page.get_by_label("Title", exact=True)).to_have_value("Draft 2")
    held.let_go()
    eventually(page, lambda: now(site, images[0])["status"] == "ready")
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
    page.route(API, lambda route: route.fulfill(status=500, json={}), times=1)
    page.goto("/review")
    page.get_by_label("Title", exact=True).fill("Long thought about")
    page.get_by_role("button", name="Accept").click()
    expect(failure(page)).to_contain_text("Some of its words are not saved yet.")
    failure(page).get_by_role("button", name="Go back to it").click()
    title = page.get_by_label("Title", exact=True)
    expect(title).to_have_value("Long thought about")
    assert now(site, images[0]) == images[0]
    page.get_by_role("article").get_by_role("button", name="Try again").click()
    on(page, "Long thought about")
    page.keyboard.press("a")
    eventually(page, lambda: now(site, images[0])["status"] == "ready")
    assert now(site, images[0])["post_title"] == "Long thought about"


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
    add(site, "Other.jpg", status="draft")
    drafts(site, 2, category="Prints")
    page.goto("/review?category=Prints")
    for number in (1, 2):
        on(page, f"Draft {number}")
        expect(page.get_by_text(f"{number} of 2", exact=True)).to_be_visible()
        page.keyboard.press("a")
    expect(page.get_by_role("heading", name="All 2 are done")).to_be_visible()
    page.get_by_role("link", name="Review more than Prints").click()
    on(page, "Other.jpg")


def test_the_keys_are_shown_and_can_be_turned_off(page: Page, site: Site) -> None:
    images = drafts(site, 2)
    page.goto("/review")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_contain_text("accept, and on to the next")
    page.keyboard.press("a")
    sheet.get_by_role("switch", name="Use these keys").uncheck()
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


def test_a_suggestion_is_used_and_taken_back(page: Page, site: Site) -> None:
    [image] = drafts(site, 1, description=WORDS)
    words = suggest(site, image)["fields"]["description"]
    page.goto("/review")
    expect(page.get_by_role("form", name="for the description")).to_be_visible()
    page.keyboard.press("y")
    expect(page.get_by_label("Description", exact=True)).to_have_value(words)
    expect(page.get_by_role("button", name="Use it")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Done, that one is ready")).to_be_visible()
    page.keyboard.press("u")
    on(page, "Draft 1")
    expect(page.get_by_text("Taken back: Draft 1")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_label("Description", exact=True)).to_have_value(WORDS)
    back = now(site, image)
    assert (back["description"], back["status"], back["origins"]) == (WORDS, "draft", image["origins"])


def test_accept_leaves_a_suggestion_waiting_and_n_lets_it_go(page: Page, site: Site) -> None:
    [image] = drafts(site, 1, description=WORDS)
    suggest(site, image)
    page.goto("/review")
    expect(page.get_by_text("It leaves a suggestion waiting")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("1 is ready. 1 picture still waits.")).to_be_visible()
    saved = now(site, image)
    assert (saved["status"], saved["description"]) == ("ready", WORDS)
    assert saved["suggestion"] is not None
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Keep")).to_have_count(0)
    assert now(site, image)["suggestion"] is None
    page.keyboard.press("n")
    expect(page.get_by_text("No suggestion waits here.")).to_be_visible()


def test_something_else_is_asked_for_and_comes_while_one_goes_on(page: Page, site: Site) -> None:
    images = drafts(site, 2, description=WORDS)
    held = Held(page, "POST", re.compile("/refine$"))
    page.goto("/review")
    on(page, "Draft 1")
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


def test_nothing_to_review_leads_on(page: Page) -> None:
    page.goto("/review")
    expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible()
    page.get_by_role("link", name="Write words for new pictures").click()
    expect(page).to_have_url(re.compile("status=new"))


def test_a_picture_whose_file_is_gone_says_so(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("404")
    images = drafts(site, 2)
    page.route(f"**/{images[1]['id']}/preview", lambda route: route.fulfill(status=404))
    page.goto("/review")
    on(page, "Draft 1")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("s")
    expect(page.get_by_text("The picture cannot be shown")).to_be_visible()


@pytest.fixture
def phone(new_context: MakeContext) -> BrowserContext:
    """Open a window of the size of a phone, with a finger for a pointer and motion allowed."""
    return new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=1, reduced_motion="no-preference"
    )


def swipe(page: Page, by: tuple[int, int]) -> None:
    """Put a finger on the picture, move it in small steps and lift it."""
    finger = page.context.new_cdp_session(page)
    for step in range(11):
        point = {"x": 200 + by[0] * step / 10, "y": 220 + by[1] * step / 10}
        kind = "touchMove" if step else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finger.detach()


def test_a_finger_swipes_to_the_next_picture_and_back(phone: BrowserContext, site: Site) -> None:
    images = drafts(site, 2, description=WORDS * 10)
    page = phone.new_page()
    page.goto("/review")
    on(page, "Draft 1")
    for by, name in (
        ((-160, 5), "Draft 2"),
        ((160, 5), "Draft 1"),
        ((-30, 0), "Draft 1"),
        ((0, -150), "Draft 1"),
    ):
        swipe(page, by)
        on(page, name)
        expect(page.get_by_role("article")).to_have_css("translate", "none")
    # The last one went up: that is scrolling, and it still is.
    eventually(page, lambda: bool(page.evaluate("scrollY > 50")))
    assert statuses(site, images) == ["draft", "draft"]
    assert len(phone.pages) == 1


def test_the_buttons_are_in_reach_of_a_thumb(phone: BrowserContext, site: Site) -> None:
    images = drafts(site, 2, description=WORDS * 10)
    page = phone.new_page()
    page.goto("/review")
    bar = page.get_by_role("group", name="This picture")
    for name in ("Undo", "Edit", "Refine", "Accept"):
        box = bar.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["y"] > PHONE["height"] * 0.8
        assert min(box["width"], box["height"]) >= 44
    assert sideways(page) == 0
    bar.get_by_role("button", name="Accept").tap()
    on(page, "Draft 2")
    page.get_by_role("status").get_by_role("button", name="Undo").tap()
    on(page, "Draft 1")
    bar.get_by_role("link", name="Skip").tap()
    on(page, "Draft 2")
    bar.get_by_role("button", name="Accept").tap()
    eventually(page, lambda: statuses(site, images) == ["draft", "ready"])


def test_without_scripts_forms_do_the_same(new_context: MakeContext, site: Site) -> None:
    images = drafts(site, 2)
    page = new_context(java_script_enabled=False).new_page()
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


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_in_the_review(page: Page, site: Site, allowed: list[str], theme: str) -> None:
    allowed.append("409")
    images = drafts(site, 3, description=WORDS, hashtags=["#heron", "#mist"])
    suggest(site, images[0])
    page.goto("/review")
    page.evaluate("(theme) => { document.documentElement.dataset.bsTheme = theme; }", theme)
    assert violations(page) == []
    page.keyboard.press("?")
    assert violations(page) == []
    page.keyboard.press("Escape")
    edit_elsewhere(site, images[0], post_title="Theirs")
    page.set_viewport_size({"width": PHONE["width"], "height": 900})
    page.keyboard.press("a")
    expect(failure(page)).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("s")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="That was the last one")).to_be_visible()
    assert violations(page) == []
