"""The one check of what an e-mail address looks like; whether it works, only a mail can show."""

from __future__ import annotations

import email_validator

# Names inside of a network or a test, such as .local and localhost, are as good as others here.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def is_email_address(written: str) -> bool:
    """Return whether a text is one address and nothing else; asks no name server."""
    name, at, domain = written.rpartition("@")
    try:
        email_validator.validate_email(
            # The library knows no underscores, which names of hosts inside of a network may have.
            name + at + domain.replace("_", "x"),
            allow_domain_literal=True,
            allow_quoted_local=False,
            check_deliverability=False,
            globally_deliverable=False,
        )
    except email_validator.EmailNotValidError:
        return False
    return written.isprintable()
