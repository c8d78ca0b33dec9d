"""Categories and tags: their rows, and how many pictures each one has."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models import Category, StatusCount, Tag


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
    """List categories with how many pictures each has itself, most used first; empty ones are left out."""
    query = (
        select(Category.name, Category.images)
        .where(Category.images > 0)
        .order_by(Category.images.desc(), func.lower(Category.name))
        .limit(limit)
    )
    return [(name, number) for name, number in session.execute(query)]


def tags(session: Session, prefix: str = "", limit: int = 1000) -> list[tuple[str, int]]:
    """List tags that begin with `prefix` (with or without `#`, in any case), most used first, with their counts.

    A tag is shown as it was written first, or as it was renamed.
    """
    query = (
        select(Tag.shown, Tag.images)
        .where(Tag.images > 0)
        .order_by(Tag.images.desc(), Tag.folded)
        .limit(limit)
    )
    if prefix:
        query = query.where(Tag.folded.startswith("#" + prefix.lstrip("#").lower(), autoescape=True))
    return [(tag, number) for tag, number in session.execute(query)]


def statuses(session: Session) -> dict[str, int]:
    """Give how many pictures have each status."""
    query = select(StatusCount.status, StatusCount.images).where(StatusCount.images > 0)
    return {row.status: row.images for row in session.execute(query)}
