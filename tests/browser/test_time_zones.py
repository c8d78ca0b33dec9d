"""Days and times are those of the browser, on every page that tells some, and on the very first one too."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from playwright.sync_api import Page, expect
from sqlalchemy import text

from artworks.audit import log as audit
from artworks.core.actor import Actor
from models import LookAlike, db
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import add, until_loaded
from tests.support.spending import spend

# In Kiritimati (UTC+14) it is the 30th.
MOMENT = datetime(2025, 11, 29, 12, tzinfo=UTC)
TOLD, TITLE = "30 November 2025, 02:00", "30 November 2025, 02:00 (Pacific/Kiritimati)"


def fill(site: Site) -> int:
    """Fill every page that tells times with one, at one moment; gives a picture."""
    first, second = add(site, post_title="Heron"), add(site)
    shared = site.client.post(
        "/api/shares", json={"title": "For Ann", "image_ids": [first["id"]], "days": 30}
    )
    assert shared.status_code == 201
    with site.app.app_context():
        session = db.session()
        audit.record(session, "sign-in", "mara@studio.example", actor=Actor(name="Mara"))
        spend(session, MOMENT, image_id=first["id"])
        session.flush()
        pair = LookAlike(first_id=first["id"], second_id=second["id"], kind="looks", distance=3)
        session.merge(pair)
        session.flush()
        for statement in (
            "UPDATE image SET created_at = :at",
            "UPDATE revision SET at = :at",
            "UPDATE share_link SET expires_at = :at, created_at = :at",
        ):
            session.execute(text(statement), {"at": MOMENT})
        session.commit()
    return int(first["id"])


def times(page: Page, selector: str = "main time") -> set[tuple[str, str]]:
    """Return what the times of a page say, with their titles; also those in a fold that is closed."""
    return {
        (one.text_content() or "", one.get_attribute("title") or "") for one in page.locator(selector).all()
    }


def test_every_page_and_search_goes_by_the_persons_days(open_window: OpenWindow, site: Site) -> None:
    number = fill(site)
    page = open_window(timezone_id="Pacific/Kiritimati").tab()
    pages = {
        # The fold of the file says the day, and inside the time, too.
        f"/images/{number}": {("30 November 2025", TITLE), (TOLD, TITLE)},
        "/look-alikes": {(TOLD, TITLE)},
        "/shared": {("30 November 2025", TITLE)},
        "/usage?month=2025-11": {(TOLD, TITLE)},
    }
    for visit in ("first", "second"):
        for address, told in pages.items():
            if visit == "first":
                page.context.clear_cookies()
            page.goto(address)
            # Sums of days are drawn anew, where they were of other days.
            is_drawn_before = visit == "first" and "usage" not in address
            zone = "UTC" if is_drawn_before else "Pacific/Kiritimati"
            expect(page.locator("html")).to_have_attribute("data-time-zone", zone)
            expect(page.locator("main time").first).to_have_attribute("title", re.compile("Kiritimati"))
            until_loaded(page)
            assert times(page) == told, (visit, address)
    (cookie,) = (one for one in page.context.cookies() if one["name"] == "artwork_time_zone")
    assert (cookie["value"], cookie["sameSite"]) == ("Pacific/Kiritimati", "Lax")
    # What the address asks for stands above the browser's own.
    page.goto(f"/images/{number}?tz=America/St_Johns")
    expect(page.locator("dd time")).to_have_text("29 November 2025, 08:30")
    # Searches have the browser's days, the very first one too.
    page.context.clear_cookies()
    for query, count in (("after:2025-11-29", 2), ("before:2025-11-30", 0), ("before:2025-12-01", 2)):
        page.goto(f"/?q={query}")
        expect(page.locator("[data-image-id]")).to_have_count(count)
    page.goto("/audit")
    expect(page.locator("tbody time").first).to_contain_text(re.compile("today|yesterday"))
    # A page without scripts has the same, once the browser was asked.
    plain = open_window(java_script_enabled=False).tab()
    plain.context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": site.url}])
    plain.goto(f"/images/{number}")
    assert ("30 November 2025, 02:00", TITLE) in times(plain)


def test_a_browser_that_does_not_know_its_zone_tells_the_days_of_the_page(
    open_window: OpenWindow, site: Site
) -> None:
    number = fill(site)
    page = open_window().tab()
    # As Chromium answers where the computer's zone is none that it knows; it takes no such name itself.
    page.add_init_script(
        "const { resolvedOptions } = Intl.DateTimeFormat.prototype;"
        "Intl.DateTimeFormat.prototype.resolvedOptions = function () {"
        "  return { ...resolvedOptions.call(this), timeZone: 'Etc/Unknown' }; };"
    )
    page.goto(f"/images/{number}")
    expect(page.locator("main time").first).to_have_text("29 November 2025, 12:00")
    told = "29 November 2025", "29 November 2025, 12:00"
    assert times(page) == {(words, "29 November 2025, 12:00 (UTC)") for words in told}
    assert "artwork_time_zone" not in {one["name"] for one in page.context.cookies()}
