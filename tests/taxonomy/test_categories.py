"""Categories in two levels: made, renamed, moved, merged and deleted, without a picture lost or counted wrong."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from artworks.core.errors import Conflict, Invalid, NotFound
from artworks.edits import field_updates
from artworks.images import image as images
from artworks.images import revisions
from artworks.taxonomy import categories
from artworks.taxonomy import queries as taxonomy
from artworks.taxonomy.categories import NameTaken
from models import Category, Image, SavedView
from tests.search.test_counts import assert_counts_are_right
from tests.support.material import row, statements


def shelf(session: Session, *names: str, **words: Any) -> list[Image]:
    """Add one picture to each category, and commit."""
    added = [row(session, category=name, **words) for name in names]
    session.commit()
    return added


def named(session: Session, name: str) -> int:
    found = taxonomy.by_name(session, name)
    assert found is not None, name
    return found.id


def tree(session: Session) -> dict[str, tuple[int, int]]:
    """Return own count and sum of every category, in the order of the page."""
    session.commit()
    listed = taxonomy.page_of_categories(session, 100).categories
    return {one.name: (one.images, one.total) for one in listed}


def category_of(session: Session, image: Image) -> str:
    return images.find(session, image.id, trashed=None).category


def history(session: Session, image: Image) -> list[dict[str, Any]]:
    return [one.changes for one in revisions.of_image(session, image.id) if one.action == "edit"]


def test_a_part_comes_with_its_shelf(session: Session) -> None:
    part = taxonomy.find_or_create(session, "Prints  /\tLinocut")
    assert part is not None
    assert part.name == "Prints / Linocut"
    assert part.parent_id == named(session, "PRINTS")
    again = taxonomy.find_or_create(session, "prints / LINOCUT")
    assert again is not None
    assert again.id == part.id
    other = taxonomy.find_or_create(session, "pRINTS / Etching")
    assert other is not None
    assert (other.name, other.parent_id) == ("Prints / Etching", part.parent_id)


@pytest.mark.parametrize(
    "name", ["Prints", "AC/DC", "1/2", "/dev/null", "Oil/ canvas", "a/b/c", "Prints /", "/"]
)
def test_names_without_a_spaced_slash_are_flat_and_kept_as_they_are(session: Session, name: str) -> None:
    made = taxonomy.find_or_create(session, name)
    assert made is not None
    assert (made.name, made.parent_id) == (name, None)


@pytest.mark.parametrize(
    ("there", "typed"), [("Prints / Lino", "prints/lino"), ("AC/DC", "AC / DC"), ("a/b", "A  /b")]
)
def test_spaces_around_a_slash_make_no_second_category(session: Session, there: str, typed: str) -> None:
    made = taxonomy.find_or_create(session, there)
    assert taxonomy.find_or_create(session, typed) is made
    with pytest.raises(categories.NameTaken):
        categories.create(session, typed)


def test_a_third_level_or_a_name_too_long_is_refused(session: Session) -> None:
    for name in ("a / b / c", "a" * 40 + "  / " + "b" * 38):
        with pytest.raises(Invalid) as refused:
            taxonomy.find_or_create(session, name)
        assert refused.value.field == "category"
    assert session.scalar(select(Category.id)) is None


def test_a_flat_name_of_an_older_library_stays_in_use(session: Session) -> None:
    session.add(Category(name="Oil / Canvas / Large"))
    session.flush()
    found = taxonomy.find_or_create(session, "oil / canvas / large")
    assert found is not None
    assert found.parent_id is None


def test_lists_show_shelves_with_their_parts_and_sums(session: Session) -> None:
    shelf(session, "Paper", "Paper", "Prints", "Prints / Etching", "Prints / Linocut", "Prints / Linocut")
    taxonomy.find_or_create(session, "Empty / Part")
    session.commit()
    used = [
        (one.label, one.parent_id is None, one.images, one.total)
        for one in taxonomy.categories_in_use(session)
    ]
    assert used == [
        ("Prints", True, 1, 4), ("Linocut", False, 2, 2), ("Etching", False, 1, 1), ("Paper", True, 2, 2),
    ]  # fmt: skip
    assert list(tree(session)) == [
        "Empty", "Empty / Part", "Paper", "Prints", "Prints / Etching", "Prints / Linocut",
    ]  # fmt: skip


def test_shelves_come_in_pages_and_in_two_statements(engine: Engine, session: Session) -> None:
    for number in range(7):
        taxonomy.find_or_create(session, f"S{number} / part")
    session.commit()
    with statements(engine) as sent:
        page = taxonomy.page_of_categories(session, 3)
    assert len(sent) == 2
    seen = [one.name for one in page.categories]
    while page.next:
        page = taxonomy.page_of_categories(session, 3, page.next)
        seen += [one.name for one in page.categories]
    assert seen == [name for number in range(7) for name in (f"S{number}", f"S{number} / part")]


def test_a_rename_takes_the_parts_along_and_touches_no_picture(engine: Engine, session: Session) -> None:
    image, _ = shelf(session, "Prints / Linocut", "Prints")
    session.add(SavedView(name="Mine", filters={"category": "prints / linocut", "status": "new"}))
    with statements(engine) as sent:
        categories.change(session, named(session, "Prints"), name="  Graphic\n works ")
    assert not [one for one in sent if "UPDATE image" in one]
    assert tree(session) == {"Graphic works": (1, 2), "Graphic works / Linocut": (1, 1)}
    assert category_of(session, image) == "Graphic works / Linocut"
    assert (images.find(session, image.id).version, history(session, image)) == (1, [])
    view = session.scalars(select(SavedView)).one()
    session.refresh(view)
    assert view.filters == {"category": "Graphic works / Linocut", "status": "new"}


def test_a_part_is_renamed_by_its_own_name_or_its_whole_one(session: Session) -> None:
    shelf(session, "Prints / Linocut")
    part = named(session, "Prints / Linocut")
    assert categories.change(session, part, name="Woodcut").name == "Prints / Woodcut"
    assert categories.change(session, part, name="prints / WOODCUT").name == "Prints / WOODCUT"
    assert categories.change(session, part, name="Paper / Card").name == "Paper / Card"
    assert list(tree(session)) == ["Paper", "Paper / Card", "Prints"]


def test_a_taken_name_is_refused_and_says_which(session: Session) -> None:
    shelf(session, "Prints", "Paper", "Prints / A", "Prints / B")
    for old, new, taken in (("Prints", "PAPER", "Paper"), ("Prints / A", "b", "Prints / B")):
        with pytest.raises(NameTaken) as refused:
            categories.change(session, named(session, old), name=new)
        assert refused.value.other == named(session, taken)
        assert taken in refused.value.message
        session.rollback()
    # Only the case changes: that is its own name.
    assert categories.change(session, named(session, "prints"), name="PRINTS").name == "PRINTS"


def test_moving_under_another_and_to_the_top(engine: Engine, session: Session) -> None:
    image, *_ = shelf(session, "Linocut", "Prints", "Paper / Card")
    linocut, prints = named(session, "Linocut"), named(session, "Prints")
    categories.change(session, linocut, parent_id=prints)
    assert tree(session) == {
        "Paper": (0, 1), "Paper / Card": (1, 1), "Prints": (1, 2), "Prints / Linocut": (1, 1),
    }  # fmt: skip
    where = select(Image.shelf_id).where(Image.id == image.id)
    assert session.scalar(where) == prints
    categories.change(session, linocut, name="Lino", parent_id=None)
    assert tree(session)["Lino"] == (1, 1)
    assert session.scalar(where) == linocut
    assert history(session, image) == []
    assert_counts_are_right(engine)


@pytest.mark.parametrize(
    ("moved", "under"),
    [
        ("Prints", "Paper"), ("Prints", "Prints"), ("Flat", "Prints / Linocut"), ("Flat", "Old / Name"),
        ("Old / Name", "Flat"),
    ],
)  # fmt: skip
def test_a_move_that_makes_no_sense_is_refused(session: Session, moved: str, under: str) -> None:
    shelf(session, "Prints / Linocut", "Paper", "Flat")
    session.add(Category(name="Old / Name"))
    session.commit()
    before = tree(session)
    with pytest.raises(Invalid):
        categories.change(session, named(session, moved), parent_id=named(session, under))
    session.rollback()
    assert tree(session) == before


def test_a_name_that_parts_would_make_too_long_is_refused(session: Session) -> None:
    shelf(session, "Prints / " + "x" * 60)
    with pytest.raises(Invalid, match="The limit is 80"):
        categories.change(session, named(session, "Prints"), name="y" * 30)


def test_a_merge_moves_pictures_and_parts_and_is_in_the_history(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(field_updates, "CHUNK", 2)
    moved = shelf(session, "Print", "Print", "Print", "Print / Linocut", "Print / Etching")
    (own,) = shelf(session, "Prints / linocut")
    trashed = moved[1]
    images.trash(session, images.find(session, trashed.id))
    session.execute(
        text('UPDATE image SET origins = \'{"category": "ai"}\' WHERE id = :id'), {"id": moved[2].id}
    )
    session.commit()
    changed = categories.merge(session, named(session, "Print"), named(session, "Prints"))
    assert (changed.every, changed.live) == (4, 3)
    assert tree(session) == {"Prints": (2, 5), "Prints / Etching": (1, 1), "Prints / linocut": (2, 2)}
    assert [category_of(session, one) for one in moved] == [
        "Prints", "Prints", "Prints", "Prints / linocut", "Prints / Etching",
    ]  # fmt: skip
    assert history(session, moved[0]) == [{"category": ["Print", "Prints"]}]
    assert history(session, trashed) == [{"category": ["Print", "Prints"]}]
    assert history(session, moved[3]) == [{"category": ["Print / Linocut", "Prints / linocut"]}]
    assert history(session, moved[4]) == history(session, own) == []
    now = images.find(session, moved[2].id)
    assert (now.version, now.origins) == (2, {"category": "ai_edited"})
    assert_counts_are_right(engine)


@pytest.mark.parametrize(
    ("source", "target"),
    [("Prints", "Prints"), ("Prints", "Prints / Linocut"), ("Prints", "Paper / Card")],
)
def test_a_merge_that_makes_no_sense_is_refused(session: Session, source: str, target: str) -> None:
    shelf(session, "Prints / Linocut", "Paper / Card")
    with pytest.raises(Invalid):
        categories.merge(session, named(session, source), named(session, target))


def test_a_part_merges_with_anything(session: Session) -> None:
    shelf(session, "Prints / Linocut", "Paper / Card", "Prints")
    categories.merge(session, named(session, "Prints / Linocut"), named(session, "Paper / Card"))
    categories.merge(session, named(session, "Paper / Card"), named(session, "Prints"))
    assert tree(session) == {"Paper": (0, 0), "Prints": (3, 3)}


def test_deleting_keeps_the_pictures_and_lifts_the_parts(engine: Engine, session: Session) -> None:
    image, part = shelf(session, "Prints", "Prints / Linocut")
    changed = categories.delete(session, named(session, "Prints"))
    assert changed.live == 1
    assert tree(session) == {"Linocut": (1, 1)}
    assert [category_of(session, one) for one in (image, part)] == ["", "Linocut"]
    assert history(session, image) == [{"category": ["Prints", ""]}]
    now = images.find(session, image.id)
    assert (now.version, now.origins) == (2, {})
    shelf_id = session.scalar(select(Image.shelf_id).where(Image.id == part.id))
    assert shelf_id == named(session, "Linocut")
    assert_counts_are_right(engine)


def test_deleting_with_its_parts_keeps_all_the_pictures(engine: Engine, session: Session) -> None:
    both = shelf(session, "Prints", "Prints / Linocut")
    changed = categories.delete(session, named(session, "Prints"), "too")
    assert changed.live == 2
    assert tree(session) == {}
    assert [category_of(session, one) for one in both] == ["", ""]
    assert history(session, both[1]) == [{"category": ["Prints / Linocut", ""]}]
    assert_counts_are_right(engine)


def test_a_part_that_cannot_go_up_stops_the_deletion(session: Session) -> None:
    shelf(session, "Prints / Linocut", "linocut", "Prints")
    with pytest.raises(NameTaken):
        categories.delete(session, named(session, "Prints"))
    session.rollback()
    assert tree(session) == {"linocut": (1, 1), "Prints": (1, 2), "Prints / Linocut": (1, 1)}


def test_a_part_of_a_part_stops_what_would_delete_it_unseen(session: Session) -> None:
    """From a fault of the past: there is no third level."""
    deep, _ = shelf(session, "Linocut / Fine", "Prints / Linocut")
    shelf(session, "Paper / Linocut")
    session.execute(
        text("UPDATE category SET parent_id = :part WHERE name = 'Linocut / Fine'"),
        {"part": named(session, "Prints / Linocut")},
    )
    session.commit()
    prints, paper = named(session, "Prints"), named(session, "Paper")
    with pytest.raises(Conflict, match="“Prints / Linocut” has parts of its own"):
        categories.delete(session, prints, "too")
    session.rollback()
    with pytest.raises(Conflict, match="“Prints / Linocut” has parts of its own"):
        categories.merge(session, prints, paper)
    session.rollback()
    categories.change(session, named(session, "Linocut / Fine"), parent_id=None)
    categories.delete(session, prints, "too")
    assert category_of(session, deep) == "Fine"


def test_what_is_not_there_is_said(session: Session) -> None:
    for number in (4711, 0, -1, 2**70):
        for call in (
            lambda n: categories.change(session, n, name="x"),
            lambda n: categories.merge(session, n, n),
            lambda n: categories.delete(session, n),
        ):
            with pytest.raises(NotFound):
                call(number)
            session.rollback()
