"""The rules of an edit stand in Python for one picture and in SQL for many: both do the same to every picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session, joinedload

from artworks.core.errors import Invalid
from artworks.edits import field_updates
from artworks.edits.approval import with_status_sql
from artworks.edits.origins import edited_origin
from artworks.images import image as images
from artworks.taxonomy import queries as taxonomy
from models import AI_MAY_WRITE, STATUSES, TEXT_FIELDS, BulkEdit, Image, Revision
from tests.support.material import row

pytestmark = pytest.mark.slow

ORIGINS = ("person", "ai", "ai_edited", "placeholder", "file", "sample")
# A text, a list, and a row of another table.
EACH_KIND = ("alt_text", "hashtags", "category")
Kind = tuple[str | None, str, list[str], bool]
SQL_VALUES = {
    name: f"CAST(:{name} AS text)" for name in TEXT_FIELDS if name not in ("hashtags", "category")
} | {"hashtags": "CAST(:hashtags AS text[])", "category": "CAST(:category_id AS bigint)"}
WORDS: dict[str, Any] = {name: f"{name} before" for name in TEXT_FIELDS} | {"hashtags": ["#before"]}
NEXT: dict[str, Any] = {name: f"{name} after" for name in TEXT_FIELDS} | {"hashtags": ["#after"]}
EMPTY: dict[str, Any] = dict.fromkeys(TEXT_FIELDS, "") | {"hashtags": []}


def kinds(field: str) -> list[Kind]:
    """Return every origin of a field, with every status, approved or not, with and without words in other fields."""
    return list(product([None, *ORIGINS], STATUSES, [[], [field]], [True, False]))


def add(session: Session, field: str) -> list[int]:
    """Add a picture of each kind that has words in a field; all are copies of two in one statement."""
    shown = {others: row(session, **(WORDS if others else {field: WORDS[field]})) for others in (True, False)}
    copied = [column.key for column in Image.__table__.columns if not (column.computed or column.primary_key)]
    rows = []
    for origin, status, approved, others in kinds(field):
        words = WORDS if others else {field: WORDS[field]}
        origins = dict.fromkeys(words, "ai") | {field: origin}
        rows.append(
            {name: getattr(shown[others], name) for name in copied}
            | {"stored_filename": f"{uuid4()}.jpg", "status": status, "approved": approved}
            | {"origins": {name: writer for name, writer in origins.items() if writer}}
        )
    return list(session.scalars(insert(Image).returning(Image.id, sort_by_parameter_order=True), rows))


def find(session: Session, ids: list[int]) -> list[Image]:
    """Read pictures as they are now."""
    session.expire_all()
    query = select(Image).options(joinedload(Image.category_row), joinedload(Image.suggestion))
    found = {image.id: image for image in session.scalars(query.where(Image.id.in_(ids)))}
    return [found[number] for number in ids]


def results(session: Session, ids: list[int], before: int) -> list[dict[str, Any]]:
    """Return all that an edit has left in each picture and in its history."""
    history: dict[int, list[Revision]] = {}
    for one in session.scalars(select(Revision).where(Revision.id > before).order_by(Revision.id)):
        history.setdefault(one.image_id, []).append(one)
    return [result(image, history.get(image.id, [])) for image in find(session, ids)]


def result(image: Image, written: list[Revision]) -> dict[str, Any]:
    return {
        "words": {name: image.words(name) for name in TEXT_FIELDS},
        "shelf": (image.category_id, image.shelf_id),
        "status": image.status,
        "origins": image.origins,
        "approved": set(image.approved),
        "shown as approved": image.approved_fields,
        "version": image.version,
        "history": [(one.by, one.action, one.changes, one.origins, one.unapproved) for one in written],
    }


def last_revision(session: Session) -> int:
    return session.scalar(text("SELECT coalesce(max(id), 0) FROM revision")) or 0


def one_by_one(session: Session, ids: list[int], values: Mapping[str, Any]) -> Iterator[bool]:
    """Edit pictures in Python; yield for each whether that was allowed."""
    for image in find(session, ids):
        try:
            images.write(session, image, values, by="person", action="edit")
        except Invalid:
            yield False
        else:
            yield True


def at_once(session: Session, ids: list[int], values: Mapping[str, Any], **how: str) -> list[bool]:
    """Edit pictures in SQL; return for each whether it fitted."""
    category = taxonomy.find_or_create(session, values.get("category", ""))
    action = BulkEdit(what="a test", more={"fields": list(values)})
    session.add(action)
    session.flush()
    change = field_updates.statement(
        {name: SQL_VALUES[name] for name in values if name != "status"}, which="true", **how
    )
    named = {**values, "category_id": category.id if category else None}
    done = field_updates.update_chunk(session, action.id, change, ids, named)
    return [number not in done.kept for number in ids]


def compare(session: Session, field: str, values: Mapping[str, Any], **how: str) -> list[bool]:
    """Make the same change to two like sets of pictures, in Python and in SQL; return what was allowed."""
    alone, many = add(session, field), add(session, field)
    before = last_revision(session)
    allowed = list(one_by_one(session, alone, values))
    assert at_once(session, many, values, **how) == allowed
    sides = results(session, alone, before), results(session, many, before)
    for kind, one, other in zip(kinds(field), *sides, strict=True):
        assert one == other, kind
    return allowed


@pytest.mark.parametrize("field", EACH_KIND)
def test_new_words_of_a_field_are_a_person_s_in_both(session: Session, field: str) -> None:
    assert all(compare(session, field, {field: NEXT[field]}, status=with_status_sql("status", "wordless")))


@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_a_field_that_is_emptied_is_nobody_s_and_the_last_word_makes_a_draft(
    session: Session, field: str
) -> None:
    assert all(compare(session, field, {field: EMPTY[field]}, status=with_status_sql("status", "wordless")))


@pytest.mark.parametrize("field", EACH_KIND)
def test_the_same_words_again_change_nothing(session: Session, field: str) -> None:
    compare(session, field, {field: WORDS[field]}, status=with_status_sql("status", "wordless"))


@pytest.mark.parametrize("status", STATUSES)
def test_what_ready_approved_stays_so(session: Session, status: str) -> None:
    how = {"status": "CAST(:status AS text)", "fits": "NOT (new_status = 'ready' AND wordless)"}
    assert all(compare(session, "alt_text", {"status": status}, **how))
    allowed = compare(session, "alt_text", {"status": status, "alt_text": ""}, **how)
    # Not Ready without a word; another status is always allowed.
    assert (False in allowed) == (status == "ready")


def test_the_origin_after_an_edit_is_as_promised() -> None:
    edited = {origin: edited_origin(origin, empty=False) for origin in [None, *ORIGINS]}
    assert edited == {
        None: "person", "person": "person", "placeholder": "person", "ai": "ai_edited", "ai_edited": "ai_edited",
        "file": "person", "sample": "person",
    }  # fmt: skip
    assert {edited_origin(origin, empty=True) for origin in ORIGINS} == {None}
    assert set(AI_MAY_WRITE) == {"ai", "placeholder", "sample"}
