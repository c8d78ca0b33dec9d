"""Styles and scripts: an address changes with every one of them, and leads to nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from artworks.web import assets

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
    answer = client.get(start + name, buffered=True)
    assert answer.status_code in (308, 404)
    assert b"secret" not in answer.data or answer.status_code == 308
