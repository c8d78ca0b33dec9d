"""The window that the browser tests share keeps styles and scripts from test to test, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site
from tests.browser.window import USUAL, Window

# Where an answer came from: what is taken from the cache has no bytes that were sent.
SENT = """() => performance.getEntriesByType("resource")
  .filter((one) => one.name.includes("/js/") && one.transferSize).length"""
LEFT = "() => [document.cookie.includes('a=b'), 'a' in localStorage, 'a' in sessionStorage]"


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Window]:
    """Yield a window of the test's own."""
    window = Window(browser, site.url)
    yield window
    window.context.close()
    site.calls.wait_until_none()


def opened(window: Window) -> Page:
    page = window.context.new_page()
    page.goto("/trash")
    return page


def test_only_styles_and_scripts_are_kept(window: Window) -> None:
    page = opened(window)
    page.evaluate("document.cookie = 'a=b'; localStorage.a = sessionStorage.a = 'b'")
    window.context.grant_permissions(["clipboard-read"])
    window.context.route("**/*", lambda route: route.abort())
    assert page.evaluate(LEFT) == [True, True, True]
    assert page.evaluate(SENT) > 5
    assert window.empty()
    page = opened(window)
    assert page.evaluate(LEFT) == [False, False, False]
    asked = page.evaluate("navigator.permissions.query({ name: 'clipboard-read' }).then((one) => one.state)")
    assert asked != "granted"
    assert page.evaluate(SENT) == 0


def test_a_window_with_a_fake_clock_is_not_used_again(window: Window) -> None:
    page = window.context.new_page()
    page.clock.install()
    page.goto("/trash")
    assert not window.empty()


def test_the_tab_is_used_again_and_nothing_is_left_in_it(window: Window) -> None:
    tab = window.tab()
    for path in ("/trash", "/"):
        tab.goto(path)
    tab.set_viewport_size({"width": 390, "height": 844})
    # Kept when the page is left, as the library keeps its place.
    tab.evaluate("addEventListener('pagehide', () => sessionStorage.setItem('a', 'b')); name = 'c'")
    tab.evaluate("document.cookie = 'a=b'; localStorage.a = sessionStorage.a = 'b'")
    assert window.empty()
    assert window.tab() == tab
    assert (tab.viewport_size, tab.url) == (USUAL["viewport"], "about:blank")
    tab.goto("/trash")
    assert tab.evaluate(LEFT) == [False, False, False]
    # The empty page, and this one.
    assert tab.evaluate("[history.length, name]") == [2, ""]
    assert tab.evaluate(SENT) == 0


LASTS: dict[str, Callable[[Page], object]] = {
    "route": lambda page: page.route("**/x", lambda route: route.abort()),
    "listener": lambda page: page.on("dialog", lambda dialog: dialog.dismiss()),
    "script": lambda page: page.add_init_script("window.a = 1"),
    "media": lambda page: page.emulate_media(media="print"),
    "key": lambda page: page.keyboard.down("Shift"),
    "devtools": lambda page: page.context.new_cdp_session(page),
    "closed": lambda page: page.close(),
}


def test_a_tab_in_which_something_lasts_is_not_used_again(window: Window) -> None:
    for name, does in LASTS.items():
        tab = window.tab()
        does(tab)
        assert window.empty(), name
        assert tab.is_closed(), name
        assert window.tab() != tab, name
