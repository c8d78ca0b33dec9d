"""The web processes of a program: they share nothing but the listener, and nobody is taken for somebody else."""

from __future__ import annotations

import contextlib
import re
import signal
import sys
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from artworks.adapters.gunicorn.worker import MOST_CONNECTIONS
from artworks.files import storage_mark
from artworks.imaging.decoder_process import ENVIRONMENT
from tests.fakes.s3_server import KEYS, S3Server
from tests.outside.processes import decoders, is_alive, main_process, shared_channels, web_processes
from tests.outside.raw_client import RawClient, page_seconds
from tests.outside.visitors import Visitor
from tests.support.databases import MIGRATED
from tests.support.people import PASSWORD, add_person
from tests.support.program import PATIENCE, Program, wait_until

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc, which only Linux has")

PEOPLE = {"owner": "mara@studio.example", "viewer": "noor@studio.example"}
LOADS = 504
FEW = 40
THREADS = 4
PUBLIC = {"HOST": "0.0.0.0", "ALLOWED_HOSTS": "127.0.0.1,studio.example"}
# Where that happens: against two processes, and against four.
OFTEN = {"required", "public"}
# The modes in which a program runs: its settings, and the headers that a browser or a proxy sends.
MODES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "local": ({}, {}),
    "required": ({"SIGN_IN": "required"}, {}),
    "public": (PUBLIC, {}),
    "proxy": ({"TRUSTED_PROXIES": "1"}, {"X-Forwarded-For": "203.0.113.7"}),
}


@pytest.fixture(scope="module")
def template(make_database: Callable[[str], str]) -> str:
    """Return the name of a migrated database with an owner and a viewer, to be copied."""
    url = make_database(MIGRATED)
    with Session(create_engine(url, poolclass=NullPool)) as session:
        for role, email in PEOPLE.items():
            add_person(session, role, PASSWORD, email=email, name=role.title())
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def program(tmp_path: Path, template: str, make_database: Callable[[str], str]) -> Iterator[Program]:
    """Yield an installation with a database of its own; it is ended in any case."""
    program = Program(tmp_path)
    program.environment["DATABASE_URL"] = make_database(template).replace("+psycopg2", "")
    yield program
    if program.process and program.process.returncode is None:
        program.end(signal.SIGKILL)


def use_s3(program: Program, s3: S3Server, bucket: str) -> None:
    program.environment |= {**KEYS, "STORAGE_URL": s3.make_bucket(bucket)}


def stored(s3: S3Server, bucket: str) -> list[str]:
    """Return the keys of the pictures' files in a bucket."""
    with urllib.request.urlopen(
        f"http://127.0.0.1:{s3.port}/{bucket}?list-type=2", timeout=PATIENCE
    ) as answer:
        keys = re.findall(r"<Key>([^<]+)</Key>", answer.read().decode())
    return [key for key in keys if key != storage_mark.KEY]


def load_account_pages(program: Program, headers: dict[str, str], times: int) -> None:
    """Have two people load their own account page again and again, all at once; each must see their own."""
    cookies = {}
    for role, email in PEOPLE.items():
        visitor = Visitor(program, headers)
        visitor.sign_in(email, PASSWORD)
        cookies[role] = visitor.headers["Cookie"]
        visitor.leave()

    def load(role: str) -> list[str]:
        visitor, wrong = Visitor(program, headers | {"Cookie": cookies[role]}), []
        for _ in range(times // THREADS // len(PEOPLE)):
            status, page = visitor.ask("GET", "/account")
            named = [email for email in PEOPLE.values() if email.encode() in page]
            if (status, named) != (200, [PEOPLE[role]]):
                wrong.append(f"{role}: {status} {named}")
        visitor.leave()
        return wrong

    with ThreadPoolExecutor(THREADS * len(PEOPLE)) as pool:
        assert [one for wrong in pool.map(load, list(PEOPLE) * THREADS) for one in wrong] == []


@pytest.mark.parametrize(
    ("mode", "storage", "processes"),
    [
        ("local", "S3", 2),
        ("required", "folder", 2),
        ("public", "folder", 4),
        ("proxy", "S3", 2),
    ],
)
@needs_proc
def test_web_processes_share_nothing_but_the_listener(
    program: Program, s3: S3Server, mode: str, storage: str, processes: int
) -> None:
    settings, headers = MODES[mode]
    program.environment |= settings | {"WEB_PROCESSES": str(processes)}
    if storage == "S3":
        use_s3(program, s3, f"shared-{mode}")
    assert "is ready" in program.start()
    web_processes(program)
    assert shared_channels(program) == []
    load_account_pages(program, headers, LOADS if mode in OFTEN else FEW)
    assert shared_channels(program) == []
    assert main_process(program).num_threads() == 1
    if storage == "S3":
        check_decoders(program)
    assert program.end(signal.SIGTERM) == (0, "")


def check_decoders(program: Program) -> None:
    """See that what opens strangers' files knows no secret and reaches nobody."""
    for decoder in decoders(program):
        assert set(decoder.environ()) <= {"MALLOC_ARENA_MAX", *ENVIRONMENT}
        assert decoder.net_connections("inet") == []
        assert decoder.num_fds() == 3


@needs_proc
def test_everything_works_on_s3_with_two_processes(program: Program, s3: S3Server) -> None:
    use_s3(program, s3, "whole-way")
    program.environment |= {"SIGN_IN": "required", "WEB_PROCESSES": "2"}
    assert "is ready" in program.start()
    web_processes(program)
    mara = Visitor(program)
    mara.sign_in(PEOPLE["owner"], PASSWORD)
    ids = [mara.upload(f"{colour}.png", colour) for colour in ("teal", "navy")]
    # Whoever killed what opens pictures is not noticed by the next one.
    killed = decoders(program)
    for decoder in killed:
        decoder.kill()
    wait_until("their end", lambda: not any(map(is_alive, killed)))
    ids.append(mara.upload("olive.png", "olive"))
    # Often enough that each process answers: which one takes a new connection is chance.
    for image_id in ids * 8:
        for kind in ("thumbnail", "preview"):
            assert mara.ask("GET", f"/images/{image_id}/{kind}")[0] == 200
        mara.leave()
    batch = mara.api("POST", "/batches", {"select": {"ids": ids}})
    wait_until("words", lambda: mara.api("GET", f"/batches/{batch['id']}")["state"] == "done")
    assert all(mara.api("GET", f"/images/{image_id}")["post_title"] for image_id in ids)
    assert len(stored(s3, "whole-way")) == 9
    for image_id in ids:
        mara.api("DELETE", f"/images/{image_id}")
    assert mara.api("POST", "/trash/empty") == {"deleted": 3}
    assert stored(s3, "whole-way") == []
    mara.leave()
    assert program.end(signal.SIGTERM) == (0, "")


@pytest.mark.parametrize("more", [(), ("--preload",)], ids=["each loads", "preloaded"])
@needs_proc
def test_a_gunicorn_of_ones_own_shares_nothing_either(
    program: Program, s3: S3Server, more: tuple[str, ...]
) -> None:
    use_s3(program, s3, f"gunicorn-{len(more)}")
    command = ["gunicorn", "main:app", "--workers", "2", "--worker-class", "gthread", "--threads", "24"]
    # Gunicorn's own patience of 30 seconds with a process that loads is short on a busy machine.
    command += ["--bind", f"127.0.0.1:{program.port}", "--no-control-socket", "--timeout", "120"]
    program.environment |= {"SIGN_IN": "required", "WEB_PROCESSES": "2"}
    program.start(sys.executable, "-m", *command, *more)
    wait_until("pages", lambda: program.get("/readyz")[0] == 200)
    started = [*web_processes(program), *decoders(program)]
    load_account_pages(program, {}, FEW)
    assert shared_channels(program) == []
    assert main_process(program).num_threads() == 1
    # The queue is worked too, by the processes that serve.
    mara = Visitor(program)
    mara.sign_in(PEOPLE["owner"], PASSWORD)
    batch = mara.api("POST", "/batches", {"select": {"ids": [mara.upload("teal.png", "teal")]}})
    wait_until("words", lambda: mara.api("GET", f"/batches/{batch['id']}")["state"] == "done")
    mara.leave()
    started[0].suspend()
    main_process(program).kill()
    wait_until("the end of the processes", lambda: not any(map(is_alive, started)))


def test_a_proxy_before_a_gunicorn_of_ones_own_may_hold_any_number_of_connections(program: Program) -> None:
    program.environment |= {"SIGN_IN": "required", "TRUSTED_PROXIES": "1", "WORKER": "off"}
    command = [
        "gunicorn",
        "main:app",
        "--worker-class",
        "artworks.adapters.gunicorn.worker.BufferingWorker",
        "--threads",
        "4",
    ]
    command += ["--bind", f"127.0.0.1:{program.port}", "--no-control-socket", "--timeout", "120"]
    program.start(sys.executable, "-m", *command)
    wait_until("pages", lambda: program.get("/readyz")[0] == 200)
    with contextlib.ExitStack() as held:
        for _ in range(MOST_CONNECTIONS + 10):
            held.enter_context(contextlib.closing(RawClient(program).begin("GET /healthz")))
        assert page_seconds(program, "127.0.0.1") < PATIENCE


@pytest.mark.parametrize(
    ("bind", "more", "host"),
    [("0.0.0.0:{port}", ("--preload",), "0.0.0.0"), ("unix:{folder}/s", (), "unix:{folder}/s")],
)
def test_a_gunicorn_that_others_reach_is_refused_without_sign_in(
    program: Program, bind: str, more: tuple[str, ...], host: str
) -> None:
    """With and without --preload; a socket in the file system is for a proxy, which lets others in."""
    program.environment |= {"SIGN_IN": "off"}
    facts = {"port": program.port, "folder": program.folder}
    command = ["gunicorn", "main:app", "--bind", bind.format(**facts), *more]
    program.start(sys.executable, "-m", *command, "--no-control-socket")
    assert program.process
    said = program.rest()
    assert f"SIGN_IN is off, but HOST is {host.format(**facts)}" in said
