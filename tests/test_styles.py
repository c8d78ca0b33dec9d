"""The classes of static/css: each is used, and its name is made of words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# pygal, which lays the charts out, calls its axes so.
OF_THE_CHARTS = {"x", "y"}
SHORTEST, KNOWN = 3, {"is", "js", "no"}


def styled() -> set[str]:
    """Return the names of all classes that a style sheet speaks of."""
    found: set[str] = set()
    for path in (ROOT / "static" / "css").glob("*.css"):
        text = re.sub(r'/\*.*?\*/|url\(.*?\)|"[^"]*"', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for selector in re.findall(r"([^{};]+)\{", text):
            found.update(re.findall(r"\.([a-z][\w-]*)", selector))
    return found


def sources() -> Iterator[str]:
    for folder, pattern in (("templates", "*.html"), ("static/js", "*.js"), ("artworks", "*.py")):
        for path in (ROOT / folder).rglob(pattern):
            yield path.read_text(encoding="utf-8")


def is_put_together(name: str, text: str) -> bool:
    """Tell whether the name is a beginning and a value, such as `pill-{{ status }}`, or numbered by a program."""
    numbered = re.fullmatch(r"(\D+?)-?\d+", name)
    beginning = re.escape(numbered[1] if numbered else re.sub(r"[^-]+$", "", name) or name)
    return re.search(rf"\b{beginning}-?(\{{\{{|\$\{{|['\"] ~|-\d)", text) is not None


def test_every_class_that_has_a_style_is_used() -> None:
    text = "\n".join(sources())
    words = set(re.findall(r"[\w-]+", text))
    names = styled()
    assert len(names) > 500
    assert sorted(name for name in names - words if not is_put_together(name, text)) == []


def test_no_class_is_a_sign_of_one_or_two_letters() -> None:
    parts = {name: name.split("-") for name in styled() - OF_THE_CHARTS}
    assert (
        sorted(name for name, words in parts.items() if len(words[0]) < SHORTEST and words[0] not in KNOWN)
        == []
    )
