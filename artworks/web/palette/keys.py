"""The keys of the pages, as the list of keys and the line at the foot of the library show them."""

from __future__ import annotations

from typing import NamedTuple

from apiflask import APIBlueprint
from flask import render_template, request
from flask.typing import ResponseReturnValue

from artworks.web import context
from artworks.web.permissions import requires

pages = APIBlueprint("keys", __name__, url_prefix="/keys", enable_openapi=False)
LIBRARY, IMAGE, REVIEW = PAGES = ("library", "image", "review")


class Key(NamedTuple):
    """What keys do, on which pages ("" for all), and who may; `line` is how the line of keys says it."""

    group: str
    does: str
    keys: tuple[str, ...]
    pages: tuple[str, ...] = ()
    role: str = "viewer"
    line: str = ""


KEYS = (
    Key("Move", "Next, previous", ("J", "K"), (LIBRARY,), line="move"),
    Key("Move", "All around", ("↑", "↓", "←", "→"), (LIBRARY,)),
    Key("Move", "Previous, next", ("←", "→"), (IMAGE, REVIEW)),
    Key("Move", "Next, previous", ("J", "K"), (IMAGE,)),
    Key("Move", "Back to the list", ("Esc",), (IMAGE,)),
    Key("Move", "Open", ("Enter",), (LIBRARY,), line="open"),
    Key("Move", "Full screen", ("F", "Space"), PAGES, line="full screen"),
    Key("Move", "Into it, and out", ("F2", "Esc"), (LIBRARY,)),
    Key("Move", "Top, bottom", ("Home", "End"), (LIBRARY,)),
    Key("Move", "Search", ("/",), (LIBRARY, IMAGE, "other")),
    Key("Move", "Find anything", ("Ctrl", "K")),
    Key("Pick", "Tick", ("X",), (LIBRARY,), line="tick"),
    Key("Pick", "Tick up to here", ("Shift", "X"), (LIBRARY,)),
    Key("Pick", "Tick all on this page", ("Ctrl", "A"), (LIBRARY,)),
    Key("Pick", "Untick all", ("Esc",), (LIBRARY,)),
    Key("Do", "Accept, and on to the next", ("A",), (REVIEW,)),
    Key("Do", "Skip: it stays a draft", ("S",), (REVIEW,)),
    Key("Do", "Edit the words", ("E",), (LIBRARY, REVIEW), "editor", "edit"),
    Key("Do", "Refine: ask for something else", ("R",), (REVIEW,)),
    Key("Do", "Use what is suggested", ("Y",), (REVIEW,)),
    Key("Do", "Keep yours, let the suggestion go", ("N",), (REVIEW,)),
    Key("Do", "Undo the last step", ("U",), (REVIEW,)),
    Key("Do", "Write words with AI", ("G",), (LIBRARY,), "editor", "write words"),
    Key("Do", "Mark ready", ("A",), (LIBRARY,), "editor"),
    Key("Do", "Put into a collection", ("C",), (LIBRARY,), "editor"),
    Key("Do", "Add tags", ("T",), (LIBRARY,), "editor"),
    Key("Do", "To the trash", ("Del",), (LIBRARY,), "editor"),
    Key("Do", "Undo", ("Ctrl", "Z"), role="editor"),
    Key("Go to", "Library", ("1",)),
    Key("Go to", "Review", ("2",), role="editor"),
    Key("Go to", "All keys", ("?",), line="all keys"),
)
# Where a group stands: three columns by intent.
COLUMNS = (("Move",), ("Pick", "Go to"), ("Do",))
ON_A_MAC = {"Ctrl": "⌘", "Del": "⌫"}


@pages.get("")
@requires("viewer")
def listed() -> ResponseReturnValue:
    """Show the dialog with the keys of a page, or the line of those that one needs first."""
    page = request.args.get("of", "")
    page = page if page in PAGES else "other"
    if request.args.get("fragment") == "line":
        return render_template("keys/_line.html", keys=[key for key in _keys_of(page) if key.line])
    found = _keys_of(page)
    columns = [
        [(group, keys) for group in groups if (keys := [key for key in found if key.group == group])]
        for groups in COLUMNS
    ]
    return render_template("keys/_dialog.html", page=page, columns=list(filter(None, columns)))


def _keys_of(page: str) -> list[Key]:
    may = context.actor().may
    mac = "Mac" in request.user_agent.string
    return [
        key._replace(keys=tuple(ON_A_MAC.get(cap, cap) for cap in key.keys)) if mac else key
        for key in KEYS
        if may(key.role) and (not key.pages or page in key.pages)
    ]
