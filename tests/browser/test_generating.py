"""Asking for words: they arrive as they are written, can be stopped, and errors say what to do next."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, now, row
from tests.fakes.openai_behaviours import Halting, no_quota, ok, rate_limited, refusal
from tests.fakes.openai_server import FakeOpenAI
from tests.support.program import PATIENCE

WORDS: dict[str, Any] = {
    "post_title": "The Quiet Hour",
    "description": "Layers of dusk settle over the hills until the last of them is a breath of colour.",
    "hashtags": ["#dusk", "#hills"],
    "key_points": "Layered hills",
    "alt_text": "Rows of hills fade from brown to orange.",
    "category": "Landscapes",
}


@pytest.fixture
def site(database_url: str, ai_site: Site) -> Site:
    """Return the application with the fake model service behind it."""
    return ai_site


def test_words_arrive_in_the_row_before_they_are_finished_unless_they_are_cancelled(
    page: Page, site: Site, service: FakeOpenAI
) -> None:
    image = add(site)
    writing = Halting(WORDS, after="Layers of")
    service.script(Halting(WORDS, after="The Q"), writing)
    page.goto("/")
    # Cancel stops the call and changes nothing.
    page.get_by_role("button", name="Write words for").click()
    expect(row(page, "The Q")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    assert service.requests[0].hung_up.wait(PATIENCE)
    expect(row(page, "No title yet")).to_be_visible()
    assert now(site, image)["version"] == image["version"]
    # Another one arrives.
    page.get_by_role("button", name="Write words for").click()
    arriving = row(page, "Writing")
    expect(arriving).to_contain_text("Layers")
    assert WORDS["description"] not in arriving.inner_text()
    assert now(site, image)["description"] == ""
    writing.go.set()
    expect(page.get_by_role("combobox", name="Search your pictures")).to_be_enabled()
    expect(row(page, "is a breath of colour.")).to_contain_text("#hills")
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    assert now(site, image)["origins"]["description"] == "ai"


def test_words_arrive_on_the_picture_page_unless_they_are_cancelled(
    page: Page, site: Site, service: FakeOpenAI
) -> None:
    image = add(site)
    writing = Halting(WORDS, after="Layers of")
    service.script(Halting(WORDS, after="The Q"), writing)
    page.goto(f"/images/{image['id']}")
    # Cancel stops the call and changes nothing.
    page.get_by_role("button", name="Write words", exact=True).click()
    expect(page.get_by_text("The Q").first).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Write words", exact=True)).to_be_visible()
    expect(page.get_by_text("Cancelled")).to_be_visible()
    assert service.requests[0].hung_up.wait(PATIENCE)
    assert now(site, image)["post_title"] == ""
    # Another one arrives.
    page.get_by_role("button", name="Write words", exact=True).click()
    arriving = page.get_by_text("Layers of")
    expect(arriving.first).to_be_visible()
    assert WORDS["description"] not in page.locator("body").inner_text()
    writing.go.set()
    expect(page.get_by_label("Description", exact=True)).to_have_value(WORDS["description"])
    expect(page.get_by_label("Title", exact=True)).to_have_value("The Quiet Hour")
    expect(page.get_by_role("button", name="Write words", exact=True)).to_be_enabled()


def test_a_busy_service_shows_a_countdown_and_the_button_comes_back(
    page: Page, site: Site, service: FakeOpenAI
) -> None:
    image = add(site)
    service.script(rate_limited("40"))
    page.clock.install()
    page.goto(f"/images/{image['id']}")
    button = page.get_by_role("button", name="Write words", exact=True)
    button.click()
    waiting = page.get_by_role("button", name=re.compile(r"\d+ s"))
    expect(waiting.first).to_be_visible()
    expect(waiting.first).to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward("00:45")
    expect(button).to_be_visible()
    expect(waiting).to_have_count(0)


def test_a_row_waits_for_a_busy_service_by_itself(page: Page, site: Site, service: FakeOpenAI) -> None:
    image = add(site)
    service.script(rate_limited("16"), ok(WORDS))
    page.goto("/")
    page.get_by_role("button", name="Write words for").click()
    expect(page.get_by_text("The AI service is busy. Trying again in")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Trying again in")).to_be_hidden()
    assert now(site, image)["post_title"] == ""


def test_an_error_says_so_and_the_words_stay(page: Page, site: Site, service: FakeOpenAI) -> None:
    image = add(site, post_title="Mine")
    page.goto(f"/images/{image['id']}")
    for behaviour, said in ((refusal(), "declined to write"), (no_quota(), "no credit left")):
        service.default = behaviour
        page.get_by_role("button", name="Write words", exact=True).click()
        expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
        expect(page.get_by_role("button", name="Write words", exact=True)).to_be_enabled()
        expect(page.get_by_label("Title", exact=True)).to_have_value("Mine")


def test_the_words_of_a_person_are_kept_and_the_new_ones_wait(
    page: Page, site: Site, service: FakeOpenAI
) -> None:
    image = add(site, post_title="Mine")
    service.script(ok(WORDS))
    page.goto("/")
    page.get_by_role("button", name="Write words for").click()
    expect(row(page, "Mine").get_by_text("A suggestion waits")).to_be_attached()
    expect(row(page, "Mine")).to_contain_text(WORDS["description"])
    assert now(site, image)["suggestion"]["fields"] == {"post_title": "The Quiet Hour"}
