"""Photograph every page: wide and on a phone, dark and light, in an empty and in a filled library, for each role.

`python -m scripts.photograph_pages FOLDER` runs the program on a library of its own. What differs from run to run, such
as times and keys, is written over, so that two runs of one tree give the same pictures, and
`python -m scripts.compare_photographs BEFORE AFTER` says what a change of styles or templates has changed.

`python -m scripts.photograph_pages FOLDER whole` takes each twice in the same moment, into FOLDER/cut as it is and into
FOLDER/whole with all of Bootstrap instead of what `make css` cut out: each difference is a rule that the cut lacks.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import APIRequestContext, Page, Route

from artworks.web.assets import STATIC, style
from scripts import build_css
from scripts.looks import SIZES, Look, keyed, pressed, show, typed
from scripts.screenshots import ask, fill, program, window
from tests.fakes.openai_server import FakeOpenAI
from tests.support.people import PASSWORD

WHOLE = "whole"
OWNER, VIEWER = "mara@studio.example", "nina@studio.example"
THEMES = ("dark", "light")
BATCH_CHECKS, BATCH_CHECK_S = 100, 0.2

# What no two runs have in common is written over; the rest of the page stays as it is.
STEADY = r"""() => {
  for (const time of document.querySelectorAll("time")) time.textContent = "at that time";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    walker.currentNode.data = walker.currentNode.data
      .replace(/\d+ (minutes?|hours?) ago|just now/g, "at that time")
      .replace(/(today|yesterday|\d+ [A-Z][a-z]{2},) \d\d:\d\d/g, "at that time")
      .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:5000")
      .replace(/\/[^ ]*\/(instance|uploads)\b/g, "/srv/$1");
  }
  for (const input of document.querySelectorAll("input[readonly]")) input.value = "http://127.0.0.1:5000/key";
  for (const image of document.images) image.loading = "eager";
}"""
LOADED = "() => [...document.images].every((image) => image.complete)"
# All that a page has but does not show yet, one below the other: folded, hidden, on top of the page and in templates.
UNFOLD = """() => {
  for (const template of document.querySelectorAll("template")) {
    document.body.append(template.content.cloneNode(true));
  }
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const dialog of document.querySelectorAll("dialog")) dialog.setAttribute("open", "");
  for (const hidden of document.querySelectorAll("[hidden]")) hidden.hidden = false;
  for (const element of document.body.querySelectorAll("*")) {
    if (/fixed|sticky/.test(getComputedStyle(element).position)) element.style.position = "static";
  }
}"""
# Link the style sheets with a query, and wait until they are there.
SHEETS = """(query) => Promise.all([...document.querySelectorAll("link[href*='css/pages/']")].map((link) => {
  const address = new URL(link.href);
  address.search = query;
  if (address.href === link.href) return null;
  link.href = address.href;
  return new Promise((resolve) => link.addEventListener("load", resolve, { once: true }));
}))"""
THEME = "(theme) => { document.documentElement.dataset.bsTheme = theme; }"

PAGES = (
    Look("library", "/"),
    Look("search-nothing", "/?q=nobodywroteth1s"),
    Look("trash", "/trash"),
    Look("tags", "/tags"),
    Look("categories", "/categories"),
    Look("collections", "/collections"),
    Look("views", "/views"),
    Look("look-alikes", "/look-alikes"),
    Look("batches", "/batches"),
    Look("batch-new", "/batches/new"),
    Look("bulk", "/bulk"),
    Look("review", "/review"),
    Look("shared", "/shared"),
    Look("share-new", "/shared/new?ids=1,2"),
    Look("settings", "/settings"),
    Look("usage", "/usage"),
    Look("voice", "/settings/voice"),
    Look("audit", "/audit"),
    Look("people", "/people"),
    Look("first-owner", "/first-owner"),
    Look("first-visit", "/first-visit"),
    Look("forgot", "/forgot"),
    Look("palette", "/", keyed("Control+k")),
    Look("keys", "/", keyed("?")),
    Look("error", "/no-such-page"),
)
TICKED = ("[data-tick]",)
MORE = ".selection-bar-more summary"
# Each opens a dialog for what is ticked; on a phone some are behind "More".
ACTS = ("generate", "collection", "category", "tags", "key_points", "export")


def main() -> int:
    """Take all photographs."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with FakeOpenAI() as service, program(service.base_url) as url:
        take(url, folder, "empty", PAGES)
        with window(url) as page:
            filled = _furnish(page.request, service)
        take(url, folder, "filled", (*PAGES, *filled))
        with window(url) as page:
            invitation = _invite(page)
        take(url, folder, "nobody", [Look("sign-in", "/sign-in"), Look("invitation", invitation)])
        members = (Look("account", "/account"), Look("library", "/"), Look("picture", "/images/2"))
        take(url, folder, "owner", (*members, Look("people", "/people")), OWNER)
        with window(url) as page:
            _come_in(page, invitation)
        take(url, folder, "viewer", members, VIEWER)
    return 0


def send_whole(route: Route) -> None:
    """Answer with a page's style sheet as it would be with all of Bootstrap."""
    sheet = style("css/pages/" + urlsplit(route.request.url).path.rpartition("/")[2])
    cut = style(build_css.TARGET.relative_to(STATIC).as_posix())
    route.fulfill(body=sheet.replace(cut, build_css.source()), content_type="text/css")


def photograph(page: Page, folder: Path, name: str) -> None:
    """Photograph a page, where asked for once more with all of Bootstrap."""
    for query in ("", WHOLE) if WHOLE in sys.argv[2:] else (None,):
        into = folder if query is None else folder / (query or "cut")
        if query is not None:
            page.evaluate(SHEETS, query)
        page.screenshot(path=into / f"{name}.png", full_page=True, animations="disabled")


def take(url: str, folder: Path, library: str, looks: Iterable[Look], who: str = "") -> None:
    """Photograph pages in every look, as they are and unfolded, signed in as somebody where one is named."""
    for size, how in SIZES.items():
        with window(url, **how) as page:
            page.route(f"**/css/pages/*.css?{WHOLE}", send_whole)
            if who:
                _sign_in(page, who)
            for look in looks:
                show(page, look)
                for state in ("", "-unfolded"):
                    if state:
                        page.evaluate(UNFOLD)
                    page.evaluate(STEADY)
                    page.wait_for_function(LOADED)
                    for theme in THEMES:
                        page.evaluate(THEME, theme)
                        photograph(page, folder, f"{library}-{look.name}-{size}-{theme}{state}")
                print(f"{library}-{look.name}-{size}", flush=True)


def _furnish(api: APIRequestContext, service: FakeOpenAI) -> list[Look]:
    """Fill the library with one of each kind; give the pages that there are only then."""
    ids = fill(api, service)
    collection = ask(api.post("/api/collections", data={"name": "Winter show", "note": "By the sea."}))["id"]
    chosen = [ids[name] for name in ("hills", "spiral", "garden")]
    ask(api.post(f"/api/collections/{collection}/images", data={"ids": chosen}))
    ask(api.post("/api/views", data={"name": "Prints", "filters": {"category": "Prints"}}))
    share = ask(
        api.post(
            "/api/shares",
            data={"title": "Spring", "note": "For you", "image_ids": chosen, "with_words": True},
        )
    )
    closed = ask(api.post("/api/shares", data={"title": "Kept", "image_ids": chosen, "passcode": "heron"}))
    batch = _batch(api, [ids["rooms"], ids["soundings"]])
    api.delete(f"/api/images/{ids['grid']}")
    hills = f"/images/{ids['hills']}"
    return [
        Look("grid", "/?view=grid"),
        Look("wall", "/?view=wall"),
        Look("table", "/?view=table"),
        Look("viewer", hills, pressed("[data-viewer-open]")),
        Look("filtered", "/?tag=landscape&q=hills"),
        Look("hints", "/", typed("tag:l")),
        Look("ticked", "/", pressed(*TICKED)),
        *(Look(f"act-{act}", "/", pressed(*TICKED, MORE, f"[data-do={act}]")) for act in ACTS),
        Look("drawer", "/", pressed("[data-side-open]")),
        Look("picture", hills),
        Look("editing", "/", pressed("[data-edit=post_title]")),
        Look("review-one", f"/review/{ids['hills']}"),
        Look("bulk-some", f"/bulk?select=ids&ids={ids['hills']},{ids['garden']}"),
        Look("collection", f"/collections/{collection}"),
        Look("tag", "/tags/edit?tag=%23landscape"),
        Look("category", "/categories/1"),
        Look("batch", f"/batches/{batch}"),
        Look("share", f"/shared/{share['id']}"),
        Look("gallery", share["url"]),
        Look("gallery-picture", f"{share['url']}/{ids['spiral']}"),
        Look("gallery-passcode", closed["url"]),
        Look("look-alikes-similar", "/look-alikes?kind=looks"),
        Look("tags-alike", "/tags?alike=1"),
    ]


def _batch(api: APIRequestContext, ids: list[int]) -> int:
    """Have the rest written by a batch, and wait until it is done."""
    number: int = ask(api.post("/api/batches", data={"select": {"ids": ids}, "note": "All of the coast"}))[
        "id"
    ]
    for _ in range(BATCH_CHECKS):
        if ask(api.get(f"/api/batches/{number}"))["state"] == "done":
            return number
        time.sleep(BATCH_CHECK_S)
    sys.exit("The batch did not end.")


def _invite(page: Page) -> str:
    """Make the owner's account and invite a viewer; give the address of the invitation."""
    page.goto("/first-owner")
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Your name").fill("Mara")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_load_state("networkidle")
    page.goto("/people")
    page.get_by_label("E-mail").fill(VIEWER)
    page.get_by_role("radio", name="Viewer").check()
    page.get_by_role("button", name="Make an invitation").click()
    return page.locator("#made-link").input_value()


def _come_in(page: Page, invitation: str) -> None:
    page.goto(invitation)
    page.get_by_label("Your name").fill("Nina")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()
    page.wait_for_load_state("networkidle")


def _sign_in(page: Page, who: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    sys.exit(main())
