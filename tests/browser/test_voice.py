"""The page of the voice: chips and samples, saving, never losing what was typed, trying it on a picture."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.axe import check_both_looks, violations
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import add, now, until_loaded
from tests.fakes.openai_behaviours import no_quota, ok, rate_limited
from tests.fakes.openai_server import FakeOpenAI
from tests.support.drafting import Held

WORDS: dict[str, Any] = {
    "post_title": "The Quiet Hour",
    "description": "A stunning dusk over the hills. <Nothing> moves.",
    "hashtags": ["#dusk", "#hills", "#evening", "#quiet", "#ridge"],
    "key_points": "Layered hills",
    "alt_text": "Rows of hills fade from brown to orange.",
    "category": "Landscapes",
}
FULL: dict[str, Any] = {
    "guide": "Dry and short.",
    "samples": ["Paper, knife, patience.", "Seven ridges fold into each other."],
    "avoid": ["stunning", "must have"],
    "always": ["hand-printed"],
    "person": "first",
    "emoji": False,
    "language": "nb",
    "hashtags_least": 3,
    "hashtags_most": 8,
    "always_hashtags": ["#lino", "#oslo"],
    "title_most": 60,
    "description_least": 40,
    "description_most": 400,
}


@pytest.fixture
def site(database_url: str, ai_site: Site) -> Site:
    """Return the application with the fake model service behind it."""
    return ai_site


def put(site: Site, **choices: Any) -> dict[str, Any]:
    """Save a voice as another tab would."""
    answer = site.client.put("/api/voice", json={"choices": {**FULL, **choices}})
    assert answer.status_code == 200, answer.text
    saved: dict[str, Any] = answer.get_json()
    return saved


def voice(site: Site) -> dict[str, Any]:
    """Read the voice in force."""
    body: dict[str, Any] = site.client.get("/api/voice").get_json()
    return body


def chips(page: Page, label: str) -> list[str]:
    """List the words of a box of chips."""
    return box(page, label).get_by_role("listitem").all_inner_texts()


def box(page: Page, label: str) -> Locator:
    return page.locator(".chip-field").filter(has=page.get_by_label(label))


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def state(page: Page) -> Locator:
    return page.locator("[data-voice-state]")


def words(page: Page) -> Locator:
    return page.get_by_role("region", name="How it would sound")


def test_everything_is_typed_saved_and_there_again(page: Page, site: Site) -> None:
    page.goto("/settings")
    page.get_by_role("link", name="How your words should sound").click()
    page.wait_for_url("**/settings/voice")
    page.get_by_label("Style guide").fill("Dry and short.")
    page.get_by_label("Sample 1", exact=True).fill("Paper, knife, patience.")
    page.get_by_role("button", name="Add a sample").click()
    expect(page.get_by_label("Sample 2", exact=True)).to_be_focused()
    page.keyboard.type("Seven ridges fold into each other.")
    page.get_by_label("Words to avoid").click()
    page.keyboard.type("stunning,must have")
    page.keyboard.press("Enter")
    page.get_by_label("Words to use in every description").fill("hand-printed")
    page.get_by_text("I (first person)").click()
    page.get_by_role("group", name="Emoji").get_by_text("None").click()
    page.get_by_label("Language").select_option("Norsk")
    page.get_by_label("At least", exact=True).fill("3")
    page.get_by_label("At most", exact=True).fill("8")
    page.get_by_label("On every picture").fill("lino #oslo")
    page.get_by_label("Title at most").fill("60")
    page.get_by_label("Description at least").fill("40")
    page.get_by_label("Description at most").fill("400")
    expect(state(page)).to_have_text("You have changes that are not saved.")
    save(page)
    expect(state(page)).to_have_text("Saved. New words will sound like version 1.")
    assert voice(site)["choices"] == FULL
    expect(page.get_by_role("region", name="Earlier versions")).to_contain_text("Version 1, today")
    page.reload()
    assert chips(page, "Words to avoid") == ["stunning", "must have"]
    assert chips(page, "On every picture") == ["#lino", "#oslo"]
    expect(page.get_by_label("Sample 2", exact=True)).to_have_value("Seven ridges fold into each other.")
    expect(page.get_by_label("Sample 3", exact=True)).to_be_hidden()
    expect(page.get_by_label("I (first person)")).to_be_checked()
    save(page)
    expect(state(page)).to_have_text("Nothing was changed. Version 1 stays in use.")


def test_chips_and_samples_are_added_taken_back_and_removed(page: Page, site: Site) -> None:
    put(site)
    page.goto("/settings/voice")
    avoid = page.get_by_label("Words to avoid")
    avoid.focus()
    page.keyboard.press("Backspace")
    expect(avoid).to_have_value("must have")
    page.keyboard.press("Enter")
    avoid.fill("Stunning")
    page.keyboard.press("Enter")
    assert chips(page, "Words to avoid") == ["stunning", "must have"]
    expect(state(page)).to_have_text("Nothing to save.")
    page.get_by_role("button", name="Remove stunning").click()
    assert chips(page, "Words to avoid") == ["must have"]
    expect(avoid).to_be_focused()
    page.evaluate("""() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "one\\ntwo words\\n美しい、three");
      const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
      document.activeElement.dispatchEvent(paste);
    }""")
    assert chips(page, "Words to avoid") == ["must have", "one", "two words", "美しい", "three"]
    # Enter in the empty box is no way to lose or to send anything by mistake: it saves, as in any form.
    page.keyboard.press("Enter")
    expect(state(page)).to_contain_text("version 2")
    assert voice(site)["choices"]["avoid"] == ["must have", "one", "two words", "美しい", "three"]
    # A word still in the box is saved, too.
    avoid.fill("breathtaking")
    save(page)
    expect(state(page)).to_contain_text("version 3")
    assert voice(site)["choices"]["avoid"][-1] == "breathtaking"
    # A removed sample comes back with Undo.
    page.get_by_role("button", name="Remove sample 1").click()
    expect(page.get_by_label("Sample 1", exact=True)).to_have_value(FULL["samples"][1])
    expect(page.get_by_label("Sample 2", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Sample 1", exact=True)).to_have_value(FULL["samples"][0])
    expect(page.get_by_label("Sample 2", exact=True)).to_have_value(FULL["samples"][1])
    expect(state(page)).to_have_text("Nothing to save.")
    for _ in range(3):
        page.get_by_role("button", name="Add a sample").click()
    expect(page.get_by_role("button", name="Add a sample")).to_be_hidden()
    for _ in range(5):
        page.get_by_role("button", name="Remove sample 1").click()
    expect(page.get_by_label("Sample 1", exact=True)).to_be_visible()


def test_leaving_with_unsaved_words_asks_first(page: Page, site: Site) -> None:
    put(site, guide="Before.")
    put(site)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto("/settings/voice")
    until_loaded(page)
    page.get_by_label("Style guide").press_sequentially(" More")
    page.get_by_role("link", name="Settings").first.click()
    expect(page.get_by_label("Style guide")).to_have_value(re.compile("More"))
    page.get_by_role("button", name="Go back to this").click()
    expect(page.get_by_label("Style guide")).to_have_value(re.compile("More"))
    assert asked == ["beforeunload", "beforeunload"]
    save(page)
    expect(state(page)).to_contain_text("version 3")
    page.get_by_role("link", name="Settings").first.click()
    expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()
    assert len(asked) == 2


def test_a_mistake_is_shown_at_its_field_and_then_and_when_the_server_is_away_the_words_stay(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed += ["422", "ERR_FAILED"]
    page.goto("/settings/voice")
    # Without pictures it says where to begin.
    expect(page.get_by_role("link", name="Add your first artwork")).to_be_visible()
    expect(page.get_by_role("button", name="Try it")).to_have_count(0)
    page.get_by_label("Words to use in every description").fill("fine print")
    page.get_by_label("Words to avoid").fill("print")
    save(page)
    said = page.get_by_role("alert").filter(has_text="“print” is to be avoided")
    expect(said).to_be_visible()
    expect(state(page)).to_have_text("Nothing was saved yet.")
    expect(page.get_by_label("Words to avoid")).to_be_focused()
    assert violations(page) == []
    page.get_by_role("button", name="Remove print").click()
    save(page)
    expect(state(page)).to_contain_text("version 1")
    expect(said).to_be_hidden()
    page.get_by_label("Style guide").fill("Dry.")
    page.route("**/api/voice", lambda route: route.abort())
    save(page)
    expect(state(page)).to_have_text("Could not save. The server could not be reached.")
    page.unroute("**/api/voice")
    save(page)
    expect(state(page)).to_contain_text("version 2")
    assert voice(site)["choices"]["guide"] == "Dry."


def test_a_save_from_an_older_page_is_asked_about_and_keeps_both(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("409")
    put(site)
    page.goto("/settings/voice")
    put(site, guide="Theirs.")
    page.get_by_label("Style guide").fill("Mine.")
    save(page)
    expect(state(page)).to_contain_text("Version 2 is in use now and in the list.")
    assert voice(site)["choices"]["guide"] == "Theirs."
    expect(page.get_by_label("Style guide")).to_have_value("Mine.")
    save(page)
    expect(state(page)).to_contain_text("Saved. New words will sound like version 3.")
    assert voice(site)["choices"]["guide"] == "Mine."
    versions = page.get_by_role("region", name="Earlier versions").get_by_role("listitem")
    expect(versions).to_have_count(3)
    versions.nth(1).get_by_role("button", name="Go back to this").click()
    expect(page.get_by_text("Back to version 2. It is kept as version 4.")).to_be_visible()
    expect(page.get_by_label("Style guide")).to_have_value("Theirs.")


def test_a_preview_shows_the_words_and_saves_nothing(page: Page, site: Site, service: FakeOpenAI) -> None:
    older, newer = add(site, "Older.jpg"), add(site, "Newer.jpg", post_title="Mine")
    put(site)
    service.script(ok(WORDS, pause=0.05))
    page.goto("/settings/voice")
    expect(page.get_by_role("radio", name="Newer.jpg")).to_be_checked()
    page.get_by_label("Style guide").fill("Typed, not saved")
    page.locator("label", has=page.get_by_role("radio", name="Older.jpg")).click()
    expect(page.locator("[data-try-name]")).to_have_text("Older.jpg")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("Looking at the picture and writing…")).to_be_visible()
    expect(words(page)).to_contain_text("The Quiet Hour")
    expect(words(page)).to_contain_text("<Nothing> moves.")
    expect(words(page)).to_contain_text("The description has “stunning”, a word you wanted to avoid.")
    expect(words(page)).to_contain_text("The description has no “hand-printed”")
    expect(words(page)).to_contain_text("$0.0006. Nothing was saved.")
    assert words(page).locator(".chip").all_inner_texts()[:3] == ["#lino", "#oslo", "#dusk"]
    expect(page.get_by_role("button", name="Try it")).to_be_focused()
    assert "Typed, not saved" in str(service.requests[-1].body)
    assert (now(site, older), now(site, newer)) == (older, newer)
    assert voice(site)["choices"] == FULL
    assert violations(page) == []


def test_a_busy_service_counts_down(page: Page, site: Site, service: FakeOpenAI, allowed: list[str]) -> None:
    allowed.append("429")
    add(site)
    service.script(rate_limited("40"))
    page.clock.install()
    page.goto("/settings/voice")
    page.get_by_role("button", name="Try it").click()
    waiting = page.get_by_role("button", name=re.compile(r"In \d+ s"))
    expect(waiting).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text("The AI service is busy.")).to_be_visible()
    waiting.press("Enter")
    page.clock.fast_forward("00:45")
    expect(page.get_by_role("button", name="Try it")).to_be_visible()
    assert len(service.requests) == 1


def test_a_preview_can_be_cancelled_and_what_is_wrong_is_said(
    page: Page, site: Site, service: FakeOpenAI, allowed: list[str]
) -> None:
    allowed += ["422", "503"]
    add(site)
    held = Held()
    service.default = held
    page.goto("/settings/voice")
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Try it")).to_be_enabled()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    # The words that come all the same are not shown.
    held.go.set()
    site.calls.wait_until_none()
    expect(words(page)).to_be_hidden()
    service.default = no_quota()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("The AI account has no credit left.")).to_be_visible()
    page.get_by_label("At least", exact=True).fill("20")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("alert").filter(has_text="The fewest hashtags (20)")).to_be_visible()
    expect(page.get_by_label("At least", exact=True)).to_be_focused()


def test_axe_finds_nothing_and_nothing_hangs_over(page: Page, site: Site) -> None:
    for number in range(12):
        add(site, f"{'Averyveryverylongname' * 4}{number}.jpg")
    put(site, guide="Longwordwithoutend" * 40, avoid=["Stunning" * 9], always_hashtags=["#" + "x" * 90])
    put(site, samples=["x" * 900])
    page.goto("/settings/voice")
    check_both_looks(page)


def test_without_javascript_the_form_saves_goes_back_and_tries(
    open_window: OpenWindow, site: Site, service: FakeOpenAI, allowed: list[str]
) -> None:
    allowed.append("422")
    image = add(site)
    service.default = ok(WORDS)
    page = open_window(java_script_enabled=False).tab()
    page.goto("/settings/voice")
    page.get_by_label("Style guide").fill("Dry.")
    page.get_by_label("Sample 5", exact=True).fill("The fifth.")
    page.get_by_label("Words to avoid").fill("stunning\nmust have")
    page.get_by_role("button", name="Try it").click()
    expect(words(page)).to_contain_text("a word you wanted to avoid")
    expect(page.get_by_label("Style guide")).to_have_value("Dry.")
    page.get_by_label("Words to use in every description").fill("a stunning print")
    save(page)
    expect(page.get_by_role("alert").filter(has_text="“stunning” is to be avoided")).to_be_visible()
    page.get_by_label("Words to use in every description").fill("")
    save(page)
    expect(page.get_by_text("Saved. New words will sound like version 1.")).to_be_visible()
    choices = voice(site)["choices"]
    assert (choices["samples"], choices["avoid"]) == (["The fifth."], ["stunning", "must have"])
    put(site)
    page.reload()
    page.get_by_role("button", name="Go back to this").click()
    expect(page.get_by_label("Style guide")).to_have_value("Dry.")
    assert now(site, image) == image
