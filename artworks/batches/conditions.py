"""Conditions on the pictures of a batch: which have a field to be written, which have approved words of AI."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, literal, not_, or_

from artworks.drafting.request import TRUTH, DraftOptions
from models import AI_MAY_WRITE, TEXT_FIELDS, Image


def needs_words(options: DraftOptions) -> ColumnElement[bool]:
    """Return the condition that a picture has a field to be written."""
    if options.overwrite_policy == "suggest":
        if set(options.fields or TEXT_FIELDS) - set(TRUTH):
            return literal(True)
        # Nothing is suggested beside what a person wrote there.
        return or_(*(or_(_is_empty(name), _by_ai(name)) for name in TRUTH))
    return or_(*(_may_fill(name, options) for name in options.fields or TEXT_FIELDS))


def has_approved(options: DraftOptions) -> ColumnElement[bool]:
    """Return the condition that AI wrote one of the fields and a person approved it."""
    return or_(*(and_(_by_ai(name), _is_approved(name)) for name in options.fields or TEXT_FIELDS))


def _by_ai(name: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = Image.origins[name].astext.in_(AI_MAY_WRITE)
    return found


def _is_approved(name: str) -> ColumnElement[bool]:
    return or_(Image.status == "ready", Image.approved.any_() == name)


def _is_empty(name: str) -> ColumnElement[bool]:
    empty: ColumnElement[bool]
    if name == "category":
        empty = Image.category_id.is_(None)
    elif name == "hashtags":
        empty = func.cardinality(Image.hashtags) == 0
    else:
        empty = getattr(Image, name) == ""
    return empty


def _may_fill(name: str, options: DraftOptions) -> ColumnElement[bool]:
    empty = _is_empty(name)
    if options.overwrite_policy == "empty":
        return empty
    return or_(empty, _by_ai(name) if options.approved_too else and_(_by_ai(name), not_(_is_approved(name))))
