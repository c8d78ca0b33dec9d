"""Changes of settings by owners: checked as the environment's are, over nothing that was not seen, and written down."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

import gpt_service
from artworks.adapters.encryption import seal
from artworks.audit import log as audit
from artworks.config import Config, ConfigError
from artworks.core import versions
from artworks.core.errors import Conflict, Invalid, NotFound
from artworks.settings import secret_key
from artworks.settings.installation import (
    AI_KEY,
    CHANGEABLE,
    InstallationSettings,
    key_purpose,
    service_address,
)
from models import SealedSecret, Setting

LONGEST, LONGEST_NAME = 500, 80
NAMES = ("studio_name", "studio_contact_name")
# What a setting is called in sentences.
LABELS = {
    "openai_base_url": "address",
    "openai_model": "model",
    "openai_timeout": "patience",
    "ai_price_input_usd": "price of what is sent",
    "ai_price_output_usd": "price of what is written",
    "ai_budget_usd_per_month": "budget",
    "ai_requests_per_minute": "number of calls a minute",
    "ai_tokens_per_minute": "number of tokens a minute",
    "time_zone": "time zone",
    "words_from_files": "choice about words from files",
    "studio_name": "name of the studio",
    "studio_contact": "way to answer",
    "studio_contact_name": "name beside it",
    AI_KEY: "key",
}


class SettingState(NamedTuple):
    """A setting as the page shows it: `source` is "environment", "page" or "default"; `typed` is what was typed."""

    name: str
    value: Any
    typed: str
    source: str
    version: int


class KeyState(NamedTuple):
    """The key of the AI service: whether there is one for the address of now, and what people know it by.

    `source` is "environment", "page" or ""; `elsewhere` says that there is one for another address; `problem` why the
    one there is cannot be used.
    """

    is_set: bool
    last_four: str
    source: str
    version: int
    elsewhere: bool
    problem: str


def states(session: Session, installation: InstallationSettings) -> dict[str, SettingState]:
    """Return every setting that can be changed, as it is at this moment."""
    config = installation.read(session).config
    rows = {row.name: row for row in session.scalars(select(Setting))}
    return {name: _state(installation, config, name, rows.get(name)) for name in CHANGEABLE}


def _state(
    installation: InstallationSettings, config: Config, name: str, row: Setting | None
) -> SettingState:
    typed, version = (row.value, row.version) if row else ("", 0)
    fixed = installation.is_fixed(name)
    source = "environment" if fixed else "page" if typed else "default"
    value = getattr(config, name)
    if name == "openai_base_url" and value:
        value = service_address(config)
    return SettingState(name, value, "" if fixed else typed, source, version)


def key_state(session: Session, installation: InstallationSettings) -> KeyState:
    """Return what is known of the key, which is never shown itself."""
    now = installation.read(session)
    row = session.get(SealedSecret, AI_KEY)
    address = service_address(now.config)
    of_environment = installation.environment.openai_api_key
    if of_environment is not None and address == service_address(installation.environment):
        return KeyState(True, of_environment[-4:], "environment", row.version if row else 0, False, "")
    if row is None or not row.sealed:
        return KeyState(False, "", "", row.version if row else 0, of_environment is not None, "")
    is_for_it = row.address == address
    return KeyState(
        is_for_it, row.last_four if is_for_it else "", "page", row.version, not is_for_it, now.ai_problem
    )


def change(
    session: Session, installation: InstallationSettings, name: str, typed: str, seen: int | None
) -> SettingState:
    """Change a setting, an empty text to its usual value; an unchanged one is no change.

    Raises NotFound, Conflict for one that the environment fixes, Stale over a version that was not seen, and Invalid.
    """
    if name not in CHANGEABLE:
        raise NotFound("There is no such setting.")
    refuse_fixed(installation, name)
    typed = typed.strip()
    row = lock_row(session, Setting, name)
    before = _state(installation, installation.read(session).config, name, row)
    said = f"It is “{row.value}” now." if row.value else "It has its usual value now."
    versions.check(seen, row.version, said, before._asdict())
    config = _checked(session, installation, name, typed)
    if typed != row.value:
        row.value, row.version = typed, row.version + 1
        if name == "openai_base_url":
            # Who types a key at this moment saw another address, and means the key for that one.
            lock_row(session, SealedSecret, AI_KEY).version += 1
        audit.record(session, "setting changed", name.upper(), before=before.typed, after=typed)
    return _state(installation, config, name, row)


def set_key(session: Session, installation: InstallationSettings, typed: str, seen: int | None) -> None:
    """Keep a key of the AI service for the address of now; an empty one forgets it. Raises like `change`."""
    # Before the address is read: its change waits for this row, or has changed the version.
    row = lock_row(session, SealedSecret, AI_KEY)
    address = service_address(installation.read(session).config)
    if installation.is_fixed(AI_KEY) and address == service_address(installation.environment):
        refuse_fixed(installation, AI_KEY)
    typed = typed.strip()
    if not typed.isascii() or not typed.isprintable() or " " in typed or len(typed) > LONGEST:
        raise Invalid("The key holds a character that no key has. Copy it once more.", field="key")
    said = f"The key or the server was changed. A key is for {address or 'OpenAI'} now; do it again if that is right."
    versions.check(seen, row.version, said, {"version": row.version})
    secret = secret_key.read_or_make(installation.environment)
    row.sealed = seal(typed, secret, key_purpose(address)) if typed else b""
    # Of a short one four letters would be half of it.
    row.last_four = typed[-4:] if len(typed) >= 16 else ""
    row.address, row.version = address, row.version + 1
    action = "key of the AI service set" if typed else "key of the AI service removed"
    audit.record(session, action, address or "OpenAI", last_four=row.last_four)


def refuse_fixed(installation: InstallationSettings, name: str) -> None:
    """Raise Conflict for a setting that the environment fixes."""
    if installation.is_fixed(name):
        said = f"{name.upper()} is set where the program is started, and that comes first. Change it there."
        raise Conflict(said)


def lock_row(session: Session, table: Any, name: str) -> Any:
    """Return the row of a name, made if it is missing, and locked: two owners change it one after the other."""
    session.execute(insert(table).values(name=name).on_conflict_do_nothing())
    return session.get_one(table, name, with_for_update=True, populate_existing=True)


def _checked(session: Session, installation: InstallationSettings, name: str, typed: str) -> Config:
    """Return the settings as they would be; raises Invalid in a sentence that speaks of the field."""
    if len(typed) > LONGEST or not typed.isprintable():
        raise Invalid(
            f"The {LABELS[name]} must be one line of at most {LONGEST} characters, without invisible ones.",
            field="value",
        )
    if name == "openai_base_url" and typed:
        _check_address(typed)
    if name in NAMES and len(typed) > LONGEST_NAME:
        raise Invalid(f"The {LABELS[name]} must have at most {LONGEST_NAME} characters.", field="value")
    others = set(CHANGEABLE) - {name}
    texts = {row.name: row.value for row in session.scalars(select(Setting)) if row.name in others}
    try:
        # What another version wrote must not keep an owner from putting it right, one setting after the other.
        return installation.environment.with_texts({**installation.readable(texts), name: typed})
    except ConfigError as error:
        said = str(error).replace(name.upper(), f"The {LABELS[name]}")
        raise Invalid(said, field="value") from None


def _check_address(address: str) -> None:
    """Raise Invalid for what is no address of an AI service, or holds a password."""
    looks_like = "The address must look like https://host/v1 or http://localhost:11434/v1."
    if " " in address:
        raise Invalid(looks_like, field="value")
    try:
        host, parts = gpt_service.host_of(address), urlsplit(address)
    except ValueError:
        raise Invalid(looks_like, field="value") from None
    if parts.username is not None or parts.password is not None:
        raise Invalid(
            "Leave name and password out of the address. The key has a field of its own.", field="value"
        )
    if gpt_service.is_forbidden(host):
        said = "No AI service is at this address: it is link-local, or one where a cloud tells machines their secrets."
        raise Invalid(said, field="value")
