"""What a PostgreSQL database lacks for this program, and what a refusal of the server means: each in plain words.

A sentence says what is, and the command that mends it. What PostgreSQL refuses while it takes a connection comes
without an SQLSTATE, so that its English message is looked at; one in another language is told as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from getpass import getuser
from typing import Any

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from artworks.adapters.postgres.server import PostgresError

CONNECT_SECONDS = 10
FULL, READ_ONLY = "53100", "25006"
# No rights; no schema that may be used; no such table, which is also what a schema looks like that may not be used.
REFUSED = frozenset({"42501", "3F000", "42P01"})
UTF8 = "UTF8"
ROOM = "The disk of the database is full. Make room on it and try again."
CAN_ONLY_READ = (
    "The database can only be read. If it is a standby, name its primary server in the URL; else run"
    " ALTER DATABASE {database} SET default_transaction_read_only = off;"
)
# Part of a message, the SQLSTATE, and what it means. Of one SQLSTATE the last is meant where no message fits.
MEANINGS = (
    ("No space left on device", FULL, ROOM),
    (
        "too many clients|remaining connection slots|too many connections",
        "53300",
        "The database has no connection left for this program. End what else uses it, or raise max_connections in its"
        " postgresql.conf, or the limit of the role: ALTER ROLE {role} CONNECTION LIMIT -1;",
    ),
    (
        "database system is|not (yet )?accepting connections",
        "57P03",
        "The database server is just starting or stopping. Try again in a moment; if it stays so, its log says why.",
    ),
    (
        "password authentication failed|no password supplied",
        "28P01",
        "The database does not take the password of {role}. Correct it in the URL, or set it anew:"
        " ALTER ROLE {role} PASSWORD '…';",
    ),
    (
        'role ".*" does not exist',
        "28000",
        "The database server knows no role {role}. Correct the URL, or make it: CREATE ROLE {role} LOGIN PASSWORD '…';",
    ),
    (
        "not permitted to log in",
        "28000",
        "The role {role} may not sign in to the database. Let it: ALTER ROLE {role} LOGIN;",
    ),
    (
        "pg_hba.conf",
        "28000",
        "The database server does not let {role} in from this computer. Add a line for it to pg_hba.conf there, then"
        " run SELECT pg_reload_conf();",
    ),
    (
        'database ".*" does not exist',
        "3D000",
        "There is no database {database} on this server. Make it: {creation}",
    ),
    (
        "permission denied for database",
        "42501",
        "The role {role} may not use the database {database}. Let it, as the owner of the database:"
        " GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role};",
    ),
    ("no schema has been selected", "3F000", "{schema_rights}"),
    ("permission denied for schema", "42501", "{schema_rights}"),
    (
        "permission denied|must be owner",
        "42501",
        "The role {role} may not do with the tables what the program does ({said}). Let their owner give it its rights:"
        " run python main.py migrate once with MIGRATION_DATABASE_URL set to the URL of the owner.",
    ),
    ("read-only transaction", READ_ONLY, CAN_ONLY_READ),
)
SCHEMA_RIGHTS = (
    "The role {role} may not make tables in the schema {schema} of the database {database}. Let it, as the owner of"
    " that database and in it: GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};"
)
SCHEMA_HIDDEN = (
    "The role {role} may not use the schema public of the database {database}, in which the tables are. Let it, as the"
    " owner of that database and in it: GRANT USAGE ON SCHEMA public TO {role};"
)

FACTS = text("""
SELECT current_database() AS database, current_user AS role, current_setting('server_version_num')::int AS version,
    current_setting('server_encoding') AS encoding, current_setting('client_encoding') AS client_encoding,
    current_setting('transaction_read_only') = 'on' AS read_only, to_regclass('image') IS NULL AS is_new,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
    EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relname = 'alembic_version'
        AND nspname = 'public' AND NOT has_schema_privilege(n.oid, 'USAGE')) AS is_hidden,
    coalesce(current_schema(), 'public') AS schema
""")
# Asked and not concluded from a name: what counts as a letter depends on the provider, the locale and the system. Up to
# version 17 the full-text search asks the system by LC_CTYPE, whatever the provider is.
LETTERS = text("""
SELECT lower('ÄДΩ') = 'äдω' AS knows_letters,
    tsvector_to_array(to_tsvector('pg_catalog.simple', 'ÄДΩ')) = ARRAY['äдω'] AS finds_letters
""")
# What was sorted with one version of the rules is not found with the next.
COLLATIONS = text("""
SELECT 'DATABASE' AS kind, datname AS name, datcollversion AS then, pg_database_collation_actual_version(oid) AS now
FROM pg_database WHERE datname = current_database()
UNION ALL
SELECT 'COLLATION', collname, collversion, pg_collation_actual_version(c.oid) FROM pg_collation c WHERE c.oid IN (
    SELECT attcollation FROM pg_attribute a JOIN pg_class r ON r.oid = attrelid
    WHERE r.relnamespace = current_schema()::regnamespace)
""")
WITH_VERSIONS = 150000
WITH_BUILTIN = 170000
# 1.4 MB that do not fit into the memory allowed here and so go to a temporary file on the database's disk, which is
# deleted at once: neither the log nor a table grows.
SPILL = (
    "SET LOCAL work_mem = '64kB'",
    "SET LOCAL temp_tablespaces = ''",
    "SELECT count(*) FROM generate_series(1, 100000)",
)


@dataclass(frozen=True)
class DatabaseFacts:
    """What a database says of itself.

    `is_hidden` tells that there are tables in a schema that the role may not use; `collations` are those whose version
    is another one now than then.
    """

    database: str = "artworks"
    role: str = "artworks"
    version: int = 180000
    encoding: str = UTF8
    client_encoding: str = UTF8
    read_only: bool = False
    is_new: bool = False
    may_create: bool = True
    is_hidden: bool = False
    schema: str = "public"
    knows_letters: bool = True
    finds_letters: bool = True
    has_room: bool = True
    collations: list[tuple[str, str, str, str]] = field(default_factory=list)


def check(url: str) -> list[str]:
    """Return a sentence for each thing that is wrong and can be lived with; raises PostgresError for the rest.

    `url` is a SQLAlchemy URL. Costs one connection, which is closed, and three or four small queries.
    """
    facts = read(url)
    if sentence := obstacle(facts):
        raise PostgresError(sentence)
    return list(warnings(facts))


def read(url: str) -> DatabaseFacts:
    """Ask the database at `url` what there is to know; raises PostgresError when it cannot be asked."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS})
    try:
        with engine.connect() as connection:
            return _facts(connection)
    except SQLAlchemyError as error:
        raise PostgresError(
            explain(error, url) or f"The database cannot be reached: {reason(error)}."
        ) from error
    except UnicodeError as error:
        raise PostgresError(f"What the database says cannot be read: {error}.") from error
    finally:
        engine.dispose()


def _facts(connection: Connection) -> DatabaseFacts:
    found: dict[str, Any] = dict(connection.execute(FACTS).mappings().one())
    if found["encoding"] == found["client_encoding"] == UTF8:
        found |= connection.execute(LETTERS).mappings().one()
    if found["version"] >= WITH_VERSIONS:
        rows = connection.execute(COLLATIONS).all()
        found["collations"] = [tuple(row) for row in rows if row.then and row.now and row.then != row.now]
    return DatabaseFacts(**found, has_room=has_room(connection))


def has_room(connection: Connection) -> bool:
    """Return whether the disk of the database takes about a megabyte more; ends the transaction either way.

    Costs some 20 ms.
    """
    try:
        for statement in SPILL:
            connection.exec_driver_sql(statement)
    except DBAPIError as error:
        if sqlstate(error) != FULL:
            raise
        return False
    finally:
        connection.rollback()
    return True


def obstacle(facts: DatabaseFacts) -> str | None:
    """Return why the program cannot work with this database; None when it can."""
    if facts.encoding != UTF8:
        return (
            f"The database {facts.database} has the encoding {facts.encoding}, in which most of the world's letters"
            f" cannot be written. {_another(facts)}"
        )
    if facts.client_encoding != UTF8:
        return (
            f"The connection to the database uses {facts.client_encoding} for letters and not UTF8. Unset"
            f" PGCLIENTENCODING, and run ALTER ROLE {quote_name(facts.role)} RESET client_encoding;"
        )
    if facts.is_new and (letters := _letters(facts)):
        return f"{letters} {_another(facts)}"
    if facts.is_new and (rights := _schema_rights(facts)):
        return rights
    if facts.read_only:
        return CAN_ONLY_READ.format(database=quote_name(facts.database))
    return None if facts.has_room else ROOM


def warnings(facts: DatabaseFacts) -> Iterator[str]:
    """Yield what is wrong with a database that the program can work with."""
    if letters := _letters(facts):
        yield f"{letters} {_another(facts)}"
    for kind, name, then, now in facts.collations:
        yield (
            f"The system sorts letters by other rules now (version {now}) than when the database {facts.database} was"
            f" made ({then}), so that some rows may not be found. Run in it:"
            f" REINDEX DATABASE {quote_name(facts.database)};"
            f" ALTER {kind} {quote_name(name)} REFRESH {'COLLATION ' if kind == 'DATABASE' else ''}VERSION;"
        )


def _schema_rights(facts: DatabaseFacts) -> str:
    """Return which right on the schema lacks, and what gives it; empty when tables are there or can be made."""
    if facts.is_hidden:
        return SCHEMA_HIDDEN.format(role=quote_name(facts.role), database=quote_name(facts.database))
    if not facts.may_create:
        return SCHEMA_RIGHTS.format(
            role=quote_name(facts.role), database=quote_name(facts.database), schema=quote_name(facts.schema)
        )
    return ""


def _letters(facts: DatabaseFacts) -> str:
    """Return which letters the database does not know in what; empty when it knows all of them."""
    if not facts.knows_letters:
        return (
            f"The locale of the database {facts.database} knows no letters but a to z: “Ärger” and “ärger” are two tags"
            " in it, and searching for one does not find the other."
        )
    if not facts.finds_letters:
        return (
            f"The search of the database {facts.database} knows no capital letters but A to Z, because its LC_CTYPE is"
            " not UTF-8: searching for “дом” does not find “ДОМ”."
        )
    return ""


def _another(facts: DatabaseFacts) -> str:
    """Return how to make a database which has every letter, and what to do with it."""
    made = creation(f"{facts.database}_utf8", facts.role, facts.version)
    return f"Make another one and name it in DATABASE_URL: {made}" + (
        "" if facts.is_new else " The README tells how to take the library along (“Backups”)."
    )


def creation(database: str, role: str, version: int = 0) -> str:
    """Write the command that makes a database which has every letter, on a server of any version where it is unknown.

    LC_CTYPE is UTF-8 in each: with C, the search of version 17 and before lowers no letters but A to Z.
    """
    provider = ""
    if version >= WITH_BUILTIN:
        provider = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' "
    elif version >= WITH_VERSIONS:
        provider = "LOCALE_PROVIDER libc "
    return (
        f"CREATE DATABASE {quote_name(database)} OWNER {quote_name(role)} ENCODING 'UTF8' TEMPLATE template0"
        f" {provider}LOCALE 'C.UTF-8';"
    )


def explain(error: Exception, url: URL | str) -> str | None:
    """Return what the server at `url` refused and what mends it, by SQLSTATE or message; None for what is not known."""
    said, state = reason(error), sqlstate(error)
    known = [meaning for meaning in MEANINGS if state in ("", meaning[1])]
    # All lines are looked at: a name that stands for several addresses is refused once for each.
    fitting = [sentence for part, _, sentence in known if re.search(part, str(getattr(error, "orig", error)))]
    if not fitting and not (state and known):
        return None
    url = make_url(url)
    role = url.username or getuser()
    names = {
        "role": quote_name(role),
        "database": quote_name(url.database or role),
        "schema": next(iter(re.findall(r"for schema (\S+)", said)), "public"),
        "said": said,
        "creation": creation(url.database or role, role),
    }
    sentence = (fitting or [known[-1][2]])[0].replace("{schema_rights}", SCHEMA_RIGHTS)
    return sentence.format(**names)


def reason(error: Exception) -> str:
    """Return the first line of what the database said, without the statement and without a password."""
    said = str(error.orig) if isinstance(error, DBAPIError) and error.orig is not None else str(error)
    line = said.strip().splitlines()[0] if said.strip() else type(error).__name__
    return line.removeprefix("ERROR:").strip().rstrip(".")


def sqlstate(error: BaseException) -> str:
    """Return the five letters that PostgreSQL marks a refusal with; empty where it refused a connection."""
    original = getattr(error, "orig", None)
    return str(getattr(original, "sqlstate", None) or getattr(original, "pgcode", None) or "")


def quote_name(name: str) -> str:
    """Write a name as SQL takes it."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'
