"""A dump of any library, restored into an empty database, is the same library: every row and every page."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

import migrations
from app import Config
from artworks.adapters.postgres.account import PROGRAMS
from artworks.adapters.postgres.server import libpq_url
from artworks.cli.startup import prepare
from artworks.files import storage_mark
from artworks.imaging.rendition_kinds import RENDITION_VERSION
from models import db
from tests.support import full_library
from tests.support.program import asking_here

SECRET = "a secret of the tests, 32 letters"
# The time of day and how long ago words were typed, which some answers tell, and that what happened was exported a
# moment ago.
PASSING = re.compile(
    rb'(?<="now":")[^"]*|(?<="seconds":)[\d.]+|(?<=name="once" value=")[^"]*|\n\d+,[^,]*,[^\n]*exported what happened'
)
ARGUMENTS = {
    "image_id": (1, 2, 3, 4),
    "batch_id": (1,),
    "collection_id": (1,),
    "share_id": (1,),
    "category_id": (1, 2),
}
SEARCHES = (
    "/?q=königin",
    "/?q=konigin",
    "/?q=東京",
    "/?tag=Öl",
    "/?q=काम&sort=title",
    "/api/images?q=strasse",
)
# Of all pages these must be there in any case.
SHOWN = [
    "/",
    "/images/1",
    "/review/2",
    "/categories",
    "/categories/2",
    "/tags",
    "/collections/1",
    "/views",
    "/shared/1",
    "/batches/1",
    "/trash",
    "/usage",
    "/look-alikes",
    "/settings/voice",
    "/people",
    "/audit",
    "/export.csv",
    "/trash/4/thumbnail",
]
Page = tuple[int, bytes]


def run(program: str, *arguments: str | Path, status: int = 0) -> str:
    """Run one of PostgreSQL's programs and give what it said."""
    done = subprocess.run(
        [PROGRAMS / program, *arguments], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def restore(dump: Path, url: str, status: int = 0) -> str:
    """Restore a dump as docs/backup.md says."""
    if dump.suffix == ".dump":
        return run("pg_restore", "--exit-on-error", "--no-owner", "-d", libpq_url(url), dump, status=status)
    return run("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-f", dump, libpq_url(url), status=status)


@dataclass
class Library:
    """A library with its rows and pages as they were when it was dumped, and how to start the program on a copy."""

    folder: Path
    engine: Engine
    rows: dict[str, list[str]] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its database's URL."""
        return self.engine.url.render_as_string(hide_password=False)

    def start(self, url: str) -> APIFlask:
        """Start the program on a database, always with the same pictures."""
        places = {"INSTANCE_DIR": str(self.folder / "instance"), "STORAGE_URL": str(self.folder / "pictures")}
        settings = {"DATABASE_URL": libpq_url(url), "FLASK_SECRET_KEY": SECRET, "SIGN_IN": "off", **places}
        with asking_here():
            app = prepare(Config.from_env(settings))
        # How long ago something was is another word a minute later.
        app.jinja_env.filters["ago"] = lambda moment: ""
        return app

    def write_dump(self, name: str) -> Path:
        """Dump it, in the format that the name's ending tells."""
        dump = self.folder / name
        run("pg_dump", *(["-Fc"] if dump.suffix == ".dump" else []), "-f", dump, libpq_url(self.url))
        return dump


def pages(app: APIFlask) -> dict[str, Page]:
    """Look at every page and every JSON there is, with the rows that it is about."""
    client, seen = app.test_client(), list(SEARCHES)
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments <= ARGUMENTS.keys() and "back" not in rule.rule:
            numbers = [number for name in rule.arguments for number in ARGUMENTS[name]] or [0]
            seen += (re.sub(r"<int:\w+>", str(number), rule.rule) for number in numbers)
    # Exports after all else: that they were made is written into the audit. And then that a gallery was opened.
    seen.sort(key=lambda address: (address.endswith((".csv", ".zip")), "audit" not in address))
    seen.append(client.get("/api/shares").get_json()["shares"][0]["url"])
    found = {address: _page(client, address) for address in seen}
    assert [address for address in (*SHOWN, *SEARCHES, seen[-1]) if found[address][0] != 200] == []
    with app.app_context():
        db.engine.dispose()
    return found


def _content(archive: bytes) -> bytes:
    """Return what an archive holds without when it was made."""
    with ZipFile(BytesIO(archive)) as files:
        return b"".join(name.encode() + files.read(name) for name in files.namelist())


def _page(client: FlaskClient, address: str) -> Page:
    with closing(client.get(address, buffered=True)) as answer:
        if answer.mimetype == "application/zip":
            return answer.status_code, _content(answer.data)
        return answer.status_code, PASSING.sub(b"", answer.data)


@pytest.fixture(scope="module")
def library(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return the library with two dumps of it, made before its pages were looked at."""
    made = Library(tmp_path_factory.mktemp("library"), create_engine(make_database(), poolclass=NullPool))
    app = made.start(made.url)
    with made.engine.begin() as connection:
        full_library.fill(app.test_client(), connection)
        made.rows = full_library.every_row(connection)
    made.write_dump("library.sql")
    made.write_dump("library.dump")
    made.pages = pages(app)
    return made


@pytest.fixture
def copy(empty_database_url: str) -> Iterator[Engine]:
    engine = create_engine(empty_database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("name", ["library.sql", "library.dump"])
def test_a_restored_dump_is_the_same_library(
    library: Library, copy: Engine, empty_database_url: str, name: str
) -> None:
    restore(library.folder / name, empty_database_url)
    with copy.connect() as connection:
        assert full_library.every_row(connection) == library.rows
    app = library.start(empty_database_url)
    # A copy of a database is another one, as long as the operator does not say that it has the pictures now.
    with Session(copy) as session:
        assert "this one is a copy" in storage_mark.adopt(session, app.extensions["aim"].storage).problem
    again = pages(app)
    assert migrations.version(empty_database_url) == migrations.HEAD
    assert again.keys() == library.pages.keys()
    assert [address for address, page in again.items() if page != library.pages[address]] == []


def test_a_dump_of_version_1_0_0_comes_back_with_one_word_changed(
    library: Library, copy: Engine, empty_database_url: str, make_database: Callable[[], str]
) -> None:
    restore(library.folder / "library.dump", empty_database_url)
    with copy.begin() as connection:
        migrations.step(connection, "0004", down=True)
    old = library.folder / "old.sql"
    run("pg_dump", "-f", old, libpq_url(empty_database_url))
    assert "function image_words(text) does not exist" in restore(old, make_database(), status=3)
    changed, url = library.folder / "changed.sql", make_database()
    words = "s/set_config('search_path', ''/set_config('search_path', 'public'/"
    with changed.open("w") as file:
        subprocess.run(["sed", words, old], stdout=file, check=True)
    restore(changed, url)
    library.start(url)
    with closing(create_engine(url, poolclass=NullPool).connect()) as connection:
        # Their small copies are of that version, and will be made anew.
        drawn = connection.execute(
            text("UPDATE image SET rendition_version = :v RETURNING 1"), {"v": RENDITION_VERSION}
        )
        assert drawn.all()
        found = full_library.every_row(connection)
    assert {name: found[name] for name in ("image", "usage", "audit")} == {
        name: library.rows[name] for name in ("image", "usage", "audit")
    }
