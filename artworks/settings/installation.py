"""The settings as they are now: the environment's, and where that says nothing, what owners chose in the page."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from artworks.adapters.encryption import WrongKeyError, unseal
from artworks.config import Config, ConfigError
from artworks.settings import secret_key
from models import SealedSecret, Setting

# What can be changed while the program runs, by the names of Config's fields.
CHANGEABLE = (
    "openai_base_url",
    "openai_model",
    "openai_timeout",
    "ai_price_input_usd",
    "ai_price_output_usd",
    "ai_budget_usd_per_month",
    "ai_requests_per_minute",
    "ai_tokens_per_minute",
    "time_zone",
    "words_from_files",
    "studio_name",
    "studio_contact",
    "studio_contact_name",
)
AI_KEY = "openai_api_key"
# Kept in the same table, and changed by ways of their own: the file of the logo, and what was said to the question who
# writes the first draft.
LOGO = "studio_logo"
FIRST_VISIT = "first_visit"
# A change is known everywhere after so long: each process looks that often, when somebody needs the settings.
FRESH_SECONDS = 2.0
TYPE_AGAIN = (
    "The key of the AI service cannot be read any more, because the secret of the program changed. "
    "Type the key again in the settings."
)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CurrentSettings:
    """The settings in force.

    `ai_problem` is why the AI service cannot be asked though it is set up, `logo` the key of the logo's file in the
    storage ("" for none), and `first_visit` what was answered there ("" for nothing yet).
    """

    config: Config
    ai_problem: str = ""
    logo: str = ""
    first_visit: str = ""


class InstallationSettings:
    """What one process knows of the settings; read anew from the database when it is older than FRESH_SECONDS."""

    def __init__(self, config: Config) -> None:
        self.environment = config
        self._read_at = float("-inf")
        self._rows: object = ()
        self._current = CurrentSettings(config)

    @property
    def known(self) -> CurrentSettings:
        """The settings as this process read them last, for pages about a database that does not answer, too."""
        return self._current

    def current(self, session: Session) -> CurrentSettings:
        """Return the settings in force, at most FRESH_SECONDS old. Raises SQLAlchemyError."""
        if time.monotonic() - self._read_at >= FRESH_SECONDS:
            self.read(session)
        return self._current

    def read(self, session: Session) -> CurrentSettings:
        """Return the settings in force, read at this moment."""
        began = time.monotonic()
        texts = {row.name: row.value for row in session.execute(select(Setting.name, Setting.value))}
        columns = (SealedSecret.sealed, SealedSecret.address)
        sealed = session.execute(select(*columns).where(SealedSecret.name == AI_KEY)).one_or_none()
        rows = (texts, sealed)
        # Opening a secret and reading texts anew would cost each process more than the question did.
        if rows != self._rows:
            self._current = self._settings_of(texts, sealed)
            self._rows = rows
        self._read_at = began
        return self._current

    def is_fixed(self, name: str) -> bool:
        """Return whether the environment says what a setting is, so that nothing in the page changes it."""
        return name in self.environment.model_fields_set

    def _settings_of(self, texts: dict[str, str], sealed: tuple[bytes, str] | None) -> CurrentSettings:
        known = {name: text for name, text in texts.items() if name in CHANGEABLE}
        try:
            config = self.environment.with_texts(known)
        except ConfigError as error:
            # Written by another version of the program, or by hand: the others still count.
            log.error("A setting of the page is passed over: %s", error)
            config = self.environment.with_texts(self.readable(known))
        key, problem = self._ai_key(service_address(config), sealed)
        return CurrentSettings(
            config.model_copy(update={AI_KEY: key}), problem, texts.get(LOGO, ""), texts.get(FIRST_VISIT, "")
        )

    def readable(self, texts: dict[str, str]) -> dict[str, str]:
        """Return those of some texts of settings that can be read, by the names of the settings."""
        found: dict[str, str] = {}
        for name, text in texts.items():
            try:
                self.environment.with_texts({**found, name: text})
            except ConfigError:
                continue
            found[name] = text
        return found

    def _ai_key(self, address: str, sealed: tuple[bytes, str] | None) -> tuple[str | None, str]:
        """Return the key for an address and what is wrong with it: each key goes only to the address it is for."""
        if self.environment.openai_api_key is not None and address == service_address(self.environment):
            return self.environment.openai_api_key, ""
        if sealed is None or not sealed[0] or sealed[1] != address:
            return None, ""
        try:
            return unseal(sealed[0], secret_key.read_or_make(self.environment), key_purpose(address)), ""
        except (WrongKeyError, ConfigError, OSError):
            return None, TYPE_AGAIN


def service_address(config: Config) -> str:
    """Return the address that a key is for, empty for OpenAI's, without a password in the environment's."""
    return re.sub(r"//[^/?#]*@", "//…@", config.openai_base_url or "")


def key_purpose(address: str) -> str:
    """Return what a key is sealed for: whoever can write into the database cannot have it sent elsewhere either."""
    return f"{AI_KEY} {address}"
