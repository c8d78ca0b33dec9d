"""What is made from the settings once at start: what the features need from outside, and its parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore

from sqlalchemy.orm import Session

from artworks.accounts.oidc_provider import OidcProvider
from artworks.adapters.smtp import Mailer
from artworks.adapters.storage.storage import Storage
from artworks.adapters.storage.url import storage_from_url
from artworks.adapters.time_zones import time_zone
from artworks.config import MIB, Config, read_folder
from artworks.core.errors import RateLimited
from artworks.core.limits import AILimits, SessionLimits
from artworks.files.storage_watch import StorageWatch
from artworks.settings.installation import InstallationSettings
from gpt_service import ServiceSettings

BUSY_SECONDS = 5
BUSY = f"Many drafts are being written right now. Try again in {BUSY_SECONDS} s."


@dataclass(frozen=True)
class Dependencies:
    """Storage, AI service and limits; `slots` caps the slow calls one process holds, so that pages stay quick.

    `ai_settings`, `limits` and `words_from_files` are as `installation` had them at one moment, or as the environment
    has them before anybody looked: `with_settings` returns those of now, and what has begun goes on with its own.
    `worker_slots` is how many pictures of batches are expected to be worked on at once, all processes together;
    `session_limits` is how long people stay signed in; `rendition_cache_bytes` is what sizes of pictures that are made
    at a look may take together.
    """

    storage: Storage
    ai_settings: ServiceSettings
    limits: AILimits
    slots: BoundedSemaphore
    temporary: Path
    session_limits: SessionLimits
    installation: InstallationSettings
    words_from_files: bool = True
    worker_slots: int = 8
    rendition_cache_bytes: int = Config.model_fields["rendition_cache_mb"].default * MIB
    watch: StorageWatch = field(default_factory=StorageWatch)

    def with_settings(self, session: Session) -> Dependencies:
        """Return the same with the settings of now (artworks/settings/installation.py). Raises SQLAlchemyError."""
        now = self.installation.current(session)
        return replace(
            self,
            ai_settings=ai_settings(now.config, now.ai_problem),
            limits=ai_limits(now.config),
            words_from_files=now.config.words_from_files,
        )

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


def ai_settings(config: Config, problem: str = "") -> ServiceSettings:
    """Return the part of the settings that the AI service needs; a `problem` keeps it from being asked."""
    return ServiceSettings(
        api_key=config.openai_api_key,
        base_url=config.openai_base_url,
        model=config.openai_model,
        timeout=config.openai_timeout,
        price_input=config.ai_price_input_usd,
        price_output=config.ai_price_output_usd,
        problem=problem,
    )


def ai_limits(config: Config) -> AILimits:
    """Return the limits of the AI service."""
    return AILimits(
        config.ai_requests_per_minute,
        config.ai_tokens_per_minute,
        config.ai_budget_usd_per_month,
        time_zone(config.time_zone),
    )


def session_limits(config: Config) -> SessionLimits:
    """Return how long people stay signed in."""
    return SessionLimits(timedelta(hours=config.session_idle_hours), timedelta(days=config.session_max_days))


def organisation(config: Config) -> OidcProvider | None:
    """Return the organisation whose people may sign in, if there is one; ConfigError when half of it is missing."""
    config.check_organisation()
    issuer, client, secret = config.oidc_issuer, config.oidc_client_id, config.oidc_client_secret
    if not (issuer and client and secret):
        return None
    return OidcProvider(issuer, client, secret, config.oidc_name, config.oidc_role_claim, config.oidc_roles)


def make_mailer(config: Config) -> Mailer | None:
    """Return the mail server, None when there is none; raises ConfigError. Connects to nothing."""
    config.check_mail()
    return Mailer.from_url(config.smtp_url, config.mail_from or "") if config.smtp_url else None


def make_storage(config: Config) -> Storage:
    """Open the place where pictures are kept; touches nothing until it is used."""
    url = config.storage_url
    return storage_from_url(
        url if "://" in url else str(read_folder(url)),
        access_key_id=config.aws_access_key_id,
        secret_access_key=config.aws_secret_access_key,
    )


def make_dependencies(config: Config, calls_at_once: int) -> Dependencies:
    """Put together what the features need from outside; `calls_at_once` is how many slow calls a process holds."""
    return Dependencies(
        storage=make_storage(config),
        ai_settings=ai_settings(config),
        limits=ai_limits(config),
        slots=BoundedSemaphore(calls_at_once),
        # For files that are still arriving.
        temporary=config.instance_dir / "incoming",
        session_limits=session_limits(config),
        installation=InstallationSettings(config),
        words_from_files=config.words_from_files,
        worker_slots=config.worker_concurrency * (config.web_processes if config.worker else 1),
        rendition_cache_bytes=config.rendition_cache_bytes,
    )
