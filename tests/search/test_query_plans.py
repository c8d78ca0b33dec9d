"""Every list is answered by indexes: in a library of 20,000 pictures the database never reads through all of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, create_engine

from artworks.adapters.postgres.server import SESSION
from artworks.images import remaking
from artworks.taxonomy import queries as catalogue
from bench import library_rows, plans
from tests.fakes.storage import MemoryStorage
from tests.support.databases import MIGRATED

pytestmark = pytest.mark.slow

ROWS = 20_000


@pytest.fixture(scope="module")
def large(make_database: Callable[[str], str]) -> Engine:
    """Engine on a library of 20,000 pictures."""
    url = make_database(MIGRATED)
    library_rows.fill(url, ROWS)
    return create_engine(url, connect_args={"options": SESSION})


def test_no_list_reads_through_all_pictures(large: Engine) -> None:
    lists = plans.lists(**plans.words(large))
    slow = {
        name: plan
        for name, run in lists.items()
        for plan in plans.plans(large, run)
        if "Seq Scan on image" in plan
    }
    assert not slow, "\n\n".join(f"{name}\n{plan}" for name, plan in slow.items())
    large.dispose()


def test_whether_a_person_stands_for_a_category_is_answered_by_an_index(large: Engine) -> None:
    """A category that only AI filled may have any number of pictures; none of them is looked at."""
    query = catalogue.vouched_query(60).compile(large, compile_kwargs={"literal_binds": True})
    with large.connect() as connection:
        plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {query}"))
    large.dispose()
    assert "image_vouched" in plan, plan
    assert "Seq Scan on image" not in plan, plan


def test_renditions_of_an_older_version_are_found_by_the_key(large: Engine) -> None:
    """Whether none or all are left, a piece of the ids is read at a time, from the newest one down."""

    class FullStorage(MemoryStorage):
        def exists(self, key: str) -> bool:
            return True

    seen = plans.plans(large, lambda session: remaking.remake_waiting(session, FullStorage(), lambda: True))
    large.dispose()
    pieces = [plan for plan in seen if "Index Scan Backward using image_pkey on image" in plan]
    assert len(pieces) > ROWS / remaking.WINDOW
    assert not [plan for plan in pieces if "Sort" in plan]
