"""Whether uploads may go on: asked at most twice a minute in each process, since it takes calls to the storage."""

from __future__ import annotations

import time

from sqlalchemy.orm import Session

from adapters.storage import Storage
from errors import Unavailable
from features.storage_mark import StorageState, inspect_storage, may_be_missing

FRESH_SECONDS = 30.0
# A disk that is mounted again is noticed within so many seconds.
BLOCKED_SECONDS = 5.0


class StorageWatch:
    """Remembers for a moment what this database may do in its storage."""

    def __init__(self) -> None:
        self._state: StorageState | None = None
        self._good_until = 0.0

    def state(self, session: Session, storage: Storage) -> StorageState:
        """Return what this database may do in its storage, as of a moment ago."""
        state = self._state
        if state is None or time.monotonic() > self._good_until:
            state = self._state = inspect_storage(session, storage)
            self._good_until = time.monotonic() + (BLOCKED_SECONDS if state.blocked else FRESH_SECONDS)
        return state

    def ensure_may_store(self, session: Session, storage: Storage) -> None:
        """Raise Unavailable while the storage is not the one that the rows are about."""
        if may_be_missing(session) and self.state(session, storage).blocked:
            raise Unavailable(
                "The place where the pictures are kept looks empty, as if a disk was not connected. Nothing was added, "
                "and nothing is lost; the settings say more.",
                retry_after=BLOCKED_SECONDS,
            )
