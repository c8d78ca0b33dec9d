"""A batch from the first tick to the last word: the page may be closed, what stops it is said in a sentence."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from artworks.batches import worker as batch_worker
from tests.browser.axe import check_both_looks, violations
from tests.browser.batches import ask_often, figure, start, start_from_ticks, why
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import add, now
from tests.fakes.openai_behaviours import ok, refusal, wrong_key
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import Held
from tests.support.program import PATIENCE

LONG = "Wind" + "erfahrungs" * 15


@pytest.fixture
def site(database_url: str, ai_site: Site) -> Site:
    """Return the application with the fake model service behind it."""
    return ai_site


@pytest.mark.usefixtures("worker")
def test_a_batch_of_ticked_pictures_outlives_its_page(
    page: Page, site: Site, held: Held, open_window: OpenWindow
) -> None:
    images = [add(site, name) for name in ("One.jpg", "Two.jpg", "Three.jpg")]
    page.goto("/")
    dialog = start_from_ticks(page, "One.jpg", "Three.jpg")
    expect(dialog).to_contain_text("for 2 ticked pictures")
    expect(dialog).to_contain_text("about $0.00")
    dialog.get_by_label("What is true of all of them").fill("The Coast series")
    dialog.get_by_role("button", name="Write the words").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("region", name="Ticked pictures")).to_be_hidden()
    page.get_by_role("button", name="Watch").click()
    expect(page.get_by_role("heading", name="2 ticked pictures")).to_be_visible()
    expect(figure(page, "To go")).to_contain_text("2")
    assert held.asked.wait(PATIENCE)
    page.close()
    held.go.set()
    back = open_window().tab()
    back.goto("/batches")
    back.get_by_role("link", name="2 ticked pictures").click()
    expect(figure(back, "Written")).to_contain_text("2 of 2")
    expect(back.get_by_text("Done", exact=True)).to_be_visible()
    expect(back.get_by_role("link", name="Review these drafts")).to_be_visible()
    expect(back.get_by_text("The Coast series")).to_be_visible()
    assert [bool(now(site, image)["post_title"]) for image in images] == [True, False, True]


@pytest.mark.usefixtures("worker")
def test_the_batch_page_follows_pauses_and_goes_on(
    page: Page, site: Site, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The worker hears of a pause when it asks again; calls that went before bring their words.
    monkeypatch.setattr(batch_worker, "FRESH_SECONDS", 0)
    for name in ("One.jpg", "Two.jpg"):
        add(site, name)
    page.goto(f"/batches/{start(site)['id']}")
    assert held.asked.wait(PATIENCE)
    page.get_by_role("button", name="Pause").click()
    expect(why(page)).to_contain_text("You paused it.")
    go_on = page.get_by_role("button", name="Go on")
    expect(go_on).to_be_focused()
    held.go.set()
    go_on.click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(figure(page, "Written")).to_contain_text("2 of 2")
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()


@pytest.mark.usefixtures("service")
def test_a_batch_is_cancelled_after_a_question(page: Page, site: Site) -> None:
    add(site)
    page.goto(f"/batches/{start(site)['id']}")
    page.get_by_text("Cancel…").click()
    page.get_by_role("button", name="Cancel the batch").click()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    expect(figure(page, "Left as they were")).to_contain_text("1")


@pytest.mark.usefixtures("worker")
def test_a_cap_that_is_reached_pauses_and_is_raised(page: Page, site: Site, service: FakeOpenAI) -> None:
    service.default = ok(usage={"prompt_tokens": 20_000, "completion_tokens": 1_000, "total_tokens": 21_000})
    for number in range(4):
        add(site, f"{number}.jpg")
    page.goto(f"/batches/{start(site, cap_usd=0.018)['id']}")
    ask_often(page)
    expect(why(page)).to_contain_text("Raise the cap to go on.")
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    spent = site.client.get("/api/batches").get_json()["batches"][0]
    assert spent["usd"] <= 0.018
    assert 0 < spent["done"] < 4
    page.get_by_label("Raise the cap to").fill("nothing")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("The cap must be an amount such as 1.50.")).to_be_visible()
    page.get_by_label("Raise the cap to").fill("0.50")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(figure(page, "Written")).to_contain_text("4 of 4")
    expect(figure(page, "Spent")).to_contain_text("of $0.50")


@pytest.mark.usefixtures("worker")
def test_a_wrong_key_pauses_with_one_sentence(page: Page, site: Site, service: FakeOpenAI) -> None:
    service.default = wrong_key()
    for name in ("One.jpg", "Two.jpg"):
        add(site, name)
    page.goto(f"/batches/{start(site)['id']}")
    ask_often(page)
    expect(why(page)).to_contain_text("The AI service does not accept the key. Check it in the settings")
    expect(figure(page, "Failed")).to_contain_text("0")
    service.default = ok()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(figure(page, "Written")).to_contain_text("2 of 2")


@pytest.mark.usefixtures("worker")
def test_failures_are_listed_and_tried_again(page: Page, site: Site, service: FakeOpenAI) -> None:
    service.script(refusal())
    add(site, post_title=LONG)
    page.goto(f"/batches/{start(site)['id']}")
    ask_often(page)
    expect(page.get_by_role("heading", name="This one failed")).to_be_visible()
    expect(page.get_by_role("link", name=LONG)).to_be_visible()
    expect(page.get_by_text("declined to write")).to_be_visible()
    page.get_by_role("button", name="Try this one again").click()
    expect(figure(page, "Written")).to_contain_text("1 of 1")
    expect(page.get_by_role("heading", name="This one failed")).to_be_hidden()


@pytest.mark.usefixtures("worker")
def test_axe_finds_nothing_and_nothing_is_too_wide(page: Page, site: Site, service: FakeOpenAI) -> None:
    page.goto("/batches")
    assert violations(page) == []
    add(site, "One.jpg", post_title=LONG, category=LONG[:80])
    add(site, "Two.jpg")
    for behaviour, end in ((refusal(), "Done"), (wrong_key(), "Paused")):
        service.default = behaviour
        chosen = {"filter": {"category": LONG[:80]}}
        page.goto(f"/batches/{start(site, select=chosen, fields=['description'], note=LONG * 3)['id']}")
        ask_often(page)
        expect(page.get_by_text(end, exact=True)).to_be_visible()
    for path in ("/batches", "/batches/1", "/batches/2", f"/batches/new?category={LONG[:80]}", "/"):
        page.goto(path)
        if path == "/":
            start_from_ticks(page, "Wind", "Two.jpg")
        check_both_looks(page, "dialog" if path == "/" else "html")
