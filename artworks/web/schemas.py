"""The shapes of the JSON that comes in and goes out; they also make /api/openapi.json."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from artworks.batches.batch import MOST_IDS
from artworks.core.errors import Invalid
from artworks.search.filters import ADDRESS_FILTERS, SORTS, AddressFilter
from models import TEXT_FIELDS

Id = Annotated[int, Field(ge=1, lt=2**63)]
Status = Literal["new", "draft", "ready"]
if TYPE_CHECKING:
    FieldName = str
else:
    FieldName = Literal[TEXT_FIELDS]
Version = Field(ge=1, lt=2**31, description="the version the person saw")


# What a request says of the state that it was made from.
SEEN = {
    "version": "which version you saw",
    "suggestion": "which suggestion you saw",
    "arranged": "which order you saw",
}
LOAD_AGAIN = "Load the page again, then do this once more."


class Input(BaseModel):
    """Anything that comes in: unknown keys are refused, never ignored."""

    model_config = ConfigDict(extra="forbid")


def _choice(choices: Iterable[str]) -> tuple[Any, Any]:
    return Literal["", *choices], ""


def filter_text(row: AddressFilter) -> tuple[Any, Any]:
    """Return type and default of a filter in JSON, as pydantic wants a field that it makes."""
    return str, Field("", max_length=row.longest, description=row.description)


# For what takes days, in filters and in the audit.
ZONE = "IANA name of the time zone whose days are meant, such as Europe/Berlin; else the installation's (TIME_ZONE)"
LONGEST_ZONE = 64
if TYPE_CHECKING:

    class FilterIn(Input):
        """Filters and order of a list of pictures."""
else:
    FilterIn = create_model(
        "FilterIn",
        __base__=Input,
        __doc__="Filters and order of a list of pictures; without any it is everything, newest first.",
        __module__=__name__,
        **{row.name: _choice(row.choices) if row.choices else filter_text(row) for row in ADDRESS_FILTERS},
        sort=_choice(SORTS),
        tz=(str, Field("", max_length=LONGEST_ZONE, description=ZONE)),
    )


class ErrorBody(BaseModel):
    """What went wrong: a code for programs, a sentence for the person."""

    code: str
    message: str
    field: str | None = None


# APIFlask takes the schema of errors as plain JSON Schema.
ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "field": {"type": "string"},
                "details": {"type": "string", "description": "for owners: what the AI service said"},
            },
        },
        "current": {"type": "object", "description": "the thing as it is now, with a conflict"},
    },
}


class UsageOut(BaseModel):
    """What a call used."""

    input_tokens: int
    output_tokens: int
    usd: float
    at_most_usd: float = Field(description="the part of the price that is the most it can be, not told")


class SelectIn(Input):
    """Which pictures: by their ids, or all that match a filter when the batch starts."""

    ids: list[Id] | None = Field(None, min_length=1, max_length=MOST_IDS)
    filter: FilterIn | None = None


NAME = "at most 80 characters; no two alike, whatever the case"


class DeletedOut(BaseModel):
    """What was deleted can come back for 30 days."""

    bulk_edit_id: int = Field(description="for the undo")


def invalid_from_pydantic(name: str, message: str) -> Invalid:
    """Return in plain words what pydantic found: an unknown field, a missing one, or a value that does not fit."""
    if name == "_schema":
        return Invalid("The request must be a JSON object.")
    field = name.split(".")[0]
    if message.startswith("Extra inputs"):
        unknown = name.rpartition(".")[2][:60]
        return Invalid(f"There is no field called {unknown}.", field=field[:60])
    if message == "Field required":
        # A page that was opened before the program was updated does not send these.
        if field in SEEN:
            return Invalid(f"This does not say {SEEN[field]}. {LOAD_AGAIN}", field=field)
        return Invalid(f"{field} is missing.", field=field)
    return Invalid(f"{field}: {message.replace('Input should', 'This should')}.", field=field)
