"""The settings, and the factory that puts the application together; connects to nothing."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import timedelta
from importlib import import_module
from pathlib import Path

from apiflask import APIFlask
from flask_bootstrap import Bootstrap5
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from werkzeug.middleware.proxy_fix import ProxyFix

import gpt_service
import routes
from artworks.accounts.sessions import Limits
from artworks.accounts.sso import REQUIRED, Organisation, issuer_from, roles_from
from artworks.adapters.gunicorn.server import address_of
from artworks.adapters.postgres.server import SESSION
from artworks.adapters.smtp import Mailer
from artworks.adapters.storage.storage import Storage
from artworks.adapters.storage.url import storage_from_url
from artworks.config_reading import (
    AMOUNT,
    FOLDER,
    NAMES,
    ON_OFF,
    ROOT,
    SIGN_IN,
    TEXT,
    ConfigError,
    Reader,
    parsed,
    raw_of,
    read_folder,
    setting,
    whole,
)
from artworks.core.network import is_loopback, reached_by
from artworks.dependencies import Services
from artworks.exports.transfers import Transfers
from artworks.web import cookies, http, openapi, templating
from artworks.web import error_handlers as error_answers
from artworks.web.accounts import authentication as guard
from artworks.web.accounts import local_mode
from artworks.web.schemas import ERROR_SCHEMA
from gpt_service import ServiceSettings
from models import ROLES, db

MIB = 1024 * 1024
SECRET_BYTES = 32
MOST_FILES = 20


ISSUER = Reader(issuer_from, "an https:// address (http:// only for a provider on this computer)")
ROLE_MAP = Reader(roles_from, "pairs such as staff=editor,boss=owner of a value and a role")


def _cores() -> int:
    return os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every setting, read once at start from the environment; a field is the variable's name in lower case.

    The table in docs/configuration.md and `.env.example` list the same names; a test compares them.
    """

    database_url: str | None = setting(None, TEXT, "PostgreSQL server; unset: the embedded one", secret=True)
    migration_database_url: str | None = setting(
        None, TEXT, "the same database, as a role that may change tables", secret=True
    )
    instance_dir: Path = setting(
        lambda: ROOT / "instance", FOLDER, "embedded database, secret, temporary files"
    )
    storage_url: str = setting("static/uploads", TEXT, "a folder, or s3://bucket?region=…&endpoint=…")
    aws_access_key_id: str | None = setting(None, TEXT, "key for S3 storage", secret=True)
    aws_secret_access_key: str | None = setting(None, TEXT, "secret for S3 storage", secret=True)
    flask_secret_key: str | None = setting(
        None, TEXT, "signs sessions; unset: made once and kept", secret=True
    )
    host: str = setting("127.0.0.1", TEXT, "address to listen on")
    port: int = setting(5000, whole(1, 65535), "port to listen on")
    allowed_hosts: tuple[str, ...] = setting(
        ("localhost", "127.0.0.1", "[::1]"), NAMES, "host names the page may be reached by"
    )
    trusted_proxies: int = setting(0, whole(0, 10), "proxies in front that may set X-Forwarded-*")
    web_processes: int = setting(lambda: min(_cores(), 4), whole(1, 64), "gunicorn processes")
    web_threads: int = setting(24, whole(2, 200), "threads a process")
    worker: bool = setting(True, ON_OFF, "the web process also works the queue")
    worker_concurrency: int = setting(8, whole(1, 200), "drafts in flight a process")
    sign_in: str = setting("auto", SIGN_IN, "auto, required or off")
    session_idle_hours: int = setting(72, whole(1, 8760), "unused for so long, a person signs in again")
    session_max_days: int = setting(30, whole(1, 366), "after so long, everybody signs in again")
    oidc_issuer: str | None = setting(None, ISSUER, "OpenID Connect provider of your organisation")
    oidc_client_id: str | None = setting(None, TEXT, "this program's id at the provider")
    oidc_client_secret: str | None = setting(None, TEXT, "its secret there", secret=True)
    oidc_name: str = setting("your organisation", TEXT, "what the button says after “Sign in with”")
    oidc_role_claim: str = setting("roles", TEXT, "the claim that gives roles; dots reach into nested ones")
    oidc_roles: tuple[tuple[str, str], ...] = setting(
        tuple((role, role) for role in reversed(ROLES)), ROLE_MAP, "which value of the claim gives which role"
    )
    smtp_url: str | None = setting(None, TEXT, "mail server; unset: links are passed on by hand", secret=True)
    mail_from: str | None = setting(None, TEXT, "who mails are from")
    openai_api_key: str | None = setting(None, TEXT, "unset: placeholder words", secret=True)
    openai_base_url: str | None = setting(None, TEXT, "any server that speaks Chat Completions")
    openai_model: str = setting("gpt-5.6-luna", TEXT, "a model that sees images")
    openai_timeout: float = setting(60.0, AMOUNT, "seconds for one call")
    ai_requests_per_minute: int = setting(60, whole(1, 1_000_000), "calls a minute, all processes together")
    ai_tokens_per_minute: int = setting(200_000, whole(1, 1_000_000_000), "tokens a minute, all together")
    ai_budget_usd_per_month: float = setting(10.0, AMOUNT, "hard stop in dollars; 0 = no limit")
    ai_price_input_usd: float | None = setting(None, AMOUNT, "dollars per million tokens in")
    ai_price_output_usd: float | None = setting(None, AMOUNT, "dollars per million tokens out")
    max_upload_mb: int = setting(16, whole(1, 1024), "largest file in MiB")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the settings; an empty variable counts as unset.

        Raises ConfigError, whose one sentence names the variable and never its value when it is a secret.
        """
        env = os.environ if environ is None else environ
        values = {}
        for spec in fields(cls):
            raw = raw_of(spec, env)
            if raw is not None:
                values[spec.name] = parsed(spec, raw)
        config = cls(**values)
        config.check()
        return config

    def check(self) -> None:
        """Raise ConfigError for settings that do not go together."""
        if self.openai_timeout <= 0:
            raise ConfigError("OPENAI_TIMEOUT must be more than 0 seconds.")
        if self.reached_by and self.sign_in == "off":
            raise ConfigError(
                f"SIGN_IN is off, but {self.reached_by}, so anyone who comes that way could do everything. "
                "Use SIGN_IN=auto, or let only this computer reach the page."
            )
        if self.reached_by and self.flask_secret_key and len(self.flask_secret_key) < SECRET_BYTES:
            raise ConfigError(
                f"FLASK_SECRET_KEY is too short for a page that others can reach: {SECRET_BYTES} characters at least."
            )
        _ = self.organisation
        if self.database_url is not None:
            _ = self.sqlalchemy_url
        if self.migration_database_url is not None:
            if self.database_url is None:
                raise ConfigError(
                    "MIGRATION_DATABASE_URL is set, but DATABASE_URL is not. Set both or neither."
                )
            _ = _driven(self.migration_database_url, "MIGRATION_DATABASE_URL")
        self.make_mailer()

    @property
    def reached_by(self) -> str:
        """By what others can reach the page (artworks/core/network.py); empty when only this computer can."""
        return reached_by(self.host, self.trusted_proxies, self.allowed_hosts)

    @property
    def link_address(self) -> str:
        """Where links that are printed or mailed lead: to the first name that others know, else to this computer."""
        for name in self.allowed_hosts:
            if not is_loopback(name):
                # A proxy in front is there for https, on its usual port.
                return f"https://{name}" if self.trusted_proxies else address_of(name, self.port)
        # Such as 0.0.0.0, which is no address to go to.
        name = self.host if is_loopback(self.host) or not self.allowed_hosts else self.allowed_hosts[0]
        return address_of(name, self.port)

    @property
    def sqlalchemy_url(self) -> URL:
        """Return DATABASE_URL for psycopg2; ConfigError when unset or not PostgreSQL."""
        if not self.database_url:
            raise ConfigError("DATABASE_URL is not set.")
        return _driven(self.database_url, "DATABASE_URL")

    @property
    def max_upload_bytes(self) -> int:
        """Largest file, in bytes."""
        return self.max_upload_mb * MIB

    @property
    def session_limits(self) -> Limits:
        """How long people stay signed in."""
        return Limits(timedelta(hours=self.session_idle_hours), timedelta(days=self.session_max_days))

    @property
    def organisation(self) -> Organisation | None:
        """The organisation whose people may sign in, if there is one; ConfigError when half of it is missing."""
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        missing = [name for name, value in zip(REQUIRED, given, strict=True) if not value]
        if 0 < len(missing) < len(REQUIRED):
            raise ConfigError(f"To sign in with an organisation, set {' and '.join(missing)} as well.")
        issuer, client, secret = (value or "" for value in given)
        rest = (self.oidc_name, self.oidc_role_claim, self.oidc_roles)
        return None if missing else Organisation(issuer, client, secret, *rest)

    @property
    def service(self) -> ServiceSettings:
        """The part of the settings that the AI service needs."""
        return ServiceSettings(
            api_key=self.openai_api_key,
            base_url=self.openai_base_url,
            model=self.openai_model,
            timeout=self.openai_timeout,
            price_input=self.ai_price_input_usd,
            price_output=self.ai_price_output_usd,
        )

    def make_mailer(self) -> Mailer | None:
        """Return the mail server, None when there is none; raises ConfigError. Connects to nothing."""
        if not self.smtp_url:
            return None
        if not self.mail_from:
            raise ConfigError("SMTP_URL is set, so MAIL_FROM has to be, too: who mails are from.")
        try:
            return Mailer.from_url(self.smtp_url, self.mail_from)
        except ValueError as error:
            raise ConfigError(f"{error}.") from None

    def make_storage(self) -> Storage:
        """Open the place where pictures are kept; touches nothing until it is used."""
        return storage_from_url(
            self.storage_url if "://" in self.storage_url else str(read_folder(self.storage_url)),
            access_key_id=self.aws_access_key_id,
            secret_access_key=self.aws_secret_access_key,
        )

    def make_services(self, calls_at_once: int) -> Services:
        """Put together what the features need from outside; `calls_at_once` is how many slow calls a process holds."""
        return Services.build(
            storage=self.make_storage(),
            service=self.service,
            requests_per_minute=self.ai_requests_per_minute,
            tokens_per_minute=self.ai_tokens_per_minute,
            budget_usd=self.ai_budget_usd_per_month,
            calls_at_once=calls_at_once,
            temporary=self.instance_dir / "incoming",
            session_limits=self.session_limits,
            worker_slots=self.worker_concurrency * (self.web_processes if self.worker else 1),
        )


def _driven(raw: str, name: str) -> URL:
    """Read the URL of a database and put psycopg2 into it; raises ConfigError with the setting's name."""
    try:
        url = make_url(raw)
    except (ArgumentError, ValueError):
        raise ConfigError(
            f"{name} cannot be read. It looks like postgresql://user:password@host/name."
        ) from None
    if url.get_backend_name() not in ("postgres", "postgresql"):
        raise ConfigError(f"{name} must start with postgresql://. Only PostgreSQL works.")
    return url.set(drivername="postgresql+psycopg2")


def _secret_key(config: Config) -> str:
    """Return the key that signs cookies; made once under the instance folder and readable by its owner only."""
    if config.flask_secret_key:
        return config.flask_secret_key
    path = config.instance_dir / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written whole under another name first: of several processes that start at once all read the same secret.
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_BYTES))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < SECRET_BYTES:
        raise ConfigError(f"The secret in {path} is damaged. Delete the file and start again.")
    return key


def _load_early(config: Config) -> None:
    """Load the large libraries that only some installations use, before processes are forked and anybody waits."""
    gpt_service.load(config.service)
    if config.organisation:
        import_module("artworks.web.accounts.oidc")


def create_app(config: Config) -> APIFlask:
    """Put the application together; nothing is reached before the first request."""
    app = APIFlask(
        __name__,
        title="Artwork Image Manager",
        version="1",
        spec_path="/api/openapi.json",
        docs_path=None,
        # artworks/web/assets.py serves what everybody may have of it; the pictures are in there too.
        static_folder=None,  # type: ignore[arg-type]
        static_url_path="/static",
        json_errors=False,
    )
    app.config.update(
        SECRET_KEY=_secret_key(config),
        SQLALCHEMY_DATABASE_URI=config.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            # A request holds a connection for milliseconds only; four processes stay below PostgreSQL's usual 100.
            "pool_size": 8,
            "max_overflow": 8,
            "pool_pre_ping": True,
            "pool_timeout": 10,
            # A traceback in the log tells no words of people and no tokens.
            "hide_parameters": True,
            "connect_args": {"connect_timeout": 5, "options": f"{SESSION} -c statement_timeout=30000"},
        },
        MAX_CONTENT_LENGTH=MOST_FILES * config.max_upload_bytes + MIB,
        MAX_FORM_MEMORY_SIZE=MIB,
        MAX_FORM_PARTS=MOST_FILES + 20,
        MAX_FILE_BYTES=config.max_upload_bytes,
        ALLOWED_HOSTS=frozenset(name.lower() for name in config.allowed_hosts),
        SESSION_COOKIE_SAMESITE="Lax",
        SIGN_IN=config.sign_in,
        REACHED_BY=config.reached_by,
        TRUSTED_PROXIES=config.trusted_proxies,
        SESSION_LIMITS=config.session_limits,
        LINK_ADDRESS=config.link_address,
        ORGANISATION=config.organisation,
        TEMPLATES_AUTO_RELOAD=False,
        BOOTSTRAP_SERVE_LOCAL=True,
        HTTP_ERROR_SCHEMA=ERROR_SCHEMA,
        VALIDATION_ERROR_SCHEMA=ERROR_SCHEMA,
    )
    app.extensions["mail"] = config.make_mailer()
    app.extensions["aim"] = config.make_services(max(1, config.web_threads // 2))
    app.extensions["transfers"] = Transfers(config.web_threads)
    db.init_app(app)
    Bootstrap5(app)
    app.session_interface = cookies.NotesCookie()
    local_mode.register(app)
    http.register(app)
    error_answers.register(app)
    guard.register(app)
    templating.register(app, max_upload_mb=config.max_upload_mb)
    routes.register(app)
    openapi.register(app)
    _load_early(config)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
