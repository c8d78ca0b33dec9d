"""My account and the menu of the top bar; and a session that ends while somebody is typing."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete

from models import ApiToken, Image, PersonSession, db
from tests.browser.axe import check_both_looks
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import add, row, sign_in
from tests.support.people import PASSWORD

SIGNED_OUT = "You were signed out. Sign in in a new tab, then try again."


def come_in(page: Page, site: Site) -> None:
    sign_in(page.context, site, password=PASSWORD, email="mara@studio.example", name="Mara Lindqvist")


def end_sessions(site: Site) -> None:
    """Sign everybody out, as another device does."""
    with site.app.app_context():
        db.session.execute(delete(PersonSession))
        db.session.commit()


def menu(page: Page) -> Locator:
    return page.get_by_role("banner").locator("summary[aria-label='Account of Mara Lindqvist']")


def test_nothing_typed_is_lost_when_the_session_ended(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("401")
    image = add(site, post_title="Heron")
    come_in(page, site)
    page.goto("/")
    page.get_by_role("button", name="Heron", exact=True).click()
    field = page.get_by_role("textbox", name="Title")
    field.fill("Heron at dusk")
    end_sessions(site)
    field.press("Enter")
    said = page.locator("[data-toasts] > *")
    expect(said).to_contain_text(SIGNED_OUT)
    expect(field).to_have_value("Heron at dusk")
    # What was not saved stays offered, and what else is pressed tells the same once more, not a second time.
    page.get_by_role("button", name="Try again").click()
    expect(said).to_have_count(1)
    with page.context.expect_page() as opened:
        said.get_by_role("link", name="Sign in").click()
    door = opened.value
    door.get_by_label("E-mail").fill("mara@studio.example")
    door.get_by_label("Password").fill(PASSWORD)
    door.get_by_role("button", name="Sign in").click()
    expect(menu(door)).to_be_visible()
    door.close()
    expect(field).to_have_value("Heron at dusk")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Heron at dusk", exact=True)).to_be_visible()
    expect(said).to_have_count(0)
    with site.app.app_context():
        assert db.session.get_one(Image, image["id"]).post_title == "Heron at dusk"


def test_a_piece_of_a_page_never_turns_into_the_door(page: Page, site: Site) -> None:
    add(site, post_title="Heron")
    come_in(page, site)
    page.goto("/")
    row(page, "Heron").get_by_role("checkbox").check()
    end_sessions(site)
    page.get_by_role("region", name="Ticked pictures").get_by_role("button", name="Category").click()
    expect(page.locator("[data-toasts] > *")).to_contain_text(SIGNED_OUT)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row(page, "Heron").get_by_role("checkbox")).to_be_checked()


def test_a_token_is_copied_once_and_the_page_is_fit_for_everybody(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    come_in(page, site)
    page.goto("/account")
    page.get_by_label("What it is for").fill("Donaudampfschifffahrtsgesellschaftskapitänsmützenständer")
    page.get_by_role("button", name="Make the token").click()
    key = page.get_by_label("The token", exact=True).input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key
    menu(page).click()
    expect(page.get_by_role("link", name="My account")).to_be_visible()
    check_both_looks(page)
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_in_viewport(ratio=1)
    page.reload()
    expect(page.get_by_text(f"{key[:8]}…")).to_be_visible()
    expect(page.get_by_label("The token", exact=True)).to_have_count(0)
    with site.app.app_context():
        assert db.session.query(ApiToken).count() == 1


def test_the_menu_works_without_a_script(open_window: OpenWindow, site: Site) -> None:
    page = open_window(java_script_enabled=False).tab()
    come_in(page, site)
    page.goto("/")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    menu(page).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
