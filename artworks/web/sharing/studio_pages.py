"""The logo of the studio: served to whoever looks at a shared gallery, and changed by owners with a plain form."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, flash, make_response, redirect, request
from flask.typing import ResponseReturnValue

from artworks.core.database import LARGEST_ID
from artworks.core.errors import AppError, Invalid
from artworks.images.uploads import Incoming
from artworks.settings.installation import LOGO
from artworks.studio import logo
from artworks.web import context, forms
from artworks.web.images import file_pages
from artworks.web.permissions import anonymous, owner_in_person
from artworks.web.settings.pages import page_with_error
from models import db

pages = APIBlueprint("studio", __name__, enable_openapi=False)


@pages.get("/studio/logo")
@anonymous
def read_logo() -> Response:
    """Serve the logo; its address holds for good where it names the one that is sent."""
    installation = context.dependencies().installation
    mark = logo.known(installation).mark
    if installation.is_fixed(LOGO):
        data, media_type = logo.of_environment(installation)
        response = make_response(data)
        response.mimetype = media_type
        response.headers["Content-Security-Policy"] = file_pages.INERT
    else:
        response = file_pages.send(*logo.key_of(installation), None)
        # It would tell the name under which the file is kept.
        response.headers.pop("Content-Disposition", None)
    named = request.args.get("v") == mark
    response.headers["Cache-Control"] = (
        f"public, max-age={file_pages.YEAR}, immutable" if named else file_pages.SOON_OLD
    )
    return response


@pages.post("/settings/logo")
@owner_in_person
def change_logo() -> ResponseReturnValue:
    """Keep another logo, or none; with a mistake the settings come back with the reason."""
    dependencies, session = context.dependencies(), db.session()
    installation = dependencies.installation
    try:
        seen = min(forms.seen_version(request.form, "version"), LARGEST_ID)
        if "remove" in request.form:
            logo.remove(session, installation, seen)
        else:
            dependencies.watch.ensure_may_store(session, dependencies.storage)
            logo.replace(session, dependencies.storage, installation, _incoming(), seen)
    except AppError as error:
        return page_with_error(LOGO, error)
    installation.read(session)
    flash("The logo is gone." if "remove" in request.form else "The logo is kept.", "success")
    return redirect("/settings#setting-studio_logo", 303)


def _incoming() -> Incoming:
    file = request.files.get("logo")
    if file is None or not file.filename:
        raise Invalid("Choose a picture first.", field="logo")
    stream = file.stream
    stream.flush()
    return Incoming(stream.path, file.filename, stream.size, stream.too_large)  # type: ignore[attr-defined]
