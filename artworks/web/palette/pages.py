"""The command palette: pages, acts, collections, categories, tags, shared galleries and pictures by their names."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from apiflask import APIBlueprint
from flask import render_template, request
from flask.typing import ResponseReturnValue

from artworks.library import command_palette
from artworks.library.command_palette import LONGEST
from artworks.web import context
from artworks.web.palette import entries
from artworks.web.palette.entries import Entry
from artworks.web.permissions import requires
from models import db

pages = APIBlueprint("palette", __name__, url_prefix="/palette", enable_openapi=False)
MOST_RECENT = 6
VERBS = ("add", "into", "move", "put", "tag", "to")
MOST_PAGES, MOST_ACTS = 6, 8
# How many are ticked, as the page's script says it.
_TICKED = re.compile(r"(?:all )?\d{1,3}(?:,\d{3}){0,5}\+?", re.ASCII)


@pages.get("")
@requires("viewer")
def found() -> ResponseReturnValue:
    """Show what is found, or the whole dialog; without words what was chosen last comes first.

    Who only looks is offered no acts.
    """
    text = " ".join(request.args.get("q", "").replace("\0", "").split())[:LONGEST]
    ticked = request.args.get("ticked", "")
    ticked = f"{ticked} selected" if _TICKED.fullmatch(ticked) else ""
    groups = _found(text, ticked) if text else _usual(ticked)
    name = "_dialog" if request.args.get("fragment") == "dialog" else "_found"
    shown = [(title, offers) for title, offers in groups if offers]
    return render_template(
        f"palette/{name}.html", groups=shown, count=sum(len(offers) for _, offers in shown), text=text
    )


Groups = list[tuple[str, list[Entry]]]


def _found(text: str, ticked: str) -> Groups:
    may = context.actor().may
    read = command_palette.find(db.session(), text, with_shares=may("editor"))
    named = [entries.mark(entries.page_of(one), text) for one in read.names]
    into: list[Entry | None] = []
    if ticked and may("editor"):
        # "put spring" means what "spring" is called.
        name = " ".join(word for word in text.split() if word.lower() not in VERBS)
        called = (
            read
            if name == text
            else command_palette.find(db.session(), name, with_shares=False, with_images=False)
        )
        into = [entries.act_on(one, ticked) for one in called.names]
    into += [entries.folder_of(one) for one in read.names if one.kind == "share"]
    acts = [entries.mark(one, text) for one in into if one is not None]
    return [
        ("Go to", [*_pages(text), *named]),
        ("Do", ([*acts, *entries.choose(_allowed(entries.acts(ticked)), text)])[:MOST_ACTS]),
        ("Pictures", [entries.mark(entries.page_of_image(one, text), text) for one in read.images]),
    ]


def _usual(ticked: str) -> Groups:
    """Return what is offered before anything is typed."""
    keys = [key.partition(":") for key in request.args.get("recent", "").split(",")[:MOST_RECENT]]
    may = context.actor().may
    named = command_palette.recall(
        db.session(), [(kind, unquote(id_)) for kind, _, id_ in keys], with_shares=may("editor")
    )
    acts = list(entries.choose(_allowed(entries.acts(ticked)), ""))
    return [
        ("Recent", [entries.mark(entries.page_of(one), "") for one in named]),
        ("Do", acts[:MOST_ACTS]),
        ("Go to", list(entries.choose(_allowed(entries.PAGES)[:MOST_PAGES], ""))),
    ]


def _pages(text: str) -> list[Entry]:
    return list(entries.choose(_allowed(entries.PAGES), text))[:MOST_PAGES]


def _allowed(offers: Any) -> list[Entry]:
    may = context.actor().may
    return [one for one in offers if may(one.role)]
