"""What making old renditions anew costs those who use the program: pages meanwhile, and how many pictures a minute.

`python -m bench.remaking` starts the real program, as it is by default, on a library of photographs and drawings, and
prints ratios of one run: pages while renditions are made anew and their doubles are looked for beside pages without
that, in turn. Promised: at most 1.3.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, create_engine, func, insert, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import migrations
from artworks import worker
from artworks.adapters import job_queue
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from artworks.adapters.storage.storage import Storage
from artworks.adapters.storage.url import storage_from_url
from artworks.images import files as image_files
from artworks.images import uploads
from artworks.images.uploads import Incoming, UploadOptions
from artworks.imaging.rendition_kinds import RENDITION_VERSION
from bench.renditions import photograph
from bench.serving import ask, program
from models import Image

# Photographs of 12 million pixels and drawings of one million, in turn.
PICTURES, ROUNDS = 400, 3
PAGES = ("/?view=grid", "/?view=table", "/images/{id}", "/images/{id}/thumbnail?v=1", "/api/images")
FACTS = ("media_type", "width", "height", "size_bytes", "sha256", "colours", "look")
# Each block of pages is measured for so long, in seconds.
BLOCK = 15.0


def fill(session: Session, storage: Storage, folder: Path) -> None:
    """Make a library of many pictures that share a few files' bytes."""
    photograph(4000, 3000).save(folder / "photograph.jpg", quality=88)
    photograph(1200, 900).save(folder / "drawing.png")
    paths = [folder / "photograph.jpg", folder / "drawing.png"]
    incoming = [Incoming(path, path.name, path.stat().st_size) for path in paths]
    ids = uploads.receive(session, storage, incoming, UploadOptions({}, True, 10**8)).images
    rows = []
    for number in range(PICTURES):
        model = session.get_one(Image, ids[number % len(ids)])
        name = f"{uuid.uuid4()}{Path(model.stored_filename).suffix}"
        storage.put(name, storage.read(model.stored_filename))
        facts = {column: getattr(model, column) for column in FACTS}
        rows.append({"original_filename": f"Study {number}", "stored_filename": name, **facts})
    session.execute(insert(Image), rows)
    session.commit()
    for image in session.scalars(select(Image)):
        image_files.measure(session, storage, image)
    session.commit()


def age(engine: Engine) -> None:
    """Have all renditions be of an older version, whose files are gone, so that each counts as drawn otherwise."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE image SET rendition_version = 1"))
        connection.execute(text("DELETE FROM storage_scan WHERE name = 'renditions'"))


def count_new(engine: Engine) -> int:
    """Return how many pictures have renditions of this version."""
    with engine.connect() as connection:
        query = select(func.count()).where(Image.rendition_version == RENDITION_VERSION)
        return connection.scalar(query) or 0


def settle(engine: Engine) -> None:
    """Say that everything is done: renditions of this version, and compared."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE image SET rendition_version = :version, compared_at = now()"),
            {"version": RENDITION_VERSION},
        )


def read_pages(address: str, image_id: int) -> list[float]:
    """Read pages in turn for a while; returns how long each took, in seconds."""
    taken = []
    until = time.perf_counter() + BLOCK
    while time.perf_counter() < until:
        for page in PAGES:
            begun = time.perf_counter()
            ask(address, "GET", page.format(id=image_id))
            taken.append(time.perf_counter() - begun)
            # People look at what they got.
            time.sleep(0.02)
    return taken


def show(what: str, measure: Callable[[list[float]], float], busy: list[float], idle: list[float]) -> None:
    """Print one ratio beside what was promised."""
    ours, other = measure(busy) * 1000, measure(idle) * 1000
    print(f"  {what:20} {ours:7.1f} ms / {other:7.1f} ms = {ours / other:4.2f}   (at most 1.3)")


def main() -> None:
    """Measure pages in turn, without and with renditions being made anew."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        (folder / "uploads").mkdir()
        server = EmbeddedPostgres(folder / "postgres")
        url = sqlalchemy_url(server.start())
        try:
            migrations.upgrade(url)
            engine = create_engine(url, poolclass=NullPool)
            with Session(engine) as session:
                fill(session, storage_from_url(f"{folder}/uploads"), folder)
                image_id = session.scalar(select(func.max(Image.id))) or 0
            settle(engine)
            idle: list[float] = []
            busy: list[float] = []
            rates = []
            with program(folder, DATABASE_URL=url) as address:
                read_pages(address, image_id)
                for _ in range(ROUNDS):
                    idle += read_pages(address, image_id)
                    age(engine)
                    job_queue.enqueue(url, worker.REMAKE)
                    while not count_new(engine):
                        time.sleep(0.05)
                    begun, before = time.perf_counter(), count_new(engine)
                    busy += read_pages(address, image_id)
                    rates.append((count_new(engine) - before) / (time.perf_counter() - begun) * 60)
                    assert count_new(engine) < PICTURES, "all were done before the pages were"
                    settle(engine)
                    # The picture under way, and what is compared.
                    time.sleep(3)
            print(f"Pages while renditions are made anew, {os.cpu_count()} cores")
            show("median", statistics.median, busy, idle)
            show("95th percentile", lambda taken: statistics.quantiles(taken, n=20)[-1], busy, idle)
            print(
                f"  {statistics.median(rates):.0f} pictures a minute, half of 12 and half of 1 million pixels"
            )
        finally:
            server.stop()


if __name__ == "__main__":
    main()
