"""The first visit: who writes the first draft is asked once, in one step that can be skipped."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from apiflask import APIBlueprint
from flask import make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

import gpt_service
from artworks.core.errors import AppError, Invalid
from artworks.drafting import trial
from artworks.settings import changes, first_visit
from artworks.web import context, forms
from artworks.web.permissions import owner_in_person
from artworks.web.settings.api import confirm_owner, fresh_dependencies, trial_to_json
from artworks.web.settings.pages import asks_password
from artworks.web.settings.schemas import FirstVisitIn, LocalServersOut, TrialOut, TypedKeyIn
from gpt_service import ServiceSettings
from models import db

api = APIBlueprint("first_visit_api", __name__, url_prefix="/api/settings/first-visit", tag="Settings")
pages = APIBlueprint("first_visit", __name__, enable_openapi=False)
# Where model servers listen on one's own computer, unless they are told otherwise.
LOCAL_SERVERS = (
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("LM Studio", "http://127.0.0.1:1234/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
)
FIELDS = ("choice", "key", "password", "address", "model")


@pages.get("/first-visit")
@owner_in_person
def form() -> ResponseReturnValue:
    """Show the question on a page of its own, or as what a dialog holds."""
    as_dialog = request.args.get("fragment") == "dialog"
    template = "settings/_first_visit.html" if as_dialog else "settings/first_visit.html"
    return render_template(template, as_dialog=as_dialog, **question_context())


@pages.post("/first-visit")
@owner_in_person
def answer_page() -> ResponseReturnValue:
    """Take the answer of a plain form; with a mistake the question comes back with what was typed, but for the key."""
    typed = {name: request.form.get(name, "") for name in FIELDS}
    typed["choice"] = "skip" if "skip" in request.form else typed["choice"]
    try:
        given = forms.check(FirstVisitIn, typed)
        _apply_answer(given)
    except AppError as error:
        db.session.rollback()
        page = render_template("settings/first_visit.html", error=error, typed=typed, **question_context())
        return make_response(page, error.status)
    return redirect("/", 303)


@api.post("")
@owner_in_person
@api.input(FirstVisitIn)
@api.output({}, status_code=204)
@api.doc(responses=[409, 429, 502, 503, 504])
def answer(json_data: FirstVisitIn) -> str:
    """Take the answer: a key is tried and kept, or a model server of one's own is chosen, or neither."""
    _apply_answer(json_data)
    return ""


@api.post("/key")
@owner_in_person
@api.input(TypedKeyIn)
@api.output(TrialOut)
@api.doc(responses=[429, 502, 503, 504])
def try_key(json_data: TypedKeyIn) -> dict[str, Any]:
    """Have one title written with a key that is not kept yet: it is paid for like any other."""
    return trial_to_json(_try_key(json_data.key))


@api.get("/servers")
@owner_in_person
@api.output(LocalServersOut)
def servers() -> dict[str, Any]:
    """Look for model servers on this computer, and only there, and for their models that see pictures."""
    dependencies, found = context.dependencies(), []
    context.release_connection()
    with dependencies.slot():
        for name, address in LOCAL_SERVERS:
            # One that does not answer, or is something else, is none.
            with suppress(AppError):
                offered = gpt_service.offered_models(ServiceSettings(base_url=address))
                models = [one.name for one in offered if one.sees] or [one.name for one in offered]
                found += [{"name": name, "address": address, "models": models}] if models else []
    return {"servers": found}


def question_context() -> dict[str, Any]:
    """Return what the question shows, with `asks_who_writes`: whether it is open, and who calls may answer it."""
    installation = context.dependencies().installation
    is_asked = context.actor().may("owner") and first_visit.is_open(installation.known)
    if is_asked:
        # Another process may have taken the answer a moment ago.
        is_asked = first_visit.is_open(installation.read(db.session()))
        context.read_settings()
    return {"asks_who_writes": is_asked, "asks_password": is_asked and asks_password()}


def _apply_answer(given: FirstVisitIn) -> None:
    """Do what was answered, and commit; raises Conflict, and what a trial, a key and a setting raise."""
    installation = context.dependencies().installation
    if given.choice == "key":
        if not given.key.strip():
            raise Invalid("Paste the key.", field="key")
        # Both of these commit, so they come first.
        confirm_owner(given.password)
        if not given.tried:
            _try_key(given.key)
    elif given.choice == "local" and not (given.address.strip() and given.model.strip()):
        raise Invalid("Type the address of the server and the name of the model.", field="address")
    session = db.session()
    first_visit.write_down(session, installation, given.choice)
    if given.choice == "key":
        # There was none to be seen, or the question were closed.
        changes.set_key(session, installation, given.key, None)
    elif given.choice == "local":
        first_visit.use_server(session, installation, given.address, given.model)
    session.commit()
    installation.read(session)


def _try_key(key: str) -> trial.Trial:
    """Ask the service of now with a key for a title; raises what a draft raises."""
    dependencies = fresh_dependencies()
    typed = replace(dependencies.ai_settings, api_key=key.strip() or None, problem="")
    # The request's own connection goes back to the pool before the slow part.
    context.release_connection()
    return trial.ask_for_title(context.transactions(), replace(dependencies, ai_settings=typed))
