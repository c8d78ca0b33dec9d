"""What one can search by is offered while it is typed, and taken by keyboard or with the mouse."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.axe import WIDE, check_both_looks
from tests.browser.conftest import Site
from tests.browser.stage import add, sideways, until_quiet


def test_filters_values_and_names_are_offered_by_keyboard(page: Page, site: Site) -> None:
    add(site, "Heron.jpg", category="Works on paper", hashtags="heron_at_dusk")
    add(site, "Other.jpg", category="Prints")
    page.goto("/")
    box = page.get_by_role("combobox", name="Search your pictures")
    box.press_sequentially("cat")
    options = page.get_by_role("option")
    expect(options).to_have_text(["category:a category or a part of one"])
    check_both_looks(page)
    page.set_viewport_size(WIDE)
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(box).to_have_value("category:")
    expect(options).to_have_text(["category:Prints", 'category:"Works on paper"'], ignore_case=True)
    box.press_sequentially("pap")
    expect(options).to_have_count(1)
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value('category:"Works on paper" ')
    expect(options).to_have_count(0)
    box.press("Enter")
    expect(page.get_by_text("1 picture", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Works on paper")).to_be_visible()


def test_what_is_offered_is_asked_for_once_the_box_is_used(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("503")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/search-hints.json" in one.url else None)
    add(site)
    page.goto("/")
    until_quiet(page, site)
    assert asked == []
    page.route("**/search-hints.json*", lambda route: route.fulfill(status=503, body=""))
    box = page.get_by_role("combobox", name="Search your pictures")
    with page.expect_request_finished(lambda one: "/search-hints.json" in one.url):
        box.focus()
    # What failed is asked for again, and what came is not.
    page.unroute("**/search-hints.json*")
    box.press_sequentially("st")
    expect(page.get_by_role("option", name="status:")).to_be_visible()
    failed = len(asked) - 1
    box.press_sequentially("atus:d")
    expect(page.get_by_role("option", name="status:draft")).to_be_visible()
    assert len(asked) == failed + 1


def test_names_that_begin_as_typed_are_offered_first(page: Page, site: Site) -> None:
    for category in ("Prints", "Works / Screen print", "Sketchbooks"):
        add(site, category=category)
    page.goto("/")
    page.get_by_role("combobox", name="Search your pictures").press_sequentially("category:s")
    offered = ["category:Sketchbooks", 'category:"Works / Screen print"', "category:Prints", "category:Works"]
    expect(page.get_by_role("option")).to_have_text(offered)


def test_an_offer_is_clicked_and_escape_closes_the_list(page: Page, site: Site) -> None:
    add(site, "Heron.jpg", hashtags="heron_at_dusk")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/")
    box = page.get_by_role("combobox", name="Search your pictures")
    box.press_sequentially("dusk tag:her")
    page.get_by_role("option", name="tag:#heron_at_dusk").click()
    expect(box).to_have_value("dusk tag:#heron_at_dusk ")
    expect(box).to_be_focused()
    box.press_sequentially("si")
    expect(page.get_by_role("option", name="size:")).to_be_visible()
    assert sideways(page) == 0
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("dusk tag:#heron_at_dusk si")
    # A name with quotation marks is offered as the search reads it.
    add(site, "Marks.jpg", category='“Curly” 11x14" prints')
    box.fill("")
    box.press_sequentially("category:11")
    offer = page.get_by_role("option", name="11x14")
    offer.hover()
    page.mouse.down()
    # The list is drawn anew under the finger: an answer came late.
    with page.expect_response("**/api/categories"):
        box.dispatch_event("input")
    page.evaluate("new Promise(requestAnimationFrame)")
    page.mouse.up()
    expect(box).to_have_value('category:"“Curly” 11x14\\" prints" ')
    box.press("Enter")
    expect(page.get_by_text("1 picture", exact=True)).to_be_visible()
    # A name that every object has is no filter.
    box.fill("constructor:x")
    expect(page.get_by_role("listbox")).to_be_hidden()
