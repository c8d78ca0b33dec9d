"""Pages take up what others changed when they come to the front, and leave alone what somebody is at."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, edit_elsewhere, until_loaded


def come_to_the_front(page: Page) -> None:
    """Let the page have been away for a while, and wait until it has looked what is new."""
    # What listens is one of the scripts that load last.
    until_loaded(page)
    page.clock.fast_forward(6000)
    page.evaluate(
        """() => new Promise((done) => {
          document.addEventListener("page:fresh", done, { once: true });
          dispatchEvent(new Event("focus"));
        })"""
    )


def call(site: Site, method: str, address: str, **body: Any) -> Any:
    answer = site.client.open(f"/api{address}", method=method, json=body or None)
    assert answer.status_code < 300, answer.get_json()
    return answer.get_json(silent=True)


def test_lists_take_up_what_others_added_renamed_and_deleted(page: Page, site: Site) -> None:
    page.clock.install()
    image = add(site, post_title="Heron", hashtags="#heron", category="Prints")
    other = add(site, "Other.jpg", post_title="Wader")
    show, _ = (call(site, "POST", "/collections", name=name) for name in ("Show", "Leaving"))
    call(site, "POST", f"/collections/{show['id']}/images", ids=[image["id"]])
    view = call(site, "POST", "/views", name="Prints only", filters={"category": "Prints"})
    share = call(site, "POST", "/shares", title="For Ann", collection_id=show["id"])
    category = next(one for one in call(site, "GET", "/categories")["categories"] if one["name"] == "Prints")
    main = page.locator("main")

    def shows(address: str, change: Any, *texts: str, absent: str = "") -> None:
        page.goto(address)
        change()
        come_to_the_front(page)
        for text in texts:
            expect(main).to_contain_text(text)
        if absent:
            expect(main).not_to_contain_text(absent)

    shows(
        "/collections",
        lambda: (
            call(site, "PATCH", f"/collections/{show['id']}", version=1, name="Spring show"),
            call(site, "DELETE", "/collections/" + str(show["id"] + 1)),
            call(site, "POST", "/collections", name="Autumn"),
        ),
        "Spring show",
        "Autumn",
        absent="Leaving",
    )
    shows(
        f"/collections/{show['id']}",
        lambda: call(site, "POST", f"/collections/{show['id']}/images", ids=[other["id"]]),
        "2 pictures",
        "Wader",
    )
    shows(
        "/shared",
        lambda: call(site, "PATCH", f"/shares/{share['id']}", version=share["version"], title="For Ben"),
        "For Ben",
    )
    shows(
        f"/shared/{share['id']}",
        lambda: call(site, "PATCH", f"/shares/{share['id']}", version=share["version"] + 1, title="For Cleo"),
        "For Cleo",
    )
    shows("/batches", lambda: call(site, "POST", "/batches", select={"filter": {}}), "2 to go")
    shows(
        "/views",
        lambda: call(site, "PATCH", f"/views/{view['id']}", version=view["version"], name="Only prints"),
        "Only prints",
    )
    shows(
        "/categories",
        lambda: call(
            site, "PATCH", f"/categories/{category['id']}", version=category["version"], name="Woodcuts"
        ),
        "Woodcuts",
    )
    sheet = page.get_by_role("dialog")
    page.get_by_role("link", name="Edit Woodcuts").click()
    sheet.get_by_role("textbox", name="Name").fill("Being typed")
    call(site, "PATCH", f"/categories/{category['id']}", version=category["version"] + 1, name="Etchings")
    page.clock.fast_forward(4000)
    come_to_the_front(page)
    expect(sheet.get_by_role("heading", name="Etchings")).to_be_visible()
    expect(sheet.get_by_role("textbox", name="Name")).to_have_value("Being typed")
    page.goto("/tags")
    page.get_by_role("checkbox", name="Tick #heron").check()
    shown = edit_elsewhere(site, image, hashtags="#heron #dusk")
    come_to_the_front(page)
    expect(page.get_by_role("checkbox", name="Tick #dusk")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Tick #heron")).to_be_checked()
    expect(page.get_by_text("1 ticked")).to_be_visible()
    shows("/trash", lambda: call(site, "DELETE", f"/images/{shown['id']}"), "Heron", "30 days")
    shows("/trash", lambda: call(site, "POST", f"/images/{shown['id']}/restore"), "The trash is empty")
    shows(
        "/settings",
        lambda: call(site, "PATCH", "/settings/studio_name", value="Heron & Sons", version=0),
        "Studio",
    )
    expect(page.get_by_label("Name", exact=True)).to_have_value("Heron & Sons")
    shows(
        "/settings/voice",
        lambda: call(site, "PUT", "/voice", version=0, choices={"guide": "Dry.", "avoid": ["lush"]}),
        "Version 1",
    )
    expect(page.get_by_role("button", name="Remove lush")).to_be_visible()
    expect(page.get_by_label("Style guide")).to_have_value("Dry.")
    # What scripts put into a page stays.
    expect(page.locator("main [data-row-menu]")).to_have_count(1)


def test_what_somebody_is_at_stays_and_says_when_it_is_gone(
    page: Page, site: Site, allowed: list[str]
) -> None:
    page.clock.install()
    kept, gone = (call(site, "POST", "/views", name=name, filters={"q": name}) for name in ("Kept", "Gone"))
    page.goto("/views")
    page.locator("summary[aria-label='Rename Kept']").click()
    page.get_by_role("textbox", name="Name").fill("Being typed")
    call(site, "PATCH", f"/views/{kept['id']}", version=kept["version"], name="Theirs")
    page.clock.fast_forward(4000)
    come_to_the_front(page)
    row = page.locator("li", has_text="Theirs")
    expect(row.get_by_label("Name", exact=True)).to_have_value("Being typed")
    # The guard stays with what was typed: saving it says that there is something newer.
    expect(row.locator("[name=version]")).to_have_value(str(kept["version"]))
    page.locator("summary[aria-label='Delete Gone']").click()
    call(site, "DELETE", f"/views/{gone['id']}")
    come_to_the_front(page)
    expect(page.locator("li", has_text="Gone")).to_contain_text("not in the list any more")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    come_to_the_front(page)
    expect(page.locator("li", has_text="Gone")).to_have_count(0)
    call(site, "DELETE", f"/views/{kept['id']}")
    come_to_the_front(page)
    expect(row).to_contain_text("not in the list any more")
    # What one reads stays where it is on the screen, and where the page is as before nothing is sent.
    image = add(site, hashtags=" ".join(f"#n{number:02}" for number in range(60)))
    page.goto("/tags?order=name")
    until_loaded(page)
    link = page.get_by_role("link", name="#n50", exact=True)
    link.evaluate("(link) => link.scrollIntoView({ block: 'center' })")
    before = link.bounding_box()
    edit_elsewhere(site, image, hashtags=" ".join(f"#n{number:02}" for number in range(2, 60)))
    add(site, "Other.jpg", hashtags="#a1 #a2 #a3 #a4 #a5")
    come_to_the_front(page)
    expect(page.get_by_role("link", name="#a5", exact=True)).to_have_count(1)
    assert link.bounding_box() == before
    with page.expect_response(lambda answer: answer.status == 304):
        page.clock.fast_forward(6000)
        page.evaluate("dispatchEvent(new Event('focus'))")
    # A page that is about what is deleted says so.
    show = call(site, "POST", "/collections", name="Show")
    page.goto(f"/collections/{show['id']}")
    call(site, "DELETE", f"/collections/{show['id']}")
    allowed.append("404")
    until_loaded(page)
    page.clock.fast_forward(6000)
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("main")).to_contain_text("This was deleted somewhere else")
    expect(page.get_by_role("heading", name="Show")).to_be_visible()
