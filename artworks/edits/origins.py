"""Who wrote a field once a person has changed it: over AI's words "AI, edited", and nobody where it is empty.

The rule stands here for one picture in Python and for many in SQL; tests/edits/test_rules.py compares the two.
"""

from __future__ import annotations

AI_WRITTEN = ("ai", "ai_edited")


def edited_origin(origin: str | None, *, empty: bool) -> str | None:
    """Return who wrote a field that a person has changed, by who wrote it before."""
    if empty:
        return None
    return "ai_edited" if origin in AI_WRITTEN else "person"


def edited_origin_sql(origin: str, empty: str) -> str:
    """Return the same as SQL, over SQL for who wrote it before and for whether it is empty now."""
    written = ", ".join(f"'{name}'" for name in AI_WRITTEN)
    return f"CASE WHEN {empty} THEN NULL WHEN {origin} IN ({written}) THEN 'ai_edited' ELSE 'person' END"
