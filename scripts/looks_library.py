"""Libraries to be looked at: one with a single picture, and large ones with names of every kind.

The first pictures come in through the program itself. The others are rows of the benchmarks, whose files are more names
of the first ones; every fiftieth has none, to see how that looks.
"""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from PIL import Image, ImageOps
from playwright.sync_api import APIRequestContext
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import migrations
from artworks.adapters.postgres.server import EmbeddedPostgres, sqlalchemy_url
from artworks.adapters.storage.storage import rendition_key
from artworks.imaging.rendition_kinds import RENDITION_VERSION, UPLOAD_KINDS
from bench import library_rows
from scripts.looks_words import COMMON, LONG, MORE_SHELVES, NOTES, PLACES, SHELVES, SUBJECTS, TIMES, YEARS
from scripts.screenshots import ask

SAMPLES = Path(__file__).resolve().parent.parent / "static" / "samples"
REAL, DOUBLES, THROWN, WITHOUT_FILE = 42, 2, 8, 50


@contextmanager
def database(folder: Path, pictures: int) -> Iterator[str]:
    """Run a database with so many pictures, less those that are uploaded later, and give its address."""
    server = EmbeddedPostgres(folder / "postgres", durable=False)
    try:
        url = sqlalchemy_url(server.start())
        migrations.upgrade(url)
        if pictures > REAL:
            usual = library_rows.words()
            words = [*COMMON, *usual][: len(usual)]
            with mock.patch.object(library_rows, "words", return_value=words):
                library_rows.fill(url, rows_of(pictures))
            _name_shelves(url)
        yield url
    finally:
        server.stop()


def _name_shelves(url: str) -> None:
    """Give the shelves of the benchmarks and their parts, which are numbered, names of a real library."""
    shelves = {**SHELVES, **dict.fromkeys(MORE_SHELVES, YEARS)}
    names = [
        name for shelf, parts in shelves.items() for name in (shelf, *(f"{shelf} / {part}" for part in parts))
    ]
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        rows = [{"id": number, "name": name} for number, name in enumerate(names, 1)]
        connection.execute(text("UPDATE category SET name = :name WHERE id = :id"), rows)


def rows_of(pictures: int) -> int:
    """Return how many are not uploaded, so that as many as asked for are in the library in the end."""
    return pictures - REAL - DOUBLES + THROWN


def furnish(api: APIRequestContext, uploads: Path, pictures: int) -> None:
    """Upload the first pictures with their words; in a large library put things in order as people do."""
    if pictures > REAL:
        _doubles(api)
    sent = [
        _send(api, number, data) for number, data in zip(range(min(pictures, REAL)), _drawn(), strict=False)
    ]
    if pictures <= REAL:
        return
    _share_files(uploads, [image["stored_filename"] for image in sent], rows_of(pictures))
    _long_names(api, sent)
    _collections(api, [image["id"] for image in sent])
    for name, filters in (
        ("Drafts that lack a title", {"status": "draft", "q": "missing:title"}),
        (LONG, {"tag": "dusk"}),
    ):
        ask(api.post("/api/views", data={"name": name, "filters": filters}))
    thrown = [image["id"] for image in sent[-THROWN:]]
    ask(api.post("/api/images/trash", data={"select": {"ids": thrown}}))


def _drawn() -> Iterator[bytes]:
    """Cut, turn and mirror the samples until there are enough that look different."""
    paths = sorted(path for path in SAMPLES.iterdir() if path.is_file())
    for number in itertools.count():
        with Image.open(paths[number % len(paths)]) as opened:
            image = opened.convert("RGB")
        turn = number // len(paths)
        if turn:
            wide, high = image.size
            left, top = wide * (turn % 3) // 6, high * (turn % 2) // 4
            image = image.crop((left, top, left + wide * 3 // 5, top + high * 3 // 4))
            image = ImageOps.mirror(image) if turn % 2 else image.rotate(90 * turn, expand=True)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=88)
        yield out.getvalue()


def _send(api: APIRequestContext, number: int, data: bytes) -> dict[str, Any]:
    sample, turn = number % len(SUBJECTS), number // len(SUBJECTS)
    subject, time = SUBJECTS[sample][turn], TIMES[number % len(TIMES)]
    file: Any = {"name": f"{subject} {time} {number:02}.jpg", "mimeType": "image/jpeg", "buffer": data}
    (image,) = ask(api.post("/api/images", multipart={"files": file, "duplicates": "keep"}))["images"]
    words = {
        "post_title": f"{subject} {time}" if number % 9 != 8 else "",
        "description": f"{NOTES[sample]} {PLACES[turn % len(PLACES)]}" if number % 7 != 6 else "",
        "hashtags": [
            f"#{subject.split()[-1].lower()}",
            f"#{time.split()[-1]}",
            *COMMON[number : number + 1 + number % 4],
        ],
        "category": ("Prints / Linocut", "Prints / Etching", "Works on paper", "Paintings", "")[number % 5],
        "key_points": "Linocut in two colours, 30 x 40 cm, edition of 40" if number % 2 else "",
        "status": ("ready", "draft", "ready", "new")[number % 4],
    }
    changed: dict[str, Any] = ask(
        api.patch(f"/api/images/{image['id']}", data={"version": image["version"], **words})
    )
    return changed


def _share_files(uploads: Path, stored: list[str], rows: int) -> None:
    """Give the renditions of the uploaded pictures one more name for each row of the benchmarks."""
    for number in range(1, rows + 1):
        if number % WITHOUT_FILE == 0:
            continue
        for kind in UPLOAD_KINDS:
            real = uploads / rendition_key(
                stored[number * 5 % len(stored)], kind, "image/jpeg", RENDITION_VERSION
            )
            os.link(
                real, uploads / rendition_key(f"bench-{number}.jpg", kind, "image/jpeg", RENDITION_VERSION)
            )


def _long_names(api: APIRequestContext, sent: list[dict[str, Any]]) -> None:
    """Write one picture full of long words, and make categories and tags that are hard to show."""
    image = sent[4]
    words = {
        "post_title": f"{LONG} {LONG.lower()}",
        "description": f"{LONG} " * 6,
        "hashtags": [f"#{LONG}", "#héron", "#Herons", "#Heron", "#العربية", "#水彩画"],
        "category": f"{LONG[:40]} / {LONG[-30:]}",
    }
    ask(api.patch(f"/api/images/{image['id']}", data={"version": image["version"], **words}))
    for name in ("Commissions, and everything that was promised to somebody", "رسومات / مناظر"):
        ask(api.post("/api/categories", data={"name": name}))


def _collections(api: APIRequestContext, newest: list[int]) -> None:
    """Make one collection of many pictures and some small ones."""
    names = (
        "Winter show",
        "Shop drop in May",
        f"Everything about the sea, and {LONG[:48]}",
        "Commissions",
        "Empty one",
    )
    made = [ask(api.post("/api/collections", data={"name": name, "note": NOTES[0]}))["id"] for name in names]
    for place, collection in enumerate(made[:-1]):
        ask(api.post(f"/api/collections/{collection}/images", data={"ids": newest[place * 7 : 36 - place]}))
    bulk = {"select": {"filter": {"category": "Postcards / 2025"}}, "collection_id": made[0]}
    ask(api.patch("/api/images", data=bulk))


def _doubles(api: APIRequestContext) -> None:
    """Upload a picture that comes again with the others, as it is and at half its size, so that there are pairs."""
    data = next(_drawn())
    with Image.open(io.BytesIO(data)) as image:
        again = io.BytesIO()
        image.resize((image.width // 2, image.height // 2)).save(again, "JPEG", quality=70)
    _send(api, 0, data)
    _send(api, 6, again.getvalue())
