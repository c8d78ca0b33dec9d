"""Styles and scripts: an address changes with every one of them, and leads to nothing else."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image as Pillow

from artworks.web import assets

TEMPLATES = assets.STATIC.parent / "templates"
# What a template names in `page_scripts` or `site_scripts`.
ENTRY = re.compile(r'"(js/[\w-]+/[\w-]+\.js)"')
MOST_SCRIPTS = 16
MOST_ENTRIES = 22
HOSTILE = (
    "js/pages/../../uploads/secret.js", "js/../uploads/secret.js", "js/pages/deeper/secret.js", "js/pages/.secret.js",
    "js/pages/secret.js%00.css", "js//secret.js", "js/pages%5csecret.js", "js/pages%2f..%2f..%2fuploads%2fsecret.js",
    "js/./secret.js", "js/pages/secret.txt", "uploads/pages/secret.js", "js/\uff0e\uff0e/secret.js",
    "js/pages/secret.js/",
)  # fmt: skip


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of styles and scripts that is served instead of ours."""
    assets.mark()
    for name in ("css/base.css", "css/print/base.css", "js/site.js", "js/pages/library.js", "favicon.svg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("ours")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    return tmp_path


def mark() -> str:
    """Return the mark of the files as they are now."""
    return assets.mark.__wrapped__()


@pytest.mark.parametrize(
    "name", ["css/base.css", "css/print/base.css", "js/site.js", "js/pages/library.js", "favicon.svg"]
)
def test_the_mark_changes_with_every_file(static: Path, name: str) -> None:
    before = mark()
    (static / name).write_text("changed")
    changed = mark()
    assert changed != before
    (static / name).write_text("ours")
    assert mark() == before


def test_the_mark_changes_when_a_file_moves(static: Path) -> None:
    before = mark()
    (static / "js/core").mkdir()
    (static / "js/pages/library.js").rename(static / "js/core/library.js")
    assert mark() != before


def test_files_one_folder_down_are_served(static: Path, client: FlaskClient) -> None:
    for name in ("css/print/base.css", "js/pages/library.js"):
        for start in ("/static/", "/assets/x/"):
            assert client.get(start + name, buffered=True).data == b"ours"


@pytest.mark.parametrize("start", ["/static/", "/assets/x/"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_path_is_refused(static: Path, client: FlaskClient, start: str, name: str) -> None:
    for folder in ("uploads/pages", "js/pages/deeper"):
        (static / folder).mkdir(parents=True)
    for path in (
        "uploads/secret.js", "uploads/pages/secret.js", "js/pages/deeper/secret.js", "js/pages/.secret.js",
        "js/pages/secret.txt", "js/secret.js", "js/pages/secret.js",
    ):  # fmt: skip
        (static / path).write_text("secret")
    # Not as a page, which would name scripts.
    answer = client.get(start + name, headers={"Accept": "application/json"}, buffered=True)
    assert answer.status_code in (308, 404)
    assert b"secret" not in answer.data or answer.status_code == 308


def test_what_is_imported_through_others_is_found_once(static: Path) -> None:
    (static / "js/core").mkdir()
    (static / "js/core/http.js").write_text('import "./toast.js";\nimport { a } from "../core/toast.js";\n')
    (static / "js/core/toast.js").write_text('// import "./gone.js";\nimport { b } from "./http.js";\n')
    (static / "js/pages/tags.js").write_text('import * as http from "../core/http.js";\n')
    (static / "js/pages/trash.js").write_text('import {\n  a,\n  b,\n} from "../core/toast.js";\n')
    assets.imported_by.cache_clear()
    assets._imports.cache_clear()
    try:
        assert assets.imported_by("js/pages/tags.js") == ("js/core/http.js", "js/core/toast.js")
        both = assets.imported_by("js/pages/trash.js", "js/pages/tags.js")
        assert both == ("js/core/toast.js", "js/core/http.js")
    finally:
        assets.imported_by.cache_clear()
        assets._imports.cache_clear()


def test_no_folder_of_scripts_is_too_full() -> None:
    folders = [folder for folder in (assets.STATIC / "js").iterdir() if folder.is_dir()]
    counts = {folder.name: len(list(folder.iterdir())) for folder in folders}
    assert len(counts) > 5
    assert counts.pop("pages") <= MOST_ENTRIES
    assert {name: count for name, count in counts.items() if count > MOST_SCRIPTS} == {}


def test_every_script_lies_in_a_folder_and_runs_on_some_page() -> None:
    scripts = {path.relative_to(assets.STATIC).as_posix() for path in (assets.STATIC / "js").rglob("*.*")}
    assert [name for name in scripts if name.count("/") != 2] == []
    entries = {name for path in TEMPLATES.rglob("*.html") for name in ENTRY.findall(path.read_text("utf-8"))}
    # What is loaded when it is first needed counts, too.
    reached, imports = sorted(entries), assets.imports()
    for name in reached:
        reached += [other for kind in imports.get(name, ()) for other in kind if other not in reached]
    assert set(reached) == scripts
    # What lies in pages/ puts others together for a page; it is named by a template, and imported by nobody.
    imported = {name for entry in entries for name in assets.imported_by(entry)}
    assert {name for name in imported if name.startswith("js/pages/")} == set()
    alone = [name for name in entries if name.startswith("js/pages/") and not assets.imported_by(name)]
    assert alone == []


def test_home_screens_and_tabs_find_their_icons(client: FlaskClient) -> None:
    page = client.get("/").text
    [address] = re.findall('<link rel="manifest" href="([^"]+)"', page)
    manifest = json.loads(client.get(address, buffered=True).data)
    sizes = {one["sizes"]: one["src"] for one in manifest["icons"]} | {"180x180": "apple-touch-icon.png"}
    for size, name in sizes.items():
        icon = Pillow.open(io.BytesIO(client.get(f"/static/icons/{name}", buffered=True).data))
        assert f"{icon.width}x{icon.height}" == size
    tab = Pillow.open(io.BytesIO(client.get("/favicon.ico", buffered=True).data))
    assert tab.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    assert client.get("/apple-touch-icon.png", buffered=True).mimetype == "image/png"
