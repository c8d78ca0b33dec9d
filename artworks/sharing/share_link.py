"""Shared galleries as the studio has them: made of a collection or of chosen pictures, changed, and taken back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, text
from sqlalchemy.orm import Session

from artworks.adapters import password_hasher
from artworks.audit import log as audit
from artworks.collections import collection as collections
from artworks.collections import positions
from artworks.core import rights, security, versions
from artworks.core.actor import actor_of
from artworks.core.database import is_id
from artworks.core.errors import Conflict, Invalid, NotFound
from artworks.core.text import clean
from artworks.texts.folding import is_seen
from models import Collection, Image, ShareImage, ShareLink

MOST_IMAGES = 500
LONGEST_TITLE, LONGEST_NOTE = 120, 2000
LEAST_PASSCODE, MOST_PASSCODE = 4, 100
DAYS = (7, 30, 90)
WRONG_DAYS = "A gallery is open for 7, 30 or 90 days, or without an end."
# The role that it takes.
SHARES_FROM = "editor"
FLAGS = ("with_words", "with_originals")

CHOOSE = text(
    "INSERT INTO share_image (share_id, image_id, place) SELECT :id, image.id, new.position "
    "FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS new(id, position) "
    "JOIN image ON image.id = new.id AND image.trashed_at IS NULL RETURNING image_id"
)


@dataclass(frozen=True)
class ShareSummary:
    """A shared gallery with the name of its collection, how many pictures it shows and which is the first."""

    share: ShareLink
    collection: str | None
    images: int
    cover: int | None


def create(
    session: Session,
    secret: str,
    given: Mapping[str, Any],
    *,
    collection_id: int | None = None,
    image_ids: Sequence[int] = (),
) -> ShareLink:
    """Share a collection, as it is at any time, or chosen pictures in the order given; `given` as for `change`.

    Pictures that are not in the library are left out. Raises Invalid, and NotFound for the collection.
    """
    if (collection_id is None) == (not image_ids):
        raise Invalid("Share a collection or some pictures, one of the two.", field="image_ids")
    ids = _valid_ids(image_ids)
    rights.hold(session, SHARES_FROM)
    actor, nonce = actor_of(session), security.new_key()
    share = ShareLink(
        nonce=nonce, token_hash=security.hash_key(_key(secret, nonce)), person_id=actor.person_id,
        made_by=actor.name, **{"with_words": False, "with_originals": False, **_columns({"title": "", **given})},
    )  # fmt: skip
    if collection_id is not None:
        share.collection_id = collections.find(session, collection_id).id
    session.add(share)
    session.flush()
    chosen = len(session.scalars(CHOOSE, {"id": share.id, "ids": ids}).all()) if ids else None
    if chosen == 0:
        raise Invalid("None of these pictures is in the library any more.", field="image_ids")
    audit.record(
        session, "gallery shared", share.title, share=share.id, pictures=chosen, **_audit_facts(share)
    )
    return share


def change(
    session: Session, share: ShareLink, given: Mapping[str, Any], *, version: int | None = None
) -> None:
    """Change a gallery that was not revoked; what is not given stays.

    `given` may hold title, note, with_words, with_originals, passcode (empty for none) and days (how long it is open
    from now on, None for no end). Raises Stale, Invalid and Conflict.
    """
    rights.hold(session, SHARES_FROM)
    _check_version(session, share, version)
    _refuse_revoked(share)
    changed = {name: value for name, value in _columns(given).items() if getattr(share, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(share, name, value)
    share.version += 1
    session.flush()
    audit.record(session, "gallery changed", share.title, share=share.id, **_audit_facts(share))


def change_back(session: Session, share: ShareLink, values: Mapping[str, Any]) -> None:
    """Set columns of a gallery to what they held before; raises Conflict when it was revoked."""
    rights.hold(session, SHARES_FROM)
    _refuse_revoked(share)
    for name, value in values.items():
        setattr(share, name, value)
    share.version += 1
    session.flush()
    audit.record(session, "gallery changed", share.title, share=share.id, **_audit_facts(share))


def renew(session: Session, share: ShareLink, secret: str, *, version: int | None = None) -> None:
    """Give a gallery a new address; the old one opens nothing any more. Raises Stale and Conflict."""
    rights.hold(session, SHARES_FROM)
    _check_version(session, share, version)
    _refuse_revoked(share)
    share.version += 1
    share.nonce = security.new_key()
    share.token_hash = security.hash_key(_key(secret, share.nonce))
    session.flush()
    audit.record(session, "gallery changed", share.title, share=share.id, address="new")


def revoke(session: Session, share: ShareLink) -> None:
    """Close a gallery for good; nothing happens when it is closed already."""
    if share.revoked_at is None:
        share.revoked_at = datetime.now(UTC)
        session.flush()
        audit.record(session, "gallery revoked", share.title, share=share.id)


def find(session: Session, share_id: int) -> ShareSummary:
    """Read one shared gallery, whatever its state; raises NotFound."""
    row = (
        session.execute(_select_summaries().where(ShareLink.id == share_id)).one_or_none()
        if is_id(share_id)
        else None
    )
    if row is None:
        raise NotFound("There is no such shared gallery.")
    return ShareSummary(*row)


def list_shares(session: Session, limit: int, after: int | None = None) -> list[ShareSummary]:
    """List shared galleries, the newest first, in one statement; `after` is the last id of the page before."""
    query = _select_summaries().order_by(ShareLink.id.desc()).limit(limit)
    if after is not None:
        query = query.where(ShareLink.id < after)
    return [ShareSummary(*row) for row in session.execute(query)]


def by_key(session: Session, key: str) -> ShareLink | None:
    """Find the gallery that an address opens; None when there is none, or not any more."""
    return session.scalar(select(ShareLink).where(ShareLink.token_hash == security.hash_key(key), is_open()))


def is_open() -> ColumnElement[bool]:
    """Return the condition that a gallery can be looked at."""
    return and_(
        ShareLink.revoked_at.is_(None),
        ShareLink.expires_at.is_(None) | (ShareLink.expires_at > func.now()),
        shows_what_is_there(),
    )


def shows_what_is_there() -> ColumnElement[bool]:
    """Return the condition that a gallery is not that of a deleted collection, with which it is closed."""
    deleted = select(Collection.id).where(
        Collection.id == ShareLink.collection_id, Collection.deleted_at.is_not(None)
    )
    return ~deleted.correlate(ShareLink).exists()


def key_of(share: ShareLink, secret: str) -> str | None:
    """Return the key in a gallery's address; None when the program's secret is another one than it was made with."""
    key = _key(secret, share.nonce)
    return key if hmac.compare_digest(security.hash_key(key), share.token_hash) else None


def state(share: ShareLink) -> str:
    """Return whether a gallery is open, ended or revoked."""
    if share.revoked_at is not None:
        return "revoked"
    return "ended" if share.expires_at is not None and share.expires_at <= datetime.now(UTC) else "open"


def normalise_passcode(passcode: str) -> str:
    """Return a text with one spelling for what keyboards spell in several ways."""
    return unicodedata.normalize("NFKC", passcode).strip()


def _key(secret: str, nonce: str) -> str:
    mark = hmac.new(secret.encode(), f"share:{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mark).rstrip(b"=").decode()


def _select_summaries() -> Select[ShareLink, str | None, int, int | None]:
    chosen = (
        select(ShareImage.image_id)
        .join(Image, Image.id == ShareImage.image_id)
        .where(ShareImage.share_id == ShareLink.id, Image.trashed_at.is_(None))
        .correlate(ShareLink)
    )
    count = chosen.with_only_columns(func.count()).scalar_subquery()
    first = chosen.order_by(ShareImage.place, ShareImage.image_id).limit(1).scalar_subquery()
    query = select(
        ShareLink,
        Collection.name,
        func.coalesce(Collection.images, count),
        func.coalesce(positions.first_picture(ShareLink.collection_id, ShareLink), first),
    ).outerjoin(Collection, Collection.id == ShareLink.collection_id)
    return query.where(Collection.deleted_at.is_(None))


def _columns(given: Mapping[str, Any]) -> dict[str, Any]:
    """Clean what was given and name it as the table does; raises Invalid."""
    found: dict[str, Any] = {name: bool(given[name]) for name in FLAGS if name in given}
    if "title" in given:
        found["title"] = clean(" ".join(clean(given["title"], "title").split()), "title", LONGEST_TITLE)
        if not is_seen(found["title"]):
            raise Invalid("Give the gallery a title.", field="title")
    if "note" in given:
        found["note"] = clean(given["note"], "note", LONGEST_NOTE)
    if "days" in given:
        found["expires_at"] = _expiry(given["days"])
    if "passcode" in given:
        found["passcode_hash"] = _passcode_hash(given["passcode"] or "")
    return found


def _expiry(days: int | None) -> datetime | None:
    if days is None:
        return None
    if days not in DAYS:
        raise Invalid(WRONG_DAYS, field="days")
    return datetime.now(UTC) + timedelta(days=days)


def _passcode_hash(passcode: str) -> str | None:
    same = normalise_passcode(passcode)
    if not same:
        return None
    if not LEAST_PASSCODE <= len(same) <= MOST_PASSCODE:
        raise Invalid(f"A passcode has {LEAST_PASSCODE} to {MOST_PASSCODE} characters.", field="passcode")
    return password_hasher.hash_password(clean(same, "passcode"))


def _audit_facts(share: ShareLink) -> dict[str, Any]:
    """Return what a gallery gives away, for whoever reads it later; whether there is a passcode, and never which."""
    return {
        "words": share.with_words,
        "originals": share.with_originals,
        "passcode": share.passcode_hash is not None,
        "until": share.expires_at.date().isoformat() if share.expires_at else None,
    }


def _check_version(session: Session, share: ShareLink, version: int | None) -> None:
    """Keep others from changing a gallery; raises Stale when it is another one by now than the caller saw."""
    versions.hold(session, share)
    current = {name: getattr(share, name) for name in ("id", "title", "note", *FLAGS, "version")}
    said = f"It is called “{share.title}” now. Look at what it shows, then save again."
    versions.check(version, share.version, said, current)


def _refuse_revoked(share: ShareLink) -> None:
    if share.revoked_at is not None:
        raise Conflict("This gallery is closed for good. Share the pictures again to have a new one.")


def _valid_ids(image_ids: Sequence[int]) -> list[int]:
    ids = list(dict.fromkeys(image_ids))
    if len(ids) > MOST_IMAGES:
        raise Invalid(
            f"A gallery of chosen pictures has at most {MOST_IMAGES}. Put more into a collection and share that.",
            field="image_ids",
        )
    if not all(map(is_id, ids)):
        raise Invalid("The ids must be those of pictures.", field="image_ids")
    return ids
