"""What the rows of a list show of a picture: read without the rest of it, which takes half the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Bundle, aliased

from models import Approval, Category, Image, Suggestion


@dataclass(slots=True)
class ListedImage(Approval):
    """A picture as a row of a list has it, with the names of `Image`; `suggestion` says whether one waits."""

    id: int
    version: int
    original_filename: str
    rendition_version: int
    post_title: str
    description: str
    hashtags: list[str]
    category: str
    status: str
    origins: dict[str, Any]
    approved: list[str]
    width: int | None
    height: int | None
    suggestion: bool


class _ListedBundle(Bundle[Any]):
    def create_row_processor(
        self, query: Any, procs: Sequence[Callable[[Any], Any]], labels: Sequence[str]
    ) -> Callable[[Any], Any]:
        """Return what makes a picture of a row; the columns stand in the order of its fields."""
        return lambda row: ListedImage(*(read(row) for read in procs))


# Under names of their own: subqueries of filters that look into these tables are about others of their rows.
_CATEGORY, _SUGGESTION = aliased(Category), aliased(Suggestion)
LISTED = (
    select(
        _ListedBundle(
            "listed",
            Image.id, Image.version, Image.original_filename, Image.rendition_version, Image.post_title,
            Image.description, Image.hashtags, func.coalesce(_CATEGORY.name, ""), Image.status, Image.origins,
            Image.approved, Image.width, Image.height, _SUGGESTION.image_id.is_not(None),
        )
    )
    .select_from(Image)
    .outerjoin(Image.category_row.of_type(_CATEGORY))
    .outerjoin(Image.suggestion.of_type(_SUGGESTION))
)  # fmt: skip
