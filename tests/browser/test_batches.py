"""A batch from the first tick to the last word: the page may be closed, what stops it is said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import jobs
from features.lanes import FRESH_SECONDS
from tests.browser.conftest import MakeContext, Site
from tests.browser.stage import PHONE, add, add_many, now, row, sideways
from tests.browser.test_accessibility import violations
from tests.drafting import WORDS, Held
from tests.fakes.openai_behaviours import ok, refusal, wrong_key
from tests.fakes.openai_server import FakeOpenAI

LONG = "Wind" + "erfahrungs" * 15


@pytest.fixture
def site(database_url: str, ai_site: Site) -> Site:
    """Give the application with the fake model service behind it."""
    return ai_site


@pytest.fixture
def worker(database_url: str, site: Site, service: FakeOpenAI) -> Iterator[jobs.Worker]:
    """Work the queue until the test ends, one picture after the other."""
    worker = jobs.Worker(database_url, site.app.extensions["aim"], 1)
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def held(service: FakeOpenAI) -> Iterator[Held]:
    """Let the model service keep every answer back until `go` is set."""
    held = Held(ok())
    service.default = held
    yield held
    held.go.set()


def start(site: Site, **choices: Any) -> dict[str, Any]:
    """Start a batch without a browser."""
    answer = site.client.post("/api/batches", json={"select": {"filter": {}}, **choices})
    assert answer.status_code == 202, answer.text
    batch: dict[str, Any] = answer.get_json()
    return batch


def ring(page: Page) -> Locator:
    """Find the ring in the top bar."""
    return page.get_by_role("link", name="through. Open the batch")


def figure(page: Page, name: str) -> Locator:
    """Find a number of the batch page by what stands over it."""
    return page.get_by_role("region", name="Progress").locator("dl > div").filter(has_text=name)


def why(page: Page) -> Locator:
    """Find the sentence that says why a batch waits."""
    return page.get_by_role("note")


def start_from_ticks(page: Page, *names: str) -> Locator:
    """Tick rows and open the dialog."""
    for name in names:
        page.get_by_role("checkbox", name=f"Tick {name}").check()
    page.get_by_role("region", name="Ticked pictures").get_by_role("button", name="Generate").click()
    dialog = page.get_by_role("dialog", name="Write words")
    expect(dialog).to_be_visible()
    return dialog


def pass_time(page: Page, milliseconds: int) -> None:
    """Let time pass, and everything that was asked for in it arrive."""
    page.clock.run_for(milliseconds)
    page.evaluate("fetch('/healthz').then((answer) => answer.text())")
    page.wait_for_load_state("networkidle")


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
def test_a_batch_of_ticked_pictures_outlives_its_page(
    page: Page, site: Site, held: Held, new_context: MakeContext
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
    assert held.asked.wait(10)
    page.close()
    held.go.set()
    back = new_context().new_page()
    back.goto("/batches")
    back.get_by_role("link", name="2 ticked pictures").click()
    expect(figure(back, "Written")).to_contain_text("2 of 2")
    expect(back.get_by_text("Done", exact=True)).to_be_visible()
    expect(back.get_by_role("link", name="Review these drafts")).to_be_visible()
    expect(back.get_by_text("The Coast series")).to_be_visible()
    assert [bool(now(site, image)["post_title"]) for image in images] == [True, False, True]


@pytest.mark.usefixtures("worker")
def test_the_batch_page_follows_pauses_and_goes_on(page: Page, site: Site, held: Held) -> None:
    for name in ("One.jpg", "Two.jpg"):
        add(site, name)
    page.goto(f"/batches/{start(site)['id']}")
    assert held.asked.wait(10)
    page.get_by_role("button", name="Pause").click()
    expect(why(page)).to_contain_text("You paused it.")
    go_on = page.get_by_role("button", name="Go on")
    expect(go_on).to_be_focused()
    # The worker hears of a pause when it asks again; calls that went before bring their words.
    page.wait_for_timeout(1000 * (FRESH_SECONDS + 0.2))
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
    expect(why(page)).to_contain_text("The AI service does not accept the key. Check OPENAI_API_KEY.")
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
    expect(page.get_by_role("heading", name="This one failed")).to_be_visible()
    expect(page.get_by_role("link", name=LONG)).to_be_visible()
    expect(page.get_by_text("declined to write")).to_be_visible()
    page.get_by_role("button", name="Try this one again").click()
    expect(figure(page, "Written")).to_contain_text("1 of 1")
    expect(page.get_by_role("heading", name="This one failed")).to_be_hidden()


@pytest.mark.usefixtures("worker")
def test_the_ring_is_on_every_page_and_goes_at_the_end(page: Page, site: Site, held: Held) -> None:
    image = add(site)
    page.goto("/settings")
    expect(ring(page)).to_be_hidden()
    batch = start(site)
    title = page.title()
    for path in ("/settings", f"/images/{image['id']}", "/review", "/usage"):
        page.goto(path)
        expect(ring(page)).to_have_text("1")
    page.goto("/settings")
    expect(ring(page)).to_be_visible()
    held.go.set()
    expect(ring(page)).to_be_hidden()
    assert page.title() == title
    page.get_by_role("button", name="Look at it").click()
    expect(page).to_have_url(f"{site.url}/batches/{batch['id']}")


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
    pass_time(page, 2_500)
    pass_time(page, 2_500)
    assert len(asked) >= 3
    hide(page, True)
    pass_time(page, 0)
    seen = len(asked)
    pass_time(page, 60_000)
    pass_time(page, 60_000)
    assert len(asked) == seen
    with page.expect_request("**/api/batches/active"):
        hide(page, False)


@pytest.mark.usefixtures("service")
def test_with_nothing_at_work_the_server_is_asked_once_a_minute(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith("/api/batches/active") else None)
    page.clock.install()
    page.goto("/settings")
    pass_time(page, 100)
    assert len(asked) == 1
    pass_time(page, 59_000)
    assert len(asked) == 1
    with page.expect_request("**/api/batches/active"):
        page.clock.run_for(1_500)


@pytest.mark.usefixtures("worker")
def test_rows_appear_by_themselves_but_not_over_what_is_typed(page: Page, site: Site, held: Held) -> None:
    edited = add(site, "Edited.jpg")
    add(site, "Other.jpg")
    page.goto("/")
    start(site)
    assert held.asked.wait(10)
    page.reload()
    expect(ring(page)).to_be_visible()
    row(page, "Edited.jpg").get_by_role("button", name="No title yet").click()
    page.keyboard.type("My own ti")
    held.go.set()
    expect(row(page, "Other.jpg").get_by_role("button", name="Draft")).to_be_visible()
    expect(row(page, "Edited.jpg").get_by_role("button", name="Draft")).to_be_visible()
    page.keyboard.type("tle")
    page.keyboard.press("Enter")
    expect(row(page, "Edited.jpg").get_by_role("button", name="My own title")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert now(site, edited)["post_title"] == "My own title"


@pytest.mark.usefixtures("service")
def test_everything_that_matches_is_selected_beyond_what_is_loaded(page: Page, site: Site) -> None:
    add_many(site, 130)
    add(site, "Elsewhere.jpg", status="ready")
    page.goto("/?status=new")
    page.get_by_role("checkbox", name="Tick Study 130").check()
    bar = page.get_by_role("region", name="Ticked pictures")
    bar.get_by_role("button", name="Select all 130 that match").click()
    expect(bar).to_contain_text("All 130 selected")
    bar.get_by_role("button", name="Generate").click()
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
    for name in ("Description", "Hashtags", "Category", "Key points", "Alt text"):
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
    new_context: MakeContext, site: Site, service: FakeOpenAI
) -> None:
    add(site, "One.jpg", post_title="Mine")
    page = new_context(java_script_enabled=False).new_page()
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
        expect(page.get_by_text(end, exact=True)).to_be_visible()
    for path in ("/batches", "/batches/1", "/batches/2", f"/batches/new?category={LONG[:80]}", "/"):
        page.goto(path)
        if path == "/":
            start_from_ticks(page, "Wind", "Two.jpg")
        for theme, width in (("dark", 1440), ("light", PHONE["width"])):
            page.evaluate("(theme) => { document.documentElement.dataset.bsTheme = theme; }", theme)
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page) == [], (path, theme)
            assert sideways(page) == 0, (path, theme)


def test_one_ticked_picture_is_written_at_once(page: Page, site: Site, service: FakeOpenAI) -> None:
    image = add(site, "One.jpg")
    add(site, "Two.jpg")
    service.default = ok(WORDS)
    page.goto("/")
    page.get_by_role("checkbox", name="Tick One.jpg").check()
    page.get_by_role("region", name="Ticked pictures").get_by_role("button", name="Generate").click()
    expect(row(page, "One.jpg").get_by_role("button", name="Draft")).to_be_visible()
    assert now(site, image)["post_title"] == WORDS["post_title"]
    assert site.client.get("/api/batches").get_json()["batches"] == []
