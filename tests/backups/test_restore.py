"""A backup put back is the same library; only into an empty program, and whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

import migrations
from artworks.backups import restore, state
from artworks.backups.state import LAST_GOOD, BackupError
from artworks.backups.tables import KEPT, LEFT_OUT, TABLES, TableLoader, is_ours
from artworks.files import storage_mark
from models import Base
from tests.backups.conftest import PASSPHRASE, SECRET, Empty, Library, opened_place, originals

DOING = """
INSERT INTO procrastinate_jobs (task_name, queue_name, status, queueing_lock, worker_id, abort_requested) VALUES
    ('begun', 'q', 'doing', 'once', (SELECT min(id) FROM procrastinate_workers), false),
    ('begun', 'q', 'todo', 'once', NULL, false),
    ('other', 'q', 'doing', NULL, NULL, true)
"""


def copied(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: found for name, found in rows.items() if name not in LEFT_OUT}


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_every_row_and_every_file_comes_back(
    library: Library, empty: Empty, tmp_path: Path, passphrase: str
) -> None:
    place = tmp_path / "place"
    made = library.back_up(place, passphrase=passphrase)
    restored = empty.restore(place, passphrase=passphrase)
    rows = empty.rows()
    assert copied(rows) == copied(library.rows)
    gone = set(LEFT_OUT) - {*KEPT, "backup_state", "storage_scan"}
    assert [name for name in gone if rows[name]] == []
    assert originals(empty.folder / "pictures") == library.originals()
    assert restored.files == made.copied.new == len(library.originals()) == 5
    assert (tmp_path / "secret_key").read_text() == SECRET
    with Session(empty.engine) as session:
        assert storage_mark.inspect_storage(session, empty.target.storage).may_delete
        assert state.find(session, LAST_GOOD)
        assert not state.unfinished_restore(session)


def test_what_is_encrypted_tells_neither_words_nor_hashes(
    library: Library, backed_up: Path, tmp_path: Path
) -> None:
    sealed = tmp_path / "sealed"
    library.back_up(sealed, passphrase=PASSPHRASE)
    with library.engine.connect() as connection:
        hashes = set(connection.scalars(text("SELECT sha256 FROM image")))
    for place, is_open in ((backed_up, True), (sealed, False)):
        files = [path for path in place.rglob("*") if path.is_file()]
        assert ("Königin".encode() in b"".join(path.read_bytes() for path in files)) is is_open
        assert (
            hashes <= {path.name for path in files} if is_open else not hashes & {path.name for path in files}
        )
    with pytest.raises(BackupError, match="The passphrase is another one"):
        opened_place(sealed, "another one of mine")
    with pytest.raises(BackupError, match="not encrypted"):
        library.back_up(backed_up, passphrase=PASSPHRASE)


def test_the_list_of_what_is_left_out_and_the_database_know_the_same_tables(library: Library) -> None:
    with library.engine.connect() as connection:
        there = set(connection.scalars(TABLES))
    assert {name for name in there if not is_ours(name)} == set()
    assert set(LEFT_OUT) <= there
    assert set(Base.metadata.tables) <= there
    assert all(LEFT_OUT.values())


def test_work_that_had_begun_waits_again_and_once(library: Library, empty: Empty, tmp_path: Path) -> None:
    with library.engine.begin() as connection:
        connection.exec_driver_sql(DOING)
    library.back_up(tmp_path / "place")
    with library.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM procrastinate_jobs WHERE queue_name = 'q'")
    empty.restore(tmp_path / "place")
    with empty.engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT task_name, status::text, worker_id FROM procrastinate_jobs WHERE queue_name = 'q' ORDER BY id"
            )
        ).all()
    assert found == [("begun", "failed", None), ("begun", "todo", None), ("other", "todo", None)]


def test_a_program_with_anything_in_it_is_refused_and_says_what(place: Path, empty: Empty) -> None:
    with empty.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO collection (name) VALUES ('Mine')")
        connection.exec_driver_sql(
            "INSERT INTO person (email, name, role) VALUES ('a@example.org', 'A', 'owner')"
        )
    with pytest.raises(BackupError, match=r"not empty.* 1 collections, 1 people"):
        empty.restore(place)
    assert originals(empty.folder / "pictures") == {}
    with Session(empty.engine) as session:
        assert not state.unfinished_restore(session)


def test_somebody_who_is_quicker_than_the_restore_loses_nothing(
    place: Path, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = restore._copy_originals

    def copy_and_add(*arguments: object) -> None:
        copy(*arguments)  # type: ignore[arg-type]
        with empty.engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO collection (name) VALUES ('Mine')")

    monkeypatch.setattr(restore, "_copy_originals", copy_and_add)
    with pytest.raises(BackupError, match="Somebody put something"):
        empty.restore(place)
    assert len(empty.rows()["collection"]) == 1


def test_a_restore_that_is_cut_leaves_an_empty_program_that_says_so_and_begins_again(
    library: Library, place: Path, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    for owner, name in ((restore, "_load"), (TableLoader, "load_sequences"), (TableLoader, "finish")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, killed)
            with pytest.raises(Killed):
                empty.restore(place)
        with empty.engine.connect() as connection, Session(connection) as session:
            assert "python main.py restore there" in state.unfinished_restore(session)
            assert session.scalar(text("SELECT count(*) FROM image")) == 0
    empty.restore(place)
    assert copied(empty.rows()) == copied(library.rows)
    assert originals(empty.folder / "pictures") == library.originals()


def test_an_archive_of_an_older_step_is_brought_up_to_date(
    library: Library, place: Path, empty: Empty, tmp_path: Path
) -> None:
    empty.restore(place)
    with empty.engine.begin() as connection:
        migrations.step(connection, "0022", down=True)
    old = Library(library.folder, empty.engine)
    (made,) = _write_as_it_is(old, tmp_path / "old")
    with empty.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    migrations.upgrade(empty.engine.url.render_as_string(hide_password=False))
    again = Empty(tmp_path / "again", empty.engine)
    again.restore(tmp_path / "old", made)
    rows = again.rows()
    assert {name: rows[name] for name in ("image", "audit", "usage")} == {
        name: library.rows[name] for name in ("image", "audit", "usage")
    }
    assert rows["favourite"] == []
    with empty.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == migrations.HEAD


def _write_as_it_is(library: Library, place: Path) -> list[str]:
    """Back up a database of an older step, which has no table of backups and fewer tables."""

    @contextmanager
    def hold_nothing(_engine: object) -> Iterator[None]:
        yield

    known = mock.MagicMock()
    known.metadata.tables = {
        name: None for name in Base.metadata.tables if name not in ("visitor", "favourite")
    }
    with (
        mock.patch("artworks.backups.backup.hold_originals", hold_nothing),
        mock.patch("artworks.backups.tables.Base", known),
    ):
        return [library.back_up(place).name]


@pytest.mark.parametrize(
    ("field", "value", "said"), [("step", "9999", "version 9999"), ("format", 2, "format 2")]
)
def test_a_backup_of_a_newer_program_is_refused(
    empty: Empty, place: Path, field: str, value: object, said: str
) -> None:
    (path,) = (place / "archives").iterdir()
    head, _, rest = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps({**json.loads(head), field: value}).encode() + b"\n" + rest)
    with pytest.raises(BackupError, match=rf"{said}.*Update the program"):
        empty.restore(place)


def test_a_file_that_is_in_the_way_is_never_replaced(library: Library, place: Path, empty: Empty) -> None:
    key = next(name for name in library.originals() if name.endswith(".jpg"))
    empty.target.storage.put(key, b"somebody's own")
    with pytest.raises(BackupError, match="another file"):
        empty.restore(place)
    assert empty.target.storage.read(key) == b"somebody's own"
    assert empty.rows()["image"] == []


def test_a_damaged_original_stops_a_restore_unless_the_rest_will_do(
    library: Library, place: Path, empty: Empty
) -> None:
    lost = next((place / "objects").rglob("??*/*"))
    lost.unlink()
    with pytest.raises(BackupError, match="1 originals cannot be restored"):
        empty.restore(place)
    assert empty.rows()["image"] == []
    assert "is missing in the place" in empty.told[0]
    empty.restore(place, incomplete=True)
    assert copied(empty.rows()) == copied(library.rows)
    assert len(originals(empty.folder / "pictures")) == 4
