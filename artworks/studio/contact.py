"""How clients answer the studio: what the button says, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from artworks.adapters.contact_address import MAIL, is_mail
from artworks.config import Config


@dataclass(frozen=True)
class Contact:
    """Where answers go ("" for nowhere), and whom they are for: a person, else the studio, else ""."""

    address: str
    name: str

    @property
    def is_mail(self) -> bool:
        """Whether it is a mail address, and not a link."""
        return is_mail(self.address)

    def url(self, subject: str = "") -> str:
        """Return the address of the button: a link as it is, a mail with a subject."""
        if not self.is_mail:
            return self.address
        # As RFC 6068 has it: what a line or another field of the mail could begin with is encoded.
        address = f"{MAIL}{quote(self.address, safe='@')}"
        return f"{address}?subject={quote(' '.join(subject.split()), safe='')}" if subject else address


def of(config: Config) -> Contact:
    """Return how the studio is answered."""
    return Contact(config.studio_contact or "", config.studio_contact_name or config.studio_name)
