"""The operator's commands about backups: `backup`, `backup --verify` and `restore`."""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import migrations
from artworks.adapters.places.place import BackupPlace, PlaceError
from artworks.adapters.places.url import place_from_url
from artworks.adapters.postgres import health as postgres_health
from artworks.adapters.storage.url import without_secrets
from artworks.audit import log as audit
from artworks.backups import backup, restore, state, vault, verify
from artworks.backups.backup import BackupSource, Made
from artworks.backups.restore import RestoredBackup, Target
from artworks.backups.state import LAST_FAILURE, LAST_GOOD, BackupError
from artworks.backups.vault import Ask
from artworks.cli.startup import (
    StartError,
    database,
    driver_url,
    migrate_database,
    migrating_url,
)
from artworks.config import Config
from artworks.core.actor import Actor, act_as
from artworks.core.errors import AppError
from artworks.dependencies import make_storage
from artworks.settings import secret_key
from utils import human_size

LEAST_LETTERS = 12


def add_arguments(command: argparse.ArgumentParser, name: str) -> None:
    """Describe what `backup` or `restore` takes."""
    command.add_argument("place", help="a folder, or s3://bucket/folder?region=…&endpoint=…")
    command.add_argument("--at", metavar="NAME", help="which backup; the newest unless it is said")
    if name == "restore":
        command.add_argument(
            "--incomplete",
            action="store_true",
            help="restore the rest where originals are damaged or missing",
        )
        return
    command.add_argument(
        "--encrypt",
        action="store_true",
        help="with the passphrase in BACKUP_PASSPHRASE, or one that is asked for",
    )
    command.add_argument(
        "--with-secret", action="store_true", help="also the secret that signs links and seals keys"
    )
    command.add_argument("--keep", type=_count, metavar="N", help="remove older backups, so that N stay")
    command.add_argument(
        "--verify", nargs="?", const="content", choices=("content", "sizes"),
        help="make none, but prove that one is whole; with sizes, originals are not read",
    )  # fmt: skip


def _count(raw: str) -> int:
    if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw) <= 10_000:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(raw)


def make_backup(config: Config, given: argparse.Namespace) -> int:
    """Make a backup and prove it, or prove one that is there; returns 1 when that one is not whole."""
    place = _open_place(config, given.place)
    if given.verify:
        return _verify(config, place, given)
    if given.at:
        raise StartError("--at goes with --verify: a new backup gets its name by itself.")
    with _alone(config), _source_database(config) as (running, engine):
        try:
            opened = vault.open_for_writing(place, _asking(config), sealed=given.encrypt)
            secret = secret_key.read_or_make(config) if given.with_secret else ""
            source = BackupSource(engine, make_storage(running), _owner(config), secret)
            made = backup.make(source, opened, config.instance_dir / "incoming", _tell, given.keep)
        except (BackupError, PlaceError, AppError, OSError, SQLAlchemyError) as error:
            _note_failure(engine, _sentence(error, running))
            raise
        with Session(engine) as session:
            act_as(session, Actor("owner", name="the operator", way="command"))
            state.note(session, LAST_GOOD, without_secrets(given.place))
            audit.record(session, "backup made", made.name)
            session.commit()
    print("\n".join(_summary(made, sealed=opened.key is not None, secret=bool(secret))))
    return 0


def _summary(made: Made, *, sealed: bool, secret: bool) -> Iterator[str]:
    copied = made.copied
    yield (
        f"{made.name}: {made.rows:,} rows and {copied.files - copied.missing:,} originals, {copied.new:,} of them new "
        f"({human_size(copied.new_bytes)}). It was read back and is whole."
    )
    if copied.missing:
        yield f"{copied.missing:,} originals were missing where the pictures are; see python main.py check --files."
    if made.archives_gone or made.originals_gone:
        yield f"{made.archives_gone:,} older backups went, and {made.originals_gone:,} originals that none names."
    if not secret:
        yield "The secret of the program is not in it; docs/backup.md says what does not work without it."
    elif not sealed:
        yield "The secret of the program is in it and is not encrypted: let nobody read this place."


def _verify(config: Config, place: BackupPlace, given: argparse.Namespace) -> int:
    opened = vault.open_for_reading(place, _asking(config))
    name = opened.choose(given.at)
    found = verify.verify(opened, name, _tell, content=given.verify == "content")
    if found.wrong:
        print(f"{name} is not whole: {found.wrong:,} things are wrong.")
        return 1
    how = "every byte of them was read" if given.verify == "content" else "each has the right size"
    print(f"{name} of {found.made_at} is whole: {found.rows:,} rows, {found.files:,} originals, {how}.")
    if found.missing_before:
        print(f"{found.missing_before:,} originals were missing when it was made.")
    return 0


def restore_backup(config: Config, given: argparse.Namespace) -> int:
    """Put a backup back into an empty program."""
    place = _open_place(config, given.place)
    opened = vault.open_for_reading(place, _asking(config))
    name = opened.choose(given.at)
    with _alone(config), database(config) as (running, _):
        migrate_database(running)
        engine = create_engine(migrating_url(running), poolclass=NullPool, hide_parameters=True)
        secret_file = None if config.flask_secret_key else config.instance_dir / "secret_key"
        target = Target(engine, make_storage(running), config.instance_dir / "incoming", secret_file)
        shown = without_secrets(given.place)
        restored = restore.restore(target, opened, name, shown, _tell, incomplete=given.incomplete)
        # The tables of later steps are new: the program's own role has no rights in them yet.
        migrate_database(running)
        with Session(engine) as session:
            act_as(session, Actor("owner", name="the operator", way="command"))
            audit.record(session, "backup restored", name)
            session.commit()
    print(f"{name} of {restored.made_at} was restored: {restored.rows:,} rows, {restored.files:,} originals.")
    for line in _after_restore(config, restored):
        print(line)
    return 0


def _after_restore(config: Config, restored: RestoredBackup) -> Iterator[str]:
    if not restored.is_marked:
        yield (
            "The place of the pictures carries the mark of another database, so nothing is deleted there. If it is "
            "this one's, run python main.py adopt."
        )
    if not restored.secret:
        yield (
            "The secret of then is not in the backup. Put its file secret_key, or FLASK_SECRET_KEY, where it was; "
            "without it make shared links anew and type the key of the AI service again."
        )
    elif config.flask_secret_key:
        if config.flask_secret_key != restored.secret:
            yield "FLASK_SECRET_KEY is another secret than that of the backup: shared links of then do not open."
    elif restored.has_new_secret:
        yield "The secret of then is in its place. Start the program anew, if it runs."


def check_backups(config: Config) -> str:
    """Describe the last good backup; changes nothing."""
    if config.database_url is None and not (config.instance_dir / "postgres" / "data").exists():
        return "none yet"
    with database(config) as (running, _):
        if migrations.version(driver_url(running)) != migrations.HEAD:
            return "not looked at, because the database is not up to date"
        with Session(create_engine(driver_url(running), poolclass=NullPool)) as session:
            return state.describe(session)[0]


@contextmanager
def _source_database(config: Config) -> Iterator[tuple[Config, Engine]]:
    """Give the database that is backed up; raises StartError where there is none, or one of another version."""
    if config.database_url is None and not (config.instance_dir / "postgres" / "data").exists():
        raise StartError("There is no library here yet, so there is nothing to back up.")
    with database(config) as (running, _):
        found = migrations.version(driver_url(running))
        if found != migrations.HEAD:
            raise StartError(
                f"The database has version {found or 'none'}, and this program {migrations.HEAD}. Make the backup with "
                "the version of the program that you have used so far."
            )
        engine = create_engine(driver_url(running), poolclass=NullPool, hide_parameters=True)
        with Session(engine) as session:
            if said := state.unfinished_restore(session):
                raise StartError(said)
        yield running, engine


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    """Let one backup or restore of an installation run at a time; the kernel lets go when a process is killed."""
    config.instance_dir.mkdir(parents=True, exist_ok=True)
    with (config.instance_dir / "backup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError("A backup or a restore runs already. Wait until it ends.") from None
        yield


def _open_place(config: Config, given: str) -> BackupPlace:
    keys = {"access_key_id": config.aws_access_key_id, "secret_access_key": config.aws_secret_access_key}
    if not given.strip():
        raise StartError("Say where the backup goes: a folder, or s3://bucket/folder?region=…&endpoint=….")
    return place_from_url(given, **keys)


def _owner(config: Config) -> str:
    """Return by what the notes of this installation are known in a place that others use as well."""
    known = f"{socket.gethostname()} {config.instance_dir}"
    return hashlib.sha256(known.encode()).hexdigest()[:16]


def _asking(config: Config) -> Ask:
    def ask(new: bool) -> str:
        passphrase = config.backup_passphrase
        if passphrase is None and sys.stdin.isatty():
            passphrase = getpass("Passphrase of the backups: ")
            if new and passphrase != getpass("Once more: "):
                raise StartError("The two passphrases are not the same.")
        if not passphrase:
            raise StartError(
                "Encrypted backups need a passphrase: set BACKUP_PASSPHRASE or BACKUP_PASSPHRASE_FILE."
            )
        if new and len(passphrase) < LEAST_LETTERS:
            raise StartError(
                f"The passphrase is too short: {LEAST_LETTERS} letters at least, better some words."
            )
        return passphrase

    return ask


def _note_failure(engine: Engine, sentence: str) -> None:
    try:
        with Session(engine) as session:
            state.note(session, LAST_FAILURE, sentence)
            session.commit()
    except SQLAlchemyError as error:
        print(f"That it failed could not be written down: {postgres_health.reason(error)}.", file=sys.stderr)


def _sentence(error: Exception, config: Config) -> str:
    if isinstance(error, SQLAlchemyError):
        return (
            postgres_health.explain(error, driver_url(config))
            or f"The database: {postgres_health.reason(error)}."
        )
    return (error.detail if isinstance(error, AppError) else None) or str(error)


def _tell(sentence: str) -> None:
    print(f"! {sentence}", flush=True)
