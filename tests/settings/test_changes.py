"""Changes of settings: checked, over nothing that was not seen, and written down."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import Config
from artworks.core.errors import Conflict, Invalid, NotFound
from artworks.core.versions import Stale
from artworks.settings import changes
from artworks.settings.installation import CHANGEABLE, InstallationSettings
from models import Audit, SealedSecret, Setting


@pytest.fixture
def installation() -> InstallationSettings:
    """Return the settings of a process whose environment fixes one."""
    return InstallationSettings(
        Config.from_env(
            {"FLASK_SECRET_KEY": "a secret of the tests, 32 letters", "TIME_ZONE": "Europe/Berlin"}
        )
    )


def test_a_change_is_kept_and_written_down_and_none_is_not(
    session: Session, installation: InstallationSettings
) -> None:
    state = changes.change(session, installation, "ai_requests_per_minute", " 90 ", 0)
    assert (state.value, state.typed, state.source, state.version) == (90, "90", "page", 1)
    assert changes.change(session, installation, "ai_requests_per_minute", "90", 1).version == 1
    # An empty field is the usual value again.
    state = changes.change(session, installation, "ai_requests_per_minute", "", 1)
    assert (state.value, state.source, state.version) == (60, "default", 2)
    said = session.execute(select(Audit.action, Audit.target, Audit.detail).order_by(Audit.id)).all()
    assert [tuple(line) for line in said] == [
        ("setting changed", "AI_REQUESTS_PER_MINUTE", {"before": "", "after": "90"}),
        ("setting changed", "AI_REQUESTS_PER_MINUTE", {"before": "90", "after": ""}),
    ]


def test_two_owners_do_not_write_over_each_other(
    session: Session, installation: InstallationSettings
) -> None:
    changes.change(session, installation, "openai_model", "llava", 0)
    with pytest.raises(Stale, match="“llava” now") as stale:
        changes.change(session, installation, "openai_model", "pixtral", 0)
    assert (stale.value.current["typed"], stale.value.current["version"]) == ("llava", 1)
    changes.set_key(session, installation, "sk-1", 0)
    with pytest.raises(Stale):
        changes.set_key(session, installation, "sk-2", 0)
    # Whoever types a key means it for the server that the page showed.
    changes.change(session, installation, "openai_base_url", "https://other.example/v1", 0)
    with pytest.raises(Stale, match=r"for https://other\.example/v1") as stale:
        changes.set_key(session, installation, "sk-2", 1)
    assert stale.value.current == {"version": 2}


def test_what_the_environment_says_and_what_is_no_setting_is_refused(
    session: Session, installation: InstallationSettings
) -> None:
    with pytest.raises(Conflict, match="TIME_ZONE is set where the program is started"):
        changes.change(session, installation, "time_zone", "UTC", 0)
    for name in ("flask_secret_key", "openai_api_key", "storage_url", "", "x"):
        with pytest.raises(NotFound):
            changes.change(session, installation, name, "x", 0)
    assert session.scalars(select(Setting)).all() == []


WRONG = {
    "ai_budget_usd_per_month": ("-1", "a lot", "1e400", "nan", "٣x"),
    "ai_requests_per_minute": ("0", "1.5", "1000001"),
    "ai_tokens_per_minute": ("-3", "many"),
    "openai_timeout": ("0", "-1", "soon"),
    "ai_price_input_usd": ("-0.1", "$1"),
    "words_from_files": ("perhaps",),
    "studio_name": ("x" * 81, "two\nlines"),
    "studio_contact_name": ("x" * 81, "two\nlines"),
    "studio_contact": (
        *("javascript:alert(1)", "JavaScript://x/%0aalert(1)", "data:text/html,x", "//evil.example", "/people"),
        *("mara", "mara@", "a@b.example,c@d.example", "a@b.example?bcc=c@d.example", "mailto:a@b.example?body=x"),
        *("a@b.example\r\nBcc: c@d.example", "a@b.example%0d%0aBcc:x", "Mara <a@b.example>", '"a b"@c.example'),
        *("https://", "https:///x", "https:evil.example", "http://u:p@x.example", "https://x.example/\"><b>"),
        *("https://x:y/", "vbscript:x", "mailto:"),
        *("https://x.example/a b", "https://x.example\\@evil.example", "ftp://x.example", "file:///etc/passwd"),
    ),
    "openai_model": ("x" * 501, "two\nlines", "nul\0"),
    "openai_base_url": (
        *("ftp://x/v1", "localhost:11434", "http://", "http://a b/", "http://[", "http://x:0/v1", "https://u:p@x/v1"),
        *("http://169.254.169.254/latest", "http://[fe80::1]/v1", "http://metadata.google.internal/", "http://0xA9FEA9FE/"),
        *("http://2852039166/", "http://[::ffff:169.254.169.254]/", "http://100.100.100.200/", "http://METADATA./"),
        *("http://1６9.254.169.254/", "http://169。254。169。254/", "http://ＭＥＴＡＤＡＴＡ/", "http://a..b/v1"),
    ),
}  # fmt: skip


def test_what_cannot_be_is_refused_with_a_sentence_about_the_field(
    session: Session, installation: InstallationSettings
) -> None:
    for name, values in WRONG.items():
        for value in values:
            with pytest.raises(Invalid) as wrong:
                changes.change(session, installation, name, value, None)
            assert wrong.value.field == "value", (name, value)
            assert name.upper() not in wrong.value.message, (name, value)
    assert set(WRONG) | {"time_zone", "ai_price_output_usd"} == set(CHANGEABLE)
    for address in ("http://127.0.0.1:11434/v1", "http://ollama:11434/v1", "https://[2001:db8::1]/v1"):
        changes.change(session, installation, "openai_base_url", address, None)


def test_a_key_is_sealed_and_known_by_its_end(session: Session, installation: InstallationSettings) -> None:
    changes.set_key(session, installation, "  sk-proj-0123456789-7Q2a\n", 0)
    row = session.scalars(select(SealedSecret)).one()
    assert b"0123456789" not in row.sealed
    state = changes.key_state(session, installation)
    assert (state.is_set, state.last_four, state.source, state.version) == (True, "7Q2a", "page", 1)
    # A short one is not told by half.
    changes.set_key(session, installation, "secret12", 1)
    assert changes.key_state(session, installation).last_four == ""
    for wrong in ("sk two words", "sk-ключ", "sk\0", "x" * 501):
        with pytest.raises(Invalid):
            changes.set_key(session, installation, wrong, 2)
    changes.set_key(session, installation, "", 2)
    assert changes.key_state(session, installation)[:4] == (False, "", "", 3)
    told = str(session.execute(select(Audit.action, Audit.target, Audit.detail)).all())
    assert "removed" in told
    assert "0123456789" not in told
    assert "secret12" not in told
