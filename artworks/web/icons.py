"""The icons of the page: a small SVG sprite cut out of the large one that Bootstrap-Flask ships."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Names are those of Bootstrap Icons; a template asks for one with the `icon` macro of `_macros.html`.
ICONS = (
    "arrow-counterclockwise",
    "arrow-left",
    "arrow-right",
    "arrows-angle-expand",
    "bookmark",
    "box-arrow-right",
    "box-arrow-up-right",
    "card-text",
    "check-lg",
    "check2-circle",
    "chevron-down",
    "circle-half",
    "clipboard",
    "clock-history",
    "collection",
    "download",
    "easel",
    "exclamation-triangle",
    "files",
    "folder2-open",
    "funnel",
    "gear",
    "grid",
    "grip-vertical",
    "hash",
    "hourglass-split",
    "image",
    "images",
    "info-circle",
    "key",
    "laptop",
    "list-ul",
    "moon-stars",
    "pencil",
    "people",
    "person",
    "person-plus",
    "phone",
    "plus-lg",
    "search",
    "share",
    "stars",
    "sun",
    "three-dots",
    "trash3",
    "x-lg",
)

_SYMBOL = re.compile(
    r'<symbol class="[^"]*" viewBox="(?P<box>[^"]*)" id="(?P<id>[^"]*)">(?P<body>.*?)</symbol>', re.DOTALL
)


def build_sprite(source: str, names: Iterable[str] = ICONS) -> str:
    """Cut the named icons out of the text of `bootstrap-icons.svg` (about 1 MB) and give a sprite of them.

    Raises `ValueError` with the missing names, so that a new Bootstrap-Flask without one of them is noticed at
    start and not as a hole in the page.
    """
    wanted = set(names)
    found = {match["id"]: match for match in _SYMBOL.finditer(source) if match["id"] in wanted}
    missing = sorted(wanted - found.keys())
    if missing:
        raise ValueError(f"These icons are not in bootstrap-icons.svg: {', '.join(missing)}")
    symbols = "".join(
        f'<symbol id="{name}" viewBox="{found[name]["box"]}">{found[name]["body"]}</symbol>'
        for name in sorted(wanted)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'
