"""The operator's door: `python main.py [serve|worker|migrate|check|…]`, and `app` for `gunicorn main:app`."""

from __future__ import annotations

import argparse
import atexit
import functools
import logging
import os
import shlex
import signal
import sys
import threading
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
from artworks.adapters.postgres.server import EmbeddedPostgres, PostgresError, libpq_url
from artworks.cli import files as main_files
from artworks.cli import users as people_command
from artworks.cli.check import check
from artworks.cli.startup import (
    EXPECTED,
    StartError,
    bring_up_to_date,
    database,
    in_words,
    prepare,
    say_who_is_let_in,
    settings,
)
from artworks.config import ROOT
from artworks.core.actor import Actor, act_as
from artworks.dependencies import make_services
from artworks.imaging import decoder_pool as decode_pool

KEEP_SECONDS = 2.0
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
        print(in_words(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _command(given: argparse.Namespace) -> Callable[[Config], int]:
    """Return what was asked for on the command line."""
    if given.command == "person":
        return functools.partial(person, given=given)
    if given.command == "check" and given.files:
        return main_files.check_files
    if given.command == "tidy":
        if given.parent:
            end_with_parent(given.parent)
        if given.undo:
            return main_files.put_back
        return main_files.count_orphans if given.count else main_files.tidy
    return COMMANDS[given.command or "serve"]


def _parser() -> argparse.ArgumentParser:
    """Describe the command line; without a command the pages are served."""
    parser = argparse.ArgumentParser(prog="main.py", description="Artwork Image Manager")
    commands = parser.add_subparsers(
        dest="command", metavar="serve | worker | migrate | check | tidy | adopt | database | local | person"
    )
    found = {name: commands.add_parser(name, help=meaning) for name, meaning in MEANINGS.items()}
    found["check"].add_argument(
        "--files", action="store_true", help="compare every picture with its file, and back"
    )
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
        lines = [f"Artwork Image Manager is ready: {address}", say_who_is_let_in(running)]
        moments = web_server.Moments(
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


def work(config: Config) -> int:
    """Work the queue until Ctrl-C or SIGTERM, without serving pages."""
    with database(config) as (running, server):
        prepare(running)
        background = Background(running, server, works_queue=True)
        try:
            background.start()
            print("Working the queue. Ctrl-C stops it.", flush=True)
            threading.Event().wait()
        finally:
            if not background.stop():
                raise SystemExit(1)
    return 0


def migrate(config: Config) -> int:
    """Bring the database up to date."""
    with database(config) as (running, _):
        changed = bring_up_to_date(running)
    print("The database was brought" if changed else "The database is", f"up to date ({migrations.HEAD}).")
    return 0


def hold(config: Config) -> int:
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
        threading.Event().wait()
    return 0


def open_again(config: Config) -> int:
    """Let whoever sits at this computer in again without signing in, after a request from elsewhere ended that."""
    if config.reached_by:
        raise StartError(f"Others can reach the page, because {config.reached_by}, so everybody signs in.")
    with database(config) as (running, _):
        bring_up_to_date(running)
        engine = create_engine(running.sqlalchemy_url, poolclass=NullPool)
        with Session(engine) as session:
            act_as(session, Actor("owner", name="the operator", way="command"))
            local_mode.begin_again(session)
            session.commit()
        print(say_who_is_let_in(running) or "Everybody signs in, because there are accounts.")
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
        bring_up_to_date(running)
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


MEANINGS = {
    "serve": "serve the pages (default)",
    "worker": "work the queue",
    "migrate": "bring the database up to date",
    "check": "check the settings",
    "tidy": "move files that belong to no picture into the quarantine, delete what lay there for 30 days",
    "adopt": "mark the place where the pictures are as this database's",
    "database": "run the embedded database alone, for a backup or to restore one",
    "local": "let whoever sits at this computer in again without signing in",
}
COMMANDS = {
    "serve": serve,
    "worker": work,
    "migrate": migrate,
    "check": check,
    "adopt": main_files.adopt,
    "database": hold,
    "local": open_again,
}


class Background:
    """The threads beside the pages: the queue's worker, and the keeper that revives the embedded server."""

    def __init__(
        self, config: Config, server: EmbeddedPostgres | None, *, works_queue: bool, processes: int = 1
    ) -> None:
        self._config = config
        self._processes = processes
        self._server = server
        self._works_queue = works_queue
        self._worker: jobs.QueueWorker | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start the threads, in the process that is to have them."""
        decode_pool.begin(self._processes)
        if self._server is not None:
            threading.Thread(target=self._keep, args=(self._server,), name="keeper", daemon=True).start()
        if self._works_queue:
            concurrency = self._config.worker_concurrency
            url = libpq_url(self._config.database_url or "")
            self._worker = jobs.QueueWorker(
                url, make_services(self._config, concurrency), concurrency, _counting_command()
            )
            self._worker.start()

    def stop(self) -> bool:
        """Stop the threads; waits for calls to the AI service that are under way, up to their timeout.

        Return False when work did not end by then and ends with the process.
        """
        self._stopping.set()
        if self._worker is None:
            return True
        if self._worker.busy():
            print(f"Waiting for words under way, at most {self._worker.grace:.0f} s.", flush=True)
        ended = self._worker.stop()
        if not ended:
            log.error("Work that did not end in time was broken off; it is taken up again later.")
        return ended

    def _keep(self, server: EmbeddedPostgres) -> None:
        while not self._stopping.wait(KEEP_SECONDS):
            try:
                server.revive()
            except (PostgresError, OSError) as error:
                log.error("The database is down and does not start: %s", error)


def _counting_command() -> tuple[str, ...]:
    """Return the command that counts files without a picture, for as long as this process lives.

    Listing files may hold the interpreter for long, so that is done in a process of its own.
    """
    return (sys.executable, str(ROOT / "main.py"), "tidy", "--count", "--parent", str(os.getpid()))


@functools.cache
def _loaded_by_gunicorn() -> APIFlask:
    """Return the application to a server that is not ours, in one of several processes that start at once.

    Or in the one that forks them (--preload): then what runs beside the pages begins in each of those.
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
        if said := say_who_is_let_in(running):
            print(said, flush=True)
    except EXPECTED as error:
        raise web_server.LoadError(in_words(error)) from None
    if web_server.is_preloading():
        os.register_at_fork(after_in_child=functools.partial(_begin_in_fork, running, server))
    else:
        if parent := web_server.forking_parent():
            end_with_parent(parent)
        _begin_beside(running, server)
    return application


def _begin_in_fork(config: Config, server: EmbeddedPostgres | None) -> None:
    """Begin what runs beside the pages in a process that serves; others are forked as well, and for moments only."""
    if parent := web_server.forking_parent():
        end_with_parent(parent)
        if server:
            server.share()
        _begin_beside(config, server)


def _begin_beside(config: Config, server: EmbeddedPostgres | None) -> None:
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


def __getattr__(name: str) -> APIFlask:
    if name == "app":
        return _loaded_by_gunicorn()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if __name__ == "__main__":
    sys.exit(main())
