"""Batches for programs: estimate, start, watch, pause, go on, cancel, try again."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from apiflask import APIBlueprint
from flask import current_app

from artworks.adapters import job_queue
from artworks.batches import batch as batches
from artworks.batches import estimates, owners
from artworks.batches.batch import BatchOrder
from artworks.core.database import split_page
from artworks.drafting.request import DraftOptions
from artworks.search.filters import describe_filters
from artworks.usage import missing_price
from artworks.web import context
from artworks.web.batches import presenters
from artworks.web.batches.schemas import (
    ActiveOut,
    BatchDetail,
    BatchesQuery,
    BatchIn,
    BatchOut,
    BatchPage,
    BatchQuery,
    EstimateOut,
    ResumeIn,
)
from artworks.web.permissions import requires
from artworks.web.urls import filters_of
from models import Batch, db, iso

api = APIBlueprint("batches", __name__, url_prefix="/api/batches", tag="Batches")
MOST_WRITTEN = 1000
log = logging.getLogger(__name__)


@api.post("/estimate")
@requires("editor")
@api.input(BatchIn)
@api.output(EstimateOut)
def estimate(json_data: BatchIn) -> dict[str, Any]:
    """Return beforehand what a batch will take: pictures, dollars, seconds."""
    found = estimates.estimate(db.session(), context.dependencies(), order_of(json_data))
    return {
        "images": found.images,
        "chosen": found.chosen,
        "approved": found.approved,
        "usd": float(found.usd),
        "seconds": found.seconds,
        "measured": found.measured,
        "least_cap_usd": float(found.least_cap),
    }


@api.post("")
@requires("editor")
@api.input(BatchIn)
@api.output(BatchOut, status_code=202)
def start(json_data: BatchIn) -> dict[str, Any]:
    """Start a batch over the pictures as they are chosen now; the words are written in the background."""
    return presenters.batch_to_json(start_and_enqueue(order_of(json_data)))


@api.get("")
@requires("editor")
@api.input(BatchesQuery, location="query")
@api.output(BatchPage)
def index(query_data: BatchesQuery) -> dict[str, Any]:
    """List batches, newest first."""
    found = batches.recent(db.session(), query_data.limit + 1, query_data.before or None)
    shown, last = split_page(found, query_data.limit)
    return {
        "batches": [presenters.batch_to_json(batch) for batch in shown],
        "next": last.id if last else None,
    }


@api.get("/active")
@requires("viewer")
@api.output(ActiveOut)
def active() -> dict[str, Any]:
    """List the batches that run or are paused; small, because every open page asks for it."""
    found = batches.unfinished(db.session())
    shape = (
        presenters.batch_to_json if context.actor().may("editor") else presenters.batch_to_json_for_viewers
    )
    return {"batches": [shape(batch) for batch in found], "now": iso(datetime.now(UTC))}


@api.get("/<int:batch_id>")
@requires("editor")
@api.input(BatchQuery, location="query")
@api.output(BatchDetail)
@api.doc(responses=[404])
def read(batch_id: int, query_data: BatchQuery) -> dict[str, Any]:
    """Return one batch, with the pictures that were finished since a moment."""
    session, batch = db.session(), batches.find(db.session(), batch_id)
    body = _batch_detail(batch)
    if query_data.since:
        body["written"] = batches.written_since(session, batch, query_data.since, MOST_WRITTEN)
    return body


@api.post("/<int:batch_id>/pause")
@requires("editor")
@api.output(BatchDetail)
@api.doc(responses=[404, 409])
def pause(batch_id: int) -> dict[str, Any]:
    """Send no more calls; the words of those under way come in."""
    return _batch_detail(pause_and_commit(batch_id))


@api.post("/<int:batch_id>/resume")
@requires("editor")
@api.input(ResumeIn)
@api.output(BatchDetail)
@api.doc(responses=[404, 409])
def resume(batch_id: int, json_data: ResumeIn) -> dict[str, Any]:
    """Go on, if need be with a higher cap."""
    return _batch_detail(resume_and_enqueue(batch_id, dollars(json_data.cap_usd)))


@api.post("/<int:batch_id>/cancel")
@requires("editor")
@api.output(BatchDetail)
@api.doc(responses=[404, 409])
def cancel(batch_id: int) -> dict[str, Any]:
    """End a batch; what is not written yet is left as it is."""
    return _batch_detail(cancel_and_commit(batch_id))


@api.post("/<int:batch_id>/retry")
@requires("editor")
@api.output(BatchDetail)
@api.doc(responses=[404, 409])
def retry(batch_id: int) -> dict[str, Any]:
    """Try the failed pictures again, and only those."""
    return _batch_detail(retry_and_enqueue(batch_id)[0])


@api.post("/<int:batch_id>/take-over")
@requires("owner")
@api.output(BatchDetail)
@api.doc(responses=[404, 409])
def take_over(batch_id: int) -> dict[str, Any]:
    """Pay for a batch from now on, within your own share; it stays paused or running as it is."""
    return _batch_detail(take_over_and_commit(batch_id))


def start_and_enqueue(order: BatchOrder) -> Batch:
    """Write a batch down and have it worked on; raises Invalid."""
    dependencies = context.dependencies()
    batch = batches.start(
        db.session(),
        dependencies,
        order,
        lambda count: describe_filters(order.filters, db.session(), count=count),
        least_cap=estimates.least_cap(dependencies),
    )
    return _commit_and_enqueue(batch)


def pause_and_commit(batch_id: int) -> Batch:
    """Pause a batch; raises NotFound and Conflict."""
    batch = batches.find(db.session(), batch_id, lock=True)
    batches.pause(db.session(), batch)
    db.session.commit()
    return batch


def resume_and_enqueue(batch_id: int, cap_usd: Decimal | None) -> Batch:
    """Resume a batch; raises NotFound, Conflict and Invalid."""
    dependencies = context.dependencies()
    missing_price.require(dependencies.ai_settings, dependencies.limits)
    batch = owners.lock_to_go_on(db.session(), batch_id)
    batches.resume(db.session(), batch, cap_usd, least=estimates.least_cap(dependencies))
    return _commit_and_enqueue(batch)


def take_over_and_commit(batch_id: int) -> Batch:
    """Let whoever asks pay for a batch; raises NotFound and Conflict."""
    batch = owners.take_over(db.session(), batch_id)
    db.session.commit()
    return batch


def cancel_and_commit(batch_id: int) -> Batch:
    """Cancel a batch; raises NotFound and Conflict."""
    batch = batches.find(db.session(), batch_id, lock=True)
    batches.cancel(db.session(), batch)
    db.session.commit()
    return batch


def retry_and_enqueue(batch_id: int) -> tuple[Batch, int]:
    """Try what failed again; return how many that are too. Raises NotFound, Conflict and Invalid."""
    dependencies = context.dependencies()
    missing_price.require(dependencies.ai_settings, dependencies.limits)
    batch = owners.lock_to_go_on(db.session(), batch_id)
    count = batches.retry(db.session(), batch, least=estimates.least_cap(dependencies))
    return _commit_and_enqueue(batch), count


def _commit_and_enqueue(batch: Batch) -> Batch:
    """Commit, then enqueue worker slots: a task that is lost is made up for within a minute (`batches.look`)."""
    db.session.commit()
    slots = min(batch.left, batches.MAX_WORKER_SLOTS)
    url = current_app.config["SQLALCHEMY_DATABASE_URI"].render_as_string(hide_password=False)
    try:
        if slots:
            job_queue.enqueue_many(url, batches.WORK_TASK, slots)
    except job_queue.QueueError as error:
        log.warning("Batch %d was not rung for: %s", batch.id, error)
    return batch


def order_of(wanted: BatchIn) -> BatchOrder:
    """Return what a batch is started with; raises Invalid."""
    fields = None if wanted.fields is None else tuple(dict.fromkeys(wanted.fields))
    options = DraftOptions(
        fields,
        note=wanted.note,
        language=wanted.language,
        overwrite_policy=wanted.only,
        approved_too=wanted.approved_too,
    )
    return BatchOrder(filters_of(wanted.select), options, wanted.tier, dollars(wanted.cap_usd))


def dollars(amount: float | None) -> Decimal | None:
    """Return an amount as it was written."""
    return None if amount is None else Decimal(str(amount))


def _batch_detail(batch: Batch) -> dict[str, Any]:
    return {**presenters.batch_to_json(batch), "failures": failures(batch), "written": None}


def failures(batch: Batch) -> list[dict[str, Any]]:
    """Return the pictures that failed; those that cannot be opened any more come without their id."""
    session = db.session()
    found = batches.failures(session, batch) if batch.failed else []
    known = batches.with_a_page(session, {one.image_id for one in found if one.image_id})
    return [
        {
            "image_id": one.image_id if one.image_id in known else None,
            "name": one.name,
            "message": one.message,
            **presenters.details_for_owners(one.details),
        }
        for one in found
    ]
