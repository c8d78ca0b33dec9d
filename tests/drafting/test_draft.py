"""Drafts below the web: what is locked when, and what becomes of a paid answer when something breaks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

import gpt_service
from app import Config
from artworks.adapters.storage.storage import rendition_key
from artworks.core.errors import AIRefused, AppError, Invalid, NotFound, RateLimited
from artworks.core.limits import AILimits, SessionLimits
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Dependencies
from artworks.drafting import calls
from artworks.drafting import draft as drafting
from artworks.drafting.call_policy import DraftContext
from artworks.drafting.draft import Outcome, PersonPolicy
from artworks.drafting.request import DraftOptions
from artworks.images import image as images
from artworks.images.image import NewImage
from artworks.imaging import renditions
from artworks.imaging.rendition_kinds import RENDITION_VERSION
from artworks.settings.installation import InstallationSettings
from gpt_service import DraftCancelled, ServiceSettings
from models import Image, RateBucket, Usage
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI, openai_server
from tests.fakes.storage import MemoryStorage
from tests.support.batching import somebody_waits, wait_until
from tests.support.drafting import WORDS, ledger
from tests.support.factories import picture
from tests.support.program import PATIENCE

__all__ = ["openai_server"]

STORED = "5f0c0000-0000-4000-8000-000000000000.jpg"


@pytest.fixture
def dependencies(openai_server: FakeOpenAI, tmp_path: Path) -> Iterator[Dependencies]:
    """Yield dependencies that speak to the fake one, with one place for slow calls."""
    storage = MemoryStorage()
    storage.put(rendition_key(STORED, "preview", "image/jpeg", RENDITION_VERSION), picture())
    yield Dependencies(
        storage=storage,
        ai_settings=ServiceSettings("sk-test", openai_server.base_url, "gpt-5.6-luna", timeout=PATIENCE),
        limits=AILimits(100, 1_000_000, 10),
        slots=BoundedSemaphore(1),
        temporary=tmp_path,
        session_limits=SessionLimits(timedelta(hours=72), timedelta(days=30)),
        installation=InstallationSettings(Config.from_env({})),
    )
    gpt_service.close_idle()


@pytest.fixture
def begin(engine: Engine) -> TransactionFactory:
    """Return transactions."""
    made: TransactionFactory = sessionmaker(engine, expire_on_commit=False).begin
    return made


@pytest.fixture
def image_id(begin: TransactionFactory) -> int:
    """Add a picture."""
    new = NewImage("Heron.jpg", STORED, "image/jpeg", "image/jpeg", 60, 40, 900, "ab" * 32, ["#884422"])
    with begin() as session:
        return images.create(session, new).id


def in_use(session: Session) -> str:
    """Return what cannot be locked at once: the buckets, the ledger, both or nothing."""
    found = ""
    for name, table in (("buckets", RateBucket), ("ledger", Usage)):
        total = session.scalar(select(func.count()).select_from(table))
        free = len(session.scalars(select(table).with_for_update(skip_locked=True)).all())
        found += "" if free == total else name
    session.rollback()
    return found


def test_a_draft_waits_for_its_picture_before_it_locks_what_all_share(
    begin: TransactionFactory, engine: Engine, dependencies: Dependencies, image_id: int
) -> None:
    drafting.draft_image(begin, dependencies, image_id, DraftOptions())
    with ThreadPoolExecutor(1) as pool:
        with begin() as other, Session(engine) as session:
            other.execute(select(Image.id).where(Image.id == image_id).with_for_update())
            drafting_call = pool.submit(drafting.draft_image, begin, dependencies, image_id, DraftOptions())
            wait_until(lambda: somebody_waits(engine))
            assert in_use(session) == ""
        assert drafting_call.result(PATIENCE).image.post_title


def test_an_answer_waits_for_its_picture_before_it_locks_what_all_share(
    begin: TransactionFactory,
    engine: Engine,
    dependencies: Dependencies,
    openai_server: FakeOpenAI,
    image_id: int,
) -> None:
    held = begin()

    def lock_and_answer(reply: Any) -> None:
        other.execute(select(Image.id).where(Image.id == image_id).with_for_update())
        does.ok(WORDS)(reply)

    openai_server.script(lock_and_answer)
    with ThreadPoolExecutor(1) as pool:
        with held as other, Session(engine) as session:
            drafting_call = pool.submit(drafting.draft_image, begin, dependencies, image_id, DraftOptions())
            wait_until(lambda: somebody_waits(engine))
            assert in_use(session) == ""
        assert drafting_call.result(PATIENCE).image.post_title == WORDS["post_title"]


def test_a_429_locks_the_buckets_in_the_order_of_new_calls(
    begin: TransactionFactory, engine: Engine, dependencies: Dependencies, image_id: int
) -> None:
    context = DraftContext(begin, dependencies, image_id, DraftOptions(), PersonPolicy())
    drafting_call = calls.prepare(context, b"")

    def refused() -> None:
        with begin() as session:
            calls.record_failure(session, drafting_call, RateLimited("Busy.", retry_after=9), 1.0)

    with ThreadPoolExecutor(1) as pool:
        with begin() as other:
            other.get(RateBucket, "requests", with_for_update=True)
            waiting = pool.submit(refused)
            wait_until(lambda: somebody_waits(engine))
            other.execute(text("SET LOCAL lock_timeout = '2s'"))
            assert other.get(RateBucket, "tokens", with_for_update=True)
        waiting.result(PATIENCE)
    assert [entry.error for entry in ledger(engine)] == ["rate_limited"]


def test_a_paid_answer_survives_a_stumble_of_the_database(
    begin: TransactionFactory,
    engine: Engine,
    dependencies: Dependencies,
    image_id: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stumbles = [OperationalError("SELECT", {}, Exception("deadlock detected"))]
    real = images.find_locked

    def find_locked(session: Session, image_id: int) -> Image | None:
        if stumbles:
            raise stumbles.pop()
        return real(session, image_id)

    monkeypatch.setattr(images, "find_locked", find_locked)
    outcome = drafting.draft_image(begin, dependencies, image_id, DraftOptions())
    assert isinstance(outcome, Outcome)
    assert outcome.image.post_title
    assert [entry.state for entry in ledger(engine)] == ["ok"]


def test_an_answer_that_cannot_be_stored_is_written_down_as_paid(
    begin: TransactionFactory,
    engine: Engine,
    dependencies: Dependencies,
    image_id: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("disk full"))

    monkeypatch.setattr(images, "find_locked", full)
    with pytest.raises(OperationalError):
        drafting.draft_image(begin, dependencies, image_id, DraftOptions())
    (entry,) = ledger(engine)
    assert (entry.state, entry.error, entry.output_tokens) == ("failed", "OperationalError", 300)


def test_a_picture_deleted_before_the_call_costs_nothing(
    begin: TransactionFactory,
    engine: Engine,
    dependencies: Dependencies,
    image_id: int,
    openai_server: FakeOpenAI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = renditions.for_model

    def then_delete(source: Path | bytes, media_type: str) -> bytes:
        with begin() as other:
            other.execute(delete(Image))
        return real(source, media_type)

    monkeypatch.setattr(renditions, "for_model", then_delete)
    with pytest.raises(NotFound):
        drafting.draft_image(begin, dependencies, image_id, DraftOptions())
    assert (ledger(engine), openai_server.requests) == ([], [])


def test_a_reader_who_left_before_the_call_costs_nothing(
    begin: TransactionFactory,
    engine: Engine,
    dependencies: Dependencies,
    image_id: int,
    openai_server: FakeOpenAI,
) -> None:
    with pytest.raises(DraftCancelled):
        drafting.draft_image(begin, dependencies, image_id, DraftOptions(), cancelled=lambda: True)
    (entry,) = ledger(engine)
    assert (entry.state, entry.input_tokens) == ("cancelled", 0)
    assert not entry.usd
    assert openai_server.requests == []


def test_a_listener_that_breaks_frees_its_place_and_is_written_down(
    begin: TransactionFactory, engine: Engine, dependencies: Dependencies, image_id: int
) -> None:
    def broken(fields: object) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        drafting.draft_image(begin, dependencies, image_id, DraftOptions(), on_partial=broken)
    (entry,) = ledger(engine)
    assert (entry.state, entry.error) == ("failed", "BrokenPipeError")
    assert entry.input_tokens > 0
    assert drafting.draft_image(begin, dependencies, image_id, DraftOptions()).image.post_title


def test_a_refused_refinement_does_not_remember_its_feedback(
    begin: TransactionFactory, dependencies: Dependencies, image_id: int, openai_server: FakeOpenAI
) -> None:
    openai_server.script(does.refusal())
    with pytest.raises(AIRefused):
        drafting.draft_image(begin, dependencies, image_id, DraftOptions(feedback="something bad"))
    drafting.draft_image(begin, dependencies, image_id, DraftOptions(feedback="warmer"))
    assert "something bad" not in openai_server.requests[-1].text


def test_the_last_ten_wishes_are_remembered(
    begin: TransactionFactory, dependencies: Dependencies, image_id: int, openai_server: FakeOpenAI
) -> None:
    for number in range(12):
        drafting.draft_image(
            begin, dependencies, image_id, DraftOptions(feedback=f"wish-{number:02}", fields=("alt_text",))
        )
    sent = openai_server.requests[-1].text
    assert [number for number in range(12) if f"wish-{number:02}" in sent] == list(range(1, 12))


@pytest.mark.parametrize(
    "wrong",
    [
        {"fields": ()},
        {"fields": ("price",)},
        {"language": "e"},
        {"overwrite_policy": "all"},
        {"language": "en\n"},
        {"note": "\ud800"},
        {"feedback": " \n "},
    ],
)
def test_options_that_do_not_fit_cannot_be_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        DraftOptions(**wrong)
    assert isinstance(caught.value, AppError)
    name = next(iter(wrong))
    assert caught.value.field == {"overwrite_policy": "only"}.get(name, name)
