"""A batch's picture whose answer lacks fields: asked for once more within the money, kept as it is without it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from artworks.batches import estimates
from artworks.dependencies import Dependencies
from gpt_service import FIELDS
from tests.fakes import openai_behaviours as does
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.openai_wire import Reply
from tests.support.batching import (
    add_pictures,
    calls,
    enqueue,
    images,
    read,
    start,
    wait_until,
    working,
)
from tests.support.drafting import WORDS

PARTIAL = json.dumps({name: value for name, value in WORDS.items() if name != "alt_text"})


@pytest.mark.parametrize("covered", [True, False])
def test_a_batch_asks_once_more_where_its_cap_covers_that(
    database_url: str, engine: Engine, dependencies: Dependencies, openai_server: FakeOpenAI, covered: bool
) -> None:
    held: list[Decimal] = []

    def answer(reply: Reply) -> None:
        held.append(read(engine, batch).held_usd)
        (does.ok(WORDS) if reply.seen.fields == ("alt_text",) else does.says(PARTIAL))(reply)

    openai_server.default = answer
    one = estimates.least_cap(dependencies)
    (picture,) = add_pictures(engine, dependencies, 1)
    batch = start(engine, dependencies, [picture], cap=str(one * (3 if covered else Decimal("1.5"))))
    with working(database_url, dependencies):
        enqueue(database_url)
        wait_until(lambda: read(engine, batch).state == "done")
    (image,) = images(engine, [picture])
    assert (image.post_title, image.alt_text) == (WORDS["post_title"], WORDS["alt_text"] if covered else "")
    asked = [set(seen.fields) for seen in openai_server.requests]
    assert asked == [set(FIELDS), {"alt_text"}][: 1 + covered]
    # Both are held back before the first is sent, so that the second never exceeds the cap.
    assert (max(held) > one * Decimal("1.5")) is covered
    (call,) = calls(engine, batch)
    assert call.state == "ok"
    assert read(engine, batch).held_usd == 0
    assert read(engine, batch).spent_usd == call.usd
