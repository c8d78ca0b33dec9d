"""One change of many pictures, for people: the dialogs of the library, and a page that needs no scripts."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.bulk.bulk_edit import BulkResult, Change
from artworks.bulk.undo import UndoResult
from artworks.collections import collection as collections
from artworks.core.errors import Conflict, Invalid
from artworks.core.fields import LIMITS, MOST_HASHTAGS
from artworks.dependents import uses
from artworks.search import listing as search
from artworks.search.filters import Filters
from artworks.taxonomy import queries as taxonomy
from artworks.web.bulk import forms as bulk_forms
from artworks.web.bulk.api import apply_change, undo_change
from artworks.web.bulk.forms import Form
from artworks.web.bulk.presenters import describe_change
from artworks.web.dependents import presenters as dependents_presenters
from artworks.web.flash import flash_with_undo, return_page
from artworks.web.forms import ids_of
from artworks.web.library.listing import list_context
from artworks.web.permissions import requires
from artworks.web.templating import count_pictures, view
from artworks.web.urls import filters_from, filters_of, link, query_of
from models import db

pages = APIBlueprint("bulk_pages", __name__, url_prefix="/bulk", enable_openapi=False)
DIALOGS = ("category", "tags", "collection", "key_points")
MOST_ROWS = 100
# The button of the form that has said what goes with the pictures.
SURE = "trash-sure"
COLLECTIONS_SHOWN = 500


@pages.get("")
@requires("editor")
def index() -> ResponseReturnValue:
    """Show the page, or only the dialog of one field."""
    fragment = request.args.get("fragment", "")
    if fragment in DIALOGS:
        return render_template(
            "bulk/_dialog.html", what=fragment, form=bulk_forms.form_values(), **_form_choices()
        )
    return _render_page(bulk_forms.form_values())


@pages.get("/rows")
@requires("viewer")
def rows() -> ResponseReturnValue:
    """Show the rows or cards of some pictures; those in the trash are left out.

    With `?matching=1` so are those that the filters of the address do not let through any more.
    """
    ids = ids_of(request.args.get("ids", ""))
    if len(ids) > MOST_ROWS:
        raise Invalid(f"At most {MOST_ROWS} rows at once.", field="ids")
    filters = filters_from(request.args)
    chosen = filters.but(ids=ids, sort="newest") if request.args.get("matching") else Filters(ids=ids)
    found = search.page_of_rows(db.session(), chosen, MOST_ROWS).images
    return render_template(
        "library/_rows.html",
        images=found,
        listing={"view": view(), "next_url": None},
        filter_query=query_of(filters),
    )


@pages.post("")
@requires("editor")
def change_page() -> ResponseReturnValue:
    """Change with a plain form; with a mistake the page comes back as it was typed."""
    form = bulk_forms.form_values()
    try:
        filters, wanted, goes = _read_form(form)
        done = apply_change(filters, wanted)
    except (Conflict, Invalid) as error:
        db.session.rollback()
        return make_response(_render_page(form, error), error.status)
    _flash_result(done, wanted, goes)
    return redirect(link("/", filters_from(request.args)), 303)


@pages.post("/<int:bulk_edit_id>/undo")
@requires("editor")
def undo_page(bulk_edit_id: int) -> ResponseReturnValue:
    """Take a change back with a plain form."""
    try:
        found = undo_change(bulk_edit_id)
        flash(_undone_sentence(found), "success" if found.undone else "warning")
    except Conflict as error:
        db.session.rollback()
        flash(error.message, "warning")
    back = return_page(request.form.get("back", ""))
    return redirect(back or link("/", filters_from(request.args)), 303)


def _read_form(form: Form) -> tuple[Filters, Change, str]:
    """Return which pictures are meant, what is done to them, and what those that go to the trash leave behind."""
    if request.form.get("do") in ("trash", SURE):
        filters = filters_of(bulk_forms.read_trash(form).select)
        return filters, Change(trash=True), _dependents_confirmed(filters)
    given = bulk_forms.read_change(form)
    return filters_of(given.select), bulk_forms.complete_change(form, given), ""


def _dependents_confirmed(filters: Filters) -> str:
    """Return what pictures that go to the trash leave behind; raises Invalid with it when others notice.

    Those are who looks at a shared gallery, and a batch under way. Once asked, another button says so.
    """
    found = uses.of_pictures(db.session(), filters)
    sentences = " ".join(dependents_presenters.trashed(found))
    if (found.open or found.batches) and request.form.get("do") != SURE:
        raise Invalid(f"{sentences} Nothing was moved yet.", field="sure")
    return sentences


def _flash_result(done: BulkResult, change: Change, goes: str) -> None:
    """Flash what became of it, with a form that takes it back."""
    text = f"{_result_sentence(done, change)} {goes if done.changed else ''}".strip()
    if done.bulk_edit_id is None:
        flash(text, "warning" if done.left else "message")
        return
    flash_with_undo(text, done.bulk_edit_id, query=query_of(filters_from(request.args)))


def _render_page(form: Form, error: Conflict | Invalid | None = None) -> str:
    filters, after = filters_from(request.args), request.args.get("after", "")
    found = list_context(filters, after, "grid", "/bulk")
    return render_template(
        "bulk/index.html",
        **found,
        **_form_choices(),
        form=form,
        error=error,
        library=link("/", filters),
        # What is ticked on a later page is there again after a mistake.
        here=link("/bulk", filters, **({"after": after} if after else {})),
    )


def _form_choices() -> dict[str, Any]:
    session = db.session()
    return {
        "category_names": taxonomy.category_names(session),
        "collections": collections.list_by_name(session, COLLECTIONS_SHOWN),
    }


def _result_sentence(found: BulkResult, change: Change) -> str:
    """Return how many pictures were changed, and why some were left."""
    if found.changed:
        sentence = (
            f"{count_pictures(found.changed)} moved to the trash."
            if change.trash
            else f"{count_pictures(found.changed)} changed. What changed: {describe_change(change)}."
        )
    else:
        sentence = "" if found.left else "Nothing was changed: no picture is chosen, or they have it already."
    return f"{sentence} {_left_sentence(found.left, change)}".strip()


def _left_sentence(count: int, change: Change) -> str:
    if not count:
        return ""
    reasons = [
        change.add_hashtags and f"have more than {MOST_HASHTAGS} hashtags",
        change.append_key_points and f"have more than {LIMITS['key_points']:,} characters of key points",
        _may_empty(change) and "be Ready without a word",
    ]
    one = count == 1
    return (
        f"{count_pictures(count)} {'was' if one else 'were'} left as {'it is' if one else 'they are'}: "
        f"{'it' if one else 'they'} would {' or '.join(reason for reason in reasons if reason)}."
    )


def _may_empty(change: Change) -> bool:
    """Return whether a picture could be Ready and have no words after it."""
    return (
        change.status == "ready" or bool(change.remove_hashtags) or "" in (change.category, change.key_points)
    )


def _undone_sentence(found: UndoResult) -> str:
    """Return how many pictures are as before, and how many are not."""
    if not (found.undone or found.left):
        # A category without pictures, say.
        return f"Undone. {found.also}".strip()
    sentences = [f"Undone: {count_pictures(found.undone)} as before."]
    rest = found.left - found.partly
    if found.partly:
        sentences.append(
            f"{count_pictures(found.partly)} changed since: that stays, and the rest is as before."
        )
    if rest:
        sentences.append(
            f"{count_pictures(rest)} changed since, and left as {'it is' if rest == 1 else 'they are'}."
        )
    return " ".join([*sentences, found.also]).strip()
