"""Adding pictures: drop, picker, folder and paste, and the tray that says what became of each file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from artworks.adapters.storage.faults import away, full
from artworks.adapters.storage.folder import FolderStorage
from tests.browser.conftest import Site
from tests.browser.reviewing import eventually
from tests.browser.stage import add, drop, paste, row, shown
from tests.support.factories import picture


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Make a folder with two good pictures and one that is not a picture."""
    folder = tmp_path / "new work"
    folder.mkdir()
    (folder / "Heron.jpg").write_bytes(picture("JPEG"))
    (folder / "Tide.png").write_bytes(picture("PNG"))
    (folder / "Bill.jpg").write_bytes(b"%PDF-1.7 not a picture at all")
    return folder


def tray(page: Page) -> Locator:
    """Find the tray."""
    return page.get_by_role("region", name="Pictures being added")


def test_of_dropped_files_the_good_ones_land_and_the_bad_one_says_why(
    page: Page, site: Site, files: Path
) -> None:
    add(site, "Old.jpg")
    page.goto("/")
    drop(page, files / "Heron.jpg", files / "Bill.jpg", files / "Tide.png")
    expect(tray(page).get_by_role("status")).to_contain_text("2 added, 1 not")
    bad = tray(page).get_by_role("listitem").filter(has_text="Bill.jpg")
    expect(bad).to_contain_text("This is a PDF document, although its name ends in .jpg.")
    expect(tray(page).get_by_role("button", name="Try again")).to_be_hidden()
    expect(row(page, "Tide.png")).to_be_visible()
    expect(row(page, "Heron.jpg")).to_be_visible()
    assert shown(page)[-1] == "Old.jpg"
    expect(page.get_by_text("3 pictures", exact=True)).to_be_visible()


def test_a_dropped_folder_is_read_whole_a_pasted_picture_lands_and_a_duplicate_is_named_and_shown(
    page: Page, site: Site, files: Path
) -> None:
    page.goto("/")
    drop(page, files)
    expect(tray(page).get_by_role("status")).to_contain_text("2 added, 1 not")
    expect(row(page, "Heron.jpg")).to_be_visible()
    expect(page.get_by_text("Your wall is empty")).to_be_hidden()
    paste(page, "Screenshot.png", picture("PNG", (70, 50)))
    expect(row(page, "Screenshot.png")).to_be_visible()
    # The newest stands first.
    names = tray(page).get_by_role("list", name="Added and on their way").get_by_role("listitem")
    expect(names.first).to_contain_text("Screenshot.png")
    drop(page, files / "Heron.jpg")
    known = tray(page).get_by_role("listitem").filter(has_text="Already in your library")
    expect(known).to_contain_text("Heron.jpg")
    known.get_by_role("link", name="Show it").click()
    expect(page.get_by_role("heading", name="Heron.jpg")).to_be_attached()
    assert site.client.get("/api/images").get_json()["total"]["count"] == 3


def test_picked_files_take_the_words_of_the_form_along(page: Page, site: Site, files: Path) -> None:
    page.goto("/")
    page.get_by_text("Add images").first.click()
    page.get_by_label("Category for these").fill("Prints")
    page.get_by_label("Key points (medium, size, year…)").fill("Linocut, 30 x 40 cm")
    page.get_by_label("Choose pictures").set_input_files([files / "Heron.jpg", files / "Bill.jpg"])
    expect(row(page, "Heron.jpg")).to_contain_text("Prints")
    expect(tray(page)).to_contain_text("This is a PDF document, although its name ends in .jpg.")
    [image] = site.client.get("/api/images").get_json()["images"]
    assert image["key_points"] == "Linocut, 30 x 40 cm"


def test_a_file_that_could_not_be_sent_is_tried_again(
    page: Page, site: Site, files: Path, allowed: list[str]
) -> None:
    allowed.append("ERR_FAILED")
    page.goto("/")
    # The line is away for one file, and for the small picture of another.
    page.route("**/thumbnail*", lambda route: route.abort(), times=1)
    drop(page, files / "Tide.png")
    tide = tray(page).get_by_role("listitem").filter(has_text="Tide.png").locator("img")
    expect(row(page, "Tide.png")).to_be_visible()
    expect(tide).not_to_have_attribute("src", re.compile("."))
    # Nor can it be found out whether the server is there, or the file would be sent again by itself.
    page.route("**/healthz", lambda route: route.abort())
    page.route("**/api/images", lambda route: route.abort(), times=1)
    drop(page, files / "Heron.jpg", files / "Bill.jpg")
    again = tray(page).get_by_role("button", name="Try again")
    expect(tray(page)).to_contain_text("1 could not be sent")
    expect(page.get_by_text("There is no connection to the server.")).to_be_visible()
    again.click()
    expect(row(page, "Heron.jpg")).to_be_visible()
    expect(page.get_by_text("The server is there again.")).to_be_visible()
    expect(tide).to_have_attribute("src", re.compile("thumbnail"))
    expect(again).to_be_hidden()
    expect(tray(page)).to_contain_text("This is a PDF document, although its name ends in .jpg.")


def test_a_store_that_is_full_or_away_says_so_and_is_tried_again(
    page: Page, site: Site, files: Path, allowed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed.extend(("507", "503"))
    put, errors = FolderStorage.put, [full("The disk is full."), away("Nobody listens.")]

    def failing(store: FolderStorage, key: str, source: Path | bytes) -> None:
        if errors:
            raise errors.pop(0)
        put(store, key, source)

    monkeypatch.setattr(FolderStorage, "put", failing)
    page.goto("/")
    drop(page, files / "Heron.jpg")
    again = tray(page).get_by_role("button", name="Try again")
    for sentence in ("There is no room left for more pictures.", "cannot be reached right now."):
        expect(tray(page).get_by_role("listitem")).to_contain_text(sentence)
        again.click()
    expect(row(page, "Heron.jpg")).to_be_visible()
    expect(again).to_be_hidden()


def test_a_picture_refused_by_the_server_says_why(
    page: Page, site: Site, tmp_path: Path, allowed: list[str]
) -> None:
    allowed.append("422")
    torn, other = tmp_path / "Torn.jpg", tmp_path / "Other.jpg"
    for path in (torn, other):
        path.write_bytes(picture("JPEG", (400, 300))[:700])
    page.goto("/")
    drop(page, torn)
    item = tray(page).get_by_role("listitem").filter(has_text="Torn.jpg")
    expect(item).to_contain_text("damaged")
    expect(tray(page).get_by_role("button", name="Try again")).to_be_hidden()
    drop(page, other)
    expect(tray(page)).to_contain_text("2 files")
    expect(tray(page)).to_contain_text("The same for each: This file is not complete")


def test_a_new_picture_does_not_move_what_one_is_looking_at(page: Page, site: Site, files: Path) -> None:
    for number in range(1, 13):
        add(site, f"Study {number}.jpg")
    page.goto("/")
    mark = row(page, "Study 4.jpg")
    mark.evaluate("(element) => element.scrollIntoView({ block: 'center' })")
    before = mark.bounding_box()
    drop(page, files / "Heron.jpg")
    expect(row(page, "Heron.jpg")).to_be_attached()
    after = mark.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 2


def test_of_three_hundred_files_three_are_sent_at_a_time_leaving_warns_and_cancel_keeps_what_came(
    page: Page, site: Site, tmp_path: Path
) -> None:
    paths = [tmp_path / f"file {number:03}.jpg" for number in range(1, 301)]
    for path in paths:
        path.write_bytes(picture())
    held: list[Route] = []
    page.goto("/")
    page.get_by_role("heading", name="Who writes the first draft?").click()
    page.route("**/api/images", lambda route: held.append(route))
    drop(page, *paths)
    expect(tray(page).get_by_role("progressbar").and_(page.locator(":visible"))).to_have_count(3)
    # A bar is shown a moment before its request is out.
    eventually(page, lambda: len(held) >= 3)
    assert len(held) == 3
    items = tray(page).get_by_role("listitem")
    assert 3 <= items.count() <= 20
    tray(page).get_by_role("group", name="Files").evaluate("(list) => list.scrollTo(0, list.scrollHeight)")
    expect(items.filter(has_text="file 300.jpg")).to_be_visible()
    assert items.count() <= 20
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    # What came stays, and nothing else is sent.
    tray(page).get_by_role("group", name="Files").evaluate("(list) => list.scrollTo(0, 0)")
    held[0].continue_()
    expect(items.first).to_contain_text(re.compile("file 00[1-4].jpg"))
    eventually(page, lambda: len(held) == 4)
    tray(page).get_by_role("button", name="Cancel").click()
    expect(tray(page).get_by_role("status")).to_have_text("1 added")
    expect(tray(page).get_by_role("button", name="Cancel")).to_be_hidden()
    expect(tray(page).get_by_role("button", name="Write words for this picture")).to_be_visible()
    assert len(held) == 4
    assert site.client.get("/api/images").get_json()["total"]["count"] == 1


def test_pictures_go_where_one_looks_or_onto_what_they_are_dropped_on(
    page: Page, site: Site, files: Path, tmp_path: Path
) -> None:
    site.client.post("/api/collections", json={"name": "Spring show"})
    said = tray(page).get_by_role("status")
    page.goto("/collections/1")
    expect(page.get_by_role("link", name="Export")).to_be_hidden()
    drop(page, files / "Heron.jpg")
    expect(said).to_have_text("1 added to Spring show")
    expect(page.get_by_role("list", name="Pictures in their order").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_text("1 picture", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Export")).to_be_visible()
    page.goto("/?category=Prints")
    drop(page, files / "Tide.png")
    expect(said).to_have_text("1 added to Prints")
    expect(row(page, "Tide.png")).to_contain_text("Prints")
    (tmp_path / "Reeds.png").write_bytes(picture("PNG"))
    box = page.get_by_role("link", name="Spring show").bounding_box()
    assert box
    drop(page, tmp_path / "Reeds.png", at=(box["x"] + 20, box["y"] + 10))
    # Two places in one list of uploads are told at each picture's own.
    expect(said).to_have_text("2 added")
    eventually(page, lambda: len(in_collection(site)) == 2)
    assert {image["category"] for image in in_collection(site)} == {""}


def in_collection(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.client.get("/api/images?collection=1").get_json()["images"]
    return found
