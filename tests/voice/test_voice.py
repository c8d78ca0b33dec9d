"""The voice below the web: versions are only ever added, and an unchanged save adds none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from artworks.core.errors import NotFound
from artworks.voice import voice
from artworks.voice.rules import Choices

DRY = Choices(guide="Dry.", avoid=("stunning",), emoji=False, always_hashtags=("#lino",))
WARM = Choices(guide="Warm.", person="first")


def test_without_a_voice_the_choices_are_the_usual_ones(session: Session) -> None:
    assert voice.current(session) is None
    assert voice.choices_of(None) == Choices()
    assert (voice.versions(session, 10), voice.count(session)) == ([], 0)


def test_what_is_saved_is_in_force_and_comes_back_as_it_was(session: Session) -> None:
    saved = voice.save(session, DRY)
    session.commit()
    session.expire_all()
    found = voice.current(session)
    assert found is not None
    assert (found.id, found.by, voice.choices_of(found)) == (saved.id, "person", DRY)


def test_a_save_without_a_change_makes_no_version(session: Session) -> None:
    first = voice.save(session, DRY)
    assert voice.save(session, Choices.from_dict(DRY.to_dict())) is first
    assert voice.count(session) == 1


def test_going_back_adds_a_version_and_keeps_every_other(session: Session) -> None:
    first, second = voice.save(session, DRY), voice.save(session, WARM)
    third = voice.save(session, voice.choices_of(first))
    assert [one.id for one in voice.versions(session, 10)] == [third.id, second.id, first.id]
    assert [voice.number(session, one.id) for one in (first, second, third)] == [1, 2, 3]
    assert [one.id for one in voice.versions(session, 2)] == [third.id, second.id]
    assert voice.choices_of(voice.current(session)) == DRY


def test_numbers_have_no_gaps_where_a_save_was_rolled_back(session: Session) -> None:
    voice.save(session, DRY)
    session.commit()
    voice.save(session, WARM)
    session.rollback()
    assert voice.number(session, voice.save(session, WARM).id) == 2


def test_a_version_that_is_not_there_is_not_found(session: Session) -> None:
    for number in (0, -1, 4711, 2**63):
        with pytest.raises(NotFound):
            voice.find(session, number)


def test_the_same_save_from_many_sides_makes_one_version(engine: Engine) -> None:
    def save(_: int) -> int:
        with Session(engine) as session, session.begin():
            return voice.save(session, DRY).id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(save, range(24)))) == 1
