"""A small library with rows in every table and words of many scripts, for the tests of dumps."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import Connection

from tests.support.factories import added

# Of several scripts, and what a CSV or a dump could stumble over.
WORDS = (
    ("Ärger im Öl.jpg", "Königin Łódź", "Straße, “quoted”\tand\\N backslash\nnew line", "#Öl,#straße"),
    ("東京.png", "東京の夜", "インクとペン。", "#水彩,#東京"),
    ("काम.gif", "हिन्दी काम", "العربية والفارسية", "#हिन्दी,#عربي"),
    ("Heron 🌅.jpg", "Heron 🌅", "Cafe\u0301 de\u0301compose\u0301", "#heron,#🌅"),
)
# What no call of ours writes by itself within a test: people, money, the queue, and work that has ended.
ROWS = """
INSERT INTO person (email, name, role, budget_usd) VALUES ('zoë@example.org', 'Zoë', 'owner', 5);
INSERT INTO person_spending (person_id, month, usd) VALUES (1, '2026-05-01', 0.25);
INSERT INTO person_session (person_id, token_hash, expires_at, device)
    VALUES (1, md5('session'), '2036-01-01Z', 'Firefox on Linux');
INSERT INTO visitor (share_id, key_hash, name) VALUES (1, md5('visitor'), 'Frau Müller');
INSERT INTO favourite (visitor_id, image_id) VALUES (1, 1);
INSERT INTO ticket (kind, token_hash, email, expires_at)
    VALUES ('invitation', md5('ticket'), 'new@example.org', '2036-01-01Z');
INSERT INTO api_token (person_id, name, role, token_hash, expires_at)
    VALUES (1, 'skript „nachts“', 'viewer', md5('token'), '2036-01-01Z');
INSERT INTO guess (name, failures) VALUES ('address 192.0.2.7', 3);
INSERT INTO voice (choices) VALUES ('{}');
INSERT INTO rate_bucket (name, level, refilled_at) VALUES ('requests', 1.5, now());
INSERT INTO batch (total, about, cap_usd, person_id) VALUES (2, '2 ticked pictures', 1, 1);
INSERT INTO usage (at, image_id, kind, source, model, state, usd, batch_id, person_id)
    VALUES ('2026-05-06Z', 1, 'generate', 'openai', 'gpt', 'reserved', 0.5, 1, 1),
           ('2026-05-07Z', 2, 'refine', 'openai', 'gpt', 'reserved', 0.25, NULL, NULL);
UPDATE usage SET state = 'ok', usd = 0.125, input_tokens = 900, output_tokens = 80 WHERE image_id = 1;
INSERT INTO batch_item (batch_id, image_id, usage_id) VALUES (1, 1, 1), (1, 2, NULL);
UPDATE batch_item SET state = 'done', finished_at = '2026-05-06Z' WHERE image_id = 1;
UPDATE batch_item SET state = 'failed', code = 'ai_refused', message = 'Nein.' WHERE image_id = 2;
INSERT INTO batch_title (batch_id, title, image_id) VALUES (1, 'königin łódź', 1);
INSERT INTO suggestion (image_id, fields, source, voice_id) VALUES (2, '{"post_title": "夜"}', 'ai', 1);
INSERT INTO feedback (image_id, text) VALUES (2, 'もっと短く');
INSERT INTO look_alike (first_id, second_id, kind, distance) VALUES (1, 2, 'looks', 3);
INSERT INTO pending_file (stored_filename, action) VALUES ('00000000-0000-4000-8000-000000000000.png', 'store');
INSERT INTO rendition_failure (image_id, version, sha256, tried_at) VALUES (1, 2, md5('1'), '2026-05-06Z');
INSERT INTO later_rendition (image_id, kind, version, media_type, size_bytes, made_at)
    VALUES (1, 'viewer', 2, 'image/jpeg', 12345, '2026-05-06Z');
INSERT INTO name_change (kind, before, after) VALUES ('category', 'zeichnungen', 'Drucke');
INSERT INTO autosave (image_id, tab, field, text, number) VALUES (1, 'tab', 'post_title', 'Königin im', 1);
INSERT INTO search_word (word) VALUES ('königin'), ('straße');
INSERT INTO search_word_progress (id, seen_until) VALUES (1, '2026-05-06Z');
INSERT INTO backup_state (name, at, detail) VALUES ('last good', '2026-05-06Z', '/mnt/disk');
INSERT INTO procrastinate_workers DEFAULT VALUES;
INSERT INTO procrastinate_jobs (task_name, priority, queue_name, scheduled_at)
    VALUES ('none.such', 0, 'asleep', '2036-01-01Z');
INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, job_id) VALUES ('none.such', 1, 1);
"""
# Empty between transactions, always; and a row of the other would let nobody in who has not signed in.
PASSING = {"count_change", "local_mode_end"}


def fill(client: FlaskClient, connection: Connection) -> None:
    """Fill an empty library, as people do where that is quick, and with plain rows; the caller commits."""
    ids = []
    for name, title, description, tags in WORDS:
        words = {"post_title": title, "description": description, "hashtags": tags.replace(",", " ")}
        ids.append(added(client, name, **words, category="Drucke / Öl", key_points="墨")["id"])
    calls = (
        ("PATCH", "/api/images", {"select": {"ids": ids[:2]}, "set": {"status": "ready"}}),
        ("POST", "/api/collections", {"name": "Küste"}),
        ("POST", "/api/collections/1/images", {"ids": ids[:3]}),
        ("POST", "/api/views", {"name": "Nächte", "filters": {"tag": "東京"}}),
        ("POST", "/api/shares", {"title": "Galerie ÄÖ", "image_ids": ids[:2], "with_words": True}),
        ("DELETE", f"/api/images/{ids[3]}", None),
        ("PATCH", "/api/settings/openai_model", {"value": "gpt-6-luna", "version": 0}),
        ("PUT", "/api/settings/key", {"key": "sk-of-a-test-0123", "version": 0}),
    )
    for method, address, body in calls:
        answer = client.open(address, method=method, json=body)
        assert answer.status_code in (200, 201, 204), (address, answer.text)
    connection.exec_driver_sql(ROWS)
    # The sums of the ledger are otherwise made at the commit.
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    empty = {table for table, found in every_row(connection).items() if not found}
    assert empty == PASSING, f"fill these tables in tests/support/full_library.py: {sorted(empty - PASSING)}"


def every_row(connection: Connection) -> dict[str, list[str]]:
    """Return the rows of every table as text, generated columns included, and where every sequence is."""
    named = connection.exec_driver_sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    ).scalars()
    found = {table: _texts(connection, f'SELECT t::text FROM "{table}" t ORDER BY 1') for table in named}
    places = "SELECT s::text FROM pg_sequences s WHERE schemaname = 'public' ORDER BY sequencename"
    return {**found, "sequences": _texts(connection, places)}


def _texts(connection: Connection, query: str) -> list[str]:
    return list(connection.exec_driver_sql(query).scalars())
