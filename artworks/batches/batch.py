"""Batches: words for many pictures, ordered once and written in the background; here their rows and their states."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sqlalchemy import case, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from artworks.audit import log as audit
from artworks.batches import owners
from artworks.batches.conditions import needs_words
from artworks.core.actor import OWNER_NAME, actor_of
from artworks.core.database import one_or_404
from artworks.core.errors import Conflict, Invalid
from artworks.dependencies import Dependencies
from artworks.drafting.request import DraftOptions
from artworks.search import listing as search
from artworks.search.filters import Filters
from artworks.usage import missing_price
from gpt_service import has_flex
from models import TEXT_FIELDS, TIERS, Batch, BatchItem, BatchTitle, BulkEdit, Image, Usage

MOST_IDS = 20_000
HIGHEST_CAP = Decimal(100_000)
CENT = Decimal("0.01")
WRONG_TIER = "Choose the usual speed, or cheaper and slower."
# The queue's task of one worker slot, and how many are enqueued at most.
WORK_TASK = "batches.work"
MAX_WORKER_SLOTS = 128
SKIPPED = "Every field has words already."


@dataclass(frozen=True)
class BatchOrder:
    """What a batch is started with: which pictures, and what to write for them. Raises Invalid.

    `filters` choose the pictures, by what matches or by their ids. `cap_usd` is what the batch may cost at most; None
    sets no cap of its own, the month's budget counts in every case.
    """

    filters: Filters
    options: DraftOptions = field(default_factory=lambda: DraftOptions(overwrite_policy="empty"))
    tier: str = "standard"
    cap_usd: Decimal | None = None

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise Invalid(WRONG_TIER, field="tier")
        if len(self.filters.ids) > MOST_IDS:
            raise Invalid(f"That is more than {MOST_IDS:,} pictures at once. Use a filter.", field="select")
        if self.cap_usd is not None and not (self.cap_usd.is_finite() and 0 < self.cap_usd <= HIGHEST_CAP):
            raise Invalid("The cap must be more than $0 and at most $100,000.", field="cap_usd")


@dataclass(frozen=True)
class Failure:
    """A picture whose words could not be written, and why; `details` is what the AI service said, for owners."""

    image_id: int | None
    name: str
    message: str
    details: str
    code: str


def start(
    session: Session,
    dependencies: Dependencies,
    order: BatchOrder,
    describe: Callable[[int], str] = lambda _count: "",
    *,
    least_cap: Decimal = Decimal(0),
) -> Batch:
    """Write down a batch with all its pictures, as they are chosen now; pictures added later are not in it.

    `describe` returns what so many chosen pictures are called, `least_cap` is the lowest cap that lets one through.
    The caller commits and enqueues the worker slots. Raises Invalid when there is nothing to do.
    """
    _refuse_first_cap(order, least_cap)
    missing_price.require(dependencies.ai_settings, dependencies.limits)
    if order.tier == "flex" and not has_flex(dependencies.ai_settings):
        raise Invalid("This AI service has no cheaper, slower way. Choose the usual speed.", field="tier")
    options, actor = order.options, actor_of(session)
    owners.lock_payer(session, actor.person_id)
    batch = Batch(
        person=actor.name or OWNER_NAME,
        person_id=actor.person_id,
        only=options.overwrite_policy,
        approved_too=options.approved_too,
        fields=list(options.fields or ()),
        note=options.note,
        language=options.language,
        tier=order.tier,
        cap_usd=order.cap_usd,
    )
    session.add(batch)
    session.flush()
    _add_items(session, batch, order)
    if not batch.total:
        raise Invalid("No picture matches, so there is nothing to write.", field="select")
    if batch.skipped == batch.total:
        raise Invalid(
            "All these pictures have these words already, so there is nothing to write.", field="only"
        )
    _record_titles(session, batch)
    batch.bulk_edit_id = _create_action(session, batch).id
    batch.about = describe(batch.total)
    cap = None if batch.cap_usd is None else float(batch.cap_usd)
    audit.record(session, "batch started", batch.about, batch=batch.id, pictures=batch.total, cap_usd=cap)
    session.flush()
    return batch


def _refuse_first_cap(order: BatchOrder, least_cap: Decimal) -> None:
    """Raise Invalid for a cap that lets not even one picture through: the batch would only pause at once."""
    if order.cap_usd is None or order.cap_usd >= least_cap:
        return
    raise Invalid(
        f"The cap must be at least ${least_cap.quantize(CENT, ROUND_CEILING)}: so much is set aside for each picture "
        "while its words are being written.",
        field="cap_usd",
    )


def _create_action(session: Session, batch: Batch) -> BulkEdit:
    """Return the action that all the batch writes is a part of, so that it can be undone (artworks/batches/undo.py)."""
    action = BulkEdit(
        what=f"words of batch {batch.id}", more={"fields": ["status", *TEXT_FIELDS], "batch": batch.id}
    )
    session.add(action)
    session.flush()
    return action


def _add_items(session: Session, batch: Batch, order: BatchOrder) -> None:
    needed = needs_words(order.options)
    rows = search.select_images(order.filters).options().with_only_columns(
        literal(batch.id),
        Image.id,
        case((needed, "waiting"), else_="skipped"),
        case((needed, ""), else_=SKIPPED),
        maintain_column_froms=True,
    )  # fmt: skip
    into = [BatchItem.batch_id, BatchItem.image_id, BatchItem.state, BatchItem.message]
    session.execute(insert(BatchItem).from_select(into, rows))
    counts = select(func.count(), func.count().filter(BatchItem.state == "skipped"))
    batch.total, batch.skipped = session.execute(counts.where(BatchItem.batch_id == batch.id)).one()


def _record_titles(session: Session, batch: Batch) -> None:
    """Write down the titles that the chosen pictures have, so that no new one is given twice."""
    # Cut like a new title: an older library may hold one that is too long for a key.
    title = func.left(func.lower(Image.post_title), 200)
    rows = (
        select(literal(batch.id), title, func.min(Image.id))
        .join(BatchItem, BatchItem.image_id == Image.id)
        .where(BatchItem.batch_id == batch.id, Image.post_title != "")
        .group_by(title)
    )
    into = [BatchTitle.batch_id, BatchTitle.title, BatchTitle.image_id]
    session.execute(insert(BatchTitle).from_select(into, rows))


def find(session: Session, batch_id: int, *, lock: bool = False) -> Batch:
    """Return one batch; `lock` keeps others from changing it until the transaction ends. Raises NotFound."""
    query = select(Batch).where(Batch.id == batch_id)
    query = query.with_for_update(key_share=True) if lock else query
    return one_or_404(session, query, batch_id, "There is no such batch.")


def recent(session: Session, limit: int, before: int | None = None) -> list[Batch]:
    """Return batches, newest first; `before` is the id that the page before ended with."""
    query = select(Batch).order_by(Batch.id.desc()).limit(limit)
    return list(session.scalars(query.where(Batch.id < before) if before else query))


def unfinished(session: Session) -> list[Batch]:
    """Return the batches that run or are paused, oldest first."""
    query = select(Batch).where(Batch.state.in_(owners.UNFINISHED)).order_by(Batch.id)
    return list(session.scalars(query))


def failures(session: Session, batch: Batch, limit: int = 200) -> list[Failure]:
    """Return the pictures that failed, with the name a person knows them by."""
    query = (
        select(
            BatchItem.image_id,
            Image.post_title,
            Image.original_filename,
            BatchItem.message,
            Usage.details,
            BatchItem.code,
        )
        .outerjoin(Image, Image.id == BatchItem.image_id)
        .outerjoin(Usage, Usage.id == BatchItem.usage_id)
        .where(BatchItem.batch_id == batch.id, BatchItem.state == "failed")
        .order_by(BatchItem.id)
        .limit(limit)
    )
    return [
        Failure(
            row.image_id,
            row.post_title or row.original_filename or "A deleted picture",
            row.message,
            row.details or "",
            row.code,
        )
        for row in session.execute(query)
    ]


def pause_details(session: Session, batch: Batch) -> str:
    """Return what the AI service said to the call that paused a batch, for owners; empty without one."""
    if batch.state != "paused" or batch.paused_code != "setup":
        return ""
    query = select(Usage.details).where(Usage.batch_id == batch.id, Usage.state == "failed")
    return session.scalar(query.order_by(Usage.id.desc()).limit(1)) or ""


def with_a_page(session: Session, image_ids: Collection[int]) -> set[int]:
    """Return those of the pictures that have a page: neither in the trash nor deleted."""
    if not image_ids:
        return set()
    query = select(Image.id).where(Image.id.in_(image_ids), Image.trashed_at.is_(None))
    return set(session.scalars(query))


def written_since(session: Session, batch: Batch, moment: datetime, limit: int = 200) -> Sequence[int]:
    """Return the ids of the pictures that were finished since a moment, for pages that show them."""
    query = (
        select(BatchItem.image_id)
        .where(
            BatchItem.batch_id == batch.id, BatchItem.finished_at >= moment, BatchItem.image_id.is_not(None)
        )
        .order_by(BatchItem.finished_at.desc())
        .limit(limit)
    )
    return [image_id for image_id in session.scalars(query) if image_id is not None]


def newest_written(session: Session, batch: Batch, limit: int) -> Sequence[Image]:
    """Return the pictures whose words came last, but those in the trash."""
    query = (
        search.select_images(Filters())
        .join(BatchItem, BatchItem.image_id == Image.id)
        .where(BatchItem.batch_id == batch.id, BatchItem.state == "done")
        .order_by(None)
        .order_by(BatchItem.finished_at.desc())
    )
    return session.scalars(query.limit(limit)).all()


def pause(session: Session, batch: Batch, code: str = "person", message: str = "") -> None:
    """Stop sending calls; those under way come in. Raises Conflict when it does not run."""
    if batch.state == "paused":
        return
    _refuse_unless(batch, "running")
    batch.state, batch.paused_code, batch.paused_message = "paused", code, message
    session.flush()


def resume(
    session: Session, batch: Batch, cap_usd: Decimal | None = None, *, least: Decimal = Decimal(0)
) -> None:
    """Resume a batch; `cap_usd` is a new cap, `least` what is set aside for a picture.

    Raises Conflict when the batch is over, or goes on already with another cap: somebody else was there first. Raises
    Invalid for a cap that does not cover another picture.
    """
    _refuse_unless(batch, "running", "paused")
    if cap_usd is not None:
        BatchOrder(Filters(), cap_usd=cap_usd)
        if batch.state == "running" and cap_usd != batch.cap_usd:
            cap = "without a cap" if batch.cap_usd is None else f"with a cap of ${float(batch.cap_usd):g}"
            raise Conflict(f"This batch goes on already, {cap}. Pause it first to change that.")
    _refuse_useless_cap(
        batch, batch.cap_usd if cap_usd is None else cap_usd, max(least, batch.refused_usd or least)
    )
    if cap_usd is not None:
        before = None if batch.cap_usd is None else float(batch.cap_usd)
        audit.record(
            session, "batch cap changed", batch.about, batch=batch.id, before=before, after=float(cap_usd)
        )
        batch.cap_usd = cap_usd
    batch.state, batch.paused_code, batch.paused_message = "running", "", ""
    batch.wait_until = batch.refused_usd = None
    session.flush()
    # The hour in which a picture is tried again does not run while nobody may try.
    session.execute(
        update(BatchItem)
        .where(BatchItem.batch_id == batch.id, BatchItem.state == "waiting")
        .values(first_tried_at=None)
        .execution_options(synchronize_session=False)
    )


def _refuse_useless_cap(batch: Batch, cap: Decimal | None, least: Decimal) -> None:
    """Raise Invalid for a cap that does not cover another picture: the batch would pause at once."""
    if cap is None or cap >= batch.spent_usd + least:
        return
    lowest = (batch.spent_usd + least).quantize(CENT, ROUND_CEILING)
    raise Invalid(
        f"A cap of ${cap:,.2f} does not cover another picture: ${batch.spent_usd:,.4f} are spent, and "
        f"${least:,.4f} is set aside for each one while its words are being written. Use at least ${lowest:,.2f}.",
        field="cap_usd",
    )


def cancel(session: Session, batch: Batch) -> None:
    """End a batch: what is not sent yet is left as it is; calls under way are paid, so their words come in."""
    if batch.state == "cancelled":
        return
    _refuse_unless(batch, "running", "paused")
    audit.record(session, "batch cancelled", batch.about, batch=batch.id, spent_usd=float(batch.spent_usd))
    batch.state, batch.finished_at = "cancelled", datetime.now(UTC)
    batch.paused_code = batch.paused_message = ""
    session.flush()
    waiting = BatchItem.batch_id == batch.id, BatchItem.state == "waiting"
    session.execute(
        update(BatchItem)
        .where(*waiting)
        .values(state="cancelled")
        .execution_options(synchronize_session=False)
    )


def retry(session: Session, batch: Batch, *, least: Decimal = Decimal(0)) -> int:
    """Try the failed pictures again, and only those; return how many. `least` is what is set aside for a picture.

    Raises Conflict for a cancelled batch, and Invalid for a paused one whose cap does not cover another picture. One
    that is done may go on and pause: only then can its cap be raised.
    """
    _refuse_unless(batch, "running", "paused", "done")
    if batch.state == "paused":
        _refuse_useless_cap(batch, batch.cap_usd, max(least, batch.refused_usd or least))
    again = (
        update(BatchItem)
        .where(BatchItem.batch_id == batch.id, BatchItem.state == "failed")
        .values(
            state="waiting", attempts=0, first_tried_at=None, not_before=func.now(),
            code="", message="", finished_at=None,
        )
        .returning(BatchItem.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    count = len(session.scalars(again).all())
    if count:
        batch.failed -= count
        if batch.bulk_edit_id and session.get_one(BulkEdit, batch.bulk_edit_id).undone_at:
            # What was undone stays so; what comes now can be undone as well.
            batch.bulk_edit_id = _create_action(session, batch).id
        batch.state, batch.finished_at = "running", None
        batch.paused_code = batch.paused_message = ""
        batch.wait_until = batch.refused_usd = None
    session.flush()
    return count


def _refuse_unless(batch: Batch, *states: str) -> None:
    if batch.state not in states:
        over = {"done": "done already", "cancelled": "cancelled", "paused": "paused"}
        raise Conflict(f"This batch is {over.get(batch.state, batch.state)}.")


def options_of(batch: Any) -> DraftOptions:
    """Return what a batch asks for, for one of its pictures."""
    fields, approved_too = tuple(batch.fields) or None, batch.approved_too
    return DraftOptions(
        fields,
        note=batch.note,
        language=batch.language,
        overwrite_policy=batch.only,
        approved_too=approved_too,
    )


def finished_lately(session: Session, batch: Batch, seconds: int) -> int:
    """Return how many pictures were finished in the last seconds."""
    query = text(
        "SELECT count(*) FROM batch_item WHERE batch_id = :id AND state IN ('done', 'failed') "
        "AND finished_at > now() - make_interval(secs => :seconds)"
    )
    return session.scalar(query, {"id": batch.id, "seconds": seconds}) or 0
