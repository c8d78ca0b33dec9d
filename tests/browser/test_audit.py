"""What happened, as it is seen: nothing for axe to complain about, on a wide page and on a phone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from artworks.audit import log as audit
from artworks.core.actor import Actor
from models import db
from tests.browser.axe import check_both_looks
from tests.browser.conftest import Site

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer" * 3


def test_axe_finds_nothing_and_long_words_stay_inside(page: Page, site: Site) -> None:
    with site.app.app_context():
        session = db.session()
        audit.record(session, "sign-in failed", f"{LONG}@studio.example", actor=Actor(address="2001:db8::1"))
        audit.record(session, LONG, LONG, actor=Actor(name=LONG, way="token", address=LONG[:40]), into=LONG)
        audit.record(session, "role changed", "mara@studio.example", before="viewer", after="owner")
        session.commit()
    page.goto("/audit")
    expect(page.get_by_role("table").get_by_text("Could not sign in")).to_be_visible()
    # The script has told the times as the person's own clock has them.
    expect(page.locator("tbody time").first).to_contain_text("today")
    check_both_looks(page)
