"""What is wrong with a database is said in plain words, and the command in them mends it."""

from __future__ import annotations

import pickle
import re
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

import main
from artworks.adapters.postgres import health as postgres_health
from artworks.adapters.postgres.health import DatabaseFacts, explain
from artworks.adapters.postgres.server import PostgresError, libpq_url
from artworks.cli import startup as main_start
from tests.support.databases import MIGRATED
from tests.support.program import UNSET, free_port

pytestmark = pytest.mark.slow

_numbers = count(1)
MakeUrl = Callable[..., str]


def run(url: str, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def commands(said: str) -> list[str]:
    """Take the SQL out of a sentence, as an operator does."""
    found = re.findall(r"(?:CREATE|ALTER|GRANT|REINDEX) [^;]*;", said)
    assert found, said
    return found


@pytest.fixture
def make_url(postgres: str) -> MakeUrl:
    """Return a function that makes a database, with some options, and gives its URL."""

    def make(options: str = "", name: str = "") -> str:
        name = name or f"health_{next(_numbers)}"
        run(postgres, f"CREATE DATABASE {name} {options}")
        return url_of(postgres, name)

    return make


def url_of(url: str, name: str, role: str = "postgres") -> str:
    before, _, after = url.partition("@/")
    return f"{before.rpartition('postgres')[0]}{role}@/{name}?{after.partition('?')[2]}"


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return a way to set variables, on a machine where everything else is in order."""
    usual = {"INSTANCE_DIR": str(tmp_path / "instance"), "STORAGE_URL": str(tmp_path / "pictures")}
    for name, value in {**UNSET, **usual, "PORT": str(free_port())}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return monkeypatch


def command(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, name: str
) -> tuple[int, str]:
    """Run one of the program's commands on a database; give the status and what was said."""
    operator.setenv("DATABASE_URL", libpq_url(url))
    status = main.main([name])
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert "codec" not in said.out + said.err
    return status, said.err + said.out


WRONG = {
    "SQL_ASCII": "has the encoding SQL_ASCII",
    "LATIN1": "has the encoding LATIN1",
    "UTF8": "“Ärger” and “ärger” are two tags in it",
}


@pytest.mark.parametrize("encoding", WRONG)
def test_a_new_database_that_cannot_write_every_letter_is_refused(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], make_url: MakeUrl, encoding: str
) -> None:
    url = make_url(f"TEMPLATE template0 ENCODING '{encoding}' LOCALE_PROVIDER libc LOCALE 'C'")
    status, said = command(operator, capsys, url, "migrate")
    assert (status, said.count("\n")) == (1, 1)
    assert WRONG[encoding] in said
    assert f"! Database  {said}" in command(operator, capsys, url, "check")[1]
    (made,) = commands(said)
    run(url, made)
    named = made.split()[2]
    assert command(operator, capsys, re.sub(r"health_\d+", named, url), "migrate")[0] == 0


def test_a_library_in_locale_c_goes_on_with_a_warning(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], make_url: MakeUrl
) -> None:
    url = make_url("TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'")
    run(url, "CREATE TABLE image (id int, original_filename text, stored_filename text)")
    status, said = command(operator, capsys, url, "migrate")
    assert status == 0
    assert said.startswith("Warning: The locale of the database health_")
    assert "“Ärger” and “ärger” are two tags in it" in said
    assert "The README tells how to take the library along (“Backups”)." in said
    status, said = command(operator, capsys, url, "check")
    assert status == 1
    assert re.search("! Database .*“Ärger” and “ärger” are two tags", said)


def test_changed_collation_rules_are_told_with_what_mends_them(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], make_url: MakeUrl
) -> None:
    url = make_url()
    assert command(operator, capsys, url, "migrate")[0] == 0
    run(url, "UPDATE pg_database SET datcollversion = '0.9' WHERE datname = current_database()")
    status, said = command(operator, capsys, url, "migrate")
    assert status == 0
    assert "sorts letters by other rules now (version 1) than when" in said
    status, checked = command(operator, capsys, url, "check")
    assert (status, "! Database" in checked) == (1, True)
    run(url, *commands(said))
    assert "Warning" not in command(operator, capsys, url, "migrate")[1]
    assert command(operator, capsys, url, "check")[0] == 0


def test_a_database_for_reading_only_is_refused(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], make_url: MakeUrl, postgres: str
) -> None:
    url = make_url()
    run(postgres, f"ALTER DATABASE health_{next(_numbers) - 1} SET default_transaction_read_only = on")
    status, said = command(operator, capsys, url, "migrate")
    assert (status, said.count("\n")) == (1, 1)
    assert said.startswith("The database can only be read.")
    run(postgres, *commands(said))
    assert command(operator, capsys, url, "migrate")[0] == 0


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("", "may not make tables in the schema public"),
        ("ALTER ROLE {role} NOLOGIN", "may not sign in to the database"),
        ("ALTER ROLE {role} CONNECTION LIMIT 0", "The database has no connection left"),
        ("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC", "may not use the database"),
        ("ALTER ROLE {role} RENAME TO {role}_gone", "The database server knows no role"),
        ("ALTER DATABASE {name} RENAME TO {name}_gone", "There is no database"),
    ],
)
def test_rights_that_lack_are_told_with_what_gives_them(
    operator: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    make_url: MakeUrl,
    postgres: str,
    damage: str,
    sentence: str,
) -> None:
    number = next(_numbers)
    names = {"role": f"health_role_{number}", "name": f"health_rights_{number}"}
    run(postgres, "CREATE ROLE {role} LOGIN".format_map(names))
    make_url(name=names["name"])
    if damage:
        run(postgres, "ALTER DATABASE {name} OWNER TO {role}".format_map(names))
        if "REVOKE" in damage:
            run(postgres, "ALTER DATABASE {name} OWNER TO postgres".format_map(names))
        run(postgres, damage.format_map(names))
    url = url_of(postgres, names["name"], names["role"])
    status, said = command(operator, capsys, url, "migrate")
    assert (status, said.count("\n")) == (1, 1)
    assert sentence in said
    # What the start would say, and not only that it is to be tried.
    assert f"! Database  {said}" in command(operator, capsys, url, "check")[1]
    run(url_of(postgres, names["name"]) if "SCHEMA" in said else postgres, *commands(said))
    _, said = command(operator, capsys, url, "migrate")
    assert sentence not in said


@pytest.fixture
def lesser(make_url: MakeUrl, postgres: str, tmp_path: Path) -> tuple[str, str, str]:
    """Return the URL of a database with the program's tables, that of a role without rights there, and its name."""
    url, role = make_url(f"TEMPLATE {MIGRATED}"), f"health_lesser_{next(_numbers)}"
    run(postgres, f"CREATE ROLE {role} LOGIN")
    (tmp_path / "pictures").mkdir()
    return url, url_of(postgres, url.partition("@/")[2].partition("?")[0], role), role


LACKS = {
    "may only read": "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    "may do nothing": "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
    "may not even look": "REVOKE USAGE ON SCHEMA public FROM PUBLIC",
    "may not write in one table": "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role};"
    " GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; REVOKE DELETE ON storage_mark FROM {role}",
}


@pytest.mark.parametrize("lacks", LACKS)
def test_a_role_that_lacks_rights_on_tables_is_told_what_gives_them(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lesser: tuple[str, str, str], lacks: str
) -> None:
    owners, url, role = lesser
    run(owners, LACKS[lacks].format(role=role))
    # More than once where the tables are not even seen before the first.
    for _ in range(2 if "look" in lacks else 1):
        status, said = command(operator, capsys, url, "adopt")
        assert (status, said.count("\n")) == (1, 1)
        assert f"The role {role} may not" in said
        assert f"! Database  {said}" in command(operator, capsys, url, "check")[1]
        run(owners, *commands(said))
    assert command(operator, capsys, url, "adopt")[0] == 0
    assert "Everything is in order." in command(operator, capsys, url, "check")[1]


def test_rights_on_foreign_tables_are_nobodys_business(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lesser: tuple[str, str, str]
) -> None:
    owners, url, role = lesser
    run(
        owners,
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
        "CREATE TABLE of_another_program (id serial)",
    )
    run(owners, f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
    run(owners, f"REVOKE ALL ON SEQUENCE of_another_program_id_seq FROM {role}")
    assert command(operator, capsys, url, "adopt")[0] == 0


def test_what_the_database_refuses_at_the_start_is_a_sentence_without_secrets(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lesser: tuple[str, str, str]
) -> None:
    url = lesser[0]
    refuse = (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'not today' USING ERRCODE = 'P0001'; END$$"
    )
    run(url, refuse, "CREATE TRIGGER refuse BEFORE INSERT ON storage_mark EXECUTE FUNCTION refuse()")
    status, said = command(operator, capsys, url, "adopt")
    assert (status, said) == (1, "The database refuses what the program needs: not today.\n")
    # At the start this is asked in a process of its own, whose errors travel.
    with pytest.raises(main_start.StartError, match=r"needs: not today\.$") as caught:
        main_start.settle_storage(main_start.settings())
    assert str(pickle.loads(pickle.dumps(caught.value))) == said.rstrip()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ('connection failed: FATAL:  password authentication failed for user "u"', "ALTER ROLE u PASSWORD"),
        ("connection failed: fe_sendauth: no password supplied", "does not take the password of u"),
        ("connection failed: FATAL:  the database system is starting up", "just starting or stopping"),
        ("connection failed: FATAL:  the database system is shutting down", "just starting or stopping"),
        ("connection failed: FATAL:  sorry, too many clients already", "raise max_connections"),
        (
            "connection to server at ::1 failed: Connection refused\n\tIs the server running on that host and accepting"
            ' TCP/IP connections?\nconnection failed: FATAL:  no pg_hba.conf entry for host "10.0.0.9"',
            "Add a line for it to pg_hba.conf",
        ),
    ],
)
def test_what_a_server_says_while_it_is_asked_is_understood(said: str, sentence: str) -> None:
    error = OperationalError("", {}, Exception(said))
    assert sentence in (explain(error, "postgresql://u:geheim@host/art") or "")
    assert "geheim" not in (explain(error, "postgresql://u:geheim@host/art") or "")


def test_what_is_not_known_is_left_to_be_told_as_it_is() -> None:
    said = (
        "failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?"
    )
    assert explain(OperationalError("", {}, Exception(said)), "postgresql://u@h/d") is None


def test_letters_of_another_kind_on_the_connection_are_told(
    operator: pytest.MonkeyPatch, make_url: MakeUrl
) -> None:
    operator.setenv("PGCLIENTENCODING", "LATIN1")
    with pytest.raises(PostgresError, match="uses LATIN1 for letters and not UTF8"):
        postgres_health.check(make_url())


@pytest.mark.parametrize(
    ("version", "provider"),
    [
        (140000, ""),
        (150000, "LOCALE_PROVIDER libc "),
        (170000, "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' "),
    ],
)
def test_the_command_is_one_that_the_server_knows(version: int, provider: str) -> None:
    facts = DatabaseFacts(database="Meine Werke", encoding="LATIN1", version=version)
    said = postgres_health.obstacle(facts) or ""
    assert 'CREATE DATABASE "Meine Werke_utf8"' in said
    # LC_CTYPE is never C: the search would lower no letters but A to Z.
    assert f"TEMPLATE template0 {provider}LOCALE 'C.UTF-8';" in said


def test_a_new_database_whose_search_does_not_know_every_letter_is_refused() -> None:
    facts = DatabaseFacts(version=150000, is_new=True, finds_letters=False)
    assert "searching for “дом” does not find “ДОМ”" in (postgres_health.obstacle(facts) or "")
    assert "LOCALE 'C.UTF-8'" in (postgres_health.obstacle(facts) or "")


def test_a_library_whose_search_does_not_know_every_letter_goes_on_with_a_warning() -> None:
    facts = DatabaseFacts(version=150000, finds_letters=False)
    assert postgres_health.obstacle(facts) is None
    (said,) = postgres_health.warnings(facts)
    assert "searching for “дом” does not find “ДОМ”" in said
    assert "The README tells how to take the library along" in said


def test_the_search_itself_is_asked_for_its_letters(make_url: MakeUrl) -> None:
    url = make_url()
    # What the search of version 17 and before does where LC_CTYPE is C.
    run(
        url,
        "CREATE FUNCTION public.to_tsvector(regconfig, text) RETURNS tsvector IMMUTABLE LANGUAGE sql"
        " AS $$SELECT array_to_tsvector(ARRAY[$2])$$",
        "ALTER DATABASE "
        + url.partition("@/")[2].partition("?")[0]
        + " SET search_path = public, pg_catalog",
    )
    facts = postgres_health.read(url)
    assert (facts.knows_letters, facts.finds_letters) == (True, False)


def test_a_database_that_is_not_there_is_made_with_every_letter(
    operator: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], postgres: str
) -> None:
    url = url_of(postgres, f"health_absent_{next(_numbers)}")
    _, said = command(operator, capsys, url, "migrate")
    assert "There is no database" in said
    (made,) = commands(said)
    assert made.endswith("ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C.UTF-8';")
    run(postgres, made)
    facts = postgres_health.read(url)
    assert (facts.encoding, facts.knows_letters, facts.finds_letters) == ("UTF8", True, True)
