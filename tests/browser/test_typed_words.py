"""What is typed is kept while it is typed, whatever dies: the tab, the network, the session, the page of a phone."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from models import Image, db
from tests.browser.conftest import Site
from tests.browser.reviewing import eventually
from tests.browser.stage import add, edit_elsewhere, now, row, until_quiet
from tests.support.program import wait_until

PUT_IN = "Words from before, put in and saved."


def left(site: Site) -> list[dict[str, Any]]:
    """List what the server keeps unpublished."""
    found: list[dict[str, Any]] = site.client.get("/api/autosaves").get_json()["autosaves"]
    return found


def kept_here(page: Page) -> list[str]:
    """List the texts that the browser keeps."""
    entries = page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('words '))")
    return [json.loads(value)["text"] for _, value in entries]


def type_on(field: Locator, words: str) -> None:
    """Type behind what is there."""
    field.press("ControlOrMeta+End")
    field.press_sequentially(words)


def description(page: Page) -> Locator:
    return page.get_by_label("Description", exact=True)


def said(page: Page, field: str = "description") -> Locator:
    return page.locator(f"[data-edit-state={field}]")


def revisions(site: Site, image: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.client.get(f"/api/images/{image['id']}/revisions").get_json()[
        "revisions"
    ]
    return [one["changes"] for one in found]


def test_words_of_a_tab_that_was_killed_are_put_in_and_saved(page: Page, site: Site) -> None:
    image = add(site, description="Mist.", post_title="Heron")
    tab = page.context.new_page()
    tab.goto(f"/images/{image['id']}")
    type_on(description(tab), " Over")
    # At once in this browser, after a second of silence on the server, and nowhere else.
    assert kept_here(tab) == ["Mist. Over"]
    expect(said(tab)).to_have_text("Saved")
    assert [one["text"] for one in left(site)] == ["Mist. Over"]
    assert kept_here(tab) == []
    assert now(site, image) == image
    # Killed without a question, in the middle of a word.
    type_on(description(tab), " the ree")
    tab.close()
    page.goto(f"/images/{image['id']}")
    expect(said(page)).to_contain_text(PUT_IN)
    expect(description(page)).to_have_value("Mist. Over the ree")
    assert now(site, image)["description"] == "Mist. Over the ree"
    said(page).get_by_role("button", name="Undo").click()
    expect(said(page)).to_have_text("Saved")
    assert now(site, image)["description"] == "Mist."
    assert (left(site), kept_here(page)) == ([], [])
    # Half a name would be a new one for everybody.
    tab = page.context.new_page()
    tab.goto(f"/images/{image['id']}")
    type_on(tab.get_by_label("Category", exact=True), "Pri")
    tab.close()
    page.reload()
    expect(said(page, "category")).to_contain_text("You had typed “Pri”.")
    assert now(site, image)["category"] == ""
    said(page, "category").get_by_role("button", name="Use it").click()
    expect(said(page, "category")).to_have_text("Saved")
    assert now(site, image)["category"] == "Pri"
    assert (left(site), kept_here(page)) == ([], [])
    # The same in the row of the library; over what was changed since, both are shown.
    for typed, elsewhere in ((" at dusk", None), (" at dawn", "Egret")):
        tab = page.context.new_page()
        tab.goto("/")
        tab.locator("[data-edit=post_title]").click()
        type_on(tab.get_by_role("textbox", name="Title"), typed)
        tab.close()
        if elsewhere:
            edit_elsewhere(site, image, post_title=elsewhere)
        page.goto("/")
        if elsewhere is None:
            expect(row(page, "Heron at dusk")).to_contain_text(PUT_IN)
            assert now(site, image)["post_title"] == "Heron at dusk"
    page.get_by_role("button", name="See both").click()
    dialog = page.get_by_role("dialog", name="This was changed somewhere else")
    expect(dialog).to_contain_text("Heron at dusk at dawn")
    expect(dialog).to_contain_text("Egret")
    dialog.get_by_role("button", name="Use mine").click()
    wait_until("they are saved", lambda: now(site, image)["post_title"] == "Heron at dusk at dawn")


def test_a_minute_publishes_escape_brings_back_and_no_network_waits(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed += ["ERR_INTERNET_DISCONNECTED"]
    image = add(site, description="Mist.")
    with site.app.app_context():
        db.session.get_one(Image, image["id"]).origins = {"description": "ai"}
        db.session.commit()
    page.clock.install()
    page.goto(f"/images/{image['id']}")
    page.evaluate("addEventListener('words:saved', ({ detail }) => (window.told = detail), true)")
    field = description(page)
    type_on(field, " Over the")
    page.clock.run_for(1_000)
    expect(said(page)).to_have_text("Saved")
    # Said to a screen reader once, not with each second.
    expect(said(page)).to_have_attribute("aria-live", "polite")
    type_on(field, " reeds")
    page.clock.run_for(1_000)
    expect(said(page)).to_have_attribute("aria-live", "off")
    expect(said(page)).to_have_text("Saved")
    assert now(site, image)["description"] == "Mist."
    page.clock.run_for(58_000)
    wait_until("a minute publishes", lambda: now(site, image)["description"] == "Mist. Over the reeds")
    page.wait_for_function("() => window.told?.was === 'Mist.' && window.told.field === 'description'")
    expect(field).to_be_focused()
    type_on(field, ", and")
    field.press("Escape")
    expect(field).to_have_value("Mist.")
    wait_until("it is back", lambda: now(site, image)["description"] == "Mist.")
    until_quiet(page, site)
    assert now(site, image)["origins"] == {"description": "ai"}
    assert (left(site), len(revisions(site, image))) == ([], 2)
    # Ten minutes without a network, in which the field is left.
    page.context.set_offline(True)
    type_on(field, " Fog")
    page.clock.run_for(1_000)
    expect(said(page)).to_have_text("Kept on this device. Waiting for the network.")
    page.keyboard.press("Tab")
    page.clock.run_for(600_000)
    expect(said(page)).to_have_text("Kept on this device. Waiting for the network.")
    assert kept_here(page) == ["Mist. Fog"]
    page.context.set_offline(False)
    expect(said(page)).to_have_text("Saved")
    assert now(site, image)["description"] == "Mist. Fog"
    assert kept_here(page) == []
    # A server that takes what is sent and answers nothing.
    silent: list[Route] = []
    page.route("**/api/images/**", lambda route: silent.append(route))
    type_on(field, " lifts")
    page.clock.run_for(1_000)
    eventually(page, lambda: bool(silent))
    expect(said(page)).to_have_text("Saving…")
    page.clock.run_for(15_000)
    expect(said(page)).to_have_text("Kept on this device. Waiting for the network.")
    page.unroute("**/api/images/**")
    page.clock.run_for(2_000)
    expect(said(page)).to_have_text("Saved")
    page.keyboard.press("Tab")
    wait_until("it is published", lambda: now(site, image)["description"] == "Mist. Fog lifts")


def test_a_tab_that_is_alive_keeps_its_words_and_a_hidden_one_sends_them(page: Page, site: Site) -> None:
    image = add(site, description="Mist.")
    page.goto(f"/images/{image['id']}")
    type_on(description(page), " Over")
    expect(said(page)).to_have_text("Saved")
    # A phone may discard what it hides.
    type_on(description(page), " the reeds")
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { value: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    wait_until("it is sent at once", lambda: [one["text"] for one in left(site)] == ["Mist. Over the reeds"])
    other = page.context.new_page()
    with other.expect_response("**/api/autosaves"):
        other.goto(f"/images/{image['id']}")
    # It asks for a second who is alive.
    other.wait_for_timeout(1500)
    expect(description(other)).to_have_value("Mist.")
    assert now(site, image) == image
    # A duplicated tab is another one.
    copied = other.evaluate("JSON.stringify(sessionStorage)")
    assert "words-tab" not in copied
    other.close()
    # Where the browser keeps nothing, typing goes on all the same.
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    type_on(description(page), ".")
    page.keyboard.press("Tab")
    wait_until("it is saved", lambda: now(site, image)["description"] == "Mist. Over the reeds.")


def test_a_clock_set_back_a_slow_answer_and_a_waiting_clash(
    page: Page, site: Site, allowed: list[str]
) -> None:
    image = add(site, description="Mist.", post_title="Heron", alt_text="A bird")
    address = f"/api/images/{image['id']}"
    page.clock.set_system_time("2099-01-01")
    page.goto(f"/images/{image['id']}")
    title = page.get_by_label("Title", exact=True)
    title.fill("Egret")
    title.press("Enter")
    wait_until("it is saved", lambda: now(site, image)["post_title"] == "Egret")
    until_quiet(page, site)
    # The clock is put right, and what is typed next is the newer text all the same.
    page.clock.set_system_time("2026-01-01")
    page.reload()
    title.fill("Ibis")
    title.press("Enter")
    wait_until("it is saved, too", lambda: now(site, image)["post_title"] == "Ibis")
    until_quiet(page, site)
    # Escape while a save is under way, and new words before the answer comes.
    held = list[Route]()
    page.route(
        f"**{address}",
        lambda route: held.append(route) if route.request.method == "PATCH" else route.fallback(),
    )
    field = description(page)
    field.fill("Mist. Over")
    with page.expect_request(lambda request: request.method == "PATCH"):
        field.press("ControlOrMeta+Enter")
    field.press("Escape")
    field.fill("Fog")
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        held[0].continue_()
    page.unroute(f"**{address}")
    until_quiet(page, site)
    page.keyboard.press("Tab")
    wait_until("the new words are saved", lambda: now(site, image)["description"] == "Fog")
    # A server that dies between saving and answering: what it saved is no change by somebody else.
    until_quiet(page, site)
    allowed += ["ERR_FAILED", "409"]

    def save_and_die(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(f"**{address}", save_and_die, times=1)
    # It keeps words without the space that was typed last.
    field.fill("Fog, ")
    with page.expect_event("requestfailed"):
        field.press("ControlOrMeta+Enter")
    field.fill("Fog, and")
    field.press("ControlOrMeta+Enter")
    wait_until("the end is saved", lambda: now(site, image)["description"] == "Fog, and")
    expect(said(page)).to_have_text("Saved")
    # Of two texts of another browser one clashes, and the other one's tab may be alive for a second still.
    for name, text, was in (("alt_text", "A heron", "Something else"), ("description", "Rain", "Fog, and")):
        typed = {"tab": "other-1", "number": 5, "text": text, "was": was}
        assert site.client.put(f"{address}/autosaves/{name}", json=typed).status_code == 200
    asked = list[float]()

    def list_them(route: Route) -> None:
        answer = route.fetch().json()
        for one in answer["autosaves"]:
            one["seconds"] = 300 if one["field"] == "alt_text" or asked else 119.9
        asked.append(0)
        route.fulfill(json=answer)

    page.route("**/api/autosaves", list_them)
    page.reload()
    expect(said(page)).to_contain_text(PUT_IN)
    expect(said(page, "alt_text")).to_contain_text("Changed elsewhere")
    # No further question is on its way once none is waited for.
    page.wait_for_timeout(1500)
    assert len(asked) == 2
