"""What happened, in plain words: every action, who and from where, and what there is to know besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from artworks.web.templating import number, usd
from models import Audit

# An action that is not here reads well as it is, with a capital letter.
ACTIONS = {
    "account linked": "Account joined with the organisation's",
    "batch cancelled": "Batch cancelled",
    "batch cap changed": "Cap of a batch changed",
    "batch paused": "Batch paused",
    "batch started": "Batch started",
    "batch taken over": "Batch taken over",
    "category deleted": "Category deleted",
    "category merged": "Category merged",
    "change undone": "Change of pictures taken back",
    "collection deleted": "Collection deleted",
    "collection renamed": "Collection renamed, as another one looks the same",
    "exported pictures": "Took the list of pictures along",
    "exported usage": "Took the usage along",
    "exported what happened": "Took this list along",
    "files put back": "Files put back from the quarantine",
    "files tidied": "Files without a picture put into the quarantine",
    "gallery changed": "Shared gallery changed",
    "gallery passcode failed": "Wrong passcode of a shared gallery",
    "gallery revoked": "Shared gallery ended",
    "gallery shared": "Gallery shared",
    "gallery taken over": "Shared gallery taken over",
    "invitation made": "Invited",
    "invitation taken": "Invitation taken",
    "invitation taken over": "Invitation taken over",
    "invitation withdrawn": "Invitation taken back",
    "local mode begun again": "Nobody signs in again, on this computer",
    "local mode ended": "From now on everybody signs in, because the page was opened",
    "link refused": "A link that does not work (any more)",
    "name changed": "Name changed",
    "old trash removed": "Removed for good after 30 days in the trash",
    "password change failed": "Could not change the password",
    "password changed": "Password changed",
    "password reset": "New password chosen by link",
    "person added": "Account made",
    "person removed": "Account ended",
    "picture trashed": "Picture put in the trash",
    "pictures trashed": "Pictures put in the trash",
    "reset link made": "Link for a new password made",
    "reset link withdrawn": "Link for a new password taken back",
    "role changed": "Role changed",
    "share changed": "Share of the budget changed",
    "shut out": "Everything ended that somebody had, who has no role any more",
    "sign-in": "Signed in",
    "sign-in failed": "Could not sign in",
    "sign-out": "Signed out",
    "signed out elsewhere": "Signed out on another device",
    "backup made": "A backup was made",
    "backup restored": "A backup was restored",
    "storage adopted": "The place of the pictures was given to this database",
    "tag renamed": "Tag renamed",
    "tags merged": "Tags merged",
    "tags removed": "Tags removed",
    "token changed": "Token may do less",
    "token made": "Token made",
    "token refused": "A token that does not work",
    "token removed": "Token removed",
    "token used": "Token used",
    "tokens ended": "Tokens ended",
    "trash emptied": "Trash emptied",
    "view deleted": "View deleted",
    "view renamed": "View renamed, as another one looks the same",
    "voice changed": "How words sound changed",
}
# Actions that somebody may want to look at twice.
REFUSALS = (" failed", " refused")
NAMELESS = {
    "local": "Somebody at this computer",
    "program": "The program",
    "command": "The command line",
    "share": "A guest",
    "nobody": "Not signed in",
}
WAYS = {"token": "with a token", "local": "without sign-in", "share": "shared gallery"}
# Numbers of rows, which say nothing to a person.
UNTOLD = ("image", "batch", "token", "share", "before", "after")
TOLD: dict[str, Callable[[Any], str]] = {
    "pictures": lambda count: (
        f"{number(count)} picture{'' if count == 1 else 's'}" if count is not None else ""
    ),
    "galleries_closed": lambda count: (
        f"{count} shared {'gallery' if count == 1 else 'galleries'} closed" if count else ""
    ),
    "files": lambda count: f"{number(count)} file{'' if count == 1 else 's'}",
    "deleted": lambda count: f"{number(count)} deleted after 30 days" if count else "",
    "words": lambda given: "with words" if given else "without words",
    "originals": lambda given: "with originals" if given else "",
    "passcode": lambda given: "with a passcode" if given else "without a passcode",
    "until": lambda day: f"until {day} (UTC)" if day else "without an end",
    "parts": lambda count: f"with {count} part{'' if count == 1 else 's'}" if count else "",
    "tokens_ended": lambda count: f"{count} token{'' if count == 1 else 's'} ended" if count else "",
    "replaced": lambda roles: f"in place of a link as {', '.join(roles)}" if roles else "",
    "galleries": lambda count: f"{count} shared galler{'y' if count == 1 else 'ies'}",
    "batches": lambda count: f"{count} batch{'' if count == 1 else 'es'}",
    "invitations": lambda count: f"{count} invitation{'' if count == 1 else 's'}",
    "tokens": lambda count: f"{count} token{'' if count == 1 else 's'}",
    "links": lambda count: f"{count} link{'' if count == 1 else 's'} for a new password",
    "sessions_ended": lambda count: f"{count} device{'' if count == 1 else 's'} signed out" if count else "",
    "cap_usd": lambda amount: "no cap" if amount is None else f"cap {usd(amount)}",
    "spent_usd": lambda amount: f"{usd(amount)} spent",
    "role": lambda role: f"as {role}",
    "days": lambda days: f"for {days} day{'' if days == 1 else 's'}",
    "into": lambda name: f"now {name}",
    "way": lambda way: f"with {way}",
    "device": str,
    "reason": str,
}


def describe_entry(entry: Audit) -> dict[str, Any]:
    """Return one entry as the page shows it."""
    return {
        "at": entry.at,
        "what": describe_action(entry.action),
        "refused": entry.action.endswith(REFUSALS),
        "target": entry.target,
        "more": ", ".join(filter(None, _extra_facts(entry.detail))),
        "who": entry.who or NAMELESS.get(entry.way, entry.way),
        "named": bool(entry.who),
        "address": entry.address,
        "way": WAYS.get(entry.way, ""),
    }


def describe_action(name: str) -> str:
    """Return what was done."""
    return ACTIONS.get(name, name[:1].upper() + name[1:])


def _extra_facts(detail: dict[str, Any]) -> list[str]:
    """Return what is known besides, in the order in which it was written down by the database."""
    said = [_describe_fact(name, value) for name, value in detail.items() if name not in UNTOLD]
    if "before" in detail or "after" in detail:
        said.insert(0, f"{_describe_value(detail.get('before'))} → {_describe_value(detail.get('after'))}")
    return said


def _describe_fact(name: str, value: Any) -> str:
    if name in TOLD:
        try:
            return TOLD[name](value)
        except (TypeError, ValueError, ArithmeticError):
            pass
    return f"{name.replace('_', ' ')}: {_describe_value(value)}"


def _describe_value(value: Any) -> str:
    """Write any value of JSON."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(_describe_value, value)) if isinstance(value, list) else str(value)
