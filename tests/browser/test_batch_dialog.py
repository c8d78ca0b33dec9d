"""The dialog in which a batch is chosen, priced and started; without scripts it is a page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.batches import why
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import add, add_many, now, row
from tests.fakes.openai_behaviours import ok
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import WORDS


@pytest.fixture
def site(database_url: str, ai_site: Site) -> Site:
    """Return the application with the fake model service behind it."""
    return ai_site


@pytest.mark.usefixtures("service")
def test_everything_that_matches_is_selected_beyond_what_is_loaded(page: Page, site: Site) -> None:
    add_many(site, 130)
    add(site, "Elsewhere.jpg", status="ready", alt_text="A picture")
    page.goto("/?status=new")
    page.get_by_role("checkbox", name="Tick Study 130").check()
    bar = page.get_by_role("region", name="Ticked pictures")
    bar.get_by_role("button", name="Select all 130 that match").click()
    expect(bar).to_contain_text("All 130 selected")
    bar.get_by_role("button", name="Write words").click()
    dialog = page.get_by_role("dialog", name="Write words")
    expect(dialog).to_contain_text("for everything new")
    expect(dialog).to_contain_text("130 pictures")
    dialog.get_by_role("button", name="Write the words").click()
    expect(page.get_by_text("Writing words for 130 pictures.")).to_be_visible()
    expect(bar).to_be_hidden()
    assert site.client.get("/api/batches").get_json()["batches"][0]["total"] == 130


@pytest.mark.usefixtures("service")
def test_the_estimate_follows_the_choices_and_a_typed_cap_stays(page: Page, site: Site) -> None:
    add(site, "One.jpg", post_title="Mine")
    add(site, "Two.jpg")
    page.goto("/")
    page.get_by_role("link", name="Write words…").click()
    dialog = page.get_by_role("dialog", name="Write words")
    expect(dialog).to_contain_text("2 pictures")
    cap = dialog.get_by_label("Pause at")
    before = cap.input_value()
    for name in ("Description", "Hashtags", "Category", "Key points (medium, size, year…)", "Alt text"):
        dialog.get_by_text(name, exact=True).click()
    expect(dialog).to_contain_text("1 picture")
    expect(dialog).to_contain_text("1 more has these words already and is left out.")
    cap.fill("0.001")
    dialog.get_by_label("Also suggest beside my own words").check()
    expect(dialog).to_contain_text("2 pictures")
    expect(cap).to_have_value("0.001")
    assert before
    dialog.get_by_text("Title", exact=True).click()
    expect(dialog).to_contain_text("Choose at least one field.")


def test_a_mistake_in_the_dialog_is_said_at_its_field(
    page: Page, site: Site, service: FakeOpenAI, allowed: list[str]
) -> None:
    allowed.append("422")
    add(site)
    page.goto("/")
    page.get_by_role("link", name="Write words…").click()
    dialog = page.get_by_role("dialog", name="Write words")
    for typed, sentence in (("0.001", "The cap must be at least"), ("much", "an amount such as 1.50")):
        dialog.get_by_label("Pause at").fill(typed)
        dialog.get_by_role("button", name="Write the words").click()
        expect(dialog).to_contain_text(sentence)
        expect(dialog.get_by_label("Pause at")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert not service.requests


def test_without_javascript_a_batch_is_started_and_paused(
    open_window: OpenWindow, site: Site, service: FakeOpenAI
) -> None:
    add(site, "One.jpg", post_title="Mine")
    page = open_window(java_script_enabled=False).tab()
    page.goto("/")
    page.get_by_role("link", name="Write words…").click()
    page.get_by_label("Also renew what AI wrote").check()
    page.get_by_role("button", name="Estimate again").click()
    expect(page.get_by_label("Also renew what AI wrote")).to_be_checked()
    page.get_by_role("button", name="Write the words").click()
    expect(page.get_by_role("heading", name="Everything")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(why(page)).to_contain_text("You paused it.")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Cancel…").click()
    page.get_by_role("button", name="Cancel the batch").click()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()


def test_one_ticked_picture_is_written_at_once(page: Page, site: Site, service: FakeOpenAI) -> None:
    image = add(site, "One.jpg")
    add(site, "Two.jpg")
    service.default = ok(WORDS)
    page.goto("/")
    page.get_by_role("checkbox", name="Tick One.jpg").check()
    page.get_by_role("region", name="Ticked pictures").get_by_role("button", name="Write words").click()
    expect(row(page, "One.jpg").get_by_role("button", name="Draft")).to_be_visible()
    assert now(site, image)["post_title"] == WORDS["post_title"]
    assert site.client.get("/api/batches").get_json()["batches"] == []
