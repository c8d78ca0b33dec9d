"""Each step carries what is there forward, and back where it is taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

import migrations
from artworks.images import image as images
from artworks.images import suggestions
from models import Audit, BulkEdit
from tests.support.migrating import difference, empty, newest, rows, run

__all__ = ["empty", "newest"]
pytestmark = pytest.mark.slow


def test_months_are_added_up_from_the_ledger_and_open_calls_become_lost(empty: Engine) -> None:
    with empty.begin() as connection:
        # Where midnight is not that of UTC, a month must not take calls from its neighbour.
        connection.exec_driver_sql("SET TIME ZONE 'Pacific/Auckland'")
        migrations.step(connection, "0001")
        connection.exec_driver_sql(
            "INSERT INTO usage (at, kind, source, model, state, usd) VALUES"
            " ('2026-09-30 23:59:59Z', 'generate', 'openai', 'm', 'ok', 0.25),"
            " ('2026-09-02 08:00:00Z', 'refine', 'openai', 'm', 'failed', 0.5),"
            " ('2026-10-01 00:00:00Z', 'generate', 'openai', 'm', 'lost', 1),"
            " ('2026-10-31 23:00:00Z', 'generate', 'openai', 'm', 'reserved', 0.125),"
            " ('2026-10-31 23:00:01Z', 'generate', 'placeholder', '', 'cancelled', 0)"
        )
        migrations.step(connection, "head")
    assert rows(empty, "SELECT month, usd, calls FROM spending ORDER BY month") == [
        (date(2026, 9, 1), Decimal("0.75"), 2),
        (date(2026, 10, 1), Decimal("1.125"), 3),
    ]
    assert rows(empty, "SELECT state, usd, batch_id, tier, person FROM usage ORDER BY id") == [
        ("ok", Decimal("0.25"), None, "standard", "owner"),
        ("failed", Decimal("0.5"), None, "standard", "owner"),
        ("lost", Decimal(1), None, "standard", "owner"),
        ("lost", Decimal("0.125"), None, "standard", "owner"),
        ("cancelled", Decimal(0), None, "standard", "owner"),
    ]


def test_calls_of_another_zones_month_go_back_to_that_of_utc(newest: Engine) -> None:
    with newest.begin() as connection:
        # The last day of a month, on which it is the next one already where the installation is; and two of before.
        connection.exec_driver_sql(
            "INSERT INTO person (email, role) VALUES ('a@example.org', 'owner');"
            "INSERT INTO usage (at, kind, source, model, state, usd, month, person_id)"
            " SELECT '2026-11-30 12:00Z', 'k', 's', 'm', 'reserved', usd, month, person FROM (VALUES"
            " (0.25, date '2026-12-01', 1), (0.5, '2026-12-01', NULL), (1, '2026-11-01', 1), (2, NULL, 1))"
            " AS calls (usd, month, person);"
            "SET CONSTRAINTS ALL IMMEDIATE; UPDATE usage SET state = 'ok', usd = usd / 2 WHERE usd = 0.5"
        )
    sums = "SELECT month, usd, calls FROM spending ORDER BY month"
    november, december = date(2026, 11, 1), date(2026, 12, 1)
    assert rows(newest, sums) == [(november, Decimal(3), 2), (december, Decimal("0.5"), 2)]
    with newest.begin() as connection:
        migrations.step(connection, "0012", down=True)
        # What is settled now is settled where it is counted.
        connection.exec_driver_sql("UPDATE usage SET state = 'ok', usd = 0 WHERE state = 'reserved'")
    assert rows(newest, sums) == [(november, Decimal("0.25"), 4), (december, Decimal(0), 0)]
    assert rows(newest, "SELECT month, usd FROM person_spending ORDER BY month") == [
        (november, Decimal(0)),
        (december, Decimal(0)),
    ]


def test_what_batches_waited_for_and_left_out_is_told_apart_afterwards(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0006")
        connection.exec_driver_sql(
            "INSERT INTO batch (state, paused_code, paused_message, skipped) VALUES"
            " ('paused', 'budget', 'Your share of this month''s AI budget is used up.', 3),"
            " ('paused', 'budget', 'This month''s AI budget of $10 is used up.', 0), ('paused', 'cap', '', 0);"
            "INSERT INTO image (original_filename, stored_filename, trashed_at) VALUES ('a', 'a', now());"
            "INSERT INTO batch_item (batch_id, image_id, state, code) VALUES"
            " (1, 1, 'skipped', 'not_found'), (1, NULL, 'skipped', 'not_found'), (1, 1, 'skipped', '');"
            "INSERT INTO usage (kind, source, model, state, usd) VALUES"
            " ('generate', 'openai', 'm', 'lost', 0.5), ('generate', 'openai', 'm', 'ok', 0.25)"
        )
        migrations.step(connection, "head")
    batches = "SELECT paused_code, skipped_trashed, skipped_deleted FROM batch ORDER BY id"
    assert rows(empty, batches) == [("share", 1, 1), ("month", 0, 0), ("cap", 0, 0)]
    assert rows(empty, "SELECT paused_message FROM batch ORDER BY id") == [
        ("Your share of this month's AI budget did not cover another picture.",),
        ("This month's AI budget of $10 did not cover another picture.",),
        ("",),
    ]
    assert rows(empty, "SELECT at_most, at_most_usd FROM usage ORDER BY id") == [
        (True, Decimal("0.5")),
        (False, Decimal(0)),
    ]
    with empty.begin() as connection:
        migrations.step(connection, "0006", down=True)
    assert rows(empty, "SELECT paused_code FROM batch ORDER BY id") == [("budget",), ("budget",), ("cap",)]


def test_an_empty_ledger_leaves_no_month(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0001")
        migrations.step(connection, "head")
    assert rows(empty, "SELECT * FROM spending") == []


def test_names_and_hashtags_are_found_by_their_parts(engine: Engine) -> None:
    found = text(
        "SELECT image_search('Heron', 'At dusk.', '{#linocut,#küste}', '',"
        " 'IMG_2043-東京.jpeg') @@ plainto_tsquery('simple', image_plain(:word))"
    )
    words = ("2043", "heron", "Küste", "kuste", "linocut", "dusk", "東京")
    with engine.connect() as connection:
        assert [word for word in words if not connection.scalar(found, {"word": word})] == []


def test_deleted_collections_go_for_good_when_the_step_that_keeps_them_is_taken_back(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "head")
        connection.exec_driver_sql(
            "INSERT INTO image (original_filename, stored_filename) VALUES ('a.jpg', 'a.jpg');"
            "INSERT INTO collection (name, deleted_at) VALUES ('Coast', now()), ('coast', NULL);"
            "INSERT INTO collection_image VALUES (1, 1, 1), (2, 1, 1);"
            "INSERT INTO share_link (token_hash, nonce, title, collection_id) VALUES ('a', 'a', 'A', 1)"
        )
        migrations.step(connection, "0008", down=True)
    assert rows(empty, "SELECT id, name, images FROM collection") == [(2, "coast", 1)]
    assert rows(empty, "SELECT collection_id FROM collection_image") == [(2,)]
    assert rows(empty, "SELECT id FROM share_link") == []
    with empty.begin() as connection:
        migrations.step(connection, "head")
        assert difference(connection) == []


def test_open_links_know_who_made_them(empty: Engine) -> None:
    """The audit tells it: both rows were written at one time, by one transaction."""
    with empty.begin() as connection:
        migrations.step(connection, "0008")
        connection.exec_driver_sql(
            "INSERT INTO person (email, role) VALUES ('mara@a.example', 'owner'), ('noor@a.example', 'owner');"
            "INSERT INTO ticket (kind, token_hash, email, expires_at, used_at, person_id)"
            " VALUES ('invitation', 'a', 'n@a.example', now(), NULL, NULL),"
            " ('reset', 'b', 'n@a.example', now(), NULL, 1),"
            " ('invitation', 'c', 'other@a.example', now(), NULL, NULL),"
            " ('invitation', 'd', 'n@a.example', now(), now(), NULL);"
            "INSERT INTO audit (person_id, action, target) VALUES (1, 'invitation made', 'n@a.example'),"
            " (2, 'reset link made', 'n@a.example'), (NULL, 'invitation made', 'other@a.example');"
            "INSERT INTO audit (at, person_id, action, target)"
            " VALUES ('2026-01-01Z', 2, 'invitation made', 'n@a.example')"
        )
        migrations.step(connection, "head")
    assert rows(empty, "SELECT token_hash, made_by_id FROM ticket ORDER BY 1") == [
        ("a", 1),
        ("b", 2),
        ("c", None),
        ("d", None),
    ]


def test_ready_pictures_of_before_are_approved_and_have_words(empty: Engine) -> None:
    """What was marked ready counts as approved without a row being written; Ready without a word becomes a draft."""
    with empty.begin() as connection:
        migrations.step(connection, "0007")
        connection.exec_driver_sql(
            "INSERT INTO image (original_filename, stored_filename, post_title, status, origins) VALUES"
            " ('a', 'a', 'Heron', 'ready', '{\"post_title\": \"ai\"}'), ('b', 'b', '', 'ready', '{}'),"
            " ('c', 'c', 'Reeds', 'draft', '{\"post_title\": \"ai\"}')"
        )
        connection.exec_driver_sql(
            "INSERT INTO suggestion (image_id, fields, source) VALUES (1, '{\"post_title\": \"Dusk\"}', 'openai')"
        )
    before = rows(empty, "SELECT pg_relation_filenode('image'), pg_relation_filenode('suggestion')")
    with empty.begin() as connection:
        migrations.step(connection, "0008")
    after = rows(empty, "SELECT pg_relation_filenode('image'), pg_relation_filenode('suggestion')")
    assert after == before, "no table was written anew"
    with empty.begin() as connection:
        migrations.step(connection, "head")
    with Session(empty) as session:
        found = [images.find(session, number) for number in (1, 2, 3)]
        assert [(image.status, image.version, image.approved_fields) for image in found] == [
            ("ready", 1, ["post_title"]), ("draft", 2, []), ("draft", 1, []),
        ]  # fmt: skip
        assert found[0].suggestion is not None
        assert found[0].suggestion.number == 1
        suggestions.suggest(session, found[0], {"post_title": "Dawn"}, source="openai", note="", feedback="")
        assert found[0].suggestion.number > 1
    assert rows(empty, "SELECT image_id, by, changes FROM revision") == [
        (2, "update", {"status": ["ready", "draft"]})
    ]
    assert rows(empty, "SELECT status, images FROM status_count WHERE images > 0 ORDER BY status") == [
        ("draft", 2), ("ready", 1),
    ]  # fmt: skip
    with empty.begin() as connection:
        migrations.step(connection, "0007", down=True)
        migrations.step(connection, "head")
    assert rows(empty, "SELECT id, status FROM image ORDER BY id") == [
        (1, "ready"),
        (2, "draft"),
        (3, "draft"),
    ]


# Pictures by their number, with category and tags, on a library of before: the last of them is in the trash.
DOUBLES = """
INSERT INTO category (name) VALUES ('Art'), ('Ａrt'), ('Oil paint'), ('Oil  paint'), ('Straße'), ('STRASSE'), ('Alone');
INSERT INTO category (name, parent_id) VALUES
    ('Art / Ink', 1), ('Ａrt / Ink', 2), ('Ａrt / Chalk', 2), ('Oil  paint / Old', 4);
INSERT INTO image (original_filename, stored_filename, category_id, hashtags) VALUES
    ('1', '1', 1, '{#❤️,#Art}'), ('2', '2', 2, '{#❤,#sea}'), ('3', '3', 9, '{#❤️,#x,#❤}'), ('4', '4', 10, '{#Ａrt}'),
    ('5', '5', 8, '{#❤️}'), ('6', '6', 4, '{#👍🏽,#👍}'), ('7', '7', 11, '{#STRASSE}'),
    ('8', '8', 7, '{#Straße,#ünder}'), ('9', '9', 6, '{#STRASSE,#Straße}');
UPDATE image SET trashed_at = now() WHERE id = 9;
INSERT INTO collection (name) VALUES ('Show'), ('Ｓhow'), ('show (2)'), ('Sho\u00adw');
INSERT INTO collection (name, deleted_at) VALUES ('ＳＨＯＷ', now());
INSERT INTO saved_view (name, filters) VALUES ('Mine', '{}'), ('Mi\u200bne', '{}');
"""


def test_names_and_tags_that_look_the_same_become_one_and_nothing_is_lost(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0009")
        connection.exec_driver_sql(DOUBLES)
    with empty.begin() as connection:
        migrations.step(connection, "head")
        assert difference(connection) == []
    shown = {
        row[0]: row[1:]
        for row in rows(
            empty,
            "SELECT i.id, c.name, s.name, array_to_string(hashtags, ' '), i.version FROM image i"
            " LEFT JOIN category c ON c.id = category_id LEFT JOIN category s ON s.id = shelf_id ORDER BY 1",
        )
    }
    assert shown == {
        1: ("Art", "Art", "#❤️ #Art", 1), 2: ("Art", "Art", "#❤️ #sea", 3), 3: ("Art / Ink", "Art", "#❤️ #x", 3),
        4: ("Art / Chalk", "Art", "#Art", 2), 5: ("Art / Ink", "Art", "#❤️", 1),
        6: ("Oil  paint", "Oil  paint", "#👍🏽 #👍", 1), 7: ("Oil  paint / Old", "Oil  paint", "#STRASSE", 1),
        8: ("Alone", "Alone", "#STRASSE #ünder", 2), 9: ("Straße", "Straße", "#STRASSE", 3),
    }  # fmt: skip
    # The words of before are in the history.
    changes = "SELECT image_id, by, action, changes FROM revision WHERE image_id IN (3, 8) ORDER BY id"
    assert rows(empty, changes) == [
        (3, "update", "edit", {"category": ["Ａrt / Ink", "Art / Ink"]}),
        (3, "update", "edit", {"hashtags": [["#❤️", "#x", "#❤"], ["#❤️", "#x"]]}),
        (8, "update", "edit", {"hashtags": [["#Straße", "#ünder"], ["#STRASSE", "#ünder"]]}),
    ]
    # The counts are right, and what is not there any more is in no list.
    counts = 'SELECT folded, shown, images FROM tag ORDER BY folded COLLATE "C"'
    assert rows(empty, counts) == [
        ("#art", "#Art", 2), ("#sea", "#sea", 1), ("#strasse", "#STRASSE", 2), ("#x", "#x", 1), ("#ünder", "#ünder", 1),
        ("#❤", "#❤️", 4), ("#👍", "#👍", 1), ("#👍🏽", "#👍🏽", 1),
    ]  # fmt: skip
    assert rows(empty, "SELECT name, images FROM category ORDER BY id") == [
        ("Art", 2), ("Oil  paint", 1), ("Straße", 0), ("Alone", 1), ("Art / Ink", 2), ("Art / Chalk", 1),
        ("Oil  paint / Old", 1),
    ]  # fmt: skip
    assert rows(empty, "SELECT name FROM collection ORDER BY id") == [
        ("Show",), ("Ｓhow (3)",), ("show (2)",), ("Sho\u00adw (4)",), ("ＳＨＯＷ",)
    ]  # fmt: skip
    assert rows(empty, "SELECT name FROM saved_view ORDER BY id") == [("Mine",), ("Mi\u200bne (2)",)]
    told = "SELECT action, target, detail->>'into', detail->>'pictures' FROM audit WHERE way = 'program' ORDER BY id"
    assert rows(empty, told) == [
        ("category merged", "Ａrt", "Art", "1"), ("category merged", "Oil paint", "Oil  paint", "0"),
        ("category merged", "STRASSE", "Straße", "0"), ("category merged", "Ａrt / Ink", "Art / Ink", "1"),
        ("tags merged", "#Straße", "#STRASSE", "1"), ("tags merged", "#❤", "#❤️", "2"),
        ("tags merged", "#Ａrt", "#Art", "1"), ("collection renamed", "Ｓhow", "Ｓhow (3)", None),
        ("collection renamed", "Sho\u00adw", "Sho\u00adw (4)", None),
        ("view renamed", "Mi\u200bne", "Mi\u200bne (2)", None),
    ]  # fmt: skip


def test_pictures_of_before_keep_their_renditions_and_no_row_is_written_anew(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0014")
        connection.exec_driver_sql(
            "INSERT INTO image (original_filename, stored_filename, rendition_type) VALUES ('a', 'a', 'image/jpeg')"
        )
    row = "SELECT pg_relation_filenode('image'), ctid::text, xmin::text FROM image"
    before = rows(empty, row)
    for _ in range(2):
        with empty.begin() as connection:
            migrations.step(connection, "0015")
        assert rows(empty, "SELECT rendition_version, version FROM image") == [(1, 1)]
        # What a program of before adds meanwhile has those that it makes.
        run(empty, "INSERT INTO image (original_filename, stored_filename) VALUES ('b', 'b')")
        assert rows(empty, "SELECT rendition_version FROM image WHERE stored_filename = 'b'") == [(1,)]
        run(empty, "DELETE FROM image WHERE stored_filename = 'b'")
        assert rows(empty, row) == before
        with empty.begin() as connection:
            connection.exec_driver_sql("INSERT INTO storage_scan (name) VALUES ('renditions')")
            migrations.step(connection, "0014", down=True)
        assert rows(empty, "SELECT name FROM storage_scan") == []


def test_words_of_files_are_found_and_go_back_to_being_a_persons(empty: Engine) -> None:
    with empty.begin() as connection:
        migrations.step(connection, "0016")
        connection.exec_driver_sql(
            "INSERT INTO image (original_filename, stored_filename, post_title, origins) VALUES"
            " ('a', 'a', 'Heron', '{\"post_title\": \"ai\"}')"
        )
    before = rows(empty, "SELECT pg_relation_filenode('image'), facts FROM image")
    with empty.begin() as connection:
        migrations.step(connection, "0017")
    assert rows(empty, "SELECT pg_relation_filenode('image'), facts FROM image") == before
    run(
        empty,
        'UPDATE image SET origins = \'{"post_title": "file", "description": "ai"}\'',
    )
    by = "SELECT array(SELECT f FROM unnest(facts) AS f WHERE f LIKE 'by:%%') FROM image"
    assert rows(empty, by) == [(["by:ai", "by:file"],)]
    with empty.begin() as connection:
        migrations.step(connection, "0016", down=True)
    assert rows(empty, by) == [(["by:ai", "by:me"],)]
    assert rows(empty, "SELECT origins FROM image") == [({"post_title": "person", "description": "ai"},)]


def test_what_is_known_of_older_names_is_carried_over(empty: Engine) -> None:
    """Of actions that note it, where they were not undone; and of the audit, where it is older than such notes."""
    spelled = {"what": "renamed #x to #y", "more": {"spelled": [["#x", "#x", None]]}}
    merged = {
        "gone": [[7, "Prints", None, "", 1], [8, "Prints / Lino", 7, "", 1]],
        "moved": [[9, "Prints / Old", 7, "Graphics / Old", 3]],
        "category": {"Graphics": 3, "Graphics / lino": 4},
    }
    actions: list[dict[str, Any]] = [
        {**spelled, "undone_at": datetime.now(UTC)},
        {"what": "renamed #Herron to #heron", "more": {"spelled": [["#herron", "#Herron", None]]}},
        {"what": "removed #wip", "more": {"spelled": [["#wip", "#wip", None]]}},
        {"what": "merged category “Prints” into “Graphics”", "more": merged},
        {"what": "deleted category “Works”", "more": {"gone": [[5, "Works", None, ""]], "moved": []}},
        {"what": "set the category to Ink", "more": {}},
    ]
    audit = [
        ("tag renamed", "#sea", "#coast"),
        ("tags merged", "#a, #b and 2 more", "#c"),
        ("category merged", "Ink", "Paper"),
    ]
    with empty.begin() as connection:
        migrations.step(connection, "0018")
        for place, (action, target, into) in enumerate(audit):
            values = {"at": datetime(2026, 1, 1 + place, tzinfo=UTC), "detail": {"into": into}}
            connection.execute(insert(Audit).values(action=action, target=target, **values))
        for place, noted in enumerate(actions):
            connection.execute(insert(BulkEdit).values(at=datetime(2026, 2, 1 + place, tzinfo=UTC), **noted))
        migrations.step(connection, "head")
    known = rows(empty, "SELECT kind, before, after, bulk_edit_id FROM name_change ORDER BY at, before")
    assert known == [
        ("tag", "#sea", "#coast", None),
        ("tag", "#a", "#c", None),
        ("tag", "#b", "#c", None),
        ("category", "ink", "Paper", None),
        ("tag", "#herron", "#heron", 2),
        ("tag", "#wip", "", 3),
        ("category", "prints", "Graphics", 4),
        ("category", "prints / lino", "Graphics / lino", 4),
        ("category", "prints / old", "Graphics / Old", 4),
        ("category", "works", "", 5),
    ]
    today = """SELECT hashtags_now('["#SEA", "#Wip", "#coast"]', '2026-01-01Z')"""
    assert rows(empty, today) == [(["#coast"],)]
