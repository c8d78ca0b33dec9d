"""`make test-browsers` says in one line what it cannot run and why, and that is no failure."""

from __future__ import annotations

import os
import shutil

import pytest

from scripts import browsers


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every program away from this computer."""
    monkeypatch.delenv("FIREFOX", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)


def test_without_packages_each_engine_is_left_out_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert browsers.main() == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{engine} is left out: no {program} on this computer, and there is no apt-get to install it with."
        for engine, program in (("Firefox", "firefox-esr"), ("WebKitGTK", "WebKitWebDriver"))
    ]


def test_who_is_not_root_is_told_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "apt-get" else None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert browsers.main() == 0
    assert "apt-get install webkit2gtk-driver xvfb" in capsys.readouterr().out


def test_another_firefox_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIREFOX", "/opt/firefox/firefox")
    assert browsers.ENGINES["firefox"].path() == "/opt/firefox/firefox"
    assert browsers.ENGINES["firefox"].missing() == ""
