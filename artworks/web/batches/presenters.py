"""Batches in plain words: how long one takes, why one waits, what it leaves out; and one batch as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any

from artworks.batches import batch as batches
from artworks.batches import estimates, undo
from artworks.core.errors import AIRefused
from artworks.core.fields import FIELDS
from artworks.web import context
from models import TEXT_FIELDS, Batch, db, iso

ONLY = {
    "empty": ("Fill only what is empty", "Nothing that is there is touched."),
    "ai": ("Also renew what AI wrote", "Your own words stay, and those you approved."),
    "suggest": ("Also suggest beside my own words", "They wait until you take them."),
}
STATES = {"running": "Writing", "paused": "Paused", "done": "Done", "cancelled": "Cancelled"}
FIELD_LABELS = {field.name: field.title for field in FIELDS}
# When a batch pauses by itself the sentence comes with it; what a person can do is said here.
NEXT_STEPS = {
    "cap": "Raise the cap to go on. What is written stays, either way.",
    "share": "An owner can raise it under People. It starts anew on the 1st.",
    "month": "It can go on next month, or when the budget is raised in the settings (AI_BUDGET_USD_PER_MONTH).",
    "rights": "Calls under way were still paid for. An owner can take it over: from then on it is their money.",
    "setup": "Nothing is lost: when that is mended, go on. A changed setting counts after a new start.",
}
# What a version before wrote for a share and for the month's budget alike.
FORMER_CODE, FORMER_SHARE = "budget", "Your share of "
SHOWN_AT_END = 5
# How amounts are rounded up for a cap: below the first number to steps of the second.
STEPS = ((1, Decimal("0.05")), (10, Decimal("0.5")), (10**6, Decimal(1)))


def describe_duration(seconds: int) -> str:
    """Return how long something takes, no more exactly than one can know."""
    if seconds < 50:
        return "less than a minute"
    if seconds < 3570:
        return _with_unit(max(1, round(seconds / 60)), "minute")
    if seconds < 24 * 3600:
        hours, minutes = divmod(round(seconds / 600) * 10, 60)
        return _with_unit(hours, "hour") + (f" {minutes} minutes" if minutes and hours < 5 else "")
    return _with_unit(round(seconds / 86400), "day")


def _with_unit(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def round_up_to_cap(usd: Decimal) -> Decimal:
    """Round an amount up to what a person would type as a cap."""
    step = next(step for most, step in STEPS if usd < most or most == STEPS[-1][0])
    return ((usd / step).to_integral_value(ROUND_CEILING) * step).quantize(Decimal("0.01"))


def round_up_to_cent(usd: Decimal) -> Decimal:
    """Round an amount up to the cent."""
    return usd.quantize(Decimal("0.01"), ROUND_CEILING)


def batch_to_json(batch: Batch) -> dict[str, Any]:
    """Return one batch as the contract has it."""
    said = details_for_owners(batches.pause_details(db.session(), batch))
    paused = {"code": pause_code(batch), "message": pause_reason(batch), **said}
    return {
        "id": batch.id,
        "state": batch.state,
        "about": batch.about,
        "person": batch.person,
        "total": batch.total,
        "done": batch.done,
        "failed": batch.failed,
        "skipped": batch.skipped,
        "skipped_because": {
            "no_words_needed": _count_without_need(batch),
            "trashed": batch.skipped_trashed,
            "deleted": batch.skipped_deleted,
        },
        "left": batch.left,
        "usd": float(batch.spent_usd),
        "held_usd": float(batch.held_usd),
        "cap_usd": None if batch.cap_usd is None else float(batch.cap_usd),
        "lost": batch.lost,
        "eta_seconds": estimates.time_left(db.session(), context.dependencies(), batch),
        "paused": paused if batch.state == "paused" else None,
        "only": batch.only,
        "approved_too": batch.approved_too,
        "bulk_edit_id": undo.undo_id(db.session(), batch),
        "fields": list(batch.fields),
        "note": batch.note,
        "language": batch.language,
        "tier": batch.tier,
        "created_at": iso(batch.created_at),
        "finished_at": iso(batch.finished_at) if batch.finished_at else None,
    }


def batch_to_json_for_viewers(batch: Batch) -> dict[str, Any]:
    """Return one batch without money and without notes, neither of which is for somebody who may only look."""
    hidden = {"usd": None, "held_usd": None, "cap_usd": None, "person": None, "note": None}
    body = batch_to_json(batch)
    paused = body["paused"] and {"code": pause_code(batch), "message": "It is paused."}
    return {**body, **hidden, "paused": paused}


def details_for_owners(details: str) -> dict[str, str]:
    """Return the member with what the AI service said, if an owner asks and it said something."""
    return {"details": details} if details and context.actor().may("owner") else {}


def next_step(batch: Batch) -> str:
    """Return what a person can do about a batch that waits."""
    return NEXT_STEPS.get(pause_code(batch), "")


def pause_code(batch: Batch) -> str:
    """Return the code of why a batch waits."""
    if batch.paused_code != FORMER_CODE:
        return batch.paused_code
    return "share" if batch.paused_message.startswith(FORMER_SHARE) else "month"


def _count_without_need(batch: Batch) -> int:
    """Return how many were left out because they need no words."""
    return batch.skipped - batch.skipped_trashed - batch.skipped_deleted


def end_of(batch: Batch) -> dict[str, Any]:
    """Return what is told of a batch that ended: some of what was written, and why the others got no words."""
    session = db.session()
    found = batches.failures(session, batch) if batch.failed else []
    known = batches.with_a_page(session, {one.image_id for one in found if one.image_id})
    reasons = Counter(one.message for one in found)
    took = batch.finished_at - batch.created_at if batch.finished_at else None
    return {
        "written": batches.newest_written(session, batch, SHOWN_AT_END) if batch.done else [],
        "took": _exact_duration(round(took.total_seconds())) if took else "",
        "declined": all(one.code == AIRefused.code for one in found),
        "reasons": [message for message, _count in reasons.most_common(2)],
        "without": [one.image_id for one in found if one.image_id in known],
    }


def _exact_duration(seconds: int) -> str:
    """Return how long something took, to the second as long as that matters."""
    minutes, rest = divmod(seconds, 60)
    if minutes >= 60:
        return describe_duration(seconds)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def describe_skipped(batch: Batch) -> str:
    """Return which of the chosen pictures are left out, each reason by itself; empty when none is."""
    reasons = (
        (_count_without_need(batch), "needs no words", "need no words"),
        (batch.skipped_trashed, "is in the trash", "are in the trash"),
        (batch.skipped_deleted, "was deleted", "were deleted"),
    )
    parts = [f"{count:,} {one if count == 1 else many}" for count, one, many in reasons if count]
    return f"Of the {batch.total:,} chosen, {_join_with_and(parts)}." if parts else ""


def _join_with_and(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]


def pause_reason(batch: Batch) -> str:
    """Return in one sentence why a batch waits."""
    return batch.paused_message or ("You paused it." if batch.paused_code == "person" else "It is paused.")


def describe_fields(fields: Sequence[str]) -> str:
    """Return the names of the fields of a batch."""
    if not fields:
        return "All that may be written"
    return ", ".join(FIELD_LABELS[name] for name in TEXT_FIELDS if name in fields)
