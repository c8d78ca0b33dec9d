"""The window that the browser tests share keeps styles and scripts from test to test, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site, Window

# Where an answer came from: what is taken from the cache has no bytes that were sent.
SENT = """() => performance.getEntriesByType("resource")
  .filter((one) => one.name.includes("/js/") && one.transferSize).length"""
LEFT = "() => [document.cookie.includes('a=b'), 'a' in localStorage, 'a' in sessionStorage]"


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Window]:
    """Give a window of the test's own."""
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
