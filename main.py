"""The operator's door: `python main.py [serve|worker|migrate|check|person]`, and `app` for `gunicorn main:app`."""

from __future__ import annotations

import argparse
import atexit
import functools
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

from apiflask import APIFlask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import jobs
import migrations
from adapters import queue, web_server
from adapters.postgres import EmbeddedPostgres, PostgresError, libpq_url, sqlalchemy_url
from app import Config, create_app
from config_reading import ConfigError
from errors import AppError
from features import people, people_command, sign_in
from features.actor import Actor, act_as
from models import db

ROOT = Path(__file__).resolve().parent
KEEP_SECONDS = 2.0
log = logging.getLogger("artwork")


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


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give the exit status; what went wrong is one sentence on stderr."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    _end_cleanly_on(signal.SIGTERM, signal.SIGHUP)
    try:
        config = settings()
        return (
            person(config, given) if given.command == "person" else COMMANDS[given.command or "serve"](config)
        )
    except EXPECTED as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    """Describe the command line; without a command the pages are served."""
    parser = argparse.ArgumentParser(prog="main.py", description="Artwork Image Manager")
    commands = parser.add_subparsers(dest="command", metavar="serve | worker | migrate | check | person")
    for name, meaning in MEANINGS.items():
        commands.add_parser(name, help=meaning)
    deeds = commands.add_parser("person", help="invite, reset or list people").add_subparsers(
        dest="deed", required=True, metavar="add | reset | list"
    )
    add = deeds.add_parser("add", help="print a link with which somebody chooses a password and comes in")
    add.add_argument("email")
    add.add_argument("--name", default="", help="what the person is called")
    add.add_argument("--role", help="viewer, editor or owner; viewer unless it is the first account")
    add.add_argument(
        "--password-stdin", action="store_true", help="read the password instead of printing a link"
    )
    reset = deeds.add_parser("reset", help="sign somebody out and print a link for a new password")
    reset.add_argument("email")
    deeds.add_parser("list", help="tell name, e-mail, role and when each was last seen")
    return parser


def settings() -> Config:
    """Read the settings from the environment and, where that is silent, from the file `.env`."""
    return Config.from_env({**env_file(ROOT / ".env"), **os.environ})


def serve(config: Config) -> int:
    """Serve the pages until Ctrl-C or SIGTERM."""
    with web_server.listen(config.host, config.port) as listener, database(config) as (running, server):
        background = Background(running, server, works_queue=running.worker)
        address = web_server.address_of(config.host, config.port)
        moments = web_server.Moments(
            ready=lambda: print(f"Artwork Image Manager is ready: {address}", flush=True),
            forked=server.share if server else lambda: None,
            begin=background.start,
            end=background.stop,
        )
        web_server.serve(
            prepare(running),
            listener,
            processes=running.web_processes,
            threads=running.web_threads,
            # The words of a batch that are under way are paid for, so the end waits for them.
            grace=web_server.GRACE_SECONDS
            + (running.openai_timeout + jobs.GRACE_SECONDS if running.worker else 0),
            moments=moments,
        )
    return 0


def work(config: Config) -> int:
    """Work the queue until Ctrl-C or SIGTERM, without serving pages."""
    with database(config) as (running, server):
        prepare(running)
        background = Background(running, server, works_queue=True)
        background.start()
        print("Working the queue. Ctrl-C stops it.", flush=True)
        try:
            threading.Event().wait()
        finally:
            background.stop()
    return 0


def migrate(config: Config) -> int:
    """Bring the database up to date."""
    with database(config) as (running, _):
        changed = _bring_up_to_date(running)
    print("The database was brought" if changed else "The database is", f"up to date ({migrations.HEAD}).")
    return 0


def check(config: Config) -> int:
    """Print what is configured and what is wrong, in plain words; the status is 1 when something is wrong."""
    wrong = 0
    for label, value in _settings_in_words(config):
        print(f"  {label:<10}{value}")
    for label, probe in (("Database", _check_database), ("Pictures", _check_storage)):
        try:
            print(f"  {label:<10}{probe(config)}")
        except EXPECTED as error:
            wrong += 1
            print(f"! {label:<10}{error}")
    print(f"{wrong} to put right, marked with an exclamation mark." if wrong else "Everything is in order.")
    return 1 if wrong else 0


def person(config: Config, given: argparse.Namespace) -> int:
    """Add somebody, let somebody choose a new password, or list everybody."""
    password = None
    if given.deed == "add" and given.password_stdin:
        try:
            password = sys.stdin.readline().rstrip("\r\n").encode().decode()
        except UnicodeError:
            raise StartError("The password on stdin is no text in UTF-8.") from None
    with database(config) as (running, _):
        _bring_up_to_date(running)
        engine = create_engine(running.sqlalchemy_url, poolclass=NullPool)
        with Session(engine) as session:
            act_as(session, Actor("owner", name="the operator", way="command"))
            said = _done(session, config.link_address, given, password)
            session.commit()
    print(said)
    return 0


def _done(session: Session, base: str, given: argparse.Namespace, password: str | None) -> str:
    """Do what was asked for with people, and give what to print."""
    if given.deed == "add":
        facts = {"name": given.name, "role": given.role}
        return people_command.add(session, base, given.email, **facts, password=password)
    if given.deed == "reset":
        return people_command.reset(session, base, given.email)
    return "\n".join(people_command.listed(session))


def _settings_in_words(config: Config) -> Iterator[tuple[str, str]]:
    yield "Page", f"{web_server.address_of(config.host, config.port)}, {_who_gets_in(config)}"
    yield "Uploads", f"up to {config.max_upload_mb} MiB a picture"
    service = config.service
    if service.source == "placeholder":
        yield "Words", "placeholder words, because neither OPENAI_API_KEY nor OPENAI_BASE_URL is set"
    else:
        where = urlsplit(service.base_url).hostname if service.base_url else "OpenAI"
        yield "Words", f"the model {service.model} at {where}, key {'set' if service.api_key else 'not set'}"
    budget = config.ai_budget_usd_per_month
    yield "Budget", f"{budget:g} US dollars a month" if budget else "no limit"
    who = "the web processes" if config.worker else "python main.py worker"
    yield "Queue", f"worked by {who}, {config.worker_concurrency} at once"


def _who_gets_in(config: Config) -> str:
    here = config.is_local and not config.trusted_proxies
    where = "reached from this computer only" if here else "reached from other computers"
    if config.sign_in == "off":
        return f"{where}, no sign-in"
    return f"{where}, {'no sign-in before the first account' if here and config.sign_in == 'auto' else 'with sign-in'}"


def _check_database(config: Config) -> str:
    """Describe the database; raises one of EXPECTED when it cannot be used."""
    place = config.instance_dir / "postgres"
    if config.database_url is None and not (place / "data").exists():
        return f"embedded, will be made in {place} at the first start"
    with database(config) as (running, _):
        version = migrations.version(_driver_url(running))
    if config.database_url is not None:
        url = config.sqlalchemy_url
        name = f"{url.database} on {url.host or 'this computer'}"
    else:
        name = f"embedded, in {place}"
    if version != migrations.HEAD:
        raise StartError(
            f"{name}: version {version or 'none'}, not {migrations.HEAD}; run python main.py migrate."
        )
    if config.migration_database_url is None:
        return f"{name}, up to date"
    migrations.version(sqlalchemy_url(config.migration_database_url))
    return f"{name}, up to date; another role migrates it"


def _check_storage(config: Config) -> str:
    """Describe where pictures are kept; raises StartError when nothing can be written there."""
    try:
        config.make_storage().check()
    except (ValueError, OSError, AppError) as error:
        raise StartError(f"{config.storage_url}: {error}") from None
    return f"{config.storage_url}, can be written to"


MEANINGS = {
    "serve": "serve the pages (default)",
    "worker": "work the queue",
    "migrate": "bring the database up to date",
    "check": "check the settings",
}
COMMANDS = {"serve": serve, "worker": work, "migrate": migrate, "check": check}


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
    _bring_up_to_date(config)
    _check_storage(config)
    try:
        application = create_app(config)
    except OSError as error:
        raise StartError(f"{error.filename} cannot be used: {error.strerror}.") from None
    _tell_owner_code(config, application)
    # A start is a good time to tidy up after a crash.
    queue.ring(_driver_url(config), jobs.SWEEP)
    queue.ring(_driver_url(config), jobs.LOOK)
    return application


def _bring_up_to_date(config: Config) -> bool:
    """Migrate, as a role of its own where there is one, and tell whether there was anything to do."""
    if config.migration_database_url is None:
        return migrations.upgrade(_driver_url(config))
    url = sqlalchemy_url(config.migration_database_url)
    changed = migrations.upgrade(url)
    migrations.grant(url, _driver_url(config))
    return changed


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


def _driver_url(config: Config) -> str:
    return sqlalchemy_url(config.database_url or "")


class Background:
    """The threads beside the pages: the queue's worker, and the keeper that revives the embedded server."""

    def __init__(self, config: Config, server: EmbeddedPostgres | None, *, works_queue: bool) -> None:
        self._config = config
        self._server = server
        self._works_queue = works_queue
        self._worker: jobs.Worker | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start the threads, in the process that is to have them."""
        if self._server is not None:
            threading.Thread(target=self._keep, args=(self._server,), name="keeper", daemon=True).start()
        if self._works_queue:
            concurrency = self._config.worker_concurrency
            url = libpq_url(self._config.database_url or "")
            self._worker = jobs.Worker(url, self._config.make_services(concurrency), concurrency)
            self._worker.start()

    def stop(self) -> None:
        """Stop the threads; waits for calls to the AI service that are under way, up to their timeout."""
        if self._worker is not None:
            if self._worker.busy():
                print(f"Waiting for words under way, at most {self._worker.grace:.0f} s.", flush=True)
            self._worker.stop()
        self._stopping.set()

    def _keep(self, server: EmbeddedPostgres) -> None:
        while not self._stopping.wait(KEEP_SECONDS):
            try:
                server.revive()
            except (PostgresError, OSError) as error:
                log.error("The database is down and does not start: %s", error)


@functools.cache
def _loaded_by_gunicorn() -> APIFlask:
    """Give the application to a server that is not ours, in one of several processes that start at once."""
    try:
        config = settings()
        if public := web_server.public_address():
            # What gunicorn was told to listen on counts, and not our own setting.
            config = replace(config, host=public)
            config.check()
        holding = database(config)
        running, server = holding.__enter__()
        atexit.register(holding.__exit__, None, None, None)
        application = prepare(running)
    except EXPECTED as error:
        raise web_server.LoadError(str(error)) from None
    background = Background(running, server, works_queue=running.worker)
    background.start()
    atexit.register(background.stop)
    return application


def _end_cleanly_on(*signals: signal.Signals) -> None:
    """End through `finally` on these signals, so that the database is stopped too."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(0 if number == signal.SIGTERM else 128 + number)

    for number in signals:
        signal.signal(number, end)


def env_file(path: Path) -> dict[str, str]:
    """Read `NAME=value` lines; quotes around a value are dropped, lines that begin with # are left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise StartError(f"The file {path} cannot be read.") from None
    written = (line.strip().removeprefix("export ") for line in lines)
    pairs = (line.partition("=") for line in written if not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, separator, value in pairs if separator}


def __getattr__(name: str) -> APIFlask:
    if name == "app":
        return _loaded_by_gunicorn()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if __name__ == "__main__":
    sys.exit(main())
