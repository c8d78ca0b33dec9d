"""Categories and tags: their rows, and how many pictures each one has."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models import Category, Image


def category_named(session: Session, name: str) -> Category | None:
    """Find a category by its name, or make it; None for an empty name. Two at once make one."""
    if not name:
        return None
    by_name = select(Category).where(func.lower(Category.name) == func.lower(name))
    found = session.scalar(by_name)
    if found is None:
        session.execute(insert(Category).values(name=name).on_conflict_do_nothing())
        found = session.scalars(by_name).one()
    return found


def category_names(session: Session, limit: int = 200) -> list[str]:
    """List the names of the categories in use, most used first."""
    return [name for name, _count in categories(session, limit)]


def categories(session: Session, limit: int = 1000) -> list[tuple[str, int]]:
    """Count the pictures of each category, most used first; empty categories are left out."""
    count = func.count(Image.id)
    query = (
        select(Category.name, count)
        .join(Image, Image.category_id == Category.id)
        .where(Image.trashed_at.is_(None))
        .group_by(Category.id)
        .order_by(count.desc(), func.lower(Category.name))
        .limit(limit)
    )
    return [(name, number) for name, number in session.execute(query)]


def tags(session: Session, prefix: str = "", limit: int = 1000) -> list[tuple[str, int]]:
    """Count the pictures of each tag that begins with `prefix` (with or without `#`, in any case), most used first.

    A tag is shown as it is written most often.
    """
    live = (
        select(
            func.unnest(Image.hashtags_folded).label("folded"),
            func.unnest(Image.hashtags).label("tag"),
        )
        .where(Image.trashed_at.is_(None))
        .subquery()
    )
    count = func.count()
    query = (
        select(func.mode().within_group(live.c.tag), count)
        .group_by(live.c.folded)
        .order_by(count.desc(), live.c.folded)
        .limit(limit)
    )
    if prefix:
        query = query.where(live.c.folded.startswith("#" + prefix.lstrip("#").lower(), autoescape=True))
    return [(tag, number) for tag, number in session.execute(query)]


def statuses(session: Session) -> dict[str, int]:
    """Count the pictures of each status."""
    query = select(Image.status, func.count()).where(Image.trashed_at.is_(None)).group_by(Image.status)
    return {row[0]: row[1] for row in session.execute(query)}
