"""Categories while several people are at work: made once, never deleted unseen, and nobody waits in a circle."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from artworks.core.errors import Conflict, NotFound
from artworks.images import image as images
from artworks.taxonomy import categories, category_locks
from artworks.taxonomy import queries as taxonomy
from artworks.taxonomy.categories import NameTaken
from models import Category
from tests.search.test_counts import assert_counts_are_right
from tests.support.batching import wait_until
from tests.support.material import row
from tests.support.program import PATIENCE
from tests.taxonomy.test_categories import category_of, named, shelf, tree


def test_many_at_once_make_one_shelf_and_one_part(database_url: str, session: Session) -> None:
    def make(number: int) -> None:
        engine = create_engine(database_url, poolclass=NullPool)
        with Session(engine) as own:
            row(own, category=f"Prints / Part {number % 2}")
            own.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(16)))
    assert tree(session) == {"Prints": (0, 16), "Prints / Part 0": (8, 8), "Prints / Part 1": (8, 8)}


def test_a_part_added_in_between_is_not_deleted_unseen(database_url: str, session: Session) -> None:
    shelf(session, "Prints")
    number = named(session, "Prints")
    session.commit()
    sweep = category_locks.move_images

    def slow(*arguments: Any, **more: Any) -> Any:
        own = create_engine(database_url, poolclass=NullPool)
        with Session(own) as other:
            row(other, category="Prints / New")
            other.commit()
        return sweep(*arguments, **more)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Conflict):
        patch.setattr(category_locks, "move_images", slow)
        categories.delete(session, number)
    session.rollback()
    assert tree(session) == {"Prints": (1, 2), "Prints / New": (1, 1)}


@pytest.mark.parametrize("act", ["delete", "merge"])
def test_a_name_that_is_taken_in_between_is_refused_and_says_which(
    database_url: str, session: Session, act: str
) -> None:
    shelf(session, "Prints / Linocut", "Paper")
    source, target = named(session, "Prints"), named(session, "Paper")
    session.commit()
    sweep = category_locks.move_images
    taken = {"delete": "Linocut", "merge": "Paper / Linocut"}[act]

    def slow(*arguments: Any, **more: Any) -> Any:
        own = create_engine(database_url, poolclass=NullPool)
        with Session(own) as other:
            row(other, category=taken)
            other.commit()
        return sweep(*arguments, **more)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(NameTaken, match=taken):
        patch.setattr(category_locks, "move_images", slow)
        if act == "delete":
            categories.delete(session, source)
        else:
            categories.merge(session, source, target)
    session.rollback()
    assert tree(session)["Prints / Linocut"] == (1, 1)


def test_a_move_to_a_new_shelf_waits_in_no_circle_with_a_picture_that_comes_into_it(
    database_url: str, session: Session
) -> None:
    """Whoever files the picture waits for the name of the shelf as soon as that is written, and fills categories."""
    _, image = shelf(session, "Lino", "Paper")
    number, image_id = named(session, "Lino"), image.id
    session.commit()
    make = taxonomy.find_or_create

    def file() -> None:
        own = create_engine(database_url, poolclass=NullPool)
        with Session(own) as other:
            found = images.find(other, image_id)
            images.edit(other, found, found.version, {"category": "Prints"})
            other.commit()

    with ThreadPoolExecutor(1) as pool, pytest.MonkeyPatch.context() as patch:
        tasks: list[Future[None]] = []

        def slow(*arguments: Any, **more: Any) -> Category | None:
            found = make(*arguments, **more)
            if not tasks:
                tasks.append(pool.submit(file))
                with create_engine(database_url, poolclass=NullPool).connect() as other:
                    wait_until(lambda: other.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
            return found

        patch.setattr(taxonomy, "find_or_create", slow)
        # A lock that waits longer than this is one of a circle.
        patch.setattr(category_locks, "TRIES", 2)
        categories.change(session, number, name="Prints / Lino")
        session.commit()
        tasks[0].result(PATIENCE)
    assert tree(session) == {"Paper": (0, 0), "Prints": (1, 2), "Prints / Lino": (1, 1)}


def test_a_merge_lets_somebody_by_who_holds_the_categories_and_wants_a_picture(
    database_url: str, session: Session
) -> None:
    image, _ = shelf(session, "Print", "Prints")
    source, target = named(session, "Print"), named(session, "Prints")
    session.commit()

    def merge() -> int:
        own = create_engine(database_url, poolclass=NullPool)
        with Session(own) as mine:
            changed = categories.merge(mine, source, target)
            mine.commit()
            return changed.live

    with ThreadPoolExecutor(1) as pool:
        taxonomy.find_or_create(session, "New")
        task = pool.submit(merge)
        with create_engine(database_url, poolclass=NullPool).connect() as other:
            wait_until(lambda: other.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
        now = images.find(session, image.id)
        images.edit(session, now, now.version, {"post_title": "Heron"})
        session.commit()
        assert task.result(PATIENCE) == 1
    session.expire_all()
    found = images.find(session, image.id)
    assert (found.post_title, found.category, found.version) == ("Heron", "Prints", 3)


def test_an_edit_into_a_category_that_goes_away_is_told_to_look_again(
    database_url: str, session: Session
) -> None:
    image, _ = shelf(session, "Paper", "Print")
    now, number = images.find(session, image.id), named(session, "Print")
    find = taxonomy.find_or_create

    def slow(*arguments: Any, **more: Any) -> Category | None:
        found = find(*arguments, **more)
        own = create_engine(database_url, poolclass=NullPool)
        with Session(own) as other:
            categories.delete(other, number)
            other.commit()
        return found

    with pytest.MonkeyPatch.context() as patch, pytest.raises(images.StaleVersion):
        patch.setattr(taxonomy, "find_or_create", slow)
        images.edit(session, now, now.version, {"category": "Print"})
    assert category_of(session, image) == "Paper"


def test_order_is_made_while_others_edit(database_url: str, engine: Engine, session: Session) -> None:
    """Pictures change their category while it is merged and renamed: nobody waits for ever, no picture is lost."""
    numbers = [one.id for one in shelf(session, *["Print", "Prints"] * 6)]

    def edit(number: int) -> None:
        own = create_engine(database_url, poolclass=NullPool)
        for turn in range(12):
            with Session(own) as mine:
                name = ("Print", "Prints", "Print / A", "Prints / B")[(number + turn) % 4]
                image = images.find(mine, number)
                images.edit(mine, image, image.version, {"category": name})
                mine.commit()

    def order(_: int) -> None:
        own = create_engine(database_url, poolclass=NullPool)
        for _turn in range(6):
            with Session(own) as mine:
                source, target = taxonomy.by_name(mine, "Print"), taxonomy.by_name(mine, "Prints")
                try:
                    if source and target:
                        categories.merge(mine, source.id, target.id)
                    mine.commit()
                except (Conflict, NotFound, images.StaleVersion):
                    mine.rollback()

    def guarded(number: int) -> None:
        for _ in range(30):
            try:
                return edit(number)
            except images.StaleVersion:
                continue
        raise AssertionError

    with ThreadPoolExecutor(6) as pool:
        tasks = [pool.submit(order, 0), *(pool.submit(guarded, number) for number in numbers[:5])]
        for task in tasks:
            task.result(PATIENCE)
    assert sum(total for name, (_, total) in tree(session).items() if "/" not in name) == len(numbers)
    assert_counts_are_right(engine)
