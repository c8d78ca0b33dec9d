"""`python main.py check`, and what was set in the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

import main
from app import Config
from artworks.accounts import local_mode
from artworks.settings import changes
from artworks.settings.installation import InstallationSettings
from migrations import HEAD
from tests.support.small_disk import small_disk

SECRET = "a secret of the tests, 32 letters"


def test_check_knows_what_was_set_in_the_page(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], session: Session
) -> None:
    operator.setenv("FLASK_SECRET_KEY", SECRET)
    installation = InstallationSettings(Config.from_env({"FLASK_SECRET_KEY": SECRET}))
    changes.change(session, installation, "openai_base_url", "http://gpu.local/v1", 0)
    changes.change(session, installation, "ai_budget_usd_per_month", "3", 0)
    seen = changes.key_state(session, installation).version
    changes.set_key(session, installation, "sk-test-0123456789", seen)
    session.commit()
    assert main.main(["check"]) == 0
    said = capsys.readouterr().out
    assert "at gpu.local, key set" in said
    assert "3 US dollars a month" in said
    operator.setenv("FLASK_SECRET_KEY", f"not {SECRET}")
    assert main.main(["check"]) == 1
    assert "! Key       The key of the AI service cannot be read any more" in capsys.readouterr().out


def test_check_finds_everything_in_order_and_shows_no_secret(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.setenv("OPENAI_API_KEY", "sk-geheim")
    operator.setenv("OPENAI_BASE_URL", "https://user:geheim@models.example/v1")
    assert main.main(["check"]) == 0
    said = capsys.readouterr().out
    assert "the model gpt-5.6-luna at models.example, key set" in said
    assert said.endswith("Everything is in order.\n")
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("DATABASE_URL", "postgresql://u:geheim@127.0.0.1:1/x", "! Database  The database cannot be reached"),
        (
            "STORAGE_URL",
            "/dev/null/pictures",
            "! Pictures  The folder /dev/null/pictures cannot be there, because a part of its path is a file",
        ),
    ],
)
def test_check_marks_what_is_wrong(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, line: str
) -> None:
    operator.setenv(name, value)
    assert main.main(["check"]) == 1
    said = capsys.readouterr().out
    assert line in said
    assert "geheim" not in said


def test_check_tells_that_local_mode_ended(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], session: Session
) -> None:
    local_mode.end(session, "by the name art.example", off=False, address="")
    session.commit()
    assert main.main(["check"]) == 0
    assert "This page was opened by the name art.example, so others may reach it" in capsys.readouterr().out
    operator.setenv("ALLOWED_HOSTS", "art.example")
    assert main.main(["check"]) == 0
    assert "was opened" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "status", "line"),
    [
        ({"OPENAI_API_KEY": "k"}, 1, "! Price     The price of llava is not known"),
        ({"OPENAI_BASE_URL": "https://models.example/v1"}, 1, "AI_PRICE_INPUT_USD and AI_PRICE_OUTPUT_USD"),
        (
            {"OPENAI_BASE_URL": "http://gpu.local/v1"},
            0,
            "Price     nothing, because it runs on this computer",
        ),
        ({"OPENAI_API_KEY": "k", "AI_BUDGET_USD_PER_MONTH": "0"}, 0, "Everything is in order."),
        (
            {"OPENAI_API_KEY": "k", "AI_PRICE_INPUT_USD": "1", "AI_PRICE_OUTPUT_USD": "2"},
            0,
            "Everything is in order.",
        ),
        ({}, 0, "Everything is in order."),
    ],
)
def test_check_asks_for_a_price_that_is_not_known(
    operator: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: dict[str, str],
    status: int,
    line: str,
) -> None:
    for name, value in {"OPENAI_MODEL": "llava", **settings}.items():
        operator.setenv(name, value)
    assert main.main(["check"]) == status
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "reached from this computer only, no sign-in before the first account"),
        ({"SIGN_IN": "required"}, "reached from this computer only, with sign-in"),
        ({"SIGN_IN": "off"}, "reached from this computer only, no sign-in\n"),
        ({"HOST": "0.0.0.0"}, "reached from other computers (HOST is 0.0.0.0), with sign-in"),
        ({"TRUSTED_PROXIES": "1"}, "reached from other computers (TRUSTED_PROXIES is 1), with sign-in"),
        (
            {"ALLOWED_HOSTS": "art.example"},
            "reached from other computers (ALLOWED_HOSTS names art.example), with",
        ),
    ],
)
def test_check_tells_who_gets_in(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: dict[str, str], words: str
) -> None:
    for name, value in settings.items():
        operator.setenv(name, value)
    assert main.main(["check"]) == 0
    assert words in capsys.readouterr().out


def test_check_tells_that_tables_are_missing(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_database_url: str
) -> None:
    operator.setenv("DATABASE_URL", empty_database_url)
    assert main.main(["check"]) == 1
    assert f"version none, not {HEAD}; run python main.py migrate." in capsys.readouterr().out


def test_check_makes_nothing_on_a_new_machine(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    operator.setenv("DATABASE_URL", "")
    assert main.main(["check"]) == 0
    assert "will be made in" in capsys.readouterr().out
    assert not (tmp_path / "instance").exists()


def test_check_tells_that_there_is_no_room_for_a_database(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    operator.setenv("DATABASE_URL", "")
    with small_disk(tmp_path / "disk", 8 * 1024) as disk:
        operator.setenv("INSTANCE_DIR", str(disk / "instance"))
        assert main.main(["check"]) == 1
        assert f"! Database  A database in {disk / 'instance/postgres'} would find" in capsys.readouterr().out
        assert not (disk / "instance").exists()
