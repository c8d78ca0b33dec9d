"""What a role may not do with the program's tables, and the commands that let it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from artworks.adapters.postgres.health import CONNECT_SECONDS, explain, quote_name, reason
from artworks.adapters.postgres.server import PostgresError

# Only tables of ours: others in the same schema are none of our business. What happened is only read and added to,
# and the version only read.
LACKING = text(r"""
WITH ours AS (
    SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, CASE c.relname WHEN 'audit' THEN 'SELECT, INSERT'
        WHEN 'alembic_version' THEN 'SELECT' ELSE 'SELECT, INSERT, UPDATE, DELETE' END AS rights
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
    AND (c.relname = ANY(:tables) OR c.relname LIKE 'procrastinate\_%')
), lacks AS (
    SELECT name, (SELECT string_agg(one, ', ') FROM unnest(string_to_array(rights, ', ')) AS one
        WHERE NOT has_table_privilege(oid, one)) AS rights, 'TABLE' AS kind
    FROM ours
    UNION ALL
    -- Those of identity columns ask for no rights.
    SELECT format('%I.%I', n.nspname, s.relname), 'USAGE, SELECT', 'SEQUENCE'
    FROM ours JOIN pg_depend d ON d.refobjid = ours.oid AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace
    WHERE NOT (has_sequence_privilege(s.oid, 'USAGE') AND has_sequence_privilege(s.oid, 'SELECT'))
)
SELECT current_user AS role, current_database() AS database, rights, kind, string_agg(name, ', ' ORDER BY name) AS names
FROM lacks WHERE rights IS NOT NULL GROUP BY rights, kind ORDER BY kind DESC, rights
""")


def check(url: str, tables: Sequence[str]) -> None:
    """Raise PostgresError when the role at `url` (a SQLAlchemy URL) lacks rights on the program's tables.

    Costs one connection, which is closed, and one small query.
    """
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}, hide_parameters=True
    )
    try:
        with engine.connect() as connection:
            lacking = connection.execute(LACKING, {"tables": list(tables)}).all()
    except SQLAlchemyError as error:
        raise PostgresError(
            explain(error, url) or f"The database cannot be reached: {reason(error)}."
        ) from error
    finally:
        engine.dispose()
    if lacking:
        role, database = quote_name(lacking[0].role), lacking[0].database
        lacks = sorted({right for row in lacking for right in row.rights.split(", ")})
        grants = " ".join(f"GRANT {row.rights} ON {row.kind} {row.names} TO {role};" for row in lacking)
        raise PostgresError(
            f"The role {role} may not do with the tables of the database {database} all that the program does: it lacks"
            f" {', '.join(lacks)}. Let it, as their owner and in that database: {grants}"
        )
