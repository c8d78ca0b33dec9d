"""Put tags in order: list, rename, merge and remove them, and point out those that are nearly the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, cast, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import Text

from artworks.audit import log as audit
from artworks.core import text as words
from artworks.core import versions
from artworks.core.database import is_number, split_page
from artworks.core.errors import BadRequest, Conflict, Invalid, NotFound
from artworks.edits import field_updates
from artworks.edits.field_updates import UpdateCount
from artworks.taxonomy import name_history, renames
from artworks.taxonomy.queries import begins_with, most_used_tags
from models import Tag

ORDERS = {"most": "Most used", "name": "A to Z"}
LONGEST_PREFIX = 200
MOST_AT_ONCE = 1000
# Of more tags than this the rarest are not compared.
MOST_COMPARED = 20_000
MOST_GROUPS = 50
MOST_COUNTED = 100_000
MOST_NAMED = 5

# A tag without accents and separators, and the word that it is the plural of if that is a tag as well: "#herons" is
# one of "#heron", but "#news" alone is not "#new". Few tags need the slow way to lose their accents.
ALIKE = text("""
WITH plain AS MATERIALIZED (
    SELECT folded, shown, images, translate(
        CASE WHEN octet_length(folded) = length(folded) THEN folded ELSE image_plain(folded) END, '_-', ''
    ) AS base
    FROM (SELECT folded, shown, images FROM tag WHERE images > 0 ORDER BY images DESC, folded LIMIT :compared) AS t
), bases AS MATERIALIZED (
    SELECT DISTINCT base FROM plain
), stems AS (
    SELECT plain.*, coalesce(ies.base, es.base, s.base, plain.base) AS stem FROM plain
    LEFT JOIN bases AS s ON s.base = CASE WHEN plain.base LIKE '____%s' AND plain.base NOT LIKE '%ss'
        THEN left(plain.base, -1) END
    LEFT JOIN bases AS es ON es.base = CASE WHEN plain.base LIKE '____%es' THEN left(plain.base, -2) END
    LEFT JOIN bases AS ies ON ies.base = CASE WHEN plain.base LIKE '___%ies' THEN left(plain.base, -3) || 'y' END
)
SELECT array_agg(shown ORDER BY images DESC, folded) AS shown, array_agg(images ORDER BY images DESC, folded) AS images
FROM stems GROUP BY stem HAVING count(*) > 1 ORDER BY sum(images) DESC, stem LIMIT :groups
""")
# What this transaction changed is counted now, and the rows of tags are locked in the order in which every commit
# counts them.
LOCK_TAGS = text(
    "SELECT folded, shown, version FROM tag WHERE folded = ANY(CAST(:tags AS text[])) ORDER BY folded FOR UPDATE"
)
COUNT_NOW = text("SET CONSTRAINTS count_settle IMMEDIATE")
COUNT_LATER = text("SET CONSTRAINTS count_settle DEFERRED")


@dataclass(frozen=True)
class TagCount:
    """A tag as it is shown, and how many pictures outside the trash have it."""

    name: str
    images: int
    version: int = 1


@dataclass(frozen=True)
class TagPage:
    """Some tags in order, and the cursor of the next page when there is one."""

    tags: Sequence[TagCount]
    next: str | None


def page(
    session: Session, prefix: str = "", order: str = "most", limit: int = 100, after: str = ""
) -> TagPage:
    """Read one page of the tags that begin with `prefix`; raises Invalid and BadRequest."""
    if order not in ORDERS:
        raise Invalid("The order must be most or name.", field="order")
    query = select(Tag).where(Tag.images > 0, begins_with(prefix.replace("\0", "")[:LONGEST_PREFIX]))
    if order == "most":
        query = query.order_by(Tag.images.desc(), Tag.folded)
    else:
        query = query.order_by(Tag.folded)
    if after:
        query = query.where(_after_cursor(order, after))
    shown, last = split_page(session.scalars(query.limit(limit + 1)).all(), limit)
    return TagPage([TagCount(tag.shown, tag.images, tag.version) for tag in shown], _cursor(order, last))


def _cursor(order: str, last: Tag | None) -> str | None:
    if last is None:
        return None
    return f"{last.images} {last.folded}" if order == "most" else last.folded


def _after_cursor(order: str, after: str) -> ColumnElement[bool]:
    if "\0" in after:
        raise BadRequest("That page address is not one of ours. Start again from the first page.")
    if order == "name":
        return Tag.folded > after
    number, space, folded = after.partition(" ")
    if not (space and is_number(number)):
        raise BadRequest("That page address is not one of ours. Start again from the first page.")
    images = int(number)
    # The first clause alone tells the index where to begin.
    return and_(Tag.images <= images, or_(Tag.images < images, Tag.folded > folded))


def count_in_use(session: Session) -> int:
    """Return how many tags are in use, counted up to 100,000."""
    some = select(Tag.folded).where(Tag.images > 0).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def find(session: Session, tag: str) -> TagCount | None:
    """Read one tag; None when no picture outside the trash has it."""
    found = _read_tags(session, [_with_hash(tag)])
    return found[0] if found else None


def find_or_fail(session: Session, tag: str) -> TagCount:
    """Read one tag; raises NotFound when no picture outside the trash has it."""
    found = find(session, tag)
    if found is None:
        raise NotFound("No picture has this tag. It may have been renamed or merged.")
    return found


def find_all(session: Session, tags: Iterable[str]) -> list[TagCount]:
    """Read several tags, most used first; those that no picture has are left out."""
    return _read_tags(session, [_with_hash(tag) for tag in tags])


def _read_tags(session: Session, tags: Sequence[str]) -> list[TagCount]:
    folded = func.unnest(func.image_fold(cast(list(tags), ARRAY(Text))))
    query = (
        select(Tag.shown, Tag.images, Tag.version)
        .where(Tag.folded.in_(select(folded)), Tag.images > 0)
        .order_by(Tag.images.desc(), Tag.folded)
    )
    return [TagCount(*row) for row in session.execute(query)]


def most_used(session: Session, prefix: str = "", limit: int = MOST_AT_ONCE) -> list[TagCount]:
    """List the tags that begin with `prefix`, most used first."""
    return [TagCount(*row) for row in session.execute(most_used_tags(prefix, limit))]


def alike(session: Session) -> list[list[TagCount]]:
    """Return the tags that differ only by accents, separators or the plural; each group begins with the most used."""
    rows = session.execute(ALIKE, {"compared": MOST_COMPARED, "groups": MOST_GROUPS})
    return [[TagCount(*pair) for pair in zip(row.shown, row.images, strict=True)] for row in rows]


def target_of(value: object, field: str) -> str:
    """Read the one tag that others are to become; raises Invalid."""
    try:
        found = words.hashtags(words.clean(value, "hashtags", 2000))
    except Invalid as error:
        raise Invalid(error.message, field=field) from None
    if len(found) != 1:
        raise Invalid("Write one hashtag, without spaces.", field=field)
    return found[0]


def rename(
    session: Session, tag: str, name: object, *, merge: bool = True, version: int | None = None
) -> UpdateCount:
    """Write a tag otherwise in every picture; raises Invalid, Stale, and NotFound when no picture has it.

    When there is a tag of the new name already the two become one, or with `merge` False that is a Conflict.
    """
    target = target_of(name, "name")
    other = None if merge else find(session, target)
    if other and len(_fold(session, [_with_hash(tag), target])) > 1:
        raise Conflict(f"There is a tag {other.name} already. You can merge the two.", field="name")
    changed = _replace(session, [tag], target, f"renamed {tag} to {target}", version=version)
    audit.record(session, "tag renamed", tag, into=target, pictures=changed.live)
    return changed


def merge(session: Session, tags: Sequence[str], into: object) -> UpdateCount:
    """Make one tag of several, in every picture; raises Invalid, and NotFound when no picture has any of them."""
    target = target_of(into, "into")
    changed = _replace(session, tags, target, f"merged {_list_names(tags)} into {target}")
    audit.record(session, "tags merged", _list_names(tags), into=target, pictures=changed.live)
    return changed


def remove(session: Session, tags: Sequence[str]) -> UpdateCount:
    """Take tags away from every picture; raises Invalid, and NotFound when no picture has any of them."""
    changed = _replace(session, tags, None, f"removed {_list_names(tags)}")
    audit.record(session, "tags removed", _list_names(tags), pictures=changed.live)
    return changed


def _list_names(tags: Sequence[str]) -> str:
    more = len(tags) - MOST_NAMED
    return ", ".join(tags[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _replace(
    session: Session, tags: Sequence[str], shown: str | None, what: str, *, version: int | None = None
) -> UpdateCount:
    if not tags:
        raise Invalid("Choose at least one tag.", field="tags")
    if len(tags) > MOST_AT_ONCE:
        raise Invalid(f"That is more than {MOST_AT_ONCE:,} tags at once.", field="tags")
    sources = _fold(session, [_with_hash(tag) for tag in tags])
    _check_version(session.scalars(select(Tag).where(Tag.folded.in_(sources))).all(), version)
    target = _fold(session, [shown])[0] if shown else None
    others = [tag for tag in sources if tag != target]
    action = field_updates.start_action(session, what, ["hashtags", "status"])
    changed = renames.update_hashtags(session, action.id, others, target, shown)
    touched = [*sources, *([target] if target else [])]
    locked = session.execute(LOCK_TAGS, {"tags": touched}).all()
    shown_by_tag = {row.folded: row.shown for row in locked}
    # Again, now that nobody else can change them.
    _check_version([row for row in locked if row.folded in sources], version)
    if not changed.every and not set(shown_by_tag) & set(sources):
        one, they = ("this tag", "It") if len(tags) == 1 else ("these tags", "They")
        raise NotFound(f"No picture has {one} any more. {they} may have been renamed or merged.")
    session.execute(COUNT_NOW)
    views = []
    if target and shown:
        session.execute(update(Tag).where(Tag.folded == target).values(shown=shown, version=Tag.version + 1))
        views = renames.rename_in_views(session, "tag", dict.fromkeys(others, shown))
    session.execute(delete(Tag).where(Tag.folded.in_(others), Tag.images == 0))
    session.execute(COUNT_LATER)
    spelled = [[folded, was, shown if folded == target else None] for folded, was in shown_by_tag.items()]
    done = field_updates.finish_action(session, action, changed, spelled=spelled, views=views)
    name_history.record(session, "tag", dict.fromkeys(touched, shown or ""), done.bulk_edit_id)
    return done


def _check_version(found: Sequence[Any], version: int | None) -> None:
    """Raise Stale when a tag is spelled otherwise since the caller saw it."""
    for tag in found:
        current = {"name": tag.shown, "version": tag.version}
        versions.check(version, tag.version, f"The tag is {tag.shown} now.", current)


def _with_hash(tag: str) -> str:
    """Read a tag as it was listed: with or without `#`; an older library may have signs in it."""
    text = words.clean(tag, "hashtags", 2000)
    return text if text.startswith("#") else f"#{text}"


def _fold(session: Session, tags: Sequence[str]) -> list[str]:
    """Return tags as the database compares them."""
    found: list[str] = session.scalar(select(func.image_fold(cast(list(tags), ARRAY(Text))))) or []
    return list(dict.fromkeys(found))
