"""What is asked for, and the request to the model that it becomes for one picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from artworks.core.errors import Invalid
from artworks.core.text import clean
from artworks.drafting import prompts
from artworks.imaging import renditions
from artworks.texts.folding import is_seen
from artworks.voice.settings import Choices
from gpt_service import DraftRequest
from models import AI_MAY_WRITE, TEXT_FIELDS, Feedback, Image

# Facts of the artist's own: written by a person they are the truth, and not asked to be improved unless named.
FACTS = ("key_points", "category")
# What a person wrote there is never written over nor suggested beside, unless they ask for it to be refined.
TRUTH = ("key_points",)
OVERWRITE_POLICIES = ("empty", "ai", "suggest")
FEEDBACK_REMEMBERED = 10
WRONG_POLICY = "Choose what to do where words exist: empty, ai or suggest."
WRONG_LANGUAGE = "The language must be a code such as en or pt-BR."
NO_FEEDBACK = "Say what you would like to have changed."
# Put together once: this is read for every picture of a batch.
_EARLIER_FEEDBACK = (
    select(Feedback.text)
    .where(Feedback.image_id == bindparam("image_id"))
    .order_by(Feedback.id.desc())
    .limit(FEEDBACK_REMEMBERED)
)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True)
class DraftOptions:
    """What a draft is asked for; `feedback` turns a first draft into a refinement. Raises Invalid.

    `overwrite_policy` says what words may replace: "empty" fills what is empty, "ai" also renews what AI wrote,
    "suggest" also lets new words wait beside a person's own. Words of AI that a person approved are the person's,
    unless
    `approved_too`, which goes with "ai" alone. An empty `language` is the voice's own. `draft` are finished words that
    break a rule of the voice and are to be rewritten; `is_preview` is for a voice that is not saved yet.
    """

    fields: tuple[str, ...] | None = None
    note: str = ""
    language: str = ""
    feedback: str | None = None
    overwrite_policy: str = "suggest"
    approved_too: bool = False
    draft: Mapping[str, Any] | None = None
    is_preview: bool = False

    def __post_init__(self) -> None:
        for name in self.fields or ():
            if name not in TEXT_FIELDS:
                raise Invalid(f"There is no field called {name[:60]}.", field="fields")
        if self.fields == ():
            raise Invalid("Choose at least one field.", field="fields")
        if self.overwrite_policy not in OVERWRITE_POLICIES:
            raise Invalid(WRONG_POLICY, field="only")
        if self.approved_too and self.overwrite_policy != "ai":
            raise Invalid(
                "Words that you approved are renewed only with what AI wrote.", field="approved_too"
            )
        if self.language and (not LANGUAGE.fullmatch(self.language) or len(self.language) > 35):
            raise Invalid(WRONG_LANGUAGE, field="language")
        object.__setattr__(self, "note", clean(self.note, "note", 2000))
        if self.feedback is not None:
            limit = 10_000 if self.is_rewrite else 2000
            object.__setattr__(self, "feedback", clean(self.feedback, "feedback", limit))
            if not is_seen(self.feedback):
                raise Invalid(NO_FEEDBACK, field="feedback")

    @property
    def is_rewrite(self) -> bool:
        """Return whether finished words are to be rewritten."""
        return self.draft is not None

    @property
    def kind(self) -> str:
        """Return the kind of call as the ledger has it: generate, refine, rewrite or preview."""
        if self.is_preview:
            return "preview"
        if self.is_rewrite:
            return "rewrite"
        return "generate" if self.feedback is None else "refine"

    @property
    def is_refinement(self) -> bool:
        """Return whether a person asked for other words than there are, which then wait as a suggestion."""
        return self.feedback is not None and not self.is_rewrite


def fields_for(image: Image, options: DraftOptions) -> tuple[str, ...]:
    """Return the fields to ask for; empty when there is nothing to do.

    When nobody named any these are all, but not the facts that the person wrote. Key points of a person's own are left
    alone even when they are named.
    """
    named = options.fields
    if options.feedback is not None:
        words = tuple(field for field in TEXT_FIELDS if field not in FACTS)
        return named or tuple(field for field in words if image.words(field)) or words
    own = tuple(field for field in TRUTH if image.origins.get(field) not in AI_MAY_WRITE)
    left_alone = FACTS if named is None else own
    return tuple(
        field
        for field in named or TEXT_FIELDS
        if may_fill(image, field, options)
        or (options.overwrite_policy == "suggest" and field not in left_alone)
    )


def may_fill(image: Image, field: str, options: DraftOptions) -> bool:
    """Return whether new words may take the place of what a field holds."""
    return not image.words(field) or (
        options.overwrite_policy != "empty" and may_renew(image, field, options)
    )


def may_renew(image: Image, field: str, options: DraftOptions) -> bool:
    """Return whether AI wrote what a field holds and nobody approved it, or that counts for nothing this time."""
    return image.is_ai_written(field) or (options.approved_too and image.origins.get(field) in AI_MAY_WRITE)


def request_for(
    session: Session,
    image: Image,
    options: DraftOptions,
    jpeg: bytes,
    *,
    fields: tuple[str, ...],
    choices: Choices | None,
    categories: list[str],
    titles_in_use: Sequence[str] = (),
) -> DraftRequest:
    """Return the request for one picture: what the model may know, and how the words should sound."""
    language = options.language or (choices.language if choices else "en")
    truth = "" if image.is_ai_written("key_points") else image.key_points
    current = _current_fields(image, options)
    request = DraftRequest(
        image_jpeg=jpeg,
        fields=fields,
        filename=image.original_filename,
        truth=truth,
        current=current,
        categories=categories,
        note=options.note,
        language=language,
        feedback=options.feedback,
        earlier_feedback=_earlier_feedback(session, image),
        orientation=_orientation(image),
        colours=renditions.colour_names(list(image.colours)),
    )
    prompt = prompts.prompt(
        fields=fields,
        filename=request.filename,
        truth=truth,
        current=current,
        categories=request.categories,
        note=request.note,
        feedback=request.feedback,
        earlier_feedback=request.earlier_feedback,
        titles_in_use=titles_in_use,
        words_from_file=[name for name in current if options.draft is None and image.is_unchecked(name)],
    )
    return replace(request, system=prompts.system(language, choices), prompt=prompt)


def _current_fields(image: Image, options: DraftOptions) -> dict[str, Any]:
    """Return the words that the model is shown: what a person wrote or approved, or what is to be changed."""
    if options.draft is not None:
        return dict(options.draft)
    return {
        field: image.words(field)
        for field in TEXT_FIELDS
        if image.words(field) and (options.feedback is not None or not image.is_ai_written(field))
    }


def _orientation(image: Image) -> str:
    width, height = image.width or 1, image.height or 1
    if 0.95 < width / height < 1.05:
        return "square"
    return "landscape" if width > height else "portrait"


def _earlier_feedback(session: Session, image: Image) -> list[str]:
    """Return what was asked for on this picture before, oldest first, the last ten."""
    return list(session.scalars(_EARLIER_FEEDBACK, {"image_id": image.id}))[::-1]
