"""Drafts to go through, and hands for the page on which one does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Site
from tests.browser.stage import add, now, until_loaded
from tests.support.program import PATIENCE

WORDS = "A heron stands in shallow water. Mist hangs over the reeds. Nothing moves."
API = re.compile(r"/api/images/\d+$")


def drafts(site: Site, count: int, **words: Any) -> list[dict[str, Any]]:
    """Put drafts called "Draft 1" and so on into the library, in the order in which they are reviewed."""
    return [
        add(site, f"{number}.jpg", post_title=f"Draft {number}", status="draft", **words)
        for number in range(count, 0, -1)
    ][::-1]


def begin(page: Page, count: int) -> None:
    """Open the review of so many pictures and wait until the next ones are there too."""
    with page.expect_response(re.compile("fragment=cards")) as came:
        page.goto("/review")
    came.value.finished()
    on(page, "Draft 1")
    until_shown(page, count)
    until_loaded(page)


def until_shown(page: Page, count: int) -> None:
    """Wait until so many pictures have come, or have failed to."""
    came = """(count) => performance.getEntriesByType("resource")
      .filter(({ name }) => name.includes("/preview?")).length >= count"""
    page.wait_for_function(came, arg=count)


def statuses(site: Site, images: list[dict[str, Any]]) -> list[str]:
    return [now(site, image)["status"] for image in images]


def on(page: Page, name: str) -> None:
    """Wait until a picture is the one on the page."""
    expect(page.get_by_role("article", name=name, exact=True)).to_be_visible()


def failure(page: Page) -> Locator:
    return page.get_by_role("alert").filter(has_text="not saved")


def eventually(page: Page, what: Callable[[], bool]) -> None:
    """Wait for something that only the server knows."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it never came to that"
        page.wait_for_timeout(25)


class Held:
    """Keeps the calls to one address back until they are let go."""

    def __init__(self, page: Page, method: str = "PATCH", address: re.Pattern[str] = API) -> None:
        self.routes: list[Route] = []
        self.method, self.open = method, False
        page.route(address, self._take)

    def _take(self, route: Route) -> None:
        if self.open or route.request.method != self.method:
            route.continue_()
        else:
            self.routes.append(route)

    def let_go(self) -> None:
        """Let them go, and every later one."""
        self.open = True
        for route in self.routes:
            route.continue_()
