"""What became of a change of many pictures, in plain words; static/js/bulk/bulk_edit.js says the same."""

from __future__ import annotations

from artworks.bulk.bulk_edit import Change, Done
from artworks.bulk.undo import Undone
from artworks.core.text import LIMITS, MOST_HASHTAGS


def done(found: Done, wanted: Change) -> str:
    """Return how many pictures were changed, and why some were left."""
    if found.changed:
        told = (
            f"{_pictures(found.changed)} moved to the trash."
            if wanted.trash
            else f"{_pictures(found.changed)} changed."
        )
    else:
        told = "" if found.left else "Nothing was changed: no picture is chosen, or they have it already."
    return f"{told} {_left(found.left, wanted)}".strip()


def _left(count: int, wanted: Change) -> str:
    if not count:
        return ""
    reasons = [
        wanted.add_hashtags and f"have more than {MOST_HASHTAGS} hashtags",
        wanted.append_key_points and f"have more than {LIMITS['key_points']:,} characters of key points",
        _may_empty(wanted) and "be Ready without a word",
    ]
    one = count == 1
    return (
        f"{_pictures(count)} {'was' if one else 'were'} left as {'it is' if one else 'they are'}: "
        f"{'it' if one else 'they'} would {' or '.join(reason for reason in reasons if reason)}."
    )


def _may_empty(wanted: Change) -> bool:
    """Return whether a picture could be Ready and have no words after it."""
    return (
        wanted.status == "ready" or bool(wanted.remove_hashtags) or "" in (wanted.category, wanted.key_points)
    )


def undone(found: Undone) -> str:
    """Return how many pictures are as before, and how many are not."""
    if not (found.undone or found.left):
        # A category without pictures, say.
        return f"Undone. {found.also}".strip()
    told = [f"Undone: {_pictures(found.undone)} as before."]
    rest = found.left - found.partly
    if found.partly:
        told.append(f"{_pictures(found.partly)} changed since: that stays, and the rest is as before.")
    if rest:
        told.append(f"{_pictures(rest)} changed since, and left as {'it is' if rest == 1 else 'they are'}.")
    return " ".join([*told, found.also]).strip()


def _pictures(count: int) -> str:
    return f"{count:,} picture{'' if count == 1 else 's'}"
