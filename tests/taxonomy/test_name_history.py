"""Words of before come back under the names that categories and tags have today."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from artworks.bulk import undo as bulk_undo
from artworks.bulk.bulk_edit import Change
from artworks.core.transactions import TransactionFactory
from artworks.images import image as images
from artworks.images import revisions, suggestions
from artworks.images.image import Restored
from artworks.search.filters import Filters
from artworks.taxonomy import categories, name_history, tags
from artworks.taxonomy import queries as taxonomy
from models import Category, Image, NameChange
from tests.support.bulk_edits import apply
from tests.taxonomy.test_categories import category_of, named, shelf
from tests.taxonomy.test_tags import tagged, tags_of


def edit(session: Session, image: Image, **changes: Any) -> None:
    found = images.find(session, image.id)
    images.edit(session, found, found.version, changes)
    session.commit()


def go_back(session: Session, image: Image, place: int = -1) -> Restored:
    """Go back to a point of the history, the first without `place`."""
    session.commit()
    session.expire_all()
    found = images.find(session, image.id)
    done = images.restore_revision(
        session, found, revisions.of_image(session, image.id)[place].id, found.version
    )
    session.commit()
    return done


def said(done: Restored) -> list[str]:
    return [one.sentence for one in done.new_names]


def rename(session: Session, name: str, new: str) -> None:
    categories.change(session, named(session, name), name=new)
    session.commit()


def merge(session: Session, name: str, into: str) -> int:
    changed = categories.merge(session, named(session, name), named(session, into))
    session.commit()
    return changed.bulk_edit_id or 0


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Category.name).order_by(Category.name)))


def test_renames_and_merges_are_followed_one_after_the_other(session: Session) -> None:
    image, *_ = shelf(session, "Oils", "Paint", "Prints")
    edit(session, image, category="Prints")
    rename(session, "Oils", "Oil")
    rename(session, "Oil", "Oil paintings")
    merge(session, "Oil paintings", "Paint")
    rename(session, "Paint", "Paintings")
    assert said(go_back(session, image)) == ["The category “Oils” is called “Paintings” now."]
    assert category_of(session, image) == "Paintings"
    assert names(session) == ["Paintings", "Prints"]


def test_a_part_that_moved_or_whose_shelf_was_renamed_is_found(session: Session) -> None:
    image, other, _ = shelf(session, "Prints / Linocut", "Prints / Etching", "Paper")
    edit(session, image, category="Paper")
    edit(session, other, category="Paper")
    rename(session, "Prints", "Graphics")
    categories.change(session, named(session, "Graphics / Etching"), parent_id=None)
    assert said(go_back(session, image)) == [
        "The category “Prints / Linocut” is called “Graphics / Linocut” now."
    ]
    go_back(session, other)
    assert (category_of(session, image), category_of(session, other)) == ("Graphics / Linocut", "Etching")


def test_a_name_that_was_given_to_something_new_means_what_it_meant_then(session: Session) -> None:
    image, *_ = shelf(session, "Oils", "Prints")
    edit(session, image, category="Prints")
    rename(session, "Oils", "Oil paintings")
    edit(session, image, category="Oils")
    edit(session, image, category="Prints")
    go_back(session, image, 1)
    assert category_of(session, image) == "Oils"
    go_back(session, image)
    assert category_of(session, image) == "Oil paintings"


def test_a_merge_that_was_undone_never_happened(session: Session, begin: TransactionFactory) -> None:
    image, part, *_ = shelf(session, "Oils", "Oils / Small", "Paintings", "Prints")
    for one in (image, part):
        edit(session, one, category="Prints")
    action = merge(session, "Oils", "Paintings")
    bulk_undo.undo(begin, action)
    assert session.scalar(select(func.count()).select_from(NameChange)) == 0
    assert said(go_back(session, image)) == said(go_back(session, part)) == []
    assert (category_of(session, image), category_of(session, part)) == ("Oils", "Oils / Small")


def test_a_deleted_category_stays_away_and_the_picture_keeps_the_one_it_has(session: Session) -> None:
    image, *_ = shelf(session, "Oils", "Prints", post_title="Dusk")
    edit(session, image, category="Prints", post_title="Dawn")
    categories.delete(session, named(session, "Oils"))
    assert said(go_back(session, image)) == [
        "The category “Oils” was deleted since, so the category is left as it is."
    ]
    found = images.find(session, image.id)
    assert (found.post_title, found.category, found.origins["category"]) == ("Dusk", "Prints", "person")
    # It is there again: then it is that one.
    edit(session, image, post_title="Noon")
    shelf(session, "Oils")
    assert said(go_back(session, image)) == []
    assert category_of(session, image) == "Oils"


def test_hashtags_come_back_as_they_are_called_now_each_once(session: Session) -> None:
    image, _ = tagged(session, "herron dusk wip bird", "heron")
    edit(session, image, hashtags="dusk")
    tags.rename(session, "herron", "herons")
    session.commit()
    tags.merge(session, ["herons", "bird"], "heron")
    session.commit()
    tags.remove(session, ["wip"])
    session.commit()
    done = go_back(session, image)
    assert tags_of(session, image) == ["#heron", "#dusk"]
    assert said(done) == [
        "The hashtag #herron is called #heron now.",
        "The hashtag #wip was removed from all pictures since, and stays away.",
        "The hashtag #bird is called #heron now.",
    ]
    assert [one.name for one in tags.page(session).tags] == ["#heron", "#dusk"]


def test_an_undo_of_many_finds_what_was_renamed_or_merged_since(
    session: Session, begin: TransactionFactory
) -> None:
    image, _ = shelf(session, "Oils", "Prints", hashtags="herron")
    done = apply(begin, Filters(ids=(image.id,)), Change(category="Prints", add_hashtags=("#dusk",)))
    rename(session, "Prints", "Graphics")
    shelf(session, "Paintings", "Works")
    merge(session, "Graphics", "Works")
    merge(session, "Oils", "Paintings")
    tags.rename(session, "herron", "heron")
    session.commit()
    found = bulk_undo.undo(begin, done.bulk_edit_id or 0)
    assert (found.undone, found.left) == (1, 0)
    assert found.also == "The category “Oils” is called “Paintings” now."
    session.expire_all()
    assert (category_of(session, image), tags_of(session, image)) == ("Paintings", ["#heron"])
    change = revisions.of_image(session, image.id)[0].changes
    assert change == {"category": ["Works", "Paintings"], "hashtags": [["#heron", "#dusk"], ["#heron"]]}


def test_a_suggestion_is_taken_under_the_names_of_today(session: Session) -> None:
    image, *_ = shelf(session, "Oils")
    words = {"category": "Oils", "hashtags": ["#herron"], "post_title": "Dusk"}
    edit(session, image, category="", hashtags="herron")
    suggestions.suggest(session, images.find(session, image.id), words, source="openai", note="", feedback="")
    session.commit()
    rename(session, "Oils", "Oil paintings")
    tags.rename(session, "herron", "heron")
    session.commit()
    session.expire_all()
    found = images.find(session, image.id)
    assert found.suggestion is not None
    shown = suggestions.differences(session, found)
    assert [one.parts[-1].text for one in shown] == ["Dusk", "#heron", "Oil paintings"]
    suggestions.accept(session, found, found.suggestion.number, found.version, None)
    session.commit()
    assert (category_of(session, image), tags_of(session, image)) == ("Oil paintings", ["#heron"])
    assert taxonomy.by_name(session, "Oils") is None


def test_hashtags_of_a_file_that_were_renamed_come_as_they_are_called_now(session: Session) -> None:
    tagged(session, "herron dusk wip")
    tags.rename(session, "herron", "heron")
    tags.rename(session, "dusk", "dawn")
    tags.remove(session, ["wip"])
    tagged(session, "dusk")
    found = name_history.with_current_tags(session, ["#wip", "#herron", "#dusk", "#new", "#heron"])
    assert found == ["#wip", "#heron", "#dusk", "#new"]
