"""No phone zooms into a field: Safari does where the letters are smaller than 16 pixels."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.conftest import Site
from tests.browser.stage import PHONE, add, suggest

SMALL = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const others = "[type=checkbox], [type=radio], [type=hidden], [type=file], [type=submit], [type=color]";
  const typed = `input:not(${others}), textarea, select`;
  return [...document.querySelectorAll(typed)]
    .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 16)
    .map((one) => `${one.id || one.name} ${getComputedStyle(one).fontSize}`);
}"""


def test_no_field_is_so_small_that_a_phone_zooms_in(page: Page, site: Site) -> None:
    image = add(site, post_title="Heron", category="Prints", hashtags=["#dusk"], description="A heron.")
    suggest(site, image)
    site.client.post("/api/collections", json={"name": "Show"})
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    pages = (
        "/", "/review", f"/images/{image['id']}", "/settings/voice", "/categories", "/tags", "/collections", "/bulk",
        "/batches/new", "/export", "/views", "/usage",
    )  # fmt: skip
    found = {}
    for path in pages:
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        assert page.evaluate("matchMedia('(pointer: coarse)').matches")
        found[path] = page.evaluate(SMALL)
    page.goto("/")
    page.get_by_role("button", name="Heron", exact=True).click()
    found["in place"] = page.evaluate(SMALL)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    devtools.detach()
    assert {path: small for path, small in found.items() if small} == {}
