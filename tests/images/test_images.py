"""Pictures: edits and their clashes, who wrote what, the trash."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from artworks.bulk.bulk_edit import Change
from artworks.core.errors import NotFound
from artworks.images import image as images
from artworks.images.image import StaleVersion
from artworks.library.sidebar import read_sidebar
from artworks.search.filters import Filters
from artworks.taxonomy import queries as taxonomy
from artworks.taxonomy import tags
from artworks.taxonomy.tags import TagCount
from models import Category, Image, Revision
from tests.support.batching import begin_of, somebody_waits, wait_until
from tests.support.bulk_edits import apply
from tests.support.material import row
from tests.support.program import PATIENCE


def test_the_slower_of_two_edits_is_a_conflict_and_writes_nothing(engine: Engine, session: Session) -> None:
    number = row(session, post_title="First").id
    session.commit()
    with Session(engine) as slower:
        seen = images.find(slower, number)
        images.edit(session, images.find(session, number), 1, {"post_title": "Quicker"})
        session.commit()
        with pytest.raises(StaleVersion) as clash:
            images.edit(slower, seen, 1, {"description": "Slower"})
        assert (clash.value.current.post_title, clash.value.current.version) == ("Quicker", 2)
        slower.commit()
    session.expire_all()
    assert images.find(session, number).description == ""
    assert session.scalar(select(func.count()).select_from(Revision)) == 2


def test_words_of_ai_that_a_person_edits_are_marked_as_edited(session: Session) -> None:
    image = row(session, key_points="linocut")
    words = {"post_title": "Heron", "description": "A heron."}
    images.write(session, image, words, by="ai", action="generate", origins=dict.fromkeys(words, "ai"))
    images.edit(session, image, image.version, {"post_title": "Grey heron", "description": "A heron."})
    assert image.origins == {"key_points": "person", "post_title": "ai_edited", "description": "ai"}
    images.edit(session, image, image.version, {"post_title": ""})
    images.edit(session, image, image.version, {"post_title": "My own"})
    assert image.origins["post_title"] == "person"


def test_an_edit_moves_the_time_of_change_and_only_that(session: Session) -> None:
    image = row(session)
    session.commit()
    made, changed = image.created_at, image.updated_at
    images.edit(session, image, 1, {"alt_text": "A heron"})
    session.commit()
    session.refresh(image)
    assert image.created_at == made
    assert image.updated_at > changed


def test_two_names_of_one_category_that_differ_in_case_are_one_row(engine: Engine, session: Session) -> None:
    first = row(session, category="Prints")
    session.commit()
    with Session(engine) as other:
        assert row(other, category="PRINTS").category_id == first.category_id
        other.commit()
    assert session.scalars(select(Category.name)).all() == ["Prints"]


def test_two_people_give_a_picture_the_same_new_category_at_once(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes second waits for the picture and holds no category: otherwise the two would wait in a circle."""
    number, find = row(session).id, taxonomy.find_or_create
    session.commit()
    edits: list[Future[None]] = []

    def edit() -> None:
        with Session(engine) as own:
            images.edit(own, images.find(own, number), 1, {"category": "New"})

    def slow(*arguments: Any, **more: Any) -> Category | None:
        monkeypatch.setattr(taxonomy, "find_or_create", find)
        edits.append(pool.submit(edit))
        wait_until(lambda: somebody_waits(engine))
        return find(*arguments, **more)

    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(taxonomy, "find_or_create", slow)
        done = apply(begin_of(engine), Filters(ids=(number,)), Change(category="New"))
        with pytest.raises(StaleVersion):
            edits[0].result(PATIENCE)
    assert done.changed == 1
    assert session.scalars(select(Category.name)).all() == ["New"]


def test_categories_and_tags_are_counted_without_the_trash(session: Session) -> None:
    row(session, category="Prints", hashtags="Heron water")
    row(session, category="prints", hashtags="heron")
    images.trash(session, row(session, category="Paper", hashtags="heron gone"))
    session.commit()
    assert [(one.name, one.images) for one in taxonomy.categories_in_use(session)] == [("Prints", 2)]
    assert tags.most_used(session) == [
        TagCount(tags.most_used(session, "#HER")[0].name, 2),
        TagCount("#water", 1),
    ]
    assert tags.most_used(session, "%") == tags.most_used(session, "_") == []
    assert read_sidebar(session).statuses == {"new": 2}


@pytest.mark.parametrize("number", [0, -1, 1, 2**63, 10**30])
def test_a_picture_that_is_not_there_is_not_found(session: Session, number: int) -> None:
    with pytest.raises(NotFound):
        images.find(session, number)


def test_a_picture_is_on_one_side_of_the_trash_only(session: Session) -> None:
    image = row(session)
    images.trash(session, image)
    assert images.find(session, image.id, trashed=True) is image
    with pytest.raises(NotFound):
        images.find(session, image.id)
    with pytest.raises(NotFound):
        images.by_stored_name(session, image.stored_filename)
    images.untrash(session, image)
    assert images.find(session, image.id) is image
    with pytest.raises(NotFound):
        images.find(session, image.id, trashed=True)


def test_only_pictures_outside_the_trash_count_as_the_same_file(session: Session) -> None:
    older, newer = row(session), row(session)
    older.sha256 = newer.sha256 = "ab" * 32
    session.flush()
    assert images.same_file(session, "ab" * 32) == older.id
    images.trash(session, older)
    assert images.same_file(session, "ab" * 32) == newer.id
    images.trash(session, newer)
    assert images.same_file(session, "ab" * 32) is None


def test_a_name_with_a_nul_is_no_file(session: Session) -> None:
    with pytest.raises(NotFound):
        images.by_stored_name(session, "a\0b.jpg")


def test_rows_are_made_with_a_persons_words(session: Session) -> None:
    image = row(session, category=" Prints ", key_points="linocut", hashtags="")
    session.flush()
    stored = session.get_one(Image, image.id)
    assert (stored.category, stored.key_points, stored.hashtags) == ("Prints", "linocut", [])
    assert stored.origins == {"category": "person", "key_points": "person"}
