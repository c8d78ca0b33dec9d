"""A Chromium that lacks `field-sizing`, as Safari before 26.2 and Firefox before 152 do."""

from __future__ import annotations

from playwright.sync_api import Page

# As if our styles had not asked for it.
TAKE = """() => {
  const plain = new CSSStyleSheet();
  plain.replaceSync("* { field-sizing: fixed !important; }");
  document.adoptedStyleSheets.push(plain);
}"""
# What it says about itself, and what a page reports where nobody listens: a loop of measuring and growing.
SCRIPT = f"""
({TAKE})();
const supports = CSS.supports.bind(CSS);
CSS.supports = (...asked) => !String(asked[0]).includes("field-sizing") && supports(...asked);
globalThis.wentWrong = [];
addEventListener("error", (event) => wentWrong.push(event.message));
"""
# So many are seen, and each was given a height in which it shows all its words; some have room for them before that.
_READABLE = """([selector, least]) => {
  const seen = [...document.querySelectorAll(selector)].filter((area) => area.checkVisibility());
  const isFitted = (area) => area.style.height || !area.matches("textarea");
  const whole = (area) => isFitted(area) && area.clientHeight >= Math.max(area.scrollHeight, 20);
  return seen.length >= least && seen.every(whole);
}"""


def until_readable(page: Page, selector: str = "textarea", least: int = 1) -> None:
    """Wait until text areas show all their words, then look that nothing went wrong on the way."""
    page.wait_for_function(_READABLE, arg=[selector, least])
    assert page.evaluate("wentWrong") == []
