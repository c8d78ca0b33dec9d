"""Two tabs change the same picture: nothing that anybody typed is lost."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.axe import check_both_looks
from tests.browser.conftest import Site
from tests.browser.stage import add, edit_elsewhere, now, row, until_loaded, until_quiet
from tests.support.program import wait_until


def type_title(page: Page, old: str, new: str) -> Locator:
    """Open a title in the library, type over it and save."""
    page.get_by_role("button", name=old, exact=True).click()
    box = page.get_by_role("textbox", name="Title")
    box.fill(new)
    page.keyboard.press("Enter")
    return box


def see_both(page: Page) -> Locator:
    """Open the comparison and give it."""
    page.get_by_role("button", name="See both").click()
    dialog = page.get_by_role("dialog", name="This was changed somewhere else")
    expect(dialog).to_contain_text("Mine")
    expect(dialog).to_contain_text("Theirs")
    return dialog


def test_in_the_library_both_texts_are_shown_and_one_is_chosen(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("409")
    image = add(site, post_title="Heron")
    page.goto("/")
    shown = "Heron"
    for choice, kept in (("Use mine", "Mine"), ("Use the saved one", "Theirs again")):
        # The row is drawn anew after what was saved in it.
        until_quiet(page, site)
        edit_elsewhere(site, image, post_title="Theirs again" if shown == "Mine" else "Theirs")
        type_title(page, shown, "Mine" if shown == "Heron" else "Mine again")
        see_both(page).get_by_role("button", name=choice).click()
        expect(page.get_by_role("button", name=kept, exact=True)).to_be_visible()
        assert now(site, image)["post_title"] == kept
        shown = kept
    # Whoever types on has the typed words where they are.
    until_quiet(page, site)
    edit_elsewhere(site, image, post_title="Theirs")
    box = type_title(page, shown, "Mine")
    see_both(page).get_by_role("button", name="Keep typing").click()
    expect(box).to_be_focused()
    expect(box).to_have_value("Mine")
    assert now(site, image)["post_title"] == "Theirs"


def test_another_field_changed_elsewhere_is_no_clash(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("409")
    image = add(site, post_title="Heron", description="Old")
    page.goto("/")
    edit_elsewhere(site, image, description="New words from another tab")
    type_title(page, "Heron", "Mine")
    expect(row(page, "Mine")).to_contain_text("New words from another tab")
    saved = now(site, image)
    assert (saved["post_title"], saved["description"]) == ("Mine", "New words from another tab")


def test_on_the_picture_page_both_texts_are_shown_and_one_is_chosen(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("409")
    image = add(site, description="Old")
    page.goto(f"/images/{image['id']}")
    box = page.get_by_label("Description", exact=True)
    for choice, typed, theirs, kept, said in (
        ("Use mine", "Mine", "Theirs", "Mine", "Saved"),
        ("Use the saved one", "Mine again", "Theirs again", "Theirs again, later", ""),
    ):
        edit_elsewhere(site, image, description=theirs)
        box.fill(typed)
        page.keyboard.press("Tab")
        expect(page.get_by_text(re.compile(r"^Changed elsewhere at \d\d:\d\d\."))).to_be_visible()
        # Once more, before anybody looked: what is chosen is what is seen.
        edit_elsewhere(site, image, description=f"{theirs}, later")
        asked = see_both(page)
        expect(asked).to_contain_text(f"{theirs}, later")
        if choice == "Use mine":
            check_both_looks(page, "dialog")
        asked.get_by_role("button", name=choice).click()
        expect(box).to_have_value(kept)
        expect(page.get_by_role("button", name="See both")).to_be_hidden()
        # What was typed stood in the box all along, so only this tells that the server has it.
        expect(page.locator("[data-edit-state=description]")).to_have_text(said)
        assert now(site, image)["description"] == kept


def test_a_second_tab_is_a_second_tab(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("409")
    image = add(site, post_title="Heron")
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"/images/{image['id']}")
    other.get_by_label("Title", exact=True).fill("Theirs")
    other.keyboard.press("Enter")
    expect(other.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    # A page that comes to the front after a while takes up what others changed: this one is told nothing.
    page.route("**/api/images/versions?*", lambda route: None)
    page.bring_to_front()
    # Who it was is said where there is a name.
    [told] = site.client.get(f"/api/images/{image['id']}/revisions").get_json()["revisions"][:1]
    renamed = {"revisions": [{**told, "by": "Jonas", "at": "2026-01-02T10:00:00Z"}]}
    page.route("**/revisions", lambda route: route.fulfill(json=renamed))
    page.get_by_label("Title", exact=True).fill("Mine")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Jonas changed this on 2 January 2026, ")).to_be_visible()
    see_both(page).get_by_role("button", name="Use mine").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Mine")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    assert now(site, image)["post_title"] == "Mine"


def test_words_typed_while_another_field_is_saved_stay(page: Page, site: Site, allowed: list[str]) -> None:
    allowed.append("409")
    image = add(site, post_title="Heron", description="Old")
    page.goto(f"/images/{image['id']}")
    edit_elsewhere(site, image, key_points="Linocut")
    page.get_by_label("Title", exact=True).fill("Mine")
    page.get_by_label("Description", exact=True).fill("Half a sent")
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    expect(page.get_by_label("Key points (medium, size, year…)", exact=True)).to_have_value("Linocut")
    expect(page.get_by_label("Description", exact=True)).to_have_value("Half a sent")
    assert now(site, image)["post_title"] == "Mine"


def test_what_is_drawn_anew_around_words_that_are_typed_overwrites_nothing(
    page: Page, site: Site, allowed: list[str]
) -> None:
    allowed.append("409")
    image = add(site, post_title="Heron", description="Mist over the reeds. " * 30)
    told = f"new CustomEvent('image:elsewhere', {{ detail: {{ id: '{image['id']}', gone: false }} }})"
    for address in ("/", f"/images/{image['id']}"):
        page.goto(address)
        until_loaded(page)
        if address == "/":
            page.get_by_role("button", name="Heron", exact=True).click()
        page.get_by_role("textbox", name="Title").fill("Mine")
        edit_elsewhere(site, image, post_title="Theirs", key_points=f"Seen on {address}")
        with page.expect_response(re.compile("/row|fragment=panel")) as drawn:
            page.evaluate(f"document.dispatchEvent({told})")
        drawn.value.finished()
        until_quiet(page, site)
        page.keyboard.press("Enter")
        see_both(page).get_by_role("button", name="Use mine").click()
        wait_until("it is saved", lambda: now(site, image)["post_title"] == "Mine")
        until_quiet(page, site)
        edit_elsewhere(site, image, post_title="Heron")
    # What is pressed just before a row is drawn anew opens in the new one.
    page.goto("/")
    until_loaded(page)
    held: list[Route] = []
    page.route(f"**/api/images/{image['id']}", lambda route: held.append(route), times=1)
    page.locator("[data-edit=description]").click()
    edit_elsewhere(site, image, post_title="Egret")
    page.evaluate(f"document.dispatchEvent({told})")
    expect(page.get_by_role("button", name="Egret", exact=True)).to_be_visible()
    held[0].continue_()
    expect(page.get_by_role("textbox", name="Description")).to_be_focused()
