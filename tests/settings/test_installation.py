"""The settings in force: what the environment says comes first, then the page; each process soon knows of a change."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import Config
from artworks.settings import changes, installation
from artworks.settings.installation import TYPE_AGAIN, InstallationSettings
from models import Audit, SealedSecret, Setting

SECRET = "a secret of the tests, 32 letters"


class Clock:
    """A clock that is moved by hand."""

    now = 1000.0

    def monotonic(self) -> float:
        """Read it."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(installation, "time", clock)
    return clock


def process(**environment: str) -> InstallationSettings:
    """Return what one process knows."""
    return InstallationSettings(Config.from_env({"FLASK_SECRET_KEY": SECRET, **environment}))


def test_every_process_takes_a_change_up_within_seconds(session: Session, clock: Clock) -> None:
    here, elsewhere = process(), process()
    assert elsewhere.current(session).config.openai_model == "gpt-5.6-luna"
    changes.change(session, here, "openai_model", " llava ", 0)
    changes.change(session, here, "ai_budget_usd_per_month", "2.5", 0)
    assert here.read(session).config.openai_model == "llava"
    assert elsewhere.current(session).config.openai_model == "gpt-5.6-luna"
    clock.now += installation.FRESH_SECONDS
    config = elsewhere.current(session).config
    assert (config.openai_model, config.ai_budget_usd_per_month) == ("llava", 2.5)
    assert installation.FRESH_SECONDS < 5


def test_the_environment_comes_first(session: Session) -> None:
    changes.change(session, process(), "openai_model", "llava", 0)
    changes.set_key(session, process(), "sk-of-the-page", 0)
    now = process(OPENAI_MODEL="gpt-6-luna", OPENAI_API_KEY="sk-of-the-environment").current(session).config
    assert (now.openai_model, now.openai_api_key) == ("gpt-6-luna", "sk-of-the-environment")


def test_a_key_goes_to_its_own_address_alone(session: Session) -> None:
    mine = process()
    changes.set_key(session, mine, "sk-for-openai-1234", 0)
    assert mine.read(session).config.openai_api_key == "sk-for-openai-1234"
    moved = changes.change(session, mine, "openai_base_url", "https://other.example/v1", 0)
    assert mine.read(session).config.openai_api_key is None
    assert changes.key_state(session, mine).elsewhere
    # Nor does a key of the environment go where the page leads.
    fixed = process(OPENAI_API_KEY="sk-of-the-environment")
    assert fixed.read(session).config.openai_api_key is None
    changes.change(session, mine, "openai_base_url", "", moved.version)
    assert mine.read(session).config.openai_api_key == "sk-for-openai-1234"
    assert fixed.read(session).config.openai_api_key == "sk-of-the-environment"
    # Not even where somebody writes another address into the database.
    changes.change(session, mine, "openai_base_url", "https://other.example/v1", None)
    session.scalars(select(SealedSecret)).one().address = "https://other.example/v1"
    session.flush()
    assert mine.read(session).config.openai_api_key is None
    assert changes.key_state(session, mine).problem == TYPE_AGAIN


def test_a_password_in_the_address_of_the_environment_is_told_nowhere(session: Session) -> None:
    fixed = process(OPENAI_BASE_URL="https://me:a@b@other.example/v1")
    changes.set_key(session, fixed, "sk-for-this-one-1234", 0)
    assert fixed.read(session).config.openai_api_key == "sk-for-this-one-1234"
    state = changes.states(session, fixed)["openai_base_url"]
    row = session.scalars(select(SealedSecret)).one()
    told = session.scalars(select(Audit.target)).one()
    assert {state.value, row.address, told} == {"https://…@other.example/v1"}


def test_after_another_secret_the_key_is_to_be_typed_again(session: Session, tmp_path: Path) -> None:
    changes.set_key(session, process(), "sk-for-openai-1234", 0)
    other = process(FLASK_SECRET_KEY="another secret of the tests, 32")
    now = other.current(session)
    assert (now.config.openai_api_key, now.ai_problem) == (None, TYPE_AGAIN)
    assert changes.key_state(session, other).problem == TYPE_AGAIN
    changes.set_key(session, other, "sk-typed-again-5678", 1)
    now = other.read(session)
    assert (now.config.openai_api_key, now.ai_problem) == ("sk-typed-again-5678", "")


def test_what_another_version_wrote_does_not_hide_the_rest(session: Session) -> None:
    session.add_all(
        [Setting(name="ai_budget_usd_per_month", value="a lot"), Setting(name="openai_model", value="llava")]
    )
    session.add(Setting(name="storage_url", value="/elsewhere"))
    session.flush()
    session.add(Setting(name="time_zone", value="Nowhere"))
    config = process().current(session).config
    assert (config.openai_model, config.ai_budget_usd_per_month) == ("llava", 10)
    for name, value in (("ai_budget_usd_per_month", "3"), ("time_zone", "")):
        changes.change(session, process(), name, value, 0)
    assert process().current(session).config.ai_budget_usd_per_month == 3
    assert config.storage_url == "static/uploads"
