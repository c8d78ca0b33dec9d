"""What the page remembers of a person's taste: light or dark, table or grid."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add

THEME = "document.documentElement.dataset.bsTheme"


def test_dark_comes_first_and_light_and_the_grid_are_remembered(page: Page, site: Site) -> None:
    image = add(site)
    page.goto("/")
    assert page.evaluate(THEME) == "dark"
    with page.expect_response("**/preferences"):
        page.get_by_role("button", name="Switch between dark and light").click()
    assert page.evaluate(THEME) == "light"
    page.get_by_role("button", name="Grid").click()
    cards = page.get_by_role("list", name="Pictures")
    expect(cards.get_by_role("listitem")).to_have_count(1)
    page.goto(f"/images/{image['id']}")
    assert page.evaluate(THEME) == "light"
    page.goto("/")
    expect(cards).to_be_visible()
    expect(page.get_by_role("button", name="Grid")).to_have_attribute("aria-pressed", "true")


def test_the_grid_keeps_the_filter_and_its_cards_are_edited_in_place(page: Page, site: Site) -> None:
    image = add(site, "One.jpg", status="ready", post_title="Heron")
    add(site, "Two.jpg")
    page.goto("/?status=ready")
    page.get_by_role("button", name="Grid").click()
    cards = page.get_by_role("list", name="Pictures").get_by_role("listitem")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("Heron")
    page.get_by_role("button", name="Heron", exact=True).click()
    page.get_by_role("textbox", name="Title").fill("Reeds")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Reeds", exact=True)).to_be_visible()
    assert site.client.get(f"/api/images/{image['id']}").get_json()["post_title"] == "Reeds"
