"""The pictures of batches while they are worked on: claimed under a lease, finished, requeued."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from artworks.batches.batch import options_of
from artworks.drafting.request import DraftOptions
from artworks.usage import budget

# For how many seconds a lease lasts before its picture is requeued; the heartbeat renews it far more often.
LEASE_SECONDS = 15
# After so many pictures that the AI service rejected with the same words it is no longer the pictures.
ALIKE = 3
GONE = "This picture was deleted."
IN_TRASH = "This picture is in the trash."
# Why a picture was left out, apart from having all its words.
TRASHED, DELETED = "trashed", "deleted"


@dataclass(frozen=True)
class ClaimedItem:
    """One picture that a worker has claimed, with what its batch asks for."""

    id: int
    batch_id: int
    image_id: int | None
    claim: str
    attempts: int
    first_tried_at: datetime | None
    tier: str
    options: DraftOptions
    bulk_edit_id: int | None = None


def running_batch_ids(session: Session) -> list[int]:
    """Return the ids of the batches that run, oldest first."""
    return list(session.scalars(text("SELECT id FROM batch WHERE state = 'running' ORDER BY id")))


def claim(session: Session, batch_id: int, claim: str) -> ClaimedItem | None:
    """Claim the next picture of a batch that is due; None when there is none. Two workers never claim the same one."""
    row = session.execute(
        text(
            "WITH next AS (SELECT i.id FROM batch_item i WHERE i.batch_id = :batch_id AND i.state = 'waiting' "
            "AND i.not_before <= now() AND EXISTS (SELECT FROM batch b WHERE b.id = :batch_id AND b.state = 'running' "
            "AND (b.wait_until IS NULL OR b.wait_until <= now())) "
            "ORDER BY i.not_before, i.id LIMIT 1 FOR UPDATE SKIP LOCKED) "
            "UPDATE batch_item i SET state = 'working', claim = :claim, usage_id = NULL, "
            "lease_until = now() + make_interval(secs => :lease) "
            "FROM next, batch b WHERE i.id = next.id AND b.id = i.batch_id "
            "RETURNING i.id, i.batch_id, i.image_id, i.claim, i.attempts, i.first_tried_at, b.tier, "
            "b.bulk_edit_id, b.only, b.approved_too, b.fields, b.note, b.language"
        ),
        {"batch_id": batch_id, "claim": claim, "lease": LEASE_SECONDS},
    ).one_or_none()
    if row is None:
        return None
    facts: dict[str, Any] = {
        name: getattr(row, name) for name in ClaimedItem.__annotations__ if name != "options"
    }
    return ClaimedItem(**facts, options=options_of(row))


def renew_leases(session: Session, claims: Sequence[str]) -> None:
    """Renew the leases of claimed pictures: their worker is alive."""
    session.execute(
        text(
            "UPDATE batch_item SET lease_until = now() + make_interval(secs => :lease) "
            "WHERE state = 'working' AND claim = ANY(:claims)"
        ),
        {"claims": list(claims), "lease": LEASE_SECONDS},
    )


def lock_if_ours(session: Session, item: ClaimedItem) -> bool:
    """Lock a claimed picture and return whether the claim still holds."""
    query = text(
        "SELECT id FROM batch_item WHERE id = :id AND claim = :claim AND state = 'working' FOR UPDATE"
    )
    return session.scalar(query, {"id": item.id, "claim": item.claim}) is not None


def record_call(session: Session, item: ClaimedItem, usage_id: int) -> None:
    """Record that a call for a picture is about to be sent."""
    session.execute(
        text(
            "UPDATE batch_item SET usage_id = :usage_id, attempts = attempts + 1, "
            "first_tried_at = coalesce(first_tried_at, now()) WHERE id = :id"
        ),
        {"id": item.id, "usage_id": usage_id},
    )


def finish(session: Session, item: ClaimedItem, state: str, code: str = "", message: str = "") -> bool:
    """Finish a picture as done, failed or skipped; false when somebody else has done so.

    The batch counts it at the commit (schema/, batch_item_count) and is done with its last one.
    A failure counts only for who holds the claim; words that arrive count whoever holds it.
    """
    mine = "state NOT IN ('done', 'skipped')" if state == "done" else "state = 'working' AND claim = :claim"
    query = text(
        "UPDATE batch_item SET state = :state, code = :code, message = :message, finished_at = now() "  # noqa: S608
        f"WHERE id = :id AND {mine} RETURNING id"
    )
    values = {"id": item.id, "claim": item.claim, "state": state, "code": code, "message": message}
    return session.scalar(query, values) is not None


def requeue(session: Session, item: ClaimedItem, seconds: float = 0.0, *, tried: int = 0) -> None:
    """Requeue a picture; `tried` is 1 to count a try that had no call, -1 to take one back that had.

    In a batch that was cancelled meanwhile it is cancelled too.
    """
    session.execute(
        text(
            "UPDATE batch_item i SET claim = '', lease_until = NULL, usage_id = NULL, "
            "attempts = greatest(0, i.attempts + :tried), "
            "first_tried_at = CASE WHEN i.attempts + :tried > 0 THEN coalesce(i.first_tried_at, now()) END, "
            "not_before = now() + make_interval(secs => :seconds), "
            "state = CASE b.state WHEN 'cancelled' THEN 'cancelled' ELSE 'waiting' END "
            "FROM batch b WHERE b.id = i.batch_id AND i.id = :id AND i.state = 'working' AND i.claim = :claim"
        ),
        {"id": item.id, "claim": item.claim, "seconds": seconds, "tried": tried},
    )


def cancel_reservation(session: Session, item: ClaimedItem) -> None:
    """Cancel the reservation of a claimed picture whose call was never sent."""
    session.execute(
        text(
            "UPDATE usage u SET state = 'cancelled', usd = 0 FROM batch_item i "
            "WHERE i.id = :id AND i.claim = :claim AND u.id = i.usage_id AND u.state = 'reserved'"
        ),
        {"id": item.id, "claim": item.claim},
    )


def mark_call_lost(session: Session, item: ClaimedItem) -> None:
    """Count what was held back for a claimed picture as spent: its call was sent, and nobody knows what it took."""
    query = text("SELECT usage_id FROM batch_item WHERE id = :id AND claim = :claim")
    usage_id = session.scalar(query, {"id": item.id, "claim": item.claim})
    if usage_id is not None:
        budget.mark_call_lost(session, usage_id)


def expired_item_ids(session: Session) -> frozenset[int]:
    """Return the ids of the claimed pictures whose lease has run out.

    None right after the database came up: until then no lease could be renewed.
    """
    return frozenset(
        session.scalars(
            text(
                "SELECT id FROM batch_item WHERE state = 'working' AND lease_until < now() "
                "AND pg_postmaster_start_time() < now() - make_interval(secs => :lease)"
            ),
            {"lease": LEASE_SECONDS},
        )
    )


def requeue_expired(session: Session, ids: Collection[int]) -> int:
    """Requeue some expired pictures; return how many. Their calls may have been billed: that counts as spent."""
    if not ids:
        return 0
    dead = session.execute(
        text(
            "SELECT id, batch_id, usage_id, claim FROM batch_item WHERE state = 'working' AND lease_until < now() "
            "AND id = ANY(:ids) ORDER BY id FOR UPDATE SKIP LOCKED"
        ),
        {"ids": list(ids)},
    ).all()
    for row in dead:
        if row.usage_id is not None:
            budget.mark_call_lost(session, row.usage_id)
        requeue(
            session, ClaimedItem(row.id, row.batch_id, None, row.claim, 0, None, "standard", DraftOptions())
        )
    return len(dead)


def count_due(session: Session, most: int) -> int:
    """Return how many pictures of running batches that may be claimed now, up to `most`."""
    query = text(
        "SELECT count(*) FROM (SELECT FROM batch_item i JOIN batch b ON b.id = i.batch_id "
        "WHERE b.state = 'running' AND i.state = 'waiting' AND i.not_before <= now() LIMIT :most) AS found"
    )
    return session.scalar(query, {"most": most}) or 0


def seconds_until_due(session: Session) -> float | None:
    """Return the seconds until a picture of a running batch may be claimed; None when none is left in them."""
    found = session.scalar(
        text(
            "SELECT min(extract(epoch FROM coalesce(i.lease_until, i.not_before) - now())) "
            "FROM batch b CROSS JOIN LATERAL ("
            "(SELECT lease_until, not_before FROM batch_item WHERE batch_id = b.id AND state = 'waiting' "
            "ORDER BY not_before LIMIT 1) UNION ALL "
            "(SELECT lease_until, not_before FROM batch_item WHERE batch_id = b.id AND state = 'working' LIMIT 1)"
            ") AS i WHERE b.state = 'running'"
        )
    )
    return None if found is None else max(0.0, float(found))


def cancel_waiting(session: Session) -> int:
    """Cancel what waits in cancelled batches, given back at the very moment of the cancelling; returns how many."""
    query = text(
        "UPDATE batch_item i SET state = 'cancelled' FROM batch b "
        "WHERE b.id = i.batch_id AND b.state = 'cancelled' AND i.state = 'waiting' RETURNING i.id"
    )
    return len(session.scalars(query).all())


def pause_batch(
    session: Session, batch_id: int, code: str, message: str, refused_usd: Decimal | None = None
) -> None:
    """Pause a running batch for a reason that is not a person's; `refused_usd` is what a call would have held back."""
    session.execute(
        text(
            "UPDATE batch SET state = 'paused', paused_code = :code, paused_message = :message, "
            "refused_usd = :refused WHERE id = :id AND state = 'running'"
        ),
        {"id": batch_id, "code": code, "message": message, "refused": refused_usd},
    )


def is_rejected_alike(session: Session, batch_id: int, usage_id: int) -> bool:
    """Return whether a call and those before it, for ALIKE pictures, failed with the same words of the AI service.

    Only while pictures of the batch are left: what is done needs no pause.
    """
    query = text(
        "SELECT count(*) = :most AND count(DISTINCT image_id) = :most AND count(DISTINCT details) = 1 "
        "AND bool_and(state = 'failed' AND details <> '') AND EXISTS (SELECT FROM batch_item WHERE batch_id = :id "
        "AND state IN ('waiting', 'working')) FROM (SELECT image_id, state, details FROM usage "
        "WHERE batch_id = :id AND id <= :usage ORDER BY id DESC LIMIT :most) AS last"
    )
    return bool(session.scalar(query, {"id": batch_id, "usage": usage_id, "most": ALIKE}))


def delay_batch(session: Session, batch_id: int, seconds: float, *, own: bool) -> None:
    """Let no picture of a batch be claimed for a while, or until one of its calls ends (schema/, usage_sum).

    With `own` only while it has calls under way: the last of them may have ended a moment ago and woken it in vain.
    """
    session.execute(
        text(
            "UPDATE batch SET wait_until = now() + make_interval(secs => :seconds) "
            "WHERE id = :id AND (held_usd > 0 OR NOT :own)"
        ),
        {"id": batch_id, "seconds": seconds, "own": own},
    )
