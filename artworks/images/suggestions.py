"""Words that wait beside a person's own: put there by a draft, taken or dismissed field by field."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from artworks.core.errors import Invalid, NotFound
from artworks.core.fields import LABELS
from artworks.images import image as images
from artworks.taxonomy import name_history
from models import SUGGESTION_NUMBERS, TEXT_FIELDS, BulkEdit, Image, Suggestion, Voice

# Pairs of equal words in two texts; 5,000 characters of prose have about 8,000, and 20,000 take half a second at most.
MOST_PAIRS = 20_000
# What a row of `bulk_edit` is called that keeps dismissed words, so that they can come back.
DISMISSED = "dismissed a suggestion"


class OtherSuggestion(images.StaleVersion):
    """Another suggestion waits than the one that the caller saw; it is in `current`."""

    def __init__(self, current: Image) -> None:
        super().__init__(current)
        self.message = (
            "A newer suggestion has come in the meantime, so nothing was changed. Look at it first."
        )
        self.args = (self.message,)


@dataclass(frozen=True)
class Part:
    """A run of a diff; `op` is same, del or ins."""

    op: str
    text: str


@dataclass(frozen=True)
class Difference:
    """What a suggestion would change in one field; `whole` when there was nothing before."""

    field: str
    label: str
    parts: Sequence[Part]
    whole: bool


def suggest(
    session: Session,
    image: Image,
    fields: Mapping[str, Any],
    *,
    source: str,
    note: str,
    feedback: str,
    voice_id: int | None = None,
) -> None:
    """Store words as the suggestion of a picture; nothing is done without words.

    An earlier suggestion is replaced, under another number: whoever saw that one has not seen this.
    """
    if not fields:
        return
    values = {
        "number": session.scalar(select(SUGGESTION_NUMBERS.next_value())), "fields": dict(fields),
        "source": source, "note": note, "feedback": feedback, "voice_id": voice_id,
    }  # fmt: skip
    if image.suggestion is None:
        image.suggestion = Suggestion(image_id=image.id, **values)
    else:
        for name, value in {**values, "created_at": datetime.now(UTC)}.items():
            setattr(image.suggestion, name, value)
    session.flush()


def accept(session: Session, image: Image, number: int, version: int, fields: Sequence[str] | None) -> Image:
    """Take all or some of the fields of the suggestion that has a number, as they are; that approves them.

    Categories and tags are taken under their names of today. Raises OtherSuggestion and StaleVersion, NotFound without
    a suggestion, Invalid for a field that is not in it.
    """
    images.read_locked(session, image)
    waiting = _current_suggestion(image, number)
    images.check_version(image, version)
    words = _current_fields(session, image)
    taken = {field: words[field] for field in _checked_fields(waiting, fields)}
    origin = "ai" if waiting.source == "openai" else "placeholder"
    values = {**taken, **({"status": "draft"} if image.status == "new" else {})}
    images.write(
        session,
        image,
        values,
        by="person",
        action="accept",
        origins=dict.fromkeys(taken, origin),
        approved_fields=taken,
        voice_id=waiting.voice_id,
    )
    _drop_fields(session, image, waiting, taken)
    return image


def dismiss(session: Session, image: Image, number: int, fields: Sequence[str] | None) -> None:
    """Dismiss all or some of the suggested fields; raises OtherSuggestion, NotFound or Invalid like `accept`."""
    images.read_locked(session, image)
    waiting = _current_suggestion(image, number)
    gone = _checked_fields(waiting, fields)
    dismissed = {
        name: getattr(waiting, name) for name in ("number", "source", "note", "feedback", "voice_id")
    }
    dismissed["fields"] = {field: waiting.fields[field] for field in gone}
    session.add(BulkEdit(what=DISMISSED, more={"fields": [], "dismissed": {"image": image.id, **dismissed}}))
    _drop_fields(session, image, waiting, gone)


def restore(session: Session, image: Image, number: int) -> Image:
    """Let words wait again that were dismissed last of the suggestion that has a number.

    Raises NotFound when there are none, and OtherSuggestion when other words for one of the fields wait by now.
    """
    images.read_locked(session, image)
    noted = BulkEdit.more["dismissed"]
    query = select(BulkEdit).where(
        BulkEdit.what == DISMISSED,
        BulkEdit.undone_at.is_(None),
        noted["image"].as_integer() == image.id,
        noted["number"].as_integer() == number,
    )
    action = session.scalar(query.order_by(BulkEdit.id.desc()).limit(1).with_for_update())
    if action is None:
        raise NotFound("There is no such suggestion any more.")
    words = action.more["dismissed"]
    waiting = image.suggestion
    if waiting is not None and (
        waiting.source != words["source"] or words["fields"].keys() & waiting.fields.keys()
    ):
        raise OtherSuggestion(image)
    action.undone_at = datetime.now(UTC)
    fields = {**(waiting.fields if waiting else {}), **words["fields"]}
    voice_id = words["voice_id"] if words["voice_id"] and session.get(Voice, words["voice_id"]) else None
    suggest(
        session,
        image,
        fields,
        source=words["source"],
        note=words["note"],
        feedback=words["feedback"],
        voice_id=voice_id,
    )
    return image


def _current_suggestion(image: Image, number: int) -> Suggestion:
    """Return the suggestion that the caller saw; raises NotFound, and OtherSuggestion when a newer one is there."""
    if image.suggestion is None:
        raise NotFound("There is no suggestion for this picture any more.")
    if image.suggestion.number != number:
        raise OtherSuggestion(image)
    return image.suggestion


def _checked_fields(waiting: Suggestion, fields: Sequence[str] | None) -> list[str]:
    if fields is None:
        return list(waiting.fields)
    if not fields:
        raise Invalid("Choose at least one field.", field="fields")
    for field in fields:
        if field not in waiting.fields:
            raise missing_field(field)
    return list(fields)


def missing_field(field: str) -> Invalid:
    """Return what is said of a field that a suggestion does not have."""
    return Invalid(f"The suggestion has no {LABELS.get(field, 'such field')} any more.", field="fields")


def _drop_fields(session: Session, image: Image, waiting: Suggestion, gone: Iterable[str]) -> None:
    left = {field: text for field, text in waiting.fields.items() if field not in set(gone)}
    if left:
        waiting.fields = left
    else:
        image.suggestion = None
    session.flush()


def _current_fields(session: Session, image: Image) -> dict[str, Any]:
    """Return the words that wait for a picture, with the names that categories and tags have by now."""
    if image.suggestion is None:
        return {}
    fields = image.suggestion.fields
    since = dict.fromkeys(fields, image.suggestion.created_at)
    # A category that was deleted since is on the page with the rest: who takes it wants it.
    return {**fields, **name_history.with_current_names(session, fields, since)[0]}


def differences(session: Session, image: Image) -> list[Difference]:
    """Compare a picture's words with those that wait, field by field, word by word."""
    suggested = _current_fields(session, image)
    return [
        Difference(field, LABELS[field], list(_diff(before, after)), not before)
        for field in TEXT_FIELDS
        if field in suggested
        for before, after in [(as_text(image.words(field)), as_text(suggested[field]))]
    ]


def as_text(value: Any) -> str:
    """Write a field as one text: hashtags are joined by spaces."""
    return " ".join(value) if isinstance(value, list) else str(value)


def _diff(before: str, after: str) -> Iterator[Part]:
    """Yield the runs that turn one text into another, by words with the space behind them."""
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    # Words are compared without the space behind them, so that the last word of a text equals the same word inside.
    # The last word has none; what is shown after it gets one, or the two would read as one word.
    gap = ""
    for op, from_old, to_old, from_new, to_new in _steps(
        [w.rstrip() for w in old], [w.rstrip() for w in new]
    ):
        gone, come = "".join(old[from_old:to_old]), "".join(new[from_new:to_new])
        if op == "equal" and come:
            yield Part("same", come)
            gap = "" if come[-1].isspace() else " "
        elif op != "equal":
            if gone:
                yield Part("del", f"{gap}{gone}" if gone[-1].isspace() or not come else f"{gap}{gone} ")
            if come:
                yield Part("ins", come)


def _steps(old: list[str], new: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """Return difflib's steps from one list of words to the other.

    difflib takes minutes where the same few words come again and again. Such texts are compared at their beginning
    and end only.
    """
    counts = Counter(new)
    if sum(count * counts[word] for word, count in Counter(old).items()) <= MOST_PAIRS:
        return difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    tail = next((i for i in range(most - head) if old[-1 - i] != new[-1 - i]), most - head)
    to_old, to_new = len(old) - tail, len(new) - tail
    return [
        ("equal", 0, head, 0, head),
        ("replace", head, to_old, head, to_new),
        ("equal", to_old, len(old), to_new, len(new)),
    ]
