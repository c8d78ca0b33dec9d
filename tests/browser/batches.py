"""Batches to look at, and hands for the pages that show them."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site


def start(site: Site, **choices: Any) -> dict[str, Any]:
    """Start a batch without a browser."""
    answer = site.client.post("/api/batches", json={"select": {"filter": {}}, **choices})
    assert answer.status_code == 202, answer.text
    batch: dict[str, Any] = answer.get_json()
    return batch


def ring(page: Page) -> Locator:
    """Find the ring in the top bar."""
    return page.get_by_role("link", name="through. Open the batch")


def figure(page: Page, name: str) -> Locator:
    """Find a number of the batch page by what stands over it."""
    return page.get_by_role("region", name="Progress").locator("dl > div").filter(has_text=name)


def why(page: Page) -> Locator:
    """Find the sentence that says why a batch waits."""
    return page.get_by_role("note")


def start_from_ticks(page: Page, *names: str) -> Locator:
    """Tick rows and open the dialog."""
    for name in names:
        page.get_by_role("checkbox", name=f"Tick {name}").check()
    page.get_by_role("region", name="Ticked pictures").get_by_role("button", name="Write words").click()
    dialog = page.get_by_role("dialog", name="Write words")
    expect(dialog).to_be_visible()
    return dialog


def ask_often(page: Page) -> None:
    """Let the page ask the server as when one comes back to the window, all the time: it needs no timer for that.

    That pages follow by themselves is proven where this is not called.
    """
    page.evaluate("void setInterval(() => dispatchEvent(new Event('focus')), 150)")
