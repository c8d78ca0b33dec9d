"""What runs beside the pages: the worker of the queue, and the thread that revives the embedded server."""

from __future__ import annotations

import logging
import os
import sys
import threading

import gpt_service
from artworks import worker
from artworks.adapters.postgres.server import EmbeddedPostgres, PostgresError, libpq_url
from artworks.config import ROOT, Config
from artworks.dependencies import make_dependencies
from artworks.imaging import conversion, decoder_pool

REVIVE_SECONDS = 2.0
log = logging.getLogger("artwork")


class Background:
    """The threads beside those of the pages: the queue's worker, and one that revives the embedded server."""

    def __init__(
        self, config: Config, server: EmbeddedPostgres | None, *, works_queue: bool, processes: int = 1
    ) -> None:
        self._config = config
        self._processes = processes
        self._server = server
        self._works_queue = works_queue
        self._worker: worker.QueueWorker | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start the threads, in the process that is to have them."""
        decoder_pool.start_in_background(self._processes, conversion.log_missing)
        if self._server is not None:
            threading.Thread(
                target=self._revive_server, args=(self._server,), name="keeper", daemon=True
            ).start()
        if self._works_queue:
            concurrency = self._config.worker_concurrency
            url = libpq_url(self._config.database_url or "")
            self._worker = worker.QueueWorker(
                url, make_dependencies(self._config, concurrency), concurrency, counting_command()
            )
            self._worker.start()

    def stop(self) -> bool:
        """Stop the threads; waits for calls to the AI service that are under way, up to their timeout.

        Return False when work did not end by then and ends with the process.
        """
        self._stopping.set()
        ended = self._stop_worker()
        gpt_service.close_idle()
        return ended

    def _stop_worker(self) -> bool:
        if self._worker is None:
            return True
        if self._worker.busy():
            print(f"Waiting for words under way, at most {self._worker.grace:.0f} s.", flush=True)
        ended = self._worker.stop()
        if not ended:
            log.error("Work that did not end in time was broken off; it is taken up again later.")
        return ended

    def _revive_server(self, server: EmbeddedPostgres) -> None:
        while not self._stopping.wait(REVIVE_SECONDS):
            try:
                server.revive()
            except (PostgresError, OSError) as error:
                log.error("The database is down and does not start: %s", error)


def counting_command() -> tuple[str, ...]:
    """Return the command that counts files without a picture, for as long as this process lives.

    Listing files may hold the interpreter for long, so that is done in a process of its own.
    """
    return (sys.executable, str(ROOT / "main.py"), "tidy", "--count", "--parent", str(os.getpid()))
