"""A Chromium that lacks `field-sizing`, as Safari before 26.2 and Firefox before 152 do."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, Route

# What it says about itself, and what a page reports where nobody listens: a loop of measuring and growing.
_LACKS = """
const supports = CSS.supports.bind(CSS);
CSS.supports = (...asked) => !String(asked[0]).includes("field-sizing") && supports(...asked);
globalThis.wentWrong = [];
addEventListener("error", (event) => wentWrong.push(event.message));
"""
_DECLARATION = re.compile(r"field-sizing:[^;}]*;?")
# So many are seen, and each shows all its words.
_READABLE = """([selector, least]) => {
  const seen = [...document.querySelectorAll(selector)].filter((area) => area.checkVisibility());
  const whole = ({ clientHeight, scrollHeight }) => clientHeight >= Math.max(scrollHeight, 20);
  return seen.length >= least && seen.every(whole);
}"""


def take_field_sizing(context: BrowserContext) -> None:
    """Let a window be one of a browser that has no `field-sizing`."""
    context.add_init_script(_LACKS)
    context.route("**/*.css*", _without)


def until_readable(page: Page, selector: str = "textarea", least: int = 1) -> None:
    """Wait until text areas show all their words, then look that nothing went wrong on the way."""
    page.wait_for_function(_READABLE, arg=[selector, least])
    assert page.evaluate("wentWrong") == []


def _without(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=_DECLARATION.sub("", answer.text()))
