"""A search that finds nothing says what it may have meant: words of the library that find something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, Select, delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from artworks.search import vocabulary
from artworks.search.filters import Filters
from artworks.search.spelling import suggest
from artworks.search.vocabulary import VocabularyScanner
from models import Category, Image, SearchWord, SearchWordProgress
from tests.support.material import row

# What is typed, and what may have been meant.
MEANT = {
    "portait": "portrait",
    "watercolour": "watercolor",
    "bortrait": "portrait",
    "ortrait": "portrait",
    "mountians": "mountains",
    "caffe": "café",
    "натюрмроот": "натюрморт",
    "mowem": "möwen",
    "Mowem": "Möwen",
    # What is found first only has "Étangs".
    "etagn": "étang",
    "tag:linocot": "tag:linocut",
    '"heron at dsuk"': '"heron at dusk"',
    "Heron dsuk": "Heron dusk",
    "herno": "heron",
    "status": "statue",
    "-dusk portait": "-dusk portrait",
    "por\u200btait": "portrait",
    "ｐｏｒｔａｉｔ": "portrait",
    # Neither a number, nor a file's name, nor what differs too much, nor what would find nothing after all.
    "2018": "",
    "img": "",
    "sculpture": "",
    "drypiont": "",
    "portait linocut": "",
    # The name of a filter.
    "status:": "",
    "cat": "",
    "heron": "",
    "%%": "",
    "portait" * 20: "",
}


def gather(engine: Engine) -> None:
    VocabularyScanner(sessionmaker(engine)).work()


@pytest.fixture
def library(session: Session, engine: Engine) -> Session:
    row(
        session,
        "IMG_2043.jpg",
        post_title="Portrait of a café",
        description="A watercolor of mountains, and a statue, 2019",
    )
    row(
        session,
        "b.jpg",
        post_title="Heron at dusk",
        hashtags=["#greyheron", "#linocut"],
        key_points="linocut, étang",
    )
    row(
        session,
        "c.jpg",
        post_title="Herons",
        description="Möwen über dem Fluss. Натюрморт. Étangs",
        hashtags=["#linocut"],
    )
    session.add(Category(name="Drypoint"))
    session.commit()
    gather(engine)
    return session


def test_what_may_have_been_meant(library: Session) -> None:
    assert {typed: suggest(library, Filters(typed)) for typed in MEANT} == MEANT


def test_words_of_a_category_are_offered_when_it_has_pictures(library: Session) -> None:
    category_id = library.scalar(select(Category.id))
    library.execute(update(Image).where(Image.post_title == "Herons").values(category_id=category_id))
    assert suggest(library, Filters("drypiont")) == "drypoint"
    assert suggest(library, Filters("category:drypiont heron")) == "category:drypoint heron"


def test_what_no_picture_has_any_more_is_not_offered(library: Session) -> None:
    library.execute(delete(Image).where(Image.post_title.like("Portrait%")))
    assert suggest(library, Filters("portait")) == ""


def test_what_changes_is_gathered_once(
    library: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered: list[list[int]] = []
    words_of_images = vocabulary._words_of_images

    def noted(ids: Sequence[int]) -> Select[str]:
        gathered.append(list(ids))
        return words_of_images(ids)

    monkeypatch.setattr(vocabulary, "_words_of_images", noted)
    monkeypatch.setattr(vocabulary, "STEP", 2)
    old = library.scalars(select(Image.id)).all()
    library.execute(update(Image).values(updated_at=Image.updated_at - timedelta(hours=1)))
    library.commit()
    gather(engine)
    assert gathered == []
    row(library, "d.jpg", post_title="Serigraphy")
    library.commit()
    gather(engine)
    assert [image_id for ids in gathered for image_id in ids] == [max(old) + 1]
    assert suggest(library, Filters("serigrafy")) == "serigraphy"
    # A library of before is gone through from the beginning, and goes on where it was broken off.
    library.execute(delete(SearchWord))
    library.execute(delete(SearchWordProgress))
    library.commit()
    gathered.clear()
    gather(engine)
    assert [len(ids) for ids in gathered] == [2, 2]
    assert suggest(library, Filters("portait")) == "portrait"
