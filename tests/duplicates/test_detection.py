"""Look-alikes: what is the same, what looks alike, and what becomes of a pair."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from sqlalchemy import Engine, event, select, text, update
from sqlalchemy.orm import Session

from artworks.core.errors import BadRequest, Invalid, NotFound, Unavailable
from artworks.duplicates import detection
from artworks.duplicates import pairs as duplicate_pairs
from artworks.duplicates.detection import DuplicateScanner
from artworks.duplicates.pairs import Pair
from artworks.images import files as image_files
from artworks.images import uploads
from artworks.images.uploads import Incoming, UploadOptions
from artworks.imaging import renditions
from models import Image, LookAlike
from tests.fakes.storage import MemoryStorage
from tests.imaging.test_perceptual_hash import artwork
from tests.support.factories import picture
from tests.support.program import PATIENCE

MANY_ROWS = """
INSERT INTO image (original_filename, stored_filename, look, sha256, pixel_hash, width, height, compared_at)
SELECT 'a', md5(n::text), ('x' || left(md5(n::text), 16))::bit(64)::bigint, md5(n::text), md5('p' || n), 8, 6, now()
FROM generate_series(1, 5000) AS n
""".replace(":", r"\:")
Found = list[tuple[int, int, str]]


def jpeg(image: Pillow.Image, quality: int = 90) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def commented(data: bytes, words: bytes = b"Heron") -> bytes:
    """Return a JPEG another note and leave its pixels alone."""
    return data[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + data[2:]


def put(
    session: Session, storage: MemoryStorage, folder: Path, *files: bytes, compared: bool = True
) -> list[int]:
    """Upload files, kept even when they are there already; give the ids of their pictures."""
    incoming = []
    for number, data in enumerate(files):
        path = folder / f"{number}.jpg"
        path.write_bytes(data)
        incoming.append(Incoming(path, f"Picture {number}.jpg", len(data)))
    received = uploads.receive(session, storage, incoming, UploadOptions({}, True, 10**8))
    assert not received.rejected
    for image_id in received.images if compared else ():
        detection.compare(session, storage, image_id)
    return received.images


def found(session: Session) -> Found:
    rows = session.scalars(select(LookAlike).order_by(LookAlike.first_id, LookAlike.second_id))
    return [(row.first_id, row.second_id, row.kind) for row in rows]


def open_pairs(session: Session, kind: str = "") -> list[Pair]:
    return list(duplicate_pairs.page(session, kind, 50).pairs)


def test_each_pair_has_the_strongest_kind_and_the_kinds_are_not_mixed_up(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    one = jpeg(artwork(1))
    first, same_file, same_pixels, smaller, _other = put(
        session,
        storage,
        tmp_path,
        one,
        one,
        commented(one),
        jpeg(artwork(1).resize((400, 300)), 60),
        jpeg(artwork(2)),
    )
    assert found(session) == [
        (first, same_file, "bytes"),
        (first, same_pixels, "pixels"),
        (first, smaller, "looks"),
        (same_file, same_pixels, "pixels"),
        (same_file, smaller, "looks"),
        (same_pixels, smaller, "looks"),
    ]
    assert duplicate_pairs.counts(session) == {"bytes": 1, "pixels": 2, "looks": 3}
    assert [pair.kind for pair in open_pairs(session, "pixels")] == ["pixels"] * 2


def test_flat_pictures_do_not_look_alike_but_can_be_the_same(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    plain = picture(seed=1)
    first, second, _third = put(session, storage, tmp_path, plain, commented(plain), picture(seed=2))
    assert found(session) == [(first, second, "pixels")]
    assert session.scalars(select(Image.look)).all() == [None] * 3


def test_other_proportions_do_not_look_alike(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    put(session, storage, tmp_path, jpeg(artwork(1)), jpeg(artwork(1).resize((800, 300))))
    assert found(session) == []


def test_comparing_measures_the_pixels_and_leaves_the_version_alone(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    [number] = put(session, storage, tmp_path, jpeg(artwork(1)), compared=False)
    assert detection.next_uncompared(session) == number
    detection.compare(session, storage, number)
    detection.compare(session, storage, number)
    image = session.get_one(Image, number, populate_existing=True)
    assert len(image.pixel_hash or "") == 64
    assert image.compared_at is not None
    assert (image.version, detection.next_uncompared(session)) == (1, None)


def test_no_transaction_is_open_while_the_file_is_read(
    session: Session, storage: MemoryStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [number] = put(session, storage, tmp_path, jpeg(artwork(1)), compared=False)
    seen = []
    hashing = renditions.pixel_hash

    def watched(path: Path, media_type: str) -> str:
        seen.append(session.in_transaction())
        return hashing(path, media_type)

    monkeypatch.setattr(renditions, "pixel_hash", watched)
    detection.compare(session, storage, number)
    assert seen == [False]


def test_a_picture_from_before_gets_its_colours_and_its_look(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    numbers = put(session, storage, tmp_path, jpeg(artwork(1)), jpeg(artwork(1), 70), compared=False)
    expected = session.execute(select(Image.colour_names, Image.palette, Image.look).order_by(Image.id)).all()
    session.execute(update(Image).values(colour_names=[], palette=[], look=None))
    session.commit()
    # The first has its thumbnail still, the second is as a much older program left it.
    bare = dict.fromkeys(("rendition_type", "media_type", "width", "height", "sha256", "size_bytes"))
    session.execute(update(Image).where(Image.id == numbers[1]).values(**bare, colours=[]))
    session.commit()
    for number in numbers:
        detection.compare(session, storage, number)
    rows = session.execute(select(Image.colour_names, Image.palette, Image.look).order_by(Image.id)).all()
    assert rows[1] == expected[1]
    assert rows[0].palette
    assert rows[0].colour_names
    assert rows[0].look is not None
    assert found(session) == [(*numbers, "looks")]


def test_a_picture_whose_file_is_missing_or_broken_is_compared_by_what_is_known(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    one = jpeg(artwork(1))
    first, second, third = put(session, storage, tmp_path, one, one, jpeg(artwork(1), 60), compared=False)
    names = {row.id: row.stored_filename for row in session.execute(select(Image.id, Image.stored_filename))}
    storage.delete(names[second])
    storage.put(names[third], b"no picture")
    legacy = Image(original_filename="gone.jpg", stored_filename="../gone.jpg")
    session.add(legacy)
    session.commit()
    for number in (first, second, third, legacy.id):
        detection.compare(session, storage, number)
    assert found(session) == [(first, second, "bytes"), (first, third, "looks"), (second, third, "looks")]
    assert detection.next_uncompared(session) is None


def test_a_picture_is_left_for_later_while_the_store_is_away(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    [number] = put(session, storage, tmp_path, jpeg(artwork(1)), compared=False)
    storage.fail_next(Unavailable("The picture store cannot be reached just now."))
    with pytest.raises(Unavailable):
        detection.compare(session, storage, number)
    assert detection.next_uncompared(session) == number
    detection.compare(session, storage, number)
    assert detection.next_uncompared(session) is None


def test_a_picture_that_was_deleted_meanwhile_is_let_go(session: Session, storage: MemoryStorage) -> None:
    detection.compare(session, storage, 4711)
    assert found(session) == []


def test_two_workers_at_once_miss_no_pair(
    engine: Engine, session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    one = jpeg(artwork(1))
    numbers = put(
        session, storage, tmp_path, *(commented(one, bytes([65 + n])) for n in range(6)), compared=False
    )
    session.commit()
    meeting = threading.Barrier(6)

    def work(number: int) -> None:
        with Session(engine) as own:
            meeting.wait(PATIENCE)
            detection.compare(own, storage, number)

    threads = [threading.Thread(target=work, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    expected = [(a, b, "pixels") for place, a in enumerate(numbers) for b in numbers[place + 1 :]]
    assert found(session) == expected


def test_a_call_beside_a_running_one_is_not_lost(
    engine: Engine, session: Session, storage: MemoryStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = put(session, storage, tmp_path, picture(), picture(), compared=False)
    comparing = DuplicateScanner(lambda: Session(engine), storage)
    seen: list[int] = []
    once = detection.compare

    def again(own: Session, store: MemoryStorage, image_id: int) -> None:
        once(own, store, image_id)
        seen.append(image_id)
        comparing.work()

    monkeypatch.setattr(detection, "compare", again)
    comparing.work()
    assert sorted(seen) == numbers
    comparing.stop()
    put(session, storage, tmp_path, picture(), compared=False)
    comparing.work()
    assert len(seen) == 2


def test_a_picture_that_is_there_very_often_is_in_few_pairs(
    session: Session, storage: MemoryStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detection, "MOST_PAIRS", 3)
    put(session, storage, tmp_path, *[picture(seed=4)] * 8)
    assert len(found(session)) == 1 + 2 + 3 * 5


def test_the_search_for_looks_is_answered_by_indexes(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    [number] = put(session, storage, tmp_path, jpeg(artwork(1)))
    session.execute(text(MANY_ROWS))
    session.execute(text("ANALYZE image"))
    plans: list[str] = []

    @event.listens_for(session.get_bind(), "before_cursor_execute")
    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "ORDER BY" in statement:
            cursor.execute("EXPLAIN " + statement, parameters)
            plans.append("".join(row[0] for row in cursor.fetchall()))

    detection.compare(session, storage, number)
    event.remove(session.get_bind(), "before_cursor_execute", explain)
    assert len(plans) == 3
    for index, plan in zip(("image_sha256", "image_pixels", "image_looks"), plans, strict=True):
        assert index in plan
        assert "Seq Scan" not in plan


def test_pages_follow_each_other_without_gaps(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    put(session, storage, tmp_path, *[picture(seed=4)] * 5)
    whole = [(pair.first.id, pair.second.id) for pair in open_pairs(session, "bytes")]
    assert len(whole) == 10
    assert whole == sorted(whole, reverse=True)
    after, seen = "", []
    for _ in range(4):
        page = duplicate_pairs.page(session, "bytes", 3, after)
        seen += [(pair.first.id, pair.second.id) for pair in page.pairs]
        after = page.next or ""
    assert seen == whole
    assert not after


@pytest.mark.parametrize("after", ["1", "a-b", "1-2-3", "-1-2", "1-٣", "9" * 30 + "-1"])
def test_a_cursor_of_another_kind_is_refused(session: Session, after: str) -> None:
    with pytest.raises(BadRequest):
        duplicate_pairs.page(session, "", 20, after)


def test_pairs_that_are_not_there_and_other_choices_are_refused(session: Session) -> None:
    for numbers in ((1, 2), (2, 1), (3, 3), (0, 1), (1, 10**30)):
        with pytest.raises(NotFound):
            duplicate_pairs.keep(session, *numbers, "both")
        with pytest.raises(NotFound):
            duplicate_pairs.undo(session, *numbers)
    with pytest.raises(Invalid):
        duplicate_pairs.keep(session, 1, 2, "neither")
    with pytest.raises(Invalid):
        duplicate_pairs.page(session, "smells", 20)


def test_new_rows_are_told_apart_from_compared_ones(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    put(session, storage, tmp_path, picture(), picture(), compared=False)
    assert duplicate_pairs.count_uncompared(session) == 2
    session.execute(update(Image).values(compared_at=datetime.now(UTC)))
    assert duplicate_pairs.count_uncompared(session) == 0


def test_a_picture_learned_on_a_first_look_has_its_palette(session: Session, storage: MemoryStorage) -> None:
    image = Image(original_filename="heron.jpg", stored_filename="heron.jpg")
    session.add(image)
    session.commit()
    storage.put("heron.jpg", jpeg(artwork(1)))
    image_files.measure(session, storage, image)
    session.commit()
    session.refresh(image, ["palette", "colour_names", "look", "facts"])
    assert image.palette
    assert image.look is not None
    assert {f"colour:{name}" for name in image.colour_names} <= set(image.facts)


def test_pairs_go_that_a_picture_drawn_anew_is_not_like_any_more(
    session: Session, storage: MemoryStorage, tmp_path: Path
) -> None:
    one = jpeg(artwork(1))
    first, same_file, decided, like = put(
        session, storage, tmp_path, one, one, jpeg(artwork(1), 60), jpeg(artwork(1), 50)
    )
    pair = (LookAlike.first_id == first) & (LookAlike.second_id == decided)
    session.execute(update(LookAlike).where(pair).values(kept_at=datetime.now(UTC)))
    anew = {"look": ~(session.get_one(Image, first).look or 0), "pixel_hash": "another"}
    session.execute(update(Image).where(Image.id == first).values(**anew))
    session.commit()
    detection.compare(session, storage, first)
    of_first = [row for row in found(session) if row[0] == first]
    # Its bytes are the same as before, and what a person decided stays.
    assert of_first == [(first, same_file, "bytes"), (first, decided, "looks")]
    assert (same_file, like, "looks") in found(session)
