"""Words that a person approved are theirs: which fields those are after a change, and that Ready has words at all.

Each rule stands here for one picture in Python and for many in SQL; tests/edits/test_rules.py compares the two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from string import Template
from typing import Any

from artworks.core.errors import Invalid
from models import AI_MAY_WRITE, TEXT_FIELDS, Image

NO_WORDS = (
    "There is not one word here, so this picture cannot be Ready. Write something first, or leave it a draft."
)
APPROVED_AFTER = Template(
    "CASE WHEN $row.status = 'ready' AND $new_status <> 'ready' THEN ARRAY(SELECT unnest($row.approved) "
    "UNION SELECT key FROM jsonb_each_text($row.origins) WHERE value IN ($written)) ELSE $row.approved END"
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


def approved_after_sql(row: str, new_status: str) -> str:
    """Return the same as SQL for a change by a person, over a row of `image` as it was and its next status."""
    written = ", ".join(f"'{name}'" for name in AI_MAY_WRITE)
    return APPROVED_AFTER.substitute(row=row, new_status=new_status, written=written)


def with_status(image: Image, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `values` with a status that fits the words: a picture that is ready and loses its last word is a draft.

    Raises Invalid when Ready is asked for and there is not one word.
    """
    if values.get("status", image.status) != "ready" or any(_values_after(image, values)):
        return values
    if "status" in values:
        raise Invalid(NO_WORDS, field="status")
    return {**values, "status": "draft"}


def with_status_sql(status: str, wordless: str) -> str:
    """Return the next status as SQL, over SQL for the status and for whether not one word is left."""
    return f"CASE WHEN {status} = 'ready' AND {wordless} THEN 'draft' ELSE {status} END"


def is_empty_sql(field: str, column: str) -> str:
    """Return as SQL whether a text field has no words; `column` holds it, a category by its number."""
    if field == "category":
        return f"{column} IS NULL"
    return f"{column} = '{{}}'" if field == "hashtags" else f"{column} = ''"


def _values_after(image: Image, values: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what each field will hold; the category as it was by its number, which needs no second row."""
    for name in TEXT_FIELDS:
        if name in values:
            yield values[name]
        else:
            yield image.category_id if name == "category" else image.words(name)
