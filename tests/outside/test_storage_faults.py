"""The real program on a picture store that fails: its start, its check, and what it acknowledged."""

from __future__ import annotations

import io
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from artworks.adapters.storage import bucket as storage_bucket
from artworks.adapters.storage.url import storage_from_url
from artworks.core.errors import StorageAway
from artworks.files import storage_mark
from tests.fakes.faulty_s3 import faulty_s3
from tests.fakes.s3_server import KEYS, S3Server
from tests.outside.conftest import Command
from tests.support.databases import COUNTED
from tests.support.factories import picture
from tests.support.program import PATIENCE, Program
from tests.support.small_disk import make_read_only, small_disk

SECRET = "geheim-geheim"
# Seconds that a check of a silent store takes at most here, with some air for a machine that is busy.
BOUND = 15.0


@pytest.fixture
def program(tmp_path: Path, database_url: str, engine: Engine) -> Iterator[Program]:
    """Yield an installation on the database of the tests that does not run yet; whatever it is, it ends."""
    made = Program(tmp_path)
    made.environment |= {**KEYS, "DATABASE_URL": database_url.replace("+psycopg2", "")}
    made.environment["WEB_PROCESSES"] = "1"
    with engine.begin() as connection:
        connection.execute(text(COUNTED))
    yield made
    if made.process and made.process.returncode is None:
        made.end(signal.SIGTERM)


def send(program: Program, *files: tuple[bytes, str]) -> tuple[int, dict[str, Any]]:
    """Upload files as a script does; give the status and the answer."""
    body = io.BytesIO()
    for data, name in files:
        body.write(f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode())
        body.write(data + b"\r\n")
    body.write(b"--x--\r\n")
    request = urllib.request.Request(
        f"{program.url}/api/images",
        body.getvalue(),
        {"Content-Type": "multipart/form-data; boundary=x", "Accept": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@contextmanager
def holding_still(server: S3Server) -> Iterator[None]:
    """Let a server hold still, as a machine that hangs does: its connections stay open."""
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


def test_the_start_says_in_one_sentence_that_there_is_no_bucket(program: Program, s3: S3Server) -> None:
    program.environment |= {"STORAGE_URL": s3.storage_url("pics"), "AWS_SECRET_ACCESS_KEY": SECRET}
    said = program.start() + program.rest()
    assert program.process
    assert (program.process.returncode, said) == (
        1,
        f"The bucket pics does not exist at http://127.0.0.1:{s3.port}; make it or correct STORAGE_URL.\n",
    )


def test_check_says_what_is_wrong_with_a_bucket_and_what_to_do(
    program: Program, command: Command, s3: S3Server
) -> None:
    program.environment |= {"STORAGE_URL": s3.storage_url("pics"), "AWS_SECRET_ACCESS_KEY": SECRET}
    status, said = command(program, "check")
    assert status == 1
    assert "! Pictures  The bucket pics does not exist at" in said
    assert SECRET not in said
    assert "Traceback" not in said


def test_a_server_that_holds_still_is_given_up_and_asked_again(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_bucket, "SECONDS", 1.0)
    url = s3.make_bucket("still")
    store = storage_from_url(url, access_key_id="any", secret_access_key=SECRET)
    store.put("a.png", b"123")
    with holding_still(s3):
        for call in (store.check, lambda: store.read("a.png"), lambda: list(store.list())):
            began = time.monotonic()
            with pytest.raises(StorageAway) as caught:
                call()
            assert time.monotonic() - began < BOUND
            assert "does not answer in time" in (caught.value.detail or "")
    monkeypatch.setattr(storage_bucket, "SECONDS", 10.0)
    again = storage_from_url(url, access_key_id="any", secret_access_key=SECRET)
    # What the server had received by then it may well store when it goes on: the file of a check, here.
    assert (again.read("a.png"), "a.png" in {key for key, _, _ in again.list()}) == (b"123", True)


def test_a_disk_that_fills_up_keeps_what_was_acknowledged(program: Program, tmp_path: Path) -> None:
    with small_disk(tmp_path / "pictures", 160) as disk:
        program.start()
        taken: dict[str, bytes] = {}
        while True:
            # Their bytes beyond the picture make them large; each is one of its own.
            files = [(picture("PNG") + bytes(9_000), f"{len(taken) + n}.png") for n in range(3)]
            status, body = send(program, *files)
            taken |= {
                image["stored_filename"]: data
                for image, (data, _) in zip(body["images"], files, strict=False)
            }
            assert len(body["images"]) + len(body["rejected"]) == 3
            if body["rejected"]:
                break
        assert {one["error"]["code"] for one in body["rejected"]} == {"storage_full"}
        assert status == (201 if body["images"] else 507)
        stored = {path.name: path for path in disk.glob("*.png")}
        assert set(stored) == set(taken)
        assert all(stored[name].read_bytes() == data for name, data in taken.items())
        assert len(list((disk / "renditions").iterdir())) == 2 * len(taken)
        # Emptying the trash may be what makes room, so the start does not mind.
        code, said = program.end(signal.SIGTERM)
        assert (code, "Traceback" in said) == (0, False)
        assert f"No room is left for the folder {disk}" in said
        with suppress(OSError), (disk / "filler").open("ab", buffering=0) as filler:
            while True:
                filler.write(bytes(512))
        assert f"No room is left for the folder {disk}" in program.start()
        assert len(program.names()) == len(taken)
        make_read_only(disk)
        status, body = send(program, (picture(), "late.png"))
        assert (status, body["error"]["code"]) == (503, "unavailable")
        code, said = program.end(signal.SIGTERM)
    assert code == 0
    assert "read-only; mount it" in said
    assert "Traceback" not in said


def test_a_running_program_outlives_a_bucket_that_breaks_off_and_goes(program: Program) -> None:
    with faulty_s3() as server:
        program.environment["STORAGE_URL"] = server.url
        program.start()
        data = picture()
        status, body = send(program, (data, "a.jpg"))
        assert status == 201
        (image,) = body["images"]
        # The second picture's files break off in the middle, and what was stored of them is taken back.
        server.fail(after=4, times=1, methods=["PUT"], status=503, code="SlowDown")
        status, body = send(program, (picture(), "b.jpg"), (picture(), "c.jpg"))
        assert (status, len(body["images"]), [one["filename"] for one in body["rejected"]]) == (
            201,
            1,
            ["c.jpg"],
        )
        assert len(set(server.seen()["files"]) - {storage_mark.KEY}) == 6
    assert program.get(image["urls"]["original"])[0] == 503
    assert program.get("/api/images")[0] == 200
    code, said = program.end(signal.SIGTERM)
    assert code == 0
    assert "is too busy (503 SlowDown)" in said
    assert "nobody listens there" in said
    assert "Traceback" not in said
