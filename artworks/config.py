"""The settings: one frozen Config, and how the environment and the file `.env` are read into it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from artworks.accounts.oidc_provider import REQUIRED, parse_issuer, parse_roles
from artworks.adapters.contact_address import read_contact
from artworks.adapters.gunicorn.server import address_of
from artworks.adapters.smtp import Mailer
from artworks.adapters.time_zones import zone_name
from artworks.core.network import is_loopback, reached_by
from models import ROLES

ROOT = Path(__file__).resolve().parent.parent
MIB = 1024 * 1024
SECRET_BYTES = 32
SIGN_IN = {name: name for name in ("auto", "required", "off")}
SWITCH = dict.fromkeys(("on", "true", "1", "yes"), True) | dict.fromkeys(("off", "false", "0", "no"), False)


class ConfigError(ValueError):
    """Settings that cannot be used: one sentence, or one in each line."""


def _reads(read: Callable[[str], object], must_be: str) -> BeforeValidator:
    """Return how the text of a setting becomes its value; `must_be` ends the sentence "NAME must be …"."""

    def convert(given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, str):
            return given
        try:
            return read(given)
        except (ValueError, KeyError, OSError, RuntimeError):
            name = str(info.field_name).upper()
            raise ConfigError(f"{name} must be {must_be}, not {given[:60]!r}.") from None

    return BeforeValidator(convert)


def _number(read: Callable[[str], float], least: float, below: float, must_be: str) -> BeforeValidator:
    """Return how a number within bounds is read."""

    def bounded(raw: str) -> float:
        # Not left to pydantic, which takes 5.0 for a whole number and refuses the digits of other scripts.
        value = read(raw)
        if not least <= value < below:
            raise ValueError
        return value

    return _reads(bounded, must_be)


def _whole(least: int, most: int) -> BeforeValidator:
    """Return how a whole number within bounds is read, both included."""
    return _number(int, least, most + 1, f"a whole number from {least} to {most}")


def _read_names(raw: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in raw.split(",") if name.strip())


def read_folder(raw: str) -> Path:
    """Return the path of a folder; a relative one begins at the program."""
    return (ROOT / Path(raw).expanduser()).resolve()


def _read_secret(given: Any) -> Any:
    """Raise what Texts found wrong with a file, so that it is told beside the other settings."""
    if isinstance(given, ConfigError):
        raise given
    return given


Amount = Annotated[float, _number(float, 0, 1e9, "a number, 0 or more")]
Switch = Annotated[bool, _reads(lambda raw: SWITCH[raw.lower()], "on or off")]
SignIn = Annotated[str, _reads(lambda raw: SIGN_IN[raw.lower()], "auto, required or off")]
Names = Annotated[tuple[str, ...], _reads(_read_names, "host names, separated by commas")]
Zone = Annotated[str, _reads(zone_name, "the name of a time zone, such as Europe/Berlin")]
Contact = Annotated[
    str, _reads(read_contact, "a mail address, or a link that begins with https:// or http://")
]
Folder = Annotated[Path, _reads(read_folder, "the path of a folder")]
Issuer = Annotated[
    str, _reads(parse_issuer, "an https:// address (http:// only for a provider on this computer)")
]
Roles = Annotated[
    tuple[tuple[str, str], ...],
    _reads(parse_roles, "pairs such as staff=editor,boss=owner of a value and a role"),
]
# What is not shown is secret, and can be read from a file.
Secret = Annotated[str | None, BeforeValidator(_read_secret), Field(repr=False)]


def env_file(path: Path) -> dict[str, str]:
    """Return the `NAME=value` lines of a file; quotes around a value are dropped, lines that begin with # left out.

    Not left to python-dotenv, which would end a value at " #" and replace `${NAME}` and backslashes in it.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"The file {path} cannot be read.") from None
    written = (line.strip().removeprefix("export ") for line in lines)
    pairs = (line.partition("=") for line in written if not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, separator, value in pairs if separator}


class Texts(PydanticBaseSettingsSource):
    """The texts of the settings in a mapping such as the environment; a blank one counts as unset."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self._environ = environ

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the text of NAME or, for a secret, of the file that NAME_FILE names; a ConfigError for both."""
        name = field_name.upper()
        text = self._environ.get(name, "").strip()
        path = "" if field.repr else self._environ.get(f"{name}_FILE", "").strip()
        if path and text:
            return ConfigError(f"Both {name} and {name}_FILE are set. Keep one."), field_name, False
        if path:
            try:
                text = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, ValueError):
                return ConfigError(f"The file named by {name}_FILE cannot be read."), field_name, False
        return text or None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return what is set, by the names of the fields."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: text for name, text in found.items() if text is not None}


class Config(BaseSettings):
    """Every setting, read once at start from the environment; a field is the variable's name in lower case.

    The table in docs/configuration.md and `.env.example` list the same names; a test compares them.
    """

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: Secret = Field(None, description="PostgreSQL server; unset: the embedded one")
    migration_database_url: Secret = Field(
        None, description="the same database, as a role that may change tables"
    )
    instance_dir: Folder = Field(ROOT / "instance", description="embedded database, secret, temporary files")
    storage_url: str = Field("static/uploads", description="a folder, or s3://bucket?region=…&endpoint=…")
    aws_access_key_id: Secret = Field(None, description="key for S3 storage")
    aws_secret_access_key: Secret = Field(None, description="secret for S3 storage")
    backup_passphrase: Secret = Field(None, description="encrypts backups, and opens encrypted ones")
    flask_secret_key: Secret = Field(None, description="signs sessions; unset: made once and kept")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: Annotated[int, _whole(1, 65535)] = Field(5000, description="port to listen on")
    allowed_hosts: Names = Field(
        ("localhost", "127.0.0.1", "[::1]"), description="host names the page may be reached by"
    )
    trusted_proxies: Annotated[int, _whole(0, 10)] = Field(
        0, description="proxies in front that may set X-Forwarded-*"
    )
    time_zone: Zone = Field(
        "UTC", description="whose days count where a browser does not say, and in which months are paid"
    )
    web_processes: Annotated[int, _whole(1, 64)] = Field(
        min(os.cpu_count() or 1, 4), description="gunicorn processes"
    )
    web_threads: Annotated[int, _whole(2, 200)] = Field(24, description="threads a process")
    worker: Switch = Field(True, description="the web process also works the queue")
    worker_concurrency: Annotated[int, _whole(1, 200)] = Field(8, description="drafts in flight a process")
    sign_in: SignIn = Field("auto", description="auto, required or off")
    session_idle_hours: Annotated[int, _whole(1, 8760)] = Field(
        72, description="unused for so long, a person signs in again"
    )
    session_max_days: Annotated[int, _whole(1, 366)] = Field(
        30, description="after so long, everybody signs in again"
    )
    oidc_issuer: Issuer | None = Field(None, description="OpenID Connect provider of your organisation")
    oidc_client_id: str | None = Field(None, description="this program's id at the provider")
    oidc_client_secret: Secret = Field(None, description="its secret there")
    oidc_name: str = Field("your organisation", description="what the button says after “Sign in with”")
    oidc_role_claim: str = Field(
        "roles", description="the claim that gives roles; dots reach into nested ones"
    )
    oidc_roles: Roles = Field(
        tuple((role, role) for role in reversed(ROLES)),
        description="which value of the claim gives which role",
    )
    smtp_url: Secret = Field(None, description="mail server; unset: links are passed on by hand")
    mail_from: str | None = Field(None, description="who mails are from")
    openai_api_key: Secret = Field(None, description="unset: placeholder words")
    openai_base_url: str | None = Field(None, description="any server that speaks Chat Completions")
    openai_model: str = Field("gpt-5.6-luna", description="a model that sees images")
    openai_timeout: Amount = Field(60.0, description="seconds for one call")
    ai_requests_per_minute: Annotated[int, _whole(1, 1_000_000)] = Field(
        60, description="calls a minute, all processes together"
    )
    ai_tokens_per_minute: Annotated[int, _whole(1, 1_000_000_000)] = Field(
        200_000, description="tokens a minute, all together"
    )
    ai_budget_usd_per_month: Amount = Field(10.0, description="hard stop in dollars; 0 = no limit")
    ai_price_input_usd: Amount | None = Field(None, description="dollars per million tokens in")
    ai_price_output_usd: Amount | None = Field(None, description="dollars per million tokens out")
    studio_name: str = Field("", description="your studio's name, in the galleries that you share")
    studio_contact: Contact | None = Field(
        None, description="mail address or link by which clients answer, in those galleries"
    )
    studio_contact_name: str = Field("", description="whom their answers are for")
    studio_logo: str | None = Field(None, description="path of a picture: the logo in those galleries")
    words_from_files: Switch = Field(True, description="words that a file holds fill empty fields")
    max_upload_mb: Annotated[int, _whole(1, 1024)] = Field(16, description="largest file in MiB")
    rendition_cache_mb: Annotated[int, _whole(64, 1_000_000)] = Field(
        2048, description="MiB for sizes of pictures that are made at a look; the oldest go"
    )

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: Any, init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the values that are given: Config(…) alone does not look into the environment."""
        return (init_settings,)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the settings; an empty variable counts as unset.

        Raise ConfigError, whose sentences name the variables and never the value of a secret.
        """
        return cls._from_values(Texts(cls, os.environ if environ is None else environ)())

    def with_texts(self, texts: Mapping[str, str]) -> Config:
        """Return these settings with some more, by the names of the fields; what is set already stays as it is.

        A text counts as one of the environment would: a blank one is unset. Raise ConfigError like `from_env`.
        """
        given = {name: text.strip() for name, text in texts.items() if text.strip()}
        return self._from_values({**given, **self.model_dump(include=self.model_fields_set)})

    @classmethod
    def _from_values(cls, values: Mapping[str, Any]) -> Config:
        try:
            config = cls(**values)
        except ValidationError as error:
            raise ConfigError("\n".join(str(wrong["ctx"]["error"]) for wrong in error.errors())) from None
        config.check()
        return config

    def check(self) -> None:
        """Raise ConfigError for settings that do not go together."""
        if self.openai_timeout <= 0:
            raise ConfigError("OPENAI_TIMEOUT must be more than 0 seconds.")
        self._check_reach()
        self.check_organisation()
        self._check_databases()
        self.check_mail()

    def _check_reach(self) -> None:
        if self.reached_by and self.sign_in == "off":
            raise ConfigError(
                f"SIGN_IN is off, but {self.reached_by}, so anyone who comes that way could do everything. "
                "Use SIGN_IN=auto, or let only this computer reach the page."
            )
        if self.reached_by and self.flask_secret_key and len(self.flask_secret_key) < SECRET_BYTES:
            raise ConfigError(
                f"FLASK_SECRET_KEY is too short for a page that others can reach: {SECRET_BYTES} characters at least."
            )

    def check_organisation(self) -> None:
        """Raise ConfigError when half of an organisation is missing."""
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        missing = [name for name, value in zip(REQUIRED, given, strict=True) if not value]
        if 0 < len(missing) < len(REQUIRED):
            raise ConfigError(f"To sign in with an organisation, set {' and '.join(missing)} as well.")

    def _check_databases(self) -> None:
        if self.database_url is not None:
            _ = self.sqlalchemy_url
        if self.migration_database_url is not None:
            if self.database_url is None:
                raise ConfigError(
                    "MIGRATION_DATABASE_URL is set, but DATABASE_URL is not. Set both or neither."
                )
            _ = _driven(self.migration_database_url, "MIGRATION_DATABASE_URL")

    def check_mail(self) -> None:
        """Raise ConfigError when the mail server or the sender cannot be used."""
        if not self.smtp_url:
            return
        if not self.mail_from:
            raise ConfigError("SMTP_URL is set, so MAIL_FROM has to be, too: who mails are from.")
        try:
            Mailer.from_url(self.smtp_url, self.mail_from)
        except ValueError as error:
            raise ConfigError(f"{error}.") from None

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
        """DATABASE_URL for psycopg2; ConfigError when unset or not PostgreSQL."""
        if not self.database_url:
            raise ConfigError("DATABASE_URL is not set.")
        return _driven(self.database_url, "DATABASE_URL")

    @property
    def max_upload_bytes(self) -> int:
        """Largest file, in bytes."""
        return self.max_upload_mb * MIB

    @property
    def rendition_cache_bytes(self) -> int:
        """The most that sizes made at a look may take together, in bytes."""
        return self.rendition_cache_mb * MIB


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
