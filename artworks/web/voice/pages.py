"""How the words should sound, for people: the page with its form, its versions, and trying it on a picture."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.core.database import LARGEST_ID
from artworks.core.errors import AppError, Invalid
from artworks.core.fields import FIELDS, LIMITS, MOST_HASHTAGS
from artworks.core.versions import Stale
from artworks.search import listing as search
from artworks.search.filters import Filters
from artworks.voice import voice
from artworks.voice.settings import LONGEST_GUIDE, LONGEST_SAMPLE, MOST_SAMPLES, SHORTEST_TITLE, Choices
from artworks.web.flash import flash_with_call
from artworks.web.forms import LONGEST_SEEN, check, int_field, possible_id, seen_version
from artworks.web.permissions import requires
from artworks.web.voice import forms
from artworks.web.voice.api import choices_of, preview_words, save_version, undo_url
from artworks.web.voice.forms import Form
from artworks.web.voice.schemas import VoiceIn, VoicePreview
from models import db

pages = APIBlueprint("voice_pages", __name__, url_prefix="/settings/voice", enable_openapi=False)
PICTURES_SHOWN = 12
VERSIONS_SHOWN = 12
LIMITS_OF_FORM = {
    "guide": LONGEST_GUIDE,
    "sample": LONGEST_SAMPLE,
    "samples": MOST_SAMPLES,
    "hashtags": MOST_HASHTAGS,
    "title_least": SHORTEST_TITLE,
    "title": LIMITS["post_title"],
    "description": LIMITS["description"],
}

# What a trial shows below title, description and hashtags, each of which has a look of its own.
MORE_LABELS = {
    field.name: field.title for field in FIELDS if field.name not in ("post_title", "description", "hashtags")
}


@pages.get("")
@requires("owner")
def index() -> ResponseReturnValue:
    """Show the voice in force, or only the list of versions."""
    newest = voice.current(db.session())
    if request.args.get("fragment") == "versions":
        return render_template(
            "voice/_versions.html", versions=_version_rows(), newest=newest.id if newest else 0
        )
    return _render_page(forms.form_from_choices(voice.choices_of(newest)), newest.id if newest else 0)


@pages.post("")
@requires("owner")
def save_page() -> ResponseReturnValue:
    """Save with a plain form; with a mistake the page comes back as it was typed."""
    typed, began_from = forms.form_values(request.form), seen_version(request.form, "version")
    try:
        values = {"choices": forms.choices_from_form(typed), "version": min(began_from, LARGEST_ID)}
        given = check(VoiceIn, values)
        choices = choices_of(given)
    except Invalid as error:
        return make_response(_render_page(typed, began_from, error=error), 422)
    try:
        version = save_version(choices, given.version)
    except Stale as stale:
        # What was typed stays; sent again it goes above the version that is shown in the list now.
        return make_response(_render_page(typed, stale.current["version"], error=stale), 409)
    number = voice.number(db.session(), version.id)
    if version.id == began_from:
        flash(f"Nothing was changed. Version {number} stays in use.", "message")
    else:
        said = f"Saved. New words will sound like version {number}."
        flash_with_call(said, undo_url(began_from, version.id), f"version {number} of the voice")
    return redirect("/settings/voice", 303)


@pages.post("/preview")
@requires("owner")
def preview_page() -> ResponseReturnValue:
    """Try what was typed on a picture, for a reader without JavaScript."""
    typed, began_from = forms.form_values(request.form), seen_version(request.form, "version")
    chosen = request.form.get("image_id", "")
    try:
        image_id = int_field("image_id", chosen, "Choose a picture to try it on.", longest=LONGEST_SEEN)
        values = {"image_id": possible_id(image_id), "choices": forms.choices_from_form(typed)}
        given = check(VoicePreview, values)
        words = preview_words(given.image_id, choices_of(given))
    except AppError as error:
        return make_response(_render_page(typed, began_from, error=error, chosen=chosen), error.status)
    return _render_page(typed, began_from, words=words, chosen=chosen)


@pages.post("/<int:voice_id>/restore")
@requires("owner")
def restore_page(voice_id: int) -> ResponseReturnValue:
    """Go back to a version, which makes it the newest."""
    session, seen = db.session(), seen_version(request.form, "version")
    try:
        version = save_version(voice.choices_of(voice.find(session, voice_id)), seen)
    except Stale as stale:
        session.rollback()
        flash(stale.message, "warning")
        return make_response(index(), 409)
    number = voice.number(session, voice_id)
    if version.id == seen:
        flash(f"Nothing was changed. This is what version {number} says already.", "message")
    else:
        kept = voice.number(session, version.id)
        said = f"Back to version {number}. It is kept as version {kept}."
        flash_with_call(said, undo_url(seen, version.id), f"version {kept} of the voice")
    return redirect("/settings/voice", 303)


def _render_page(
    form: Form,
    began_from: int,
    *,
    error: AppError | None = None,
    words: dict[str, Any] | None = None,
    chosen: str = "",
) -> str:
    pictures = search.page(db.session(), Filters(), PICTURES_SHOWN).images
    return render_template(
        "voice/index.html",
        form=form,
        began_from=began_from,
        error=error,
        words=words,
        pictures=pictures,
        chosen=chosen or (str(pictures[0].id) if pictures else ""),
        versions=(versions := _version_rows()),
        newest=versions[0]["id"] if versions else 0,
        languages=_languages(form["language"]),
        limits=LIMITS_OF_FORM,
        more_labels=MORE_LABELS,
    )


def _languages(chosen: str) -> dict[str, str]:
    """Return the languages, with one more when another is in use."""
    known = forms.LANGUAGES
    return known if chosen in known else {**known, chosen: chosen}


def _version_rows() -> list[dict[str, Any]]:
    """Return the newest versions, newest first, each with what it changed."""
    found, count = voice.versions(db.session(), VERSIONS_SHOWN + 1), voice.count(db.session())
    choices = [voice.choices_of(one) for one in found] + ([Choices()] if count == len(found) else [])
    return [
        {
            "id": version.id,
            "number": count - place,
            "at": version.created_at,
            "by": (version.who or "you") if version.by == "person" else version.by,
            "changed": forms.changed_labels(choices[place + 1], choices[place]),
            "same": choices[place] == choices[0],
        }
        for place, version in enumerate(found[:VERSIONS_SHOWN])
    ]
