"""Words that a person approved are theirs: which fields those are after a change, and that Ready has words at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from artworks.core.errors import Invalid
from models import TEXT_FIELDS, Image

NO_WORDS = (
    "There is not one word here, so this picture cannot be Ready. Write something first, or leave it a draft."
)


def approved_after(
    image: Image, values: Mapping[str, Any], *, by: str, approved_fields: Collection[str]
) -> list[str]:
    """Return the fields that are approved once `values` are written; call it before.

    What a picture had while it was ready stays approved when it becomes a draft again. `taken` are fields whose words
    a person took as they are; what AI writes is approved by nobody yet.
    """
    fields = {*image.approved, *approved_fields}
    if image.status == "ready" and values.get("status", "ready") != "ready":
        fields |= set(image.approved_fields)
    if by != "person":
        fields -= values.keys()
    return [name for name in TEXT_FIELDS if name in fields]


def with_status(image: Image, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `values` with a status that fits the words: a picture that is ready and loses its last word is a draft.

    Raises Invalid when Ready is asked for and there is not one word.
    """
    if values.get("status", image.status) != "ready" or any(_values_after(image, values)):
        return values
    if "status" in values:
        raise Invalid(NO_WORDS, field="status")
    return {**values, "status": "draft"}


def _values_after(image: Image, values: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what each field will hold; the category as it was by its number, which needs no second row."""
    for name in TEXT_FIELDS:
        if name in values:
            yield values[name]
        else:
            yield image.category_id if name == "category" else image.words(name)
