"""One of a pair is kept, or both are."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from artworks.core.errors import Conflict
from artworks.duplicates import detection
from artworks.duplicates import pairs as duplicate_pairs
from artworks.images import image as images
from models import Image
from tests.duplicates.test_detection import commented, found, jpeg, open_pairs, put
from tests.fakes.storage import MemoryStorage
from tests.imaging.test_perceptual_hash import artwork


def pair_of(session: Session, storage: MemoryStorage, folder: Path) -> tuple[Image, Image]:
    one = jpeg(artwork(1))
    first, second = put(session, storage, folder, one, commented(one))
    return images.find(session, first), images.find(session, second)


def test_the_one_that_is_not_kept_goes_to_the_trash(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    first, second = pair_of(session, storage, tmp_path)
    trashed = duplicate_pairs.keep(session, first.id, second.id, "second")
    session.commit()
    assert trashed is first
    assert first.trashed_at is not None
    assert second.trashed_at is None
    assert open_pairs(session) == []
    with pytest.raises(Conflict):
        duplicate_pairs.keep(session, first.id, second.id, "both")


def test_words_fill_only_what_is_empty_and_keep_their_writers(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    first, second = pair_of(session, storage, tmp_path)
    images.write(session, first, {"post_title": "Mine", "category": "Prints"}, by="person", action="edit")
    theirs = {"post_title": "Theirs", "description": "By AI.", "hashtags": ["#heron"], "category": "Inks"}
    origins = {"post_title": "person", "description": "ai", "hashtags": "ai_edited", "category": "person"}
    images.write(session, second, theirs, by="ai", action="generate", origins=origins)
    session.commit()
    [pair] = open_pairs(session)
    assert (pair.gains("first"), pair.gains("second")) == (["description", "hashtags"], [])
    duplicate_pairs.keep(session, first.id, second.id, "first")
    session.commit()
    kept = images.find(session, first.id)
    assert (kept.post_title, kept.description, kept.hashtags, kept.category) == (
        "Mine",
        "By AI.",
        ["#heron"],
        "Prints",
    )
    assert kept.origins == {
        "post_title": "person",
        "category": "person",
        "description": "ai",
        "hashtags": "ai_edited",
    }
    duplicate_pairs.undo(session, first.id, second.id)
    session.commit()
    assert (kept.description, kept.hashtags, kept.post_title) == ("", [], "Mine")
    assert kept.origins == {"post_title": "person", "category": "person"}
    assert second.trashed_at is None
    assert second.description == "By AI."
    assert len(open_pairs(session)) == 1


def test_words_can_be_left_and_later_edits_outlive_undo(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    first, second = pair_of(session, storage, tmp_path)
    images.write(session, second, {"description": "Theirs"}, by="person", action="edit")
    duplicate_pairs.keep(session, first.id, second.id, "first", take_words=False)
    assert first.description == ""
    duplicate_pairs.undo(session, first.id, second.id)
    duplicate_pairs.keep(session, first.id, second.id, "first")
    images.edit(session, first, first.version, {"description": "Mine now"})
    duplicate_pairs.undo(session, first.id, second.id)
    assert first.description == "Mine now"


def test_both_kept_are_never_asked_about_again(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    first, second = pair_of(session, storage, tmp_path)
    assert duplicate_pairs.keep(session, first.id, second.id, "both") is None
    session.commit()
    session.execute(update(Image).values(compared_at=None))
    for number in (first.id, second.id):
        detection.compare(session, storage, number)
    assert open_pairs(session) == []
    assert sum(duplicate_pairs.counts(session).values()) == 0
    assert duplicate_pairs.undoable(session, first.id, second.id)
    duplicate_pairs.undo(session, first.id, second.id)
    assert len(open_pairs(session)) == sum(duplicate_pairs.counts(session).values()) == 1
    with pytest.raises(Conflict, match="nothing to undo"):
        duplicate_pairs.undo(session, first.id, second.id)


def test_a_pair_is_hidden_while_one_is_in_the_trash_and_found_while_it_is(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    first, second = pair_of(session, storage, tmp_path)
    images.trash(session, first)
    session.commit()
    assert open_pairs(session) == []
    one = jpeg(artwork(1))
    [third] = put(session, storage, tmp_path, commented(one, b"Third"))
    assert [(pair.first.id, pair.second.id) for pair in open_pairs(session)] == [(second.id, third)]
    images.untrash(session, first)
    session.commit()
    assert len(open_pairs(session)) == 3


def test_pairs_go_with_a_picture_that_is_deleted_for_good(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    first, _second = pair_of(session, storage, tmp_path)
    session.execute(text("DELETE FROM image WHERE id = :id"), {"id": first.id})
    assert found(session) == []
