"""The window that the browser tests share keeps styles and scripts from test to test, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site
from tests.browser.stage import until_loaded
from tests.browser.window import USUAL, Window, Windows

# Where an answer came from: what is taken from the cache has no bytes that were sent.
SENT = """() => performance.getEntriesByType("resource")
  .filter((one) => one.name.includes("/js/") && one.transferSize).length"""
LEFT = "() => [document.cookie.includes('a=b'), 'a' in localStorage, 'a' in sessionStorage]"


@pytest.fixture(scope="module")
def own(browser: Browser, plain_site: Site) -> Iterator[Window]:
    """Yield a window of these tests alone."""
    window = Window(browser, plain_site.url)
    yield window
    window.context.close()


@pytest.fixture
def window(own: Window, site: Site) -> Iterator[Window]:
    """Yield the window, emptied once more at the end."""
    yield own
    assert own.empty()
    site.calls.wait_until_none()


def opened(window: Window) -> Page:
    page = window.context.new_page()
    page.goto("/trash")
    return page


def test_only_styles_and_scripts_are_kept(browser: Browser, site: Site) -> None:
    window = Window(browser, site.url)
    page = opened(window)
    until_loaded(page)
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
    window.context.close()
    site.calls.wait_until_none()


def test_a_window_with_a_fake_clock_is_not_used_again(browser: Browser, site: Site) -> None:
    window = Window(browser, site.url)
    page = window.context.new_page()
    page.clock.install()
    page.goto("/healthz")
    assert not window.empty()
    window.context.close()
    site.calls.wait_until_none()


def test_the_tab_is_used_again_and_nothing_is_left_in_it(window: Window) -> None:
    tab = window.tab()
    for path in ("/trash", "/"):
        tab.goto(path)
        until_loaded(tab)
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
    "script": lambda page: page.add_init_script("window.a = 1"),
    "media": lambda page: page.emulate_media(media="print"),
    "key": lambda page: page.keyboard.down("Shift"),
    "closed": lambda page: page.close(),
}


def test_a_tab_in_which_something_lasts_is_not_used_again(window: Window) -> None:
    for name, does in LASTS.items():
        tab = window.tab()
        does(tab)
        assert window.empty(), name
        assert tab.is_closed(), name
        assert window.tab() != tab, name


def test_what_can_be_taken_back_is_and_the_tab_is_used_again(window: Window) -> None:
    tab = window.tab()
    heard: list[str] = []
    tab.on("request", lambda one: heard.append(one.url))
    tab.once("close", lambda _: None)
    tab.route("**/trash", lambda route: route.abort())
    devtools = tab.context.new_cdp_session(tab)
    devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    coarse = "matchMedia('(pointer: coarse)').matches"
    tab.goto("/settings")
    until_loaded(tab)
    assert tab.evaluate(coarse)
    assert heard
    heard.clear()
    assert window.empty()
    assert window.tab() == tab
    tab.goto("/trash")
    assert not tab.evaluate(coarse)
    assert not heard


def test_a_window_waits_for_a_test_that_asks_for_one_of_its_kind(browser: Browser, site: Site) -> None:
    windows, plain = Windows(browser), {"java_script_enabled": False}
    first, second = windows.lend(site.url, plain), windows.lend(site.url, plain)
    assert first != second
    windows.take_back(first, site.url, plain)
    other = windows.lend(site.url, {})
    assert other != first
    assert windows.lend(site.url, plain) == first
    # What a window cannot be made to forget closes it.
    first.context.add_init_script("window.a = 1")
    for window, options in ((first, plain), (second, plain), (other, {})):
        windows.take_back(window, site.url, options)
    assert windows.lend(site.url, plain) == second
    second.context.close()
    windows.lend(site.url, {}).context.close()
    site.calls.wait_until_none()
