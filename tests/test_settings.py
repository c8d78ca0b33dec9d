"""The list of settings is the documentation: Config, docs/configuration.md and .env.example agree."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from app import Config
from artworks.config_reading import default_of, env_file

ROOT = Path(__file__).resolve().parent.parent
NAMES = sorted(field.name.upper() for field in fields(Config))
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


def test_the_documentation_lists_every_setting_and_no_other() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if re.match(r"\| *`[A-Z]", line)]
    assert sorted(name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)) == NAMES


def test_the_example_lists_every_setting_and_no_other() -> None:
    assert sorted(re.findall(r"^#([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE)) == NAMES


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(re.sub(r"^#(?=[A-Z][A-Z0-9_]+=)", "", EXAMPLE, flags=re.MULTILINE), encoding="utf-8")
    config = Config.from_env(env_file(path))
    for field in fields(Config):
        assert getattr(config, field.name) == default_of(field), field.name


def test_every_setting_is_explained() -> None:
    assert [field.name for field in fields(Config) if not field.metadata.get("help")] == []


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=value", "value"),
        ("  NAME = value  ", "value"),
        ("export NAME=value", "value"),
        ('NAME="two words"', "two words"),
        ("NAME='a=b'", "a=b"),
        ("NAME=a#b", "a#b"),
        ("#NAME=value", None),
        ("NAME", None),
    ],
)
def test_lines_of_the_env_file(tmp_path: Path, line: str, value: str | None) -> None:
    path = tmp_path / ".env"
    path.write_text(f"# A comment\n\n{line}\n", encoding="utf-8")
    assert env_file(path).get("NAME") == value


def test_without_an_env_file_nothing_is_set(tmp_path: Path) -> None:
    assert env_file(tmp_path / ".env") == {}
