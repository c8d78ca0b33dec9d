"""My account and the menu of the top bar; and a session that ends while somebody is typing."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete

from models import ApiToken, Image, PersonSession, db
from tests.browser.axe import WIDE, check_both_looks
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import add, row, sign_in, until_loaded, until_quiet
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
    sign_in(page.context, site, "editor", email="jonas@studio.example", password=PASSWORD)
    come_in(page, site)
    page.goto("/?sort=title")
    page.get_by_role("button", name="Heron", exact=True).click()
    field = page.get_by_role("textbox", name="Title")
    field.fill("Heron at dusk")
    end_sessions(site)
    field.press("Enter")
    kept = row(page, "Kept on this device.")
    expect(field).to_have_value("Heron at dusk")
    # Somebody else, on the same device, sees nothing of it.
    kept.get_by_role("link", name="Sign in again").click()
    through_the_door(page, "jonas@studio.example")
    with page.expect_response("**/api/autosaves"):
        page.goto("/")
    until_quiet(page, site)
    expect(page.get_by_role("button", name="Heron", exact=True)).to_be_visible()
    # The words are hers still, and the place where she was.
    end_sessions(site)
    page.goto("/?sort=title")
    check_both_looks(page)
    page.set_viewport_size(WIDE)
    through_the_door(page, "mara@studio.example")
    expect(row(page, "Heron at dusk")).to_contain_text("Words from before, put in and saved.")
    expect(page).to_have_url(re.compile(r"/\?sort=title$"))
    # Signing out asks while words are on this device alone.
    page.route("**/api/images/**", lambda route: route.abort())
    allowed.append("ERR_FAILED")
    page.get_by_role("button", name="Heron at dusk", exact=True).click()
    field.fill("Heron at dawn")
    menu(page).click()
    page.get_by_role("button", name="Sign out").click()
    asked = page.get_by_role("dialog", name="1 text is on this device only")
    expect(asked).to_be_visible()
    check_both_looks(page, "dialog")
    page.set_viewport_size(WIDE)
    asked.get_by_role("button", name="Stay").click()
    expect(field).to_have_value("Heron at dawn")
    page.unroute_all()
    expect(page.get_by_role("button", name="Heron at dawn", exact=True)).to_be_visible()
    with site.app.app_context():
        assert db.session.get_one(Image, image["id"]).post_title == "Heron at dawn"


def through_the_door(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("banner").locator("summary[aria-label^='Account of']").wait_for()


def test_a_piece_of_a_page_never_turns_into_the_door(page: Page, site: Site, allowed: list[str]) -> None:
    # The count at the side is asked for when the page has come, which may be after that.
    allowed.append("/review/counts")
    add(site, post_title="Heron")
    come_in(page, site)
    page.goto("/")
    row(page, "Heron").get_by_role("checkbox").check()
    # What its scripts show comes from the server, too.
    until_loaded(page)
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
