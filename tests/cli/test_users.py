"""People at the command line: what is printed, what is kept, and one sentence where it does not work."""

from __future__ import annotations

import io
import re
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

import main
from app import Config
from artworks.accounts import invitations, passwords, sessions, tokens, users
from artworks.core.limits import SessionLimits
from models import ApiToken, OneTimeLink, PersonSession
from tests.support.people import PASSWORD, add_person
from tests.support.program import UNSET

EMAIL = "mara@studio.example"


@pytest.fixture(autouse=True)
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> pytest.MonkeyPatch:
    """Return a way to set variables, on a machine where everything is in order; nothing is left changed."""
    usual = {"INSTANCE_DIR": str(tmp_path / "instance"), "STORAGE_URL": str(tmp_path / "pictures")}
    database = {"DATABASE_URL": database_url.replace("+psycopg2", "")}
    for name, value in {**UNSET, **usual, **database}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return monkeypatch


def run(*words: str) -> int:
    return main.main(["person", *words])


def test_a_link_lets_the_first_owner_in(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("add", EMAIL, "--name", "Mara") == 0
    said = capsys.readouterr().out
    found = re.fullmatch(
        r"mara@studio\.example is invited as owner\. .*:\nhttp://127\.0\.0\.1:5000/invitation/(\S+)\n", said
    )
    assert found
    ticket = invitations.load_link(session, session.commit, "invitation", found[1], "")
    assert (ticket.email, ticket.name, ticket.role, ticket.made_by) == (
        EMAIL,
        "Mara",
        "owner",
        "the operator",
    )
    assert session.execute(text("SELECT action, way FROM audit")).all() == [("invitation made", "command")]


def test_later_ones_are_viewers_unless_told_otherwise(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    add_person(session, "owner")
    assert [run("add", "a@studio.example"), run("add", "b@studio.example", "--role", "editor")] == [0, 0]
    assert "invited as viewer" in capsys.readouterr().out
    assert [one.role for one in session.query(OneTimeLink).order_by(OneTimeLink.id)] == ["viewer", "editor"]


def test_a_password_from_stdin_makes_the_account_at_once(
    session: Session, operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\nand more\n"))
    assert run("add", EMAIL, "--password-stdin") == 0
    said = capsys.readouterr()
    assert said.out == f"{EMAIL} can sign in as owner.\n"
    person = users.by_email(session, EMAIL)
    assert person
    assert passwords.is_right(session, person, PASSWORD)
    assert PASSWORD not in said.out + said.err


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_what_is_no_text_is_one_sentence(
    session: Session, operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], errors: str
) -> None:
    """Which of the two a terminal gives depends on the language it is set to."""
    raw = io.BytesIO(b"\xff\xfe is no text at all\n")
    operator.setattr(sys, "stdin", io.TextIOWrapper(raw, encoding="utf-8", errors=errors))
    assert run("add", EMAIL, "--password-stdin") == 1
    assert run("add", "a\udcff@b.example") == 1
    assert run("reset", "a\udcff@b.example") == 1
    assert capsys.readouterr().err.splitlines() == [
        "The password on stdin is no text in UTF-8.",
        "That does not look like an e-mail address.",
        "Nobody has an account with this e-mail address.",
    ]
    assert not users.any_exist(session)


def test_a_reset_signs_out_and_prints_a_link(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    person = add_person(session, "owner", email=EMAIL, name="Mara")
    sessions.start(
        session,
        person,
        SessionLimits(invitations.INVITED_FOR, invitations.INVITED_FOR),
        way="",
        address="",
        device="",
    )
    session.commit()
    assert run("reset", EMAIL.upper()) == 0
    said = capsys.readouterr().out
    assert said.startswith("Mara is signed out everywhere.")
    found = re.search(r"http://127\.0\.0\.1:5000/reset/(\S+)\n", said)
    assert found
    assert invitations.load_link(session, session.commit, "reset", found[1], "").email == EMAIL
    assert session.query(PersonSession).count() == 0


def test_a_reset_ends_the_tokens_and_says_so(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    person = add_person(session, "owner", email=EMAIL, name="Mara")
    for number in range(2):
        tokens.create(session, person, name=f"Scanner {number}", role="viewer", days=7)
    session.commit()
    assert run("reset", EMAIL) == 0
    said = capsys.readouterr().out
    assert said.startswith("Mara is signed out everywhere and 2 tokens for scripts ended. Pass on")
    assert session.query(ApiToken).count() == 0
    told = session.execute(text("SELECT target, way, detail FROM audit WHERE action = 'tokens ended'")).one()
    assert tuple(told) == (EMAIL, "command", {"tokens_ended": 2})


def test_who_is_invited_again_is_told_that_the_first_link_ends(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [run("add", EMAIL), run("add", EMAIL.upper())] == [0, 0]
    first, again = capsys.readouterr().out.split("is invited as owner.")[1:]
    assert "first link" not in first
    assert again.startswith(" The first link does not work any more.")
    assert session.query(OneTimeLink).count() == 1


def test_the_list_is_a_table(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    assert capsys.readouterr().out == "Nobody has an account yet.\n"
    person = add_person(session, "owner", email=EMAIL, name="Mara Lindqvist")
    add_person(session, "viewer", email="zoe@studio.example")
    session.execute(
        text("INSERT INTO audit (at, person_id, action) VALUES ('2026-05-04 10:42+00', :id, 'sign-in')"),
        {"id": person.id},
    )
    session.commit()
    assert run("list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "NAME            E-MAIL               ROLE    LAST SEEN",
        "Mara Lindqvist  mara@studio.example  owner   2026-05-04 10:42 UTC",
        "-               zoe@studio.example   viewer  never",
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "nobody"], "That does not look like an e-mail address."),
        (["add", EMAIL, "--role", "king"], "Choose viewer, editor or owner."),
        (["add", EMAIL, "--role", "viewer"], "The first account has to be an owner's."),
        (["add", EMAIL, "--password-stdin"], "Choose a password of at least 10 characters."),
        (["add", EMAIL, "--password-stdin", "--role", "viewer"], "The first account has to be an owner's."),
        (["reset", EMAIL], "Nobody has an account with this e-mail address."),
    ],
)
def test_what_does_not_work_is_one_sentence(
    session: Session,
    operator: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    sentence: str,
) -> None:
    operator.setattr(sys, "stdin", io.StringIO("short\n" if words[-1] == "--password-stdin" else PASSWORD))
    assert run(*words) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"{sentence}\n")
    assert session.query(OneTimeLink).count() == 0
    assert not users.any_exist(session)


def test_somebody_with_an_account_is_not_added_again(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    add_person(session, "owner", email=EMAIL)
    assert run("add", EMAIL) == 1
    assert capsys.readouterr().err == f"{EMAIL} has an account already.\n"


@pytest.mark.parametrize(
    "words", [["person"], ["person", "add"], ["person", "reset"], ["person", "dance"], ["dance"]]
)
def test_half_a_command_is_explained(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as told:
        main.main(words)
    assert told.value.code == 2
    assert "usage: main.py" in capsys.readouterr().err


def test_without_a_database_it_is_one_sentence(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.setenv("DATABASE_URL", "postgresql://u:geheim@127.0.0.1:1/x")
    assert run("list") == 1
    said = capsys.readouterr().err
    assert said.startswith("The database cannot be reached: ")
    assert said.count("\n") == 1
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, "http://127.0.0.1:5000"),
        ({"HOST": "::1", "PORT": "8080"}, "http://[::1]:8080"),
        ({"HOST": "0.0.0.0"}, "http://localhost:5000"),
        ({"ALLOWED_HOSTS": "localhost,art.example,b.example"}, "http://art.example:5000"),
        ({"ALLOWED_HOSTS": "[::1],art.example", "TRUSTED_PROXIES": "1"}, "https://art.example"),
    ],
)
def test_links_lead_to_where_others_find_the_page(environment: dict[str, str], address: str) -> None:
    assert Config.from_env(environment).link_address == address


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SMTP_URL": "smtp://u:geheim@mail.example"}, "MAIL_FROM has to be"),
        ({"SMTP_URL": "geheim", "MAIL_FROM": "a@b.example"}, "SMTP_URL must look like"),
        ({"SMTP_URL": "smtp://mail.example", "MAIL_FROM": "nobody"}, "MAIL_FROM must be one address"),
    ],
)
def test_half_a_mail_server_is_told_at_the_start(
    operator: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: dict[str, str],
    sentence: str,
) -> None:
    for name, value in environment.items():
        operator.setenv(name, value)
    assert run("list") == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert "geheim" not in said
