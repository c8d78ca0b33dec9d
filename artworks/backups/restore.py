"""A backup put back into an empty program: first proved, then its originals, and last all rows in one transaction.

So a restore that is cut leaves an empty library, which says so, and never half of one.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

import migrations
from artworks.adapters.places.place import MissingNameError
from artworks.adapters.storage.storage import Storage
from artworks.backups import state, tables
from artworks.backups.archive import ArchiveReader, DamagedArchiveError
from artworks.backups.state import LAST_GOOD, RESTORING, BackupError
from artworks.backups.tables import TableLoader
from artworks.backups.vault import DamagedOriginalError, Vault
from artworks.backups.verify import Verified, describe_damage, read_files, read_manifest
from artworks.core.errors import AppError, NotFound
from artworks.files import storage_mark

PIECE = 1 << 20
# What people call the tables that most likely have rows.
NAMES = {"image": "pictures", "person": "people", "setting": "settings", "collection": "collections"}


@dataclass(frozen=True)
class Target:
    """Where a backup is put back: the database as the role that may change tables, the storage, and a folder.

    `secret_file` is where the secret goes; None where the environment says it.
    """

    engine: Engine
    storage: Storage
    temporary: Path
    secret_file: Path | None = None


@dataclass
class RestoredBackup:
    """What was put back; `secret` is the one of then, if it is in the backup."""

    made_at: str
    rows: int = 0
    files: int = 0
    not_restored: int = 0
    is_marked: bool = True
    has_new_secret: bool = False
    secret: str = field(default="", repr=False)


def refuse_unless_empty(engine: Engine) -> None:
    """Raise BackupError, with what there is, unless nobody has put anything into a program yet."""
    with engine.connect() as connection:
        found = tables.content(connection)
    if found:
        listed = ", ".join(f"{count:,} {NAMES.get(name, f'in {name}')}" for name, count in found.items())
        raise BackupError(
            f"This program is not empty, so nothing was restored. There are: {listed}. "
            "Restore into a new one: an empty database (DATABASE_URL or INSTANCE_DIR) and an empty place for the "
            "pictures (STORAGE_URL)."
        )


def restore(
    target: Target, vault: Vault, name: str, place: str, tell: Callable[[str], None], *, incomplete: bool
) -> RestoredBackup:
    """Put a backup back. The database has to be migrated and empty.

    Where originals are missing or damaged nothing is restored, unless `incomplete` says that the rest will do. Raises
    BackupError, and what database, storage and place raise.
    """
    refuse_unless_empty(target.engine)
    target.temporary.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=target.temporary) as manifest:
        found = Verified()
        try:
            reader = vault.read_archive(name)
            _refuse_newer(reader)
            read_manifest(reader, manifest, found)
        except (DamagedArchiveError, MissingNameError) as error:
            raise BackupError(
                f"{describe_damage(name, error)} Nothing was restored; --at names another one."
            ) from None
        # As a start does: it makes the folder, or says what is wrong with the place.
        target.storage.check()
        with Session(target.engine) as session:
            state.note(session, RESTORING, place)
            session.commit()
        restored = RestoredBackup(found.made_at, found.rows, secret=found.secret)
        _copy_originals(target, vault, manifest, restored, tell)
    if restored.not_restored and not incomplete:
        raise BackupError(
            f"{restored.not_restored} originals cannot be restored, as told above. Nothing else was restored; "
            "--at names another backup, and --incomplete restores all the rest."
        )
    if restored.secret and target.secret_file:
        # Before the rows: nobody needs the secret of an empty program.
        restored.has_new_secret = _keep_secret(target.secret_file, restored.secret)
    _load(target, vault, name, place, restored)
    _mark(target, restored)
    return restored


def _refuse_newer(reader: ArchiveReader) -> None:
    step = reader.header["step"]
    if step > migrations.HEAD:
        raise DamagedArchiveError(
            f"is of version {step} of the tables, and this program knows {migrations.HEAD}. Update the program"
        )


def _copy_originals(
    target: Target, vault: Vault, manifest: IO[bytes], restored: RestoredBackup, tell: Callable[[str], None]
) -> None:
    for file in read_files(manifest):
        restored.files += 1
        if file.get("missing"):
            tell(f"{file['key']} was missing when the backup was made.")
            continue
        try:
            _copy_original(target, vault, file)
        except (DamagedOriginalError, MissingNameError) as error:
            restored.not_restored += 1
            said = str(error) if isinstance(error, DamagedOriginalError) else "is missing in the place"
            tell(f"The original {file['key']} {said}.")


def _copy_original(target: Target, vault: Vault, file: dict[str, Any]) -> None:
    """Put one original where the pictures are, unless it is there already; no other file is ever replaced."""
    key, storage = file["key"], target.storage
    there = _hash_in(storage, key)
    if there == file["sha256"]:
        return
    if there is not None:
        raise BackupError(
            f"Where the pictures are to go, there is another file {key} already. Nothing was restored; choose an empty "
            "place (STORAGE_URL), or move that file away."
        )
    with tempfile.NamedTemporaryFile(dir=target.temporary, prefix="restored-") as arriving:
        here = hashlib.sha256()
        for piece in vault.read_object(file["sha256"]):
            here.update(piece)
            arriving.write(piece)
        if here.hexdigest() != file["sha256"]:
            raise DamagedOriginalError("was changed: it has other bytes than were written")
        arriving.flush()
        storage.put(key, Path(arriving.name))


def _hash_in(storage: Storage, key: str) -> str | None:
    """Return the hash of a file in the storage, None where there is none."""
    if not storage.exists(key):
        return None
    found = hashlib.sha256()
    try:
        with storage.open(key) as file:
            while piece := file.read(PIECE):
                found.update(piece)
    except NotFound:
        return None
    return found.hexdigest()


def _load(target: Target, vault: Vault, name: str, place: str, restored: RestoredBackup) -> None:
    """Load all rows in one transaction, once more only into an empty database."""
    try:
        with target.engine.begin() as connection:
            reader = vault.read_archive(name)
            loader = TableLoader(connection, reader.header["step"])
            for section in reader.sections():
                if section.kind == "table":
                    loader.load_table(section)
                elif section.kind == "sequences":
                    loader.load_sequences(section.read_fields())
            loader.finish()
            with Session(connection) as session:
                state.forget(session, RESTORING)
                made_at = datetime.strptime(restored.made_at, "%Y-%m-%dT%H:%M:%S%z")
                state.note(session, LAST_GOOD, place, made_at)
                session.flush()
    except DamagedArchiveError as error:
        raise BackupError(f"{describe_damage(name, error)} Nothing was restored.") from None
    except (DataError, IntegrityError) as error:
        said = str(error.orig).partition("\n")[0]
        raise BackupError(
            f"The rows of the backup do not fit together, so nothing was restored: {said}."
        ) from None


def _mark(target: Target, restored: RestoredBackup) -> None:
    """Mark the storage as the restored database's, where it is not another one's."""
    with Session(target.engine) as session:
        try:
            restored.is_marked = (
                storage_mark.read_token(target.storage) is None
                or storage_mark.inspect_storage(session, target.storage).marked
            )
            if restored.is_marked:
                storage_mark.adopt(session, target.storage)
                session.commit()
        except AppError as error:
            raise BackupError(
                f"All was restored, but the place of the pictures could not be marked: {error.detail or error} "
                "Run python main.py adopt."
            ) from error


def _keep_secret(path: Path, secret: str) -> bool:
    """Write the secret of then into its file, the one of an empty program beside it; returns whether it was another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        before = path.read_text(encoding="ascii").strip()
        if before == secret:
            return False
        _write_private(path.with_name(f"{path.name}.before-restore"), before)
    _write_private(path, secret)
    return True


def _write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, wholly or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii", delete=False) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
