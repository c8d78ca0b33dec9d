"""The pictures that hundreds of tests add without an upload, beside one that was uploaded."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.support.factories import added, picture, upload

# What two pictures differ in, however they came.
OWN = {"id", "image_id", "at", "created_at", "updated_at", "stored_filename", "urls", "sha256", "size_bytes"}
OWN |= {"colours", "colour_names", "palette", "facts"}


def test_a_picture_that_the_tests_add_is_as_an_upload_leaves_it(
    studio: FlaskClient, session: Session, uploads: Path
) -> None:
    name, left = "herons/at  dusk?.jpg", []
    for add in (
        lambda: added(studio, name),
        lambda: upload(studio, (picture(), name)).get_json()["images"][0],
    ):
        told = add()
        rows = [
            session.execute(text(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1")).mappings().one()
            for table in ("image", "revision")
        ]
        others = session.scalar(
            text("SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM pending_file)")
        )
        session.rollback()
        known = [{key: value for key, value in one.items() if key not in OWN} for one in (told, *rows)]
        kinds = sorted(
            path.name.split(".", 1)[1] for path in uploads.rglob("*") if told["stored_filename"] in path.name
        )
        left.append((known, others, kinds))
    assert left[0] == left[1]
