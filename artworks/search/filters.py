"""What a list is filtered by and how it is ordered; and that in words, for whoever reads later what was done."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from artworks.core.errors import Invalid
from artworks.search import palette, query
from artworks.search.query import Query
from models import STATUSES

SORTS = {
    "newest": "Newest",
    "oldest": "Oldest",
    "title": "Title",
    "edited": "Recently edited",
    "largest": "Largest",
    "best": "Best match",
    "arranged": "As arranged",
}
LONGEST_QUERY = 200
TEXTS = ("q", "category", "tag", "status", "collection", "colour")


@dataclass(frozen=True)
class Filters:
    """What is looked for; an empty string filters nothing. Raises Invalid for what there is not.

    `collection` is an id, `colour` a plain name or "#rrggbb". Without an order a search begins with the best match, a
    collection is as it was arranged, and everything else begins with the newest.
    """

    q: str = ""
    category: str = ""
    tag: str = ""
    status: str = ""
    sort: str = ""
    trashed: bool = False
    ids: tuple[int, ...] = ()
    collection: str = ""
    colour: str = ""
    query: Query = field(init=False, repr=False, compare=False, default=Query())

    def __post_init__(self) -> None:
        for name in ("q", "category", "tag"):
            # Composed like the stored words, or a decomposed "é" would find nothing.
            text = unicodedata.normalize("NFC", getattr(self, name).replace("\0", ""))
            object.__setattr__(self, name, text.strip()[:LONGEST_QUERY])
        object.__setattr__(self, "query", query.parse(self.q))
        if self.status and self.status not in STATUSES:
            raise Invalid("The status must be new, draft or ready.", field="status")
        if self.sort and self.sort not in SORTS:
            raise Invalid("There is no such order.", field="sort")
        if self.collection and not (
            self.collection.isascii() and self.collection.isdigit() and len(self.collection) < 19
        ):
            raise Invalid("There is no such collection.", field="collection")
        if self.colour:
            found = palette.colour_named(self.colour)
            if found is None:
                raise Invalid("A colour is a plain name such as teal, or #rrggbb.", field="colour")
            object.__setattr__(self, "colour", found)
        if not self.sort or not self._fits(self.sort):
            object.__setattr__(self, "sort", self.usual_sort)

    @property
    def usual_sort(self) -> str:
        """The order of a list that nobody has ordered otherwise."""
        if self.trashed:
            return "newest"
        if self.query.ranks:
            return "best"
        return "arranged" if self.collection else "newest"

    def _fits(self, sort: str) -> bool:
        return {"best": self.query.ranks, "arranged": bool(self.collection)}.get(sort, True)

    @property
    def sorts(self) -> dict[str, str]:
        """The orders that make sense here, with their labels."""
        return {name: label for name, label in SORTS.items() if self._fits(name)}

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set, for links; the order only when it is not the usual one."""
        pairs = {name: getattr(self, name) for name in TEXTS if getattr(self, name)}
        if self.sort != self.usual_sort:
            pairs["sort"] = self.sort
        return pairs

    @property
    def narrows(self) -> bool:
        """Return whether anything is filtered at all."""
        return bool(self.ids or any(getattr(self, name) for name in TEXTS))

    def but(self, **changes: Any) -> Filters:
        """Return a copy with some filters changed; an order that was the usual one stays the usual one."""
        if self.sort == self.usual_sort:
            changes = {"sort": "", **changes}
        return replace(self, **changes)


# In the order of an address; the one that is no filter is left out.
NAMES = tuple(one.name for one in fields(Filters) if one.name in (*TEXTS, "sort"))


EVERYTHING = "everything"
DESCRIPTIONS = {"q": "“{}”", "category": "category {}", "tag": "#{}", "status": "{}", "colour": "colour {}"}


def describe_values(given: Mapping[str, str]) -> list[str]:
    """Return in a few words each what is looked for; a collection is an id, left to callers who know its name."""
    return [
        words.format(given[name].lstrip("#") if name == "tag" else given[name])
        for name, words in DESCRIPTIONS.items()
        if given.get(name)
    ]


def describe_filters(filters: Filters) -> str:
    """Return which pictures filters choose: "12 ticked pictures", or 'category Prints, #heron, “dusk”'."""
    parts = [f"{len(filters.ids):,} ticked picture{'' if len(filters.ids) == 1 else 's'}"] * bool(filters.ids)
    parts += describe_values({name: getattr(filters, name) for name in DESCRIPTIONS})
    if filters.collection:
        parts.append(f"collection {filters.collection}")
    return ", ".join(parts) or EVERYTHING
