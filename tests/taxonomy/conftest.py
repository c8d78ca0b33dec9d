"""An action of the taxonomy, taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from artworks.bulk import undo as bulk_undo
from artworks.bulk.undo import UndoResult
from artworks.core.transactions import TransactionFactory
from artworks.edits.field_updates import UpdateCount
from tests.support.batching import begin_of

Undo = Callable[[UpdateCount], UndoResult]


@pytest.fixture
def begin(engine: Engine) -> TransactionFactory:
    return begin_of(engine)


@pytest.fixture
def undo(begin: TransactionFactory, session: Session) -> Undo:
    """Return a function that takes an action back."""

    def back(changed: UpdateCount) -> UndoResult:
        session.commit()
        assert changed.bulk_edit_id is not None
        found = bulk_undo.undo(begin, changed.bulk_edit_id)
        session.expire_all()
        return found

    return back
