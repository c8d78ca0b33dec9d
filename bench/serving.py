"""What one server can do at once: uploads from four people, pages while words are being written.

`python -m bench.serving` starts the real program with an embedded database, and prints ratios of one run. Promised: at
least half of the limit for uploads (nothing but decoding, both renditions, the hash and the flush to disk, on all
cores), and pages while 20 calls of 3 s are in flight whose 95th percentile is at most twice that of an idle server.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import utils
from artworks.adapters.storage.url import storage_from_url
from artworks.images import uploads
from bench.batches import service
from bench.renditions import photograph
from tests.support.program import ROOT, UNSET, free_port

PICTURES, PEOPLE = 48, 4
CALLS, SECONDS, PAGES = 20, 3.0, 120


@contextmanager
def program(folder: Path, root: Path = ROOT, **settings: str) -> Iterator[str]:
    """Run the program of a tree on its embedded database; gives its address."""
    port = free_port()
    places = {"INSTANCE_DIR": f"{folder}/instance", "STORAGE_URL": f"{folder}/uploads", "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, str(root / "main.py")],
        cwd=root,
        env={**os.environ, **UNSET, **places, **settings},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    process.stdout.readline()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def ask(address: str, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> int:
    """Make one call on a connection of its own, read it to its end and give the status."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    connection.request(method, path, body or None, {"Content-Type": kind} if body else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def upload(address: str, name: str, picture: bytes) -> None:
    """Send one picture as the page does."""
    mark = uuid.uuid4().hex
    head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    body = head + picture + f"\r\n--{mark}--\r\n".encode()
    status = ask(address, "POST", "/api/images", body, f"multipart/form-data; boundary={mark}")
    assert status == 201, status


def alone(path: Path, folder: str) -> None:
    """Do what an upload cannot do without: hash, decode, both renditions, everything flushed to disk."""
    uploads.store(
        storage_from_url(folder), path, path.name, utils.sha256_of(path), utils.stored_name("image/jpeg")
    )


def different(folder: Path, count: int) -> list[Path]:
    """Write photographs of 12 MP; one differs from the next by bytes behind its end, which no decoder reads."""
    original = folder / "photograph.jpg"
    photograph(4000, 3000).save(original, quality=88)
    paths = [folder / f"{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(original.read_bytes() + str(number).encode())
    return paths


def seconds(run: Callable[[], object]) -> float:
    """Return how long a function without arguments takes."""
    begun = time.perf_counter()

    run()
    return time.perf_counter() - begun


def compare_uploads(folder: Path) -> None:
    """Print how near uploads of four people at once come to the limit."""
    paths = different(folder, PICTURES)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(alone, paths[:2], [f"{folder}/warm"] * 2))
        limit = seconds(lambda: list(pool.map(alone, paths, [f"{folder}/limit"] * PICTURES)))
    with program(folder / "program") as address, ThreadPoolExecutor(PEOPLE) as people:
        upload(address, "warm.jpg", paths[0].read_bytes() + b"warm")
        ours = seconds(
            lambda: list(people.map(lambda path: upload(address, path.name, path.read_bytes()), paths))
        )
    print(
        f"Uploads of 12 MP by {PEOPLE} at once: {PICTURES / ours:.1f}/s / {PICTURES / limit:.1f}/s alone "
        f"= {limit / ours:.2f} (at least 0.5)"
    )


def slowest_pages(address: str) -> float:
    """Read the library again and again; gives the 95th percentile in seconds."""
    taken = sorted(seconds(lambda: ask(address, "GET", "/")) for _ in range(PAGES))
    return taken[int(PAGES * 0.95)]


def compare_pages(folder: Path) -> None:
    """Print how much slower pages are while words are being written."""
    picture = different(folder, 1)[0].read_bytes()
    with service(SECONDS) as ai:
        settings = {"OPENAI_BASE_URL": ai, "OPENAI_API_KEY": "sk-bench", "AI_REQUESTS_PER_MINUTE": "100000"}
        settings |= {"AI_TOKENS_PER_MINUTE": "1000000000", "WEB_THREADS": "48"}
        with program(folder, ROOT, **settings) as address:
            for number in range(CALLS + 30):
                upload(address, f"{number}.jpg", picture + str(number).encode())
            slowest_pages(address)
            idle = slowest_pages(address)
            ended, answers = threading.Event(), []

            def write(image_id: int) -> None:
                while not ended.is_set():
                    answers.append(
                        ask(address, "POST", f"/api/images/{image_id}/refine", b'{"feedback": "New"}')
                    )

            with ThreadPoolExecutor(CALLS) as writers:
                for number in range(CALLS):
                    writers.submit(write, number + 1)
                time.sleep(1)
                busy = slowest_pages(address)
                ended.set()
    good = sum(answer == 200 for answer in answers)
    print(
        f"Pages while {CALLS} calls of {SECONDS:g} s are in flight ({good} of {len(answers)} answered well): 95th "
        f"percentile {busy * 1000:.0f} ms / {idle * 1000:.0f} ms idle = {busy / idle:.2f} (at most 2)"
    )


def main() -> None:
    """Print both ratios."""
    for compare in (compare_uploads, compare_pages):
        with tempfile.TemporaryDirectory(prefix="artwork-bench-") as folder:
            compare(Path(folder))


if __name__ == "__main__":
    main()
