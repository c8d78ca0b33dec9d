"""People of an organisation: who they are here, and what they may do, by what its provider says of them."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from artworks.accounts import users
from artworks.audit import log as audit
from artworks.core.actor import Actor, act_as
from artworks.core.errors import Conflict, Forbidden
from artworks.core.network import is_loopback
from models import ROLES, Person

# OpenID Connect Core 1.0, 2: a subject has at most 255 letters.
MOST_SUBJECT = 255
# The settings without which there is no organisation.
REQUIRED = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
log = logging.getLogger(__name__)


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


def shut_out_without_role(session: Session, provider: OidcProvider, identity: Identity, address: str) -> None:
    """End what somebody has here to whom the organisation gives no role any more; who is not known is nobody.

    The caller commits, and then lets `admit` refuse. The last owner keeps everything, as somebody has to be the owner:
    raises Forbidden, which says so.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": users.OWNERS_LOCK})
    act_as(session, Actor(name=provider.name, address=address))
    person = _user_of_identity(session, identity)
    if person is None:
        return
    try:
        reason = (
            f"{provider.called} gives {person.called} no role any more, so nothing is spent in their name."
        )
        users.revoke_access(session, person, reason)
    except Conflict:
        log.warning("The only owner, %s, has no role any more at %s.", person.email, provider.issuer)
        raise Forbidden(
            f"{provider.called} gives you no role here. You are the only owner, so what you have here stays "
            "as it is until somebody else is owner."
        ) from None


def sign_in_or_create(session: Session, provider: OidcProvider, identity: Identity, address: str) -> Person:
    """Return the person of an identity: known by it, else linked by a confirmed e-mail address, else made new.

    The role follows the claims each time. Raises Forbidden for somebody without a role, for somebody who was removed,
    and for anybody but an owner as long as there is none; Conflict when the address belongs to somebody else, and for
    the last owner whom the claims make less: nobody is given more than the claims say, and the place keeps its owner.
    """
    if not identity.role:
        raise Forbidden(
            f"{provider.called} gives you no role here. Ask whoever looks after your account there for one."
        )
    # Two at once must not both become new, nor the last two owners both be made less.
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": users.OWNERS_LOCK})
    act_as(session, Actor(name=provider.name, address=address))
    person = (
        _user_of_identity(session, identity)
        or _linked_user(session, provider, identity)
        or _new_user(session, provider, identity)
    )
    _apply_role(session, provider, person, identity.role)
    actor = Actor(person.role, person.id, person.called, person.email, "session", address)
    act_as(session, actor)
    audit.record(session, "sign-in", person.email, way="organisation")
    return person


def _user_of_identity(session: Session, identity: Identity, ended: bool = False) -> Person | None:
    left = Person.ended_at.is_not(None) if ended else Person.ended_at.is_(None)
    return session.scalar(
        select(Person).where(
            Person.oidc_issuer == identity.issuer, Person.oidc_subject == identity.subject, left
        )
    )


def _linked_user(session: Session, provider: OidcProvider, identity: Identity) -> Person | None:
    """Link the account that has the person's address, if there is one and the address is surely theirs."""
    person = users.by_email(session, identity.email) if identity.email else None
    if person is None:
        return None
    if not identity.email_verified:
        raise Conflict(
            f"{identity.email} has an account here, and {provider.name} does not confirm that the address is yours. "
            "Sign in with your password."
        )
    if person.oidc_subject and person.oidc_issuer == identity.issuer:
        raise Conflict(f"{identity.email} belongs to another account of {provider.name}. Ask an owner.")
    earlier = _user_of_identity(session, identity, ended=True)
    if earlier is not None:
        # Removed under another address and invited anew: an identity belongs to one account.
        earlier.oidc_issuer = earlier.oidc_subject = None
        session.flush()
    person.oidc_issuer, person.oidc_subject = identity.issuer, identity.subject
    session.flush()
    audit.record(session, "account linked", person.email)
    return person


def _new_user(session: Session, provider: OidcProvider, identity: Identity) -> Person:
    if not identity.email:
        raise Forbidden(f"{provider.called} does not say your e-mail address, which is needed here.")
    email = users.valid_email(identity.email)
    removed = select(Person.id).where(func.lower(Person.email) == func.lower(email))
    if _user_of_identity(session, identity, ended=True) is not None or session.scalar(removed) is not None:
        raise Forbidden("Your account here was ended. Ask an owner to invite you again.")
    if identity.role != "owner" and not _has_owner(session):
        raise Forbidden(
            "Nobody is the owner here yet, so only an owner can come in. Ask yours to sign in first."
        )
    person = users.add(session, email, name=identity.name, role=identity.role)
    person.oidc_issuer, person.oidc_subject = identity.issuer, identity.subject
    session.flush()
    return person


def _apply_role(session: Session, provider: OidcProvider, person: Person, role: str) -> None:
    try:
        users.change(session, person, role=role)
    except Conflict:
        raise Conflict(
            f"You are the only owner here, and {provider.name} makes you {role}. Somebody else has to become owner "
            "first, or you have to be owner there as well."
        ) from None


def _has_owner(session: Session) -> bool:
    owners = select(Person.id).where(Person.role == "owner", Person.ended_at.is_(None))
    return session.scalar(owners.limit(1)) is not None


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
    return " ".join(name.split())[: users.MOST_NAME].strip()


def _printable_text(value: Any) -> str:
    """Return a text that a page and the database can hold; anything else counts as none."""
    return value.strip() if isinstance(value, str) and value.isprintable() else ""
