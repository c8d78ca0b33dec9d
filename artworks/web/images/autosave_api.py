"""What people are typing, kept while they type it: each has their own and sees nobody else's."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from artworks.accounts import users
from artworks.images import autosaves
from artworks.web import context
from artworks.web.images.schemas import AutosaveIn, AutosaveKept, AutosavesOut, GivenUpQuery
from artworks.web.permissions import requires
from models import db, iso

api = APIBlueprint("autosaves", __name__, url_prefix="/api", tag="Pictures")
WORDS = "/images/<int:image_id>/autosaves/<field>"


@api.get("/autosaves")
@requires("editor")
@api.output(AutosavesOut)
def list_autosaves() -> dict[str, Any]:
    """List what you typed and did not publish, in whatever tab, newest first."""
    me = context.actor().person_id
    return {
        "first": me is not None and users.is_first(db.session(), me),
        "autosaves": [
            {
                "image_id": row.image_id,
                "field": row.field,
                "tab": row.tab,
                "number": row.number,
                "text": row.text,
                "was": row.was,
                "at": iso(row.updated_at),
                "seconds": seconds,
            }
            for row, seconds in autosaves.of_person(db.session())
        ],
    }


@api.put(WORDS)
@requires("editor")
@api.input(AutosaveIn)
@api.output(AutosaveKept)
@api.doc(responses=[403, 404, 409])
def keep(image_id: int, field: str, json_data: AutosaveIn) -> dict[str, Any]:
    """Keep what is being typed into a field, unless a text with a greater number of the same tab is there."""
    number = autosaves.keep(
        db.session(), context.image(image_id), field, json_data.typed(), json_data.text, json_data.was
    )
    db.session.commit()
    return {"number": number}


@api.delete(WORDS)
@requires("editor")
@api.input(GivenUpQuery, location="query")
@api.output({}, status_code=204)
@api.doc(responses=[403, 404])
def give_up(image_id: int, field: str, query_data: GivenUpQuery) -> ResponseReturnValue:
    """Forget what was typed in a tab up to a number."""
    autosaves.give_up(db.session(), context.image(image_id), field, query_data.typed())
    db.session.commit()
    return "", 204
