"""Somebody who may look but not change anything; and an editor, who may."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from models import db
from tests.browser.conftest import Site
from tests.browser.stage import add, drop, paste, row, sign_in
from tests.support.factories import picture
from tests.support.people import add_person

WORDS = {"post_title": "Heron at dusk", "description": "It waits in the reeds.", "hashtags": ["#heron"]}
# What does something elsewhere: in the library, beside a picture, in the review, in a collection.
KEYS = ("Enter", "Delete", "Backspace", "a", "e", "r", "y", "n", "u", "?", "Control+Enter")


def enter(page: Page, site: Site, role: str) -> None:
    """Let the window be somebody's with a role; there is an owner as well."""
    with site.app.app_context():
        add_person(db.session(), "owner")
    sign_in(page.context, site, role)


def changes_asked_by(page: Page) -> list[str]:
    """Note whatever the page asks the server for that is not just reading."""
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if sent.method != "GET" else None)
    return asked


def test_a_viewer_sees_words_and_no_way_to_change_them(page: Page, site: Site, tmp_path: Path) -> None:
    image = add(site, "Heron.jpg", **WORDS)
    file = tmp_path / "New.jpg"
    file.write_bytes(picture())
    enter(page, site, "viewer")
    asked = changes_asked_by(page)
    page.goto("/")
    row(page, "Heron at dusk").get_by_text("It waits in the reeds.").click()
    for key in KEYS:
        # Enter leads to the picture, which is looked at below.
        if key != "Enter":
            page.keyboard.press(key)
        if key == "?":
            page.get_by_role("dialog", name="Keys").get_by_role("button", name="Close").click()
    drop(page, file)
    paste(page, "Screenshot.png", picture("PNG"))
    expect(page).to_have_url(f"{site.url}/")
    expect(
        page.locator("textarea, [contenteditable], [data-edit], [role=menu], [role=button][tabindex]")
    ).to_have_count(0)
    buttons = page.locator("main").get_by_role("button").all()
    assert {button.get_attribute("title") for button in buttons} <= {"Table", "Grid", "Wall", None}
    page.get_by_role("link", name="Heron at dusk").click()
    expect(page.get_by_role("heading", name="Heron at dusk")).to_be_visible()
    page.get_by_text("It waits in the reeds.").first.click()
    for key in KEYS:
        page.keyboard.press(key)
        if key == "?":
            page.get_by_role("dialog", name="Keys").get_by_role("button", name="Close").click()
    expect(page.locator("main").locator("input, textarea, select, form")).to_have_count(0)
    names = page.locator("main").get_by_role("button").evaluate_all("all => all.map((one) => one.title)")
    assert set(names) == {"Copy", "Copy title, description and hashtags"}
    assert asked == []
    assert [one["id"] for one in _library(site, page)] == [image["id"]]


def test_a_viewer_takes_ticked_pictures_along(page: Page, site: Site) -> None:
    add(site, "Heron.jpg", **WORDS)
    add(site, "Tide.jpg")
    enter(page, site, "viewer")
    page.goto("/")
    page.get_by_label("Tick Heron at dusk").check()
    bar = page.get_by_role("region", name="Ticked pictures")
    expect(bar.get_by_role("button").and_(page.locator(":visible"))).to_have_count(2)
    bar.get_by_role("button", name="Export").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download").click()
    text = Path(started.value.path()).read_text(encoding="utf-8")
    assert "Heron at dusk" in text
    assert "Tide.jpg" not in text


def test_an_editor_changes_words_in_place(page: Page, site: Site) -> None:
    add(site, "Heron.jpg", **WORDS)
    enter(page, site, "editor")
    page.goto("/")
    row(page, "Heron").get_by_role("button", name="Heron at dusk", exact=True).click()
    page.get_by_label("Title", exact=True).fill("Heron at dawn")
    page.keyboard.press("Enter")
    expect(row(page, "Heron.jpg").get_by_text("Saved")).to_be_visible()
    assert _library(site, page)[0]["post_title"] == "Heron at dawn"


def _library(site: Site, page: Page) -> list[dict[str, object]]:
    found: list[dict[str, object]] = page.request.get(f"{site.url}/api/images").json()["images"]
    return found
