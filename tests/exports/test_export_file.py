"""Exports on their way: written at the database's speed, held by slots, ended by a full disk or by who leaves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from artworks.adapters.storage import process_slots
from artworks.core.csv_sql import Write
from artworks.core.errors import RateLimited, StorageFull
from artworks.exports import export_csv
from artworks.exports.export_file import Export, ExportFile, reserve
from artworks.search.filters import Filters
from models import Image
from tests.support.program import wait_until
from tests.support.small_disk import small_disk

ROWS = 2_000
LIBRARY = Export(
    lambda connection, put: export_csv.write(connection, Filters(), put), export_csv.rows(Filters()), Image
)
Begin = Callable[..., ExportFile]


@pytest.fixture
def many(engine: Engine) -> None:
    """Fill the library with pictures that have 12 MB of words: more than anything on the way holds."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO image (original_filename, stored_filename, description)"
                f" SELECT 'heron.jpg', n || '.jpg', repeat('x', 6000) FROM generate_series(1, {ROWS}) AS n"
            )
        )


@pytest.fixture
def exporting(database_url: str) -> Iterator[Engine]:
    """Yield an engine of its own, whose connections can be counted and are closed after use."""
    engine = create_engine(f"{database_url}&application_name=exporting", poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def begin(exporting: Engine, tmp_path: Path) -> Iterator[Begin]:
    """Yield a function that begins an export; each is closed at the end."""
    begun = []

    def start(receiver: str = "Ana", export: Export = LIBRARY, folder: Path = tmp_path) -> ExportFile:
        slot = reserve(tmp_path / "slots", receiver, 0)
        begun.append(ExportFile(exporting, export, folder, slot, slot.free))
        return begun[-1]

    yield start
    for one in begun:
        one.close()


def connections(engine: Engine) -> int:
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'exporting'")
        count: int = connection.execute(query).scalar_one()
    return count


@pytest.mark.usefixtures("many")
def test_the_database_is_done_however_slowly_the_export_is_read(engine: Engine, begin: Begin) -> None:
    export = begin()
    first = next(export)
    wait_until("the end of the connection", lambda: not connections(engine))
    rest = b"".join(export)
    assert (first + rest).count(b"\r\n") == ROWS + 1
    assert rest.endswith(b"Z\r\n")


def test_the_first_bytes_come_while_the_rows_are_waited_for(engine: Engine, begin: Begin) -> None:
    with engine.connect() as other, other.begin():
        other.exec_driver_sql("LOCK TABLE category IN ACCESS EXCLUSIVE MODE")
        assert next(begin()) == f"{export_csv.HEADER}\r\n".encode()


def test_who_leaves_ends_what_the_database_does_and_frees_the_slot(engine: Engine, begin: Begin) -> None:
    with engine.connect() as other, other.begin():
        other.exec_driver_sql("LOCK TABLE category IN ACCESS EXCLUSIVE MODE")
        for export in [begin(), begin()]:
            export.close()
        wait_until("the end of the connections", lambda: connections(engine) == 0)
    begin()
    begin()


@pytest.mark.usefixtures("many")
def test_nobody_holding_an_export_ends_it(begin: Begin, exporting: Engine, tmp_path: Path) -> None:
    freed: list[bool] = []
    slot = reserve(tmp_path / "slots", "Ana", 0)
    export = ExportFile(exporting, LIBRARY, tmp_path, slot, lambda: freed.append(True))
    del export
    wait_until("the end", lambda: freed)
    slot.free()


def test_four_at_once_and_two_for_each(begin: Begin) -> None:
    begin("Ana")
    begin("Ana")
    with pytest.raises(RateLimited, match="2 of your exports") as refused:
        begin("Ana")
    assert refused.value.retry_after
    begin("Ben")
    begin("Cleo")
    with pytest.raises(RateLimited, match="4 exports are being sent"):
        begin("Dora")


def test_an_export_that_was_read_leaves_its_slot(begin: Begin) -> None:
    for _ in range(6):
        assert b"".join(begin()).startswith(b"id,")


def test_slots_asked_for_at_the_same_moment_are_never_too_many(tmp_path: Path) -> None:
    def take(number: int) -> process_slots.Slot | None:
        try:
            return process_slots.take_slot(tmp_path, f"person {number % 3}", 0, most=4, most_each=2)[0]
        except process_slots.SlotsTakenError:
            return None

    with ThreadPoolExecutor(12) as pool:
        for _ in range(20):
            slots = [slot for slot in pool.map(take, range(12)) if slot]
            assert len(slots) == 4
            for slot in slots:
                slot.free()


def test_a_disk_with_too_little_room_is_said_before(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(StorageFull, match="too little room") as refused:
        reserve(tmp_path, "Ana", free // 2 + 2**24)
    assert refused.value.status == 507
    first = reserve(tmp_path, "Ana", free // 2 - 2**28)
    # What the first one still writes counts too, until it has written it.
    with pytest.raises(StorageFull):
        reserve(tmp_path, "Ben", free // 3)
    first.reserve(0)
    reserve(tmp_path, "Ben", free // 3).free()
    first.free()


@pytest.mark.usefixtures("many")
def test_a_disk_that_fills_ends_the_export_with_an_error(begin: Begin, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4000) as folder:
        free = shutil.disk_usage(folder).free
        export = begin(folder=folder)
        with pytest.raises(StorageFull):
            b"".join(export)
        assert list(folder.iterdir()) == []
        assert shutil.disk_usage(folder).free == free
        export.close()
        with pytest.raises(StorageFull):
            b"".join(begin(folder=folder))


def test_what_breaks_off_is_never_taken_for_whole(begin: Begin) -> None:
    def write(_: Connection, put: Write) -> None:
        put(b"id\r\n")
        raise ValueError("a mistake of ours")

    with pytest.raises(Exception, match="This export broke off"):
        b"".join(begin(export=Export(write, export_csv.rows(Filters()), Image)))
