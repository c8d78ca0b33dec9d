"""Whether uploads may go on: the mark is looked at before each one, files of pictures twice a minute at most."""

from __future__ import annotations

import time

from sqlalchemy.orm import Session

from artworks.adapters.storage.storage import Storage
from artworks.core.errors import Unavailable
from artworks.files.storage_mark import KEY, StorageState, inspect_storage, may_be_missing, read_token

FRESH_SECONDS = 30.0
# A disk that is mounted again is noticed within so many seconds.
BLOCKED_SECONDS = 5.0


class StorageWatch:
    """Remembers for a moment what this database may do in its storage."""

    def __init__(self) -> None:
        self._state: StorageState | None = None
        self._token: str | None = None
        self._good_until = 0.0

    def state(self, session: Session, storage: Storage) -> StorageState:
        """Return what this database may do in its storage, as of a moment ago. Commits when it looks."""
        if self._state is None or time.monotonic() > self._good_until:
            return self._inspect(session, storage)
        return self._state

    def ensure_may_store(self, session: Session, storage: Storage) -> None:
        """Raise Unavailable while the storage is not the one that the rows are about. Commits when it looks."""
        if self._is_known_good(storage):
            return
        known = may_be_missing(session)
        session.commit()
        if known and self._inspect(session, storage).blocked:
            raise Unavailable(
                "The place where the pictures are kept looks empty, as if a disk was not connected. This picture was "
                "not added, and nothing is lost; the settings say more.",
                retry_after=BLOCKED_SECONDS,
            )

    def _is_known_good(self, storage: Storage) -> bool:
        """Return whether all was well a moment ago, and a folder still carries the mark: a disk may have gone since."""
        if self._state is None or self._state.blocked or time.monotonic() > self._good_until:
            return False
        return storage.local_path(KEY) is None or (
            self._token is not None and read_token(storage) == self._token
        )

    def _inspect(self, session: Session, storage: Storage) -> StorageState:
        token = read_token(storage)
        state = self._state = inspect_storage(session, storage)
        self._token = token if state.marked else None
        self._good_until = time.monotonic() + (BLOCKED_SECONDS if state.blocked else FRESH_SECONDS)
        return state
