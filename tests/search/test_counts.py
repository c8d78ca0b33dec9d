"""Counts are kept by the database: right after every kind of change, and whoever changes things at once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from artworks.images import image as images
from tests.support.material import row

COUNTED = {
    "SELECT status, images FROM status_count WHERE images <> 0": (
        "SELECT status, count(*) FROM image WHERE trashed_at IS NULL GROUP BY 1"
    ),
    "SELECT folded, images FROM tag WHERE images <> 0": (
        "SELECT folded, count(*) FROM image, unnest(hashtags_folded) AS t(folded) WHERE trashed_at IS NULL GROUP BY 1"
    ),
    "SELECT id, images FROM category WHERE images <> 0": (
        "SELECT category_id, count(*) FROM image WHERE trashed_at IS NULL AND category_id IS NOT NULL GROUP BY 1"
    ),
    "SELECT id, images FROM collection WHERE images <> 0": (
        "SELECT collection_id, count(*) FROM collection_image JOIN image i ON i.id = image_id "
        "WHERE trashed_at IS NULL GROUP BY 1"
    ),
}


def assert_counts_are_right(engine: Engine) -> None:
    with engine.connect() as connection:
        for kept, counted in COUNTED.items():
            found = {tuple(one) for one in connection.execute(text(kept))}
            assert found == {tuple(one) for one in connection.execute(text(counted))}, kept
        assert connection.scalar(text("SELECT count(*) FROM count_change")) == 0


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_every_kind_of_change_is_counted(engine: Engine, session: Session) -> None:
    number, other = (
        row(session, category="Prints", hashtags="heron water").id,
        row(session, hashtags="Heron").id,
    )
    session.commit()
    assert_counts_are_right(engine)
    image = images.find(session, number)
    words = {"category": "Paper", "hashtags": "heron dusk", "status": "ready"}
    images.edit(session, image, image.version, words)
    session.commit()
    assert_counts_are_right(engine)
    images.trash(session, images.find(session, number))
    session.commit()
    assert_counts_are_right(engine)
    run(
        engine,
        "INSERT INTO collection (name) VALUES ('Coast')",
        "INSERT INTO collection_image SELECT c.id, i.id, i.id FROM collection c, image i",
    )
    assert_counts_are_right(engine)
    images.untrash(session, images.find(session, number, trashed=True))
    session.commit()
    assert_counts_are_right(engine)
    run(engine, f"DELETE FROM image WHERE id = {other}")
    assert_counts_are_right(engine)
    run(engine, "DELETE FROM category")
    assert_counts_are_right(engine)


def test_a_change_that_is_rolled_back_counts_nothing(engine: Engine, session: Session) -> None:
    row(session, hashtags="heron")
    session.rollback()
    assert_counts_are_right(engine)


def test_many_at_once_count_right_and_never_wait_for_each_other_for_ever(
    database_url: str, engine: Engine
) -> None:
    """Each changes several tags in an order of its own: locks taken in that order would end in a deadlock."""
    tags = [f"#t{number}" for number in range(6)]
    with Session(engine) as session, session.begin():
        numbers = [row(session).id for _ in range(8)]

    def change(number: int) -> None:
        mine, own = random.Random(number), create_engine(database_url, poolclass=NullPool)
        for _ in range(15):
            with own.begin() as connection:
                for tag in mine.sample(tags, 4):
                    connection.execute(
                        text("UPDATE image SET hashtags = array_append(hashtags, :tag) WHERE id = :id"),
                        {
                            "tag": f"{tag}{mine.random() if mine.random() < 0.2 else ''}",
                            "id": numbers[number],
                        },
                    )
                connection.execute(
                    text("UPDATE image SET hashtags = hashtags[3:], status = :status WHERE id = :id"),
                    {"status": mine.choice(["new", "draft", "ready"]), "id": numbers[number]},
                )

    with ThreadPoolExecutor(len(numbers)) as pool:
        list(pool.map(change, range(len(numbers))))
    assert_counts_are_right(engine)


def test_the_shelf_of_a_picture_follows_its_category(engine: Engine, session: Session) -> None:
    image = row(session, category="Linocut")
    session.commit()
    shelf = f"SELECT shelf_id FROM image WHERE id = {image.id}"

    def name() -> object:
        with engine.connect() as connection:
            return connection.scalar(text(f"SELECT name FROM category WHERE id = ({shelf})"))

    assert name() == "Linocut"
    run(
        engine,
        "INSERT INTO category (name) VALUES ('Prints')",
        "UPDATE category SET parent_id = (SELECT id FROM category WHERE name = 'Prints') WHERE name = 'Linocut'",
    )
    assert name() == "Prints"
    run(engine, "DELETE FROM category WHERE name = 'Linocut'")
    assert name() is None
