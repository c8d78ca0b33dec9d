"""Saved views when a merge or a deletion of categories is undone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from artworks.bulk import undo as bulk_undo
from artworks.bulk.undo import UndoResult
from artworks.core.transactions import TransactionFactory
from artworks.edits.field_updates import UpdateCount
from artworks.taxonomy import categories
from models import Category, SavedView
from tests.support.batching import wait_until
from tests.support.program import PATIENCE
from tests.taxonomy.conftest import Undo
from tests.taxonomy.test_categories import named, shelf, tree
from tests.taxonomy.test_merge_undo import views


def test_saved_views_go_back_with_the_part_that_they_show(session: Session, undo: Undo) -> None:
    """One made since the merge too, and under the name that the shelf has by now."""
    shelf(session, "Print / Linocut", "Print", "Prints")
    for name in ("Print / linocut", "print"):
        session.add(SavedView(name=name, filters={"category": name}))
    session.commit()
    changed = categories.merge(session, named(session, "Print"), named(session, "Prints"))
    for name in ("Prints / Linocut", "Prints"):
        session.add(SavedView(name=name, filters={"category": name}))
    categories.change(session, named(session, "Prints"), name="Graphics")
    undo(changed)
    assert [one["category"] for one in views(session)] == [
        "Print / linocut", "print", "Print / Linocut", "Graphics",
    ]  # fmt: skip
    assert list(tree(session)) == ["Graphics", "Print", "Print / Linocut"]


def test_a_saved_view_stays_with_a_part_that_cannot_go_back(session: Session, undo: Undo) -> None:
    shelf(session, "Print / Linocut")
    session.add(SavedView(name="Mine", filters={"category": "Print / Linocut"}))
    changed = categories.delete(session, named(session, "Print"))
    session.commit()
    shelf(session, "Print / Linocut")
    undo(changed)
    assert list(tree(session)) == ["Linocut", "Print", "Print / Linocut"]
    assert views(session) == [{"category": "Linocut"}]


def test_a_saved_view_goes_back_to_the_name_that_its_category_has_by_now(
    session: Session, undo: Undo
) -> None:
    shelf(session, "Prints / Linocut", "Paper")
    session.add(SavedView(name="Mine", filters={"category": "Prints / Linocut"}))
    session.commit()
    changed = categories.merge(session, named(session, "Prints / Linocut"), named(session, "Paper"))
    categories.change(session, named(session, "Prints"), name="Graphics")
    undo(changed)
    assert views(session) == [{"category": "Graphics / Linocut"}]


def test_saved_views_are_held_in_the_order_of_their_ids(
    database_url: str, engine: Engine, begin: TransactionFactory, session: Session
) -> None:
    """Whoever waits for the first one holds no later one, in a merge, a renaming and in their undo."""
    shelf(session, "Print", "Print / A", "Prints / A")
    first, second = (SavedView(name=name, filters={"category": name}) for name in ("Print / A", "Print"))
    session.add(first)
    session.flush()
    session.add(second)
    session.commit()
    ids = {"first": first.id, "second": second.id}
    source, target = named(session, "Print"), named(session, "Prints")
    session.commit()
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')")

    def within(deed: Callable[[Session], UpdateCount | Category]) -> int | None:
        own = create_engine(database_url, poolclass=NullPool)
        with Session(own) as mine:
            done = deed(mine)
            mine.commit()
            return done.bulk_edit_id if isinstance(done, UpdateCount) else None

    def beside(deed: Callable[[], Any]) -> Any:
        """Hold the first view until the deed waits for it, and take the second one then."""
        with ThreadPoolExecutor(1) as pool, engine.connect() as other, Session(engine) as holder:
            holder.execute(text("SELECT 1 FROM saved_view WHERE id = :first FOR UPDATE"), ids)
            doing = pool.submit(deed)
            wait_until(lambda: other.scalar(waits))
            holder.execute(text("SELECT 1 FROM saved_view WHERE id = :second FOR UPDATE NOWAIT"), ids)
            holder.rollback()
            return doing.result(PATIENCE)

    beside(lambda: within(lambda mine: categories.change(mine, source, name="Graphics")))
    merged = beside(lambda: within(lambda mine: categories.merge(mine, source, target)))
    assert views(session) == [{"category": "Prints / A"}, {"category": "Prints"}]
    assert beside(lambda: bulk_undo.undo(begin, merged)) == UndoResult(2, 0)
    assert views(session) == [{"category": "Graphics / A"}, {"category": "Graphics"}]
