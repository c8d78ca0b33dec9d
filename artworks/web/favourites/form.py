"""What a visitor of a gallery sends: a plain form with tick boxes, or the same as JSON from the page's script."""

from __future__ import annotations

from typing import NamedTuple

from flask import request
from pydantic import Field

from artworks.core.errors import Invalid
from artworks.sharing.favourites import MOST_FAVOURITES
from artworks.web import forms
from artworks.web.schemas import Id, Input

# Of a form with everything in it, a page of pictures and a name of the longest signs; more is not read.
MOST_BYTES = 64 * 1024
LONGEST_TYPED = 1000


class FavouritesIn(Input):
    """The choice of a visitor; with `shown` what they chose of those pictures, else all of it."""

    name: str = Field(max_length=LONGEST_TYPED)
    ids: list[Id] = Field(max_length=MOST_FAVOURITES)
    shown: list[Id] | None = Field(None, max_length=2 * MOST_FAVOURITES)
    once: str = Field("", max_length=100)


class Sent(NamedTuple):
    """A choice as it was sent; `shown` are the pictures that a page decides about, None for all."""

    name: str
    ids: tuple[int, ...]
    once: str
    shown: tuple[int, ...] | None


def read() -> Sent:
    """Read what was sent; raises Invalid, and RequestEntityTooLarge for more than there can be."""
    request.max_content_length = MOST_BYTES
    if request.is_json:
        sent = request.get_json(silent=True)
        given = forms.check(FavouritesIn, sent if isinstance(sent, dict) else {})
        shown = None if given.shown is None else tuple(given.shown)
        return Sent(given.name, tuple(given.ids), given.once, shown)
    form = request.form
    name = form.get("name", "")
    if len(name) > LONGEST_TYPED:
        raise Invalid("The name is too long.", field="name")
    ids = forms.numbers_of(",".join(form.getlist("ids")))
    return Sent(name, ids, form.get("once", ""), forms.numbers_of(form.get("shown", "")))
