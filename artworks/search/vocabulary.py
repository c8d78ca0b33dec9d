"""The words that the library's own texts, tags and categories have: gathered in the background for spelling.py.

A word stays after the last text that had it: whoever offers one looks whether it still finds something.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.sql.elements import literal_column
from sqlalchemy.types import Text

from models import Category, Image, SearchWord, SearchWordProgress

# The task that gathers them.
GATHER = "library.gather_words"
SHORTEST, LONGEST = 3, 40
# Pictures of one transaction.
STEP = 2_000
# A change is written down with the time at which it began, and seen only once it is through.
OVERLAP = timedelta(minutes=5)
# The text of a picture and no file name: IMG_2043 is nobody's word.
WORDS_OF_TEXT = func.tsvector_to_array(func.ts_filter(Image.search, literal_column("'{a,b,c}'::\"char\"[]")))
# No numbers, and no forms of a word that stand in the index beside it.
FITTING = r"^[^\d=]+$"


class VocabularyScanner:
    """Gather the words of pictures that were changed since the last time; a library of before is gone through once."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def work(self) -> None:
        """Go through all that was changed, in short transactions; what was done stays done when it is broken off."""
        with self._sessions() as session:
            begun = datetime.now(UTC)
            progress = session.get(SearchWordProgress, 1) or SearchWordProgress(id=1, seen_until=None)
            session.add(progress)
            place = (progress.seen_until - OVERLAP, 0) if progress.seen_until else None
            _gather(session, _words_of_categories())
            while changed := session.execute(_select_changed(place)).all():
                _gather(session, _words_of_images([row.id for row in changed]))
                place = (changed[-1].updated_at, changed[-1].id)
                progress.seen_until = min(place[0], begun)
                session.commit()
            progress.seen_until = begun
            session.commit()


def _select_changed(place: tuple[datetime, int] | None) -> Select[int, datetime]:
    query = select(Image.id, Image.updated_at).where(Image.trashed_at.is_(None))
    if place is not None:
        query = query.where(tuple_(Image.updated_at, Image.id) > place)
    return query.order_by(Image.updated_at, Image.id).limit(STEP)


def _words_of_images(ids: Sequence[int]) -> Select[str]:
    return _select_words(func.unnest(WORDS_OF_TEXT, type_=Text), Image.id.in_(ids))


def _words_of_categories() -> Select[str]:
    return _select_words(func.unnest(func.tsvector_to_array(Category.search), type_=Text))


def _select_words(unnested: ColumnElement[str], *where: ColumnElement[bool]) -> Select[str]:
    found = select(unnested.label("word")).where(*where).subquery()
    word = found.c.word
    fits = func.char_length(word).between(SHORTEST, LONGEST) & word.regexp_match(FITTING)
    # In one order, so that no two wait for each other.
    return select(word).where(fits).distinct().order_by(word)


def _gather(session: Session, words: Select[str]) -> None:
    session.execute(insert(SearchWord).from_select(["word"], words).on_conflict_do_nothing())
