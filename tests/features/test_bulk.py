"""One change of many pictures: what it writes, whom it holds up, and how it is undone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from errors import Conflict, Invalid, NotFound
from features import bulk, bulk_undo, catalogue, images, revisions
from features.bulk import Change, Done
from features.bulk_undo import Undone
from features.errands import Begin
from features.images import StaleVersion
from features.search import Filters
from features.words import LIMITS, MOST_HASHTAGS
from models import BulkEdit, Category, Collection, CollectionImage, Image, Revision
from tests.batching import begin_of
from tests.features.test_counts import assert_counts_are_right
from tests.material import row, statements

EVERYTHING = Filters()


@pytest.fixture
def begin(engine: Engine) -> Begin:
    return begin_of(engine)


@pytest.fixture
def add(begin: Begin) -> Callable[..., int]:
    """Give a function that adds a picture and tells its id; `origins` say who wrote its words."""

    def one(origins: dict[str, str] | None = None, **words: Any) -> int:
        with begin() as session:
            image = row(session, **words)
            image.origins = {**image.origins, **(origins or {})}
            return image.id

    return one


@pytest.fixture
def collection(begin: Begin) -> int:
    with begin() as session:
        made = Collection(name="Spring show")
        session.add(made)
        session.flush()
        return made.id


def now(begin: Begin, image_id: int) -> Image:
    with begin() as session:
        return images.find(session, image_id, trashed=None)


def last(begin: Begin, image_id: int) -> Revision:
    with begin() as session:
        return revisions.of_image(session, image_id)[0]


def members(begin: Begin, collection_id: int) -> list[int]:
    query = select(CollectionImage.image_id).where(CollectionImage.collection_id == collection_id)
    with begin() as session:
        return list(session.scalars(query.order_by(CollectionImage.place, CollectionImage.image_id)))


def do(begin: Begin, filters: Filters = EVERYTHING, **change: Any) -> Done:
    return bulk.apply(begin, filters, Change(**change))


def undo(begin: Begin, done: Done) -> Undone:
    assert done.bulk_edit_id is not None
    return bulk_undo.undo(begin, done.bulk_edit_id)


def test_every_field_is_changed_with_one_revision_and_counts_that_are_right(
    engine: Engine, begin: Begin, add: Callable[..., int]
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
    begin: Begin, add: Callable[..., int]
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


def test_pictures_that_have_it_already_get_nothing(begin: Begin, add: Callable[..., int]) -> None:
    same = add(category="Prints", hashtags="Heron", key_points="a\n30 cm\nb", status="ready")
    change: dict[str, Any] = {
        "category": "PRINTS", "status": "ready", "add_hashtags": ("#heron",), "remove_hashtags": ("#dusk",),
        "append_key_points": "30 cm",
    }  # fmt: skip
    assert do(begin, **change) == Done(0, 0, None)
    assert now(begin, same).version == 1
    with begin() as session:
        assert session.scalar(select(func.count()).select_from(BulkEdit)) == 0
    other = add()
    assert do(begin, **change).changed == 1
    assert (now(begin, same).version, now(begin, other).category) == (1, "Prints")


def test_only_what_is_chosen_and_outside_the_trash_is_changed(begin: Begin, add: Callable[..., int]) -> None:
    chosen, other, gone = add(hashtags="heron"), add(hashtags="tide"), add(hashtags="heron")
    with begin() as session:
        images.trash(session, images.find(session, gone))
    assert do(begin, Filters(tag="heron"), status="ready").changed == 1
    assert do(begin, Filters(ids=(gone, chosen, 4711)), status="draft").changed == 1
    assert [now(begin, one).status for one in (chosen, other, gone)] == ["draft", "new", "new"]
    assert do(begin, Filters(tag="nobody"), status="ready") == Done(0, 0, None)


def test_key_points_are_replaced_taken_away_or_added_to_where_there_is_room(
    begin: Begin, add: Callable[..., int]
) -> None:
    full, some = add(key_points="x" * (LIMITS["key_points"] - 3)), add(key_points="one")
    done = do(begin, append_key_points="two", status="ready")
    assert (done.changed, done.left) == (1, 1)
    assert (now(begin, full).status, now(begin, full).version) == ("new", 1)
    assert now(begin, some).key_points == "one\ntwo"
    assert do(begin, key_points="same for all").changed == 2
    assert now(begin, full).key_points == "same for all"
    assert do(begin, key_points="").changed == 2
    assert now(begin, some).origins == {}


def test_a_picture_without_room_for_more_hashtags_is_left_as_it_is(
    begin: Begin, add: Callable[..., int]
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
    engine: Engine, begin: Begin, add: Callable[..., int], collection: int
) -> None:
    a, b, c = add(), add(), add()
    done = do(begin, Filters(ids=(c, a)), collection_id=collection)
    assert (done.changed, members(begin, collection)) == (2, [c, a])
    again = do(begin, Filters(ids=(b, a)), collection_id=collection)
    assert (again.changed, members(begin, collection)) == (1, [c, a, b])
    # Being in a collection is no change of the picture: an open editor goes on.
    assert (now(begin, a).version, len(_history(begin, a))) == (1, 1)
    out = do(begin, Filters(ids=(c, b, a)), remove_from_collection_id=collection)
    assert (out.changed, members(begin, collection)) == (3, [])
    assert undo(begin, out) == Undone(3, 0)
    assert members(begin, collection) == [c, a, b]
    assert undo(begin, again) == Undone(1, 0)
    assert members(begin, collection) == [c, a]
    assert_counts_are_right(engine)
    with pytest.raises(Invalid, match="no such collection"):
        do(begin, collection_id=collection + 1)


def _history(begin: Begin, image_id: int) -> list[Revision]:
    with begin() as session:
        return revisions.of_image(session, image_id)


def test_the_trash_takes_many_and_gives_them_back(
    engine: Engine, begin: Begin, add: Callable[..., int], collection: int
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
    assert undo(begin, done) == Undone(1, 1)
    assert [now(begin, one).trashed_at is None for one in (a, b)] == [True, False]
    assert last(begin, a).action == "untrash"
    assert_counts_are_right(engine)


def test_an_undo_brings_everything_back_as_one_more_revision(
    engine: Engine, begin: Begin, add: Callable[..., int]
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
    assert undo(begin, done) == Undone(2, 0)
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
        images.restore_revision(session, again, _history(begin, first)[1].id, again.version)
    assert now(begin, first).category == "Prints"


def test_what_was_changed_since_is_left_and_counted(begin: Begin, add: Callable[..., int]) -> None:
    kept, edited, elsewhere, deleted = (add(hashtags="heron") for _ in range(4))
    done = do(begin, add_hashtags=("#dusk",), status="ready")
    with begin() as session:
        image = images.find(session, edited)
        images.edit(session, image, image.version, {"status": "draft"})
        image = images.find(session, elsewhere)
        images.edit(session, image, image.version, {"post_title": "Heron"})
        session.delete(images.find(session, deleted))
    assert undo(begin, done) == Undone(2, 2)
    assert now(begin, kept).hashtags == ["#heron"]
    assert (now(begin, edited).hashtags, now(begin, edited).status) == (["#heron", "#dusk"], "draft")
    # Another field does not stand in the way, and stays.
    assert (now(begin, elsewhere).hashtags, now(begin, elsewhere).post_title) == (["#heron"], "Heron")


def test_an_undo_finds_categories_that_were_renamed_or_deleted(begin: Begin, add: Callable[..., int]) -> None:
    renamed, deleted = add(category="Paper"), add(category="Ink")
    done = do(begin, category="Prints")
    with begin() as session:
        for name, new in (("Paper", "Works on paper"), ("Prints", "All prints")):
            found = catalogue.category_named(session, name)
            assert found is not None
            found.name = new
        session.delete(catalogue.category_named(session, "Ink"))
    assert undo(begin, done) == Undone(2, 0)
    assert (now(begin, renamed).category, now(begin, deleted).category) == ("Works on paper", "Ink")


def test_only_actions_of_the_last_30_days_are_undone(begin: Begin, add: Callable[..., int]) -> None:
    add()
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


def test_an_open_editor_is_told(begin: Begin, add: Callable[..., int]) -> None:
    number = add(post_title="Heron")
    seen = now(begin, number).version
    do(begin, status="ready")
    with begin() as session, pytest.raises(StaleVersion):
        images.edit(session, images.find(session, number), seen, {"post_title": "Mine"})


def test_work_is_done_in_chunks_and_only_one_of_them_is_locked(
    engine: Engine, begin: Begin, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    ids = [add() for _ in range(5)]
    edited: list[str] = []
    edit = text("UPDATE image SET post_title = 'Mine', version = version + 1 WHERE id = :id")

    def meanwhile(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """While the first chunk is locked somebody edits a picture of a later one."""
        if not statement.lstrip().startswith("WITH before") or edited:
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
    assert undo(begin, done) == Undone(5, 0)
    assert now(begin, ids[4]).post_title == "Mine"


def test_the_number_of_statements_does_not_grow_with_the_pictures(
    engine: Engine, begin: Begin, add: Callable[..., int]
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
    engine: Engine, begin: Begin, add: Callable[..., int], collection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 7)
    ids = tuple(add(hashtags="heron") for _ in range(40))
    orders = (ids, ids[::-1], ids[20:] + ids[:20])

    def act(number: int) -> Done:
        filters = Filters(ids=orders[number % 3])
        change = {"status": ("new", "ready")[number % 2], "category": ("Prints", "Paper")[number % 2]}
        return do(begin, filters, add_hashtags=(f"#n{number}",), collection_id=collection, **change)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(act, range(8)))
        assert {one.changed for one in done} == {40}
        undone = list(pool.map(lambda one: undo(begin, one), done))
    assert {one.undone + one.left for one in undone} == {40}
    assert_counts_are_right(engine)


def test_an_undo_that_broke_off_goes_on_where_it_was(
    begin: Begin, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    ids = [add() for _ in range(5)]
    done = do(begin, status="ready")
    one_chunk = bulk_undo._undo_chunk
    calls: list[int] = []

    def breaks(session: Session, *rest: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError
        one_chunk(session, *rest)

    monkeypatch.setattr(bulk_undo, "_undo_chunk", breaks)
    with pytest.raises(RuntimeError):
        undo(begin, done)
    assert [now(begin, one).status for one in ids] == ["new", "new", "ready", "ready", "ready"]
    assert undo(begin, done) == Undone(5, 0)
    assert {now(begin, one).status for one in ids} == {"new"}


def test_an_action_stops_when_it_is_undone_meanwhile(
    begin: Begin, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    ids = [add() for _ in range(4)]
    one_chunk = bulk._apply_chunk
    undone: list[Undone] = []

    def slow(session: Session, bulk_edit_id: int, *rest: Any) -> tuple[int, int]:
        if undone or now(begin, ids[3]).status == "new":
            return one_chunk(session, bulk_edit_id, *rest)
        undone.append(bulk_undo.undo(begin, bulk_edit_id))
        return one_chunk(session, bulk_edit_id, *rest)

    monkeypatch.setattr(bulk, "_apply_chunk", slow)
    with pytest.raises(Conflict, match="still going on"):
        do(begin, Filters(ids=tuple(reversed(ids))), status="ready")
    assert undone == [Undone(2, 0)]
    assert {now(begin, one).status for one in ids} == {"new"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "set"),
        ({"add_hashtags": ("!!",)}, "set"),
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
        Change(**change)
    assert refused.value.field == field


def test_a_category_that_is_deleted_at_that_moment_is_made_anew(
    begin: Begin, add: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, real, gone = add(), catalogue.category_named, [True]

    def named(session: Session, name: str) -> Category | None:
        return Category(id=10**9, name=name, images=0) if gone and gone.pop() else real(session, name)

    monkeypatch.setattr(catalogue, "category_named", named)
    assert bulk.apply(begin, Filters(ids=(number,)), Change(category="Prints")).changed == 1
    assert now(begin, number).category == "Prints"
    monkeypatch.setattr(catalogue, "category_named", lambda _, name: Category(id=10**9, name=name, images=0))
    with pytest.raises(Conflict):
        bulk.apply(begin, Filters(ids=(number,)), Change(category="Paper"))
    assert now(begin, number).category == "Prints"
