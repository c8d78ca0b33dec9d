"""The viewer: one picture over the whole screen, from the library, from its own page, and in a client's gallery."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import check_both_looks
from tests.browser.conftest import OpenWindow, Site
from tests.browser.stage import TOUCH, add, add_many, sideways, sign_in, swipe, until_loaded
from tests.support.factories import picture, upload


@pytest.fixture
def allowed() -> list[str]:
    """Let the console tell of what is kept back."""
    return ["404", "503", "ERR_FAILED", "401"]


def viewer(page: Page) -> Locator:
    return page.get_by_role("dialog")


def percent(page: Page) -> str:
    return page.locator("[data-viewer-percent]").inner_text()


def shown(page: Page) -> dict[str, Any]:
    """Return where the picture stands, and what of it was loaded."""
    found: dict[str, Any] = page.locator(".viewer-box").evaluate(
        """(box) => {
          const { left, top, width, height } = box.getBoundingClientRect();
          const [image] = [...box.children].slice(-1);
          return { left, top, width, height, kind: new URL(image.src).pathname.split("/").pop(),
            natural: image.naturalWidth };
        }"""
    )
    return found


def until_sharp(page: Page, width: int) -> None:
    """Wait until so many pixels of the picture are shown."""
    expect(page.locator(".viewer-image").last).to_have_js_property("naturalWidth", width)


def pinch(page: Page, *apart: int) -> None:
    """Put two fingers on the picture, so many pixels apart, and move them."""
    fingers = page.context.new_cdp_session(page)
    for kind, wide in [("touchStart", apart[0]), *(("touchMove", one) for one in apart[1:])]:
        points = [{"x": 195 + side * wide / 2, "y": 350, "id": side} for side in (-1, 1)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    fingers.detach()


def test_a_list_is_gone_through_full_screen_and_left_where_one_came_to(page: Page, site: Site) -> None:
    add_many(site, 70, category="Prints")
    page.goto("/?category=Prints")
    until_loaded(page)
    row = page.get_by_role("row").filter(has_text="Study 068.jpg")
    row.get_by_role("link", name="Open ").focus()
    page.keyboard.press("f")
    expect(viewer(page)).to_be_visible()
    expect(page.get_by_text("3 of 70")).to_be_visible()
    assert page.evaluate("document.fullscreenElement !== null")
    for key, count in (
        ("ArrowRight", 4),
        ("j", 5),
        ("k", 4),
        ("ArrowLeft", 3),
        ("End", 70),
        ("k", 69),
        ("Home", 1),
    ):
        page.keyboard.press(key)
        expect(page.locator("[data-viewer-count]")).to_have_text(f"{count} of 70")
    # Beyond what the library has loaded, and on the strip.
    for _ in range(60):
        page.keyboard.press("j")
    expect(page.locator("[data-viewer-count]")).to_have_text("61 of 70")
    expect(page.locator("#viewer-name")).to_have_text("Study 010.jpg")
    page.keyboard.press("Home")
    expect(page.locator("[data-viewer-count]")).to_have_text("1 of 70")
    # The picture that stands at the end of what is loaded goes to the trash meanwhile.
    edge = page.locator("[data-viewer-item]").last.get_attribute("data-viewer-item")
    site.client.delete(f"/api/images/{edge}")
    for _ in range(60):
        page.keyboard.press("j")
    expect(page.locator("#viewer-name")).to_have_text("Study 010.jpg")
    site.client.post(f"/api/images/{edge}/restore")
    page.keyboard.press("Home")
    expect(page.locator("[data-viewer-count]")).to_have_text("1 of 70")
    page.locator("[data-viewer-strip] a").nth(55).click()
    expect(page.locator("#viewer-name")).to_have_text("Study 015.jpg")
    expect(page.locator("[data-viewer-strip] [aria-current]")).to_be_in_viewport()
    # Tab stays inside; Escape leaves to the picture one has come to, also where its row was not loaded yet.
    for _ in range(14):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.matches('.viewer, .viewer *, body')")
    page.keyboard.press("Escape")
    expect(viewer(page)).to_have_count(0)
    there = page.get_by_role("row").filter(has_text="Study 015.jpg")
    expect(there).to_be_in_viewport()
    assert there.evaluate("(row) => row.contains(document.activeElement)")
    assert not page.evaluate("document.fullscreenElement !== null")
    # The browser's Back closes it, too, and a reload leaves nothing for it to close.
    page.keyboard.press(" ")
    expect(viewer(page)).to_be_visible()
    page.go_back()
    expect(viewer(page)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/\?category=Prints$"))
    page.keyboard.press(" ")
    expect(viewer(page)).to_be_visible()
    page.reload()
    page.wait_for_function("() => !history.state?.viewer")


def test_the_picture_is_zoomed_down_to_its_own_pixels(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    upload(site.client, (picture(size=(4000, 3000)), "Large.jpg"))
    add(site, "Other.jpg", post_title="Other", key_points="Linocut, 2026")
    # The browser keeps pictures of tests before, which had the same addresses, unless somebody listens in.
    page.route(re.compile("/images/"), lambda route: route.continue_())
    page.goto("/images/1")
    page.get_by_role("link", name="Open the viewer").first.click()
    expect(page.locator("#viewer-name")).to_have_text("Large.jpg")
    until_sharp(page, 1280)
    fit = shown(page)
    assert (round(fit["width"] / fit["height"], 2), fit["kind"]) == (1.33, "preview")
    assert fit["width"] <= 1440
    assert fit["height"] <= 900
    page.keyboard.press("1")
    assert (percent(page), shown(page)["width"]) == ("100 %", 4000)
    expect(page.get_by_role("button", name="Real pixels")).to_have_attribute("aria-pressed", "true")
    until_sharp(page, 4000)
    assert shown(page)["width"] == 4000
    # The hand pulls it, up to its edges.
    before = shown(page)
    page.mouse.move(700, 450)
    page.mouse.down()
    page.mouse.move(600, 400, steps=3)
    page.mouse.up()
    assert (shown(page)["left"], shown(page)["top"]) == (before["left"] - 100, before["top"] - 50)
    page.keyboard.press("0")
    assert shown(page)["width"] == fit["width"]
    # The wheel keeps what is below the pointer there.
    x, y = fit["left"] + fit["width"] * 0.4, fit["top"] + fit["height"] * 0.4
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    expect(page.locator(".viewer-stage[data-loose]")).to_be_visible()
    zoomed = shown(page)
    assert abs((x - zoomed["left"]) / zoomed["width"] - 0.4) < 0.01
    assert zoomed["width"] > fit["width"] * 1.5
    page.mouse.dblclick(x, y)
    assert shown(page)["width"] == fit["width"]
    for key, name in (("+", "larger"), ("-", "smaller")):
        before = shown(page)
        page.keyboard.press(key)
        assert (shown(page)["width"] > before["width"]) is (name == "larger")
    page.get_by_role("slider", name="Zoom").fill("100")
    assert percent(page) == "800 %"
    # What floats goes while the mouse rests, and stays for the keys.
    head = page.locator(".viewer-head")
    page.mouse.click(700, 450)
    page.mouse.move(705, 455)
    expect(head).to_be_hidden()
    page.mouse.move(715, 455)
    expect(head).to_be_visible()
    page.keyboard.press("k")
    expect(page.locator("#viewer-name")).to_have_text("Other")
    page.get_by_role("button", name="About this picture").click()
    expect(page.get_by_role("complementary", name="About this picture")).to_contain_text("Linocut, 2026")
    link = page.get_by_role("link", name="Download the original")
    expect(link).to_have_attribute("href", re.compile(r"/static/uploads/.*download=1"))
    # Of the full screen the size cannot be set: the viewer fills a window just so.
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("/images/2$"))
    until_loaded(page)
    page.evaluate("Object.defineProperty(document, 'fullscreenEnabled', { value: false })")
    page.keyboard.press("f")
    expect(page.locator("#viewer-name")).to_have_text("Other")
    page.get_by_role("button", name="About this picture").click()
    check_both_looks(page)


def test_what_is_wrong_is_said_in_the_viewer_and_heals(page: Page, site: Site) -> None:
    one, _ = (add(site, name) for name in ("One.jpg", "Two.jpg"))
    line, answers = ["down"], [404]
    page.goto("/images/2")
    page.route("**/neighbours*", lambda route: route.abort() if line else route.continue_())
    page.route(
        f"**{one['urls']['original']}*",
        lambda route: route.fulfill(status=answers[0]) if answers else route.continue_(),
    )
    page.get_by_role("link", name="Open the viewer").first.click()
    told = page.get_by_role("alert")
    expect(told.get_by_text("The server could not be reached.")).to_be_visible()
    # The picture of the page is there all the same.
    assert shown(page)["natural"] == 60
    line.clear()
    expect(page.locator("[data-viewer-count]")).to_have_text("1 of 2")
    page.keyboard.press("j")
    expect(told.get_by_text("or its file is missing.")).to_be_visible()
    page.keyboard.press("k")
    expect(told).to_be_hidden()
    page.keyboard.press("j")
    expect(told).to_be_visible()
    answers.clear()
    told.get_by_role("button", name="Try again").click()
    expect(told).to_be_hidden()
    until_sharp(page, 60)


def test_a_finger_zooms_goes_on_and_leaves(site: Site, open_window: OpenWindow) -> None:
    upload(
        site.client, (picture(size=(3000, 2000)), "One.jpg"), (picture(size=(900, 1400), seed=2), "Two.jpg")
    )
    page = open_window(**TOUCH).tab()
    # What the browser kept of tests before is not looked at while somebody listens in.
    page.route(re.compile("/images/"), lambda route: route.continue_())
    page.goto("/images/2")
    page.locator(".stage-link").tap()
    expect(page.locator("[data-viewer-count]")).to_have_text("1 of 2")
    assert sideways(page) <= 0
    for by, count in (((-160, 10), "2 of 2"), ((160, -10), "1 of 2"), ((-160, 0), "2 of 2")):
        swipe(page, by)
        expect(page.locator("[data-viewer-count]")).to_have_text(count)
    until_sharp(page, 1280)
    fit = shown(page)
    pinch(page, 90, 190, 270)
    assert 2.5 < shown(page)["width"] / fit["width"] < 3.5
    # Pulled now, and not on to another picture.
    swipe(page, (-120, 0))
    expect(page.locator("[data-viewer-count]")).to_have_text("2 of 2")
    page.touchscreen.tap(200, 350)
    page.touchscreen.tap(200, 350)
    assert shown(page)["width"] == fit["width"]
    head = page.locator(".viewer-head")
    page.touchscreen.tap(200, 350)
    expect(head).to_be_hidden()
    page.touchscreen.tap(200, 350)
    expect(head).to_be_visible()
    page.get_by_role("button", name="More").tap()
    page.get_by_role("button", name="Real pixels").tap()
    assert percent(page) == "100 %"
    page.get_by_role("button", name="Fit").tap()
    swipe(page, (10, 200))
    expect(viewer(page)).to_have_count(0)
    expect(page).to_have_url(re.compile("/images/1$"))
    # Its three acts, with words, are all that floats at the foot.
    acts = page.get_by_role("group", name="This picture").get_by_role("button")
    expect(acts).to_have_text([re.compile("Write words"), re.compile("Refine"), re.compile("Copy all")])
    expect(page.get_by_role("button", name="Write words")).to_have_count(1)


def test_a_client_sees_the_same_as_far_as_it_is_shared(
    site: Site, open_window: OpenWindow, page: Page
) -> None:
    upload(site.client, (picture(size=(3000, 2000)), "One.jpg"))
    small = add(site, "Two.jpg", post_title="Secret")
    links = [
        site.client.post(
            "/api/shares", json={"title": "Coast", "image_ids": [1, small["id"]], **given}
        ).get_json()["url"]
        for given in ({}, {"with_originals": True})
    ]
    sign_in(page.context, site)
    client = open_window().tab()
    asked: list[str] = []
    client.on("request", lambda request: asked.append(request.url))
    for link, most in zip(links, (1280, 3000), strict=True):
        address = "/share/" + link.rpartition("/share/")[2]
        client.goto(f"{address}/1")
        client.wait_for_load_state()
        client.keyboard.press("f")
        expect(client.locator("[data-viewer-count]")).to_have_text("1 of 2")
        client.keyboard.press("1")
        assert (percent(client), shown(client)["width"]) == ("100 %", most)
        until_sharp(client, most)
        expect(client.get_by_role("link", name="Download the original")).to_have_count(int(most > 1280))
        client.keyboard.press("j")
        expect(client.locator("#viewer-name")).to_have_text("Picture 2")
        client.keyboard.press("Escape")
        expect(client).to_have_url(re.compile(f"{address}/{small['id']}$"))
        client.wait_for_load_state()
        client.keyboard.press("Escape")
        expect(client).to_have_url(re.compile(f"{address}(#.*)?$"))
        assert not [
            url for url in asked if "/share/" not in url and re.search("/(images|static/uploads)/", url)
        ]
