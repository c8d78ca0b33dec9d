"""Fixtures of the subjects' tests: transactions, and pictures of which only the row is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from artworks.core.transactions import TransactionFactory
from tests.support.batching import begin_of
from tests.support.material import row


@pytest.fixture
def begin(engine: Engine) -> TransactionFactory:
    return begin_of(engine)


@pytest.fixture
def add(begin: TransactionFactory) -> Callable[..., int]:
    """Return a function that adds a picture and tells its id; `origins` say who wrote its words."""

    def one(origins: dict[str, str] | None = None, **words: Any) -> int:
        with begin() as session:
            image = row(session, **words)
            image.origins = {**image.origins, **(origins or {})}
            return image.id

    return one
