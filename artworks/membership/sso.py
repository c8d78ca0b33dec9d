"""People of an organisation sign in: who they are here follows what its provider says of them, each time."""

from __future__ import annotations

import logging

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from artworks.accounts import users
from artworks.accounts.oidc_provider import Identity, OidcProvider
from artworks.audit import log as audit
from artworks.core.actor import Actor, act_as
from artworks.core.errors import Conflict, Forbidden
from artworks.membership import membership
from models import Person

log = logging.getLogger(__name__)


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
        membership.revoke_access(session, person, reason)
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
        membership.change(session, person, role=role)
    except Conflict:
        raise Conflict(
            f"You are the only owner here, and {provider.name} makes you {role}. Somebody else has to become owner "
            "first, or you have to be owner there as well."
        ) from None


def _has_owner(session: Session) -> bool:
    owners = select(Person.id).where(Person.role == "owner", Person.ended_at.is_(None))
    return session.scalar(owners.limit(1)) is not None
