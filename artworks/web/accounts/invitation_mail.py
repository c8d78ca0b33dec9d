"""Mails with one-time links: sent when the link is committed, with no transaction open."""

from __future__ import annotations

import logging
import threading
from queue import Empty, SimpleQueue
from typing import cast

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from artworks.accounts import emails, invitations
from artworks.accounts.emails import Email
from artworks.accounts.invitations import IssuedLink
from artworks.adapters.smtp import Mailer, MailError
from artworks.core.actor import Actor, act_as
from artworks.core.errors import AppError
from models import db

AT_ONCE, MOST_WAITING = 2, 50
# For how long a page waits to hear how it went.
WAIT_SECONDS = 3.0
_sending = threading.BoundedSemaphore(AT_ONCE)
# Strangers at many addresses, each within the limit, must not make threads without end.
_waiting = threading.BoundedSemaphore(MOST_WAITING)
log = logging.getLogger(__name__)


def mailer() -> Mailer | None:
    """Return the mail server of the settings; None when there is none."""
    return cast(Mailer | None, current_app.extensions["mail"])


def send_link(made: IssuedLink, url: str) -> tuple[str, str] | None:
    """Mail a link that is committed, if there is a mail server; returns what to say about it, and how it went."""
    server = mailer()
    if server is None:
        return None
    to, email = made.link.email, emails.link_email(made.link, url)
    if not _waiting.acquire(blocking=False):
        return "It could not be mailed: too many letters wait already. Pass the link on yourself.", "warning"
    outcome: SimpleQueue[MailError | None] = SimpleQueue()
    threading.Thread(target=_send, args=(server, email, outcome), name="mail", daemon=True).start()
    try:
        error = outcome.get(timeout=WAIT_SECONDS)
    except Empty:
        return f"The mail server is slow. If nothing comes to {to}, pass the link on yourself.", "warning"
    if error is not None:
        return f"It could not be mailed: {error} Pass the link on yourself.", "warning"
    return f"It is on its way to {to} by mail, too.", "success"


def _send(server: Mailer, email: Email, outcome: SimpleQueue[MailError | None]) -> None:
    error = None
    try:
        server.send(*email)
    except MailError as raised:
        error = raised
        log.warning("A link could not be mailed: %s", error)
    finally:
        _waiting.release()
        outcome.put(error)


def send_reset_async(email: str, address: str, base: str) -> None:
    """Mail a reset link to whoever has this address, in the background: how long it takes tells nobody anything.

    With a crowd waiting for theirs nothing is sent, and the log says so.
    """
    if not _waiting.acquire(blocking=False):
        log.error("A reset link was not mailed: %d others wait for theirs.", MOST_WAITING)
        return
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    threading.Thread(
        target=_send_reset_when_free, args=(app, email, address, base), name="forgotten", daemon=True
    ).start()


def _send_reset_when_free(app: Flask, email: str, address: str, base: str) -> None:
    try:
        with _sending:
            _send_reset(app, email, address, base)
    finally:
        _waiting.release()


def _send_reset(app: Flask, email: str, address: str, base: str) -> None:
    with app.app_context():
        session, server = db.session(), mailer()
        act_as(session, Actor(address=address))
        try:
            made = invitations.reset_by_email(session, email)
            session.commit()
            if made is not None and server is not None:
                server.send(*emails.link_email(made.link, base + made.path))
        except (AppError, MailError, SQLAlchemyError) as error:
            log.error(
                "A reset link could not be mailed: %s", error if isinstance(error, MailError) else type(error)
            )
