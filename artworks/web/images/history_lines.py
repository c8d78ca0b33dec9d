"""The history of a picture as lines for people: a sentence each, and one line for the statuses of a sitting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from artworks.core.fields import LABELS
from artworks.images.image import Restored
from artworks.images.suggestions import as_text
from artworks.voice import voice
from artworks.web import context
from artworks.web.templating import date_in_words
from models import SAMPLE, Image, Revision, db

WHO = {
    "person": "You",
    "ai": "AI",
    "placeholder": "The placeholder writer",
    "import": "The older library",
    "update": "The update",
}
# Between two changes of one sitting there is at most so much time.
PAUSE = timedelta(minutes=30)
# A draft is read, approved and looked at again: more than that in one line nobody reads.
MOST_STATUSES = 12


def lines(found: Sequence[Revision]) -> list[dict[str, Any]]:
    """Return revisions, newest first, as lines for the page, each with the voice that it was written in.

    Those of one sitting that only changed the status are one line, with the statuses in their order. It goes back to
    the newest of them: all have the same words.
    """
    voices = {revision.voice_id for revision in found if revision.voice_id is not None}
    numbers = voice.numbers(db.session(), voices)
    return [
        {
            "id": group[0].id,
            "at": group[0].at,
            "sentence": _sentence_of(group),
            "usd": group[0].usd or None,
            "voice": numbers.get(group[0].voice_id or 0),
            "can_restore": position > 0,
            "changes": [
                {"label": LABELS.get(field, field), "before": as_text(before), "after": as_text(after)}
                for field, (before, after) in _changes_of(group)
            ],
        }
        for position, group in enumerate(_groups(found))
    ]


def sum_of(image: Image, history: Sequence[dict[str, Any]]) -> str:
    """Return in a few words how a picture came to its texts; without any, its newest line."""
    writers = list(image.origins.values())
    by_ai, changed = sum(one in ("ai", "ai_edited") for one in writers), writers.count("ai_edited")
    own = writers.count("person")
    who = "you" if not context.actor().named else "people"
    parts = [f"AI wrote {_texts(by_ai)}"] if by_ai else []
    parts += [f"{who} changed {changed}"] if changed else []
    parts += [f"{who} wrote {own if parts else _texts(own)}"] if own else []
    said = ", ".join(parts) or (history[0]["sentence"] if history else "Nothing yet")
    return said[0].upper() + said[1:]


def _texts(count: int) -> str:
    """Return a number of texts in words."""
    return f"{count} text{'' if count == 1 else 's'}"


def _groups(found: Sequence[Revision]) -> Iterator[list[Revision]]:
    """Yield revisions by lines, newest first."""
    group: list[Revision] = []
    for revision in found:
        if group and not (_is_same_sitting(group[-1], revision) and len(group) < MOST_STATUSES):
            yield group
            group = []
        group.append(revision)
    if group:
        yield group


def _is_same_sitting(newer: Revision, older: Revision) -> bool:
    only_status = all(one.action == "edit" and one.changes.keys() == {"status"} for one in (newer, older))
    return only_status and (newer.by, newer.who) == (older.by, older.who) and newer.at - older.at <= PAUSE


def _changes_of(group: Sequence[Revision]) -> list[tuple[str, Any]]:
    if len(group) == 1:
        # In the order of the page: the database keeps the keys in an order of its own.
        return sorted(group[0].changes.items(), key=lambda pair: list(LABELS).index(pair[0]))
    return [("status", (group[-1].changes["status"][0], ", ".join(_statuses(group))))]


def _statuses(group: Sequence[Revision]) -> list[str]:
    return [str(revision.changes["status"][1]) for revision in reversed(group)]


def _sentence_of(group: Sequence[Revision]) -> str:
    if len(group) > 1:
        return f"{_who(group[0])} marked it {', '.join(_statuses(group))}"
    return _sentence(group[0])


def _who(revision: Revision) -> str:
    return revision.who or WHO.get(revision.by, revision.by)


def _sentence(revision: Revision) -> str:
    who = _who(revision)
    what = _join_names(
        [label for field, label in LABELS.items() if field in revision.changes and field != "status"]
    )
    status = revision.changes.get("status")
    match revision.action:
        case "upload" if what:
            is_sample = SAMPLE in (after for _before, after in revision.origins.values())
            return f"{who} added the picture, with {'sample words' if is_sample else f'the {what} from its file'}"
        case "upload":
            return f"{who} added the picture"
        case "import":
            return "Taken over from an older library"
        case "trash":
            return f"{who} moved it to the trash"
        case "untrash":
            return f"{who} took it out of the trash"
        case "generate":
            return f"{who} wrote the {what}" if what else f"{who} wrote the same words again"
        case "accept":
            return f"{who} used the suggestion for the {what}" if what else f"{who} used the suggestion"
        case "take_over":
            return f"{who} took the {what} over from its double"
        case "undo":
            status_too = " and the status" if status else ""
            again = f"{who} made it {status[1] if status else 'as before'} again"
            return f"{who} took back a change of the {what}{status_too}" if what else again
        case "restore":
            return f"{who} went back to an earlier {what}" if what else f"{who} went back"
    if status and not what:
        return f"{who} marked it {status[1]}"
    return f"{who} changed the {what}"


def _join_names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""


def restored_sentences(done: Restored) -> str:
    """Say what going back did: to which words, what names in them are called by now, and a status that was lost."""
    lost = "Not one word is left, so the picture is a draft again."
    said = [f"Went back to the words of {_day(done.at)}.", *(one.sentence for one in done.new_names)]
    return " ".join([*said, *([lost] if done.wordless else [])])


def _day(at: datetime) -> str:
    """Return a day as people say it: today by its time, and the year of another year alone."""
    zone = context.time_zone()
    local, now = at.astimezone(zone), datetime.now(UTC).astimezone(zone)
    if local.date() == now.date():
        return f"today, {local:%H:%M}"
    return date_in_words(local, "{day} {month}" if local.year == now.year else "{day} {month} {year}")
