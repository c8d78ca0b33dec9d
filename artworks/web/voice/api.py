"""How the words should sound, for programs: read it, keep a version, try one on a picture."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from artworks.core import versions
from artworks.drafting import draft as drafting
from artworks.drafting.request import DraftOptions
from artworks.voice import voice
from artworks.voice.settings import Choices
from artworks.web import context
from artworks.web.flash import link_undo
from artworks.web.permissions import requires
from artworks.web.voice.schemas import (
    VersionSeen,
    VoiceIn,
    VoiceOut,
    VoicePreview,
    VoicePreviewOut,
    VoicesOut,
)
from models import Voice, db, iso

api = APIBlueprint("voice", __name__, url_prefix="/api/voice", tag="Voice")
MOST_VERSIONS = 200


@api.get("")
@requires("owner")
@api.output(VoiceOut)
def read() -> dict[str, Any]:
    """Return the voice in force; version 0 with the usual choices before one was saved."""
    return _version_to_json(voice.current(db.session()))


@api.put("")
@requires("owner")
@api.input(VoiceIn)
@api.output(VoiceOut)
@api.doc(responses=[409])
def save(json_data: VoiceIn) -> dict[str, Any]:
    """Keep a voice as the newest version; every earlier one is kept too. 409 over one that was not seen."""
    version = save_version(choices_of(json_data), json_data.version)
    if version.id != json_data.version:
        link_undo(undo_url(json_data.version, version.id))
    return _version_to_json(version)


@api.get("/versions", endpoint="versions")
@requires("owner")
@api.output(VoicesOut)
def list_versions() -> dict[str, Any]:
    """List the versions that were kept."""
    found = voice.versions(db.session(), MOST_VERSIONS)
    count = voice.count(db.session())
    return {"versions": [_version_to_json(one, count - place) for place, one in enumerate(found)]}


@api.post("/versions/<int:version_id>/restore")
@requires("owner")
@api.input(VersionSeen, location="query")
@api.output(VoiceOut)
@api.doc(responses=[404, 409])
def restore(version_id: int, query_data: VersionSeen) -> dict[str, Any]:
    """Go back to a version, 0 for the usual choices, which makes it the newest; 409 over another one than was seen."""
    earlier, seen = _choices_by_id(version_id), _choices_by_id(query_data.version)
    newest = voice.current(db.session())
    # What was seen may be in force again under another number.
    same = newest is not None and voice.choices_of(newest) == seen
    return _version_to_json(save_version(earlier, newest.id if newest and same else query_data.version))


@api.post("/preview")
@requires("owner")
@api.input(VoicePreview)
@api.output(VoicePreviewOut)
@api.doc(responses=[404, 429, 502, 503, 504])
def preview(json_data: VoicePreview) -> dict[str, Any]:
    """Write words for one picture as a voice would have them; nothing is kept but the entry of the call."""
    return preview_words(json_data.image_id, choices_of(json_data))


def _choices_by_id(version_id: int) -> Choices:
    """Return the choices of a version, the usual ones for 0; raises NotFound."""
    return voice.choices_of(voice.find(db.session(), version_id) if version_id else None)


def choices_of(given: VoiceIn | VoicePreview) -> Choices:
    """Return the choices that were made; raises Invalid for those that do not go together."""
    return Choices.from_dict(given.choices.model_dump())


def _version_to_json(version: Voice | None, number: int | None = None) -> dict[str, Any]:
    if version is None:
        return {"version": 0, "number": 0, "created_at": None, "by": "", "choices": Choices().to_dict()}
    return {
        "version": version.id,
        "number": number or voice.number(db.session(), version.id),
        "created_at": iso(version.created_at),
        "by": version.by,
        "choices": voice.choices_of(version).to_dict(),
    }


def save_version(choices: Choices, seen: int) -> Voice:
    """Save a version, begun from the version in force; raises Stale when another one was saved since.

    What is in force already changes nothing, whoever saved it.
    """
    session = db.session()
    voice.lock(session)
    newest = voice.current(session)
    if newest is None or voice.choices_of(newest) != choices:
        current = _version_to_json(newest)
        said = f"Version {current['number']} is in use now and in the list. Save again to put yours above it."
        versions.check(seen, current["version"], said, current)
    version = voice.save(session, choices)
    session.commit()
    return version


def undo_url(earlier: int, now: int) -> str:
    """Return the address that goes back from a version that was just saved."""
    return f"/api/voice/versions/{earlier}/restore?version={now}"


def preview_words(image_id: int, choices: Choices) -> dict[str, Any]:
    """Return words for one picture with choices that are not saved."""
    context.image(image_id)
    # The request's own connection goes back to the pool before the slow part.
    context.release_connection()
    begin = context.transactions()
    found = drafting.preview(begin, context.dependencies(), image_id, DraftOptions(), choices)
    return {
        "fields": found.fields,
        "problems": list(found.problems),
        "usage": {
            "input_tokens": found.usage.input_tokens,
            "output_tokens": found.usage.output_tokens,
            "usd": float(found.usage.usd),
            "at_most_usd": float(found.usage.at_most_usd),
        },
        "source": found.source,
    }
