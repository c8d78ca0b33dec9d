"""A change of many pictures is undone: everything comes back, and what was changed since stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from artworks.bulk import bulk_edit as bulk
from artworks.bulk import undo as bulk_undo
from artworks.bulk.undo import UndoResult
from artworks.collections import collection as collections
from artworks.core.errors import Conflict, NotFound
from artworks.core.transactions import TransactionFactory
from artworks.edits import field_updates
from artworks.images import image as images
from artworks.search.filters import Filters
from artworks.taxonomy import queries as taxonomy
from models import BulkEdit
from tests.search.test_counts import assert_counts_are_right
from tests.support.bulk_edits import break_off, do, history, last, now, undo


def test_an_undo_brings_everything_back_as_one_more_revision(
    engine: Engine, begin: TransactionFactory, add: Callable[..., int]
) -> None:
    words = {"category": "Paper", "hashtags": "heron dusk", "key_points": "linocut"}
    first, bare = add({"hashtags": "ai"}, **words), add()
    do(begin, Filters(ids=(first,)), status="draft")
    seen = now(begin, first).version
    done = do(
        begin,
        category="Prints",
        status="ready",
        key_points="",
        add_hashtags=("#x",),
        remove_hashtags=("#heron",),
    )
    assert undo(begin, done) == UndoResult(2, 0)
    image = now(begin, first)
    assert (image.category, image.hashtags, image.key_points) == ("Paper", ["#heron", "#dusk"], "linocut")
    assert (image.status, image.version) == ("draft", seen + 2)
    assert image.origins == {"category": "person", "hashtags": "ai", "key_points": "person"}
    revision = last(begin, first)
    assert (revision.action, revision.by) == ("restore", "person")
    assert revision.changes["category"] == ["Prints", "Paper"]
    assert revision.changes["hashtags"] == [["#dusk", "#x"], ["#heron", "#dusk"]]
    assert revision.origins["hashtags"] == ["ai_edited", "ai"]
    assert (now(begin, bare).category_id, now(begin, bare).origins) == (None, {})
    assert_counts_are_right(engine)
    with pytest.raises(Conflict, match="already"):
        undo(begin, done)
    # The undo is a point in the history like any other.
    with begin() as session:
        again = images.find(session, first)
        images.restore_revision(session, again, history(begin, first)[1].id, again.version)
    assert now(begin, first).category == "Prints"


def test_what_was_changed_since_is_left_and_counted(
    begin: TransactionFactory, add: Callable[..., int]
) -> None:
    kept, edited, elsewhere, deleted = (add(hashtags="heron") for _ in range(4))
    done = do(begin, add_hashtags=("#dusk",), status="ready")
    with begin() as session:
        image = images.find(session, edited)
        images.edit(session, image, image.version, {"status": "draft"})
        image = images.find(session, elsewhere)
        images.edit(session, image, image.version, {"post_title": "Heron"})
        session.delete(images.find(session, deleted))
    assert undo(begin, done) == UndoResult(2, 2, partly=1)
    assert now(begin, kept).hashtags == ["#heron"]
    # The status is a person's by now and stays; the hashtags come back all the same.
    assert (now(begin, edited).hashtags, now(begin, edited).status) == (["#heron"], "draft")
    # Another field does not stand in the way, and stays.
    assert (now(begin, elsewhere).hashtags, now(begin, elsewhere).post_title) == (["#heron"], "Heron")


@pytest.mark.parametrize("since", ["status", "category", "hashtags", "key_points"])
def test_each_field_comes_back_but_the_one_that_was_changed_since(
    begin: TransactionFactory, add: Callable[..., int], since: str
) -> None:
    was = {"category": "Paper", "hashtags": "#heron", "key_points": "linocut"}
    one, other = add({"hashtags": "ai"}, **was), add(**was)
    done = do(begin, add_hashtags=("#dusk",), category="Prints", key_points="30 cm", status="ready")
    new = {"category": "Ink", "hashtags": "#mine", "key_points": "mine", "status": "draft"}[since]
    with begin() as session:
        image = images.find(session, one)
        images.edit(session, image, image.version, {since: new})
        seen = image.version
    assert undo(begin, done) == UndoResult(1, 1, partly=1)
    image = now(begin, one)
    found = {name: image.words(name) for name in was} | {"status": image.status}
    before = {**was, "hashtags": ["#heron"], "status": "new"}
    assert found == {**before, since: ["#mine"] if since == "hashtags" else new}
    revision = last(begin, one)
    assert set(revision.changes) == set(before) - {since}
    assert (revision.action, image.version) == ("restore", seen + 1)
    assert image.origins["hashtags"] == ("ai_edited" if since == "hashtags" else "ai")
    assert now(begin, other).category == "Paper"


def test_a_collection_is_left_also_by_pictures_whose_words_stay(
    begin: TransactionFactory, add: Callable[..., int], engine: Engine
) -> None:
    one, other = add(alt_text="x"), add(alt_text="x")
    with begin() as session:
        number = collections.create(session, "Show").id
    done = do(begin, status="ready", collection_id=number)
    with begin() as session:
        image = images.find(session, one)
        images.edit(session, image, image.version, {"status": "draft"})
    assert undo(begin, done) == UndoResult(1, 1, partly=1)
    assert (now(begin, one).status, now(begin, other).status) == ("draft", "new")
    with begin() as session:
        assert collections.find(session, number).images == 0
    assert_counts_are_right(engine)


def test_an_undo_finds_categories_that_were_renamed_or_deleted(
    begin: TransactionFactory, add: Callable[..., int]
) -> None:
    renamed, deleted = add(category="Paper"), add(category="Ink")
    done = do(begin, category="Prints")
    with begin() as session:
        for name, new in (("Paper", "Works on paper"), ("Prints", "All prints")):
            found = taxonomy.find_or_create(session, name)
            assert found is not None
            found.name = new
        session.delete(taxonomy.find_or_create(session, "Ink"))
    also = "The category “Ink” had been deleted and is there again. The category “Paper” is called “Works on paper” now"
    assert undo(begin, done) == UndoResult(2, 0, also=f"{also}.")
    assert last(begin, renamed).changes["category"] == ["All prints", "Works on paper"]
    assert (now(begin, renamed).category, now(begin, deleted).category) == ("Works on paper", "Ink")


@pytest.mark.parametrize(
    ("change", "since"),
    [
        ({"status": "ready"}, ""),
        ({"status": "ready", "add_hashtags": ("#x",)}, ""),
        # It had the category already, so only the status was changed.
        ({"status": "ready", "category": "Ink"}, ""),
        ({"status": "ready", "category": "Prints"}, "Paper"),
    ],
)
def test_an_undo_makes_no_category_that_no_picture_comes_back_to(
    begin: TransactionFactory, add: Callable[..., int], change: dict[str, Any], since: str
) -> None:
    number = add(category="Ink", post_title="Heron")
    done = do(begin, **change)
    with begin() as session:
        image = images.find(session, number)
        images.edit(session, image, image.version, {"category": since})
    with begin() as session:
        session.delete(taxonomy.by_name(session, "Ink"))
    undo(begin, done)
    assert (now(begin, number).status, now(begin, number).category) == ("new", since)
    with begin() as session:
        assert taxonomy.by_name(session, "Ink") is None


def test_an_undo_makes_a_category_again_that_is_deleted_while_it_runs(
    begin: TransactionFactory, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody needed it when the undo began; then somebody gave the picture the category of the change again."""
    number = add(category="Ink")
    done = do(begin, category="Prints")
    with begin() as session:
        image = images.find(session, number)
        images.edit(session, image, image.version, {"category": "Paper"})
        session.delete(taxonomy.by_name(session, "Ink"))
    one_chunk = bulk_undo._undo_chunk

    def give_back_first(session: Session, *rest: Any) -> None:
        monkeypatch.setattr(bulk_undo, "_undo_chunk", one_chunk)
        with begin() as other:
            image = images.find(other, number)
            images.edit(other, image, image.version, {"category": "Prints"})
        one_chunk(session, *rest)

    monkeypatch.setattr(bulk_undo, "_undo_chunk", give_back_first)
    assert undo(begin, done) == UndoResult(1, 0)
    assert now(begin, number).category == "Ink"


def test_only_actions_of_the_last_30_days_are_undone(
    begin: TransactionFactory, add: Callable[..., int]
) -> None:
    add(alt_text="x")
    done = do(begin, status="ready")
    with begin() as session:
        edit = session.get_one(BulkEdit, done.bulk_edit_id)
        assert edit.what == "status ready"
        edit.at -= timedelta(days=30, minutes=1)
    with pytest.raises(Conflict, match="30 days"):
        undo(begin, done)
    for number in (0, -1, 4711, 2**63):
        with pytest.raises(NotFound):
            bulk_undo.undo(begin, number)


def test_an_undo_that_broke_off_goes_on_where_it_was(
    begin: TransactionFactory, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(field_updates, "CHUNK", 2)
    ids = [add(alt_text="x") for _ in range(5)]
    done = do(begin, status="ready")
    break_off(monkeypatch)
    with pytest.raises(RuntimeError):
        undo(begin, done)
    assert [now(begin, one).status for one in ids] == ["new", "new", "ready", "ready", "ready"]
    assert undo(begin, done) == UndoResult(5, 0)
    assert {now(begin, one).status for one in ids} == {"new"}


def test_an_action_stops_when_it_is_undone_meanwhile(
    begin: TransactionFactory, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(field_updates, "CHUNK", 2)
    ids = [add(alt_text="x") for _ in range(4)]
    one_chunk = bulk._apply_chunk
    undone: list[UndoResult] = []

    def slow(session: Session, bulk_edit_id: int, *rest: Any) -> tuple[int, int]:
        if undone or now(begin, ids[3]).status == "new":
            return one_chunk(session, bulk_edit_id, *rest)
        undone.append(bulk_undo.undo(begin, bulk_edit_id))
        return one_chunk(session, bulk_edit_id, *rest)

    monkeypatch.setattr(bulk, "_apply_chunk", slow)
    with pytest.raises(Conflict, match="still going on"):
        do(begin, Filters(ids=tuple(reversed(ids))), status="ready")
    assert undone == [UndoResult(2, 0)]
    assert {now(begin, one).status for one in ids} == {"new"}


def test_what_is_ready_by_now_is_not_left_without_a_word(
    begin: TransactionFactory, add: Callable[..., int]
) -> None:
    bare, worded = add(), add(alt_text="A heron.")
    done = do(begin, add_hashtags=("#dusk",), key_points="linocut")
    with begin() as session:
        for number in (bare, worded):
            image = images.find(session, number)
            images.edit(session, image, image.version, {"status": "ready"})
    assert undo(begin, done) == UndoResult(1, 1)
    assert (now(begin, bare).hashtags, now(begin, bare).key_points) == (["#dusk"], "linocut")
    assert (now(begin, worded).hashtags, now(begin, worded).key_points) == ([], "")
