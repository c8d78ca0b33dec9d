"""The pages use nothing that the oldest supported browsers lack: Chrome and Edge 120, Firefox 121, Safari and iOS 17.

What each version has is told by MDN's browser-compat-data.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Newer than one of them, and nothing stands in for it.
SCRIPTS = (
    r"\b(Object|Map)\.groupBy\b",
    r"\bPromise\.(withResolvers|try)\b",
    r"\bArray\.fromAsync\b",
    r"\.(union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(",
    r"\.(values|keys|entries)\(\)\.(map|filter|take|drop|flatMap|reduce|toArray|forEach|some|every|find)\(",
    r"\bAbortSignal\.any\b",
    r"\bRegExp\.escape\b",
    r"\bIntl\.DurationFormat\b",
    r"\b(on)?scrollend\b",
    r"\.(checkVisibility|startViewTransition|moveBefore|requestClose|setHTMLUnsafe|getHTML)\(",
    r"\.(show|hide|toggle)Popover\(",
    r"\.(toBase64|toHex)\(|\.from(Base64|Hex)\(",
    r"\bcaretPositionFromPoint\b",
)
STYLES = (
    r"(^|[{};])\s*&",  # nesting
    r"@(property|scope|starting-style|view-transition|position-try)\b",
    r"\b(light-dark|calc-size|contrast-color|anchor|anchor-size|shape)\(",
    r"\b(rgb|hsl|oklch|oklab|lab|lch)\(from\b",
    r"\b(interpolate-size|transition-behavior|position-anchor|anchor-name|text-box|reading-flow)\s*:",
    r"\b(animation|scroll|view)-timeline\b",
    r"(^|[{};\s])(zoom|backdrop-filter|scrollbar-gutter)\s*:",
    r":open\b|::details-content\b|:popover-open\b",
)
MARKUP = (
    r"<details[^>]*\sname=",
    r"\b(popover|popovertarget|closedby|commandfor|shadowrootmode)=",
)
# Newer as well: where it stands, and what a browser without it does.
COVERED = {
    r"\bfield-sizing\b": ("static/css/base.css", "static/js/fields/text_area_height.js"),  # by the script
    r"\btext-wrap\s*:": ("static/css/gallery.css",),  # lines of a title are of unlike length
    r"\bcontent-visibility\s*:": ("static/css/library.css",),  # a long list is drawn whole
    # its scroll bars are wider
    r"\bscrollbar-width\s*:": tuple(
        f"static/css/{name}.css"
        for name in ("images", "library", "places", "taxonomy", "upload_tray", "viewer", "voice")
    ),
    r"\brequestIdleCallback\b": ("static/js/start/start.js",),  # a moment later instead
    r"\bfetchpriority=": (
        "templates/sharing/gallery/picture.html",
        "templates/images/_stage.html",
    ),  # the picture is later
}


@pytest.mark.parametrize(
    ("folder", "kind", "newer"),
    [("static/js", "*.js", SCRIPTS), ("static/css", "*.css", STYLES), ("templates", "*.html", MARKUP)],
    ids=["scripts", "styles", "markup"],
)
def test_nothing_is_newer_than_the_oldest_supported_browsers(
    folder: str, kind: str, newer: tuple[str, ...]
) -> None:
    files = sorted((ROOT / folder).rglob(kind))
    assert len(files) > 20
    found = [
        (str(file.relative_to(ROOT)), match.group())
        for file in files
        for pattern in newer
        for match in re.finditer(pattern, file.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert found == []


@pytest.mark.parametrize("pattern", COVERED)
def test_what_is_newer_and_covered_stays_where_it_is(pattern: str) -> None:
    files = (
        file for folder in ("static/js", "static/css", "templates") for file in (ROOT / folder).rglob("*.*")
    )
    found = {
        str(file.relative_to(ROOT)) for file in files if re.search(pattern, file.read_text(encoding="utf-8"))
    }
    assert found == set(COVERED[pattern])
