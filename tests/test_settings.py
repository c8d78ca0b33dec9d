"""The list of settings is the documentation: Config, docs/configuration.md and .env.example agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import Config
from artworks.config import ConfigError, env_file

ROOT = Path(__file__).resolve().parent.parent
NAMES = sorted(name.upper() for name in Config.model_fields)
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
    for name, field in Config.model_fields.items():
        assert getattr(config, name) == field.default, name


def test_every_setting_is_explained() -> None:
    assert [name for name, field in Config.model_fields.items() if not field.description] == []


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


def test_each_wrong_setting_is_told_in_a_line_of_its_own(tmp_path: Path) -> None:
    wrong = {
        "PORT": "five",
        "WORKER": "perhaps",
        "OPENAI_API_KEY": "sk-geheim",
        "OPENAI_API_KEY_FILE": str(tmp_path / "key"),
        "SMTP_URL_FILE": str(tmp_path / "nowhere"),
    }
    with pytest.raises(ConfigError) as caught:
        Config.from_env(wrong)
    assert str(caught.value).splitlines() == [
        "PORT must be a whole number from 1 to 65535, not 'five'.",
        "WORKER must be on or off, not 'perhaps'.",
        "The file named by SMTP_URL_FILE cannot be read.",
        "Both OPENAI_API_KEY and OPENAI_API_KEY_FILE are set. Keep one.",
    ]


def test_a_secret_is_read_from_its_file_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" sk-geheim\n", encoding="utf-8")
    config = Config.from_env({"OPENAI_API_KEY_FILE": str(tmp_path / "key")})
    assert config.openai_api_key == "sk-geheim"
    assert "geheim" not in repr(config)


def test_settings_given_by_name_do_not_look_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "port", "HOST"):
        monkeypatch.setenv(name, "8080")
    assert (Config().port, Config(port=7).port, Config().host) == (5000, 7, "127.0.0.1")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("PORT", "٥٠٠٠", 5000),
        ("PORT", "8_080", 8080),
        ("WORKER", "No", False),
        ("SIGN_IN", "Required", "required"),
        ("OPENAI_TIMEOUT", "1e1", 10.0),
        ("OPENAI_MODEL", "${HOME} #1", "${HOME} #1"),
        ("STORAGE_URL", "/srv/bilder-\udcfc", "/srv/bilder-\udcfc"),
        ("PORT", "  ", 5000),
    ],
)
def test_a_text_becomes_its_value(name: str, text: str, value: object) -> None:
    assert getattr(Config.from_env({name: text}), name.lower()) == value
