"""Whose money a batch spends: nothing more in the name of somebody who lost the right to, until an owner takes it over.

Rows are locked in one order everywhere, the person before the batches, so that no two transactions wait for each other.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.core import rights
from artworks.core.actor import actor_of
from artworks.core.database import is_id
from artworks.core.errors import Conflict, Forbidden, NotFound
from models import ROLES, Batch, Person

UNFINISHED = ("running", "paused")
# The role from which on somebody may have words written.
SPENDS_FROM = "editor"


def count_running_of(session: Session, person_id: int) -> int:
    """Return how many batches run on somebody's money."""
    mine = Batch.person_id == person_id, Batch.state == "running"
    return session.scalar(select(func.count()).select_from(Batch).where(*mine)) or 0


def pause_for_lost_right(session: Session, person: Person, reason: str) -> list[Batch]:
    """Pause the running batches of somebody who may not spend any more, and return them; `reason` is a sentence.

    Calls under way end and are booked. The caller has changed and flushed the person's row in this transaction, so a
    batch that is being started waits for it, and is refused then.
    """
    running = Batch.person_id == person.id, Batch.state == "running"
    query = select(Batch).where(*running).order_by(Batch.id).with_for_update(key_share=True)
    found = list(session.scalars(query.execution_options(populate_existing=True)))
    for batch in found:
        batch.state, batch.paused_code, batch.paused_message = "paused", "rights", reason
        audit.record(session, "batch paused", batch.about, batch=batch.id, reason=reason)
    session.flush()
    return found


def take_over(session: Session, batch_id: int, *, from_anybody: bool = False) -> Batch:
    """Let whoever acts pay for a batch from now on, and return it; it stays paused or running as it is.

    Their share, the cap and the month's budget count. Calls under way are still the other one's. Raises NotFound,
    Conflict when the batch is over, theirs already or, unless `from_anybody`, paid for by somebody who may spend, and
    Forbidden for somebody who may not.
    """
    actor = actor_of(session)
    lock_payer(session, actor.person_id)
    batch = _lock_batch(session, batch_id)
    if batch.state not in UNFINISHED:
        raise Conflict("This batch is over, so there is nothing to take over.")
    if batch.person_id == actor.person_id:
        raise Conflict("This batch is yours already.")
    if batch.person_id is not None and not from_anybody and not nobody_pays(session, batch):
        raise Conflict(f"{batch.person} pays for this batch, so it is not there to be taken over.")
    _make_actor_payer(session, batch)
    return batch


def lock_to_go_on(session: Session, batch_id: int) -> Batch:
    """Lock a batch that is to go on; whoever pays for it may spend, and keeps the right until this transaction ends.

    What was started before there were accounts is paid by whoever lets it go on. Raises NotFound, and Conflict when
    nobody pays.
    """
    payer = session.scalar(select(Batch.person_id).where(Batch.id == batch_id)) if is_id(batch_id) else None
    actor = actor_of(session)
    may_spend = payer is None or _may_spend(session, payer)
    if payer is None:
        lock_payer(session, actor.person_id)
    batch = _lock_batch(session, batch_id)
    if batch.person_id != payer:
        raise Conflict("Somebody took this batch over a moment ago. Look at it again.")
    if not may_spend:
        raise Conflict(
            f"{batch.person} may not have words written any more, so nobody pays for this batch. "
            "An owner can take it over."
        )
    if payer is None and actor.named and batch.state in UNFINISHED:
        _make_actor_payer(session, batch)
    return batch


def lock_payer(session: Session, person_id: int | None) -> None:
    """Keep somebody's right to spend until this transaction ends; raises Forbidden when there is none."""
    if person_id is not None and not _may_spend(session, person_id):
        raise Forbidden("You may not have words written any more. Ask an owner.")


def nobody_pays(session: Session, batch: Batch) -> bool:
    """Return whether an unfinished batch belongs to somebody who may not spend any more."""
    if batch.person_id is None or batch.state not in UNFINISHED:
        return False
    row = session.execute(select(Person.role, Person.ended_at).where(Person.id == batch.person_id)).one()
    return row.ended_at is not None or not spends(row.role)


def spends(role: str) -> bool:
    """Return whether somebody with a role may have words written."""
    return ROLES.index(role) >= ROLES.index(SPENDS_FROM)


def _may_spend(session: Session, person_id: int) -> bool:
    row = rights.lock(session, person_id)
    return row is not None and row.ended_at is None and spends(row.role)


def _lock_batch(session: Session, batch_id: int) -> Batch:
    query = select(Batch).where(Batch.id == batch_id).with_for_update(key_share=True)
    fresh = query.execution_options(populate_existing=True)
    batch = session.scalar(fresh) if is_id(batch_id) else None
    if batch is None:
        raise NotFound("There is no such batch.")
    return batch


def _make_actor_payer(session: Session, batch: Batch) -> None:
    actor = actor_of(session)
    before = batch.person
    batch.person, batch.person_id = actor.name or batch.person, actor.person_id
    if batch.paused_code == "rights":
        batch.paused_code, batch.paused_message = "person", f"{batch.person} pays for it from now on."
    audit.record(session, "batch taken over", batch.about, batch=batch.id, before=before, after=batch.person)
    session.flush()
