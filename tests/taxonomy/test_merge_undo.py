"""Merging, renaming and deleting of tags and categories, taken back as one."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from artworks.bulk import undo as bulk_undo
from artworks.bulk.bulk_edit import Change
from artworks.bulk.undo import UndoResult
from artworks.core.errors import Conflict
from artworks.core.transactions import TransactionFactory
from artworks.edits import field_updates
from artworks.edits.field_updates import UpdateCount
from artworks.images import image as images
from artworks.images import revisions
from artworks.search.filters import Filters
from artworks.taxonomy import categories, tags
from artworks.taxonomy import queries as taxonomy
from models import Audit, BulkEdit, Category, Image, SavedView, Tag
from tests.search.test_counts import assert_counts_are_right
from tests.support.batching import wait_until
from tests.support.bulk_edits import apply, break_off
from tests.support.material import statements
from tests.support.program import PATIENCE
from tests.taxonomy.conftest import Undo
from tests.taxonomy.test_categories import named, shelf, tree
from tests.taxonomy.test_tags import listed, tagged, tags_of


def rows(session: Session) -> list[tuple[Any, ...]]:
    """Return all of every category but its counts."""
    query = select(Category.id, Category.name, Category.parent_id, Category.created_at).order_by(Category.id)
    return [tuple(row) for row in session.execute(query)]


def words(session: Session, pictures: list[Image]) -> list[Any]:
    """Return what an undo has to bring back of pictures."""
    session.commit()
    query = select(Image.id, Image.hashtags, Image.category_id, Image.shelf_id, Image.origins)
    return list(session.execute(query.where(Image.id.in_([one.id for one in pictures])).order_by(Image.id)))


def views(session: Session) -> list[dict[str, Any]]:
    session.commit()
    return list(session.scalars(select(SavedView.filters).order_by(SavedView.id)))


def test_merged_tags_are_several_again(engine: Engine, session: Session, undo: Undo) -> None:
    pictures = tagged(session, "water Herons heron", "fishers", "heron Fishers dusk", "other")
    session.add_all(
        [
            SavedView(name="Old", filters={"tag": "herons", "status": "new"}),
            SavedView(name="Since", filters={"tag": "fishers"}),
        ]
    )
    images.trash(session, images.find(session, pictures[1].id))
    session.execute(
        text('UPDATE image SET origins = \'{"hashtags": "ai"}\' WHERE id = :id'), {"id": pictures[2].id}
    )
    session.commit()
    before, shown = words(session, pictures), listed(session)
    changed = tags.merge(session, ["#herons", "#fishers"], "#Grey_Heron")
    session.execute(text("UPDATE saved_view SET filters = '{\"tag\": \"#dusk\"}' WHERE name = 'Since'"))
    session.commit()
    assert listed(session)[0] == ("#Grey_Heron", 2)
    assert undo(changed) == UndoResult(3, 0)
    assert words(session, pictures) == before
    assert listed(session) == shown
    assert views(session) == [{"tag": "herons", "status": "new"}, {"tag": "#dusk"}]
    newest = revisions.of_image(session, pictures[0].id)[0]
    assert (newest.by, newest.action, newest.origins) == ("person", "restore", {})
    assert_counts_are_right(engine)
    with pytest.raises(Conflict, match="already"):
        undo(changed)


def test_a_renamed_tag_has_its_old_spelling_again(engine: Engine, session: Session, undo: Undo) -> None:
    pictures = tagged(session, "Heron", "heron", "HERON water")
    changed = tags.rename(session, "heron", "#heron")
    session.commit()
    assert listed(session)[0] == ("#heron", 3)
    assert undo(changed) == UndoResult(2, 0)
    assert [tags_of(session, one)[0] for one in pictures] == ["#Heron", "#heron", "#HERON"]
    assert listed(session)[0] == ("#Heron", 3)
    # A tag that was removed is spelled as most people knew it, and not as the first picture has it that comes back.
    session.execute(text("UPDATE tag SET shown = '#hERON' WHERE folded = '#heron'"))
    assert undo(tags.remove(session, ["heron"])) == UndoResult(3, 0)
    assert listed(session)[0] == ("#hERON", 3)
    assert_counts_are_right(engine)


def test_what_was_changed_since_a_merge_of_tags_is_left_and_counted(session: Session, undo: Undo) -> None:
    kept, edited, deleted = tagged(session, "herons a", "herons b", "herons c")
    changed = tags.merge(session, ["herons"], "heron")
    session.commit()
    now = images.find(session, edited.id)
    images.edit(session, now, now.version, {"hashtags": ["#heron", "#mine"]})
    session.execute(text("DELETE FROM image WHERE id = :id"), {"id": deleted.id})
    assert undo(changed) == UndoResult(1, 2)
    assert tags_of(session, kept) == ["#herons", "#a"]
    assert tags_of(session, edited) == ["#heron", "#mine"]


def test_what_changes_no_picture_is_no_action(session: Session) -> None:
    tagged(session, "heron")
    assert tags.rename(session, "heron", "heron").bulk_edit_id is None
    shelf(session, "Prints")
    categories.change(session, named(session, "Prints"), name="Graphics")
    assert session.scalar(select(func.count()).select_from(BulkEdit)) == 0


def test_a_merged_category_is_back_with_its_parts(engine: Engine, session: Session, undo: Undo) -> None:
    pictures = shelf(
        session, "Print", "Print", "Print / Linocut", "Print / Etching", "Prints / linocut", "Prints"
    )
    taxonomy.find_or_create(session, "Print / Empty")
    for name in ("Print", "Print / Linocut", "print / etching"):
        session.add(SavedView(name=name, filters={"category": name}))
    images.trash(session, images.find(session, pictures[1].id))
    session.execute(
        text('UPDATE image SET origins = \'{"category": "ai"}\' WHERE id = :id'), {"id": pictures[2].id}
    )
    session.commit()
    before, categories_before, views_before = words(session, pictures), rows(session), views(session)
    changed = categories.merge(session, named(session, "Print"), named(session, "Prints"))
    session.commit()
    assert len(rows(session)) == len(categories_before) - 2
    assert views(session)[0] == {"category": "Prints"}
    assert undo(changed) == UndoResult(3, 0)
    assert words(session, pictures) == before
    assert rows(session) == categories_before
    assert views(session) == views_before
    assert tree(session)["Print"] == (1, 3)
    assert_counts_are_right(engine)


@pytest.mark.parametrize("parts", ["up", "too"])
def test_a_deleted_category_is_back_with_its_parts(
    engine: Engine, session: Session, undo: Undo, parts: categories.Parts
) -> None:
    pictures = shelf(session, "Prints", "Prints / Linocut", "Prints / Etching", "Paper")
    session.add(SavedView(name="Mine", filters={"category": "Prints / Linocut"}))
    before, categories_before, views_before = words(session, pictures), rows(session), views(session)
    changed = categories.delete(session, named(session, "Prints"), parts)
    session.commit()
    assert undo(changed) == UndoResult({"up": 1, "too": 3}[parts], 0)
    assert words(session, pictures) == before
    assert rows(session) == categories_before
    assert views(session) == views_before
    assert_counts_are_right(engine)


def test_an_empty_category_comes_back_too(session: Session, undo: Undo) -> None:
    taxonomy.find_or_create(session, "Drawings / Ink")
    session.commit()
    before = rows(session)
    assert undo(categories.delete(session, named(session, "Drawings"), "too")) == UndoResult(0, 0)
    assert rows(session) == before


def test_what_was_done_to_categories_since_stays(engine: Engine, session: Session, undo: Undo) -> None:
    own, moved, part = shelf(session, "Prints", "Prints", "Prints / Linocut")
    changed = categories.delete(session, named(session, "Prints"))
    session.commit()
    # A category of that name was made anew, and the part that went up has another name.
    (new,) = shelf(session, "prints")
    categories.change(session, named(session, "Linocut"), name="Lino")
    now = images.find(session, moved.id)
    images.edit(session, now, now.version, {"category": "Paper"})
    session.commit()
    assert undo(changed) == UndoResult(1, 1)
    assert tree(session) == {"Lino": (1, 1), "Paper": (1, 1), "prints": (2, 2)}
    assert images.find(session, own.id).category == images.find(session, new.id).category == "prints"
    assert images.find(session, part.id).category == "Lino"
    assert_counts_are_right(engine)


def test_a_part_comes_back_under_a_shelf_that_was_renamed_moved_away_or_deleted(
    engine: Engine, session: Session, undo: Undo
) -> None:
    one, two, _ = shelf(session, "Prints / Linocut", "Works / Ink", "Paper")
    first = categories.merge(session, named(session, "Prints / Linocut"), named(session, "Paper"))
    second = categories.delete(session, named(session, "Works / Ink"))
    categories.change(session, named(session, "Prints"), name="Graphics")
    categories.delete(session, named(session, "Works"))
    session.commit()
    assert undo(first) == UndoResult(
        1, 0, also="The category “Prints / Linocut” is called “Graphics / Linocut” now."
    )
    assert undo(second) == UndoResult(1, 0)
    assert images.find(session, one.id).category == "Graphics / Linocut"
    assert images.find(session, two.id).category == "Works / Ink"
    assert_counts_are_right(engine)


def test_a_part_that_has_parts_of_its_own_by_now_stays_at_the_top(
    engine: Engine, session: Session, undo: Undo
) -> None:
    shelf(session, "Prints", "Prints / Linocut")
    changed = categories.delete(session, named(session, "Prints"))
    session.commit()
    (fine,) = shelf(session, "Linocut / Fine")
    assert undo(changed) == UndoResult(1, 0)
    assert tree(session) == {"Linocut": (1, 2), "Linocut / Fine": (1, 1), "Prints": (1, 1)}
    categories.delete(session, named(session, "Prints"), "too")
    session.commit()
    assert images.find(session, fine.id).category == "Linocut / Fine"
    assert_counts_are_right(engine)


def test_an_older_change_can_still_be_undone_after_a_merge_was(
    begin: TransactionFactory, session: Session, undo: Undo
) -> None:
    (image,) = shelf(session, "Paper")
    done = apply(begin, Filters(), Change(category="Print"))
    session.commit()
    taxonomy.find_or_create(session, "Prints")
    session.commit()
    assert undo(categories.merge(session, named(session, "Print"), named(session, "Prints"))) == UndoResult(
        1, 0
    )
    assert bulk_undo.undo(begin, done.bulk_edit_id or 0) == UndoResult(1, 0)
    session.expire_all()
    assert images.find(session, image.id).category == "Paper"


def test_an_undo_that_broke_off_goes_on_where_it_was(
    engine: Engine, session: Session, undo: Undo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(field_updates, "CHUNK", 2)
    pictures = shelf(session, *["Print"] * 3, *["Print / Linocut"] * 2, "Prints")
    before, categories_before = words(session, pictures), rows(session)
    changed = categories.merge(session, named(session, "Print"), named(session, "Prints"))
    break_off(monkeypatch)
    with pytest.raises(RuntimeError):
        undo(changed)
    assert undo(changed) == UndoResult(3, 0)
    assert words(session, pictures) == before
    assert rows(session) == categories_before
    assert_counts_are_right(engine)


def test_a_category_that_is_deleted_at_that_moment_is_made_anew(
    begin: TransactionFactory, session: Session, undo: Undo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (image,) = shelf(session, "Prints")
    changed = categories.delete(session, named(session, "Prints"))
    calls: list[int] = []
    one_chunk = bulk_undo._undo_chunk

    def late(own: Session, *rest: Any) -> None:
        if not calls:
            calls.append(1)
            with begin() as other:
                other.execute(text("DELETE FROM category"))
        one_chunk(own, *rest)

    monkeypatch.setattr(bulk_undo, "_undo_chunk", late)
    assert undo(changed) == UndoResult(1, 0)
    assert images.find(session, image.id).category == "Prints"


def test_only_actions_of_the_last_30_days_are_undone_and_it_is_written_down(
    session: Session, undo: Undo
) -> None:
    tagged(session, "heron")
    old, new = tags.rename(session, "heron", "crane"), tags.rename(session, "crane", "stork")
    session.commit()
    session.execute(
        text("UPDATE bulk_edit SET at = at - :days WHERE id = :id"),
        {"days": timedelta(days=30, minutes=1), "id": old.bulk_edit_id},
    )
    with pytest.raises(Conflict, match="30 days"):
        undo(old)
    undo(new)
    entry = session.scalars(select(Audit).order_by(Audit.id.desc()).limit(1)).one()
    assert (entry.action, entry.target, entry.detail) == (
        "change undone", "renamed crane to #stork", {"pictures": 1},
    )  # fmt: skip
    assert session.scalar(select(Tag.shown).where(Tag.images > 0)) == "#crane"


def test_a_shelf_is_merged_beside_a_bulk_edit_and_nobody_waits_in_a_circle(
    database_url: str, engine: Engine, begin: TransactionFactory, session: Session
) -> None:
    """The pictures of a shelf and of its part have ids in turn: one after the other would be another order."""
    ids = tuple(one.id for one in shelf(session, *["Print / Linocut", "Print"] * 10))
    taxonomy.find_or_create(session, "Prints / Linocut")
    numbers = named(session, "Print"), named(session, "Prints")
    session.commit()
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')")

    def merge(half: Event) -> UpdateCount:
        """Stop after the pictures of the shelf until the bulk edit waits for one."""
        own = create_engine(database_url, poolclass=NullPool)
        moved: list[str] = []

        def slowly(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if "UPDATE image i SET" in statement:
                moved.append(statement)
            if len(moved) == 2 and not half.is_set():
                half.set()
                with engine.connect() as other:
                    wait_until(lambda: other.scalar(waits))

        event.listen(own, "before_cursor_execute", slowly)
        with Session(own) as mine:
            done = categories.merge(mine, *numbers)
            mine.commit()
            return done

    def edit(half: Event) -> int:
        half.wait(PATIENCE)
        return apply(begin, Filters(ids=ids), Change(key_points=f"Words of {time.monotonic()}")).changed

    with ThreadPoolExecutor(2) as pool:
        for _ in range(4):
            half = Event()
            merging, editing = pool.submit(merge, half), pool.submit(edit, half)
            merged = merging.result(PATIENCE)
            assert (merged.live, editing.result(PATIENCE)) == (20, 20)
            assert bulk_undo.undo(begin, merged.bulk_edit_id or 0) == UndoResult(20, 0)
    assert tree(session)["Print"] == (10, 20)
    assert_counts_are_right(engine)


def test_an_action_and_its_undo_write_each_picture_once_and_in_few_statements(
    engine: Engine, session: Session, undo: Undo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes ten thousand pictures a matter of seconds."""
    shelf(session, *["Print"] * 30, "Prints", hashtags="herons")
    written = text("SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'image'")
    found: list[int] = []
    one_chunk = bulk_undo._undo_chunk

    def counted(own: Session, *rest: Any) -> None:
        before = own.scalar(written) or 0
        one_chunk(own, *rest)
        found.append((own.scalar(written) or 0) - before)

    monkeypatch.setattr(bulk_undo, "_undo_chunk", counted)
    actions: list[Callable[[], UpdateCount]] = [
        lambda: tags.merge(session, ["herons"], "heron"),
        lambda: categories.merge(session, named(session, "Print"), named(session, "Prints")),
        lambda: categories.delete(session, named(session, "Print")),
    ]
    for act in actions:
        with statements(engine) as sent:
            before = session.scalar(written) or 0
            changed = act()
            found.append((session.scalar(written) or 0) - before)
            undo(changed)
        assert len(sent) < 60
        assert found == [changed.every] * 2
        found.clear()
