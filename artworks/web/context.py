"""Who calls, and load-and-authorise in one call: the row, or 404."""

from __future__ import annotations

from datetime import tzinfo
from typing import cast

from flask import current_app, g, request
from sqlalchemy.orm import sessionmaker

from artworks.adapters import time_zones
from artworks.core.actor import KEY, NOBODY, OWNER, Actor, act_as
from artworks.core.errors import Forbidden, Invalid
from artworks.core.limits import SessionLimits
from artworks.core.transactions import TransactionFactory
from artworks.dependencies import Dependencies
from artworks.exports.transfers import Slots
from artworks.images import image as images
from models import Image, db

# Set by static/js/core/local_time.js, without the mark of other cookies (artworks/web/accounts/cookies.py): a browser
# has one zone, and programs on one computer may as well tell each other.
TIME_ZONE_COOKIE = "artwork_time_zone"


def actor() -> Actor:
    """Return who calls, as authentication found out (artworks/web/accounts/authentication.py); nobody before that."""
    return cast(Actor, g.get("actor", NOBODY))


def sign_in_is_off() -> bool:
    """Return whether who calls was let in because SIGN_IN is off."""
    return actor().way == OWNER.way and current_app.config["SIGN_IN"] == "off"


def address() -> str:
    """Return the network address that the caller has, behind as many proxies as are trusted."""
    return request.remote_addr or ""


def receiver() -> str:
    """Return a name for who gets what is sent: the account, or the address of somebody who has none."""
    caller = actor()
    return f"person {caller.person_id}" if caller.named else f"address {caller.address or address()}"


def time_zone() -> tzinfo:
    """Return the zone whose days and times are meant: of the address, else the usual one.

    One that the address has, and nobody knows, is refused before (`refuse_unknown_time_zone`) and passed over here, so
    that the page about it can be written.
    """
    return _known_zone(request.args.get("tz", "")) or usual_time_zone()


def usual_time_zone() -> tzinfo:
    """Return the zone of the browser, else of the installation, whatever the address asks for."""
    return _known_zone(request.cookies.get(TIME_ZONE_COOKIE, "")) or installation_zone()


def installation_zone() -> tzinfo:
    """Return the zone of the settings: in it the months of the AI budget begin."""
    return dependencies().limits.zone


def refuse_unknown_time_zone() -> None:
    """Raise Invalid for an address with a time zone that nobody knows."""
    try:
        if name := request.args.get("tz", ""):
            time_zones.time_zone(name)
    except ValueError as error:
        raise Invalid(str(error), field="tz") from None


def _known_zone(name: str) -> tzinfo | None:
    try:
        return time_zones.time_zone(name)
    except ValueError:
        return None


def require_role(role: str) -> None:
    """Raise Forbidden unless whoever calls may do what a role may."""
    if not actor().may(role):
        own, needed = _with_article(actor().role), _with_article(role)
        raise Forbidden(f"You are {own}; this takes {needed}. Ask an owner if you need it.")


def _with_article(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"


def image(image_id: int) -> Image:
    """Return a picture outside the trash; raises NotFound."""
    return images.find(db.session(), image_id)


def trashed(image_id: int) -> Image:
    """Return a picture in the trash; raises NotFound."""
    return images.find(db.session(), image_id, trashed=True)


def transactions() -> TransactionFactory:
    """Return transactions of their own, in the name of who calls: none stays open while something slow is done."""
    maker = sessionmaker(db.engine, expire_on_commit=False, info={KEY: actor()})
    return maker.begin


def release_connection() -> None:
    """Give the request's connection back to the pool before something slow; who calls stays known."""
    db.session.remove()
    act_as(db.session(), actor())


def read_settings() -> None:
    """Find out the settings of this moment, which count until the request ends."""
    g.dependencies = dependencies().with_settings(db.session())


def dependencies() -> Dependencies:
    """Return what the features need from outside."""
    return cast(Dependencies, g.get("dependencies") or current_app.extensions["aim"])


def transfers() -> Slots:
    """Return the slots of this process for answers that may take long to send."""
    return cast(Slots, current_app.extensions["transfers"])


def size_slots() -> Slots:
    """Return the slots of this process for sizes of pictures that are made at a look."""
    return cast(Slots, current_app.extensions["sizes"])


def session_limits() -> SessionLimits:
    """Return how long people stay signed in."""
    return cast(SessionLimits, current_app.config["SESSION_LIMITS"])
