"""What is typed into forms is kept in this browser until it is sent, for whoever typed it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from artworks.collections import collection as collections
from models import db
from tests.browser.conftest import Site
from tests.browser.stage import add, sign_in, until_quiet
from tests.browser.test_typed_words import kept_here, type_on

PUT_IN = "Words from before, put in."
# Ends when a tab answers for the words that were typed last.
ASK = """async () => {
  const kept = Object.entries(localStorage).filter(([key]) => key.startsWith("words "));
  const { tab, id, field } = kept.map(([, value]) => JSON.parse(value)).sort((a, b) => b.number - a.number)[0];
  const words = new BroadcastChannel("words");
  const answer = new Promise((resolve) => { words.onmessage = ({ data }) => data.alive && resolve(); });
  words.postMessage({ ask: `${tab} ${id} ${field}` });
  await answer;
}"""


def line(page: Page, text: str = PUT_IN) -> Locator:
    return page.locator("[data-kept-words]").filter(has_text=text)


def killed(page: Page, address: str, **typed: str) -> None:
    """Type into fields, by their names, in a tab that is killed without a question."""
    tab = page.context.new_page()
    tab.goto(address)
    tab.evaluate("for (const menu of document.querySelectorAll('details')) menu.open = true")
    for name, words in typed.items():
        type_on(tab.locator(f"#{name}"), words)
    tab.close()


def test_words_of_forms_come_back_until_they_are_sent(page: Page, site: Site, allowed: list[str]) -> None:
    allowed += ["409", "422"]
    with site.app.app_context():
        collections.create(db.session(), "Spring show", "")
        db.session.commit()
    sign_in(page.context, site)
    hers = page.context.cookies()
    killed(page, "/collections", **{"new-name": "Spring sh", "new-note": "Mist"})
    killed(page, "/settings/voice", **{"voice-guide": "Dry and sh", "voice-avoid": "stun"})
    # A plain form: taken out, refused, sent.
    page.goto("/collections")
    assert sorted(kept_here(page)) == ["Dry and sh", "Mist", "Spring sh", "stun"]
    page.get_by_text("New collection").click()
    name, note = page.get_by_label("Name", exact=True), page.get_by_label("What it is about")
    expect(name).to_have_value("Spring sh")
    expect(note).to_have_value("Mist")
    expect(line(page)).to_have_count(2)
    expect(name).to_have_accessible_description(f"{PUT_IN} Take them out")
    line(page).last.get_by_role("button").click()
    expect(note).to_have_value("")
    name.press("End")
    name.press_sequentially("ow")
    expect(line(page)).to_have_count(0)
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("alert")).to_contain_text("already")
    # Kept while it is refused, and let go with the answer that takes it.
    assert "Spring show" in kept_here(page)
    page.goto("/collections")
    page.get_by_text("New collection").click()
    expect(name).to_have_value("Spring show")
    name.fill("Spring")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="Spring", exact=True)).to_be_visible()
    assert sorted(kept_here(page)) == ["Dry and sh", "stun"]
    # One whose answer is the page itself.
    page.goto("/account")
    page.get_by_label("What it is for").press_sequentially("The scanner")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("heading", name="Your new token")).to_be_visible()
    until_quiet(page, site)
    expect(page.get_by_label("What it is for")).to_have_value("")
    # Somebody else on this device sees nothing of hers.
    sign_in(page.context, site)
    page.goto("/settings/voice")
    until_quiet(page, site)
    expect(page.get_by_label("Style guide")).to_have_value("")
    # A form that stays on its page.
    for one in hers:
        page.context.add_cookies([{"name": one["name"], "value": one["value"], "url": site.url}])
    page.goto("/settings/voice")
    expect(page.get_by_label("Style guide")).to_have_value("Dry and sh")
    expect(page.get_by_label("Words to avoid")).to_have_value("stun")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert kept_here(page) == []


def test_words_that_would_go_elsewhere_are_offered_and_a_changed_text_is_shown_beside(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed += ["ERR_INTERNET_DISCONNECTED"]
    image = add(site, category="Prints")
    made = site.client.post("/api/collections", json={"name": "Spring"}).get_json()
    here = f"/collections/{made['id']}"
    killed(page, "/", **{"add-category": "Etch"})
    killed(page, "/settings", **{"setting-studio_name": "Mara L"})
    killed(page, here, **{"edit-name": " show"})
    tab = page.context.new_page()
    tab.goto("/categories")
    tab.get_by_role("button", name="Rename Prints").click()
    type_on(tab.get_by_role("textbox", name="New name of Prints"), " on pap")
    # A tab that is alive says that these are its own.
    page.goto("/categories")
    page.evaluate(ASK)
    tab.close()
    page.get_by_role("button", name="Rename Prints").click()
    expect(line(page, "You had typed “Prints on pap”.")).to_be_visible()
    # By keyboard, though leaving the field saves.
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Prints on pap", exact=True)).to_be_visible()
    # What was changed since is not overwritten.
    site.client.patch(here.replace("/", "/api/", 1), json={"version": 1, "name": "Summer"})
    page.goto(here)
    page.get_by_text("Rename").first.click()
    page.get_by_role("button", name="See both").click()
    page.get_by_role("button", name="Use mine").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Spring show")
    # Without a network nothing is taken.
    page.context.set_offline(True)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)
    page.goto(here)
    page.get_by_text("Rename").first.click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Spring show")
    page.get_by_label("Name", exact=True).clear()
    # Given up on purpose, they are gone.
    address = f"/shared/new?ids={image['id']}"
    page.goto(address)
    page.get_by_label("Title", exact=True).fill("Coast")
    page.get_by_role("link", name="Cancel").click()
    page.goto("/settings")
    line(page, "You had typed “Mara L”.").get_by_role("button").click()
    expect(page.locator("#setting-studio_name-state")).to_have_text("Saved")
    page.goto("/")
    page.locator("summary", has_text="Add images").click()
    expect(line(page, "You had typed “Etch”.")).to_be_visible()
    expect(page.get_by_label("Category for these")).to_have_value("")
    assert kept_here(page) == ["Etch"]
