"""Titles in a batch are distinct: what is taken, and what a second picture of the same title is called."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

TITLES_SHOWN = 40
LONGEST = 200
NUMERALS = (
    ("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10),
    ("IX", 9), ("V", 5), ("IV", 4), ("I", 1),
)  # fmt: skip


def titles_in_use(session: Session, batch_id: int) -> tuple[str, ...]:
    """Return the newest titles of a batch's finished pictures, for the model to choose others.

    Only those that a person wrote, changed or approved: what only AI wrote may come from the writing inside that
    picture, and must not speak in the prompt of another. A title that comes twice gets a numeral (`reserve_distinct`).
    """
    query = text(
        "SELECT i.post_title FROM batch_item b JOIN image i ON i.id = b.image_id "
        "WHERE b.batch_id = :id AND b.finished_at IS NOT NULL AND b.state = 'done' AND i.post_title <> '' "
        "AND (i.status = 'ready' OR i.origins ->> 'post_title' IN ('person', 'ai_edited') "
        "OR 'post_title' = ANY (i.approved)) ORDER BY b.finished_at DESC LIMIT :most"
    )
    return tuple(session.scalars(query, {"id": batch_id, "most": TITLES_SHOWN}))


def reserve_distinct(session: Session, batch_id: int, image_id: int, title: str) -> str:
    """Reserve a title for a picture and return it; when another picture of the batch has it, a numeral is added.

    The database keeps two calls at once from taking the same one.
    """
    number, candidate = 1, title
    while not _insert_title(session, batch_id, image_id, candidate):
        number = (
            max(number + 1, _count_titles_like(session, batch_id, title) + 1) if number == 1 else number + 1
        )
        ending = f" {roman(number)}"
        candidate = f"{title[: LONGEST - len(ending)].rstrip()}{ending}"
    return candidate


def _insert_title(session: Session, batch_id: int, image_id: int, title: str) -> bool:
    owner = session.scalar(
        text(
            "WITH taken AS (INSERT INTO batch_title (batch_id, title, image_id) "
            "VALUES (:batch_id, lower(:title), :image_id) ON CONFLICT DO NOTHING RETURNING image_id) "
            "SELECT image_id FROM taken UNION ALL "
            "SELECT image_id FROM batch_title WHERE batch_id = :batch_id AND title = lower(:title) LIMIT 1"
        ),
        {"batch_id": batch_id, "image_id": image_id, "title": title},
    )
    return bool(owner == image_id)


def _count_titles_like(session: Session, batch_id: int, title: str) -> int:
    """Return how many titles begin like this one, to begin with a number that is likely free."""
    query = text(
        "SELECT count(*) FROM batch_title WHERE batch_id = :id AND starts_with(title, lower(:title))"
    )
    return session.scalar(query, {"id": batch_id, "title": title}) or 0


def roman(number: int) -> str:
    """Write a number from 1 on as a numeral of the kind that artists give to series."""
    text = ""
    for sign, value in NUMERALS:
        count, number = divmod(number, value)
        text += sign * count
    return text
