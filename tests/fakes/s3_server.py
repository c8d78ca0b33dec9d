"""An S3 server that is not ours (moto's), in a process of its own, with buckets as wished."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.program import PATIENCE, free_port

# What it takes for a key and a secret; it lets everybody in.
KEYS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "thing"}


@dataclass(frozen=True)
class S3Server:
    """A server that runs; `process` can be stopped and killed like any other."""

    port: int
    process: subprocess.Popen[bytes]

    def make_bucket(self, name: str) -> str:
        """Make a bucket and return its STORAGE_URL."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{name}", method="PUT")
        with urllib.request.urlopen(request, timeout=PATIENCE):
            return self.storage_url(name)

    def storage_url(self, bucket: str) -> str:
        """Return the STORAGE_URL of a bucket, whether it is there or not."""
        return f"s3://{bucket}?region=us-east-1&endpoint=http://127.0.0.1:{self.port}"


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Start the server, wait until it answers, and end it."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_answer(port)
        yield S3Server(port, process)
    finally:
        process.kill()
        process.wait()


def _wait_for_answer(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE):
                return
        except urllib.error.URLError:
            assert time.monotonic() < deadline, "moto's server does not answer"
            time.sleep(0.05)
