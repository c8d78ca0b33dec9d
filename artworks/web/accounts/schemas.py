"""The shapes of the forms about people and tokens, which have no JSON: only who sits at a page may send them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator

from artworks.web.forms import int_or_none
from artworks.web.schemas import Input

AMOUNT = re.compile(r"\$?\s*([0-9]{1,7}(?:[.,][0-9]{1,2})?)")
# What is said of a value that does not fit; of the others the subject says it.
WRONG = {
    "share": "Write the share as dollars a month, such as 5 or 12.50.",
    "days": "Choose how long the token lasts.",
}


def _amount(written: int | str | None) -> Decimal | None:
    """Return dollars a month; None for nothing typed. Raises ValueError."""
    text = "" if written is None else str(written).strip()
    if not text:
        return None
    found = AMOUNT.fullmatch(text)
    if not found:
        raise ValueError(WRONG["share"])
    return Decimal(found[1].replace(",", "."))


def _split_ids(lines: list[str]) -> list[int]:
    """Return the numbers among what stands between spaces."""
    return [number for line in lines for number in map(int_or_none, line.split()) if number is not None]


Share = Annotated[Decimal | None, BeforeValidator(_amount)]


class PersonForm(Input):
    """What somebody is called, may do and may spend; a share that is left out stays."""

    name: str
    role: str
    share: Share = None


class InviteForm(PersonForm):
    """Whom to invite; `replaces` are the links that may end for it, as the question about them has them."""

    email: str
    replaces: Annotated[list[int], BeforeValidator(_split_ids)]


class TokenForm(Input):
    """A token to make."""

    token_name: str
    role: str
    days: Literal[7, 30, 90, 365]
