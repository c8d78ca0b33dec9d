"""Whose money a batch spends: nothing in the name of somebody who lost the right, until an owner takes it over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from artworks.accounts.oidc_provider import OidcProvider
from artworks.batches import batch as batches
from artworks.batches import owners as batch_owners
from artworks.core.actor import Actor, act_as
from artworks.core.errors import AppError, Conflict, Forbidden
from artworks.core.limits import AILimits
from artworks.membership import membership, sso
from artworks.usage import budget
from artworks.usage.budget import NotRunning, Purpose
from gpt_service import TokenUsage
from models import Audit, Batch, Person
from tests.support.batching import begin_of, somebody_waits, wait_until
from tests.support.people import add_person
from tests.support.program import PATIENCE

LIMITS = AILimits(requests_per_minute=60, tokens_per_minute=1000, budget_usd=10)
Lose = Callable[[Session, Person], None]


def is_removed(session: Session, person: Person) -> None:
    membership.end(session, person)


def becomes_viewer(session: Session, person: Person) -> None:
    membership.change(session, person, role="viewer")


def is_lowered_by_the_organisation(session: Session, person: Person) -> None:
    place = OidcProvider("https://id.example", "me", "secret", "Example", "roles", ())
    sso._apply_role(session, place, person, "viewer")


loses = pytest.mark.parametrize("lose", [is_removed, becomes_viewer, is_lowered_by_the_organisation])


@pytest.fixture
def owner(session: Session) -> Person:
    return add_person(session, "owner", email="owner@studio.example")


@pytest.fixture
def editor(session: Session, owner: Person) -> Person:
    return add_person(session, "editor", email="ana@studio.example")


def as_(session: Session, person: Person) -> None:
    act_as(session, Actor(person.role, person.id, person.called, person.email, "session"))


def batch_of(session: Session, person: Person | None, state: str = "running") -> Batch:
    """Write down a batch of one picture that nobody works on."""
    batch = Batch(total=1, state=state, about="one ticked picture")
    if person is not None:
        batch.person, batch.person_id = person.called, person.id
    session.add(batch)
    session.commit()
    return batch


def reserve(session: Session, batch: Batch | None, person: Person, usd: str = "0.01") -> int:
    purpose = Purpose(
        "generate",
        "openai",
        "m",
        None,
        batch.id if batch else None,
        person=person.called,
        person_id=person.id,
    )
    found = budget.reserve(session, LIMITS, purpose, Decimal(usd), longest=0.0)
    session.commit()
    return found


@loses
def test_who_loses_the_right_spends_nothing_more(
    session: Session, owner: Person, editor: Person, lose: Lose
) -> None:
    theirs, others = batch_of(session, editor), batch_of(session, owner)
    lose(session, editor)
    session.commit()
    session.refresh(theirs)
    assert (theirs.state, theirs.paused_code) == ("paused", "rights")
    assert "ana@studio.example" in theirs.paused_message
    assert others.state == "running"
    assert session.scalar(select(Audit.target).where(Audit.action == "batch paused")) == "one ticked picture"


@loses
def test_a_call_under_way_ends_and_is_booked(session: Session, editor: Person, lose: Lose) -> None:
    batch = batch_of(session, editor)
    usage_id = reserve(session, batch, editor)
    lose(session, editor)
    session.commit()
    budget.settle(session, usage_id, state="ok", used=TokenUsage(1, 1, Decimal("0.004")), seconds=1.0)
    session.commit()
    session.refresh(batch)
    assert (batch.spent_usd, batch.held_usd) == (Decimal("0.004"), Decimal(0))


@loses
def test_nothing_is_held_for_somebody_without_the_right(session: Session, editor: Person, lose: Lose) -> None:
    lose(session, editor)
    session.commit()
    with pytest.raises(NotRunning):
        reserve(session, None, editor)


def test_an_editor_who_becomes_an_owner_keeps_writing(session: Session, editor: Person) -> None:
    batch = batch_of(session, editor)
    membership.change(session, editor, role="owner")
    session.commit()
    session.refresh(batch)
    assert batch.state == "running"


@loses
def test_it_goes_on_only_when_an_owner_takes_it_over(
    session: Session, owner: Person, editor: Person, lose: Lose
) -> None:
    batch = batch_of(session, editor)
    lose(session, editor)
    session.commit()
    as_(session, owner)
    with pytest.raises(Conflict, match="take it over"):
        batch_owners.lock_to_go_on(session, batch.id)
    assert batch_owners.nobody_pays(session, batch)
    assert batch_owners.take_over(session, batch.id) is batch
    batches.resume(session, batch_owners.lock_to_go_on(session, batch.id))
    session.commit()
    assert (batch.state, batch.person, batch.person_id) == ("running", owner.called, owner.id)
    assert not batch_owners.nobody_pays(session, batch)
    told = session.scalar(select(Audit.detail).where(Audit.action == "batch taken over"))
    assert told == {"batch": batch.id, "before": editor.called, "after": owner.called}


def test_the_new_owners_share_counts_from_then_on(session: Session, owner: Person, editor: Person) -> None:
    batch = batch_of(session, editor, "paused")
    membership.change(session, owner, budget_usd=Decimal("0.005"))
    membership.end(session, editor)
    as_(session, owner)
    batches.resume(session, batch_owners.take_over(session, batch.id))
    session.commit()
    with pytest.raises(Exception, match="the share does not cover this call"):
        reserve(session, batch, editor)


def test_what_was_started_before_there_were_accounts_is_paid_by_who_lets_it_go_on(
    session: Session, editor: Person
) -> None:
    batch = batch_of(session, None, "paused")
    as_(session, editor)
    batch_owners.lock_to_go_on(session, batch.id)
    assert (batch.person, batch.person_id) == (editor.called, editor.id)


def test_a_batch_that_is_over_or_ones_own_is_not_taken_over(session: Session, owner: Person) -> None:
    mine, done = batch_of(session, owner), batch_of(session, None, "done")
    as_(session, owner)
    for batch in (mine, done):
        with pytest.raises(Conflict):
            batch_owners.take_over(session, batch.id)


@loses
def test_a_batch_that_starts_at_that_moment_does_not_escape(
    session: Session, engine: Engine, editor: Person, lose: Lose
) -> None:
    lose(session, editor)
    refused: list[AppError] = []

    def start() -> None:
        with begin_of(engine)() as other:
            try:
                batch_owners.lock_payer(other, editor.id)
            except AppError as error:
                refused.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    wait_until(lambda: somebody_waits(engine))
    session.commit()
    thread.join(PATIENCE)
    assert [type(error) for error in refused] == [Forbidden]
