"""A suggestion is taken or left field by field, and every change can be taken back."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, edit_elsewhere, now, suggest, unfold

MINE: dict[str, Any] = {
    "post_title": "Heron",
    "description": "A heron stands in shallow water. Mist hangs over the reeds. Nothing moves.",
    "hashtags": ["#heron", "#mist", "#reeds", "#dusk", "#water", "#bird"],
}


def card(page: Page, field: str) -> Locator:
    """Find the suggestion for one field."""
    return page.get_by_role("form", name=f"for the {field}")


def test_one_field_is_taken_and_another_is_left(page: Page, site: Site) -> None:
    image = add(site, **MINE)
    fields = suggest(site, image)["fields"]
    assert {"description", "hashtags"} <= set(fields)
    page.goto(f"/images/{image['id']}")
    expect(card(page, "description").get_by_role("deletion").first).to_be_visible()
    card(page, "description").get_by_role("button", name="Use it").click()
    expect(card(page, "description")).to_be_hidden()
    expect(page.get_by_label("Description", exact=True)).to_have_value(fields["description"])
    card(page, "hashtags").get_by_role("button", name="Keep mine").click()
    expect(card(page, "hashtags")).to_be_hidden()
    saved = now(site, image)
    assert (saved["description"], saved["hashtags"]) == (fields["description"], MINE["hashtags"])
    assert "hashtags" not in (saved["suggestion"] or {"fields": {}})["fields"]


def test_a_suggestion_dealt_with_elsewhere_says_so(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("40[49]")
    image = add(site, **MINE)
    suggest(site, image)
    page.goto(f"/images/{image['id']}")
    edit_elsewhere(site, image, description="Written elsewhere meanwhile.")
    card(page, "description").get_by_role("button", name="Use it").click()
    expect(page.get_by_role("status").filter(has_text="changed").last).to_be_visible()
    expect(page.get_by_label("Description", exact=True)).to_have_value("Written elsewhere meanwhile.")
    assert now(site, image)["description"] == "Written elsewhere meanwhile."


def test_a_suggestion_that_came_meanwhile_is_shown_and_not_taken(
    page: Page, site: Site, allowed: list[str]
) -> None:
    """Another tab refined; what this one shows is neither taken in its place nor thrown away with it."""
    allowed.append("409")
    image = add(site, **MINE)
    suggest(site, image)
    for button in ("Use it", "Keep mine"):
        page.goto(f"/images/{image['id']}")
        expect(card(page, "description")).to_be_visible()
        newer = suggest(site, image)
        card(page, "description").get_by_role("button", name=button).click()
        expect(page.get_by_text("A newer suggestion has come in the meantime")).to_be_visible()
        shown = page.locator(
            '#suggestion input[name="suggestion"], .suggestion input[name="suggestion"]'
        ).first
        expect(shown).to_have_value(str(newer["id"]))
        assert now(site, image)["suggestion"] == newer
        assert now(site, image)["description"] == MINE["description"]
    card(page, "description").get_by_role("button", name="Use it").click()
    expect(page.get_by_label("Description", exact=True)).to_have_value(newer["fields"]["description"])


def test_a_chip_or_free_words_ask_for_something_else_and_all_of_it_is_taken(page: Page, site: Site) -> None:
    image = add(site, **MINE)
    page.goto(f"/images/{image['id']}")
    page.get_by_role("button", name="Shorter").click()
    expect(card(page, "description")).to_contain_text("Shorter")
    assert now(site, image)["description"] == MINE["description"]
    assert now(site, image)["suggestion"]["feedback"] == "Shorter"
    page.get_by_role("textbox", name="Ask for something else").fill("Much shorter, please")
    page.keyboard.press("Enter")
    expect(card(page, "description")).to_contain_text("Much shorter, please")
    expect(page.get_by_role("button", name="Use it").first).to_be_visible()
    waiting = now(site, image)["suggestion"]
    assert waiting["feedback"] == "Much shorter, please"
    page.get_by_role("button", name="Use all").click()
    expect(page.get_by_role("button", name="Use it")).to_have_count(0)
    saved = now(site, image)
    assert {name: saved[name] for name in waiting["fields"]} == waiting["fields"]
    assert saved["suggestion"] is None


def test_going_back_brings_the_earlier_words_and_can_be_taken_back_too(page: Page, site: Site) -> None:
    image = add(site, description="First thought.")
    edit_elsewhere(site, image, description="Second thought.")
    page.goto(f"/images/{image['id']}")
    history = page.get_by_role("region", name="History")
    unfold(page, "History")
    change = history.get_by_role("listitem").first
    expect(change).to_contain_text("You changed the description")
    # What changed is told in full.
    page.get_by_text("What changed").first.click()
    expect(change.get_by_text("First thought.")).to_be_visible()
    expect(change.get_by_text("Second thought.")).to_be_visible()
    history.get_by_role("button", name="Go back to this").first.click()
    expect(page.get_by_label("Description", exact=True)).to_have_value("First thought.")
    expect(history.get_by_role("listitem").first).to_contain_text("You went back")
    history.get_by_role("button", name="Go back to this").first.click()
    expect(page.get_by_label("Description", exact=True)).to_have_value("Second thought.")
    assert now(site, image)["description"] == "Second thought."
