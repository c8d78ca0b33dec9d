"""Browser windows with a tab each that stay open from test to test, and what is taken away from them in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page
from playwright.sync_api import Error as PlaywrightError

from tests.support.program import PATIENCE

PATIENCE_MS = 1000 * PATIENCE
USUAL: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
# So many windows wait for a test: each has a process of its own.
WAITING = 5
# What a window cannot be made to forget; who listens to one stops by himself.
LASTING_IN_WINDOW = (
    "add_init_script",
    "expose_binding",
    "expose_function",
    "route_from_har",
    "route_web_socket",
    "set_default_navigation_timeout",
    "set_default_timeout",
    "set_extra_http_headers",
    "set_geolocation",
    "set_offline",
)
# What a page cannot be made to forget: a tab that was told one of these is closed after its test.
LASTING = (
    "add_init_script",
    "add_locator_handler",
    "emulate_media",
    "expose_binding",
    "expose_function",
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


def listen_in(owner: Any, names: tuple[str, ...], tell: Callable[..., None]) -> None:
    """Tell when one of these methods is called, and with what."""

    def told(plain: Any) -> Any:
        def method(*given: Any, **named: Any) -> Any:
            tell(*given)
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
        self._viewport = page.viewport_size
        self._lasting = False
        self._listeners: list[tuple[Any, Any]] = []
        listen_in(page, LASTING, self._will_last)
        listen_in(page, ("on", "once"), lambda *listener: self._listeners.append(listener))
        # What is pressed and not let go is pressed in the next test too.
        self._pressed = 0
        for hand in (page.keyboard, page.mouse):
            listen_in(hand, ("down",), lambda *_: self._press(1))
            listen_in(hand, ("up",), lambda *_: self._press(-1))

    def _will_last(self, *_: Any) -> None:
        self._lasting = True

    def _press(self, by: int) -> None:
        self._pressed += by

    def empty(self) -> bool:
        """Leave the page and forget what it left; false when the tab cannot be used again."""
        if self._lasting or self._pressed or self.page.is_closed():
            return False
        for event, listener in self._listeners:
            # One that was to hear a single time has gone by itself.
            with suppress(KeyError):
                self.page.remove_listener(event, listener)
        self._listeners.clear()
        try:
            self.page.unroute_all()
            # Before the page is left: an empty one takes three times as long to answer a pointer.
            self.page.mouse.move(0, 0)
            self.page.evaluate(FORGET)
            self.page.goto("about:blank")
            self._devtools.send("Page.resetNavigationHistory")
            if self._viewport and self.page.viewport_size != self._viewport:
                self.page.set_viewport_size(self._viewport)
        except PlaywrightError:
            return False
        return True


class Window:
    """A browser window that stays open from test to test: its styles and scripts are fetched once, not in every test.

    Nothing else is kept: pages, cookies, permissions and what pages have stored are taken away after each test.
    """

    def __init__(self, browser: Browser, url: str, script: str = "", **options: Any) -> None:
        self.context = browser.new_context(**{"base_url": url, **USUAL, **options})
        self.context.set_default_timeout(PATIENCE_MS)
        if script:
            self.context.add_init_script(script)
        self._url = url
        self._tab: Tab | None = None
        self._lasting = False
        self._blank = self.context.new_page()
        # A page of the site, so that the process that draws its pages stays.
        self._blank.goto("/healthz")
        self._open_devtools = self.context.new_cdp_session
        self._devtools = self._open_devtools(self._blank)
        self._sessions: list[CDPSession] = []
        self.context.new_cdp_session = self.open_devtools  # type: ignore[method-assign, assignment]
        listen_in(self.context, LASTING_IN_WINDOW, self._will_last)

    def tab(self) -> Page:
        """Return the tab that stays open; it shows nothing yet."""
        if self._tab is None:
            page = self.context.new_page()
            self._tab = Tab(page, self._open_devtools(page))
        return self._tab.page

    def _will_last(self, *_: Any) -> None:
        self._lasting = True

    def open_devtools(self, page: Page) -> CDPSession:
        """Speak to a page by the protocol of its developer tools until the test ends; what they set ends with that."""
        self._sessions.append(self._open_devtools(page))
        return self._sessions[-1]

    def empty(self) -> bool:
        """Close the pages and forget what they left; false when there is something that nothing takes back.

        That is a fake clock, or what was done to the window itself.
        """
        pages = [page for page in self.context.pages if page != self._blank]
        if self._lasting or self._blank.is_closed() or not all(map(self._has_usual_clock, pages)):
            return False
        for session in self._sessions:
            # One that a test ended is gone.
            with suppress(PlaywrightError):
                session.detach()
        self._sessions.clear()
        self.context.unroute_all()
        if not (self._tab and self._tab.empty()):
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
        return True

    @staticmethod
    def _has_usual_clock(page: Page) -> bool:
        """Look for Playwright's fake clock; a page that cannot answer counts as one that has it."""
        try:
            return not page.evaluate("'__pwClock' in globalThis")
        except PlaywrightError:
            return False


class Windows:
    """The windows that stay open: each is lent to one test, of a site and with the options that it asks for."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._waiting: list[tuple[str, Window]] = []

    def lend(self, url: str, options: dict[str, Any]) -> Window:
        """Return a window like that; it is opened unless one waits."""
        kind = _kind(url, options)
        for number, (waiting, window) in enumerate(self._waiting):
            if waiting == kind:
                del self._waiting[number]
                return window
        return Window(self._browser, url, **options)

    def take_back(self, window: Window, url: str, options: dict[str, Any]) -> None:
        """Let a window wait, emptied, for the next test; close one that cannot be, and the one that waited longest."""
        if window.empty():
            self._waiting.append((_kind(url, options), window))
        else:
            window.context.close()
        if len(self._waiting) > WAITING:
            self._waiting.pop(0)[1].context.close()


def _kind(url: str, options: dict[str, Any]) -> str:
    return json.dumps([url, options], sort_keys=True)
