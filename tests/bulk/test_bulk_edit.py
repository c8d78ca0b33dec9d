"""One change of many pictures: what it writes and whom it holds up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from artworks.bulk import bulk_edit as bulk
from artworks.bulk.bulk_edit import BulkResult, Change
from artworks.bulk.undo import UndoResult
from artworks.core.errors import Conflict, Invalid
from artworks.core.fields import LIMITS, MOST_HASHTAGS
from artworks.core.transactions import TransactionFactory
from artworks.edits import field_updates
from artworks.images import image as images
from artworks.images.image import StaleVersion
from artworks.search.filters import Filters
from artworks.taxonomy import queries as taxonomy
from models import BulkEdit, Category, Collection, CollectionImage
from tests.search.test_counts import assert_counts_are_right
from tests.support.bulk_edits import apply, do, history, last, now, undo
from tests.support.material import statements


@pytest.fixture
def collection(begin: TransactionFactory) -> int:
    with begin() as session:
        made = Collection(name="Spring show")
        session.add(made)
        session.flush()
        return made.id


def members(begin: TransactionFactory, collection_id: int) -> list[int]:
    query = select(CollectionImage.image_id).where(CollectionImage.collection_id == collection_id)
    with begin() as session:
        return list(session.scalars(query.order_by(CollectionImage.place, CollectionImage.image_id)))


def test_every_field_is_changed_with_one_revision_and_counts_that_are_right(
    engine: Engine, begin: TransactionFactory, add: Callable[..., int]
) -> None:
    first = add(category="Paper", hashtags="heron dusk", key_points="linocut")
    bare = add()
    done = do(
        begin, category="prints", status="ready", append_key_points="30 x 40 cm",
        add_hashtags=("#Water", "#DUSK"), remove_hashtags=("#HERON",),
    )  # fmt: skip
    assert (done.changed, done.left) == (2, 0)
    image = now(begin, first)
    assert (image.category, image.status, image.version) == ("prints", "ready", 2)
    assert image.hashtags == ["#dusk", "#Water"]
    assert image.key_points == "linocut\n30 x 40 cm"
    assert image.updated_at > image.created_at
    assert image.origins == dict.fromkeys(("category", "hashtags", "key_points"), "person")
    revision = last(begin, first)
    assert (revision.by, revision.action, revision.bulk_edit_id) == ("person", "edit", done.bulk_edit_id)
    assert revision.changes == {
        "status": ["new", "ready"],
        "category": ["Paper", "prints"],
        "hashtags": [["#heron", "#dusk"], ["#dusk", "#Water"]],
        "key_points": ["linocut", "linocut\n30 x 40 cm"],
    }
    assert revision.origins == {}
    other = now(begin, bare)
    assert (other.hashtags, other.key_points) == (["#Water", "#DUSK"], "30 x 40 cm")
    assert last(begin, bare).origins == {
        name: [None, "person"] for name in ("category", "hashtags", "key_points")
    }
    assert_counts_are_right(engine)


def test_who_wrote_it_is_kept_as_when_a_person_edits_one_picture(
    begin: TransactionFactory, add: Callable[..., int]
) -> None:
    drafted = add({"hashtags": "ai", "category": "ai_edited"}, hashtags="heron", category="Paper")
    placed = add({"hashtags": "placeholder"}, hashtags="heron", category="Prints")
    do(begin, category="Prints", add_hashtags=("#dusk",))
    assert now(begin, drafted).origins == {"hashtags": "ai_edited", "category": "ai_edited"}
    assert last(begin, drafted).origins == {"hashtags": ["ai", "ai_edited"]}
    assert now(begin, placed).origins == {"hashtags": "person", "category": "person"}
    do(begin, category="", remove_hashtags=("#heron", "#dusk"))
    assert now(begin, drafted).origins == {}
    assert last(begin, drafted).origins == {"hashtags": ["ai_edited", None], "category": ["ai_edited", None]}
    assert now(begin, drafted).category_id is None


def test_pictures_that_have_it_already_get_nothing(
    begin: TransactionFactory, add: Callable[..., int]
) -> None:
    same = add(category="Prints", hashtags="Heron", key_points="a\n30 cm\nb", status="ready")
    change: dict[str, Any] = {
        "category": "PRINTS", "status": "ready", "add_hashtags": ("#heron",), "remove_hashtags": ("#dusk",),
        "append_key_points": "30 cm",
    }  # fmt: skip
    assert do(begin, **change) == BulkResult(0, 0, None)
    assert now(begin, same).version == 1
    with begin() as session:
        assert session.scalar(select(func.count()).select_from(BulkEdit)) == 0
    other = add()
    assert do(begin, **change).changed == 1
    assert (now(begin, same).version, now(begin, other).category) == (1, "Prints")


def test_only_what_is_chosen_and_outside_the_trash_is_changed(
    begin: TransactionFactory, add: Callable[..., int]
) -> None:
    chosen, other, gone = add(hashtags="heron"), add(hashtags="tide"), add(hashtags="heron")
    with begin() as session:
        images.trash(session, images.find(session, gone))
    assert do(begin, Filters(tag="heron"), status="ready").changed == 1
    assert do(begin, Filters(ids=(gone, chosen, 4711)), status="draft").changed == 1
    assert [now(begin, one).status for one in (chosen, other, gone)] == ["draft", "new", "new"]
    assert do(begin, Filters(tag="nobody"), status="ready") == BulkResult(0, 0, None)


def test_key_points_are_replaced_taken_away_or_added_to_where_there_is_room(
    begin: TransactionFactory, add: Callable[..., int]
) -> None:
    full, some = add(key_points="x" * (LIMITS["key_points"] - 3)), add(key_points="one")
    done = do(begin, append_key_points="two", status="ready")
    assert (done.changed, done.left) == (1, 1)
    assert (now(begin, full).status, now(begin, full).version) == ("new", 1)
    assert now(begin, some).key_points == "one\ntwo"
    assert do(begin, key_points="same for all").changed == 2
    assert now(begin, full).key_points == "same for all"
    assert do(begin, key_points="", status="draft").changed == 2
    assert now(begin, some).origins == {}


def test_a_picture_without_room_for_more_hashtags_is_left_as_it_is(
    begin: TransactionFactory, add: Callable[..., int]
) -> None:
    many = [f"#tag{number}" for number in range(MOST_HASHTAGS - 1)]
    fits, full = add(hashtags=many[1:]), add(hashtags=many)
    done = do(begin, add_hashtags=("#one", "#two"), category="Prints")
    assert (done.changed, done.left) == (1, 1)
    assert len(now(begin, fits).hashtags) == MOST_HASHTAGS
    assert (now(begin, full).hashtags, now(begin, full).category) == (many, "")
    # Taking some away makes room in the same breath.
    assert (
        do(begin, Filters(ids=(full,)), add_hashtags=("#one", "#two"), remove_hashtags=("#tag0",)).left == 0
    )


def test_collections_take_pictures_in_their_order_and_give_them_back(
    engine: Engine, begin: TransactionFactory, add: Callable[..., int], collection: int
) -> None:
    a, b, c = add(), add(), add()
    done = do(begin, Filters(ids=(c, a)), collection_id=collection)
    assert (done.changed, members(begin, collection)) == (2, [c, a])
    again = do(begin, Filters(ids=(b, a)), collection_id=collection)
    assert (again.changed, members(begin, collection)) == (1, [c, a, b])
    # Being in a collection is no change of the picture: an open editor goes on.
    assert (now(begin, a).version, len(history(begin, a))) == (1, 1)
    out = do(begin, Filters(ids=(c, b, a)), remove_from_collection_id=collection)
    assert (out.changed, members(begin, collection)) == (3, [])
    assert undo(begin, out) == UndoResult(3, 0)
    assert members(begin, collection) == [c, a, b]
    assert undo(begin, again) == UndoResult(1, 0)
    assert members(begin, collection) == [c, a]
    assert_counts_are_right(engine)
    with pytest.raises(Invalid, match="no such collection"):
        do(begin, collection_id=collection + 1)


def test_the_trash_takes_many_and_gives_them_back(
    engine: Engine, begin: TransactionFactory, add: Callable[..., int], collection: int
) -> None:
    a, b, c = add(hashtags="heron"), add(category="Prints"), add()
    do(begin, Filters(ids=(a, b)), collection_id=collection)
    done = do(begin, Filters(ids=(a, b)), trash=True)
    assert done.changed == 2
    assert [now(begin, one).trashed_at is None for one in (a, b, c)] == [False, False, True]
    assert (last(begin, a).action, now(begin, a).version) == ("trash", 2)
    assert_counts_are_right(engine)
    # Taken out and thrown away again since, it belongs there.
    with begin() as session:
        images.untrash(session, images.find(session, b, trashed=True))
    with begin() as session:
        images.trash(session, images.find(session, b))
    assert undo(begin, done) == UndoResult(1, 1)
    assert [now(begin, one).trashed_at is None for one in (a, b)] == [True, False]
    assert last(begin, a).action == "untrash"
    assert_counts_are_right(engine)


def test_an_open_editor_is_told(begin: TransactionFactory, add: Callable[..., int]) -> None:
    number = add(post_title="Heron")
    seen = now(begin, number).version
    do(begin, status="ready")
    with begin() as session, pytest.raises(StaleVersion):
        images.edit(session, images.find(session, number), seen, {"post_title": "Mine"})


def test_work_is_done_in_chunks_and_only_one_of_them_is_locked(
    engine: Engine, begin: TransactionFactory, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(field_updates, "CHUNK", 2)
    ids = [add(alt_text="x") for _ in range(5)]
    edited: list[str] = []
    edit = text("UPDATE image SET post_title = 'Mine', version = version + 1 WHERE id = :id")

    def meanwhile(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """While the first chunk is locked somebody edits a picture of a later one."""
        if not statement.lstrip().startswith("WITH was") or edited:
            return
        edited.append("")
        with engine.begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '2s'"))
            other.execute(edit, {"id": ids[4]})
            edited.append("later one")
        with engine.connect() as other:
            other.execute(text("SET lock_timeout = '50ms'"))
            try:
                other.execute(edit, {"id": ids[0]})
            except OperationalError as error:
                edited.append(type(error).__name__)

    event.listen(engine, "before_cursor_execute", meanwhile)
    try:
        done = do(begin, Filters(ids=tuple(ids)), status="ready")
    finally:
        event.remove(engine, "before_cursor_execute", meanwhile)
    assert edited == ["", "later one", "OperationalError"]
    assert done.changed == 5
    assert (now(begin, ids[4]).post_title, now(begin, ids[4]).status) == ("Mine", "ready")
    assert undo(begin, done) == UndoResult(5, 0)
    assert now(begin, ids[4]).post_title == "Mine"


def test_the_number_of_statements_does_not_grow_with_the_pictures(
    engine: Engine, begin: TransactionFactory, add: Callable[..., int]
) -> None:
    counts = []
    for some in (2, 10):
        ids = tuple(add() for _ in range(some))
        with statements(engine) as sent:
            done = do(begin, Filters(ids=ids), status="ready", category="Prints")
            undo(begin, done)
        counts.append(len(sent))
    assert counts[0] >= counts[1]
    assert counts[1] < 25


def test_two_actions_over_the_same_pictures_wait_and_never_crosswise(
    engine: Engine,
    begin: TransactionFactory,
    add: Callable[..., int],
    collection: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(field_updates, "CHUNK", 7)
    ids = tuple(add(hashtags="heron") for _ in range(40))
    orders = (ids, ids[::-1], ids[20:] + ids[:20])

    def act(number: int) -> BulkResult:
        filters = Filters(ids=orders[number % 3])
        change = {"status": ("new", "ready")[number % 2], "category": ("Prints", "Paper")[number % 2]}
        return do(begin, filters, add_hashtags=(f"#n{number}",), collection_id=collection, **change)

    def take_back(one: BulkResult) -> int:
        try:
            undone = undo(begin, one)
        except Conflict:
            # Others changed all of them since.
            return len(ids)
        return undone.undone + undone.left

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(act, range(8)))
        assert {one.changed for one in done} == {40}
        assert set(pool.map(take_back, done)) == {40}
    assert_counts_are_right(engine)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "set"),
        ({"add_hashtags": ("!!",)}, "add_hashtags"),
        ({"append_key_points": "  "}, "set"),
        ({"status": "gone"}, "status"),
        ({"category": "x" * 81}, "category"),
        ({"category": "a\0"}, "category"),
        ({"key_points": "x" * 5001}, "key_points"),
        ({"append_key_points": "x" * 5001}, "append_key_points"),
        ({"key_points": "a", "append_key_points": "b"}, "append_key_points"),
        ({"add_hashtags": ("#" + "x" * 101,)}, "add_hashtags"),
        ({"remove_hashtags": tuple(f"#{n}" for n in range(61))}, "remove_hashtags"),
        ({"add_hashtags": ("#a",), "remove_hashtags": ("#A",)}, "remove_hashtags"),
        ({"collection_id": 1, "remove_from_collection_id": 1}, "remove_from_collection_id"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        bulk.clean_change(Change(**change))
    assert refused.value.field == field


def test_a_category_that_is_deleted_at_that_moment_is_made_anew(
    begin: TransactionFactory, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, real, gone = add(), taxonomy.find_or_create, [True]

    def named(session: Session, name: str) -> Category | None:
        return Category(id=10**9, name=name, images=0) if gone and gone.pop() else real(session, name)

    monkeypatch.setattr(taxonomy, "find_or_create", named)
    assert apply(begin, Filters(ids=(number,)), Change(category="Prints")).changed == 1
    assert now(begin, number).category == "Prints"
    monkeypatch.setattr(taxonomy, "find_or_create", lambda _, name: Category(id=10**9, name=name, images=0))
    with pytest.raises(Conflict):
        apply(begin, Filters(ids=(number,)), Change(category="Paper"))
    assert now(begin, number).category == "Prints"
