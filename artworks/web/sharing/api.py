"""Shared galleries over the API: listed, made, changed and revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import current_app

from artworks.core.database import split_page
from artworks.dependents import change_undo
from artworks.sharing import share_link as shares
from artworks.sharing.share_link import ShareSummary
from artworks.web import urls
from artworks.web.flash import link_bulk_undo
from artworks.web.permissions import requires
from artworks.web.sharing.schemas import ShareEdit, ShareIn, ShareOut, SharesOut, SharesQuery
from models import ShareLink, db, iso

api = APIBlueprint("shares", __name__, url_prefix="/api/shares", tag="Shared galleries")


@api.get("")
@requires("editor")
@api.input(SharesQuery, location="query")
@api.output(SharesOut)
def list_shares(query_data: SharesQuery) -> dict[str, Any]:
    """List the shared galleries, the newest first, each with its state and how often it was opened."""
    found = shares.list_shares(db.session(), query_data.limit + 1, query_data.after)
    shown, last = split_page(found, query_data.limit)
    return {
        "shares": [_share_to_json(one) for one in shown],
        "next": last.share.id if last else None,
    }


@api.post("")
@requires("editor")
@api.input(ShareIn)
@api.output(ShareOut, status_code=201)
@api.doc(responses=[404])
def create(json_data: ShareIn) -> dict[str, Any]:
    """Share a collection, as it is at any time, or chosen pictures; those not in the library are left out."""
    given = json_data.model_dump(exclude={"collection_id", "image_ids"})
    share = shares.create(
        db.session(),
        secret(),
        given,
        collection_id=json_data.collection_id,
        image_ids=json_data.image_ids,
    )
    undo_id = change_undo.record_made(db.session(), share)
    db.session.commit()
    link_bulk_undo(undo_id)
    return _share_to_json(shares.find(db.session(), share.id))


@api.patch("/<int:share_id>")
@requires("editor")
@api.input(ShareEdit)
@api.output(ShareOut)
@api.doc(responses=[404, 409])
def edit(share_id: int, json_data: ShareEdit) -> dict[str, Any]:
    """Change a gallery, also one that ended; 409 when it was revoked."""
    share = shares.find(db.session(), share_id).share
    before = change_undo.snapshot(share)
    shares.change(db.session(), share, changes_of(json_data), version=json_data.version)
    if json_data.new_address:
        shares.renew(db.session(), share, secret())
    undo_id = change_undo.record_change(db.session(), share, before)
    db.session.commit()
    link_bulk_undo(undo_id)
    return _share_to_json(shares.find(db.session(), share_id))


@api.delete("/<int:share_id>")
@requires("editor")
@api.output({}, status_code=204)
@api.doc(responses=[404])
def revoke(share_id: int) -> str:
    """Close a gallery for good: its address opens nothing from now on."""
    shares.revoke(db.session(), shares.find(db.session(), share_id).share)
    db.session.commit()
    return ""


def changes_of(given: ShareEdit) -> dict[str, Any]:
    """Return what is to be changed: what was given, but for a null where null means nothing."""
    found = given.model_dump(exclude_unset=True, exclude={"new_address", "version"})
    nullable = ("passcode", "days")
    return {name: value for name, value in found.items() if value is not None or name in nullable}


def secret() -> str:
    """Return the secret that the addresses are made with."""
    return str(current_app.secret_key)


def address(share: ShareLink) -> str | None:
    """Return the whole address of a gallery; None when it cannot be shown any more."""
    key = shares.key_of(share, secret())
    return urls.absolute_url(f"/share/{key}") if key else None


def _share_to_json(found: ShareSummary) -> dict[str, Any]:
    share = found.share
    return {
        "id": share.id,
        "title": share.title,
        "note": share.note,
        "version": share.version,
        "collection_id": share.collection_id,
        "images": found.images,
        "with_words": share.with_words,
        "with_originals": share.with_originals,
        "has_passcode": share.passcode_hash is not None,
        "state": shares.state(share),
        "url": address(share),
        "made_by": share.made_by,
        "created_at": iso(share.created_at),
        "expires_at": _iso(share.expires_at),
        "revoked_at": _iso(share.revoked_at),
        "opened": share.opened,
        "opened_at": _iso(share.opened_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
