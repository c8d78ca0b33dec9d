"""The form for a change of many pictures: what was typed, and the change it makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import request

from artworks.batches.batch import MOST_IDS
from artworks.bulk import bulk_edit as bulk
from artworks.bulk.bulk_edit import Change
from artworks.collections import collection as collections
from artworks.core.errors import BadRequest, Invalid
from artworks.core.text import WRONG_STATUS
from artworks.web import forms
from artworks.web.bulk.api import change_of
from artworks.web.bulk.schemas import BulkIn, SetIn, TrashIn
from artworks.web.schemas import SelectIn
from artworks.web.urls import filters_from
from models import db

Form = dict[str, Any]
TEXTS = ("category", "status", "add_hashtags", "remove_hashtags", "collection", "out_of", "key_points")
NO_COLLECTION = "There is no such collection. It may have been deleted."
# Stands for one that is made only when everything else fits; no collection has this id.
NEW_COLLECTION = -1
WRONG = {"status": WRONG_STATUS, "ids": f"That is more than {MOST_IDS:,} pictures at once. Use a filter."}


def form_values() -> Form:
    """Return what was typed; on the first visit that is nothing."""
    form = request.form
    return {
        **{name: forms.form_text(form.get(name, "")) for name in TEXTS},
        "no_category": bool(form.get("no_category")),
        "how": form.get("how", "append"),
        "which": form.get("which", "all"),
        "ids": form.getlist("ids"),
    }


def _select(form: Form) -> SelectIn:
    """Return which pictures are meant; raises Invalid, and BadRequest for a form that is not whole.

    Ticked pictures beside "all that match" are asked about: which of the two was meant cannot be known.
    """
    if request.form.get("which") not in ("all", "ticked"):
        raise BadRequest("This form is incomplete. Open the page again.")
    if form["which"] == "all":
        if form["ids"]:
            raise _asked_which(form)
        return forms.check(SelectIn, {"filter": filters_from(request.args).given})
    if not form["ids"]:
        raise Invalid("Tick at least one picture, or choose all that match.", field="ids")
    ids = [forms.possible_id(number) for number in forms.ids_of(",".join(form["ids"]))]
    return forms.check(SelectIn, {"ids": ids}, WRONG)


def _asked_which(form: Form) -> Invalid:
    """Return the question which pictures are meant; the page then comes back with the few chosen, not with all."""
    count, form["which"] = len(set(form["ids"])), "ticked"
    them = "that one" if count == 1 else "those"
    return Invalid(
        f"You ticked {count:,} picture{'' if count == 1 else 's'}, but all were chosen, and nothing was changed. "
        f"Press again for {them} only, or untick {'it' if count == 1 else 'them'} and choose all.",
        field="ids",
    )


def read_trash(form: Form) -> TrashIn:
    """Return which pictures go to the trash; raises Invalid when other changes are typed as well."""
    select = _select(form)
    if form["no_category"] or any(form[name].strip() for name in TEXTS):
        raise Invalid(
            "You filled in changes and pressed “Move them to the trash”. Nothing was done: "
            "press “Change them”, or empty what you filled in and press it again.",
            field="do",
        )
    return forms.check(TrashIn, {"select": select})


def read_change(form: Form) -> BulkIn:
    """Return what was typed but for the collection; an empty box leaves its field alone.

    Raises Invalid naming the field.
    """
    select, text, append = _select(form), form["key_points"].strip(), form["how"] != "replace"
    if form["no_category"] and form["category"].strip():
        raise Invalid("You typed a category and want it taken away. Choose one of the two.", field="category")
    fields = {
        "category": "" if form["no_category"] else form["category"].strip() or None,
        "status": form["status"] or None,
        "key_points": None if append else text or None,
    }
    values = {
        "select": select,
        "set": forms.check(SetIn, fields, WRONG),
        "append_key_points": text if append else "",
        # Named as its box: beside that stands what is wrong with it.
        "remove_from_collection_id": forms.int_field("out_of", form["out_of"] or "0", NO_COLLECTION) or None,
    }
    return forms.check(
        BulkIn, {**values, **{name: form[name] for name in ("add_hashtags", "remove_hashtags")}}
    )


def complete_change(form: Form, given: BulkIn) -> Change:
    """Return the whole change; a collection of a new name is made. Raises Invalid naming the field."""
    name = form["collection"].strip()
    change = replace(change_of(given), collection_id=NEW_COLLECTION if name else None)
    cleaned = bulk.clean_change(change)
    # Last: nothing is made for a form with a mistake.
    return bulk.clean_change(replace(cleaned, collection_id=_find_or_create_collection(name)))


def _find_or_create_collection(name: str) -> int | None:
    if not name:
        return None
    session = db.session()
    try:
        found = bulk.find_collection(session, name) or collections.create(session, name)
    except Invalid as error:
        raise Invalid(error.message, field="collection") from error
    session.commit()
    return found.id
