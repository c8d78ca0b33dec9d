"""`python main.py check`, and what was set in the page."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

import main
from app import Config
from artworks.settings import changes
from artworks.settings.installation import InstallationSettings

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
