"""The settings for programs and for the page's own script: read them, change one, keep a key, try the AI service."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

import gpt_service
from artworks.accounts import profile
from artworks.core.errors import Conflict
from artworks.dependencies import Dependencies
from artworks.drafting import trial
from artworks.settings import changes
from artworks.web import context
from artworks.web.permissions import owner_in_person, requires
from artworks.web.settings.schemas import (
    KeyIn,
    KeyOut,
    ModelsOut,
    SettingIn,
    SettingOut,
    SettingsOut,
    TrialOut,
)
from models import db

api = APIBlueprint("settings_api", __name__, url_prefix="/api/settings", tag="Settings")
WITHOUT_SERVICE = "There is neither a key nor the address of a server, so there is nobody to ask."


@api.get("")
@requires("owner")
@api.output(SettingsOut)
def read() -> dict[str, Any]:
    """Return the settings that can be changed while the program runs."""
    session, installation = db.session(), context.dependencies().installation
    found = changes.states(session, installation)
    return {
        "settings": [one._asdict() for one in found.values()],
        "key": changes.key_state(session, installation)._asdict(),
    }


@api.patch("/<name>")
@owner_in_person
@api.input(SettingIn)
@api.output(SettingOut)
@api.doc(responses=[404, 409])
def change(name: str, json_data: SettingIn) -> dict[str, Any]:
    """Change a setting; every process takes it up within seconds, and calls under way end with the old one.

    409 over a version that you did not see, and for what the environment says.
    """
    return save_setting(name, json_data)._asdict()


@api.put("/key")
@owner_in_person
@api.input(KeyIn)
@api.output(KeyOut)
@api.doc(responses=[409, 429])
def change_key(json_data: KeyIn) -> dict[str, Any]:
    """Keep a key of the AI service for the address of now; it is sealed, and never shown again."""
    save_key(json_data)
    return changes.key_state(db.session(), context.dependencies().installation)._asdict()


@api.get("/models")
@owner_in_person
@api.output(ModelsOut)
@api.doc(responses=[409, 429, 502, 503, 504])
def models() -> dict[str, Any]:
    """Ask the server of now which models it offers."""
    dependencies = fresh_dependencies()
    if dependencies.ai_settings.source != "openai":
        raise Conflict(WITHOUT_SERVICE)
    context.release_connection()
    with dependencies.slot():
        found = gpt_service.offered_models(dependencies.ai_settings)
    return {"models": [{"name": one.name, "sees": one.sees} for one in found]}


@api.post("/test")
@owner_in_person
@api.output(TrialOut)
@api.doc(responses=[409, 429, 502, 503, 504])
def test() -> dict[str, Any]:
    """Have one title written for a sample picture: it is paid for, and nothing is kept but the entry of the call."""
    return trial_to_json(try_service())


def fresh_dependencies() -> Dependencies:
    """Return what the features need, with the settings of this very moment: whoever changed one tries it at once."""
    dependencies, session = context.dependencies(), db.session()
    dependencies.installation.read(session)
    return dependencies.with_settings(session)


def try_service() -> trial.Trial:
    """Ask the AI service for a title; raises Conflict where there is none, and what a draft raises."""
    dependencies = fresh_dependencies()
    if dependencies.ai_settings.source != "openai":
        raise Conflict(WITHOUT_SERVICE)
    # The request's own connection goes back to the pool before the slow part.
    context.release_connection()
    return trial.ask_for_title(context.transactions(), dependencies)


def trial_to_json(found: trial.Trial) -> dict[str, Any]:
    """Return what came of a trial as the API has it."""
    return {
        "title": found.title,
        "model": found.model,
        "source": found.source,
        "seconds": round(found.seconds, 2),
        "usd": float(found.usd),
    }


def save_setting(name: str, given: SettingIn) -> changes.SettingState:
    """Change a setting and commit; raises like `changes.change`."""
    session, installation = db.session(), context.dependencies().installation
    changed = changes.change(session, installation, name, given.value, given.version)
    session.commit()
    return changed


def save_key(given: KeyIn) -> None:
    """Keep a key and commit, once the owner has typed the password; raises like `changes.set_key`."""
    confirm_owner(given.password)
    changes.set_key(db.session(), context.dependencies().installation, given.key, given.version)
    db.session.commit()


def confirm_owner(password: str) -> None:
    """Ask whoever changes the key for the password once more; commits. Raises Invalid and RateLimited."""
    session = db.session()
    profile.confirm_password(session, session.commit, context.actor(), password, what="key of the AI service")
