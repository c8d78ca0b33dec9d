"""Accounts, sessions, one-time links, API tokens, failed attempts, and the end of local mode."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, Identity, Index, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from artworks.models.base import Base, one_of

# From the one who may do least to the one who may do everything.
ROLES = ("viewer", "editor", "owner")
LINK_KINDS = ("invitation", "reset")


class Person(Base):
    """An account; e-mail addresses are unique whatever their case.

    No password: the person signs in with an organisation, or has not chosen one yet. `budget_usd` is the share of the
    month's money that the person may use, null for no share of their own. Who left keeps the row, with `ended_at`.
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint(one_of("role", ROLES), name="person_role_check"),
        Index("person_email_key", func.lower(text("email")), unique=True),
        Index("person_oidc_key", "oidc_issuer", "oidc_subject", unique=True),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    role: Mapped[str]
    password_hash: Mapped[str | None]
    oidc_issuer: Mapped[str | None]
    oidc_subject: Mapped[str | None]
    budget_usd: Mapped[Decimal | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    # Grows with each change of what a person sees of it.
    version: Mapped[int] = mapped_column(Integer, server_default="1")

    @property
    def called(self) -> str:
        """What the person is called on a page: the name, else the e-mail address."""
        return self.name or self.email


class PersonSpending(Base):
    """What one person's calls of one calendar month cost, with what is held back for calls in flight."""

    __tablename__ = "person_spending"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    usd: Mapped[Decimal] = mapped_column(server_default="0")


class PersonSession(Base):
    """One device on which a person is signed in; the cookie holds the token, this row its SHA-256.

    `way` is how they signed in: password, invitation, reset, oidc or owner code.
    """

    __tablename__ = "person_session"
    __table_args__ = (
        Index("person_session_token_key", "token_hash", unique=True),
        Index("person_session_person", "person_id"),
        Index("person_session_expires", "expires_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    token_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    way: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")
    device: Mapped[str] = mapped_column(server_default="")


class OneTimeLink(Base):
    """A link that works once: an invitation, or one for a new password. Its key is stored hashed."""

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint(one_of("kind", LINK_KINDS), name="ticket_kind_check"),
        CheckConstraint(one_of("role", ROLES), name="ticket_role_check"),
        Index("ticket_token_key", "token_hash", unique=True),
        Index("ticket_person", "person_id"),
        Index("ticket_made_by", "made_by_id"),
        Index("ticket_expires", "expires_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    token_hash: Mapped[str]
    # Whose password it is about; null for an invitation, whose person is made when it is taken.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str] = mapped_column(server_default="")
    role: Mapped[str] = mapped_column(server_default="viewer")
    budget_usd: Mapped[Decimal | None]
    made_by: Mapped[str] = mapped_column(server_default="")
    # Null for the operator and the program, and for whoever's account is gone.
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A key for a script: may do what its role may, and never more than its person may now. Stored hashed."""

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint(one_of("role", ROLES), name="api_token_role_check"),
        Index("api_token_token_key", "token_hash", unique=True),
        Index("api_token_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    name: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[str]
    # Its first letters, by which a person knows it again.
    hint: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_from: Mapped[str] = mapped_column(server_default="")


class LocalModeEnd(Base):
    """Why and since when nobody is let in without signing in (artworks/accounts/local_mode.py); one row or none."""

    __tablename__ = "local_mode_end"
    __table_args__ = (CheckConstraint("id = 1", name="local_mode_end_one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default="1")
    reason: Mapped[str]
    ended_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FailedAttempt(Base):
    """How often somebody failed to get in, by account or address, and since when (artworks/accounts/throttle.py)."""

    __tablename__ = "guess"

    name: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    since: Mapped[datetime] = mapped_column(server_default=func.now())
