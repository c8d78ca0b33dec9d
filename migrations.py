"""Bring the database's tables to the version this program needs, once, however many processes start."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from artworks.adapters.postgres.health import explain, reason, sqlstate

log = logging.getLogger(__name__)

# The newest file in schema/versions; a test compares them. Kept here so that a start with nothing to do needs
# neither Alembic nor the folder.
HEAD = "0025"
FOLDER = Path(__file__).resolve().parent / "schema"
# Any number will do, as long as nothing else takes the same lock in this database.
LOCK = 4_732_910_655
WAIT_FOR_OTHERS = "120s"
# A table in use is not waited for: whoever waits for the lock of ALTER TABLE holds up every reader behind it.
WAIT_FOR_TABLES = "10s"
CONNECT_SECONDS = 10

# What a role of the program's own needs and does not have yet, as statements: all rows of all tables that we own, but
# what happened is only read and added to, and the version only read. Objects of extensions are not ours.
MISSING = text("""
WITH ours AS (
    SELECT c.oid, c.relkind, CASE c.relname WHEN 'audit' THEN 'SELECT, INSERT' WHEN 'alembic_version' THEN 'SELECT'
        ELSE 'SELECT, INSERT, UPDATE, DELETE' END AS rights, c.relname IN ('audit', 'alembic_version') AS guarded
    FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND pg_has_role(c.relowner, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
)
SELECT format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), CAST(:role AS text))
WHERE NOT has_schema_privilege(:role, current_schema(), 'USAGE')
UNION ALL
SELECT format('REVOKE ALL ON %1$s FROM %2$I; GRANT %3$s ON %1$s TO %2$I', oid::regclass, CAST(:role AS text), rights)
FROM ours WHERE guarded AND (has_table_privilege(:role, oid, 'DELETE, TRUNCATE, TRIGGER')
    OR has_any_column_privilege(:role, oid, 'UPDATE, REFERENCES'))
UNION ALL
SELECT format('GRANT %s ON %s TO %I', rights, oid::regclass, CAST(:role AS text)) FROM ours WHERE relkind <> 'S'
AND EXISTS (SELECT FROM unnest(string_to_array(rights, ', ')) AS one WHERE NOT has_table_privilege(:role, oid, one))
UNION ALL
SELECT format('GRANT USAGE, SELECT ON SEQUENCE %s TO %I', oid::regclass, CAST(:role AS text)) FROM ours
WHERE relkind = 'S'
AND NOT (has_sequence_privilege(:role, oid, 'USAGE') AND has_sequence_privilege(:role, oid, 'SELECT'))
UNION ALL
SELECT format('GRANT EXECUTE ON ROUTINE %s TO %I', p.oid::regprocedure, CAST(:role AS text)) FROM pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace AND pg_has_role(p.proowner, 'USAGE')
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
AND NOT has_function_privilege(:role, p.oid, 'EXECUTE')
""")
# Whoever owns a table, its schema or the database can do everything with it after all, and so can a superuser.
TOO_MUCH = text("""
SELECT has_table_privilege(:role, c.oid, 'DELETE, TRUNCATE, TRIGGER')
    OR has_any_column_privilege(:role, c.oid, 'UPDATE')
    OR pg_has_role(:role, c.relowner, 'MEMBER')
    OR pg_has_role(:role, n.nspowner, 'MEMBER') OR pg_has_role(:role, d.datdba, 'MEMBER')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_database d ON d.datname = current_database()
WHERE c.oid = 'audit'::regclass
""")


class MigrationError(RuntimeError):
    """The database cannot be brought to the right version; the message is one sentence for the operator."""


def upgrade(url: str) -> bool:
    """Migrate the database at `url` (a SQLAlchemy URL) and tell whether there was anything to do.

    With nothing to do this costs one small query. Otherwise everything happens in one transaction under an
    advisory lock: it is done whole or not at all, and processes that start at once wait for the first.
    Raises MigrationError when the server cannot be reached, the database is newer than the program, or a step
    fails.
    """
    engine = _engine(url)
    try:
        if is_current(engine):
            return False
        with engine.begin() as connection:
            return _migrate(connection)
    except MigrationError:
        raise
    except ValueError as error:
        raise MigrationError(str(error)) from error
    except SQLAlchemyError as error:
        said = explain(error, url) or f"The database could not be brought up to date: {reason(error)}."
        raise MigrationError(said) from error
    finally:
        engine.dispose()


def grant(url: str, program_url: str) -> None:
    """Let the role of `program_url` do what the program does, and no more; what happened it can only add to.

    `url` is that of the role which migrates. Costs two small queries when nothing is missing. Raises MigrationError,
    also when that role could do more all the same, or when the two name different databases.
    """
    engine, program = _engine(url), _engine(program_url)
    try:
        role = _role(program)
        with engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_FOR_OTHERS}'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            for statement in connection.scalars(MISSING, {"role": role}).all():
                connection.exec_driver_sql(statement)
            too_much = connection.scalar(TOO_MUCH, {"role": role})
        if too_much:
            raise MigrationError(
                f"DATABASE_URL signs in as {role}, who owns tables, schema or database or is a superuser, and so could "
                "change what happened. Give DATABASE_URL a role that owns nothing."
            )
        if _version(program) != HEAD:
            raise MigrationError("DATABASE_URL and MIGRATION_DATABASE_URL do not name the same database.")
    except SQLAlchemyError as error:
        said = (
            explain(error, url) or f"The role of DATABASE_URL could not be given its rights: {reason(error)}."
        )
        raise MigrationError(said) from error
    finally:
        engine.dispose()
        program.dispose()


def version(url: str) -> str | None:
    """Return the version of the database at `url`, None when it has none yet; raises MigrationError."""
    engine = _engine(url)
    try:
        return _version(engine)
    finally:
        engine.dispose()


def is_current(engine: Engine) -> bool:
    """Return whether the tables are those of this program; raises MigrationError when they are newer."""
    found = _version(engine)
    if found is not None and found > HEAD:
        raise MigrationError(
            f"The database has version {found}, but this program knows only {HEAD}. Update the program."
        )
    return found == HEAD


def step(connection: Connection, target: str, *, down: bool = False) -> None:
    """Run Alembic on this connection up to `target`, or `down` to it, inside the caller's transaction."""
    # Imported late, as the queue's library below: both are slow to load and seldom needed.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    (command.downgrade if down else command.upgrade)(config, target)


def bring_to(connection: Connection, target: str) -> None:
    """Bring a database without rows to a step it knows, upwards or downwards, inside the caller's transaction."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    found = connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
    if found != target:
        step(connection, target, down=found > target)


def _engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS})


def _version(engine: Engine) -> str | None:
    try:
        with engine.connect() as connection:
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found
    except ProgrammingError as error:
        if sqlstate(error) == "42P01":
            return None
        raise MigrationError(
            explain(error, engine.url) or f"The database cannot be read: {reason(error)}."
        ) from error
    except OperationalError as error:
        raise _unreachable(error, engine) from error


def _role(engine: Engine) -> str:
    """Return the name of the role that a URL signs in as; raises MigrationError."""
    try:
        with engine.connect() as connection:
            return str(connection.scalar(text("SELECT current_user")))
    except OperationalError as error:
        raise _unreachable(error, engine) from error


def _unreachable(error: OperationalError, engine: Engine) -> MigrationError:
    return MigrationError(explain(error, engine.url) or f"The database cannot be reached: {reason(error)}.")


def _migrate(connection: Connection) -> bool:
    connection.execute(text(f"SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '{WAIT_FOR_OTHERS}'"))
    connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    if is_current(connection.engine):
        return False
    connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_FOR_TABLES}'"))
    step(connection, HEAD)
    if connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is None:
        from procrastinate.schema import SchemaManager

        # A colon in the queue's SQL is no parameter.
        connection.execute(text(SchemaManager.get_schema().replace(":", r"\:")))
    log.info("The database was brought to version %s.", HEAD)
    return True
