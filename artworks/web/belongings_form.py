"""What belongs to a person who loses a right, as a form asks about it: the choices, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from artworks.core.errors import AppError
from artworks.dependents import belongings
from artworks.dependents.belongings import REMOVED, Belonging, Belongings, Decision, Undecided
from artworks.web import context

# So many names are told of each kind.
MOST_NAMES = 5
# What a choice does, for one and for several.
CHOICES = {
    ("galleries", "take"): ("It stays open and is yours.", "They stay open and are yours."),
    ("galleries", "end"): (
        "It closes: its address opens nothing any more.",
        "They close: their addresses open nothing any more.",
    ),
    ("batches", "take"): (
        "You take it over: it goes on as it is, and counts against your money.",
        "You take them over: they go on as they are, and count against your money.",
    ),
    ("batches", "end"): (
        "It pauses. You can take it over later.",
        "They pause. You can take them over later.",
    ),
    ("invitations", "take"): ("It stays open, as yours.", "They stay open, as yours."),
    ("invitations", "end"): ("Its link ends.", "Their links end."),
    ("tokens", "keep"): (
        "It goes on, and may do no more than the new role.",
        "They go on, and may do no more than the new role.",
    ),
    ("tokens", "end"): (
        "It ends: scripts that use it are let in no more.",
        "They end: scripts that use them are let in no more.",
    ),
    ("links", "end"): ("It ends.", "They end."),
}
# What became of them, with how many there were.
DONE = {"take": "now yours", "keep": "with fewer rights now"}
ENDED = {"galleries": "closed", "batches": "paused"}


def decision() -> Decision:
    """Read what an owner decided."""
    form = request.form
    choices = {kind: form[kind] for kind in belongings.CHOICES if form.get(kind)}
    return Decision(choices, frozenset(form["seen"].split()) if "seen" in form else None)


def question_context(error: AppError | None) -> dict[str, Any] | None:
    """Return what a form has to ask, when it was sent without an answer; None otherwise."""
    if not isinstance(error, Undecided):
        return None
    own = error.person_id == context.actor().person_id
    return {"removes": error.role == REMOVED, **_question(error.belongings, error.role, own=own)}


def on_removal(things: Mapping[int, list[Belonging]], person_id: int) -> dict[str, Any]:
    """Return what has to be asked before somebody is removed."""
    found = belongings.lost_with_role(things.get(person_id, ()), REMOVED)
    return _question(found, REMOVED, own=person_id == context.actor().person_id)


def describe_settled(settled: Mapping[str, int], decided: Decision) -> str:
    """Return what became of what belonged to somebody; begins with a space, and is empty where there was nothing."""
    said = []
    for kind, count in settled.items():
        done = DONE.get(decided.choices.get(kind, "end"), ENDED.get(kind, "ended"))
        said.append(f"{count} {belongings.NAMES[kind][count > 1]}: {done}.")
    return "".join(f" {one}" for one in said)


def _question(found: Belongings, role: str, *, own: bool) -> dict[str, Any]:
    kinds = [
        {
            "kind": kind,
            "title": f"{len(things)} {belongings.NAMES[kind][len(things) > 1]}",
            "names": [one.name for one in things[:MOST_NAMES] if one.name],
            "more": max(0, len(things) - MOST_NAMES),
            "choices": [
                (choice, CHOICES[kind, choice][len(things) > 1])
                for choice in belongings.choices_for(kind, role, own=own)
            ],
            "chosen": request.form.get(kind, ""),
        }
        for kind, things in found.items()
    ]
    return {"kinds": kinds, "seen": " ".join(one.key for things in found.values() for one in things)}


def as_json(error: Undecided) -> dict[str, Any]:
    """Return what belongs to the person, by kind, with the choices that there are."""
    own = error.person_id == context.actor().person_id
    return {
        kind: {
            "things": [{"id": one.id, "name": one.name} for one in things],
            "choices": list(belongings.choices_for(kind, error.role, own=own)),
        }
        for kind, things in error.belongings.items()
    }
