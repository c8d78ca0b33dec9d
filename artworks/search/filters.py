"""The filters of a list, one row each: how one is read, what it means to the database, how it is said and offered.

What stands in an address (`?tag=heron`) is a row of ADDRESS_FILTERS, what is typed into the search box (`tag:heron`)
one of SEARCH_FILTERS. Parsing, WHERE clauses, kept counts, saved views, JSON, sentences and the hints of the search box
derive from the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, tzinfo
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from artworks.adapters.time_zones import day_begins
from artworks.collections.collection import names_of
from artworks.core.errors import Invalid
from artworks.search import filter_clauses as clauses
from artworks.search import filter_values as values
from artworks.search import palette, query
from artworks.search.query import FilterTerm, Query, TermValue
from artworks.texts.folding import bare_tag
from models import STATUSES

SORTS = {
    "newest": "Newest",
    "oldest": "Oldest",
    "title": "Title",
    "title_down": "Title, Z to A",
    "status": "Status, new first",
    "status_down": "Status, ready first",
    "edited": "Recently edited",
    "largest": "Largest",
    "best": "Best match",
    "arranged": "As arranged",
}
# Names of collections by their ids; None where nobody has looked them up.
CollectionNames = Mapping[int, str] | None
Phrase = Callable[[str, CollectionNames], str]


def as_it_is(value: str, _names: CollectionNames) -> str:
    """Return a value that says what it is by itself."""
    return value


def phrase(template: str) -> Phrase:
    """Return what says a value by a template."""
    return lambda value, _names: template.format(value)


def tag_phrase(template: str) -> Phrase:
    """Return what says a hashtag, typed with its # or without, by a template that has one."""
    return lambda value, _names: template.format(bare_tag(value))


def collection_phrase(template: str, deleted: str = "a collection that is deleted") -> Phrase:
    """Return what says a collection by its name, by its id where nobody has looked that up."""

    def say(value: str, names: CollectionNames) -> str:
        name = value if names is None else names.get(int(value))
        return template.format(f"collection {name}" if name else deleted)

    return say


def chip_of_query(value: str, _names: CollectionNames) -> str:
    """Return words between quotation marks, unless they bring their own."""
    return value if '"' in value else f"“{value}”"


def chip_of_collection(value: str, names: CollectionNames) -> str:
    """Return the name of a collection alone."""
    return (names or {}).get(int(value), "A collection that is gone")


@dataclass(frozen=True)
class AddressFilter:
    """A filter that stands in the address of a list, and so in saved views, batches, exports and bulk changes.

    `read` returns a value as it is looked for and raises Invalid. `clause` is None for the search, whose words are
    planned together (artworks/search/conditions.py). `count` selects how many pictures the database keeps for it.
    `said` names it among others ("category Prints"), `said_of_all` behind "everything" ("in Prints"), `chip` alone.
    `choices`, `longest` and `description` are for JSON.
    """

    name: str
    read: Callable[[str], str]
    clause: Callable[[str], ColumnElement[bool]] | None
    said: Phrase
    said_of_all: Phrase | None = None
    chip: Phrase = as_it_is
    count: Callable[[str], Select[Any]] | None = None
    choices: tuple[str, ...] = ()
    longest: int = 1000
    description: str | None = None


# In the order of an address.
ADDRESS_FILTERS = (
    AddressFilter(
        "q",
        values.clean_text,
        None,
        phrase("“{}”"),
        phrase("with “{}”"),
        chip_of_query,
        description="words that begin words of the picture's text",
    ),
    AddressFilter(
        "category",
        values.clean_text,
        clauses.in_category,
        phrase("category {}"),
        phrase("in {}"),
        count=clauses.count_of_category,
    ),
    AddressFilter(
        "tag",
        values.clean_text,
        clauses.has_tag,
        tag_phrase("#{}"),
        tag_phrase("tagged #{}"),
        count=clauses.count_of_tag,
        description="with or without #",
    ),
    AddressFilter(
        "status",
        values.check_status,
        clauses.has_status,
        as_it_is,
        chip=lambda value, _names: value.capitalize(),
        count=clauses.count_of_status,
        choices=STATUSES,
        longest=20,
    ),
    AddressFilter(
        "collection",
        values.check_collection,
        clauses.in_collection,
        collection_phrase("{}"),
        collection_phrase("in {}"),
        chip_of_collection,
        count=clauses.count_of_collection,
        longest=18,
        description="id of a collection",
    ),
    AddressFilter(
        "colour",
        values.check_colour,
        palette.has_colour,
        phrase("colour {}"),
        longest=20,
        description="a plain name such as teal, or #rrggbb",
    ),
)


@dataclass(frozen=True)
class SearchFilter:
    """A filter that is typed into the search box as `name:value`, under its name or an alias.

    `parse` returns what is looked for, None for what makes no sense; a day counts from its midnight in the zone of who
    asks. `hint` says what it is about, `offered` are
    values that can follow.
    """

    name: str
    parse: Callable[[str], TermValue | None]
    clause: Callable[[Any], ColumnElement[bool]]
    hint: str
    offered: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


# In the order in which they are offered.
SEARCH_FILTERS = {
    row.name: row
    for row in (
        SearchFilter("tag", values.visible_name, clauses.has_tag, "pictures with a hashtag"),
        SearchFilter(
            "category",
            values.visible_name,
            clauses.in_category_or_subcategory,
            "a category or a part of one",
        ),
        SearchFilter("status", values.one_of(STATUSES), clauses.has_status, "new, draft or ready", STATUSES),
        SearchFilter(
            "missing",
            values.one_of(values.PARTS),
            clauses.lacks_part,
            "what still lacks words",
            values.OFFERED_PARTS,
        ),
        SearchFilter(
            "has", values.one_of(values.PARTS), clauses.has_part, "what has words", values.OFFERED_PARTS
        ),
        SearchFilter(
            "by",
            values.one_of(values.ORIGINS),
            clauses.has_fact("by"),
            "who wrote the words",
            ("ai", "me", "file", "placeholder"),
        ),
        SearchFilter(
            "before", values.first_day, clauses.added_before, "added before 2026, 2026-05 or 2026-05-31"
        ),
        SearchFilter("after", values.day_after, clauses.added_since, "added after it"),
        SearchFilter(
            "orientation",
            values.one_of(values.ORIENTATIONS),
            clauses.has_fact("orientation"),
            "portrait, landscape or square",
            values.ORIENTATIONS,
        ),
        SearchFilter(
            "colour",
            palette.colour_named,
            palette.has_colour,
            "a main colour",
            tuple(name for name in palette.COLOURS if " " not in name),
            ("color",),
        ),
        SearchFilter("size", values.size_bound, clauses.has_size, "such as >2mb", (">2mb", ">5mb", "<500kb")),
        SearchFilter("collection", values.visible_name, clauses.in_collection_named, "a set of pictures"),
    )
}
_BY_ANY_NAME = {name: row for row in SEARCH_FILTERS.values() for name in (row.name, *row.aliases)}


@lru_cache(maxsize=64)
def parse_query(text: str, zone: tzinfo = UTC) -> Query:
    """Read what was typed into the search box, with days in a zone; a filter that makes no sense is read as words."""
    return query.parse(text, partial(_read_term, zone))


def _read_term(zone: tzinfo, name: str, value: str, negated: bool) -> FilterTerm | None:
    row = _BY_ANY_NAME.get(name)
    found = row.parse(value) if row else None
    if isinstance(found, date):
        found = day_begins(found, zone)
    return FilterTerm(row.name, found, negated) if row and found else None


@dataclass(frozen=True)
class Filters:
    """What is looked for; an empty string filters nothing. Raises Invalid for what there is not.

    `collection` is an id, `colour` a plain name or "#rrggbb". Without an order a search begins with the best match, a
    collection is as it was arranged, and everything else begins with the newest. `tz` names the zone whose days
    `before:` and `after:` mean, for whoever reads the filters later or elsewhere; without it those of `zone` are meant.
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
    tz: str = ""
    zone: tzinfo = UTC
    query: Query = field(init=False, repr=False, compare=False, default=Query())

    def __post_init__(self) -> None:
        for row in ADDRESS_FILTERS:
            value = getattr(self, row.name)
            object.__setattr__(self, row.name, row.read(value) if value else value)
        if self.tz:
            object.__setattr__(self, "zone", values.check_zone(self.tz))
        object.__setattr__(self, "query", parse_query(self.q, self.zone))
        if self.sort and self.sort not in SORTS:
            raise Invalid("There is no such order.", field="sort")
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
    def rows(self) -> list[tuple[AddressFilter, str]]:
        """The filters that are set, with their values."""
        return [(row, value) for row in ADDRESS_FILTERS if (value := getattr(self, row.name))]

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set, for links; the order only when it is not the usual one."""
        pairs = {row.name: value for row, value in self.rows}
        if self.sort != self.usual_sort:
            pairs["sort"] = self.sort
        if self.tz and self.has_days:
            pairs["tz"] = self.tz
        return pairs

    @property
    def has_days(self) -> bool:
        """Return whether the search names a day, which means another stretch of time in another zone."""
        return any(isinstance(term.value, date) for term in self.query.terms)

    def with_zone(self) -> Filters:
        """Return filters to be kept: with the name of the zone when they name a day, without it when they do not."""
        return replace(self, tz=str(self.zone) if self.has_days else "")

    @property
    def narrows(self) -> bool:
        """Return whether anything is filtered at all."""
        return bool(self.ids or self.rows)

    def but(self, **changes: Any) -> Filters:
        """Return a copy with some filters changed; an order that was the usual one stays the usual one."""
        if self.sort == self.usual_sort:
            changes = {"sort": "", **changes}
        return replace(self, **changes)


# As they stand in an address, the order among them.
NAMES = tuple(
    one.name for one in fields(Filters) if one.name in ("sort", "tz", *(row.name for row in ADDRESS_FILTERS))
)
EVERYTHING = "everything"
# How everything of a status is called.
ALL_OF_STATUS = {"": EVERYTHING, "new": "everything new", "draft": "every draft", "ready": "everything ready"}


def describe_filters(filters: Filters, session: Session | None = None, *, count: int | None = None) -> str:
    """Return which pictures filters choose: "12 ticked pictures", or '“dusk”, category Prints, #heron'.

    With a session a collection is called by its name. With `count`, the number of pictures chosen for a batch, it
    begins with "everything": "everything in Prints, tagged #heron, with “dusk”".
    """
    names = _names(filters, session)
    if count is not None:
        return _describe_ticked(count) if filters.ids else _describe_all(filters, names)
    ticked = [_describe_ticked(len(filters.ids))] if filters.ids else []
    said = describe_values({**filters.given, "tz": _foreign_zone(filters)}, names)
    return ", ".join([*ticked, *said]) or EVERYTHING


def _describe_all(filters: Filters, names: CollectionNames) -> str:
    others = [pair for pair in filters.rows if pair[0].name != "status"]
    # The words of a search come last, or what follows would seem to be a part of them.
    others.sort(key=lambda pair: pair[0].name == "q")
    parts = [(row.said_of_all or row.said)(value, names) for row, value in others]
    joined = " " if others and others[0][0].said_of_all else ", "
    said = joined.join(filter(None, [ALL_OF_STATUS[filters.status], ", ".join(parts)]))
    return f"{said}, days of {zone}" if (zone := _foreign_zone(filters)) else said


def _foreign_zone(filters: Filters) -> str:
    """Return the zone whose days are meant, for whoever reads of it later; empty for UTC, and where no day is named."""
    zone = str(filters.zone)
    return zone if filters.has_days and zone != "UTC" else ""


def describe_values(given: Mapping[str, str], names: CollectionNames) -> list[str]:
    """Return in a few words each what is looked for."""
    # The collection comes last, as the only one that is a thing of its own.
    rows = sorted(ADDRESS_FILTERS, key=lambda row: row.name == "collection")
    said = [row.said(given[row.name], names) for row in rows if given.get(row.name)]
    return [*said, f"days of {given['tz']}"] if given.get("tz") else said


def describe_chips(filters: Filters, session: Session) -> dict[str, str]:
    """Return each filter that is set as it is said by itself."""
    names = _names(filters, session)
    return {row.name: row.chip(value, names) for row, value in filters.rows}


def _describe_ticked(count: int) -> str:
    return f"{count:,} ticked picture{'' if count == 1 else 's'}"


def _names(filters: Filters, session: Session | None) -> CollectionNames:
    if session is None or not filters.collection:
        return None
    return names_of(session, [int(filters.collection)])
