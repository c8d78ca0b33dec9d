"""Where somebody outside can answer: a mail address or a link, and nothing that a browser would run."""

from __future__ import annotations

from urllib.parse import urlsplit

from artworks.adapters.email_address import is_email_address

MAIL = "mailto:"
SCHEMES = ("http", "https")
# What no address needs, and what browsers read in ways of their own.
STRANGE = frozenset("\\\"'<>`{}|^ ")


def read_contact(raw: str) -> str:
    """Return a mail address, without "mailto:" before it, or a link that begins with http:// or https://.

    Raises ValueError for everything else, also for a link with a name or password in it.
    """
    mail = raw[len(MAIL) :] if raw.lower().startswith(MAIL) else raw
    if is_email_address(mail) and mail.isprintable():
        return mail
    parts = urlsplit(raw)
    if parts.scheme not in SCHEMES or not raw.lower().startswith(f"{parts.scheme}://"):
        raise ValueError(raw)
    if not parts.hostname or "@" in parts.netloc or STRANGE & set(raw) or not raw.isprintable():
        raise ValueError(raw)
    # Raises ValueError for a port that is none.
    _ = parts.port
    return raw


def is_mail(contact: str) -> bool:
    """Return whether what `read_contact` returned is a mail address."""
    return "://" not in contact
