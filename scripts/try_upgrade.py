"""Let this version open the library of an older one: ``python -m scripts.try_upgrade OLDER [--kill]``.

OLDER is a checkout of the older version (``git worktree add ../older 1.0.1``); it runs with the packages that are
installed here. It fills a library in a temporary folder, and is stopped in the middle of a batch, or killed with
--kill. This version is then started on the same folder: everything has to be there, the batch goes on to its end, the
undo works, links open, and whoever was signed in still is.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from tests.fakes.openai_behaviours import ok
from tests.fakes.openai_server import FakeOpenAI
from tests.support.factories import picture
from tests.support.program import Program, wait_until

PICTURES = 24
# The first ones are organised by hand, the others get their words from the batch.
BY_HAND = 8
EMAIL, PASSWORD, PASSCODE = "ada@studio.example", "a fine heron at dusk", "kingfisher"
TOKEN = re.compile(r"\baim_[\w-]{20,}")
INVITATION = re.compile(r"/invitation/\S+")
# What the batch does not change, as it writes titles and descriptions alone.
LISTS = (
    "/api/categories",
    "/api/tags",
    "/api/collections",
    "/api/views",
    "/api/shares",
    "/api/voice",
    "/api/voice/versions",
    "/api/look-alikes",
    "/api/images?category=Coast",
    "/api/images/1/revisions",
)
UNFINISHED = (
    "SELECT task_name, status::text FROM procrastinate_jobs WHERE status IN ('todo', 'doing') ORDER BY 1"
)


class UpgradeError(Exception):
    """Something is not as it was; the message says what."""


@dataclass
class Made:
    """What the older version has made, as it said itself."""

    batch_id: int
    bulk_edit_id: int
    galleries: list[str]
    invitation: str
    token: str
    lists: dict[str, Any] = field(default_factory=dict)


def main() -> None:
    """Try it, and print each step."""
    parser = argparse.ArgumentParser(description="Let this version open the library of an older one.")
    parser.add_argument("older", type=Path, help="a checkout of the older version")
    parser.add_argument("--kill", action="store_true", help="kill the older version instead of stopping it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="artwork-upgrade-") as folder, FakeOpenAI() as service:
        service.default = ok(pause=0.05)
        program = Program(Path(folder))
        program.environment |= {
            "OPENAI_API_KEY": "sk-fake",
            "OPENAI_BASE_URL": service.base_url,
            "WORKER_CONCURRENCY": "1",
            "AI_REQUESTS_PER_MINUTE": "1000",
            "AI_TOKENS_PER_MINUTE": "10000000",
        }
        try_upgrade(
            program, given.older.resolve() / "main.py", signal.SIGKILL if given.kill else signal.SIGTERM
        )


def try_upgrade(program: Program, older: Path, end: signal.Signals) -> None:
    """Fill a library with the older program, end that, and look at it with this one."""
    invitation = add_people(program, older)
    with serving(program, sys.executable, str(older), end=end) as client:
        made = fill(client, invitation)
        wait_until("a few pictures of the batch", lambda: batch(client, made)["done"] > 2)
        print(
            "Before:", batch(client, made)["done"], "of", batch(client, made)["total"], "pictures have words."
        )
        made.lists = {address: client.get(address).json() for address in LISTS}
    print("Jobs that wait:", ", ".join(waiting_jobs(program)) or "none")
    cookies = client.cookies
    with serving(program, end=signal.SIGTERM) as client:
        client.cookies = cookies
        check_everything(client, made)
    print("Everything is there.")


@contextmanager
def serving(program: Program, *command: str, end: signal.Signals) -> Iterator[httpx.Client]:
    """Run a version of the program, and give a client that has cookies and the headers of a browser on its pages."""
    print(program.start(*command).strip())
    wait_until("the pages", lambda: program.get("/readyz")[0] == 200)
    with httpx.Client(base_url=program.url, headers={"Origin": program.url}, timeout=60) as client:
        try:
            yield client
        finally:
            program.end(end)


def add_people(program: Program, main: Path) -> str:
    """Make an owner and an invitation with the older program's command, and return the path of the invitation."""
    run_person(program, main, "add", EMAIL, "--role", "owner", "--password-stdin", typed=PASSWORD)
    invitation: str = INVITATION.findall(run_person(program, main, "add", "guest@studio.example"))[0]
    return invitation


def run_person(program: Program, main: Path, *words: str, typed: str = "") -> str:
    """Run a command about people, and return what it prints."""
    command = [sys.executable, str(main), "person", *words]
    done = subprocess.run(command, env=program.environment, input=typed, capture_output=True, text=True)
    if done.returncode:
        raise UpgradeError(done.stderr)
    return done.stdout


def fill(client: httpx.Client, invitation: str) -> Made:
    """Make one of everything, and start a batch."""
    send(client, "/sign-in", data={"email": EMAIL, "password": PASSWORD})
    ids = [upload(client, number) for number in range(PICTURES)]
    organise(client, ids[:BY_HAND])
    tags = {
        "select": {"ids": ids[:BY_HAND]},
        "add_hashtags": ["#tide"],
        "set": {"key_points": "Oil on board"},
    }
    bulk = send(client, "/api/images", "PATCH", json=tags).json()
    gallery = {"title": "Coast", "image_ids": ids[:3], "with_words": True, "with_originals": True}
    galleries = [
        send(client, "/api/shares", json={**gallery, **more}).json()["url"]
        for more in ({}, {"passcode": PASSCODE})
    ]
    page = send(client, "/account/tokens", data={"token_name": "script", "role": "owner", "days": "30"})
    order = {"select": {"ids": ids[BY_HAND:]}, "fields": ["post_title", "description"], "cap_usd": 5}
    started = send(client, "/api/batches", json=order).json()
    return Made(started["id"], bulk["bulk_edit_id"], galleries, invitation, TOKEN.findall(page.text)[0])


def organise(client: httpx.Client, ids: list[int]) -> None:
    """Give pictures words, a collection and a saved view, and put one of the others into the trash."""
    for number, image_id in enumerate(ids):
        seen = client.get(f"/api/images/{image_id}").json()
        words = {"post_title": f"Heron {number}", "hashtags": ["#heron", "#Öl"], "category": "Coast"}
        send(client, f"/api/images/{image_id}", "PATCH", json={"version": seen["version"], **words})
    collection = send(client, "/api/collections", json={"name": "Spring", "note": "For the fair"}).json()
    send(client, f"/api/collections/{collection['id']}/images", json={"ids": ids[::-1]})
    send(client, "/api/views", json={"name": "Herons", "filters": {"tag": "heron", "sort": "oldest"}})
    send(client, "/api/images/trash", json={"select": {"ids": [upload(client, PICTURES)]}})


def upload(client: httpx.Client, number: int) -> int:
    """Add a picture, and return its id."""
    file = (f"work {number}.jpg", picture(seed=number + 1), "image/jpeg")
    added: int = send(client, "/api/images", files={"files": file}).json()["images"][0]["id"]
    return added


def send(client: httpx.Client, address: str, method: str = "POST", **given: Any) -> httpx.Response:
    """Send a call; raises UpgradeError when it is refused."""
    answer = client.request(method, address, **given)
    if answer.status_code >= 400:
        raise UpgradeError(f"{method} {address}: {answer.status_code} {answer.text[:400]}")
    return answer


def batch(client: httpx.Client, made: Made) -> Any:
    """Return the batch as it stands."""
    return send(client, f"/api/batches/{made.batch_id}", "GET").json()


def waiting_jobs(program: Program) -> list[str]:
    """Return the jobs that no worker has finished, from the database alone."""
    server = EmbeddedPostgres(program.folder / "instance/postgres")
    try:
        engine = create_engine(sqlalchemy_url(server.start()), poolclass=NullPool)
        with engine.connect() as connection:
            return [f"{name} ({status})" for name, status in connection.execute(text(UNFINISHED))]
    finally:
        server.stop()


def check_everything(client: httpx.Client, made: Made) -> None:
    """Look at all that the older version has made; raises UpgradeError."""
    for address, before in made.lists.items():
        expect(address, list(lost(before, send(client, address, "GET").json())), [])
    check_doors(client, made)
    wait_until("the end of the batch", lambda: batch(client, made)["state"] not in ("running", "paused"), 120)
    course = batch(client, made)
    expect("the batch", (course["state"], course["done"], course["failed"]), ("done", PICTURES - BY_HAND, 0))
    undone = send(client, f"/api/bulk-edits/{made.bulk_edit_id}/undo").json()
    expect("the undo", (undone["undone"], undone["left"]), (BY_HAND, 0))
    expect("what it took back", send(client, "/api/images/1", "GET").json()["key_points"], "")


def check_doors(client: httpx.Client, made: Made) -> None:
    """Open the links without a cookie, and call with the token."""
    stranger = httpx.Client(base_url=client.base_url, headers=client.headers, timeout=60)
    with stranger:
        for address in (made.galleries[0], made.invitation):
            send(stranger, address, "GET")
        send(stranger, f"{made.galleries[1]}/enter", data={"passcode": PASSCODE})
        expect("the closed gallery", "Heron 0" in send(stranger, made.galleries[1], "GET").text, True)
        token = {"Authorization": f"Bearer {made.token}"}
        send(stranger, "/api/audit", "GET", headers=token)


def lost(before: Any, now: Any, place: str = "") -> Iterator[str]:
    """Yield what is missing or different now; what came new in an object is fine, and an address's version."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name, value in before.items():
            yield from lost(value, now.get(name, "(nothing)"), f"{place}.{name}")
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from lost(one, other, f"{place}[{number}]")
    elif before != now and not re.fullmatch(rf"{re.escape(str(before))}\?v=\d+", str(now)):
        yield f"{place}: {before!r} is {now!r}"


def expect(what: str, found: object, expected: object) -> None:
    """Raise UpgradeError when something is not as it has to be."""
    if found != expected:
        raise UpgradeError(f"{what}: {found}, and not {expected}")
    print("As it was:", what)


if __name__ == "__main__":
    main()
