"""What a command needs before it can work: the settings, the database, the tables, the application."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from apiflask import APIFlask
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import migrations
from app import Config, create_app
from artworks import worker as jobs
from artworks.accounts import local_mode, login, users
from artworks.adapters import job_queue
from artworks.adapters.child_process import NoAnswerError, ask_in_own_process
from artworks.adapters.gunicorn import server as web_server
from artworks.adapters.places.place import PlaceError
from artworks.adapters.postgres import health as postgres_health
from artworks.adapters.postgres import rights as postgres_rights
from artworks.adapters.postgres.server import EmbeddedPostgres, PostgresError, sqlalchemy_url
from artworks.adapters.storage.storage import Storage
from artworks.adapters.storage.url import without_secrets
from artworks.backups import state
from artworks.backups.state import BackupError
from artworks.config import ROOT, ConfigError, env_file
from artworks.core.errors import AppError, StorageFull
from artworks.dependencies import make_storage
from artworks.files import integrity, storage_mark
from artworks.files.storage_mark import StorageState
from models import Base, db

log = logging.getLogger("artwork")
T = TypeVar("T")
# Seconds that a picture store may take to answer before the start gives it up.
STORAGE_SECONDS = 60.0


class StartError(RuntimeError):
    """The program cannot start; the message is one sentence for the operator."""


class FullError(StartError):
    """There is no room for pictures; the message is one sentence for the operator."""


# Every one of these carries a sentence that can be shown as it is.
EXPECTED = (
    StartError,
    ConfigError,
    AppError,
    PostgresError,
    migrations.MigrationError,
    job_queue.QueueError,
    web_server.PortError,
    BackupError,
    PlaceError,
)


def settings() -> Config:
    """Read the settings from the environment and, where that is silent, from the file `.env`."""
    return Config.from_env({**env_file(ROOT / ".env"), **os.environ})


def describe_error(error: Exception) -> str:
    """Return what one of EXPECTED says to the operator, whom the sentence for people at the page tells too little."""
    return (error.detail if isinstance(error, AppError) else None) or str(error)


@contextmanager
def with_explained_errors(config: Config) -> Iterator[None]:
    """Raise StartError for what the database refuses meanwhile, without the statement and what was in it."""
    try:
        yield
    except SQLAlchemyError as error:
        said = postgres_health.explain(error, driver_url(config))
        raise StartError(
            said or f"The database refuses what the program needs: {postgres_health.reason(error)}."
        ) from None


@contextmanager
def database(config: Config) -> Iterator[tuple[Config, EmbeddedPostgres | None]]:
    """Start the embedded server, unless DATABASE_URL names another one, and give the settings with its URL."""
    if config.database_url is not None:
        with with_explained_errors(config):
            yield config, None
        return
    server = EmbeddedPostgres(config.instance_dir / "postgres")
    try:
        running = config.model_copy(update={"database_url": server.start()})
        with with_explained_errors(running):
            yield running, server
    finally:
        # In a forked web process too: each has a share of its own, and the last one stops the server.
        if not server.stop():
            raise StartError(
                "The database did not stop in time and was killed. It recovers when it is started again."
            )


def prepare(config: Config) -> APIFlask:
    """Bring the database up to date, try the picture store and return the application; raises one of EXPECTED.

    Nothing stays open that a fork would double: connections are closed again, and the picture store, whose client has
    threads, is tried in a process of its own. So this process may fork others that serve the application.
    """
    migrate_database(config)
    _refuse_half_restore(config)
    if problem := _ask_storage(config):
        log.warning("%s", problem)
    try:
        application = create_app(config)
    except OSError as error:
        raise StartError(f"{error.filename} cannot be used: {error.strerror}.") from None
    # Whoever forks, and whenever: the sockets in the pool are the parent's.
    os.register_at_fork(after_in_child=partial(_forget_connections, application))
    with with_explained_errors(config):
        _print_owner_code(config, application)
    # A start is a good time to tidy up after a crash.
    job_queue.enqueue(driver_url(config), jobs.SWEEP)
    job_queue.enqueue(driver_url(config), jobs.LOOK)
    job_queue.enqueue(driver_url(config), jobs.COUNT_ORPHANS)
    return application


def migrate_database(config: Config) -> bool:
    """Migrate, as a role of its own where there is one, and tell whether there was anything to do.

    What is wrong with the database is printed on stderr; raises one of EXPECTED when it cannot be worked with.
    """
    url = migrating_url(config)
    for sentence in postgres_health.check(url):
        print(f"Warning: {sentence}", file=sys.stderr, flush=True)
    if config.migration_database_url is None:
        check_rights(config)
        return migrations.upgrade(url)
    changed = migrations.upgrade(url)
    migrations.grant(url, driver_url(config))
    check_rights(config)
    return changed


def _refuse_half_restore(config: Config) -> None:
    """Raise StartError where a restore was begun and has not ended."""
    with with_explained_errors(config), _session_for_query(config) as session:
        said = state.unfinished_restore(session)
    if said:
        raise StartError(said)


def check_rights(config: Config) -> None:
    """Raise PostgresError when the program's role may not do with the tables that there are what the program does."""
    postgres_rights.check(driver_url(config), [*Base.metadata.tables, "alembic_version"])


def check_storage(config: Config) -> str:
    """Describe where pictures are kept; raises StartError when nothing can be written there."""
    place = without_secrets(config.storage_url)
    try:
        make_storage(config).check()
    except StorageFull as error:
        raise FullError(describe_error(error)) from None
    except AppError as error:
        raise StartError(describe_error(error)) from None
    except (ValueError, OSError) as error:
        raise StartError(f"{place}: {error}") from None
    return f"{place}, can be written to"


def settle_storage(config: Config) -> str:
    """Try the picture store and renew the mark by which this database knows it; returns what is wrong, if anything.

    A full one is no reason not to start: emptying the trash may be what makes room.
    """
    full = problem = ""
    try:
        check_storage(config)
    except FullError as error:
        full = f"{error} Until then no picture can be added; everything else works."
    try:
        problem = _with_storage(config, storage_mark.settle).problem
    except StorageFull as error:
        full = full or str(error.detail or error)
    return full or problem


def inspect_storage(config: Config) -> StorageState:
    """Return what this database may do in its storage; changes nothing."""
    return _with_storage(config, storage_mark.inspect_storage)


def last_count_of_orphans(config: Config) -> str:
    """Return how many files without a picture were counted last; empty when there was none."""
    return _with_storage(config, lambda session, _storage: integrity.describe_last_orphans(session))


def _with_storage(config: Config, work: Callable[[Session, Storage], T]) -> T:
    engine = create_engine(driver_url(config), poolclass=NullPool, hide_parameters=True)
    try:
        # Here and not by who calls: this may be a process of its own, and such an error cannot be pickled.
        with with_explained_errors(config), Session(engine) as session:
            return work(session, make_storage(config))
    finally:
        engine.dispose()


def _ask_storage(config: Config) -> str:
    try:
        return ask_in_own_process(settle_storage, config, seconds=STORAGE_SECONDS)
    except NoAnswerError as error:
        place = without_secrets(config.storage_url)
        raise StartError(f"{place}: The picture store could not be tried: {error}.") from None


def _forget_connections(application: APIFlask) -> None:
    """Begin with no connection of the parent's, and leave the parent its own: they are not even closed."""
    with application.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)


def _print_owner_code(config: Config, application: APIFlask) -> None:
    """Print the code for the first owner's account, where people sign in and nobody has an account yet."""
    with _session_for_query(config) as session:
        if users.any_exist(session) or is_local_mode_open(config, session):
            return
    code = login.owner_code(str(application.secret_key))
    print(
        f"Nobody has an account yet. Open the page and make the owner account with this code: {code}",
        flush=True,
    )


def is_local_mode_open(config: Config, session: Session) -> bool:
    """Return whether whoever sits at this computer is let in without signing in."""
    if config.reached_by or config.sign_in == "required" or local_mode.end_reason(session):
        return False
    return config.sign_in == "off" or not users.any_exist(session)


def describe_access(config: Config) -> str:
    """Return who is let in without signing in; empty when nobody is."""
    with with_explained_errors(config), _session_for_query(config) as session:
        if not is_local_mode_open(config, session):
            return ""
    why = "Sign-in is switched off" if config.sign_in == "off" else "Nobody has an account yet"
    return (
        f"{why}, so whoever opens the page on this computer can do everything. If you pass its port on to others "
        "(ssh -R, docker -p, socat), they can, too: make the owner account first."
    )


def why_local_mode_ended(config: Config) -> str:
    """Return why nobody is let in any more without signing in, where somebody was; empty when nothing ended that."""
    if config.reached_by or config.sign_in == "required":
        return ""
    with _session_for_query(config) as session:
        reason = local_mode.end_reason(session)
        over = config.sign_in == "auto" and users.any_exist(session)
    return f"{local_mode.explain(reason)} {local_mode.WAY_BACK}" if reason and not over else ""


@contextmanager
def _session_for_query(config: Config) -> Iterator[Session]:
    with Session(create_engine(driver_url(config), poolclass=NullPool)) as session:
        yield session


def driver_url(config: Config) -> str:
    """Return the URL of the database as our own driver reads it."""
    return sqlalchemy_url(config.database_url or "")


def migrating_url(config: Config) -> str:
    """Return the URL of the role that makes the tables, as our own driver reads it."""
    return sqlalchemy_url(config.migration_database_url or config.database_url or "")
