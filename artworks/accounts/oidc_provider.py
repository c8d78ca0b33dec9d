"""The OpenID Connect provider of an organisation, and what its claims say of a person."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from artworks.accounts import users
from artworks.core.errors import Forbidden
from artworks.core.network import is_loopback
from artworks.texts.folding import is_seen
from models import ROLES

# OpenID Connect Core 1.0, 2: a subject has at most 255 letters.
MOST_SUBJECT = 255
# The settings without which there is no organisation.
REQUIRED = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")


@dataclass(frozen=True)
class OidcProvider:
    """An OpenID Connect provider, this program's account there, and which claim values give which role."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    role_claim: str
    roles: tuple[tuple[str, str], ...]

    @property
    def called(self) -> str:
        """Its name at the beginning of a sentence."""
        return self.name[:1].upper() + self.name[1:]

    def role_of(self, claims: Mapping[str, Any]) -> str:
        """Return the highest role that the claims give; empty when they give none."""
        values = _claim_values(claims, self.role_claim)
        return max((role for value, role in self.roles if value in values), key=ROLES.index, default="")


@dataclass(frozen=True)
class Identity:
    """What a provider says of a person; `email` is empty when it says none, `sure` that the address is theirs."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    role: str


def parse_issuer(raw: str) -> str:
    """Read the address of a provider; ValueError when what it says could be changed on its way here."""
    parts = urlsplit(raw)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not safe or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError
    return raw


def parse_roles(raw: str) -> tuple[tuple[str, str], ...]:
    """Read pairs such as "staff=editor,boss=owner"; a value may have a = in it. Raises ValueError."""
    parts = (pair.rpartition("=") for pair in raw.split(","))
    pairs = tuple((value.strip(), role.strip()) for value, _, role in parts)
    if not all(value and role in ROLES for value, role in pairs):
        raise ValueError
    return pairs


def identity_from_claims(provider: OidcProvider, claims: Mapping[str, Any]) -> Identity:
    """Read the checked claims of a person; raises Forbidden when they do not say who it is."""
    subject = _printable_text(claims.get("sub"))
    if not 0 < len(subject) <= MOST_SUBJECT:
        raise Forbidden(f"{provider.called} does not say who you are.")
    role = provider.role_of(claims)
    if not role and _is_claim_elsewhere(claims, provider.role_claim):
        raise Forbidden(
            f"{provider.called} does not say your role in its answer, as with somebody who has very many of them. "
            "Ask whoever looks after your account there to send only the ones for this page."
        )
    return Identity(
        issuer=str(claims.get("iss", "")),
        subject=subject,
        email=_printable_text(claims.get("email")),
        # Some providers write their booleans as text.
        email_verified=claims.get("email_verified") in (True, "true"),
        name=_clean_name(claims.get("name")),
        role=role,
    )


def _claim_values(claims: Mapping[str, Any], name: str) -> list[str]:
    """Find a claim by its name, or by the way to it through nested ones; one text counts as a list of one."""
    found: Any = claims.get(name)
    if name not in claims:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    values = found if isinstance(found, list) else [found]
    return [value for value in values if isinstance(value, str)]


def _is_claim_elsewhere(claims: Mapping[str, Any], name: str) -> bool:
    """Return whether a provider only says where a claim can be asked for (OpenID Connect Core 1.0, 5.6.2)."""
    elsewhere = claims.get("_claim_names")
    return isinstance(elsewhere, Mapping) and name.split(".")[0] in elsewhere


def _clean_name(value: Any) -> str:
    """Return a name as accounts have it: it is no reason to turn somebody away."""
    name = unicodedata.normalize("NFC", value) if isinstance(value, str) else ""
    name = "".join(sign for sign in name if sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cs"))
    name = " ".join(name.split())[: users.MOST_NAME].strip()
    return name if is_seen(name) else ""


def _printable_text(value: Any) -> str:
    """Return a text that a page and the database can hold; anything else counts as none."""
    return value.strip() if isinstance(value, str) and value.isprintable() else ""
