"""A copy of a database on the same pictures: restored, copied, put back, or its files copied; and starts at once."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from artworks.adapters.postgres.account import PROGRAMS
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from artworks.adapters.storage.folder import FolderStorage
from artworks.files import storage_mark
from artworks.files.storage_mark import inspect_storage, settle
from tests.files.test_storage_mark import add_pictures, good, open_session
from tests.support.databases import MIGRATED

MakeDatabase = Callable[..., str]


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    (tmp_path / "uploads").mkdir()
    return FolderStorage(tmp_path / "uploads")


def dump(url: str, path: Path) -> None:
    command = [str(PROGRAMS / "pg_dump"), "--format=custom", f"--file={path}", address(url)]
    subprocess.run(command, check=True, capture_output=True)


def restore(url: str, path: Path, *options: str) -> None:
    command = [str(PROGRAMS / "pg_restore"), *options, f"--dbname={address(url)}", str(path)]
    subprocess.run(command, check=True, capture_output=True)


def address(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def own(make_database: MakeDatabase) -> str:
    """URL of a database that no other test sees."""
    return make_database(MIGRATED)


def test_a_copy_of_the_database_counts_as_another_one(
    own: str, make_database: MakeDatabase, storage: FolderStorage, tmp_path: Path
) -> None:
    """Staging from a dump, and from a copied database: made after the last start, so that the token is the same."""
    with open_session(own) as session:
        settle(session, storage)
        add_pictures(session, storage, 3)
    dump(own, tmp_path / "dump")
    restored, copied = make_database(), make_database(make_url(own).database)
    restore(restored, tmp_path / "dump")
    for url in (restored, copied):
        with open_session(url) as session:
            assert "this one is a copy" in settle(session, storage).problem
    with open_session(own) as session:
        assert good(settle(session, storage))


def test_an_older_copy_put_back_into_the_same_database_counts_as_another_one(
    own: str, storage: FolderStorage, tmp_path: Path
) -> None:
    with open_session(own) as session:
        settle(session, storage)
    dump(own, tmp_path / "dump")
    restore(own, tmp_path / "dump", "--clean")
    with open_session(own) as session:
        assert not settle(session, storage).may_delete
        storage_mark.adopt(session, storage)
        assert good(settle(session, storage))


def test_two_starts_at_once_leave_one_good_mark(own: str, storage: FolderStorage) -> None:
    def start(_: int) -> bool:
        with open_session(own) as session:
            return good(settle(session, storage))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(start, range(12)))
    with open_session(own) as session:
        assert good(inspect_storage(session, storage))
        assert session.scalar(text("SELECT count(*) FROM storage_mark")) == 1


def test_a_copied_data_folder_counts_as_another_one_and_a_moved_one_does_not(
    ended_server: EmbeddedPostgres, storage: FolderStorage, tmp_path: Path
) -> None:
    url = sqlalchemy_url(ended_server.start())
    with open_session(url) as session:
        assert good(settle(session, storage))
    ended_server.stop()
    moved = ended_server.folder.with_name("moved")
    ended_server.folder.rename(moved)
    shutil.copytree(moved, ended_server.folder, symlinks=True)
    # Nothing was started in between, so the token is the same; and the copy comes first.
    states = {}
    for folder in (ended_server.folder, moved):
        server = EmbeddedPostgres(folder, durable=False)
        try:
            with open_session(sqlalchemy_url(server.start())) as session:
                states[folder] = settle(session, storage)
        finally:
            server.stop()
    assert "this one is a copy" in states[ended_server.folder].problem
    assert good(states[moved])
