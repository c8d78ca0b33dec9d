"""What a person does not see but feels: light pages that do not jump, and a console that stays quiet."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site
from tests.browser.stage import add_many, suggest, until_quiet
from tests.support.factories import picture, upload

# As it is read, with the names of classes, the addresses of scripts and what these are told; and as it is sent.
HTML_LIMIT, SENT_LIMIT = 60_000, 16 * 1024
SHIFT_LIMIT = 0.01
DESCRIPTION = "Layers of dusk settle over the hills, one behind the other, until the last is a breath. " * 12
TAGS = [f"#landscape{number}" for number in range(20)]
SHIFTS = """() => new Promise((resolve) => {
  const found = [];
  const names = (entry) => entry.sources.map(({ node }) => node?.className || node?.nodeName);
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) found.push([entry.value, ...names(entry)]);
  });
  observer.observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(found)));
})"""


def jumps(page: Page) -> list[list[object]]:
    """List what moved by itself since the page was opened: by how much, and what; tiny moves do not count."""
    return [shift for shift in page.evaluate(SHIFTS) if shift[0] > SHIFT_LIMIT]


def fill(site: Site) -> list[dict[str, object]]:
    """Fill a page and a bit more with pictures that have all their words."""
    words = {"post_title": "Dusk over the far hills", "description": DESCRIPTION, "hashtags": TAGS}
    name = "A rather long file name as cameras and scanners give them"
    add_many(site, 52, name, category="Landscapes", **words)
    images: list[dict[str, object]] = site.client.get("/api/images").get_json()["images"]
    return images


def test_a_full_page_is_light_and_does_not_jump(page: Page, site: Site) -> None:
    images = fill(site)
    suggest(site, images[0])
    for path in ("/?view=table", "/?view=grid", "/?view=wall"):
        answer = page.goto(path)
        assert answer is not None
        assert len(answer.body()) < HTML_LIMIT
        assert 0 < answer.request.sizes()["responseBodySize"] < SENT_LIMIT
        expect(page.get_by_role("link", name="Open ").first).to_be_visible()
        until_quiet(page, site)
        assert jumps(page) == [], path
        page.evaluate("scrollTo(0, document.body.scrollHeight - innerHeight - 600)")
        expect(page.get_by_role("link", name="Load more")).to_have_count(0)
        assert jumps(page) == [], f"more of {path}"


def test_the_picture_page_does_not_jump(page: Page, site: Site) -> None:
    [image] = upload(site.client, (picture(size=(1600, 1100)), "Large.jpg")).get_json()["images"]
    body = {"version": 1, "description": DESCRIPTION, "hashtags": TAGS}
    site.client.patch(f"/api/images/{image['id']}", json=body)
    suggest(site, image)
    held: list[Route] = []
    page.route("**/preview*", lambda route: held.append(route))
    page.goto(f"/images/{image['id']}", wait_until="domcontentloaded")
    expect(page.get_by_role("button", name="Use it").first).to_be_visible()
    jumps(page)  # Two frames, so that the page is painted before the picture is there.
    with page.expect_event("requestfinished", lambda one: "/preview" in one.url):
        held[0].continue_()
    until_quiet(page, site)
    assert jumps(page) == []


def test_thumbnails_wait_until_they_are_near(page: Page, site: Site) -> None:
    add_many(site, 50)
    page.goto("/?view=table")
    until_quiet(page, site)
    # Those that the browser still has from an earlier test are counted, too.
    loaded = (
        "performance.getEntriesByType('resource').filter((one) => one.name.includes('/thumbnail')).length"
    )
    assert 0 < page.evaluate(loaded) < 50
