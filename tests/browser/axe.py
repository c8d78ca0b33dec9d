"""What axe, which knows the rules of accessible pages, finds on a page as it is at the moment."""

from __future__ import annotations

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.stage import sideways
from tests.browser.window import USUAL

_AXE = Axe()
# Every rule that axe runs by itself. What is in order stays in the page: sending it took as long as some rules. Nothing
# is loaded beforehand: only the rule on sound that plays by itself needs that, and there is no sound here.
_LOOK = """async ([within, rules]) => {
  if (!("axe" in window)) return null;
  const runOnly = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
  const options = { resultTypes: ["violations"], preload: false, ...runOnly };
  const { violations } = await axe.run(within, options);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
}"""
# What another theme or width changes: colours, what scrolls, and what is shown in the one alone, which needs a name.
_LOOK_RULES = (
    "button-name",
    "color-contrast",
    "image-alt",
    "label",
    "link-in-text-block",
    "link-name",
    "scrollable-region-focusable",
    "select-name",
    "summary-name",
    # What a finger can hit: 24 pixels, or as much room around it.
    "target-size",
)
# What a finger cannot hit well: less than 24 pixels high or wide, with its label. Links in sentences are let be.
_SMALL = """() => {
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const textOf = (one) => one.textContent.trim();
  const isInText = (one) => getComputedStyle(one).display === "inline" && textOf(one.parentElement) !== textOf(one);
  const isSmall = (one) => {
    const boxes = [one, ...(one.labels ?? [])].map((part) => part.getBoundingClientRect());
    return boxes[0].width > 1 && !boxes.some(({ width, height }) => width > 23.9 && height > 23.9);
  };
  const pressed = "a[href], button, input, select, textarea, summary, [role=button]";
  const all = [...document.querySelectorAll(pressed)].filter((one) => isSeen(one) && !one.closest(".visually-hidden"));
  return all.filter((one) => !isInText(one) && isSmall(one)).map((one) => one.outerHTML.slice(0, 120));
}"""
WIDE: ViewportSize = USUAL["viewport"]
# The narrowest phone, and what a screen of 1280 pixels leaves at a zoom of 400 % (WCAG 1.4.10).
NARROW: ViewportSize = {"width": 320, "height": 640}
_THEME = "(theme) => { document.documentElement.dataset.bsTheme = theme; }"


def violations(page: Page, within: str = "html", rules: Sequence[str] = ()) -> list[str]:
    """Let axe look at the page, or a part of it; give what it found, in words."""
    asked = [within, list(rules)]
    found: list[str] | None = page.evaluate(_LOOK, asked)
    if found is None:
        page.evaluate(_AXE.axe_script)
        found = page.evaluate(_LOOK, asked)
    assert found is not None
    return found


def change_look(page: Page, theme: str, size: ViewportSize) -> None:
    """Show the page in another theme and width; the server does no more for either."""
    page.evaluate(_THEME, theme)
    page.set_viewport_size(size)


def check_both_looks(page: Page, within: str = "html") -> None:
    """Fail when axe finds something, or when something hangs over: dark and wide, then light and narrow.

    Dark when narrow and light when wide are left out to keep the suite short.
    """
    for theme, size, rules in (("dark", WIDE, ()), ("light", NARROW, _LOOK_RULES)):
        change_look(page, theme, size)
        assert violations(page, within, rules) == [], (page.url, theme)
        assert sideways(page) <= 0, (page.url, size)
    small = [] if within != "html" else page.evaluate(_SMALL)
    assert not small, (page.url, small)
