"""The first owner, an invitation taken in a second window, signing out; and the pages for everybody's eyes."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from artworks.accounts import invitations, users
from models import db
from tests.browser.axe import WIDE, check_both_looks
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import sign_in
from tests.support.belongings import give_everything
from tests.support.people import PASSWORD


def make_owner(page: Page) -> None:
    """Begin in local mode, where nobody signs in, and make the owner account."""
    page.goto("/settings")
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("So far nobody signs in")).to_be_visible()
    page.get_by_role("link", name="Make the owner account").click()
    page.get_by_label("E-mail").fill("mara@studio.example")
    page.get_by_label("Your name").fill("Mara")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_text("Welcome, Mara.")).to_be_visible()


def test_an_owner_invites_and_the_invited_person_comes_in(page: Page, open_window: OpenWindow) -> None:
    # What was being typed before there was an account is the first owner's.
    page.goto("/collections")
    page.get_by_label("Name", exact=True).press_sequentially("Spring")
    make_owner(page)
    page.goto("/collections")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Spring")
    page.goto("/people")
    page.get_by_label("E-mail").fill("nina@studio.example")
    page.get_by_role("radio", name="Viewer").check()
    page.get_by_role("button", name="Make an invitation").click()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.get_by_label("The link").input_value()
    other = open_window().tab()
    other.goto("/")
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    other.goto(link)
    expect(other.get_by_text("Mara invites you as a viewer.")).to_be_visible()
    other.get_by_label("Your name").fill("Nina")
    other.get_by_label("Password").fill("a quiet pond in may")
    other.get_by_role("button", name="Come in").click()
    expect(other.get_by_text("Welcome, Nina.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("The link")).to_have_count(0)
    page.get_by_role("group").filter(has_text="nina@studio.example").locator("summary").first.click()
    page.get_by_label("Role").last.select_option("Editor")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Nina may add pictures, edit, and have words written.")).to_be_visible()


def test_signing_out_and_in_again(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("401")
    sign_in(page.context, site, password=PASSWORD, email="mara@studio.example", name="Mara")
    page.goto("/settings")
    page.get_by_label("Account of Mara").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/people")
    page.get_by_label("E-mail").fill("mara@studio.example")
    page.get_by_label("Password").fill("not the right one")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("is not right")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def test_axe_finds_nothing_and_nothing_hangs_over(page: Page, site: Site) -> None:
    sign_in(page.context, site, name="Mara")
    with site.app.app_context():
        long = "Averyveryverylongname" * 3
        users.add(db.session(), f"{long}@studio.example", name=long, role="viewer")
        made = invitations.invite(db.session(), f"{long * 2}@studio.example", name="Nina", role="editor")
        jonas = users.add(db.session(), "jonas@studio.example", name="Jonas", role="owner")
        db.session.commit()
        give_everything(db.session(), jonas, users.find(db.session(), 1))
    for path in ("/people", made.path, "/forgot"):
        page.goto(path)
        for closed in page.locator(".people-person:not([open]) > summary").all()[::-1]:
            closed.click()
        for closed in page.locator(".people-remove:not([open]) > summary").all()[::-1]:
            closed.click()
        check_both_looks(page)
        page.set_viewport_size(WIDE)


def test_an_owner_says_what_becomes_of_what_somebody_has(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("422")
    sign_in(page.context, site, name="Mara")
    with site.app.app_context():
        jonas = users.add(db.session(), "jonas@studio.example", name="Jonas", role="owner")
        db.session.commit()
        give_everything(db.session(), jonas, users.find(db.session(), 1))
    page.goto("/people")
    row = page.locator(".people-person").filter(has_text="jonas@studio.example")
    row.locator("summary").first.click()
    row.get_by_label("Role").select_option("Editor")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("alert")).to_contain_text("Jonas has 1 open invitation, 1 token for scripts")
    row.get_by_role("group", name="1 open invitation").get_by_label("It stays open, as yours.").check()
    row.get_by_role("group", name="1 token").get_by_label("It goes on").check()
    row.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 token for scripts: with fewer rights now.")).to_be_visible()
    row.locator("summary").first.click()
    row.get_by_text("Remove…").click()
    row.get_by_role("group", name="1 shared gallery").get_by_label("It stays open").check()
    row.get_by_role("group", name="1 batch").get_by_label("It pauses").check()
    row.get_by_role("button", name="Remove Jonas").click()
    expect(page.get_by_text("1 shared gallery: now yours.")).to_be_visible()
