"""What belongs to a person and takes a right: read before the right is lost, and ended or handed over with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.batches import owners as batch_owners
from artworks.core.actor import actor_of
from artworks.core.errors import Conflict, Invalid
from artworks.sharing import share_link as shares
from models import ROLES, ApiToken, OneTimeLink, Person, ShareLink

# What can happen to each kind: its end, the hands of whoever decides, or for tokens what the lesser role may do.
CHOICES = {
    "galleries": ("take", "end"),
    "batches": ("take", "end"),
    "invitations": ("take", "end"),
    "tokens": ("keep", "end"),
    "links": ("end",),
}
# One: many. Links are those for a new password that a person made for others, and so knows.
NAMES = {
    "galleries": ("shared gallery", "shared galleries"),
    "batches": ("batch that is not done", "batches that are not done"),
    "invitations": ("open invitation", "open invitations"),
    "tokens": ("token for scripts", "tokens for scripts"),
    "links": ("link for somebody's new password", "links for somebody's new password"),
}
# In the place of a role: who leaves has none.
REMOVED = ""

_READ = """
SELECT kind, person_id, id, name, needs FROM (
    SELECT 'galleries' AS kind, person_id, id, title AS name, 'editor' AS needs FROM share_link
    WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    UNION ALL SELECT 'batches', person_id, id, about, 'editor' FROM batch WHERE state IN ('running', 'paused')
    UNION ALL SELECT CASE kind WHEN 'reset' THEN 'links' ELSE 'invitations' END, made_by_id, id, email, 'owner'
    FROM ticket WHERE used_at IS NULL AND expires_at > now() AND person_id IS DISTINCT FROM made_by_id
    UNION ALL SELECT 'tokens', person_id, id, name, role FROM api_token WHERE expires_at > now()
) AS things WHERE person_id IS NOT NULL AND (CAST(:person AS bigint) IS NULL OR person_id = :person)
ORDER BY kind, id
"""


@dataclass(frozen=True)
class Belonging:
    """One gallery, batch, invitation, token or link; `needs` is the role that it takes."""

    kind: str
    id: int
    name: str
    needs: str

    @property
    def key(self) -> str:
        """By what a form names it."""
        return f"{self.kind}:{self.id}"


Belongings = Mapping[str, tuple[Belonging, ...]]


@dataclass(frozen=True)
class Decision:
    """What an owner decided: a choice for each kind, and the keys of what was shown; None when nothing was."""

    choices: Mapping[str, str] = field(default_factory=dict)
    seen: frozenset[str] | None = None


class Undecided(Invalid):
    """Something belongs to the person, and nobody said what is to become of it (422)."""

    def __init__(self, message: str, found: Belongings, person: Person, role: str) -> None:
        super().__init__(message)
        self.belongings, self.person_id, self.role = found, person.id, role


class Outdated(Undecided):
    """Something began to belong to the person after the owner looked (409)."""

    status, code = Conflict.status, Conflict.code


def by_person(session: Session) -> dict[int, list[Belonging]]:
    """Read what belongs to each person, in one statement."""
    found: dict[int, list[Belonging]] = {}
    for row in session.execute(text(_READ), {"person": None}):
        found.setdefault(row.person_id, []).append(Belonging(row.kind, row.id, row.name, row.needs))
    return found


def lost_with_role(things: Iterable[Belonging], role: str) -> Belongings:
    """Return what somebody with a role cannot have, by kind; REMOVED stands for somebody who leaves."""
    lost = [one for one in things if role == REMOVED or ROLES.index(role) < ROLES.index(one.needs)]
    kinds = (kind for kind in CHOICES if any(one.kind == kind for one in lost))
    return {kind: tuple(one for one in lost if one.kind == kind) for kind in kinds}


def settle(session: Session, person: Person, role: str, decision: Decision | None) -> dict[str, Any]:
    """End or hand over what somebody cannot have with a new role, and return how many of each kind that were.

    Without a decision, where no owner is present, everything ends. The caller has locked the person's row, changes the
    role after this, and pauses the batches that are left (artworks/batches/owners.py). Raises Undecided and Outdated.
    """
    rows = session.execute(text(_READ), {"person": person.id})
    found = lost_with_role((Belonging(row.kind, row.id, row.name, row.needs) for row in rows), role)
    if decision is not None:
        _refuse_unless_decided(found, person, role, decision, own=actor_of(session).person_id == person.id)
    for kind, things in found.items():
        choice = decision.choices.get(kind, "end") if decision is not None else "end"
        _SETTLE[kind](session, things, choice, role)
    session.flush()
    return {kind: len(things) for kind, things in found.items()}


def choices_for(kind: str, role: str, *, own: bool) -> tuple[str, ...]:
    """Return what can be chosen for a kind; `own` says that the person themselves decides."""
    if kind == "tokens" and role == REMOVED:
        return ("end",)
    return tuple(choice for choice in CHOICES[kind] if not (own and choice == "take"))


def describe(found: Belongings) -> str:
    """Return how many of what there is, as in "2 shared galleries and 1 open invitation"."""
    *rest, last = [f"{len(things)} {NAMES[kind][len(things) > 1]}" for kind, things in found.items()] or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def _refuse_unless_decided(
    found: Belongings, person: Person, role: str, decision: Decision, *, own: bool
) -> None:
    summary = f"{person.called} has {describe(found)}"
    # That tokens go with their person is no surprise to anybody.
    asked = [kind for kind in found if (kind, role) != ("tokens", REMOVED)]
    for kind in asked:
        choices, given = choices_for(kind, role, own=own), decision.choices.get(kind)
        if given is not None and given not in choices:
            raise Undecided(
                f"{summary}. Choose what is to become of the {NAMES[kind][1]}.", found, person, role
            )
        if given is None and (len(choices) > 1 or decision.seen is None):
            raise Undecided(f"{summary}. Say first what is to become of that.", found, person, role)
    keys = {one.key for kind in asked for one in found[kind]}
    if decision.seen is not None and keys - decision.seen:
        raise Outdated(f"{summary} now, and something of that is new. Look at it again.", found, person, role)


def _settle_galleries(session: Session, things: tuple[Belonging, ...], choice: str, _role: str) -> None:
    actor = actor_of(session)
    for share in session.scalars(select(ShareLink).where(ShareLink.id.in_([one.id for one in things]))):
        if choice == "take":
            was, now = share.made_by, actor.name
            audit.record(session, "gallery taken over", share.title, share=share.id, before=was, after=now)
            share.person_id, share.made_by = actor.person_id, actor.name
        else:
            shares.revoke(session, share)


def _settle_batches(session: Session, things: tuple[Belonging, ...], choice: str, _role: str) -> None:
    if choice == "take":
        for one in things:
            batch_owners.take_over(session, one.id, from_anybody=True)


def _settle_links(session: Session, things: tuple[Belonging, ...], choice: str, _role: str) -> None:
    """Withdraw links that a person made for others, or let whoever acts be the one who made them."""
    which, actor = OneTimeLink.id.in_([one.id for one in things]), actor_of(session)
    if choice == "take":
        changed = update(OneTimeLink).where(which).values(made_by_id=actor.person_id, made_by=actor.name)
        session.execute(changed.execution_options(synchronize_session=False))
    else:
        session.execute(delete(OneTimeLink).where(which).execution_options(synchronize_session=False))
    for one in things:
        name = "invitation" if one.kind == "invitations" else "reset link"
        audit.record(session, f"{name} {'taken over' if choice == 'take' else 'withdrawn'}", one.name)


def _settle_tokens(session: Session, things: tuple[Belonging, ...], choice: str, role: str) -> None:
    which = ApiToken.id.in_([one.id for one in things])
    if choice == "keep":
        changed = update(ApiToken).where(which).values(role=role)
        session.execute(changed.execution_options(synchronize_session=False))
    else:
        session.execute(delete(ApiToken).where(which).execution_options(synchronize_session=False))
    for one in things:
        if choice == "keep":
            audit.record(session, "token changed", one.name, before=one.needs, after=role)
        else:
            audit.record(session, "token removed", one.name)


_SETTLE: Mapping[str, Callable[[Session, tuple[Belonging, ...], str, str], None]] = {
    "galleries": _settle_galleries,
    "batches": _settle_batches,
    "invitations": _settle_links,
    "links": _settle_links,
    "tokens": _settle_tokens,
}
