"""What the features need from outside, put together once at start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import BoundedSemaphore

from artworks.accounts import sessions
from artworks.adapters.storage.storage import Storage
from artworks.core.errors import RateLimited
from artworks.files.watch import StorageWatch
from artworks.usage.budget import AILimits
from gpt_service import ServiceSettings

BUSY_SECONDS = 5
BUSY = f"Many drafts are being written right now. Try again in {BUSY_SECONDS} s."


@dataclass(frozen=True)
class Services:
    """Storage, AI service and limits; `slots` caps the slow calls one process holds, so that pages stay quick.

    `worker_slots` is how many pictures of batches are expected to be worked on at once, all processes together;
    `session_limits` is how long people stay signed in.
    """

    storage: Storage
    service: ServiceSettings
    limits: AILimits
    slots: BoundedSemaphore
    temporary: Path
    session_limits: sessions.Limits
    worker_slots: int = 8
    watch: StorageWatch = field(default_factory=StorageWatch)

    @property
    def exports(self) -> Path:
        """The folder for exports on their way: their files have no names there, their slots do."""
        return self.temporary.with_name("exports")

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the process's `slots` for slow calls; raises RateLimited when all are taken."""
        if not self.slots.acquire(blocking=False):
            raise RateLimited(BUSY, retry_after=BUSY_SECONDS)
        try:
            yield
        finally:
            self.slots.release()

    @classmethod
    def build(
        cls,
        *,
        storage: Storage,
        service: ServiceSettings,
        requests_per_minute: int,
        tokens_per_minute: int,
        budget_usd: float,
        calls_at_once: int,
        temporary: Path,
        session_limits: sessions.Limits,
        worker_slots: int = 8,
    ) -> Services:
        """Put the services together; `temporary` is the folder for files that are still arriving."""
        return cls(
            storage=storage,
            service=service,
            limits=AILimits(requests_per_minute, tokens_per_minute, budget_usd),
            slots=BoundedSemaphore(calls_at_once),
            temporary=temporary,
            session_limits=session_limits,
            worker_slots=worker_slots,
        )
