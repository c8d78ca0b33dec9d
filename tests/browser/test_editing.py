"""Editing words in place, in the library and on the page of one picture."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, now, row
from tests.support.program import wait_until


def title(page: Page, text: str) -> Locator:
    """Find a title in the library as it stands before it is edited."""
    return page.get_by_role("button", name=text, exact=True)


def test_a_title_a_long_description_and_hashtags_are_edited_with_the_mouse_and_by_keyboard(
    page: Page, site: Site
) -> None:
    words = "Mist over the reeds. " * 30
    image = add(site, post_title="Heron", description=words, hashtags=["#heron"])
    page.goto("/")
    # Leaving it saves.
    title(page, "Heron").click()
    page.get_by_role("textbox", name="Title").fill("Heron at dusk")
    page.get_by_role("heading", name="Library").click()
    expect(title(page, "Heron at dusk")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_attached()
    assert now(site, image)["post_title"] == "Heron at dusk"
    # Enter opens and saves, and the focus stays.
    title(page, "Heron at dusk").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Reeds")
    page.keyboard.press("Enter")
    expect(title(page, "Reeds")).to_be_focused()
    saved = now(site, image)
    assert saved["post_title"] == "Reeds"
    # Escape brings the old text back.
    title(page, "Reeds").click()
    page.keyboard.type(" never mind")
    page.keyboard.press("Escape")
    expect(title(page, "Reeds")).to_be_focused()
    assert now(site, image)["version"] == saved["version"]
    # A long description opens whole.
    page.get_by_role("button", name="Mist over the reeds").click()
    box = page.get_by_role("textbox", name="Description")
    expect(box).to_have_value(words.strip())
    box.press("ControlOrMeta+End")
    page.keyboard.type(" Then sun.")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(box).to_be_hidden()
    assert now(site, image)["description"] == words.strip() + " Then sun."
    # Hashtags are one line, and tidied.
    row(page, "#heron").get_by_role("button", name="#heron").click()
    page.get_by_role("textbox", name="Hashtags").fill("heron dusk, Dusk")
    page.keyboard.press("Enter")
    expect(row(page, "#dusk")).to_be_visible()
    assert now(site, image)["hashtags"] == ["#heron", "#dusk"]


def test_an_error_keeps_the_typed_words_and_says_so(page: Page, site: Site, allowed: list[str]) -> None:
    allowed += ["500", "422"]
    image = add(site, post_title="Heron")
    page.goto("/")
    page.route("**/api/images/*", lambda route: route.fulfill(status=500, json={}), times=1)
    title(page, "Heron").click()
    box = page.get_by_role("textbox", name="Title")
    box.fill("Long thought about")
    page.keyboard.press("Enter")
    expect(row(page, "Could not be saved")).to_be_visible()
    expect(box).to_have_value("Long thought about")
    page.get_by_role("button", name="Try again").click()
    expect(title(page, "Long thought about")).to_be_visible()
    assert now(site, image)["post_title"] == "Long thought about"
    # So do words that are too long.
    title(page, "Long thought about").click()
    box.fill("Heron " * 50)
    page.keyboard.press("Enter")
    expect(row(page, "The limit is 200")).to_be_visible()
    expect(box).to_have_value("Heron " * 50)


def test_every_text_of_the_picture_page_saves_when_it_is_left_and_escape_brings_it_back(
    page: Page, site: Site
) -> None:
    image = add(site)
    page.goto(f"/images/{image['id']}")
    words = {
        "Title": "Heron at dusk",
        "Description": "Mist over the reeds.",
        "Category": "Linocuts",
        "Key points (medium, size, year…)": "Linocut, 2021",
        "Alt text": "A grey bird in shallow water",
    }
    for label, text in words.items():
        page.get_by_label(label, exact=True).fill(text)
        page.keyboard.press("Tab")
        field = label.lower().partition(" (")[0].replace(" ", "_").replace("title", "post_title")
        expect(page.locator(f"[data-edit-state={field}]")).to_have_text("Saved")
        assert now(site, image)[field] == text
    saved = now(site, image)
    box = page.get_by_label("Description", exact=True)
    box.fill("Something else")
    box.press("Escape")
    expect(box).to_have_value("Mist over the reeds.")
    assert now(site, image)["version"] == saved["version"]


def test_an_error_on_the_picture_page_keeps_the_typed_words(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("ERR_FAILED")
    image = add(site)
    page.goto(f"/images/{image['id']}")
    page.route("**/api/images/*", lambda route: route.abort(), times=1)
    box = page.get_by_label("Title", exact=True)
    box.fill("Kept")
    box.press("Enter")
    # By itself, as soon as the server answers.
    expect(page.locator("[data-edit-state=post_title]")).to_have_text("Saved")
    expect(box).to_have_value("Kept")
    assert now(site, image)["post_title"] == "Kept"


def test_ready_takes_words_and_the_page_says_so(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("422")
    image = add(site)
    page.goto(f"/images/{image['id']}")
    page.get_by_text("Ready", exact=True).click()
    expect(page.get_by_text("There is not one word here, so this picture cannot be Ready.")).to_be_visible()
    expect(page.get_by_role("radio", name="New")).to_be_checked()
    title = page.get_by_role("textbox", name="Title")
    title.fill("Heron")
    title.press("Enter")
    expect(page.locator("[data-edit-state=post_title]")).to_contain_text("Saved")
    page.get_by_text("Ready", exact=True).click()
    expect(page.get_by_role("radio", name="Ready")).to_be_checked()
    expect(page.locator("[data-edit-state=status]")).to_have_text("Saved")
    wait_until("the picture is ready", lambda: now(site, image)["status"] == "ready")
    title.fill("")
    title.press("Enter")
    expect(page.get_by_role("radio", name="Draft")).to_be_checked()
    assert now(site, image)["status"] == "draft"
    # In the library it is one press away, too.
    page.goto("/")
    page.get_by_role("button", name="Draft", exact=True).click()
    page.get_by_role("combobox", name="Status").select_option("New")
    expect(page.get_by_role("button", name="New", exact=True)).to_be_visible()
    assert now(site, image)["status"] == "new"
