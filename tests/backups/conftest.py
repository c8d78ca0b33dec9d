"""A library with a row in every table, backed up once, and empty programs to restore it into."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from app import Config
from artworks.adapters import sealed_stream
from artworks.adapters.places.folder import FolderPlace
from artworks.adapters.postgres.server import libpq_url
from artworks.adapters.storage.folder import FolderStorage
from artworks.backups import backup, restore, vault
from artworks.backups.backup import BackupSource, Made
from artworks.backups.restore import RestoredBackup, Target
from artworks.backups.vault import Vault
from artworks.cli.startup import prepare
from models import db
from tests.support import full_library
from tests.support.databases import MIGRATED
from tests.support.program import asking_here

SECRET = "a secret of the tests, 32 letters"
PASSPHRASE = "correct horse battery staple"


@dataclass
class Library:
    """A library with its rows as they were before anybody looked."""

    folder: Path
    engine: Engine
    told: list[str] = field(default_factory=list)
    rows: dict[str, list[str]] = field(default_factory=dict)

    @property
    def storage(self) -> FolderStorage:
        """Where its pictures are."""
        return FolderStorage(self.folder / "pictures")

    def originals(self) -> dict[str, bytes]:
        """Return its pictures and the logo, without small copies."""
        return originals(self.folder / "pictures")

    def back_up(
        self, place: Path, keep: int | None = None, passphrase: str = "", owner: str = "a" * 16
    ) -> Made:
        """Make a backup in a folder."""
        opened = vault.open_for_writing(FolderPlace(place), lambda _: passphrase, sealed=bool(passphrase))
        source = BackupSource(self.engine, self.storage, owner, SECRET)
        return backup.make(source, opened, self.folder / "incoming", self.told.append, keep)


@dataclass
class Empty:
    """An empty program."""

    folder: Path
    engine: Engine
    told: list[str] = field(default_factory=list)

    @property
    def target(self) -> Target:
        """Where a backup is put back."""
        secret = self.folder / "secret_key"
        return Target(self.engine, FolderStorage(self.folder / "pictures"), self.folder / "incoming", secret)

    def restore(
        self, place: Path, name: str | None = None, passphrase: str = "", *, incomplete: bool = False
    ) -> RestoredBackup:
        """Put a backup back."""
        opened = opened_place(place, passphrase)
        chosen = opened.choose(name)
        return restore.restore(self.target, opened, chosen, "there", self.told.append, incomplete=incomplete)

    def rows(self) -> dict[str, list[str]]:
        """Return all rows."""
        with self.engine.connect() as connection:
            return full_library.every_row(connection)


def originals(folder: Path) -> dict[str, bytes]:
    """Return the files of a storage, without small copies and mark."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "database-mark.json")
    kept = (path for path in files if "renditions" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def opened_place(place: Path, passphrase: str = "") -> Vault:
    """Open a folder with backups."""
    return vault.open_for_reading(FolderPlace(place), lambda _: passphrase)


@pytest.fixture(scope="module", autouse=True)
def _cheap_keys() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_stream, "_COST", 1 << 10)
        yield


@pytest.fixture(scope="module")
def library(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a library with rows in every table, a logo and pictures in the trash."""
    folder = tmp_path_factory.mktemp("library")
    url = make_database(MIGRATED)  # type: ignore[call-arg]
    made = Library(folder, create_engine(url, poolclass=NullPool))
    places = {"INSTANCE_DIR": str(folder / "instance"), "STORAGE_URL": str(folder / "pictures")}
    settings = {"DATABASE_URL": libpq_url(url), "FLASK_SECRET_KEY": SECRET, "SIGN_IN": "off", **places}
    with asking_here():
        app = prepare(Config.from_env(settings))
    with made.engine.begin() as connection:
        full_library.fill(app.test_client(), connection)
        connection.exec_driver_sql(
            "INSERT INTO setting (name, value) VALUES ('studio_logo', 'studio/logo.webp')"
        )
        made.rows = full_library.every_row(connection)
    made.storage.put("studio/logo.webp", b"a logo")
    with app.app_context():
        db.engine.dispose()
    return made


@pytest.fixture(scope="module")
def backed_up(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a place with one backup of it; to be copied before it is changed."""
    place = tmp_path_factory.mktemp("place") / "backups"
    library.back_up(place)
    return place


@pytest.fixture
def place(backed_up: Path, tmp_path: Path) -> Path:
    """Return a place with one backup, to be changed."""
    return Path(shutil.copytree(backed_up, tmp_path / "place"))


@pytest.fixture
def empty(make_database: Callable[[str], str], tmp_path: Path) -> Iterator[Empty]:
    """Yield an empty program that was migrated."""
    engine = create_engine(make_database(MIGRATED), poolclass=NullPool)
    yield Empty(tmp_path, engine)
    engine.dispose()
