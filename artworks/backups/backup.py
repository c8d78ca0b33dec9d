"""A backup: the rows in one snapshot, then the originals that they are about, then a look whether all is there."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

import migrations
from artworks.adapters.storage.storage import Storage
from artworks.backups import originals, tables
from artworks.backups.archive import ArchiveWriter
from artworks.backups.originals import Copied, Copier
from artworks.backups.prune import noted, prune
from artworks.backups.state import BackupError, hold_originals
from artworks.backups.vault import Vault
from artworks.backups.verify import FILES, Verified, verify
from artworks.core.errors import AppError


@dataclass(frozen=True)
class BackupSource:
    """What is backed up: the database, the storage, whose they are, and the secret, if it is wanted."""

    engine: Engine
    storage: Storage
    # 16 hexadecimal digits of its own.
    owner: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Made:
    """A backup that was made and proved."""

    name: str
    rows: int
    copied: Copied
    verified: Verified
    archives_gone: int = 0
    originals_gone: int = 0


def make(
    source: BackupSource, vault: Vault, temporary: Path, tell: Callable[[str], None], keep: int | None = None
) -> Made:
    """Make a backup, prove it, and only then remove older ones beyond `keep`.

    Originals that are missing are told and no failure; then nothing older goes. Raises BackupError, and what database,
    storage and place raise: until the archive is written as a whole, nothing in the place counts as a backup.
    """
    with noted(vault.place, source.owner):
        name, rows, copied = _write_archive(source, vault, temporary, tell)
        verified = verify(vault, name, tell, content=False)
        if verified.wrong:
            raise BackupError(f"The backup {name} is not whole, as told above. Nothing older was removed.")
        archives = objects = 0
        if keep is not None:
            if copied.missing or copied.changed:
                tell("Nothing older was removed, because originals are missing or were changed.")
            else:
                archives, objects = prune(vault, keep, source.owner)
    return Made(name, rows, copied, verified, archives, objects)


def _write_archive(
    source: BackupSource, vault: Vault, temporary: Path, tell: Callable[[str], None]
) -> tuple[str, int, Copied]:
    now, number = datetime.now(UTC), uuid.uuid4().hex
    name = vault.new_name(now, number)
    temporary.mkdir(parents=True, exist_ok=True)
    # Before the snapshot, so that of what it holds no original goes until all are copied.
    with (
        hold_originals(source.engine),
        tempfile.TemporaryFile(dir=temporary) as spooled,
        vault.write_archive(name) as target,
    ):
        with source.engine.connect() as connection:
            names = tables.open_snapshot(connection)
            step = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
            if step > migrations.HEAD:
                raise BackupError(
                    f"The database has version {step}, newer than this program. Update the program."
                )
            header = {
                "id": number,
                "made_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
                "step": step,
                "owner": source.owner,
            }
            archive = ArchiveWriter(target, {**header, "tables": names, "left_out": tables.LEFT_OUT})
            counts = tables.write_tables(connection, names, archive)
            originals.spool(connection, spooled)
            foreign = tables.foreign_tables(connection)
        if foreign:
            tell(f"Tables of another program are in no backup: {', '.join(foreign)}.")
        if source.secret:
            archive.begin("secret")
            archive.write_fields({"secret": source.secret})
            archive.end()
        copier = _copy(source, vault, spooled, archive, tell)
        archive.finish()
    return name, sum(counts.values()), copier.copied


def _copy(
    source: BackupSource,
    vault: Vault,
    spooled: IO[bytes],
    archive: ArchiveWriter,
    tell: Callable[[str], None],
) -> Copier:
    archive.begin(FILES)
    copier = Copier(vault, source.storage, archive, tell)
    for original in originals.read_spool(spooled):
        try:
            copier.copy(original)
        except (AppError, OSError) as error:
            said = (error.detail if isinstance(error, AppError) else None) or str(error)
            raise BackupError(f"The original {original.key} cannot be read: {said}") from error
    archive.end()
    return copier
