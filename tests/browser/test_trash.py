"""The trash: in, back, and out for good after being asked."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add


def throw_away(site: Site, *names: str) -> None:
    """Put new pictures straight into the trash."""
    for name in names:
        site.client.delete(f"/api/images/{add(site, name)['id']}")


def trashed(site: Site) -> int:
    """Count the pictures in the trash."""
    count: int = site.client.get("/api/images?trashed=1").get_json()["total"]["count"]
    return count


def test_a_picture_is_put_back_and_emptying_asks_first(page: Page, site: Site) -> None:
    throw_away(site, "One.jpg", "Two.jpg", "Three.jpg")
    page.goto("/trash")
    page.get_by_role("listitem").filter(has_text="One.jpg").get_by_role("button").click()
    expect(page.get_by_role("heading", name="One.jpg")).to_have_count(0)
    expect(page.get_by_role("heading", name="Two.jpg")).to_be_visible()
    expect(page.get_by_text("2 pictures", exact=True)).to_be_visible()
    # No means no.
    page.get_by_role("button", name="Empty the trash").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("cannot be undone")
    dialog.get_by_role("button", name="Keep them").click()
    expect(dialog).to_be_hidden()
    assert trashed(site) == 2
    page.get_by_role("button", name="Empty the trash").click()
    dialog.get_by_role("button", name="Remove for good").click()
    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    expect(page.get_by_role("button", name="Empty the trash")).to_be_hidden()
    assert trashed(site) == 0
    page.goto("/")
    expect(page.get_by_role("row").filter(has_text="One.jpg")).to_be_visible()


def test_the_picture_page_offers_undo_in_the_same_place(page: Page, site: Site) -> None:
    image = add(site, "One.jpg")
    add(site, "Two.jpg")
    page.goto("/")
    page.get_by_role("link", name="Open One.jpg").click()
    page.wait_for_url("**/images/*")
    page.get_by_role("button", name="Move to the trash").click()
    expect(page.get_by_text("Moved to the trash")).to_be_visible()
    assert trashed(site) == 1
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Moved to the trash")).to_be_hidden()
    page.get_by_label("Title", exact=True).fill("Back again")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    assert trashed(site) == 0
    # After Back it is gone from the list.
    page.get_by_role("button", name="Move to the trash").click()
    expect(page.get_by_text("Moved to the trash")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("row").filter(has_text="Two.jpg")).to_be_visible()
    expect(
        page.get_by_role("row").filter(has=page.locator(f"a[href*='/images/{image['id']}']"))
    ).to_have_count(0)
