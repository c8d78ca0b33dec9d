"""The page of one picture: moving through the list, copying, the picture itself."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import add, add_many, edit_elsewhere, until_loaded


def test_previous_and_next_keep_the_filter(page: Page, site: Site) -> None:
    add(site, "One.jpg", category="Prints")
    add(site, "Two.jpg")
    add(site, "Three.jpg", category="Prints")
    page.goto("/?category=Prints")
    page.get_by_role("link", name="Open Three.jpg").click()
    expect(page.get_by_text("1 of 2")).to_be_visible()
    page.get_by_role("link", name="Next picture").click()
    expect(page.get_by_role("heading", name="One.jpg")).to_be_attached()
    expect(page.get_by_role("link", name="Next picture")).to_have_count(0)
    until_loaded(page)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="Three.jpg")).to_be_attached()
    page.get_by_role("link", name="Back to the library").click()
    expect(page).to_have_url(re.compile("category=Prints"))


def test_the_way_back_leads_to_the_same_place(page: Page, site: Site) -> None:
    add_many(site, 70, category="Prints")
    page.goto("/?category=Prints")
    page.get_by_role("link", name="Load more").scroll_into_view_if_needed()
    row = page.get_by_role("row").filter(has_text="Study 011.jpg")
    row.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    name = row.get_by_role("link", name="Open ").get_attribute("aria-label") or ""
    row.get_by_role("link", name="Open ").click()
    back = page.get_by_role("link", name="Back to the Library, Prints")
    expect(page.get_by_text("This is picture 60 of 70")).to_be_visible()
    back.click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()
    assert abs(page.evaluate("scrollY") - before) < 5
    # Escape goes the same way, and whoever went on finds the picture they come from.
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Next picture").click()
    expect(page.get_by_text("This is picture 61 of 70")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Open Study 010.jpg")).to_be_focused()


def test_what_was_changed_elsewhere_is_there_when_the_page_comes_to_the_front(
    site: Site, open_window: OpenWindow
) -> None:
    images = [add(site, f"{name}.jpg", post_title=name) for name in ("One", "Two", "Three")]
    for address in ("/", f"/images/{images[0]['id']}"):
        # Under another clock a page does not tell when it has all its scripts.
        page = open_window().tab()
        page.goto(address)
        until_loaded(page)
        page.clock.install()
        titles = page.locator("[data-edit=post_title], #word-post_title")
        first = titles.last
        now = edit_elsewhere(site, images[0], post_title=f"Changed before {address}")
        images[0] = now
        if address == "/":
            site.client.delete(f"/api/images/{images[1]['id']}")
        page.clock.fast_forward(5000)
        page.evaluate("dispatchEvent(new Event('focus'))")
        if address == "/":
            expect(titles).to_have_text(["Three", f"Changed before {address}"])
            expect(page.get_by_role("status").filter(has_text="2 pictures")).to_be_visible()
        else:
            expect(first).to_have_value(f"Changed before {address}")


def test_the_page_is_one_window_high_and_its_folds_tell_their_sums(page: Page, site: Site) -> None:
    add_many(site, 12, post_title="Heron", description="Mist over the reeds. " * 20)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/")
    page.get_by_role("link", name="Open Heron").nth(5).click()
    stage = page.locator("[data-stage-picture]")
    # A page has places before it has its styles.
    expect(stage).to_be_visible()
    until_loaded(page)
    before = stage.bounding_box()
    words = page.locator("[data-panel]")
    words.evaluate("(panel) => panel.scrollTo(0, 300)")
    assert page.evaluate("[document.documentElement.scrollHeight, scrollY]") == [900, 0]
    assert words.evaluate("(panel) => panel.scrollTop") > 50
    assert stage.bounding_box() == before
    for fold, total in (
        ("History", "You wrote 2 texts"),
        ("Collections", "None"),
        ("File", "60 × 40, "),
        ("Look-alikes", "None"),
    ):
        summary = page.locator(".fold summary").filter(has_text=fold)
        expect(summary).to_contain_text(total)
    strip = page.get_by_role("navigation", name="Pictures beside this one")
    expect(strip.get_by_role("link")).to_have_count(12)
    assert (
        strip.locator("[aria-current]").evaluate("(link) => [...link.parentNode.children].indexOf(link)") == 5
    )
    # The larger copies are there for a browser that wants them; small pictures are not blown up.
    expect(stage).to_have_attribute("srcset", re.compile(r"/preview\?v=\d+ 60w$"))
    assert stage.evaluate("(image) => image.naturalWidth") == 60


def test_a_picture_that_the_line_kept_back_is_not_called_lost(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed += ["ERR_FAILED", "503"]
    image = add(site)
    line = ["down"]
    page.route("**/preview*", lambda route: route.abort() if line else route.continue_())
    page.goto(f"/images/{image['id']}")
    picture = page.locator("[data-stage-picture]")
    expect(page.get_by_text("There is no connection to the server just now.")).to_be_visible()
    expect(page.get_by_text("Its file is not where")).to_be_hidden()
    line.clear()
    expect(picture).to_be_visible()
    assert picture.evaluate("(image) => image.naturalWidth") == 60
    # One that the server could not send is asked for again as well.
    busy = ["busy"]
    page.unroute("**/preview*")
    page.route("**/preview*", lambda route: route.fulfill(status=503) if busy else route.continue_())
    page.clock.install()
    page.reload()
    expect(page.get_by_text("The server could not send it just now.")).to_be_visible()
    busy.clear()
    page.clock.fast_forward(6000)
    expect(picture).to_be_visible()


def test_a_picture_whose_file_is_gone_says_so_in_words(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("404")
    image = add(site)
    page.route("**/preview*", lambda route: route.fulfill(status=404))
    page.goto(f"/images/{image['id']}")
    expect(page.get_by_text("The picture cannot be shown")).to_be_visible()
    expect(page.get_by_text("Its file is not where it was stored.")).to_be_visible()


def test_words_are_copied_counted_and_keep_the_arrow_keys(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    add(site, "One.jpg")
    image = add(site, post_title="Heron", description="Mist.", hashtags=["#heron", "#mist"])
    page.goto(f"/images/{image['id']}")
    page.get_by_role("button", name="Copy: Description").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == "Mist."
    page.get_by_role("button", name="Copy all").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "Heron\n\nMist.\n\n#heron #mist"
    # The counter counts what the server counts, and is seen from nine tenths of the limit on.
    title, counter = page.get_by_label("Title", exact=True), page.locator("[data-counter=word-post_title]")
    expect(counter).to_be_hidden()
    title.fill("  " + "e\u0301" * 178 + "🦩 ")
    expect(counter).to_have_text("179 / 200")
    expect(counter).to_be_hidden()
    title.press_sequentially("s")
    expect(counter).to_have_text("181 / 200")
    expect(counter).to_be_visible()
    title.fill("x" * 203)
    expect(page.get_by_text("203 / 200, 3 too many")).to_be_visible()
    title.press("Escape")
    # Arrow keys in a text stay in the text.
    title.press("ArrowRight")
    title.press("End")
    page.keyboard.type("s")
    expect(title).to_have_value("Herons")
    expect(page).to_have_url(re.compile(f"/images/{image['id']}"))


def test_a_picture_that_is_not_there_says_so(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("404")
    add(site)
    page.goto("/images/99")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="To the library").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
