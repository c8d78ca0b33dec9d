"""What the tests of the commands share: a machine where everything is in order."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.program import UNSET, free_port


@pytest.fixture
def operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str, asked_here: None
) -> pytest.MonkeyPatch:
    """Return a way to set variables, on a machine where everything is in order; nothing is left changed."""
    usual = {"INSTANCE_DIR": str(tmp_path / "instance"), "STORAGE_URL": str(tmp_path / "pictures")}
    port = {"PORT": str(free_port()), "DATABASE_URL": database_url.replace("+psycopg2", "")}
    for name, value in {**UNSET, **usual, **port}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return monkeypatch
