"""The main job from an empty library on: every step offers the next, and each act of the person is counted."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import drop
from tests.support.factories import picture

PICTURES = 50
# One each for: without a key (two), the drop, the words, the review, every picture, the export.
MOST_ACTS = 56 - 1


@pytest.mark.usefixtures("worker")
def test_fifty_pictures_get_words_with_one_act_each_and_five_more(
    page: Page, site: Site, tmp_path: Path
) -> None:
    paths = [tmp_path / f"Study {number:02}.png" for number in range(1, PICTURES + 1)]
    for number, path in enumerate(paths):
        path.write_bytes(picture("PNG", (24, 16), seed=number))
    acts = 0

    page.goto("/")
    expect(page.get_by_role("heading", name="Who writes the first draft?")).to_be_visible()
    expect(page.get_by_role("link", name="Export")).to_be_hidden()
    page.get_by_role("button", name="Skip for now").click()
    acts += 1

    expect(page.get_by_role("heading", name="Who writes the first draft?")).to_have_count(0)
    expect(page.get_by_role("heading", name="Your wall is empty")).to_be_visible()
    page.wait_for_function("() => performance.getEntriesByName('usable').length")
    drop(page, *paths)
    acts += 1

    tray = page.get_by_role("region", name="Pictures being added")
    expect(page).to_have_title(re.compile(r"^\d+ of 50 added · "))
    words = tray.get_by_role("button", name="Write words for these 50")
    expect(tray.get_by_role("status")).to_have_text("50 added")
    expect(tray).to_contain_text("Placeholder words, free.")
    # What the server draws only where there are pictures is right without loading the page again.
    expect(page.get_by_role("link", name="Write words")).to_be_visible()
    expect(page.get_by_role("link", name="Export")).to_be_visible()
    expect(page.get_by_placeholder("Search 50 pictures")).to_be_visible()
    words.click()
    acts += 1

    card = page.get_by_label("A batch that ended")
    expect(card.get_by_role("heading", name="50 drafts are ready")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^50 drafts are ready · "))
    expect(page.get_by_role("link", name=re.compile(r"^Review 50"))).to_have_count(2)
    # Its keys work once its scripts ask for the next cards.
    with page.expect_response(re.compile("fragment=cards")):
        card.get_by_role("link", name="Review 50").click()
    acts += 1

    for number in range(1, PICTURES + 1):
        expect(page.locator("[data-review-progress]")).to_have_text(f"{number} of 50")
        page.keyboard.press("a")
        acts += 1

    expect(page.get_by_role("heading", name="All 50 are done")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Export").click()
    acts += 1
    rows = list(csv.DictReader(taken.value.path().read_text(encoding="utf-8").splitlines()))
    assert len(rows) == PICTURES
    assert all(row["post_title"] and row["status"] == "ready" for row in rows)
    assert acts <= MOST_ACTS
