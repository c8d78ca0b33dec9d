"""What became of the names of categories and tags: recorded with each rename, merge and deletion, and looked up.

Whoever writes words of before into a picture asks `with_current_names` first: a history that is gone back in, a
suggestion from before a rename. Statements over many pictures call `name_now` and `hashtags_now` of the database
(schema/versions/0022_names.py), which follow the same rows. A merge that is undone leaves none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from artworks.core.text import unique
from artworks.taxonomy import queries as taxonomy
from artworks.texts.folding import fold
from models import NameChange, Tag

Kind = Literal["category", "tag"]
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# In the order in which they are given, which is that of their numbers.
RECORD = text("""
INSERT INTO name_change (kind, before, after, bulk_edit_id)
SELECT :kind, name_key(:kind, names.before), names.after, CAST(:action_id AS bigint)
FROM unnest(CAST(:before AS text[]), CAST(:after AS text[])) WITH ORDINALITY AS names(before, after, place)
ORDER BY place
""")
NOW = text("""
SELECT names.name, name_now(:kind, names.name, CAST(:since AS timestamptz))
FROM unnest(CAST(:names AS text[])) AS names(name)
""")


@dataclass(frozen=True)
class NewName:
    """What became of a name in words of before: it is called `after` now; empty when it was deleted or removed."""

    kind: Kind
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """Say it, for people."""
        if self.kind == "category":
            if not self.after:
                return f"The category “{self.before}” was deleted since, so the category is left as it is."
            return f"The category “{self.before}” is called “{self.after}” now."
        if not self.after:
            return f"The hashtag {self.before} was removed from all pictures since, and stays away."
        return f"The hashtag {self.before} is called {self.after} now."


def record(session: Session, kind: Kind, names: Mapping[str, str], action_id: int | None = None) -> None:
    """Record what takes the place of each name, "" for nothing; call it last, when nobody can write the old ones.

    An action that is undone takes what it recorded back (`forget`).
    """
    if names:
        values = {"kind": kind, "before": list(names), "after": list(names.values()), "action_id": action_id}
        session.execute(RECORD, values)


def forget(session: Session, action_id: int) -> None:
    """Forget what an action recorded, because it is being undone."""
    session.execute(delete(NameChange).where(NameChange.bulk_edit_id == action_id))


def current_names(session: Session, kind: Kind, names: Iterable[str], since: datetime) -> dict[str, str]:
    """Return what each of some names became since a moment at which it stood for something; "" for nothing.

    Follows renames and merges one after the other. A name that was given to something new later is not that.
    """
    found = session.execute(NOW, {"kind": kind, "names": list(names), "since": since})
    return {row[0]: row[1] for row in found}


def with_current_names(
    session: Session, words: Mapping[str, Any], since: Mapping[str, datetime]
) -> tuple[dict[str, Any], list[NewName]]:
    """Return words of before with the names that categories and tags have today, and what became of each other one.

    `since` gives for each field when its words still stood; fields without it are left as they are. A category that
    was deleted is left out of the words, so that a picture keeps the one it has, and so is a hashtag that was removed
    from all pictures; but what is there again under the same name is taken.
    """
    found, changed = dict(words), list[NewName]()
    if "hashtags" in since and words.get("hashtags"):
        names = _names_now(session, "tag", words["hashtags"], since["hashtags"], changed)
        found["hashtags"] = unique(filter(None, names))
    if "category" in since and words.get("category"):
        [name] = _names_now(session, "category", [words["category"]], since["category"], changed)
        found["category"] = name
        if not name:
            del found["category"]
    return found, changed


def with_current_tags(session: Session, tags: Sequence[str]) -> list[str]:
    """Return hashtags of an unknown age, as a file holds them, with those that were renamed or merged as they are now.

    One that is in use stays, and so does one that was removed from all pictures: the file may be newer than that.
    """
    there = _names_there(session, "tag", tags)
    others = [tag for tag in tags if tag not in there]
    became = current_names(session, "tag", others, LONG_AGO) if others else {}
    return unique(became.get(tag) or tag for tag in tags)


def _names_now(
    session: Session, kind: Kind, names: Sequence[str], since: datetime, changed: list[NewName]
) -> list[str]:
    """Return names of today in the place of some, and add to `changed` those that are other ones."""
    became = current_names(session, kind, names, since)
    gone = [name for name in names if not became[name]]
    became |= {name: name for name in (_names_there(session, kind, gone) if gone else ())}
    changed += [
        NewName(kind, name, became[name]) for name in dict.fromkeys(names) if fold(name) != fold(became[name])
    ]
    return [became[name] for name in names]


def _names_there(session: Session, kind: Kind, names: Sequence[str]) -> set[str]:
    """Return those of some names that a category has today, or a tag that is in use."""
    if kind == "category":
        return {name for name in names if taxonomy.by_name(session, name) is not None}
    in_use = set(session.scalars(select(Tag.folded).where(Tag.folded.in_(map(fold, names)), Tag.images > 0)))
    return {name for name in names if fold(name) in in_use}
