"""Tags: listed in pages, renamed, merged and removed in every picture; those that are nearly the same are found."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from artworks.core.errors import BadRequest, Invalid, NotFound
from artworks.edits import field_updates
from artworks.images import image as images
from artworks.images import revisions
from artworks.taxonomy import tags
from models import Image, SavedView, Tag
from tests.search.test_counts import assert_counts_are_right
from tests.support.examples import examples
from tests.support.material import row, statements


def tagged(session: Session, *lines: str) -> list[Image]:
    """Add one picture for each line of hashtags; each is committed, so that the first spelling is the one shown."""
    added = []
    for line in lines:
        added.append(row(session, hashtags=line))
        session.commit()
    return added


def tags_of(session: Session, image: Image) -> list[str]:
    return images.find(session, image.id, trashed=None).hashtags


def listed(session: Session, **how: Any) -> list[tuple[str, int]]:
    session.commit()
    return [(tag.name, tag.images) for tag in tags.page(session, **how).tags]


def many(session: Session, count: int) -> None:
    """Add tags without pictures, for questions to the table of tags alone."""
    rows = [
        {"folded": f"#tag{number:06}", "shown": f"#Tag{number:06}", "images": 1 + number % 7}
        for number in range(count)
    ]
    session.execute(insert(Tag), rows)
    session.commit()
    session.execute(text("ANALYZE tag"))
    session.commit()


def test_tags_are_listed_by_use_by_name_and_by_their_beginning(session: Session) -> None:
    tagged(session, "Heron bird", "heron", "herring", "ÄPFEL", "bird heron")
    assert listed(session) == [("#Heron", 3), ("#bird", 2), ("#herring", 1), ("#ÄPFEL", 1)]
    assert listed(session, order="name") == [("#bird", 2), ("#Heron", 3), ("#herring", 1), ("#ÄPFEL", 1)]
    assert listed(session, prefix="#HER") == [("#Heron", 3), ("#herring", 1)]
    assert listed(session, prefix="äp") == [("#ÄPFEL", 1)]
    assert listed(session, prefix="%") == listed(session, prefix="a\0") == []
    assert tags.count_in_use(session) == 4


@pytest.mark.parametrize("order", ["most", "name"])
def test_pages_follow_each_other_without_gap_or_double(session: Session, order: str) -> None:
    many(session, 250)
    page = tags.page(session, order=order)
    seen = [tag.name for tag in page.tags]
    while page.next:
        page = tags.page(session, order=order, after=page.next)
        seen += [tag.name for tag in page.tags]
    assert len(seen) == len(set(seen)) == 250
    assert seen == [tag.name for tag in tags.page(session, order=order, limit=300).tags]


def test_a_page_is_one_statement_by_index(engine: Engine, session: Session) -> None:
    many(session, 10_000)
    for order in tags.ORDERS:
        first = tags.page(session, order=order)
        with statements(engine) as sent:
            tags.page(session, order=order, after=first.next or "")
        (one,) = sent
        assert "OFFSET" not in one
    session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(
        session.scalars(
            text(
                "EXPLAIN SELECT * FROM tag WHERE images > 0 AND images <= 3 AND (images < 3 OR folded > '#tag') "
                "ORDER BY images DESC, folded LIMIT 101"
            )
        )
    )
    assert "tag_most" in plan
    assert "Sort" not in plan


def test_a_bad_order_or_cursor_is_refused(session: Session) -> None:
    with pytest.raises(Invalid):
        tags.page(session, order="best")
    for after in ("x", "1", "-1 #a", "9" * 30 + " #a", "²  #a", "1 #a\0"):
        with pytest.raises(BadRequest):
            tags.page(session, after=after)


def test_a_rename_keeps_the_order_and_is_in_the_history(engine: Engine, session: Session) -> None:
    image, other = tagged(session, "water Herons dusk", "dusk")
    session.add(SavedView(name="Mine", filters={"tag": "HERONS", "status": "new"}))
    changed = tags.rename(session, "herons", "Grey_Heron")
    session.commit()
    assert (changed.every, changed.live) == (1, 1)
    assert tags_of(session, image) == ["#water", "#Grey_Heron", "#dusk"]
    now = images.find(session, image.id)
    assert (now.version, now.origins["hashtags"]) == (2, "person")
    assert now.updated_at > now.created_at
    newest = revisions.of_image(session, image.id)[0]
    assert (newest.by, newest.action) == ("person", "edit")
    assert newest.changes == {
        "hashtags": [["#water", "#Herons", "#dusk"], ["#water", "#Grey_Heron", "#dusk"]]
    }
    assert images.find(session, other.id).version == 1
    assert listed(session) == [("#dusk", 2), ("#Grey_Heron", 1), ("#water", 1)]
    assert session.scalar(select(SavedView.filters)) == {"tag": "#Grey_Heron", "status": "new"}
    assert_counts_are_right(engine)


def test_another_spelling_is_written_everywhere(session: Session) -> None:
    pair = tagged(session, "Heron", "heron")
    assert tags.rename(session, "#HERON", "#heron").every == 1
    assert [tags_of(session, one) for one in pair] == [["#heron"], ["#heron"]]
    assert listed(session) == [("#heron", 2)]
    assert session.scalar(select(Image.version).where(Image.id == pair[1].id)) == 1


def test_a_rename_also_reaches_the_trash(engine: Engine, session: Session) -> None:
    image, _ = tagged(session, "herons", "herons")
    images.trash(session, images.find(session, image.id))
    session.commit()
    changed = tags.rename(session, "herons", "heron")
    session.commit()
    assert (changed.every, changed.live) == (2, 1)
    images.untrash(session, images.find(session, image.id, trashed=True))
    assert listed(session) == [("#heron", 2)]
    assert_counts_are_right(engine)


def test_words_of_ai_count_as_edited_by_a_person(session: Session) -> None:
    (image,) = tagged(session, "herons")
    session.execute(text('UPDATE image SET origins = \'{"hashtags": "ai"}\''))
    session.commit()
    tags.rename(session, "herons", "heron")
    assert images.find(session, image.id).origins == {"hashtags": "ai_edited"}
    now, before = revisions.of_image(session, image.id)
    assert now.origins == {"hashtags": ["ai", "ai_edited"]}
    images.restore_revision(session, images.find(session, image.id), before.id, 2)
    back = images.find(session, image.id)
    assert (back.hashtags, back.origins) == (["#heron"], {"hashtags": "ai"})


def test_many_merge_into_one_in_pieces(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(field_updates, "CHUNK", 2)
    all_three, *rest, plain = tagged(
        session, "a Herons b heron fishers", "Heron", "herons", "fishers heron", "herons c", "other"
    )
    with statements(engine) as sent:
        changed = tags.merge(session, ["#herons", "fishers", "#nothing"], "#heron")
    session.commit()
    assert len([one for one in sent if "UPDATE image" in one]) == 3
    assert changed.every == 5
    assert tags_of(session, all_three) == ["#a", "#heron", "#b"]
    assert [tags_of(session, one) for one in rest] == [["#heron"], ["#heron"], ["#heron"], ["#heron", "#c"]]
    assert images.find(session, plain.id).version == 1
    assert listed(session)[0] == ("#heron", 5)
    assert set(session.scalars(select(Tag.folded))) == {"#heron", "#a", "#b", "#c", "#other"}
    assert_counts_are_right(engine)


def test_removing_takes_tags_away_from_every_picture(engine: Engine, session: Session) -> None:
    image, bare = tagged(session, "a heron b", "HERON b")
    assert tags.remove(session, ["heron", "b"]).every == 2
    session.commit()
    assert tags_of(session, image) == ["#a"]
    assert tags_of(session, bare) == []
    assert images.find(session, bare.id).origins == {}
    assert listed(session) == [("#a", 1)]
    assert revisions.of_image(session, bare.id)[0].changes == {"hashtags": [["#HERON", "#b"], []]}
    assert_counts_are_right(engine)


def test_what_is_not_there_or_no_tag_is_refused(session: Session) -> None:
    (image,) = tagged(session, "heron")
    calls: list[Callable[[], object]] = [
        lambda: tags.rename(session, "crane", "bird"),
        lambda: tags.merge(session, ["crane", "stork"], "bird"),
        lambda: tags.remove(session, ["crane"]),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
        session.rollback()
    for name, field in (
        ("two words", "name"),
        ("", "name"),
        ("!!", "name"),
        ("x" * 101, "name"),
        (7, "name"),
    ):
        with pytest.raises(Invalid) as refused:
            tags.rename(session, "heron", name)
        assert refused.value.field == field
    for empty in ([], ["#x"] * 1001):
        with pytest.raises(Invalid) as refused:
            tags.merge(session, empty, "bird")
        assert refused.value.field == "tags"
    assert images.find(session, image.id).version == 1


WORDS = st.sampled_from(["a", "A", "b", "B", "é", "É", "ß", "İ", "c_d", "🎨", "a1"])
LINES = st.lists(st.lists(WORDS, max_size=6), min_size=1, max_size=5)


@examples(15)
@given(LINES, st.lists(WORDS, min_size=1, max_size=4), WORDS)
def test_a_merge_keeps_the_order_and_doubles_nothing(
    session: Session, lines: list[list[str]], sources: list[str], into: str
) -> None:
    """The same is done by hand in Python, tag by tag."""
    session.rollback()
    pictures = [row(session, hashtags=line) for line in lines]
    before = [list(one.hashtags) for one in pictures]
    session.execute(tags.COUNT_NOW)
    gone = {f"#{source}".lower() for source in [*sources, into]}
    try:
        tags.merge(session, sources, into)
    except NotFound:
        assert not {tag.lower() for line in before for tag in line} & {f"#{one}".lower() for one in sources}
        session.rollback()
        return
    for image, old in zip(pictures, before, strict=True):
        expected: list[str] = []
        for tag in old:
            new = f"#{into}" if tag.lower() in gone else tag
            if new.lower() not in {one.lower() for one in expected}:
                expected.append(new)
        assert tags_of(session, image) == expected
        assert images.find(session, image.id).version == (1 if expected == old else 2)
    session.rollback()


def test_tags_that_are_nearly_the_same_are_found(session: Session) -> None:
    tagged(
        session,
        "heron herons café cafe line_art lineart box boxes house houses berry berries",
        "herons news glass bus pine pin print prince glas as a",
        "herons cafés paintings",
    )
    groups = [[tag.name for tag in group] for group in tags.alike(session)]
    assert groups[0] == ["#herons", "#heron"]
    assert sorted(map(sorted, groups)) == [
        ["#berries", "#berry"], ["#box", "#boxes"], ["#cafe", "#café", "#cafés"], ["#heron", "#herons"],
        ["#house", "#houses"], ["#line_art", "#lineart"],
    ]  # fmt: skip


def test_ten_thousand_tags_are_compared_in_one_quick_statement(engine: Engine, session: Session) -> None:
    many(session, 9_000)
    words = [
        {"folded": f"#été{number}{end}", "shown": f"#été{number}{end}", "images": 1}
        for number in range(500)
        for end in ("x", "xs")
    ]
    session.execute(insert(Tag), words)
    session.commit()
    with statements(engine) as sent:
        groups = tags.alike(session)
    assert len(sent) == 1
    assert len(groups) == tags.MOST_GROUPS
    best = min(_seconds(session) for _ in range(3))
    assert best < 0.2, best


def _seconds(session: Session) -> float:
    """Compare the tags and tell how long processors worked on it, ours and the database's."""
    backend = psutil.Process(session.scalar(text("SELECT pg_backend_pid()")))

    def spent() -> float:
        there = backend.cpu_times()
        return float(there.user + there.system) + time.process_time()

    start = spent()
    tags.alike(session)
    return spent() - start
