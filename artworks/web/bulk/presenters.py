"""Sentences about a change of many pictures."""

from __future__ import annotations

from collections.abc import Sequence

from artworks.bulk.bulk_edit import Change

MOST_NAMED = 5


def describe_change(change: Change) -> str:
    """Return what a change does, in words, as the audit log has it."""
    parts = [
        change.category is not None
        and (f"category “{change.category}”" if change.category else "no category"),
        change.status and f"status {change.status}",
        change.add_hashtags and f"added {_list_tags(change.add_hashtags)}",
        change.remove_hashtags and f"removed {_list_tags(change.remove_hashtags)}",
        change.key_points is not None and "new key points",
        change.append_key_points and "more key points",
        change.collection_id and "into a collection",
        change.remove_from_collection_id and "out of a collection",
        change.trash and "to the trash",
    ]
    return ", ".join(part for part in parts if part)


def _list_tags(tags: Sequence[str]) -> str:
    more = len(tags) - MOST_NAMED
    return " ".join(tags[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
