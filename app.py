"""The settings, and the factory that puts the application together; connects to nothing."""

from __future__ import annotations

import ipaddress
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from apiflask import APIFlask
from flask_bootstrap import Bootstrap5
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from werkzeug.middleware.proxy_fix import ProxyFix

import routes
from adapters.postgres import SESSION
from adapters.storage import Storage
from features.services import Services
from features.sessions import Limits
from gpt_service import ServiceSettings
from models import db
from web import cookies, guard, http, openapi, templating
from web.schemas import ERROR_SCHEMA

ROOT = Path(__file__).resolve().parent
MIB = 1024 * 1024
SECRET_BYTES = 32
MOST_FILES = 20


class ConfigError(ValueError):
    """A setting that cannot be used, said in one sentence."""


class Reader(NamedTuple):
    """How the text of a setting becomes its value, and the end of the sentence "NAME must be …"."""

    read: Callable[[str], Any]
    must_be: str


def _whole(least: int, most: int) -> Reader:
    def read(raw: str) -> int:
        value = int(raw)
        if not least <= value <= most:
            raise ValueError
        return value

    return Reader(read, f"a whole number from {least} to {most}")


def _read_amount(raw: str) -> float:
    value = float(raw)
    if not 0 <= value < 1e9:
        raise ValueError
    return value


def _read_sign_in(raw: str) -> str:
    if raw.lower() not in ("auto", "required", "off"):
        raise ValueError
    return raw.lower()


def _read_names(raw: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in raw.split(",") if name.strip())


def _read_folder(raw: str) -> Path:
    return (ROOT / Path(raw).expanduser()).resolve()


SWITCH = {
    "on": True,
    "true": True,
    "1": True,
    "yes": True,
    "off": False,
    "false": False,
    "0": False,
    "no": False,
}
AMOUNT = Reader(_read_amount, "a number, 0 or more")
ON_OFF = Reader(lambda raw: SWITCH[raw.lower()], "on or off")
SIGN_IN = Reader(_read_sign_in, "auto, required or off")
NAMES = Reader(_read_names, "host names, separated by commas")
FOLDER = Reader(_read_folder, "the path of a folder")
TEXT = Reader(str, "text")


def _setting(default: Any, reader: Reader, meaning: str, *, secret: bool = False) -> Any:
    metadata = {"reader": reader, "help": meaning, "secret": secret}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def _cores() -> int:
    return os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every setting, read once at start from the environment; a field is the variable's name in lower case.

    The table in README.md and `.env.example` list the same names; a test compares them.
    """

    database_url: str | None = _setting(None, TEXT, "PostgreSQL server; unset: the embedded one", secret=True)
    instance_dir: Path = _setting(
        lambda: ROOT / "instance", FOLDER, "embedded database, secret, temporary files"
    )
    storage_url: str = _setting("static/uploads", TEXT, "a folder, or s3://bucket?region=…&endpoint=…")
    aws_access_key_id: str | None = _setting(None, TEXT, "key for S3 storage", secret=True)
    aws_secret_access_key: str | None = _setting(None, TEXT, "secret for S3 storage", secret=True)
    flask_secret_key: str | None = _setting(
        None, TEXT, "signs sessions; unset: made once and kept", secret=True
    )
    host: str = _setting("127.0.0.1", TEXT, "address to listen on")
    port: int = _setting(5000, _whole(1, 65535), "port to listen on")
    allowed_hosts: tuple[str, ...] = _setting(
        ("localhost", "127.0.0.1", "[::1]"), NAMES, "host names the page may be reached by"
    )
    trusted_proxies: int = _setting(0, _whole(0, 10), "proxies in front that may set X-Forwarded-*")
    web_processes: int = _setting(lambda: min(_cores(), 4), _whole(1, 64), "gunicorn processes")
    web_threads: int = _setting(24, _whole(2, 200), "threads a process")
    worker: bool = _setting(True, ON_OFF, "the web process also works the queue")
    worker_concurrency: int = _setting(8, _whole(1, 200), "drafts in flight a process")
    sign_in: str = _setting("auto", SIGN_IN, "auto, required or off")
    session_idle_hours: int = _setting(72, _whole(1, 8760), "unused for so long, a person signs in again")
    session_max_days: int = _setting(30, _whole(1, 366), "after so long, everybody signs in again")
    openai_api_key: str | None = _setting(None, TEXT, "unset: placeholder words", secret=True)
    openai_base_url: str | None = _setting(None, TEXT, "any server that speaks Chat Completions")
    openai_model: str = _setting("gpt-5.6-luna", TEXT, "a model that sees images")
    openai_timeout: float = _setting(60.0, AMOUNT, "seconds for one call")
    ai_requests_per_minute: int = _setting(60, _whole(1, 1_000_000), "calls a minute, all processes together")
    ai_tokens_per_minute: int = _setting(200_000, _whole(1, 1_000_000_000), "tokens a minute, all together")
    ai_budget_usd_per_month: float = _setting(10.0, AMOUNT, "hard stop in dollars; 0 = no limit")
    ai_price_input_usd: float | None = _setting(None, AMOUNT, "dollars per million tokens in")
    ai_price_output_usd: float | None = _setting(None, AMOUNT, "dollars per million tokens out")
    max_upload_mb: int = _setting(16, _whole(1, 1024), "largest file in MiB")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the settings; an empty variable counts as unset.

        Raises ConfigError, whose one sentence names the variable and never its value when it is a secret.
        """
        env = os.environ if environ is None else environ
        values = {}
        for spec in fields(cls):
            raw = _raw(spec, env)
            if raw is not None:
                values[spec.name] = _parse(spec, raw)
        config = cls(**values)
        config.check()
        return config

    def check(self) -> None:
        """Raise ConfigError for settings that do not go together."""
        if self.openai_timeout <= 0:
            raise ConfigError("OPENAI_TIMEOUT must be more than 0 seconds.")
        if not self.is_local and self.sign_in == "off":
            raise ConfigError(
                f"SIGN_IN is off, but HOST is {self.host}, so anyone there could do everything. "
                "Use SIGN_IN=auto, or 127.0.0.1 and put a proxy that asks for a password in front."
            )
        if not self.is_local and self.flask_secret_key and len(self.flask_secret_key) < SECRET_BYTES:
            raise ConfigError(
                f"FLASK_SECRET_KEY is too short for a page that others can reach: {SECRET_BYTES} characters at least."
            )
        if self.database_url is not None:
            _ = self.sqlalchemy_url

    @property
    def is_local(self) -> bool:
        """Tell whether only this computer can reach the page."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    @property
    def sqlalchemy_url(self) -> URL:
        """Give DATABASE_URL for psycopg2; ConfigError when unset or not PostgreSQL."""
        if not self.database_url:
            raise ConfigError("DATABASE_URL is not set.")
        try:
            url = make_url(self.database_url)
        except (ArgumentError, ValueError):
            raise ConfigError(
                "DATABASE_URL cannot be read. It looks like postgresql://user:password@host/name."
            ) from None
        if url.get_backend_name() not in ("postgres", "postgresql"):
            raise ConfigError("DATABASE_URL must start with postgresql://. Only PostgreSQL works.")
        return url.set(drivername="postgresql+psycopg2")

    @property
    def max_upload_bytes(self) -> int:
        """Largest file, in bytes."""
        return self.max_upload_mb * MIB

    @property
    def session_limits(self) -> Limits:
        """How long people stay signed in."""
        return Limits(timedelta(hours=self.session_idle_hours), timedelta(days=self.session_max_days))

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

    def make_storage(self) -> Storage:
        """Open the place where pictures are kept; touches nothing until it is used."""
        return Storage.from_url(
            self.storage_url if "://" in self.storage_url else str(_read_folder(self.storage_url)),
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
            lanes=self.worker_concurrency * (self.web_processes if self.worker else 1),
        )


def _raw(spec: Field[Any], env: Mapping[str, str]) -> str | None:
    """Find the text of one setting: NAME, or for a secret the content of the file named by NAME_FILE."""
    name = spec.name.upper()
    raw = env.get(name, "").strip()
    path = env.get(f"{name}_FILE", "").strip() if spec.metadata["secret"] else ""
    if path and raw:
        raise ConfigError(f"Both {name} and {name}_FILE are set. Keep one.")
    if path:
        try:
            raw = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigError(f"The file named by {name}_FILE cannot be read.") from None
    return raw or None


def _parse(spec: Field[Any], raw: str) -> Any:
    reader: Reader = spec.metadata["reader"]
    try:
        return reader.read(raw)
    except (ValueError, KeyError, OSError, RuntimeError):
        shown = "" if spec.metadata["secret"] else f", not {raw[:60]!r}"
        raise ConfigError(f"{spec.name.upper()} must be {reader.must_be}{shown}.") from None


def default_of(spec: Field[Any]) -> Any:
    """Give the default of a Config field, computed ones included."""
    if spec.default is not MISSING:
        return spec.default
    assert spec.default_factory is not MISSING  # noqa: S101 - `_setting` gives one or the other.
    return spec.default_factory()


def _secret_key(config: Config) -> str:
    """Give the key that signs cookies; made once under the instance folder and readable by its owner only."""
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


def create_app(config: Config) -> APIFlask:
    """Put the application together; nothing is reached before the first request."""
    app = APIFlask(
        __name__,
        title="Artwork Image Manager",
        version="1",
        spec_path="/api/openapi.json",
        docs_path=None,
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
            "connect_args": {"connect_timeout": 5, "options": f"{SESSION} -c statement_timeout=30000"},
        },
        MAX_CONTENT_LENGTH=MOST_FILES * config.max_upload_bytes + MIB,
        MAX_FORM_MEMORY_SIZE=MIB,
        MAX_FORM_PARTS=MOST_FILES + 20,
        MAX_FILE_BYTES=config.max_upload_bytes,
        ALLOWED_HOSTS=frozenset(name.lower() for name in config.allowed_hosts),
        SESSION_COOKIE_SAMESITE="Lax",
        SIGN_IN=config.sign_in,
        IS_LOCAL=config.is_local,
        TRUSTED_PROXIES=config.trusted_proxies,
        SESSION_LIMITS=config.session_limits,
        TEMPLATES_AUTO_RELOAD=False,
        BOOTSTRAP_SERVE_LOCAL=True,
        HTTP_ERROR_SCHEMA=ERROR_SCHEMA,
        VALIDATION_ERROR_SCHEMA=ERROR_SCHEMA,
    )
    app.extensions["aim"] = config.make_services(max(1, config.web_threads // 2))
    db.init_app(app)
    Bootstrap5(app)
    app.session_interface = cookies.NotesCookie()
    http.register(app)
    guard.register(app)
    templating.register(app, max_upload_mb=config.max_upload_mb)
    routes.register(app)
    openapi.register(app)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
