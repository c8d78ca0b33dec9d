"""The style sheets as pages get them: joined, cut to what is used, and light."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from artworks.web.assets import STATIC, style
from scripts import build_css

TEMPLATES = STATIC.parent / "templates"
# All that a page may link, also later, as `gzip -6` packs it.
MOST_BYTES = 25_000
SHEET = re.compile(r"css/[\w-]+(?:/[\w-]+)?\.css")
OPENED = re.compile(r'linkStyles\("(\w+)"')


def opened() -> set[str]:
    """Return the sheets that scripts link when something is first opened; any page of ours may."""
    scripts = (path.read_text("utf-8") for path in (STATIC / "js").rglob("*.js"))
    return {f"css/{name}.css" for text in scripts for name in OPENED.findall(text)}


def sheets_of(template: Path) -> set[str]:
    """Return the style sheets that a page links: its own, and those of what it extends and includes."""
    text = template.read_text("utf-8")
    found = set(SHEET.findall(text))
    base = re.search(r'{% extends "([^"]+)"', text)
    if base and "sharing/gallery" not in template.as_posix() and "block site_styles" not in text:
        found |= sheets_of(TEMPLATES / base[1])
    for name in re.findall(r'{% include "([^"]+[.]html)"', text):
        found |= sheets_of(TEMPLATES / name)
    return found


PAGES = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for path in TEMPLATES.rglob("*.html")
    if "{% extends" in path.read_text("utf-8") and not path.name.startswith("_")
)


@pytest.mark.parametrize("template", PAGES)
def test_the_styles_of_each_page_are_light(template: str) -> None:
    sheets = sheets_of(TEMPLATES / template) or sheets_of(TEMPLATES / "sharing/gallery/_base.html")
    if not template.startswith("sharing/gallery"):
        sheets |= opened()
    sent = [len(gzip.compress(style(name).encode(), 6)) for name in sorted(sheets)]
    assert 5_000 < sum(sent) < MOST_BYTES, (template, sorted(sheets), sent)


def test_bootstrap_is_cut_to_what_the_pages_use_today() -> None:
    text = build_css.TARGET.read_text("utf-8")
    assert f"made from {build_css.mark()}." in text.partition("\n")[0], (
        "static/css/built/bootstrap.css is older than what it is made from: run `make css`, and commit what it writes."
    )
    assert {".btn-primary", ".form-check-input:checked", "[data-bs-theme=dark]"} <= set(
        re.findall(r"\.btn-primary|\.form-check-input:checked|\[data-bs-theme=dark\]", text)
    )
    assert ".carousel" not in text


def test_a_page_gets_what_a_sheet_imports_in_one_piece(client: FlaskClient) -> None:
    answer = client.get("/assets/x/css/pages/site.css")
    assert "@import" not in answer.text
    assert "Every module" not in answer.text
    for part in (":root", ".btn", ".upload-tray", "Copyright"):
        assert part in answer.text
    assert answer.mimetype == "text/css"
    again = client.get("/assets/x/css/pages/site.css", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/assets/x/css/pages/nothing.css").status_code == 404


def test_every_sheet_is_linked_by_a_page_or_imported() -> None:
    linked = {name for path in TEMPLATES.rglob("*.html") for name in SHEET.findall(path.read_text("utf-8"))}
    imported = {
        f"css/{name}"
        for path in (STATIC / "css").rglob("*.css")
        for name in re.findall(r'@import "(?:\.\./)?([^"]+)"', path.read_text("utf-8"))
    }
    imported |= {
        name
        for path in (STATIC.parent / "artworks").rglob("*.py")
        for name in SHEET.findall(path.read_text("utf-8"))
    }
    there = {path.relative_to(STATIC).as_posix() for path in (STATIC / "css").rglob("*.css")}
    # What a gallery saved as a folder takes along is named in Python.
    saved = set(SHEET.findall((STATIC.parent / "artworks/web/sharing/folder.py").read_text("utf-8")))
    assert there - linked - opened() - imported - saved == set()
