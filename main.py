"""The operator's entry point: `python main.py [serve|worker|migrate|check|…]`, and `app` for `gunicorn main:app`."""

from __future__ import annotations

import argparse
import atexit
import functools
import logging
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from apiflask import APIFlask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import migrations
from app import Config
from artworks import worker as jobs
from artworks.accounts import local_mode
from artworks.adapters.child_process import end_with_parent
from artworks.adapters.gunicorn import server as web_server
from artworks.adapters.postgres.account import PROGRAMS
from artworks.adapters.postgres.server import EmbeddedPostgres
from artworks.cli import backups as backup_commands
from artworks.cli import files as file_commands
from artworks.cli import users as user_commands
from artworks.cli.background import Background
from artworks.cli.check import check
from artworks.cli.startup import (
    EXPECTED,
    StartError,
    database,
    describe_access,
    describe_error,
    migrate_database,
    prepare,
    settings,
)
from artworks.core.actor import Actor, act_as

# How often a process that only waits looks whether a signal came to one of its threads, in seconds.
SIGNAL_SECONDS = 1.0
log = logging.getLogger("artwork")


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give the exit status; what went wrong is one sentence on stderr."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    _end_cleanly_on(signal.SIGTERM, signal.SIGHUP)
    try:
        config = settings()
        return _command(given)(config)
    except EXPECTED as error:
        print(describe_error(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _command(given: argparse.Namespace) -> Callable[[Config], int]:
    """Return what was asked for on the command line."""
    if given.command == "person":
        return functools.partial(person, given=given)
    if given.command in BACKUP_COMMANDS:
        return functools.partial(BACKUP_COMMANDS[given.command], given=given)
    if given.command == "check" and given.files:
        return file_commands.check_files
    if given.command == "tidy":
        if given.parent:
            end_with_parent(given.parent)
        if given.undo:
            return file_commands.restore_quarantine
        return file_commands.count_orphans if given.count else file_commands.tidy
    return COMMANDS[given.command or "serve"]


def _parser() -> argparse.ArgumentParser:
    """Describe the command line; without a command the pages are served."""
    parser = argparse.ArgumentParser(prog="main.py", description="Artwork Image Manager")
    commands = parser.add_subparsers(
        dest="command",
        metavar="serve | worker | migrate | check | backup | restore | tidy | adopt | database | local | person",
    )
    found = {name: commands.add_parser(name, help=meaning) for name, meaning in MEANINGS.items()}
    found["check"].add_argument(
        "--files", action="store_true", help="compare every picture with its file, and back"
    )
    for name in BACKUP_COMMANDS:
        backup_commands.add_arguments(found[name], name)
    ways = found["tidy"].add_mutually_exclusive_group()
    ways.add_argument("--undo", action="store_true", help="put everything in the quarantine back")
    ways.add_argument("--count", action="store_true", help="only count what would be moved")
    # For the program itself, which counts once a day.
    found["tidy"].add_argument("--parent", type=int, help=argparse.SUPPRESS)
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


def serve(config: Config) -> int:
    """Serve the pages until Ctrl-C or SIGTERM."""
    with web_server.listen(config.host, config.port) as listener, database(config) as (running, server):
        background = Background(running, server, works_queue=running.worker, processes=running.web_processes)
        address = web_server.address_of(config.host, config.port)
        application = prepare(running)
        lines = [f"Artwork Image Manager is ready: {address}", describe_access(running)]
        moments = web_server.ServerHooks(
            ready=lambda: print("\n".join(filter(None, lines)), flush=True),
            forked=server.share if server else lambda: None,
            begin=background.start,
            end=background.stop,
        )
        if running.trusted_proxies:
            web_server.trust_peers()
        web_server.serve(
            application,
            listener,
            processes=running.web_processes,
            threads=running.web_threads,
            # The words of a batch that are under way are paid for, so the end waits for them.
            grace=web_server.GRACE_SECONDS
            + (running.openai_timeout + jobs.GRACE_SECONDS if running.worker else 0),
            moments=moments,
        )
    return 0


def run_worker(config: Config) -> int:
    """Work the queue until Ctrl-C or SIGTERM, without serving pages."""
    with database(config) as (running, server):
        prepare(running)
        background = Background(running, server, works_queue=True)
        try:
            background.start()
            print("Working the queue. Ctrl-C stops it.", flush=True)
            _wait_for_signal()
        finally:
            if not background.stop():
                raise SystemExit(1)
    return 0


def migrate(config: Config) -> int:
    """Bring the database up to date."""
    with database(config) as (running, _):
        changed = migrate_database(running)
    print("The database was brought" if changed else "The database is", f"up to date ({migrations.HEAD}).")
    return 0


def run_database(config: Config) -> int:
    """Run the embedded database alone until Ctrl-C, and tell how it is backed up and restored."""
    if config.database_url is not None:
        raise StartError("DATABASE_URL names a server that runs by itself; back it up with its own pg_dump.")
    with database(config) as (running, _):
        address = shlex.quote(running.database_url or "")
        print("The database runs until Ctrl-C. In another terminal, each on one line:")
        for program, given in (
            ("pg_dump", f"-Fc -f library.dump -d {address}"),
            ("pg_restore", f"--exit-on-error --no-owner --no-privileges -d {address} library.dump"),
            ("psql", f"-X -v ON_ERROR_STOP=1 -d {address}"),
        ):
            print(f"\n{shlex.quote(str(PROGRAMS / program))} {given}", flush=True)
        _wait_for_signal()
    return 0


def restore_local_mode(config: Config) -> int:
    """Let whoever sits at this computer in again without signing in, after a request from elsewhere ended that."""
    if config.reached_by:
        raise StartError(f"Others can reach the page, because {config.reached_by}, so everybody signs in.")
    with database(config) as (running, _):
        migrate_database(running)
        engine = create_engine(running.sqlalchemy_url, poolclass=NullPool)
        with Session(engine) as session:
            act_as(session, Actor("owner", name="the operator", way="command"))
            local_mode.restore(session)
            session.commit()
        print(describe_access(running) or "Everybody signs in, because there are accounts.")
    return 0


def person(config: Config, given: argparse.Namespace) -> int:
    """Add somebody, let somebody choose a new password, or list everybody."""
    password = None
    if given.deed == "add" and given.password_stdin:
        try:
            password = sys.stdin.readline().rstrip("\r\n").encode().decode()
        except UnicodeError:
            raise StartError("The password on stdin is no text in UTF-8.") from None
    with database(config) as (running, _):
        migrate_database(running)
        engine = create_engine(running.sqlalchemy_url, poolclass=NullPool)
        with Session(engine) as session:
            act_as(session, Actor("owner", name="the operator", way="command"))
            said = _run_person_command(session, config.link_address, given, password)
            session.commit()
    print(said)
    return 0


def _run_person_command(session: Session, base: str, given: argparse.Namespace, password: str | None) -> str:
    """Run a command about people, and return what to print."""
    if given.deed == "add":
        facts = {"name": given.name, "role": given.role}
        return user_commands.add(session, base, given.email, **facts, password=password)
    if given.deed == "reset":
        return user_commands.reset(session, base, given.email)
    return "\n".join(user_commands.list_lines(session))


MEANINGS = {
    "serve": "serve the pages (default)",
    "worker": "work the queue",
    "migrate": "bring the database up to date",
    "check": "check the settings",
    "backup": "write the library to a place for backups, or prove a backup that is there",
    "restore": "put a backup back into an empty program",
    "tidy": "move files that belong to no picture into the quarantine, delete what lay there for 30 days",
    "adopt": "mark the place where the pictures are as this database's",
    "database": "run the embedded database alone, for a backup or to restore one",
    "local": "let whoever sits at this computer in again without signing in",
}
BACKUP_COMMANDS = {"backup": backup_commands.make_backup, "restore": backup_commands.restore_backup}
COMMANDS = {
    "serve": serve,
    "worker": run_worker,
    "migrate": migrate,
    "check": check,
    "adopt": file_commands.adopt,
    "database": run_database,
    "local": restore_local_mode,
}


@functools.cache
def _application_for_gunicorn() -> APIFlask:
    """Return the application to a server that is not ours, in one of several processes that start at once.

    Or in the one that forks them (--preload): then what runs beside the pages starts in each of those.
    """
    try:
        config = settings()
        if public := web_server.public_address():
            # What gunicorn was told to listen on counts, and not our own setting.
            config = config.model_copy(update={"host": public})
            config.check()
        holding = database(config)
        running, server = holding.__enter__()
        atexit.register(holding.__exit__, None, None, None)
        if running.trusted_proxies:
            web_server.trust_peers()
        application = prepare(running)
        if said := describe_access(running):
            print(said, flush=True)
    except EXPECTED as error:
        raise web_server.LoadError(describe_error(error)) from None
    if web_server.is_preloading():
        os.register_at_fork(after_in_child=functools.partial(_start_in_fork, running, server))
    else:
        if parent := web_server.forking_parent():
            end_with_parent(parent)
        _start_background(running, server)
    return application


def _start_in_fork(config: Config, server: EmbeddedPostgres | None) -> None:
    """Begin what runs beside the pages in a process that serves; others are forked as well, and for moments only."""
    if parent := web_server.forking_parent():
        end_with_parent(parent)
        if server:
            server.share()
        _start_background(config, server)


def _start_background(config: Config, server: EmbeddedPostgres | None) -> None:
    background = Background(config, server, works_queue=config.worker, processes=config.web_processes)
    background.start()
    atexit.register(background.stop)


def _end_cleanly_on(*signals: signal.Signals) -> None:
    """End through `finally` on these signals, so that the database is stopped too; once, however often they come."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        for one in signals:
            signal.signal(one, signal.SIG_IGN)
        raise SystemExit(0 if number == signal.SIGTERM else 128 + number)

    for number in signals:
        signal.signal(number, end)


def _wait_for_signal() -> NoReturn:
    """Wait until Ctrl-C or a signal ends the program.

    Not in one piece: the system may hand a signal to another thread, and Python acts on it only when this one runs.
    """
    while True:
        time.sleep(SIGNAL_SECONDS)


def __getattr__(name: str) -> APIFlask:
    if name == "app":
        return _application_for_gunicorn()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if __name__ == "__main__":
    sys.exit(main())
