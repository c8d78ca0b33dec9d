"""Taking the words along as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from artworks.audit import log as audit
from artworks.exports import export_file
from models import db
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import add

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@pytest.fixture
def allowed() -> list[str]:
    """Expect the browser to say that a download was put off."""
    return ["status of 429"]


@pytest.fixture
def two_under_way(site: Site) -> Iterator[None]:
    """Let two exports of whoever looks be under way."""
    folder = site.app.extensions["aim"].exports
    slots = [export_file.reserve(folder, "address 127.0.0.1", 0) for _ in range(2)]
    yield
    for slot in slots:
        slot.free()


def download(page: Page) -> bytes:
    """Press Download in the sheet and give the file."""
    with page.expect_download() as waiting:
        page.get_by_role("dialog").get_by_role("button", name="Download").click()
    assert re.fullmatch(r"artworks-\d{4}-\d\d-\d\d\.csv", waiting.value.suggested_filename)
    return Path(waiting.value.path()).read_bytes()


def test_the_sheet_counts_what_is_missing_and_gives_the_file(page: Page, site: Site) -> None:
    add(site, "One.jpg", post_title="Heron", description="Mist, reeds")
    add(site, "Two.jpg", post_title="Été 夏")
    add(site, "Three.jpg")
    page.goto("/")
    # It closes without a download.
    page.get_by_role("link", name="Export").click()
    dialog = page.get_by_role("dialog", name="Take your words along")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    # What is missing is counted before.
    page.get_by_role("link", name="Export").click()
    expect(dialog).to_contain_text("3 pictures")
    expect(dialog).to_contain_text("1 has no title, 2 have no description")
    found = list(csv.DictReader(io.StringIO(download(page).decode())))
    assert len(found) == 3
    assert {"Heron", "Été 夏", ""} == {line["post_title"] for line in found}
    expect(dialog).to_be_hidden()
    # The switch for Excel adds a byte order mark.
    page.get_by_role("link", name="Export").click()
    page.get_by_role("switch", name="For Excel").check()
    content = download(page)
    assert content.startswith(BYTE_ORDER_MARK)
    assert "Été 夏" in content.decode("utf-8-sig")


def test_what_i_see_means_the_filter_and_what_i_ticked_the_ticks(page: Page, site: Site) -> None:
    for name in ("One.jpg", "Two.jpg", "Three.jpg"):
        add(site, name, category="Prints")
    add(site, "Other.jpg")
    page.goto("/?category=Prints")
    page.get_by_role("link", name="Export").click()
    expect(page.get_by_role("dialog")).to_contain_text("3 pictures")
    text = download(page).decode()
    assert "One.jpg" in text
    assert "Other.jpg" not in text
    expect(page.get_by_role("dialog")).to_have_count(0)
    # Ticks go first.
    page.get_by_role("checkbox", name="Tick One.jpg").check()
    page.get_by_role("checkbox", name="Tick Three.jpg").check()
    page.get_by_role("region", name="Ticked pictures").get_by_role("button", name="Export").click()
    expect(page.get_by_role("dialog")).to_contain_text("2 pictures")
    text = download(page).decode()
    assert "One.jpg" in text
    assert "Two.jpg" not in text


@pytest.mark.usefixtures("two_under_way")
def test_what_stands_in_the_way_is_told_where_people_are(page: Page, site: Site) -> None:
    add(site)
    page.goto("/")
    page.get_by_role("link", name="Export").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Download").click()
    expect(dialog.get_by_role("alert")).to_contain_text("2 of your exports are still on their way.")
    with site.app.app_context():
        audit.record(db.session(), "view deleted", "Spring")
        db.session.commit()
    page.goto("/audit")
    page.get_by_role("link", name="All as CSV").click()
    expect(page.locator("[data-toasts]")).to_contain_text("2 of your exports are still on their way.")
    expect(page).to_have_url(re.compile("/audit$"))


@pytest.mark.usefixtures("two_under_way")
def test_it_is_told_without_scripts_too(open_window: OpenWindow, site: Site) -> None:
    add(site)
    page = open_window(java_script_enabled=False).tab()
    page.goto(f"{site.url}/export")
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_role("main")).to_contain_text("2 of your exports are still on their way.")
