"""What a command needs before it can work: the settings, the database, the tables, the application."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from apiflask import APIFlask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import jobs
import migrations
from adapters import postgres_health, queue, web_server
from adapters.own_process import ask_in_own_process
from adapters.postgres import EmbeddedPostgres, PostgresError, sqlalchemy_url
from adapters.storage import Storage
from adapters.storage_url import without_secrets
from app import Config, create_app
from config_reading import ROOT, ConfigError, env_file
from errors import AppError
from features import integrity, people, sign_in, storage_mark
from features.storage_mark import StorageState
from models import db

log = logging.getLogger("artwork")
T = TypeVar("T")


class StartError(RuntimeError):
    """The program cannot start; the message is one sentence for the operator."""


# Every one of these carries a sentence that can be shown as it is.
EXPECTED = (
    StartError,
    ConfigError,
    AppError,
    PostgresError,
    migrations.MigrationError,
    queue.QueueError,
    web_server.PortError,
)


def settings() -> Config:
    """Read the settings from the environment and, where that is silent, from the file `.env`."""
    return Config.from_env({**env_file(ROOT / ".env"), **os.environ})


@contextmanager
def database(config: Config) -> Iterator[tuple[Config, EmbeddedPostgres | None]]:
    """Start the embedded server, unless DATABASE_URL names another one, and give the settings with its URL."""
    if config.database_url is not None:
        yield config, None
        return
    server = EmbeddedPostgres(config.instance_dir / "postgres")
    url = server.start()
    try:
        yield replace(config, database_url=url), server
    finally:
        # In a forked web process too: each has a share of its own, and the last one stops the server.
        server.stop()


def prepare(config: Config) -> APIFlask:
    """Bring the database up to date, try the picture store and give the application; raises one of EXPECTED."""
    bring_up_to_date(config)
    check_storage(config)
    if problem := ask_in_own_process(settle_storage, config):
        log.warning("%s", problem)
    try:
        application = create_app(config)
    except OSError as error:
        raise StartError(f"{error.filename} cannot be used: {error.strerror}.") from None
    _tell_owner_code(config, application)
    # A start is a good time to tidy up after a crash.
    queue.ring(driver_url(config), jobs.SWEEP)
    queue.ring(driver_url(config), jobs.LOOK)
    queue.ring(driver_url(config), jobs.COUNT_ORPHANS)
    return application


def bring_up_to_date(config: Config) -> bool:
    """Migrate, as a role of its own where there is one, and tell whether there was anything to do.

    What is wrong with the database is told on stderr; raises one of EXPECTED when it cannot be worked with.
    """
    url = migrating_url(config)
    for sentence in postgres_health.check(url):
        print(f"Warning: {sentence}", file=sys.stderr, flush=True)
    changed = migrations.upgrade(url)
    if config.migration_database_url is not None:
        migrations.grant(url, driver_url(config))
    return changed


def check_storage(config: Config) -> str:
    """Describe where pictures are kept; raises StartError when nothing can be written there."""
    place = without_secrets(config.storage_url)
    try:
        config.make_storage().check()
    except AppError as error:
        raise StartError(error.detail or error.message) from None
    except (ValueError, OSError) as error:
        raise StartError(f"{place}: {error}") from None
    return f"{place}, can be written to"


def settle_storage(config: Config) -> str:
    """Renew the mark by which this database knows its storage; returns what is wrong with it, if anything."""
    return _with_storage(config, storage_mark.settle).problem


def inspect_storage(config: Config) -> StorageState:
    """Return what this database may do in its storage; changes nothing."""
    return _with_storage(config, storage_mark.inspect_storage)


def last_count_of_orphans(config: Config) -> str:
    """Say how many files without a picture were counted last; empty when there was none."""
    return _with_storage(config, lambda session, _storage: integrity.last_orphans_in_words(session))


def _with_storage(config: Config, work: Callable[[Session, Storage], T]) -> T:
    engine = create_engine(driver_url(config), poolclass=NullPool)
    try:
        with Session(engine) as session:
            return work(session, config.make_storage())
    finally:
        engine.dispose()


def _tell_owner_code(config: Config, application: APIFlask) -> None:
    """Print the code for the first owner's account, where people sign in and nobody has an account yet."""
    if config.is_local and config.sign_in != "required" and not config.trusted_proxies:
        return
    with application.app_context():
        if people.exist(db.session()):
            return
    code = sign_in.owner_code(str(application.secret_key))
    print(
        f"Nobody has an account yet. Open the page and make the owner account with this code: {code}",
        flush=True,
    )


def driver_url(config: Config) -> str:
    """Give the URL of the database as our own driver reads it."""
    return sqlalchemy_url(config.database_url or "")


def migrating_url(config: Config) -> str:
    """Give the URL of the role that makes the tables, as our own driver reads it."""
    return sqlalchemy_url(config.migration_database_url or config.database_url or "")
