"""What was done is only ever added to, and is found again by page, action, person and day."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from artworks import maintenance
from artworks.accounts import tokens
from artworks.adapters.storage.folder import FolderStorage
from artworks.adapters.time_zones import time_zone
from artworks.audit import log as audit
from artworks.audit import queries as audit_queries
from artworks.audit.queries import AuditFilters
from artworks.batches import batch as batches
from artworks.bulk.bulk_edit import Change
from artworks.collections import collection as collections
from artworks.core.actor import PROGRAM, Actor, act_as
from artworks.core.errors import Invalid
from artworks.core.limits import SessionLimits
from artworks.files import storage_mark
from artworks.images import image as images
from artworks.images import trash
from artworks.search import filters as chosen
from artworks.search.filters import Filters
from artworks.taxonomy import categories, tags
from artworks.voice import voice
from artworks.voice.settings import Choices
from models import Audit, Batch, OneTimeLink
from tests.support.batching import begin_of
from tests.support.bulk_edits import apply
from tests.support.material import row, statements
from tests.support.people import add_person

LIMITS = SessionLimits(timedelta(hours=72), timedelta(days=30))
STRANGER = Actor(address="10.0.0.9")

BERLIN = time_zone("Europe/Berlin")


def written(session: Session) -> list[tuple[str, str, dict[str, object]]]:
    """Return action, target and detail of every entry, the oldest first."""
    return [(one.action, one.target, one.detail) for one in session.scalars(select(Audit).order_by(Audit.id))]


def done(session: Session, *actions: str, **more: Any) -> None:
    for action in actions:
        audit.record(session, action, **more)
    session.commit()


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET who = 'Somebody else'", "DELETE FROM audit", "TRUNCATE audit"]
)
def test_nothing_that_was_written_down_can_be_changed_or_removed(session: Session, statement: str) -> None:
    done(session, "sign-in")
    with pytest.raises(DBAPIError, match="the audit is only ever added to"):
        session.execute(text(statement))
    session.rollback()
    assert len(written(session)) == 1


def test_an_entry_says_who_how_and_from_where(session: Session) -> None:
    act_as(session, Actor("editor", 7, "Mara", "mara@studio.example", "token", "10.0.0.1"))
    done(session, "view deleted", target="Herons")
    (entry,) = session.scalars(select(Audit))
    assert (entry.who, entry.person_id, entry.way, entry.address) == ("Mara", 7, "token", "10.0.0.1")
    assert (entry.action, entry.target) == ("view deleted", "Herons")


def test_whatever_was_typed_at_the_door_can_be_written_down(session: Session) -> None:
    done(session, "sign-in failed", target="a\0b\ud800 \U0001f426" + "x" * 500)
    ((_, target, _),) = written(session)
    assert target.startswith("ab? \U0001f426xxx")
    assert len(target) == audit.MOST_LETTERS


def test_what_is_rolled_back_did_not_happen(session: Session) -> None:
    audit.record(session, "view deleted")
    session.flush()
    session.rollback()
    assert written(session) == []


def test_pages_go_from_the_newest_to_the_oldest_without_a_gap(session: Session, engine: Engine) -> None:
    done(session, *(f"deed {number}" for number in range(7)))
    seen, before = [], None
    while True:
        with statements(engine) as sent:
            page = audit_queries.list_entries(session, AuditFilters(), 3, before)
        assert len(sent) == 1
        assert "OFFSET" not in sent[0]
        seen += [entry.action for entry in page.entries]
        if page.next is None:
            break
        before = page.next
        # What is added meanwhile moves nothing.
        done(session, "later")
    assert seen == [f"deed {number}" for number in reversed(range(7))]


def test_entries_are_found_by_action_person_and_day(session: Session) -> None:
    mara = add_person(session, name="Mara")
    act_as(session, Actor("owner", mara.id, "Mara", way="session"))
    done(session, "sign-in", "voice changed")
    done(session, "sign-in failed", actor=STRANGER)
    with session.begin_nested():
        session.execute(text("INSERT INTO audit (at, action) VALUES ('2020-05-05 00:00Z', 'sign-in')"))
    session.commit()

    def found(**wanted: Any) -> list[str]:
        return [one.action for one in audit_queries.list_entries(session, AuditFilters(**wanted), 10).entries]

    assert found(action="sign-in") == ["sign-in", "sign-in"]
    assert found(person=str(mara.id)) == ["voice changed", "sign-in"]
    assert found(person="none") == ["sign-in", "sign-in failed", "person added"]
    assert found(action="sign-in", since=datetime(2020, 5, 6, tzinfo=UTC)) == ["sign-in"]
    assert len(found(action="sign-in", since=datetime(2020, 5, 5, tzinfo=UTC))) == 2
    assert found(action="a\0b") == []
    assert audit_queries.actions(session) == ["person added", "sign-in", "sign-in failed", "voice changed"]
    assert audit_queries.names_by_id(session) == {mara.id: "Mara"}


@pytest.mark.parametrize("person", ["Mara", "-1", "٣", "1" * 19])
def test_a_person_that_cannot_be_one_is_refused(person: str) -> None:
    with pytest.raises(Invalid):
        AuditFilters(person=person)


def test_the_csv_holds_every_entry_and_no_formula(session: Session, engine: Engine) -> None:
    done(session, "view deleted", target='=HYPERLINK("http://evil.example")\r\n"x"', pictures=3)
    done(session, "sign-in failed", actor=Actor(name="@cmd", address="+1"))
    with engine.connect() as connection:
        data = b"".join(audit_queries.csv_rows(connection, AuditFilters())).decode()
    rows = list(csv.DictReader(io.StringIO(data, newline="")))
    assert ",".join(rows[0]) == audit_queries.HEADER
    assert [one["action"] for one in rows] == ["sign-in failed", "view deleted"]
    assert (rows[0]["who"], rows[0]["address"]) == ("'@cmd", "'+1")
    assert rows[1]["target"] == '\'=HYPERLINK("http://evil.example")\r\n"x"'
    assert rows[1]["detail"] == '{"pictures": 3}'


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(), "everything"),
        (Filters(ids=(1, 2)), "2 ticked pictures"),
        (Filters(ids=(1,)), "1 ticked picture"),
        (Filters(q="dusk", category="Prints", tag="#heron"), "“dusk”, category Prints, #heron"),
        (Filters(status="draft", colour="teal", collection="3"), "draft, colour teal, collection 3"),
        (Filters(q="after:2026-11-29", zone=BERLIN), "“after:2026-11-29”, days of Europe/Berlin"),
        (
            Filters(q="after:2026-11-29", tz="Asia/Tokyo", zone=BERLIN),
            "“after:2026-11-29”, days of Asia/Tokyo",
        ),
        (Filters(q="heron", tz="Asia/Tokyo", zone=BERLIN), "“heron”"),
        (Filters(q="after:2026-11-29"), "“after:2026-11-29”"),
    ],
)
def test_chosen_pictures_are_told_in_words(filters: Filters, words: str) -> None:
    assert chosen.describe_filters(filters) == words


def test_a_batch_is_called_by_the_days_that_it_was_chosen_by() -> None:
    lately = Filters(q="after:2026-11-29", category="Prints", zone=BERLIN)
    told = "everything in Prints, with “after:2026-11-29”, days of Europe/Berlin"
    assert chosen.describe_filters(lately, count=3) == told


def test_deletions_are_written_down(session: Session) -> None:
    prints = row(session, post_title="Heron", category="Prints", hashtags="#heron #herons #old")
    row(session, category="Paper")
    session.commit()
    images.trash(session, prints)
    images.untrash(session, prints)
    tags.rename(session, "#old", "#older")
    tags.merge(session, ["#herons"], "#heron")
    tags.remove(session, ["#heron", "#older"])
    one, other = (categories.create(session, name).id for name in ("Card", "Cloth"))
    categories.merge(session, one, other)
    categories.delete(session, other)
    session.commit()
    assert written(session) == [
        ("picture trashed", "Heron", {"image": prints.id}),
        ("tag renamed", "#old", {"into": "#older", "pictures": 1}),
        ("tags merged", "#herons", {"into": "#heron", "pictures": 1}),
        ("tags removed", "#heron, #older", {"pictures": 1}),
        ("category merged", "Card", {"into": "Cloth", "pictures": 0}),
        ("category deleted", "Cloth", {"parts": 0, "pictures": 0}),
    ]


def test_many_pictures_are_one_entry_with_their_number(session: Session, engine: Engine) -> None:
    for _ in range(3):
        row(session, category="Prints")
    session.commit()
    apply(begin_of(engine), Filters(category="Prints"), Change(status="ready"))
    assert written(session) == []
    apply(begin_of(engine), Filters(category="Prints"), Change(trash=True))
    session.rollback()
    assert written(session) == [("pictures trashed", "category Prints", {"pictures": 3})]
    apply(begin_of(engine), Filters(category="Prints"), Change(trash=True))
    session.rollback()
    assert len(written(session)) == 1


def test_pictures_of_a_collection_are_said_by_its_name(session: Session, engine: Engine) -> None:
    show = collections.create(session, "Spring show")
    collections.add(session, show.id, [row(session).id])
    session.commit()
    apply(begin_of(engine), Filters(collection=str(show.id)), Change(trash=True))
    session.rollback()
    assert written(session) == [("pictures trashed", "collection Spring show", {"pictures": 1})]


def test_what_the_trash_loses_is_one_entry_with_its_number(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "ROWS_AT_ONCE", 2)
    storage = FolderStorage(tmp_path)
    storage_mark.settle(session, storage)
    trash.empty_trash(session, storage)
    assert written(session) == []
    for _ in range(3):
        row(session)
    session.execute(text("UPDATE image SET trashed_at = now()"))
    session.commit()
    assert trash.empty_trash(session, storage) == 3
    row(session)
    session.execute(text("UPDATE image SET trashed_at = now() - interval '31 days'"))
    session.commit()
    act_as(session, PROGRAM)
    maintenance.clean_up(session, storage, tmp_path / "incoming")
    assert written(session) == [
        ("trash emptied", "", {"pictures": 3}),
        ("old trash removed", "", {"pictures": 1}),
    ]
    assert list(session.scalars(select(Audit.way).order_by(Audit.id))) == ["local", "program"]


def test_the_voice_is_written_down_when_it_changes(session: Session) -> None:
    for choices in (Choices(guide="Dry."), Choices(guide="Dry."), Choices(guide="Warm.")):
        voice.save(session, choices)
    assert [target for _, target, _ in written(session)] == ["version 1", "version 2"]


def test_a_cancelled_batch_and_a_new_cap_are_written_down(session: Session) -> None:
    batch = Batch(about="everything new", only="empty", total=2)
    session.add(batch)
    session.flush()
    session.refresh(batch)
    batches.pause(session, batch)
    batches.resume(session, batch, Decimal("2.5"))
    batches.cancel(session, batch)
    batches.cancel(session, batch)
    assert written(session) == [
        ("batch cap changed", "everything new", {"batch": batch.id, "before": None, "after": 2.5}),
        ("batch cancelled", "everything new", {"batch": batch.id, "spent_usd": 0.0}),
    ]


def test_a_token_is_written_down_once_an_hour_for_each_address(session: Session, engine: Engine) -> None:
    person = add_person(session, name="Mara")
    made = tokens.create(session, person, name="Script", role="viewer", days=1)
    session.commit()

    def used(address: str) -> list[str]:
        tokens.read(session, made.key, address)
        session.commit()
        query = select(Audit).where(Audit.action == tokens.USED).order_by(Audit.id)
        return [f"{one.who} {one.way} {one.address} {one.target}" for one in session.scalars(query)]

    first, second = ("Mara token 10.0.0.1 Script", "Mara token 10.0.0.2 Script")
    assert used("10.0.0.1") == [first]
    with statements(engine) as sent:
        tokens.read(session, made.key, "10.0.0.1")
    assert len(sent) == 1
    session.execute(text("UPDATE api_token SET used_at = now() - interval '2 minutes'"))
    assert used("10.0.0.1") == [first]
    assert used("10.0.0.2") == [first, second]
    assert used("10.0.0.1") == used("10.0.0.2") == [first, second]
    # Half of them an hour later.
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE audit SET at = at - interval '61 minutes' WHERE address = '10.0.0.2'"))
    session.commit()
    assert used("10.0.0.2") == [first, second, second]
    assert made.key not in str(written(session))


def test_what_is_over_is_forgotten(session: Session) -> None:
    person = add_person(session)
    kept = (("now() + interval '7 days'", "NULL"), ("now() - interval '29 days'", "NULL"))
    gone = (
        ("now() - interval '31 days'", "NULL"),
        ("now() + interval '7 days'", "now() - interval '31 days'"),
    )
    for number, (ends, used) in enumerate((*kept, *gone)):
        session.execute(
            text(
                "INSERT INTO ticket (kind, token_hash, expires_at, used_at) "
                f"VALUES ('invitation', '{number}', {ends}, {used})"
            )
        )
    session.execute(
        text(
            "INSERT INTO person_session (person_id, token_hash, seen_at, expires_at) VALUES "
            "(:id, 'idle', now() - interval '73 hours', now() + interval '1 day'), "
            "(:id, 'over', now(), now() - interval '1 second'), (:id, 'open', now(), now() + interval '1 day')"
        ),
        {"id": person.id},
    )
    session.execute(
        text("INSERT INTO guess (name, since) VALUES ('old', now() - interval '25 hours'), ('x', now())")
    )
    session.commit()
    maintenance.remove_expired(session, LIMITS)
    session.rollback()
    assert list(session.scalars(select(OneTimeLink.token_hash).order_by(OneTimeLink.token_hash))) == [
        "0",
        "1",
    ]
    assert list(session.scalars(text("SELECT token_hash FROM person_session"))) == ["open"]
    assert list(session.scalars(text("SELECT name FROM guess"))) == ["x"]
