"""A browser window and a tab that stay open from test to test, and what is taken away from them in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page
from playwright.sync_api import Error as PlaywrightError

from tests.support.program import PATIENCE

PATIENCE_MS = 1000 * PATIENCE
USUAL: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
# What a page cannot be made to forget: a tab that heard one of these is closed after its test.
LASTING = (
    "add_init_script",
    "add_locator_handler",
    "emulate_media",
    "expose_binding",
    "expose_function",
    "on",
    "once",
    "route",
    "route_from_har",
    "route_web_socket",
    "set_default_navigation_timeout",
    "set_default_timeout",
    "set_extra_http_headers",
)
# A page that is left may note down where one was; what a tab has stored is cleared for good only when it cannot.
FORGET = """() => {
  if (location.protocol === "about:") return;
  sessionStorage.clear();
  Storage.prototype.setItem = () => {};
}"""


def listen_in(owner: Any, names: tuple[str, ...], tell: Callable[[], None]) -> None:
    """Tell when one of these methods is called."""

    def told(plain: Any) -> Any:
        def method(*given: Any, **named: Any) -> Any:
            tell()
            return plain(*given, **named)

        return method

    for name in names:
        setattr(owner, name, told(getattr(owner, name)))


class Tab:
    """A tab of a window, used by one test after the other as long as none leaves in it what cannot be taken away.

    A new tab draws its first page at twice the cost: it finds nothing in memory of the styles and scripts.
    """

    def __init__(self, page: Page, devtools: CDPSession) -> None:
        self.page, self._devtools = page, devtools
        self._lasting = False
        listen_in(page, LASTING, self.will_last)
        # What is pressed and not let go is pressed in the next test too.
        listen_in(page.keyboard, ("down",), self.will_last)
        listen_in(page.mouse, ("down",), self.will_last)

    def will_last(self) -> None:
        """Take note that something was done to this tab that cannot be taken back."""
        self._lasting = True

    def empty(self) -> bool:
        """Leave the page and forget what it left; false when the tab cannot be used again."""
        if self._lasting or self.page.is_closed():
            return False
        try:
            # Before the page is left: an empty one takes three times as long to answer a pointer.
            self.page.mouse.move(0, 0)
            self.page.evaluate(FORGET)
            self.page.goto("about:blank")
            self._devtools.send("Page.resetNavigationHistory")
            if self.page.viewport_size != USUAL["viewport"]:
                self.page.set_viewport_size(USUAL["viewport"])
        except PlaywrightError:
            return False
        return True


class Window:
    """A browser window that stays open from test to test: its styles and scripts are fetched once, not in every test.

    Nothing else is kept: pages, cookies, permissions and what pages have stored are taken away after each test.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.context = browser.new_context(**{"base_url": url, **USUAL})
        self.context.set_default_timeout(PATIENCE_MS)
        self._url = url
        self._tab: Tab | None = None
        self._blank = self.context.new_page()
        # A page of the site, so that the process that draws its pages stays.
        self._blank.goto("/healthz")
        self._open_devtools = self.context.new_cdp_session
        self._devtools = self._open_devtools(self._blank)
        listen_in(self.context, ("new_cdp_session",), self._tab_will_last)

    def tab(self) -> Page:
        """Return the tab that stays open; it shows nothing yet."""
        if self._tab is None:
            page = self.context.new_page()
            self._tab = Tab(page, self._open_devtools(page))
        return self._tab.page

    def _tab_will_last(self) -> None:
        if self._tab:
            self._tab.will_last()

    def empty(self) -> bool:
        """Close the pages and forget what they left; false when a fake clock was set, which nothing takes back."""
        pages = [page for page in self.context.pages if page != self._blank]
        usual = all(self._has_usual_clock(page) for page in pages)
        self.context.unroute_all()
        if not (usual and self._tab and self._tab.empty()):
            self._tab = None
        for page in pages:
            if self._tab is None or page != self._tab.page:
                page.close()
        self.context.clear_cookies()
        self.context.clear_permissions()
        stored = {
            "origin": self._url,
            "storageTypes": "local_storage,indexeddb,cache_storage,service_workers",
        }
        self._devtools.send("Storage.clearDataForOrigin", stored)
        return usual

    @staticmethod
    def _has_usual_clock(page: Page) -> bool:
        """Look for Playwright's fake clock; a page that cannot answer counts as one that has it."""
        try:
            return not page.evaluate("'__pwClock' in globalThis")
        except PlaywrightError:
            return False
