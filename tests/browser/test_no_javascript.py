"""Everything that matters works with plain links and forms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import add, add_many, edit_elsewhere, now, suggest, unfold
from tests.browser.window import Window
from tests.support.factories import picture

PAGE = 50


@pytest.fixture
def window(open_window: OpenWindow) -> Window:
    """Open a window in which no script runs."""
    return open_window(java_script_enabled=False)


def test_the_library_is_read_searched_filtered_shown_otherwise_and_exported(page: Page, site: Site) -> None:
    add(site, "One.jpg", post_title="Heron at dusk", category="Prints")
    add(site, "Two.jpg", post_title="Tide")
    page.goto("/")
    expect(page.get_by_text("Heron at dusk")).to_be_visible()
    page.get_by_role("searchbox").fill("heron")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Heron at dusk")).to_be_visible()
    expect(page.get_by_text("Tide", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Show all", exact=True).click()
    page.get_by_role("complementary", name="Filters").get_by_role("link", name="Prints").click()
    expect(page).to_have_url(re.compile("category=Prints"))
    expect(page.get_by_text("Tide", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Switch between dark and light").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Grid").click()
    expect(page.get_by_role("list", name="Pictures")).to_be_visible()
    page.get_by_role("link", name="Export").click()
    page.get_by_label("For Excel").check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    assert Path(waiting.value.path()).read_text("utf-8-sig").count("One.jpg") == 1


def test_pictures_are_uploaded_by_a_form(page: Page, site: Site, tmp_path: Path) -> None:
    good, bad = tmp_path / "Heron.jpg", tmp_path / "Bill.jpg"
    good.write_bytes(picture())
    bad.write_bytes(b"%PDF-1.7")
    page.goto("/")
    page.get_by_role("main").get_by_label("Add your first artwork").set_input_files([good, bad])
    page.get_by_role("main").get_by_role("button", name="Add them").click()
    expect(page.get_by_text("1 picture added.")).to_be_visible()
    expect(page.get_by_text(re.compile("Bill.jpg.*(PNG|picture)"))).to_be_visible()
    page.get_by_text("Add images").first.click()
    page.get_by_label("Choose pictures").set_input_files(good)
    page.get_by_role("banner").get_by_role("button", name="Add them").click()
    expect(page.get_by_text("Heron.jpg is already in your library.")).to_be_visible()


def test_a_form_asks_whether_other_formats_are_to_be_turned(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "Reeds.webp"
    path.write_bytes(picture("WEBP"))
    sent: list[str] = []

    def keep(route: Route) -> None:
        sent.append(route.request.post_data or "")
        route.fulfill(status=204)

    page.goto("/")
    page.route("**/", keep)
    banner = page.get_by_role("banner")
    page.get_by_text("Add images").first.click()
    turn = banner.get_by_role("checkbox", name="Turn HEIC, WebP, TIFF, BMP and AVIF into JPEG or PNG")
    expect(turn).not_to_be_checked()
    expect(turn).to_have_accessible_description(re.compile("Your own files stay"))
    choose = page.get_by_label("Choose pictures")
    # JPEG first and HEIC by name: `PICTURE_FILES` of _macros.html says why.
    expect(choose).to_have_attribute("accept", re.compile("^image/jpeg,.*image/heic.*[.]heic"))
    choose.set_input_files(path)
    for place in (0, 1):
        with page.expect_request("**/"):
            banner.get_by_role("button", name="Add them").click()
        assert ('name="convert"' in sent[place]) == bool(place)
        turn.check()


def test_words_are_edited_by_a_form_and_after_a_clash_the_typed_ones_are_there(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed += ["409", "422"]
    image = add(site, hashtags=["#heron"], key_points="Linocut")
    page.goto("/")
    # Nothing is offered that would not work.
    for role in ("checkbox", "menuitem"):
        expect(page.get_by_role(role)).to_have_count(0)
    expect(page.get_by_role("button", name="Write words for")).to_have_count(0)
    page.get_by_role("row").get_by_role("link", name="Open").click()
    expect(page.get_by_role("button", name=re.compile("Copy|Cancel|add"))).to_have_count(0)
    page.get_by_label("Title", exact=True).fill("Heron")
    page.get_by_label("Description", exact=True).fill("Mist.\nReeds.")
    page.get_by_label("Hashtags", exact=True).fill("heron, mist")
    page.get_by_text("Ready", exact=True).click()
    page.get_by_role("button", name="Save the words").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Heron")
    saved = now(site, image)
    assert (saved["description"], saved["hashtags"], saved["status"]) == (
        "Mist.\nReeds.",
        ["#heron", "#mist"],
        "ready",
    )
    # Words that do not fit come back with the reason.
    page.get_by_label("Title", exact=True).fill("Heron " * 50)
    page.get_by_role("button", name="Save the words").click()
    expect(page.get_by_text("The limit is 200")).to_be_visible()
    assert now(site, image)["post_title"] == "Heron"
    # After a clash the typed words are still there.
    page.goto(f"/images/{image['id']}")
    edit_elsewhere(site, image, description="Theirs")
    page.get_by_label("Description", exact=True).fill("Mine")
    page.get_by_role("button", name="Save the words").click()
    expect(page.get_by_text("changed elsewhere")).to_be_visible()
    expect(page.get_by_role("blockquote")).to_have_text("Theirs")
    expect(page.get_by_label("Description", exact=True)).to_have_value("Mine")
    assert now(site, image)["description"] == "Theirs"
    page.get_by_role("button", name="Save the words").click()
    expect(page.get_by_text("changed elsewhere")).to_have_count(0)
    saved = now(site, image)
    assert (saved["description"], saved["key_points"]) == ("Mine", "Linocut")


def test_words_are_generated_refined_and_taken(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron", description="A heron stands in mist. Nothing moves at all.")
    page.goto(f"/images/{image['id']}")
    page.get_by_role("button", name="Write words", exact=True).click()
    expect(page.get_by_label("Hashtags", exact=True)).not_to_have_value("")
    page.get_by_role("button", name="Shorter").click()
    waiting = suggest(site, image)["fields"]
    page.reload()
    form = page.get_by_role("form", name="for the description")
    form.get_by_role("button", name="Use it").click()
    expect(page.get_by_label("Description", exact=True)).to_have_value(waiting["description"])
    expect(page.get_by_role("form", name="for the description")).to_have_count(0)
    # Going back in the history brings the words that were there.
    unfold(page, "History")
    page.get_by_role("button", name="Go back to this").first.click()
    expect(page.get_by_label("Description", exact=True)).to_have_value(image["description"])


def test_a_picture_goes_to_the_trash_and_comes_back_and_the_trash_is_emptied(page: Page, site: Site) -> None:
    image = add(site, "One.jpg")
    site.client.delete(f"/api/images/{add(site, 'Two.jpg')['id']}")
    page.goto(f"/images/{image['id']}")
    page.get_by_role("button", name="Move to the trash").click()
    expect(page.get_by_text("One.jpg is in the trash.")).to_be_visible()
    page.get_by_role("link", name="Trash").click()
    page.get_by_role("listitem").filter(has_text="One.jpg").get_by_role("button").click()
    expect(page.get_by_role("heading", name="One.jpg")).to_be_attached()
    page.goto("/trash")
    page.get_by_text("Empty the trash…").click()
    page.get_by_role("button", name="Remove them for good").click()
    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()


def test_more_pictures_are_a_link_away(page: Page, site: Site) -> None:
    add_many(site, PAGE + 2)
    page.goto("/")
    page.get_by_role("link", name="Load more").click()
    expect(page.get_by_text("Study 001.jpg")).to_be_visible()
    expect(page.get_by_role("link", name="Load more")).to_have_count(0)
