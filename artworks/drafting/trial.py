"""One small call to the AI service, to see whether it writes: for a sample picture, paid for like any other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import gpt_service
from artworks.core.actor import OWNER_NAME, actor_of
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Dependencies
from artworks.drafting import calls, prompts
from artworks.drafting.call_policy import DraftContext, PreparedCall, tokens_of
from artworks.drafting.draft import PersonPolicy
from artworks.drafting.request import DraftOptions
from artworks.images.uploads import SAMPLES
from artworks.imaging import renditions
from artworks.usage import budget, missing_price, rate_limit
from artworks.usage.budget import Purpose
from gpt_service import DraftRequest

KIND = "test"
FIELD = "post_title"
SAMPLE = SAMPLES / "Last light over seven hills.jpg"


@dataclass(frozen=True)
class Trial:
    """What came of a test: the title that was written, the seconds it took and what it cost."""

    title: str
    model: str
    source: str
    seconds: float
    usd: Decimal


def ask_for_title(begin: TransactionFactory, dependencies: Dependencies) -> Trial:
    """Have a title written for a picture of ours; nothing of it is kept but the entry of the call.

    Raises AINotConfigured, AIUnavailable, AIRefused, AITimeout, RateLimited and OverBudget.
    """
    policy, options = PersonPolicy(), DraftOptions(fields=(FIELD,), is_preview=True)
    context = DraftContext(begin, dependencies, 0, options, policy)
    request = _request(renditions.for_model(SAMPLE, "image/jpeg"))
    settings = replace(dependencies.ai_settings, attempts=1, asks=1, retries=False)
    with dependencies.slot(), policy.admit(context):
        held = gpt_service.most_of_one(request, settings)
        with begin() as session:
            missing_price.require(settings, dependencies.limits)
            rate_limit.acquire(session, dependencies.limits, tokens_of(held))
            actor = actor_of(session)
            purpose = Purpose(
                kind=KIND,
                source=settings.source,
                model=settings.model if settings.source == "openai" else "placeholder",
                image_id=None,
                person=actor.name or OWNER_NAME,
                person_id=actor.person_id,
            )
            usage_id = budget.reserve(session, dependencies.limits, purpose, held.usd, 3 * settings.timeout)
        call = PreparedCall(context, request, settings, held, usage_id, None, None)
        draft, settlement = calls.send(call)
        calls.retry_on_db_error(
            begin, policy.store_seconds, lambda session: calls.settle(session, call, settlement)
        )
    title = draft.fields.get(FIELD, "")
    return Trial(str(title), draft.model, draft.source, settlement.seconds, draft.usage.usd)


def _request(jpeg: bytes) -> DraftRequest:
    prompt = prompts.prompt(
        fields=(FIELD,),
        filename="",
        truth="",
        current={},
        categories=(),
        note="",
        feedback=None,
        earlier_feedback=(),
    )
    return DraftRequest(image_jpeg=jpeg, fields=(FIELD,), system=prompts.system("en"), prompt=prompt)
