"""A storage for the tests of look-alikes."""

from __future__ import annotations

import pytest

from tests.fakes.storage import MemoryStorage


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()
