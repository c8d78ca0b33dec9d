"""Pairs of look-alikes that a person decides about: a page of them, how many, keeping one or both, undoing that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, func, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased, joinedload

from artworks.core.database import LARGEST_ID, split_page
from artworks.core.errors import BadRequest, Conflict, Invalid, NotFound
from artworks.duplicates import transfer
from artworks.edits.field_updates import LOCK_IMAGES
from artworks.images import image as images
from models import LOOK_ALIKE_KINDS, TEXT_FIELDS, Image, LookAlike

KEEPS = ("first", "second", "both")
WRONG_CHOICE = "Keep the first, the second or both."
MOST_COUNTED = 1000
_CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)
_First, _Second = aliased(Image, name="first"), aliased(Image, name="second")


@dataclass(frozen=True)
class Pair:
    """Two pictures that are the same or look alike; `distance` is in bits of the look."""

    first: Image
    second: Image
    kind: str
    distance: int
    found_at: datetime

    def gains(self, keep: str) -> list[str]:
        """Return the names of the fields that are empty in the picture that is kept and have words in the other one."""
        kept, other = (self.first, self.second) if keep == "first" else (self.second, self.first)
        return [name for name in TEXT_FIELDS if other.words(name) and not kept.words(name)]


@dataclass(frozen=True)
class PairPage:
    """Some pairs, the newest pictures first, and the cursor of the next page when there is one."""

    pairs: Sequence[Pair]
    next: str | None


def page(session: Session, kind: str, limit: int, after: str = "") -> PairPage:
    """Read one page of pairs of a kind, or of every kind, in one statement. Raises Invalid and BadRequest."""
    query = (
        select(LookAlike, _First, _Second)
        .join(_First, _First.id == LookAlike.first_id)
        .join(_Second, _Second.id == LookAlike.second_id)
        .where(*_undecided(kind))
        .options(
            *(joinedload(part) for one in (_First, _Second) for part in (one.category_row, one.suggestion))
        )
        .order_by(LookAlike.first_id.desc(), LookAlike.second_id.desc())
        .limit(limit + 1)
    )
    if after:
        query = query.where(tuple_(LookAlike.first_id, LookAlike.second_id) < tuple_(*_parse_cursor(after)))
    found = [
        Pair(first, second, row.kind, row.distance, row.found_at)
        for row, first, second in session.execute(query)
    ]
    shown, last = split_page(found, limit)
    return PairPage(shown, f"{last.first.id}-{last.second.id}" if last else None)


def of_image(session: Session, image_id: int, limit: int) -> list[int]:
    """Return the ids of at most `limit` pictures that a picture is like, in pairs that nobody has decided about."""
    pairs = _pair_images().where(*_undecided(""))
    first = pairs.where(LookAlike.second_id == image_id)
    second = pairs.with_only_columns(LookAlike.second_id).where(LookAlike.first_id == image_id)
    return [*session.scalars(union_all(first, second).limit(limit))]


def _undecided(kind: str) -> list[ColumnElement[bool]]:
    """Return the clauses for pairs that nobody has decided about; both pictures are outside the trash."""
    if kind and kind not in LOOK_ALIKE_KINDS:
        raise Invalid("The kind must be bytes, pixels or looks.", field="kind")
    clauses: list[ColumnElement[bool]] = [
        _First.trashed_at.is_(None),
        _Second.trashed_at.is_(None),
        LookAlike.kept_at.is_(None),
    ]
    return [*clauses, LookAlike.kind == kind] if kind else clauses


def _parse_cursor(after: str) -> tuple[int, int]:
    match = _CURSOR.fullmatch(after)
    if not match:
        raise BadRequest("That page address is not one of ours. Start again from the first page.")
    return int(match[1]), int(match[2])


def counts(session: Session) -> dict[str, int]:
    """Count the pairs of each kind that wait for somebody, up to 1,000 of each."""
    return {kind: _count_pairs(session, kind) for kind in LOOK_ALIKE_KINDS}


def _count_pairs(session: Session, kind: str) -> int:
    some = _pair_images().where(*_undecided(kind)).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _pair_images() -> Select[int]:
    return (
        select(LookAlike.first_id)
        .join(_First, _First.id == LookAlike.first_id)
        .join(_Second, _Second.id == LookAlike.second_id)
    )


def count_uncompared(session: Session, most: int = MOST_COUNTED) -> int:
    """Count the pictures whose doubles are not looked for yet, up to `most`."""
    some = select(Image.id).where(Image.trashed_at.is_(None), Image.compared_at.is_(None)).limit(most)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def keep(
    session: Session, first_id: int, second_id: int, what: str, *, take_words: bool = True
) -> Image | None:
    """Keep the "first" picture, the "second" or "both"; return the one that went to the trash.

    The picture that is kept takes over the other one's places in collections, and with `take_words` its words where it
    has none of its own. Both kept, the pair is never asked about again. Raises NotFound when there is no such pair,
    Conflict when it is decided already.
    """
    if what not in KEEPS:
        raise Invalid(WRONG_CHOICE, field="keep")
    row = _lock_pair(session, first_id, second_id)
    first, second = (images.find(session, number, trashed=None) for number in (first_id, second_id))
    if row.kept_at is not None or first.trashed_at or second.trashed_at:
        raise Conflict("This pair was decided already. Open the page again to see what is left.")
    if what == "both":
        row.kept_at = datetime.now(UTC)
        session.flush()
        return None
    pair = Pair(first, second, row.kind, row.distance, row.found_at)
    kept, other = (first, second) if what == "first" else (second, first)
    transferred = transfer.transfer(session, kept, other, pair.gains(what) if take_words else [])
    images.trash(session, other)
    transfer.record(session, other, transferred)
    return other


def undo(session: Session, first_id: int, second_id: int) -> Pair:
    """Ask about a pair again: what went to the trash comes back, and words and places that were taken over go.

    Those that were changed since stay. Raises NotFound, and Conflict when there is nothing to undo.
    """
    row = _lock_pair(session, first_id, second_id)
    first, second = (images.find(session, number, trashed=None) for number in (first_id, second_id))
    if row.kept_at is None and (first.trashed_at is None) == (second.trashed_at is None):
        raise Conflict("There is nothing to undo for this pair.")
    for one, other in ((first, second), (second, first)):
        if one.trashed_at is not None:
            transfer.revert(session, other, one)
            images.untrash(session, one)
    row.kept_at = None
    session.flush()
    return Pair(first, second, row.kind, row.distance, row.found_at)


def undoable(session: Session, first_id: int, second_id: int) -> bool:
    """Return whether a pair was decided and can be asked about again."""
    query = (
        select(LookAlike.kept_at, _First.trashed_at, _Second.trashed_at)
        .join(_First, _First.id == LookAlike.first_id)
        .join(_Second, _Second.id == LookAlike.second_id)
        .where(LookAlike.first_id == first_id, LookAlike.second_id == second_id)
    )
    found = session.execute(query).one_or_none()
    return found is not None and (found[0] is not None or (found[1] is None) != (found[2] is None))


def _lock_pair(session: Session, first_id: int, second_id: int) -> LookAlike:
    """Return a pair, with its row and its pictures locked until the transaction ends; raises NotFound."""
    row = None
    if 0 < first_id < second_id <= LARGEST_ID:
        # The pictures first and in the order of their ids, as everybody does: nobody waits in a circle.
        session.execute(LOCK_IMAGES, {"ids": [first_id, second_id]})
        row = session.scalar(
            select(LookAlike)
            .where(LookAlike.first_id == first_id, LookAlike.second_id == second_id)
            .with_for_update()
        )
    if row is None:
        raise NotFound("There is no such pair. One of its pictures may have been removed.")
    return row
