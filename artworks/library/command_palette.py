"""What the command palette finds by name: collections, categories, tags, shared galleries, pictures, a few of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, null, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from artworks.core.database import is_id
from artworks.search import listing as search
from artworks.search.filters import Filters
from artworks.search.listed_image import ListedImage
from artworks.sharing.share_link import shows_what_is_there
from artworks.taxonomy.queries import most_used_tags
from artworks.texts.folding import bare_tag, fold, folded_name
from models import Category, Collection, Image, ShareLink, Tag

MOST_OF_A_KIND = 5
MOST_WORDS = 8
LONGEST = 100
# In the order in which they are shown.
KINDS = ("collection", "share", "category", "tag", "image")


class Named(NamedTuple):
    """Something with a name: what it is, its id (a tag's is its name), and how many pictures it has."""

    kind: str
    id: str
    name: str
    images: int | None = None


@dataclass(frozen=True)
class Found:
    """What was found: names in the order of KINDS, and pictures."""

    names: Sequence[Named]
    images: Sequence[ListedImage]


def words_of(text: str) -> list[str]:
    """Return the words that a name has to have, or to have words that begin with them, as they are compared."""
    return fold(text[:LONGEST]).split()[:MOST_WORDS]


def find(session: Session, text: str, *, with_shares: bool, with_images: bool = True) -> Found:
    """Return what has all words of a text in its name; of pictures, what the search finds first."""
    words = words_of(text)
    if not words:
        return Found([], [])
    names = [
        *_named(session, "collection", Collection, words),
        *(_named(session, "share", ShareLink, words) if with_shares else ()),
        *_named(session, "category", Category, words),
        *_tags(session, "".join(words)),
    ]
    if not with_images:
        return Found(names, [])
    return Found(names, search.page_of_rows(session, Filters(text[:LONGEST]), MOST_OF_A_KIND).images)


def recall(session: Session, keys: Iterable[tuple[str, str]], *, with_shares: bool) -> list[Named]:
    """Return what was chosen before, in that order, by kind and id; what is gone by now, or is nothing, is left out."""
    wanted = list(keys)
    there: dict[tuple[str, str], Named] = {}
    for kind in KINDS if with_shares else [kind for kind in KINDS if kind != "share"]:
        ids = [id_ for one, id_ in wanted if one == kind]
        if ids:
            there |= {(one.kind, one.id): one for one in _by_ids(session, kind, ids)}
    return [there[key] for key in wanted if key in there]


Table = type[Collection] | type[ShareLink] | type[Category]


def _name(table: Table) -> InstrumentedAttribute[str]:
    return table.title if issubclass(table, ShareLink) else table.name


def _is_shown(table: Table) -> ColumnElement[bool]:
    if issubclass(table, Collection):
        return table.deleted_at.is_(None)
    if issubclass(table, ShareLink):
        ends = table.expires_at.is_(None) | (table.expires_at > func.now())
        return and_(table.revoked_at.is_(None), ends, shows_what_is_there())
    return table.images >= 0


def _select(table: Table) -> Select[int, str, int | None]:
    images = null() if issubclass(table, ShareLink) else table.images
    return select(table.id, _name(table), images).where(_is_shown(table))


def _named(session: Session, kind: str, table: Table, words: Sequence[str]) -> list[Named]:
    name = _name(table)
    vector = table.search if issubclass(table, Category) else func.search_vector(name)
    has_all = (vector.bool_op("@@")(func.search_query(word, True)) for word in words)
    folded, typed = folded_name(name), " ".join(words)
    begins = folded.startswith(typed, autoescape=True)
    # What is called just so comes first, however many others begin alike.
    query = _select(table).where(*has_all).order_by((folded == typed).desc(), begins.desc(), table.id.desc())
    return [Named(kind, str(row[0]), row[1], row[2]) for row in session.execute(query.limit(MOST_OF_A_KIND))]


def _tags(session: Session, prefix: str) -> list[Named]:
    is_it = Tag.folded == "#" + bare_tag(prefix)
    query = most_used_tags(prefix, MOST_OF_A_KIND).order_by(None)
    found = session.execute(query.order_by(is_it.desc(), Tag.images.desc(), Tag.folded))
    return [Named("tag", tag, tag, images) for tag, images, _ in found]


def _by_ids(session: Session, kind: str, ids: Sequence[str]) -> list[Named]:
    if kind == "tag":
        tags = select(Tag.shown, Tag.images).where(Tag.folded.in_([fold(tag) for tag in ids]), Tag.images > 0)
        return [Named(kind, row[0], row[0], row[1]) for row in session.execute(tags)]
    numbers = [int(id_) for id_ in ids if id_.isascii() and id_.isdigit() and is_id(int(id_))]
    if kind == "image":
        title = func.coalesce(func.nullif(Image.post_title, ""), Image.original_filename)
        pictures = select(Image.id, title).where(Image.id.in_(numbers), Image.trashed_at.is_(None))
        return [Named(kind, str(row[0]), row[1]) for row in session.execute(pictures)]
    table: Table = {"collection": Collection, "share": ShareLink, "category": Category}[kind]  # type: ignore[assignment]
    query = _select(table).where(table.id.in_(numbers))
    return [Named(kind, str(row[0]), row[1], row[2]) for row in session.execute(query)]
