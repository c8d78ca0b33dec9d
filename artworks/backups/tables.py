"""All rows of a database, out of it in one snapshot and into an empty one: by COPY, whatever server either runs on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

import migrations
from artworks.adapters.postgres.copy_rows import copy_in, copy_out
from artworks.backups.archive import ArchiveWriter, DamagedArchiveError, Section
from artworks.backups.state import BackupError
from models import Base

QUEUE = "procrastinate_"
# Every other table is in a backup; a test compares both with a database.
LEFT_OUT = {
    "alembic_version": "the step stands in the archive's first line",
    "backup_state": "it is about this database's backups",
    "count_change": "it is empty between transactions",
    "guess": "who guessed passwords counts from nothing",
    "later_rendition": "small copies are not in a backup, and are made anew at a look",
    "pending_file": "it is about files on their way in this storage",
    "person_session": "everybody signs in again",
    "procrastinate_workers": "none of these processes is alive any more",
    "rendition_failure": "small copies are made anew",
    "storage_mark": "the restored storage gets a mark of its own",
    "storage_scan": "it is about the files of this storage",
}
# What an empty database keeps when a backup is put into it.
KEPT = ("alembic_version", "storage_mark")
# What a program fills by itself that nobody has used yet.
FILLED_BY_ITSELF = frozenset(
    (
        *LEFT_OUT, "audit", "local_mode_end", "procrastinate_events", "procrastinate_jobs",
        "procrastinate_periodic_defers", "rate_bucket", "search_word", "search_word_progress",
    )
)  # fmt: skip
# As texts that do not depend on the server, its settings or its locale.
PLAIN = """
    SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s';
    SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL client_encoding = 'UTF8';
    SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL timezone = 'UTC';
    SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL row_security = off;
"""
TABLES = text("""
    SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relname
""")
# What the database makes of other columns is not copied.
COLUMNS = text("""
    SELECT a.attname FROM pg_attribute a WHERE a.attrelid = to_regclass(quote_ident(:name)) AND a.attnum > 0
    AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum
""")
SEQUENCES = text("""
    SELECT sequencename, coalesce(last_value, start_value) AS value, last_value IS NOT NULL AS called
    FROM pg_sequences WHERE schemaname = current_schema() ORDER BY sequencename
""")
SET_SEQUENCE = text("SELECT setval(to_regclass(quote_ident(:name)), :value, :called)")
FOREIGN_KEYS = text("""
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS dropping,
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS adding
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY oid
""")
# What a worker had begun is begun again; unless the same waits already, of which the queue takes one.
WAITING_AGAIN = """
    UPDATE procrastinate_jobs SET worker_id = NULL WHERE worker_id IS NOT NULL;
    UPDATE procrastinate_jobs doing SET status = 'failed' WHERE status = 'doing' AND EXISTS (
        SELECT FROM procrastinate_jobs other WHERE other.queueing_lock = doing.queueing_lock
        AND (other.status = 'todo' OR other.status = 'doing' AND other.id < doing.id));
    UPDATE procrastinate_jobs SET status = 'todo', abort_requested = false WHERE status = 'doing';
"""


def is_ours(table: str) -> bool:
    """Return whether a table is of this program or its queue."""
    return table in Base.metadata.tables or table.startswith(QUEUE) or table in LEFT_OUT


def open_snapshot(connection: Connection) -> list[str]:
    """Begin the transaction in which all is read, and return the tables to copy; those of others come last.

    The locks come before the snapshot, so that nothing changes or empties a table in between.
    """
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    # The names are read in another transaction: the first query of this one is its snapshot.
    with connection.engine.connect() as other:
        names = [name for name in other.scalars(TABLES) if is_ours(name) and name not in LEFT_OUT]
    # SET takes no snapshot, and neither does LOCK.
    connection.execute(text(PLAIN))
    connection.exec_driver_sql(f"LOCK TABLE {', '.join(map(quoted, names))} IN ACCESS SHARE MODE")
    now = [name for name in connection.scalars(TABLES) if is_ours(name) and name not in LEFT_OUT]
    if now != names or not set(Base.metadata.tables) <= {*names, *LEFT_OUT}:
        raise BackupError("The tables of the database are being changed. Try again in a moment.")
    return names


def foreign_tables(connection: Connection) -> list[str]:
    """Return the tables that are not of this program, and so in no backup."""
    return [name for name in connection.scalars(TABLES) if not is_ours(name)]


def write_tables(connection: Connection, names: list[str], archive: ArchiveWriter) -> dict[str, int]:
    """Write every row and where every sequence is; returns how many rows each table has."""
    driver = connection.connection.driver_connection
    counts = {}
    for name in names:
        columns = list(connection.scalars(COLUMNS, {"name": name}))
        archive.begin("table", name=name, columns=columns)
        copied = f"COPY {quoted(name)} ({', '.join(map(quoted, columns))}) TO STDOUT"
        copy_out(driver, copied, {}, archive.write)
        counts[name] = archive.lines
        archive.end()
    archive.begin("sequences")
    for row in connection.execute(SEQUENCES):
        archive.write_fields({"name": row.sequencename, "value": row.value, "called": row.called})
    archive.end()
    return counts


def content(connection: Connection) -> dict[str, int]:
    """Return the tables in which somebody has put something, with how many rows each has."""
    found = {}
    for name in connection.scalars(TABLES).all():
        if is_ours(name) and name not in FILLED_BY_ITSELF:
            count = connection.exec_driver_sql(f"SELECT count(*) FROM {quoted(name)}").scalar_one()  # noqa: S608
            if count:
                found[name] = count
    return found


class TableLoader:
    """Loads sections of an archive into an empty database, within the caller's transaction.

    Constraints between tables are taken away and made anew, which compares every row; triggers sleep: what they would
    count is in the archive as well.
    """

    def __init__(self, connection: Connection, step: str) -> None:
        self._connection = connection
        connection.execute(text(PLAIN))
        every = ", ".join(quoted(name) for name in connection.scalars(TABLES) if is_ours(name))
        connection.exec_driver_sql(f"LOCK TABLE {every} IN ACCESS EXCLUSIVE MODE")
        if content(connection):
            raise BackupError("Somebody put something into this program meanwhile, so nothing was restored.")
        migrations.bring_to(connection, step)
        self._tables = [name for name in connection.scalars(TABLES) if is_ours(name)]
        self._keys = connection.execute(FOREIGN_KEYS).all()
        for key in self._keys:
            connection.exec_driver_sql(key.dropping)
        # Those of the audit let nothing be emptied, either.
        self._triggers("DISABLE")
        emptied = ", ".join(quoted(name) for name in self._tables if name not in KEPT)
        connection.exec_driver_sql(f"TRUNCATE {emptied}")
        self._loaded: set[str] = set()

    def load_table(self, section: Section) -> None:
        """Load the rows of a table."""
        name, columns = str(section.fields.get("name")), section.fields.get("columns")
        if name not in self._tables or not isinstance(columns, list):
            raise BackupError(
                f"The backup has a table that this program does not know: {name}. Was it made by a newer one?"
            )
        known = list(self._connection.scalars(COLUMNS, {"name": name}))
        if sorted(columns) != sorted(known):
            raise BackupError(f"The backup has other columns of the table {name} than this program knows.")
        copied = f"COPY {quoted(name)} ({', '.join(map(quoted, columns))}) FROM STDIN"
        copy_in(self._connection.connection.driver_connection, copied, section.lines)
        self._loaded.add(name)

    def load_sequences(self, rows: Iterator[dict[str, Any]]) -> None:
        """Set the sequences, so that new rows get new numbers."""
        for row in rows:
            self._connection.execute(SET_SEQUENCE, row)

    def finish(self) -> None:
        """Compare the rows of all tables with each other, and migrate to what the program needs."""
        missing = set(self._tables) - self._loaded - set(LEFT_OUT)
        if missing:
            raise DamagedArchiveError(f"lacks tables: {', '.join(sorted(missing))}")
        for statement in filter(str.strip, WAITING_AGAIN.split(";")):
            self._connection.exec_driver_sql(statement)
        for key in self._keys:
            self._connection.exec_driver_sql(key.adding)
        self._triggers("ENABLE")
        migrations.bring_to(self._connection, migrations.HEAD)

    def _triggers(self, what: str) -> None:
        for name in self._tables:
            self._connection.exec_driver_sql(f"ALTER TABLE {quoted(name)} {what} TRIGGER USER")


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
