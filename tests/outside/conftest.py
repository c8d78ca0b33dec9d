"""Fixtures of the tests from outside: an S3 server for the whole run of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.s3_server import S3Server, s3_server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """Give an S3 server that runs as long as the tests of this process; each test makes a bucket of its own."""
    with s3_server() as server:
        yield server
