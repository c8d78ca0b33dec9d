"""The ring in the top bar and the rows of the library follow a batch, and ask no more often than they need to."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import check_both_looks
from tests.browser.batches import ask_often, ring, start, why
from tests.browser.conftest import Site
from tests.browser.stage import add, now, row, until_quiet
from tests.fakes.openai_behaviours import ok, refusal, wrong_key
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import Held
from tests.support.program import PATIENCE


@pytest.fixture
def site(database_url: str, ai_site: Site) -> Site:
    """Return the application with the fake model service behind it."""
    return ai_site


def pass_time(page: Page, site: Site, milliseconds: int) -> None:
    """Let time pass, and everything that was asked for in it arrive."""
    page.clock.run_for(milliseconds)
    until_quiet(page, site)


def hide(page: Page, hidden: bool) -> None:
    """Let the tab go to the background or come back, as the page sees it."""
    page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


@pytest.mark.usefixtures("worker")
def test_the_ring_is_on_every_page_and_what_came_is_told_at_the_end(
    page: Page, site: Site, service: FakeOpenAI, held: Held
) -> None:
    image = add(site)
    page.goto("/settings")
    expect(ring(page)).to_be_hidden()
    batch = start(site)
    for path in ("/settings", f"/images/{image['id']}", "/review", "/usage"):
        page.goto(path)
        expect(ring(page)).to_have_text("1")
    page.goto("/settings")
    expect(ring(page)).to_be_visible()
    held.go.set()
    expect(ring(page)).to_be_hidden()
    card = page.get_by_label("A batch that ended")
    expect(card.get_by_role("heading", name="1 draft is ready")).to_be_visible()
    expect(page).to_have_title("1 draft is ready · Artwork Image Manager")
    check_both_looks(page, ".end-card")
    # It stays on every page until somebody acts on it.
    page.goto("/usage")
    expect(card).to_contain_text("1 picture, ")
    card.get_by_role("link", name="Review it").click()
    expect(page).to_have_url(f"{site.url}/review?batch={batch['id']}")
    refused = Held(refusal())
    service.default = refused
    add(site, "Egret.jpg")
    batch = start(site)
    page.goto("/settings")
    title = "Settings · Artwork Image Manager"
    expect(ring(page)).to_be_visible()
    refused.go.set()
    expect(card.get_by_role("heading", name="No drafts came")).to_be_visible()
    expect(card).to_contain_text("The AI service declined")
    card.get_by_role("button", name="Close this message").click()
    expect(card).to_be_hidden()
    expect(page).to_have_title(title)
    service.default = ok()
    page.evaluate("(id) => sessionStorage.setItem('ended-batches', `[${id}]`)", batch["id"])
    page.reload()
    card.get_by_role("button", name="Try again").click()
    expect(card.get_by_role("heading", name="1 draft is ready")).to_be_visible()
    card.get_by_role("link", name="Review it").click()
    expect(page).to_have_url(f"{site.url}/review?batch={batch['id']}")


@pytest.mark.usefixtures("worker")
def test_a_batch_that_pauses_by_itself_says_so_in_the_corner(
    page: Page, site: Site, service: FakeOpenAI
) -> None:
    service.default = paused = Held(wrong_key())
    add(site)
    batch = start(site)
    page.goto("/usage")
    expect(ring(page)).to_be_visible()
    paused.go.set()
    card = page.get_by_label("A batch that ended")
    expect(card).to_contain_text("Batch paused")
    expect(card.get_by_role("heading", name="No drafts came yet")).to_be_visible()
    expect(card).to_contain_text("The AI service does not accept the key.")
    expect(page).to_have_title("A batch waits · Artwork Image Manager")
    check_both_looks(page)
    # On a phone it stands above the bar at the foot.
    box, foot = (one.bounding_box() for one in (card, page.get_by_role("navigation", name="Places")))
    assert box
    assert foot
    assert box["y"] + box["height"] <= foot["y"]
    card.get_by_role("link", name="Look at it").click()
    expect(page).to_have_url(f"{site.url}/batches/{batch['id']}")
    expect(card).to_be_hidden()


@pytest.mark.usefixtures("service")
def test_the_ring_shows_a_batch_that_waits(page: Page, site: Site) -> None:
    add(site)
    batch = start(site)
    site.client.post(f"/api/batches/{batch['id']}/pause")
    page.goto("/trash")
    page.get_by_role("link", name="A batch waits: 0 of 1 through").click()
    expect(why(page)).to_contain_text("You paused it.")


@pytest.mark.usefixtures("service")
def test_hidden_tabs_do_not_ask(page: Page, site: Site) -> None:
    add(site)
    start(site)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith("/api/batches/active") else None)
    page.clock.install()
    page.goto("/settings")
    expect(ring(page)).to_be_visible()
    # Twice, because what was asked for just before may still be under way.
    pass_time(page, site, 2_500)
    pass_time(page, site, 2_500)
    assert len(asked) >= 3
    hide(page, True)
    pass_time(page, site, 0)
    seen = len(asked)
    pass_time(page, site, 60_000)
    pass_time(page, site, 60_000)
    assert len(asked) == seen
    with page.expect_request("**/api/batches/active"):
        hide(page, False)


@pytest.mark.usefixtures("service")
def test_with_nothing_at_work_the_server_is_asked_once_a_minute(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith("/api/batches/active") else None)
    page.clock.install()
    page.goto("/settings")
    pass_time(page, site, 100)
    assert len(asked) == 1
    pass_time(page, site, 59_000)
    assert len(asked) == 1
    with page.expect_request("**/api/batches/active"):
        page.clock.run_for(1_500)


@pytest.mark.usefixtures("worker")
def test_rows_appear_by_themselves_but_not_over_what_is_typed(page: Page, site: Site, held: Held) -> None:
    edited = add(site, "Edited.jpg")
    add(site, "Other.jpg")
    page.goto("/")
    start(site)
    assert held.asked.wait(PATIENCE)
    page.reload()
    expect(ring(page)).to_be_visible()
    row(page, "Edited.jpg").get_by_role("button", name="No title yet").click()
    page.keyboard.type("My own ti")
    ask_often(page)
    held.go.set()
    expect(row(page, "Other.jpg").get_by_role("button", name="Draft")).to_be_visible()
    expect(row(page, "Edited.jpg").get_by_role("button", name="Draft")).to_be_visible()
    page.keyboard.type("tle")
    page.keyboard.press("Enter")
    expect(row(page, "Edited.jpg").get_by_role("button", name="My own title")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert now(site, edited)["post_title"] == "My own title"
