"""What a batch will cost and how long it will take: from what calls of the same model have used so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import gpt_service
from artworks.batches import batch as batches
from artworks.batches.batch import BatchOrder
from artworks.batches.conditions import has_approved, needs_words
from artworks.dependencies import Dependencies
from artworks.search.conditions import conditions
from artworks.usage import rate_limit
from gpt_service import DraftRequest
from models import Batch, Image, Usage

CALLS_LOOKED_AT = 200
# Before there is anything to measure: about what OpenAI's small models need for a picture, read in November 2026.
USUAL_SECONDS = {"standard": 6.0, "flex": 60.0}
# A prompt of the usual length, for the prices.
USUAL_PROMPT = "x" * 5_000
LATELY_SECONDS = 60
ENOUGH = 3


@dataclass(frozen=True)
class Typical:
    """What one picture takes on average, its second asks included; `measured` is false for a guess."""

    input_tokens: float
    output_tokens: float
    seconds: float
    measured: bool

    @property
    def tokens(self) -> int:
        """Return the tokens in and out."""
        return round(self.input_tokens + self.output_tokens)


@dataclass(frozen=True)
class Estimate:
    """What a batch will take: pictures with something to write, dollars, seconds.

    `least_cap` is the lowest cap that lets one picture through; `chosen` counts those with nothing to write too,
    `approved` those with words of AI that a person approved.
    """

    images: int
    chosen: int
    approved: int
    usd: Decimal
    seconds: int
    measured: bool
    least_cap: Decimal


def typical(session: Session, dependencies: Dependencies, tier: str = "standard") -> Typical:
    """Return the average of the newest calls of the same model; a guess while there are none."""
    service = dependencies.ai_settings
    newest = (
        select(Usage.kind, Usage.input_tokens, Usage.output_tokens, Usage.seconds)
        .where(Usage.model == service.model, Usage.state == "ok", Usage.kind.in_(("generate", "rewrite")))
        .where(Usage.tier == tier, Usage.at_most.is_(False))
        .order_by(Usage.id.desc())
        .limit(CALLS_LOOKED_AT)
        .subquery()
    )
    query = select(
        func.count().filter(newest.c.kind == "generate"),
        func.sum(newest.c.input_tokens),
        func.sum(newest.c.output_tokens),
        func.sum(newest.c.seconds),
    )
    count, tokens_in, tokens_out, seconds = session.execute(query).one()
    if count < ENOUGH:
        guess = gpt_service.typical(_usual_request(), replace(service, api_key=service.api_key or "none"))
        return Typical(guess.input_tokens, guess.output_tokens, USUAL_SECONDS[tier], False)
    return Typical(
        float(tokens_in) / count, float(tokens_out) / count, float(seconds or 0) / count, measured=True
    )


def _usual_request() -> DraftRequest:
    return DraftRequest(image_jpeg=b"jpeg", prompt=USUAL_PROMPT)


def estimate(session: Session, dependencies: Dependencies, order: BatchOrder) -> Estimate:
    """Return beforehand what a batch will take."""
    needed = needs_words(order.options)
    approved = func.count().filter(has_approved(order.options))
    counts = select(func.count(), func.count().filter(needed), approved)
    counted = counts.where(*conditions(order.filters)).select_from(Image)
    chosen, images, approved_images = session.execute(counted).one()
    one = typical(session, dependencies, order.tier)
    settings = replace(dependencies.ai_settings, tier=order.tier)
    return Estimate(
        images=images,
        chosen=chosen,
        approved=approved_images,
        usd=gpt_service.price(settings, one.input_tokens * images, one.output_tokens * images),
        seconds=seconds_for(session, dependencies, images, one),
        measured=one.measured and settings.source == "openai",
        least_cap=least_cap(dependencies),
    )


def least_cap(dependencies: Dependencies) -> Decimal:
    """Return the lowest cap that lets one picture through: what is set aside for a call while it runs."""
    return gpt_service.most_of_one(_usual_request(), dependencies.ai_settings).usd


def seconds_for(session: Session, dependencies: Dependencies, images: int, one: Typical) -> int:
    """Return how long so many pictures take: as the rate limit allows, as many at once as there are worker slots."""
    if not images:
        return 0
    if dependencies.ai_settings.source == "placeholder":
        return max(1, images // 50)
    a_second = min(
        rate_limit.calls_per_minute(session, dependencies.limits, one.tokens) / 60,
        dependencies.worker_slots / max(one.seconds, 0.1),
    )
    return math.ceil(images / a_second)


def time_left(session: Session, dependencies: Dependencies, batch: Batch) -> int | None:
    """Return how many seconds a running batch still takes, from its own speed; None when it does not run."""
    if batch.state != "running" or not batch.left:
        return None
    blocked = rate_limit.seconds_blocked(session)
    age = (datetime.now(UTC) - batch.created_at).total_seconds()
    lately = batches.finished_lately(session, batch, LATELY_SECONDS)
    if lately >= ENOUGH:
        return math.ceil(blocked + batch.left * min(age, LATELY_SECONDS) / lately)
    average = typical(session, dependencies, batch.tier)
    return math.ceil(blocked) + seconds_for(session, dependencies, batch.left, average)
