"""Collections in the browser: ordering by mouse, by finger and by keyboard, taking out, and the picture's own page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from models import Image, db
from tests.browser.axe import WIDE, check_both_looks, violations
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import TOUCH, add, add_many, unfold, until_loaded, until_quiet

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer"
NAMES = ["Alder", "Birch", "Cedar", "Daphne", "Elm", "Fir", "Gorse", "Hazel"]


def collect(site: Site, ids: list[int], name: str = "Coast", note: str = "") -> int:
    """Make a collection of some pictures as another tab would."""
    number: int = site.client.post("/api/collections", json={"name": name, "note": note}).get_json()["id"]
    if ids:
        answer = site.client.post(f"/api/collections/{number}/images", json={"ids": ids})
        assert answer.status_code == 200
    return number


@pytest.fixture
def coast(site: Site) -> int:
    """Return a collection of eight pictures, Alder to Hazel."""
    add_many(site, len(NAMES))
    with site.app.app_context():
        images = db.session.scalars(select(Image).order_by(Image.id)).all()
        for image, name in zip(images, NAMES, strict=True):
            image.post_title = name
        ids = [image.id for image in images]
        db.session.commit()
    return collect(site, ids)


@pytest.fixture
def allowed() -> list[str]:
    """Let the console tell of a refused form."""
    return ["409"]


def kept(site: Site, number: int) -> list[str]:
    """List the titles in the order that the server knows."""
    images = site.client.get(f"/api/images?collection={number}&limit=200").get_json()["images"]
    return [image["post_title"] or image["original_filename"] for image in images]


def shown(page: Page) -> list[str]:
    names: list[str] = page.locator("[data-place]").evaluate_all("all => all.map((one) => one.dataset.name)")
    return names


def card(page: Page, name: str) -> Locator:
    return page.locator(f'[data-place][data-name="{name}"]')


def centre(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def settle(page: Page, number: int, act: Any) -> None:
    """Do something and wait until the server has taken the new order."""
    with page.expect_response(re.compile(rf"/api/collections/{number}/")):
        act()


def drag(page: Page, source: Locator, target: Locator) -> None:
    """Drag with the mouse, in steps as a hand does."""
    page.mouse.move(*centre(source))
    page.mouse.down()
    page.mouse.move(*centre(target), steps=8)
    page.mouse.up()


def test_a_picture_is_dragged_to_its_place(page: Page, site: Site, coast: int) -> None:
    page.goto(f"/collections/{coast}")
    until_loaded(page)
    # Escape lets go and changes nothing.
    page.mouse.move(*centre(card(page, "Alder").locator("img")))
    page.mouse.down()
    page.mouse.move(*centre(card(page, "Elm").locator("img")), steps=8)
    assert shown(page) != NAMES
    page.keyboard.press("Escape")
    assert shown(page) == NAMES
    page.mouse.up()
    expect(page).to_have_url(re.compile(f"/collections/{coast}$"))
    assert kept(site, coast) == NAMES
    settle(
        page,
        coast,
        lambda: drag(page, card(page, "Alder").locator("img"), card(page, "Cedar").locator("img")),
    )
    expected = ["Birch", "Cedar", "Alder", *NAMES[3:]]
    assert shown(page) == kept(site, coast) == expected
    expect(page.locator(".dragged-image")).to_have_count(0)
    expect(page.locator("[data-order-said]")).to_have_text("Alder is now 3 of 8.")
    # The drop is no click: the picture was not opened.
    expect(page).to_have_url(re.compile(f"/collections/{coast}$"))
    settle(
        page,
        coast,
        lambda: drag(page, card(page, "Hazel").locator("img"), card(page, "Birch").locator("img")),
    )
    assert shown(page) == kept(site, coast) == ["Hazel", *expected[:-1]]
    # Past the last one, where no picture is.
    last = card(page, "Gorse").bounding_box()
    assert last
    page.mouse.move(*centre(card(page, "Hazel").locator("img")))
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] + 40, last["y"] + 60, steps=8)
    settle(page, coast, page.mouse.up)
    assert shown(page) == kept(site, coast) == expected
    page.reload()
    assert shown(page) == expected
    card(page, "Birch").get_by_role("link").click()
    expect(page).to_have_url(re.compile("/images/"))


def test_a_picture_is_moved_by_the_keyboard(page: Page, site: Site, coast: int) -> None:
    page.goto(f"/collections/{coast}")
    said = page.locator("[data-order-said]")
    handle = page.get_by_role("button", name="Move Alder")
    handle.focus()
    settle(page, coast, lambda: page.keyboard.press("ArrowRight"))
    expect(said).to_have_text("Alder is now 2 of 8.")
    expect(handle).to_be_focused()
    assert kept(site, coast) == shown(page) == ["Birch", "Alder", *NAMES[2:]]
    settle(page, coast, lambda: page.keyboard.press("End"))
    assert kept(site, coast) == shown(page) == [*NAMES[1:], "Alder"]
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("Alder is the last already.")
    settle(page, coast, lambda: page.keyboard.press("Home"))
    assert kept(site, coast) == NAMES
    columns = page.locator("[data-place]").evaluate_all(
        "all => all.filter((one) => one.offsetTop === all[0].offsetTop).length"
    )
    settle(page, coast, lambda: page.keyboard.press("ArrowDown"))
    expect(said).to_have_text(f"Alder is now {columns + 1} of 8.")
    settle(page, coast, lambda: page.keyboard.press("ArrowUp"))
    later = page.get_by_role("button", name="Later: Alder")
    settle(page, coast, later.click)
    expect(later).to_be_focused()
    settle(page, coast, page.get_by_role("button", name="Earlier: Cedar").click)
    moved = ["Birch", "Cedar", "Alder", *NAMES[3:]]
    assert kept(site, coast) == shown(page) == moved
    # Many quick moves end in the same order on both sides.
    for name, keys in (("Alder", "→→→→→"), ("Hazel", "←←←"), ("Cedar", "←←→→→→"), ("Alder", "←←")):
        page.get_by_role("button", name=f"Move {name}").focus()
        for key in keys:
            page.keyboard.press("ArrowRight" if key == "→" else "ArrowLeft")
    page.wait_for_load_state("networkidle")
    until_quiet(page, site)
    assert shown(page) != moved
    assert kept(site, coast) == shown(page)


def test_a_move_that_fails_is_taken_back(page: Page, site: Site, coast: int, allowed: list[str]) -> None:
    allowed.append("ERR_FAILED")
    page.goto(f"/collections/{coast}")
    page.route("**/order", lambda route: route.abort())
    page.get_by_role("button", name="Later: Alder").click()
    expect(page.get_by_text("Alder could not be moved and is back in its place.")).to_be_visible()
    assert shown(page) == NAMES
    page.unroute("**/order")
    # Taken out in another tab: the place beside it is not there any more.
    ids = [image["id"] for image in site.client.get(f"/api/images?collection={coast}").get_json()["images"]]
    site.client.post(f"/api/collections/{coast}/images/remove", json={"ids": [ids[2]]})
    page.get_by_role("button", name="Later: Alder").click()
    with page.expect_event("load"):
        page.get_by_role("button", name="Load the page again").click()
    expect(card(page, "Cedar")).to_have_count(0)
    assert shown(page) == ["Alder", "Birch", *NAMES[3:]]


def test_a_picture_is_taken_out_and_put_back(page: Page, site: Site, coast: int, allowed: list[str]) -> None:
    allowed.append("ERR_FAILED")
    page.goto(f"/collections/{coast}")
    settle(page, coast, page.get_by_role("button", name="Take Cedar out").click)
    expect(page.get_by_role("button", name="Take Daphne out")).to_be_focused()
    expect(page.locator("[data-total]")).to_have_text("7 pictures")
    assert kept(site, coast) == shown(page) == [*NAMES[:2], *NAMES[3:]]
    settle(page, coast, page.get_by_role("button", name="Undo").click)
    assert kept(site, coast) == shown(page) == NAMES
    page.route("**/remove", lambda route: route.abort())
    page.get_by_role("button", name="Take Hazel out").click()
    expect(page.get_by_text("Hazel could not be taken out.")).to_be_visible()
    assert shown(page) == NAMES
    expect(page.locator("[data-total]")).to_have_text("8 pictures")
    page.unroute("**/remove")
    for name in NAMES:
        page.get_by_role("button", name=f"Take {name} out").click()
    expect(page.get_by_role("heading", name="No pictures here yet")).to_be_visible()


def test_more_are_loaded_and_moved_across_the_seam(
    page: Page, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artworks.web.collections.pages.PICTURES_A_PAGE", 3)
    number = collect(site, [add(site, f"{name}.jpg", post_title=name)["id"] for name in NAMES])
    page.goto(f"/collections/{number}")
    until_loaded(page)
    assert shown(page) == NAMES[:3]
    # To the end of what is shown, which is not the end of all.
    settle(
        page,
        number,
        lambda: drag(page, card(page, "Alder").locator("img"), card(page, "Cedar").locator("img")),
    )
    assert kept(site, number) == ["Birch", "Cedar", "Alder", *NAMES[3:]]
    page.get_by_role("link", name="Load more").click()
    expect(page.locator("[data-place]")).to_have_count(6)
    assert shown(page) == ["Birch", "Cedar", "Alder", "Daphne", "Elm", "Fir"]
    page.get_by_role("button", name="Move Birch").focus()
    settle(page, number, lambda: page.keyboard.press("End"))
    expect(page.locator("[data-place]")).to_have_count(8)
    assert shown(page) == kept(site, number) == ["Cedar", "Alder", *NAMES[3:], "Birch"]


def test_collections_are_made_renamed_and_deleted(page: Page, site: Site) -> None:
    page.goto("/collections")
    page.get_by_label("Name").fill("Coast")
    page.get_by_role("button", name="Make your first collection").click()
    expect(page.get_by_role("heading", name="Coast")).to_be_visible()
    page.get_by_text("Rename", exact=True).first.click()
    page.get_by_label("Name").fill("Shore")
    page.get_by_label("What it is about").fill("By the sea.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Shore")).to_be_visible()
    expect(page.locator(".collection-note")).to_have_text("By the sea.")
    page.get_by_label("Delete this collection").click()
    page.get_by_role("button", name="Delete the collection").click()
    expect(page.get_by_text("The collection “Shore” is deleted.")).to_be_visible()


def test_a_picture_joins_and_leaves_collections_on_its_page(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron")
    coast = collect(site, [])
    page.goto(f"/images/{image['id']}")
    part = page.get_by_role("region", name="Collections")
    unfold(page, "Collections")
    expect(part.get_by_label("Name of the new collection")).to_be_hidden()
    part.get_by_label("Add to a collection").select_option("Coast")
    part.get_by_role("button", name="Add", exact=True).click()
    expect(part.get_by_role("link", name="Coast")).to_be_visible()
    expect(part.get_by_label("Add to a collection")).to_be_focused()
    part.get_by_label("Add to a collection").select_option("New collection…")
    part.get_by_label("Name of the new collection").fill("Summer show")
    page.keyboard.press("Enter")
    expect(part.get_by_role("link", name="Summer show")).to_be_visible()
    part.get_by_role("button", name="Take out of Coast").click()
    expect(part.get_by_role("link", name="Coast")).to_have_count(0)
    assert kept(site, coast) == []
    page.get_by_role("button", name="Undo").click()
    expect(part.get_by_role("link", name="Coast")).to_be_visible()
    assert kept(site, coast) == ["Heron"]
    assert violations(page) == []


def test_a_view_is_renamed_and_deleted(page: Page, site: Site) -> None:
    for name in ("Ready", "Herons"):
        site.client.post("/api/views", json={"name": name, "filters": {"status": "ready"}})
    page.goto("/views")
    page.get_by_label("Rename Ready").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("HERONS")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text("There is a view called “HERONS” already.")
    page.get_by_role("textbox", name="Name", exact=True).fill("Done")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Done")).to_have_attribute("href", "/?status=ready")
    page.get_by_label("Delete Done").click()
    page.get_by_role("button", name="Delete the view").click()
    expect(page.get_by_role("link", name="Done")).to_have_count(0)


def _pages(site: Site) -> list[str]:
    add_many(site, 3)
    ids = [image["id"] for image in site.client.get("/api/images").get_json()["images"]]
    ids += [add(site, f"{LONG * 3}.jpg", post_title=LONG * 2)["id"]]
    number = collect(site, ids, LONG[:80], f"{LONG * 3}\nBy the sea.")
    empty = collect(site, [], "Empty")
    filters = {"q": LONG, "tag": LONG, "collection": str(number)}
    site.client.post("/api/views", json={"name": LONG[:80], "filters": filters})
    return ["/collections", f"/collections/{number}", f"/collections/{empty}", "/views", f"/images/{ids[-1]}"]


def test_axe_finds_nothing_and_no_page_scrolls_sideways(page: Page, site: Site) -> None:
    for filled in (False, True):
        for path in _pages(site) if filled else ("/collections", "/views"):
            page.set_viewport_size(WIDE)
            page.goto(path)
            check_both_looks(page)
            # With a menu open there is something else to look at.
            for menu in page.locator(".collection-page summary:visible").all():
                menu.click()
                check_both_looks(page, ".collection-page details[open]")
                page.keyboard.press("Escape")


def test_on_a_phone_a_finger_drags_by_the_handle_and_scrolls_elsewhere(
    open_window: OpenWindow, site: Site, coast: int
) -> None:
    page = open_window(**TOUCH).tab()
    page.goto(f"/collections/{coast}")
    until_loaded(page)
    touch = page.context.new_cdp_session(page)

    def swipe(start: tuple[float, float], end: tuple[float, float]) -> None:
        for step in range(9):
            x = start[0] + (end[0] - start[0]) * step / 8
            y = start[1] + (end[1] - start[1]) * step / 8
            kind = "touchMove" if step else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    handle = page.get_by_role("button", name="Move Alder")
    settle(page, coast, lambda: swipe(centre(handle), centre(card(page, "Daphne").locator("img"))))
    assert shown(page) == kept(site, coast) == ["Birch", "Cedar", "Daphne", "Alder", *NAMES[4:]]
    picture = centre(card(page, "Daphne").locator("img"))
    swipe(picture, (picture[0], picture[1] - 250))
    page.wait_for_function("() => scrollY > 100")
    assert shown(page) == kept(site, coast)


def test_without_javascript_pictures_are_moved_by_buttons(
    open_window: OpenWindow, site: Site, coast: int
) -> None:
    page = open_window(java_script_enabled=False).tab()
    page.goto(f"/collections/{coast}")
    expect(page.get_by_role("button", name="Move Alder")).to_have_count(0)
    page.get_by_role("button", name="Later: Alder").click()
    assert kept(site, coast) == ["Birch", "Alder", *NAMES[2:]]
    page.get_by_role("button", name="Take Birch out").click()
    expect(page.get_by_text("Taken out of “Coast”.")).to_be_visible()
    page.goto(f"/images/{site.client.get('/api/images').get_json()['images'][0]['id']}")
    page.get_by_role("heading", name="Collections").click()
    page.get_by_label("Name of the new collection").fill("Summer show")
    page.get_by_role("region", name="Collections").get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("heading", name="Collections").click()
    expect(page.get_by_role("link", name="Summer show")).to_be_visible()
