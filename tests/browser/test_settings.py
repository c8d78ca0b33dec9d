"""The settings page in the browser: fields that save themselves, the key, the models, a trial, and two owners."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from artworks.settings import installation
from tests.browser.axe import WIDE, check_both_looks
from tests.browser.conftest import Site
from tests.browser.stage import until_quiet
from tests.fakes.openai_behaviours import error, ok
from tests.fakes.openai_server import FakeOpenAI


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every request look at the settings anew."""
    monkeypatch.setattr(installation, "FRESH_SECONDS", 0.0)


@pytest.fixture
def allowed() -> list[str]:
    return ["422", "409", "503", "ERR_FAILED"]


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def state(page: Page, name: str) -> Locator:
    return page.locator(f"#setting-{name}-state")


def typed(page: Page, label: str, text: str) -> None:
    field(page, label).fill(text)
    field(page, label).blur()


def test_from_nothing_to_a_title_without_leaving_the_page(
    page: Page, site: Site, service: FakeOpenAI
) -> None:
    page.goto("/settings")
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text("there is nobody to ask")).to_be_visible()
    typed(page, "Server", service.base_url)
    expect(state(page, "openai_base_url")).to_have_text("Saved")
    # What is typed stays while the page finds out what is known of the key for another server.
    field(page, "Key of the AI service").fill("sk-proj-0123456789-7Q2a")
    until_quiet(page, site)
    expect(field(page, "Key of the AI service")).to_have_value("sk-proj-0123456789-7Q2a")
    field(page, "Key of the AI service").press("Enter")
    expect(page.get_by_text("ends in 7Q2a")).to_be_visible()
    field(page, "Model").focus()
    expect(state(page, "openai_model")).to_have_text("The server offers 2 models, 1 that see pictures.")
    assert page.locator("#setting-models option").evaluate_all("all => all.map((one) => one.value)") == [
        "gpt-5.6-luna",
        "text-embedding-3",
    ]
    service.default = ok({"post_title": "Still water, one leg"})
    page.get_by_role("button", name="Test it").click()
    expect(page.get_by_text("It works")).to_be_visible()
    expect(page.get_by_text("Still water, one leg")).to_be_visible()
    service.default = error(401, code="invalid_api_key")
    page.get_by_role("button", name="Test it").click()
    expect(page.locator(".settings-test .setting-error")).to_be_visible()
    page.get_by_text("Replace or forget it").click()
    page.get_by_role("button", name="Forget the one there is").click()
    expect(page.get_by_text("Not set", exact=True)).to_be_visible()


def test_what_is_refused_stays_and_of_two_owners_both_are_shown(page: Page, site: Site) -> None:
    page.goto("/settings")
    typed(page, "Budget", "a lot")
    expect(state(page, "ai_budget_usd_per_month")).to_contain_text("The budget must be a number, 0 or more")
    expect(field(page, "Budget")).to_have_value("a lot")
    expect(field(page, "Budget")).to_have_attribute("aria-invalid", "true")
    check_both_looks(page)
    page.set_viewport_size(WIDE)
    elsewhere = {"value": "7", "version": 0}
    assert site.client.patch("/api/settings/ai_budget_usd_per_month", json=elsewhere).status_code == 200
    typed(page, "Budget", "5")
    expect(state(page, "ai_budget_usd_per_month")).to_contain_text("It is “7” now.")
    page.get_by_role("button", name="Keep mine").click()
    expect(state(page, "ai_budget_usd_per_month")).to_have_text("Saved")
    page.reload()
    expect(field(page, "Budget")).to_have_value("5")
    field(page, "Words from files").select_option("Off")
    expect(state(page, "words_from_files")).to_have_text("Saved")


def test_nothing_typed_is_lost_on_a_bad_line_or_while_a_field_is_saved(page: Page, site: Site) -> None:
    page.goto("/settings")
    page.route("**/openai_model", lambda route: route.abort(), times=1)
    typed(page, "Model", "llava")
    expect(state(page, "openai_model")).to_contain_text("could not be reached")
    expect(field(page, "Model")).to_have_value("llava")
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    page.get_by_role("button", name="Try again").click()
    expect(state(page, "openai_model")).to_have_text("Saved")
    held: list[Route] = []
    page.route("**/openai_model", lambda route: held.append(route), times=1)
    field(page, "Model").fill("pixtral")
    field(page, "Model").press("Enter")
    expect(state(page, "openai_model")).to_have_text("Saving…")
    field(page, "Model").fill("molmo")
    field(page, "Model").press("Enter")
    held[0].continue_()
    expect(state(page, "openai_model")).to_have_text("Saved")
    until_quiet(page, site)
    page.reload()
    expect(field(page, "Model")).to_have_value("molmo")
    typed(page, "Budget", "a lot")
    expect(field(page, "Budget")).to_have_attribute("aria-invalid", "true")
    typed(page, "Budget", "")
    expect(field(page, "Budget")).not_to_have_attribute("aria-invalid", "true")


def test_a_key_that_is_typed_survives_a_clash(page: Page, site: Site) -> None:
    page.goto("/settings")
    site.client.put("/api/settings/key", json={"key": "sk-somebody-else-1234", "version": 0})
    field(page, "Key of the AI service").fill("sk-proj-0123456789-7Q2a")
    field(page, "Key of the AI service").press("Enter")
    expect(page.get_by_text("A key is for OpenAI now")).to_be_visible()
    expect(field(page, "Key of the AI service")).to_have_value("sk-proj-0123456789-7Q2a")
    field(page, "Key of the AI service").press("Enter")
    expect(page.get_by_text("ends in 7Q2a")).to_be_visible()
