"""Shared galleries for people: the list of them, and the form that makes or changes one."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.collections import collection as collections
from artworks.core.database import split_page
from artworks.core.errors import AppError, Conflict, Invalid
from artworks.core.versions import Stale
from artworks.dependents import change_undo
from artworks.images import files as image_files
from artworks.search import listing as search
from artworks.search.filters import Filters
from artworks.sharing import favourites
from artworks.sharing import share_link as shares
from artworks.sharing.share_link import ShareSummary
from artworks.web import forms, urls
from artworks.web.flash import flash_with_undo
from artworks.web.permissions import requires
from artworks.web.sharing.api import address, changes_of, secret
from artworks.web.sharing.schemas import ShareEdit, ShareIn
from models import db

pages = APIBlueprint("share_pages", __name__, url_prefix="/shared", enable_openapi=False)
SHARES_A_PAGE = 50
# So many of the pictures are shown beside the form.
PICTURES_SHOWN = 11
# In the list, of each gallery; and on its page so many of the works of each, unless all of one are asked for.
VISITORS_SHOWN, WORKS_SHOWN = 3, 24
FIELDS = ("title", "note", *shares.FLAGS, "days")
WRONG = {"days": shares.WRONG_DAYS}
Form = dict[str, Any]


@pages.get("")
@requires("editor")
def index() -> ResponseReturnValue:
    """Show the shared galleries, the newest first."""
    after = request.args.get("after", "")
    found = shares.list_shares(db.session(), SHARES_A_PAGE + 1, forms.parse_id(after))
    shown, last = split_page(found, SHARES_A_PAGE)
    visitors = favourites.list_visitors(db.session(), [one.share.id for one in shown])
    rows = [
        {
            "share": one.share,
            "of": one,
            "state": shares.state(one.share),
            "address": address(one.share),
            "visitors": visitors[one.share.id],
        }
        for one in shown
    ]
    return render_template(
        "sharing/index.html",
        rows=rows,
        VISITORS_SHOWN=VISITORS_SHOWN,
        versions=image_files.versions_of(db.session(), (one.cover for one in shown if one.cover)),
        first=not after,
        only_here=_is_loopback_only(),
        next_id=last.share.id if last else None,
    )


@pages.get("/new")
@requires("editor")
def new() -> ResponseReturnValue:
    """Show the form for a collection or for chosen pictures."""
    of = _share_context(request.args.get("collection", ""), request.args.get("ids", ""))
    collection = of["collection"]
    typed = {"title": collection.name, "note": collection.note} if collection else {"title": "", "note": ""}
    return _new_page(of, {**_form_values(), **typed, "days": "30"})


def _new_page(of: dict[str, Any], typed: dict[str, Any], error: Invalid | None = None) -> str:
    return render_template("sharing/new.html", of=of, typed=typed, error=error, only_here=_is_loopback_only())


@pages.post("")
@requires("editor")
def create_page() -> ResponseReturnValue:
    """Share with a plain form; with a mistake the form comes back as it was typed, but for the passcode."""
    typed, of = (
        _form_values(),
        _share_context(request.form.get("collection", ""), request.form.get("ids", "")),
    )
    collection = of["collection"]
    try:
        given = forms.read(ShareIn, request.form, FIELDS, WRONG, passcode=request.form.get("passcode", ""))
        share = shares.create(
            db.session(),
            secret(),
            given.model_dump(exclude={"collection_id", "image_ids"}),
            collection_id=collection.id if collection else None,
            image_ids=of["ids"],
        )
    except Invalid as error:
        return make_response(_new_page(of, typed, error), error.status)
    undo_id = change_undo.record_made(db.session(), share)
    db.session.commit()
    way = "" if _is_loopback_only() else " Copy its address and send it to whom you like."
    flash_with_undo(f"“{share.title}” is open.{way}", undo_id, back="/shared")
    return redirect(f"/shared#share-{share.id}", 303)


@pages.get("/<int:share_id>")
@requires("editor")
def detail(share_id: int) -> ResponseReturnValue:
    """Show the form that changes a gallery."""
    found = shares.find(db.session(), share_id)
    share = found.share
    names = ("title", "note", *shares.FLAGS)
    return _share_page(found, {**{name: getattr(share, name) for name in names}, "days": "same"})


@pages.post("/<int:share_id>")
@requires("editor")
def change_page(share_id: int) -> ResponseReturnValue:
    """Change a gallery with a plain form."""
    found, typed, version = (
        shares.find(db.session(), share_id),
        _form_values(),
        forms.version_of(request.form),
    )
    before = change_undo.snapshot(found.share)
    try:
        names = [name for name in FIELDS if name != "days" or typed["days"] != "same"]
        given = forms.read(ShareEdit, request.form, names, WRONG, version=version)
        if (passcode := _new_passcode(typed)) is not None:
            given.passcode = passcode
        shares.change(db.session(), found.share, changes_of(given), version=version)
    except (Invalid, Conflict) as error:
        return make_response(_share_page(found, typed, error), error.status)
    undo_id = change_undo.record_change(db.session(), found.share, before)
    db.session.commit()
    flash_with_undo(f"“{found.share.title}” is changed.", undo_id, back="/shared")
    return redirect(f"/shared#share-{share_id}", 303)


@pages.post("/<int:share_id>/revoke")
@requires("editor")
def revoke_page(share_id: int) -> ResponseReturnValue:
    """Close a gallery for good with a plain form."""
    share = shares.find(db.session(), share_id).share
    shares.revoke(db.session(), share)
    db.session.commit()
    flash(f"“{share.title}” is closed. Its address opens nothing any more.", "success")
    return redirect("/shared", 303)


@pages.post("/<int:share_id>/address")
@requires("editor")
def renew_page(share_id: int) -> ResponseReturnValue:
    """Return a gallery a new address with a plain form."""
    share, version = shares.find(db.session(), share_id).share, forms.version_of(request.form)
    try:
        shares.renew(db.session(), share, secret(), version=version)
    except Stale as stale:
        db.session.rollback()
        flash(stale.message, "warning")
        return make_response(detail(share_id), 409)
    db.session.commit()
    flash(f"“{share.title}” has a new address. The old one opens nothing any more.", "success")
    return redirect(f"/shared#share-{share_id}", 303)


def _new_passcode(typed: Form) -> str | None:
    """Read what becomes of the passcode: another one, empty for none, None for as it is.

    Raises Invalid for both at once; then the form comes back with it, or the next press would open the gallery.
    """
    passcode = request.form.get("passcode", "")
    if not request.form.get("no_passcode"):
        return passcode if passcode.strip() else None
    if passcode.strip():
        typed |= {"passcode": forms.form_text(passcode), "no_passcode": True}
        raise Invalid("You typed a passcode and want none any more. Choose one of the two.", field="passcode")
    return ""


def _share_page(found: ShareSummary, typed: Form, error: AppError | None = None) -> str:
    share, session = found.share, db.session()
    chosen = favourites.list_images(session, share, WORKS_SHOWN)
    whole = forms.parse_id(request.args.get("visitor", ""))
    if whole in chosen:
        chosen[whole] = favourites.list_images(session, share, favourites.MOST_FAVOURITES, whole)[whole]
    return render_template(
        "sharing/detail.html",
        found=found,
        share=share,
        visitors=favourites.list_visitors(session, [share.id])[share.id],
        chosen=chosen,
        state=shares.state(found.share),
        address=address(found.share),
        typed=typed,
        error=error,
    )


def _share_context(collection: str, ids: str) -> Form:
    """Read what is to be shared, with the first pictures of it; raises Invalid, NotFound and BadRequest."""
    if collection and ids:
        raise Invalid("Share a collection or some pictures, one of the two.", field="ids")
    if collection:
        found = collections.find(db.session(), forms.parse_id(collection) or 0)
        page = collections.pictures(db.session(), found.id, PICTURES_SHOWN)
        return {"collection": found, "ids": (), "images": page.images, "count": found.images}
    chosen = forms.ids_of(ids)
    if len(chosen) > shares.MOST_IMAGES:
        raise Invalid(
            f"A gallery of chosen pictures has at most {shares.MOST_IMAGES}. "
            "Put more into a collection and share that.",
            field="ids",
        )
    shown = search.page(db.session(), Filters(ids=chosen[:PICTURES_SHOWN]), PICTURES_SHOWN).images
    places = {number: place for place, number in enumerate(chosen)}
    return {
        "collection": None,
        "ids": chosen,
        "images": sorted(shown, key=lambda image: places[image.id]),
        "count": len(chosen),
    }


def _form_values() -> Form:
    form = request.form
    return {
        **{name: forms.form_text(form.get(name, "")) for name in ("title", "note")},
        **{name: bool(form.get(name)) for name in shares.FLAGS},
        "days": form.get("days", ""),
    }


def _is_loopback_only() -> bool:
    """Return whether the addresses work on this computer alone, which is worth saying before one is sent away."""
    return urls.leads_here_only(urls.absolute_url("/"))
