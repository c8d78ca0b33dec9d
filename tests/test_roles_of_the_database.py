"""With two roles the program works as the lesser one, and that one can add to what happened and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import migrations
from app import Config, create_app
from artworks import worker as jobs
from artworks.adapters import job_queue
from artworks.adapters.postgres.server import PostgresError
from artworks.cli.startup import prepare
from artworks.config import ConfigError
from artworks.dependencies import make_dependencies
from models import db
from tests.support.batching import wait_until
from tests.support.factories import added

_numbers = count(1)


def as_role(url: str, role: str) -> str:
    return url.replace("postgres@", f"{role}@")


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            done = connection.exec_driver_sql(statement)
        return [tuple(row) for row in done] if done.returns_rows else []


@pytest.fixture(scope="module")
def owners_url(make_database: Callable[[], str]) -> str:
    """Return a database of which a role that is no superuser owns everything."""
    url = make_database()
    owner = f"aim_owner_{next(_numbers)}"
    name = url.partition("@/")[2].partition("?")[0]
    run(url, f"CREATE ROLE {owner} LOGIN", f"ALTER DATABASE {name} OWNER TO {owner}")
    return as_role(url, owner)


@pytest.fixture(scope="module")
def lesser_url(owners_url: str, postgres: str) -> str:
    """Return the URL of a role that owns nothing and was given what the program needs."""
    role = f"aim program {next(_numbers)}"
    run(postgres, f'CREATE ROLE "{role}" LOGIN')
    owner = owners_url.partition("://")[2].partition("@")[0]
    lesser = owners_url.replace(f"{owner}@", f"{role.replace(' ', '%20')}@")
    migrations.upgrade(owners_url)
    migrations.grant(owners_url, lesser)
    return lesser


@pytest.fixture
def lesser(lesser_url: str) -> Iterator[Engine]:
    engine = create_engine(lesser_url)
    yield engine
    engine.dispose()


def config_of(lesser_url: str, folder: Path, **more: str) -> Config:
    places = {"INSTANCE_DIR": str(folder / "instance"), "STORAGE_URL": str(folder / "uploads")}
    return Config.from_env({"DATABASE_URL": lesser_url, **places, **more})


def test_the_program_works_with_the_lesser_role(lesser_url: str, lesser: Engine, tmp_path: Path) -> None:
    config = config_of(lesser_url, tmp_path)
    app = create_app(config)
    client = app.test_client()
    kept = added(client, post_title="Heron", hashtags="#heron", category="Prints")
    gone = added(client, "Old.jpg", category="Paper")
    assert [one["id"] for one in client.get("/api/images?q=heron&tag=heron").get_json()["images"]] == [
        kept["id"]
    ]
    category = next(
        one for one in client.get("/api/categories").get_json()["categories"] if one["name"] == "Paper"
    )
    for method, address, body, status in (
        ("PATCH", "/api/images", {"select": {"ids": [kept["id"]]}, "set": {"status": "ready"}}, 200),
        ("PATCH", "/api/tags", {"tag": "#heron", "name": "#herons", "version": 1}, 200),
        ("DELETE", f"/api/categories/{category['id']}", None, 200),
        ("POST", "/api/collections", {"name": "Coast"}, 201),
        ("POST", "/api/batches", {"select": {"ids": [kept["id"]]}, "only": "empty"}, 202),
        ("DELETE", f"/api/images/{gone['id']}", None, 204),
        ("POST", "/api/trash/empty", None, 200),
        ("GET", "/readyz", None, 200),
        ("GET", "/export.csv", None, 200),
    ):
        assert client.open(address, method=method, json=body).status_code == status, address
    worker = jobs.QueueWorker(lesser_url, make_dependencies(config, 2), 2)
    worker.start()
    try:
        for task in (jobs.SWEEP, jobs.TIDY, jobs.LOOK, jobs.COMPARE):
            job_queue.enqueue(lesser_url, task)
        with Session(lesser) as session:
            batch = text("SELECT state FROM batch")
            rung = text("SELECT count(*) FROM procrastinate_jobs")
            wait_until(lambda: session.scalar(batch) == "done")
            wait_until(lambda: session.scalar(rung) == 0)
    finally:
        worker.stop()
    with app.app_context():
        db.engine.dispose()
    assert {"batch started", "trash emptied"} <= {
        row[0] for row in run(lesser_url, "SELECT action FROM audit")
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DROP TABLE audit",
        "ALTER TABLE audit RENAME TO other",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_append_only ON audit",
        "CREATE TRIGGER mine BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        "CREATE RULE mine AS ON INSERT TO audit DO INSTEAD NOTHING",
        "SET session_replication_role = replica",
        "DROP FUNCTION audit_append_only() CASCADE",
        "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
        "DROP SCHEMA public CASCADE",
        "UPDATE alembic_version SET version_num = '0001'",
        "DROP TABLE image",
    ],
)
def test_the_lesser_role_can_only_add_to_what_happened(lesser: Engine, statement: str) -> None:
    with lesser.begin() as connection:
        connection.execute(text("INSERT INTO audit (action) VALUES ('sign-in')"))
        before = connection.scalar(text("SELECT count(*) FROM audit"))
    # By the database's own rules: the trigger has other words.
    refused = pytest.raises(DBAPIError, match=r"permission denied|must be owner")
    with lesser.connect() as connection, refused:
        connection.execute(text(statement))
    with lesser.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit")) == before


def test_rights_are_given_once_and_again_for_what_is_new(owners_url: str, lesser_url: str) -> None:
    engine = create_engine(owners_url, poolclass=NullPool)
    role = {"role": run(lesser_url, "SELECT current_user")[0][0]}
    with engine.connect() as connection:
        assert connection.scalars(migrations.MISSING, role).all() == []
    run(
        owners_url,
        "CREATE TABLE later (id int GENERATED ALWAYS AS IDENTITY)",
        "GRANT UPDATE ON audit TO PUBLIC",
    )
    with engine.connect() as connection:
        assert len(connection.scalars(migrations.MISSING, role).all()) == 3
    # What everybody may do cannot be taken from one.
    with pytest.raises(migrations.MigrationError, match="could change what happened"):
        migrations.grant(owners_url, lesser_url)
    run(owners_url, "REVOKE UPDATE ON audit FROM PUBLIC")
    migrations.grant(owners_url, lesser_url)
    run(lesser_url, "INSERT INTO later DEFAULT VALUES", "DELETE FROM later")
    run(owners_url, "DROP TABLE later")


@pytest.mark.parametrize("rights", ["ALL", "UPDATE (who)"])
def test_a_right_too_many_is_taken_away(owners_url: str, lesser_url: str, rights: str) -> None:
    name = run(lesser_url, "SELECT current_user")[0][0]
    run(owners_url, f'GRANT {rights} ON audit TO "{name}"')
    migrations.grant(owners_url, lesser_url)
    asked = (
        "SELECT has_table_privilege('audit', 'DELETE, TRUNCATE') OR has_any_column_privilege('audit', 'UPDATE'), "
        "has_table_privilege('audit', 'INSERT')"
    )
    assert run(lesser_url, asked) == [(False, True)]


def test_a_column_that_everybody_may_change_is_too_much(owners_url: str, lesser_url: str) -> None:
    run(owners_url, "GRANT UPDATE (who) ON audit TO PUBLIC")
    with pytest.raises(migrations.MigrationError, match="could change what happened"):
        migrations.grant(owners_url, lesser_url)
    run(owners_url, "REVOKE UPDATE (who) ON audit FROM PUBLIC")
    migrations.grant(owners_url, lesser_url)


@pytest.mark.parametrize("who", ["owner", "superuser"])
def test_a_role_that_could_do_more_all_the_same_is_refused(
    owners_url: str, lesser_url: str, postgres: str, who: str
) -> None:
    name = owners_url.partition("@/")[2].partition("?")[0]
    url = owners_url if who == "owner" else postgres.replace("/postgres?", f"/{name}?")
    with pytest.raises(migrations.MigrationError, match=r"Give DATABASE_URL a role that owns nothing\.$"):
        migrations.grant(owners_url, url)


def test_two_databases_are_told_apart(
    owners_url: str, lesser_url: str, make_database: Callable[[], str]
) -> None:
    other = make_database().partition("@/")[2].partition("?")[0]
    mine = owners_url.partition("@/")[2].partition("?")[0]
    with pytest.raises(migrations.MigrationError, match="do not name the same database"):
        migrations.grant(owners_url, lesser_url.replace(f"/{mine}?", f"/{other}?"))


def test_a_server_that_is_away_is_told_without_the_password(owners_url: str) -> None:
    with pytest.raises(migrations.MigrationError, match=r"^The database cannot be reached: ") as caught:
        migrations.grant(owners_url, "postgresql+psycopg2://someone:geheim@127.0.0.1:1/none")
    assert "geheim" not in str(caught.value)


@pytest.mark.usefixtures("asked_here")
def test_the_start_migrates_as_one_role_and_works_as_the_other(
    make_database: Callable[[], str], owners_url: str, lesser_url: str, tmp_path: Path
) -> None:
    fresh = make_database()
    name = fresh.partition("@/")[2].partition("?")[0]
    mine = owners_url.partition("@/")[2].partition("?")[0]
    owner, program = (url.replace(f"/{mine}?", f"/{name}?") for url in (owners_url, lesser_url))
    run(fresh, f"ALTER DATABASE {name} OWNER TO {owner.partition('://')[2].partition('@')[0]}")
    config = config_of(program, tmp_path, MIGRATION_DATABASE_URL=owner)
    app = prepare(config)
    assert app.test_client().get("/readyz").status_code == 200
    assert run(program, "SELECT has_table_privilege('audit', 'DELETE')") == [(False,)]
    # Given to `migrate` alone, it does not have to be known to the pages.
    prepare(config_of(program, tmp_path))
    with app.app_context():
        db.engine.dispose()


def test_a_role_that_may_only_read_is_not_ready(owners_url: str, lesser_url: str, tmp_path: Path) -> None:
    reader = f"aim_reader_{next(_numbers)}"
    run(
        owners_url.replace(owners_url.partition("://")[2].partition("@")[0] + "@", "postgres@"),
        f"CREATE ROLE {reader} LOGIN",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}",
    )
    mine = lesser_url.partition("://")[2].partition("@")[0]
    app = create_app(config_of(lesser_url.replace(f"{mine}@", f"{reader}@"), tmp_path))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["database"]) == (503, False)
    with app.app_context():
        db.engine.dispose()


def test_without_rights_to_migrate_the_start_says_so(
    make_database: Callable[[], str], owners_url: str, lesser_url: str, tmp_path: Path
) -> None:
    name = make_database().partition("@/")[2].partition("?")[0]
    mine = owners_url.partition("@/")[2].partition("?")[0]
    with pytest.raises(PostgresError, match="GRANT USAGE, CREATE ON SCHEMA public TO"):
        prepare(config_of(lesser_url.replace(f"/{mine}?", f"/{name}?"), tmp_path))


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DATABASE_URL": ""}, "MIGRATION_DATABASE_URL is set, but DATABASE_URL is not"),
        (
            {"MIGRATION_DATABASE_URL": "mysql://u:geheim@h/x"},
            "MIGRATION_DATABASE_URL must start with postgresql",
        ),
        ({"MIGRATION_DATABASE_URL": "://geheim"}, "MIGRATION_DATABASE_URL cannot be read"),
    ],
)
def test_settings_that_do_not_go_together_are_told(environment: dict[str, str], sentence: str) -> None:
    usual = {"DATABASE_URL": "postgresql://h/x", "MIGRATION_DATABASE_URL": "postgresql://u:geheim@h/x"}
    with pytest.raises(ConfigError, match=sentence) as caught:
        Config.from_env({**usual, **environment})
    assert "geheim" not in str(caught.value)
