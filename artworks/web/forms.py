"""Plain forms and the queries of addresses: numbers, ids, versions and text in them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict

from artworks.core.database import LARGEST_ID, LONGEST_NUMBER, is_id, is_number
from artworks.core.errors import BadRequest, Invalid
from artworks.web.schemas import LOAD_AGAIN, invalid_from_pydantic

# Of a number that is only compared.
LONGEST_SEEN = 100
NO_NUMBERS = "The ids must be numbers separated by commas."
# The largest version that a row can have.
MOST_VERSION = 2**31 - 1
M = TypeVar("M", bound=BaseModel)


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


def version_of(form: Mapping[str, str], name: str = "version") -> int:
    """Return the version that a plain form was made from; raises Invalid.

    One that no row can have comes as the largest, which is as old a page as any other.
    """
    number = seen_version(form, name)
    return number if 0 < number < MOST_VERSION else MOST_VERSION


def possible_id(number: int) -> int:
    """Return an id; one that no row can have comes as the largest, which none has either: nothing is found by it."""
    return number if is_id(number) else LARGEST_ID


def seen_version(form: Mapping[str, str], name: str) -> int:
    """Return the number of what somebody saw when they filled in a form; raises Invalid, as for a page of long ago."""
    sentence = f"This page does not say which {name} it shows. {LOAD_AGAIN}"
    return int_field(name, form.get(name, ""), sentence, longest=LONGEST_SEEN)


def form_text(value: str) -> str:
    """Return what was typed into a text area: on its way a browser makes line ends CR LF."""
    return value.replace("\r\n", "\n")


def read(
    model: type[M],
    form: MultiDict[str, str],
    names: Sequence[str],
    sentences: Mapping[str, str] | None = None,
    **values: Any,
) -> M:
    """Return the fields that a plain form has, checked by the model that checks them as JSON; raises Invalid.

    `sentences` say what is wrong with a field where the model's own words are for programs; `values` are read already.
    """
    typed = {name: _value(_types(model.model_fields[name].annotation), form, name) for name in names}
    return check(model, typed | values, sentences)


def check(model: type[M], values: Mapping[str, Any], sentences: Mapping[str, str] | None = None) -> M:
    """Return values that were read from a form, checked by the model that checks them as JSON.

    Raises Invalid for what does not fit; of several mistakes that of the first value is told.
    """
    try:
        return model.model_validate(values, strict=True)
    except ValidationError as error:
        places = {name: place for place, name in enumerate(values)}
        first = min(error.errors(), key=lambda one: places.get(str(one["loc"][0]), len(places)))
        name = str(first["loc"][0])
        sentence = (sentences or {}).get(name)
        raise (
            Invalid(sentence, field=name) if sentence else invalid_from_pydantic(name, first["msg"])
        ) from None


def _types(annotation: Any) -> set[Any]:
    """Return the plain types of a field: `Literal[7, 30] | None` has int and None."""
    parts = get_args(annotation)
    if get_origin(annotation) is Literal:
        return {type(part) for part in parts}
    if get_origin(annotation) is Annotated:
        return _types(parts[0])
    if get_origin(annotation) in (Union, UnionType):
        return set().union(*map(_types, parts))
    return {get_origin(annotation) or annotation}


def _value(types: set[Any], form: MultiDict[str, str], name: str) -> Any:
    """Return what a browser sent for a field: a box that is not ticked and a text that is empty are not there."""
    if bool in types:
        return bool(form.get(name))
    text = form_text(form.get(name, ""))
    if str in types:
        return text
    if list in types:
        return form.getlist(name)
    if float in types:
        return amount(text)
    return None if not text and NoneType in types else number_or_text(text)


def number_or_text(text: str, longest: int = LONGEST_NUMBER) -> int | str:
    """Return the number that a text is; any other text as it is, which a model then refuses."""
    number = int_or_none(text, longest)
    return text if number is None else number


def amount(text: str) -> float | str | None:
    """Return the amount of dollars that a text is, None for an empty one; any other text as it is.

    One that no float can hold comes as the largest.
    """
    text = text.strip().removeprefix("$").strip()
    try:
        found = Decimal(text)
    except InvalidOperation:
        return text or None
    most = sys.float_info.max
    return max(-most, min(most, float(found))) if found.is_finite() else text
