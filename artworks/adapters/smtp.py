"""Mail by SMTP: one message at a time, encrypted unless the server is this very computer."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import parse_qs, unquote, urlsplit

import idna

from artworks.adapters.email_address import is_email_address
from artworks.core.network import is_loopback

# For each step of the conversation; a server that takes longer is as good as none.
TIMEOUT = 10.0
PORTS = {"smtp": 587, "smtps": 465}
LOOKS_LIKE = "smtp://user:password@host:587 or smtps://user:password@host:465"
NO_ADDRESS = "This address cannot be written to by mail."
# What would have another meaning in an envelope or in a header than in an address. Nothing more is asked of the address
# that a message goes to: an account of long ago may have one that would not be taken as a new one.
SPECIAL = re.compile(r'[\x00-\x20\x7f-\x9f<>()\[\],;:"\\]')


class MailError(RuntimeError):
    """A message could not be sent; the message is a sentence that holds neither an address nor a secret."""


@dataclass(frozen=True)
class Mailer:
    """A mail server, and who the messages are from."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    starttls: bool = True

    @classmethod
    def from_url(cls, url: str, sender: str) -> Mailer:
        """Read SMTP_URL and MAIL_FROM; raises ValueError with the end of a sentence, never with the address itself."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(f"SMTP_URL must look like {LOOKS_LIKE}") from None
        options = parse_qs(parts.query)
        if parts.scheme not in PORTS or not host or parts.path.strip("/") or set(options) - {"starttls"}:
            raise ValueError(f"SMTP_URL must look like {LOOKS_LIKE}")
        starttls = options.get("starttls", ["on"]) != ["off"]
        # A resolver may ask the network for names below localhost: they are no proof that nobody listens.
        if not starttls and (not is_loopback(host) or host.removesuffix(".").endswith(".localhost")):
            raise ValueError("SMTP_URL says starttls=off, which is only for a mail server on this computer")
        if not _is_one_address(sender):
            raise ValueError("MAIL_FROM must be one address, such as Artworks <art@studio.example>")
        return cls(
            host=host, port=port or PORTS[parts.scheme], sender=sender, user=unquote(parts.username or ""),
            password=unquote(parts.password or ""), tls=parts.scheme == "smtps", starttls=starttls,
        )  # fmt: skip

    def send(self, to: str, subject: str, text: str) -> None:
        """Send a message; raises MailError."""
        letter = self._message(to, subject, text)
        try:
            with self._connected() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(letter)
        except smtplib.SMTPAuthenticationError:
            raise MailError("The mail server did not take the user name and password of SMTP_URL.") from None
        except smtplib.SMTPRecipientsRefused:
            raise MailError("The mail server did not take the address it should go to.") from None
        except ssl.SSLError:
            raise MailError("The mail server has no certificate that can be trusted.") from None
        except (smtplib.SMTPException, OSError, ValueError):
            raise MailError("The mail server did not take it.") from None

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        if self.starttls:
            try:
                # Raises when the server does not offer it: neither password nor message goes out in the open.
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server

    def _message(self, to: str, subject: str, text: str) -> EmailMessage:
        name, _, domain = to.rpartition("@")
        if SPECIAL.search(to) or not name or not domain:
            raise MailError(NO_ADDRESS)
        letter, recipient = EmailMessage(), _address("", name, domain)
        try:
            letter["From"] = _sender(self.sender)
            letter["To"] = recipient
            letter["Subject"] = subject
            letter["Date"] = formatdate()
            letter["Message-ID"] = make_msgid(domain=letter["From"].addresses[0].domain)
            # Answering machines leave it alone (RFC 3834).
            letter["Auto-Submitted"] = "auto-generated"
            letter.set_content(text)
        except (MessageError, ValueError):
            raise MailError("This letter cannot be written as a mail.") from None
        return letter


def _address(shown: str, name: str, domain: str) -> Address:
    """Return an address as every mail server takes it: its domain in ASCII (RFC 5891); raises MailError."""
    if not name.isascii():
        raise MailError("Many mail servers do not take letters such as ü in front of the @ of an address.")
    try:
        plain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise MailError(NO_ADDRESS) from None
    return Address(shown, username=name, domain=plain)


def _sender(written: str) -> Address:
    probe = EmailMessage()
    probe["From"] = written
    (one,) = probe["From"].addresses
    return _address(one.display_name, one.username, one.domain)


def _is_one_address(sender: str) -> bool:
    probe = EmailMessage()
    try:
        probe["From"] = sender
    except (MessageError, ValueError):
        return False
    found = probe["From"].addresses
    return len(found) == 1 and not probe["From"].defects and is_email_address(found[0].addr_spec)
