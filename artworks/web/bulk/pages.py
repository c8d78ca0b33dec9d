"""One change of many pictures, for people: the dialogs of the library, and a page that needs no scripts."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.bulk.bulk_edit import Change, Done
from artworks.collections import collection as collections
from artworks.core.errors import Conflict, Invalid
from artworks.dependents import uses
from artworks.search import listing as search
from artworks.search.filters import Filters
from artworks.taxonomy import queries as catalogue
from artworks.web import flash as undo_offer
from artworks.web.bulk import forms as bulk_form
from artworks.web.bulk import presenters as bulk_words
from artworks.web.bulk.api import applied, undone
from artworks.web.bulk.forms import Form
from artworks.web.dependents import presenters as uses_words
from artworks.web.listing import filters_from, link, listing, query_of
from artworks.web.templating import view
from models import db

pages = APIBlueprint("bulk_pages", __name__, url_prefix="/bulk", enable_openapi=False)
DIALOGS = ("category", "tags", "collection", "key_points")
MOST_ROWS = 100
# Pressed by whoever was told what goes with the pictures.
SURE = "trash-sure"
COLLECTIONS_SHOWN = 500


@pages.get("")
def index() -> ResponseReturnValue:
    """Show the page, or only the dialog of one field."""
    fragment = request.args.get("fragment", "")
    if fragment in DIALOGS:
        return render_template("bulk/_dialog.html", what=fragment, form=bulk_form.typed(), **_names())
    return _page(bulk_form.typed())


@pages.get("/rows")
def rows() -> ResponseReturnValue:
    """Show the rows or cards of some pictures; those in the trash are left out."""
    ids = bulk_form.ids_of(request.args.get("ids", ""))
    if len(ids) > MOST_ROWS:
        raise Invalid(f"At most {MOST_ROWS} rows at once.", field="ids")
    found = search.page(db.session(), Filters(ids=ids), MOST_ROWS).images
    return render_template(
        "library/_rows.html",
        images=found,
        listing={"view": view(), "next_url": None},
        filter_query=query_of(filters_from(request.args)),
    )


@pages.post("")
def change_page() -> ResponseReturnValue:
    """Change with a plain form; with a mistake the page comes back as it was typed."""
    form = bulk_form.typed()
    try:
        filters = bulk_form.chosen(form)
        trashes = request.form.get("do") in ("trash", SURE)
        wanted = bulk_form.trash(form) if trashes else bulk_form.change(form)
        goes = _asked_first(filters) if trashes else ""
        done = applied(filters, wanted)
    except (Conflict, Invalid) as error:
        db.session.rollback()
        return make_response(_page(form, error), error.status)
    _tell(done, wanted, goes)
    return redirect(link("/", filters_from(request.args)), 303)


@pages.post("/<int:bulk_edit_id>/undo")
def undo_page(bulk_edit_id: int) -> ResponseReturnValue:
    """Take a change back with a plain form."""
    try:
        found = undone(bulk_edit_id)
        flash(bulk_words.undone(found), "success" if found.undone else "warning")
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "warning")
    back = undo_offer.place(request.form.get("back", ""))
    return redirect(back or link("/", filters_from(request.args)), 303)


def _asked_first(filters: Filters) -> str:
    """Return what pictures that go to the trash leave behind; raises Invalid with it when others notice.

    Those are who looks at a shared gallery, and a batch under way. Once asked, another button says so.
    """
    found = uses.of_pictures(db.session(), filters)
    said = " ".join(uses_words.trashed(found))
    if (found.open or found.batches) and request.form.get("do") != SURE:
        raise Invalid(f"{said} Nothing was moved yet.", field="sure")
    return said


def _tell(done: Done, wanted: Change, goes: str) -> None:
    """Say what became of it; with a form that takes it back."""
    text = f"{bulk_words.done(done, wanted)} {goes if done.changed else ''}".strip()
    if done.bulk_edit_id is None:
        flash(text, "warning" if done.left else "message")
        return
    undo_offer.tell(text, done.bulk_edit_id, query=query_of(filters_from(request.args)))


def _page(form: Form, error: Conflict | Invalid | None = None) -> str:
    filters, after = filters_from(request.args), request.args.get("after", "")
    found = listing(filters, after, "grid", "/bulk")
    return render_template(
        "bulk/index.html",
        **found,
        **_names(),
        form=form,
        error=error,
        library=link("/", filters),
        # What is ticked on a later page is there again after a mistake.
        here=link("/bulk", filters, **({"after": after} if after else {})),
    )


def _names() -> dict[str, Any]:
    session = db.session()
    return {
        "category_names": catalogue.category_names(session),
        "collections": collections.named(session, COLLECTIONS_SHOWN),
    }
