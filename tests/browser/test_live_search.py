"""Results come while one types: only the latest, without a jump; a search that finds nothing says what it may mean."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect
from sqlalchemy.orm import sessionmaker

from artworks.search.vocabulary import VocabularyScanner
from models import db
from tests.browser.conftest import Site
from tests.browser.reviewing import eventually
from tests.browser.stage import add, row, shown


def test_results_come_while_one_types_and_the_latest_stays(page: Page, site: Site) -> None:
    add(site, "One.jpg", post_title="Heron at dusk", category="Prints")
    add(site, "Two.jpg", post_title="Herring gull", category="Prints")
    add(site, "Three.jpg", post_title="Heron", category="Oils")
    page.goto("/?category=Prints")
    search = page.get_by_role("combobox", name="Search your pictures")
    held: list[Route] = []
    page.route(re.compile(r"q=her(&|$)"), lambda route: held.append(route))
    with page.expect_request(re.compile(r"q=her(&|$)")):
        search.press_sequentially("her")
    search.press_sequentially("on")
    expect(page.locator("[data-total]")).to_have_text("1 picture")
    assert shown(page) == ["Heron at dusk"]
    # A filter is looked for once it has a value.
    search.press_sequentially(" status:")
    page.wait_for_timeout(300)
    expect(page).to_have_url(re.compile("q=heron(&|$)"))
    # In the middle of its value nothing is found, and the list stays meanwhile.
    with page.expect_response(re.compile("status%3An(&|$)")):
        search.press_sequentially("n")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert shown(page) == ["Heron at dusk"]
    search.press_sequentially("ew")
    expect(page).to_have_url(re.compile("status%3Anew"))
    search.fill("heron")
    expect(page).to_have_url(re.compile("q=heron(&|$)"))
    # The answer to what was typed before comes too late, and changes nothing.
    for route in held:
        route.fulfill(body="<title>Late</title>", content_type="text/html")
    expect(page).to_have_url(re.compile(r"category=Prints&q=heron|q=heron&category=Prints"))
    expect(page).to_have_title(re.compile("heron|Prints"))
    expect(search).to_be_focused()
    expect(page.get_by_role("link", name="Take away the filter “heron”")).to_be_visible()
    page.get_by_role("link", name="Export").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 picture")
    page.keyboard.press("Escape")
    # What was found can be ticked and edited; an open editor is not taken away.
    page.get_by_role("checkbox", name="Tick Heron at dusk").check()
    expect(page.get_by_role("region", name="Ticked pictures")).to_contain_text("1 selected")
    page.get_by_role("button", name="Heron at dusk", exact=True).click()
    editor = page.get_by_role("textbox", name="Title")
    editor.fill("Grey heron")
    saves: list[Route] = []
    page.route("**/api/images/*", lambda route: saves.append(route))
    search.fill("")
    eventually(page, lambda: bool(saves))
    # Longer than results take: they wait until the words are saved.
    page.wait_for_timeout(500)
    expect(editor).to_have_value("Grey heron")
    page.unroute("**/api/images/*")
    saves[0].fallback()
    expect(row(page, "Herring gull")).to_be_visible()
    expect(row(page, "Grey heron")).to_be_visible()
    # A tick stays with its row, and comes back with it.
    ticked, tick = (
        page.get_by_role("region", name="Ticked pictures"),
        page.get_by_role("checkbox", name="Tick Herring gull"),
    )
    tick.check()
    expect(ticked).to_contain_text("2 selected")
    search.fill("gull")
    expect(ticked).to_contain_text("1 selected, 1 not in this list")
    search.fill("")
    expect(ticked).to_contain_text(re.compile("2 selected(?!,)"))
    expect(tick).to_be_checked()
    assert page.evaluate("scrollY") == 0


def test_a_search_that_finds_nothing_says_what_it_may_mean(page: Page, site: Site) -> None:
    add(site, post_title="Portrait in watercolor")
    with site.app.app_context():
        VocabularyScanner(sessionmaker(db.engine)).work()
    page.goto("/")
    search = page.get_by_role("combobox", name="Search your pictures")
    search.press_sequentially("portait in watercolour")
    expect(page.get_by_text("Did you mean").last).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="0 pictures")).to_have_text(
        "0 pictures. Did you mean portrait in watercolor?"
    )
    page.get_by_role("link", name="portrait in watercolor", exact=True).click()
    expect(row(page, "Portrait in watercolor")).to_be_visible()
    expect(search).to_have_value("portrait in watercolor")
