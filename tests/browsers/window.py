"""What a person does in a window, in words of this project; the same for each engine."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

from tests.browsers.webdriver import CommandError, Send

PATIENCE_S = 60.0
ENTER = "\ue007"
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_SEEN = "const seen = (one) => one.getClientRects().length && getComputedStyle(one).visibility !== 'hidden';"
# Whatever can be pressed or typed into, by its label or the words on it.
_NAMED = (
    _SEEN
    + """
const words = (one) => one.getAttribute("aria-label") ?? one.labels?.[0]?.innerText ?? one.innerText ?? "";
const name = (one) => words(one).trim().replace(/\\s+/g, " ");
const all = document.querySelectorAll("a, button, summary, input, textarea, [data-edit]");
return [...all].filter(seen).find((one) => name(one) === arguments[0]) ?? null;"""
)
_SELECTED = _SEEN + "return [...document.querySelectorAll(arguments[0])].find(seen) ?? null;"
# Every text area that is seen shows all its words; gives what is wrong of each, or null while there are too few.
_CUT = (
    _SEEN
    + """
const areas = [...document.querySelectorAll("textarea")].filter(seen);
const cut = ({ clientHeight, scrollHeight }) => clientHeight < Math.max(scrollHeight, 20);
if (areas.length < arguments[0]) return null;
return areas.filter(cut).map((one) => [one.name, one.clientHeight, one.scrollHeight]);"""
)
# An icon whose shape never came is as good as none: it has no size in the picture's own units.
_BLANK = (
    _SEEN
    + """
const icons = [...document.querySelectorAll("svg.icon")].filter(seen);
return icons.length ? icons.filter((one) => !one.getBBox().width).map((one) => one.innerHTML) : null;"""
)


class Window:
    """One window of a browser on one installation of the program."""

    def __init__(self, send: Send, url: str) -> None:
        self._send, self._url = send, url
        send("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {}}})

    def open(self, path: str) -> None:
        """Go to a page and wait until it is loaded."""
        self._send("WebDriver:Navigate", {"url": self._url + path if path.startswith("/") else path})

    def size(self, width: int, height: int = 900) -> None:
        """Make the window as wide; an engine may have a least width of its own."""
        self._send("WebDriver:SetWindowRect", {"width": width, "height": height})

    def ask(self, script: str, *given: Any) -> Any:
        """Run a piece of JavaScript and give what it returns."""
        return self._send("WebDriver:ExecuteScript", {"script": script, "args": list(given)})

    def until(self, script: str, *given: Any) -> Any:
        """Wait until a piece of JavaScript returns something, and give that. A page may be left meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        found = None
        while not found:
            try:
                found = self.ask(script, *given)
            except CommandError as error:
                found = None
                if error.args[0] in ("javascript error", "no such window"):
                    raise
            assert found or time.monotonic() < deadline, (script, given)
            time.sleep(0.05)
        return found

    def see(self, text: str) -> None:
        """Wait until these words stand on the page."""
        self.until("return document.body?.innerText.includes(arguments[0])", text)

    def press(self, what: str) -> None:
        """Click on what has this name, or on what a selector (".x", "#x", "[x]") finds."""
        element = self._find(what)
        # In the middle nothing covers it: neither the bar at the top nor the one at the bottom.
        self.ask("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", {_ELEMENT: element})
        self._send("WebDriver:ElementClick", {"id": element})

    def type(self, what: str, text: str) -> None:
        """Type into what has this name, or into what a selector finds; a file's path chooses the file."""
        self._send("WebDriver:ElementSendKeys", {"id": self._find(what), "text": text})

    def choose_file(self, selector: str, path: Path) -> None:
        """Choose a file of this computer; the field need not be seen."""
        field = self.until("return document.querySelector(arguments[0])", selector)
        self._send("WebDriver:ElementSendKeys", {"id": field[_ELEMENT], "text": str(path)})

    def value(self, selector: str) -> str:
        """Return what stands in a field."""
        found: str = self.until("return document.querySelector(arguments[0])", selector) and self.ask(
            "return document.querySelector(arguments[0]).value", selector
        )
        return found

    def until_readable(self, least: int = 1) -> None:
        """Wait until so many text areas are seen and every one shows all its words."""
        self._until_empty(_CUT, least)

    def until_icons_are_drawn(self) -> None:
        """Wait until every icon has its shape."""
        self._until_empty(_BLANK)

    def photograph(self, path: Path) -> None:
        """Write a picture of the window."""
        path.write_bytes(base64.b64decode(self._send("WebDriver:TakeScreenshot", {"full": False})))

    def _find(self, what: str) -> str:
        element: dict[str, str] = self.until(_SELECTED if what[0] in ".#[" else _NAMED, what)
        return element[_ELEMENT]

    def _until_empty(self, script: str, *given: Any) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while (wrong := self.ask(script, *given)) != []:
            assert time.monotonic() < deadline, wrong
            time.sleep(0.05)
