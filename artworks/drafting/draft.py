"""Draft, refine or preview one picture: a person's calls, and what their words are checked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from artworks.core.errors import AppError, NotFound
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Dependencies
from artworks.drafting import budget_waits, calls
from artworks.drafting.call_policy import (
    CATEGORIES_SHOWN,
    CallPolicy,
    DraftContext,
    Outcome,
    Partial,
    PreparedCall,
    Settlement,
    never_cancelled,
)
from artworks.drafting.calls import NothingToDo
from artworks.drafting.request import DraftOptions
from artworks.images import files as image_files
from artworks.images import image as images
from artworks.images import revisions
from artworks.imaging import renditions
from artworks.taxonomy import queries as taxonomy
from artworks.usage.budget import Refused
from artworks.voice import rules as voice_rules
from artworks.voice.settings import Choices
from gpt_service import Draft, TokenUsage
from models import Image

__all__ = ["NothingToDo", "Outcome", "Partial", "Preview", "draft_image", "preview"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preview:
    """How a picture's words would sound: the words, the rules of the voice they break, what the call used."""

    fields: dict[str, Any]
    problems: tuple[str, ...]
    usage: TokenUsage
    source: str


class PersonPolicy(CallPolicy):
    """The policy of a person who waits: their call does not, it may be refused."""

    @contextmanager
    def admit(self, context: DraftContext) -> Iterator[None]:
        """Admit the call; where no money is held back because calls under way hold it, raises RateLimited instead."""
        try:
            yield
        except Refused as refused:
            with context.begin() as session:
                error = budget_waits.error_for_person(session, context.dependencies, refused)
            raise error from None

    def prepare(self, session: Session, context: DraftContext, jpeg: bytes) -> PreparedCall:
        """Reserve a call; the model may choose from the categories that are used most, none that only AI named."""
        categories = taxonomy.vouched_names(session, CATEGORIES_SHOWN)
        return calls.reserve_call(
            session, context, jpeg, context.dependencies.ai_settings, categories=categories
        )

    def completed(
        self, session: Session, call: PreparedCall, image: Image | None, draft: Draft, settlement: Settlement
    ) -> Outcome | None:
        """Apply the draft, if there still is a picture, and settle the call; the outcome names its revision."""
        seen = image.version if image else None
        outcome = calls.apply_and_settle(session, call, image, draft, settlement)
        if outcome is None or outcome.image.version == seen:
            return outcome
        recorded = revisions.recorded_id(session)
        return replace(outcome, revision_ids=(recorded,) if recorded else ())

    def failed(self, session: Session, call: PreparedCall, settlement: Settlement) -> None:
        """Settle the call."""
        calls.settle(session, call, settlement)


def draft_image(
    begin: TransactionFactory,
    dependencies: Dependencies,
    image_id: int,
    options: DraftOptions,
    on_partial: Partial | None = None,
    cancelled: Callable[[], bool] = never_cancelled,
) -> Outcome:
    """Draft the words of one picture for a person who waits, and apply them.

    Raises NothingToDo, NotFound, RateLimited, OverBudget and the AI errors.
    """
    policy = PersonPolicy()
    context = DraftContext(
        begin, dependencies, image_id, options, policy, on_partial=on_partial, cancelled=cancelled
    )
    with dependencies.slot():
        return draft_and_rewrite(context, policy)


def draft_and_rewrite(context: DraftContext, rewrite_policy: CallPolicy) -> Outcome:
    """Draft the words of one picture and apply them; what breaks a rule of the voice is asked for once more."""
    jpeg = image_for_model(context)
    return _rewrite_if_needed(context, jpeg, calls.ask(context, jpeg), rewrite_policy)


def image_for_model(context: DraftContext) -> bytes:
    """Return the small JPEG that the model is shown; raises NotFound, DamagedFile or StorageFull."""
    try:
        return _image_for_model(context)
    except NotFound:
        # Perhaps it was remade at this moment, and its old preview is gone.
        return _image_for_model(context)


def _image_for_model(context: DraftContext) -> bytes:
    storage = context.dependencies.storage
    with context.begin() as session:
        image = images.find(session, context.image_id)
        preview = image_files.rendition(session, storage, image, "preview")
    return renditions.for_model(storage.read(preview.key), preview.media_type)


def _rewrite_if_needed(context: DraftContext, jpeg: bytes, outcome: Outcome, policy: CallPolicy) -> Outcome:
    """Ask once more for words that break a rule of the voice; the words so far are safe whatever becomes of it."""
    choices = outcome.choices
    found = voice_rules.problems(outcome.words, choices) if choices else []
    if choices is None or not found:
        return outcome
    better = outcome
    if outcome.source == "openai":
        options = _rewrite_options(context.options, outcome.words, found)
        try:
            better = calls.ask(replace(context, options=options, policy=policy, on_partial=None), jpeg)
        except (AppError, SQLAlchemyError) as error:
            # The first ones are stored, and their problems are reported.
            why = error.code if isinstance(error, AppError) else type(error).__name__
            log.info("Words for picture %d could not be mended: %s", context.image_id, why)
    words = {**outcome.words, **better.words}
    remaining = voice_rules.problems(words, choices)
    return replace(
        better,
        usage=outcome.usage if better is outcome else outcome.usage + better.usage,
        note=outcome.note,
        suggested=outcome.suggested or better.suggested,
        words=words,
        revision_ids=outcome.revision_ids
        if better is outcome
        else (*outcome.revision_ids, *better.revision_ids),
        problems=tuple(problem.sentence for problem in remaining),
    )


def _rewrite_options(
    options: DraftOptions, words: dict[str, Any], found: list[voice_rules.Problem]
) -> DraftOptions:
    """Return what to ask for so that words keep to the voice."""
    fields = tuple(dict.fromkeys(problem.field for problem in found))
    # What was empty holds the first answer by now, which AI may renew.
    only = "ai" if options.overwrite_policy == "empty" else options.overwrite_policy
    feedback = voice_rules.rewrite_request(found)
    return replace(options, fields=fields, feedback=feedback, draft=words, overwrite_policy=only)


def preview(
    begin: TransactionFactory,
    dependencies: Dependencies,
    image_id: int,
    options: DraftOptions,
    choices: Choices,
    on_partial: Partial | None = None,
    cancelled: Callable[[], bool] = never_cancelled,
) -> Preview:
    """Try a voice on one picture: asks and pays, but saves nothing to the picture. Raises like `draft_image`."""
    options = replace(options, is_preview=True)
    context = DraftContext(
        begin, dependencies, image_id, options, PersonPolicy(), choices, on_partial, cancelled
    )
    with dependencies.slot():
        jpeg = image_for_model(context)
        with context.policy.admit(context):
            call = calls.prepare(context, jpeg)
            draft, settlement = calls.send(call)
        calls.retry_on_db_error(
            begin, context.policy.store_seconds, lambda session: calls.settle(session, call, settlement)
        )
    words = calls.enforce_voice(draft, choices)
    found = voice_rules.problems(words, choices)
    return Preview(words, tuple(problem.sentence for problem in found), draft.usage, draft.source)
