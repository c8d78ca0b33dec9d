"""Plain forms and the queries of addresses: numbers, ids, versions and text in them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from artworks.core.database import LONGEST_NUMBER, is_number
from artworks.core.errors import BadRequest, Invalid

# Of a number that is only compared.
LONGEST_SEEN = 100
NO_NUMBERS = "The ids must be numbers separated by commas."
LOAD_AGAIN = "Load the page again, then do this once more."


def int_or_none(raw: str, longest: int = LONGEST_NUMBER) -> int | None:
    """Return the number that a text is; None for any other text."""
    return int(raw) if is_number(raw, longest) else None


def int_field(name: str, raw: str, sentence: str, *, longest: int = LONGEST_NUMBER) -> int:
    """Return the number that a field holds; raises Invalid with the sentence."""
    number = int_or_none(raw, longest)
    if number is None:
        raise Invalid(sentence, field=name)
    return number


def int_argument(name: str) -> int | None:
    """Return a number of the address; None where there is none. Raises Invalid."""
    raw = request.args.get(name, "")
    return int_field(name, raw, f"{name}: this should be a number.") if raw else None


def parse_id(raw: str) -> int | None:
    """Return the id that stands in an address; None for an empty text. Raises BadRequest."""
    number = int_or_none(raw)
    if raw and number is None:
        raise BadRequest("That page address is not one of ours. Start again from the top.")
    return number


def ids_of(raw: str) -> tuple[int, ...]:
    """Return ids that are separated by commas, each once and at least one; raises Invalid."""
    ids = numbers_of(raw)
    if not ids:
        raise Invalid(NO_NUMBERS, field="ids")
    return ids


def numbers_of(raw: str, longest: int = LONGEST_NUMBER) -> tuple[int, ...]:
    """Return numbers that are separated by commas, each once, also none; raises Invalid."""
    parts = [part.strip() for part in raw.split(",") if part.strip()]
    if not all(is_number(part, longest) for part in parts):
        raise Invalid(NO_NUMBERS, field="ids")
    return tuple(dict.fromkeys(map(int, parts)))


def version_of(form: Mapping[str, str]) -> int:
    """Return the version that a plain form was made from; raises Invalid."""
    return seen_version(form, "version")


def seen_version(form: Mapping[str, str], name: str) -> int:
    """Return the number of what somebody saw when they filled in a form; raises Invalid, as for a page of long ago."""
    sentence = f"This page does not say which {name} it shows. {LOAD_AGAIN}"
    return int_field(name, form.get(name, ""), sentence, longest=LONGEST_SEEN)


def form_text(value: str) -> str:
    """Return what was typed into a text area: on its way a browser makes line ends CR LF."""
    return value.replace("\r\n", "\n")
