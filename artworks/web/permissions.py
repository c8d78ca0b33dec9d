"""Who may call an address: a decorator at each endpoint says so, and one that says nothing is refused to everybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple, TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])
Role = Literal["viewer", "editor", "owner"]
ATTRIBUTE = "_permission"


class Rule(NamedTuple):
    """A role ("" for none); `in_person` refuses tokens; `authenticates` is off where nobody asks who calls."""

    role: str
    in_person: bool = False
    authenticates: bool = True


# Where no endpoint is.
NOT_THERE = Rule("viewer")


def _mark(rule: Rule) -> Callable[[View], View]:
    def mark(view: View) -> View:
        if hasattr(view, ATTRIBUTE):
            raise TypeError(f"{view} has a rule already.")
        setattr(view, ATTRIBUTE, rule)
        return view

    return mark


def requires(role: Role) -> Callable[[View], View]:
    """Return the decorator of an endpoint for those who have at least a role."""
    return _mark(Rule(role))


def public(view: View) -> View:
    """Mark an endpoint as the same for everybody, without a look at who calls: styles, icons, signs of life."""
    return _mark(Rule("", authenticates=False))(view)


def anonymous(view: View) -> View:
    """Mark an endpoint as open to everybody: signing in itself, and shared galleries."""
    return _mark(Rule(""))(view)


def own_account(view: View) -> View:
    """Mark an endpoint of one's own account: a script that has a token cannot get at it."""
    return _mark(Rule("viewer", in_person=True))(view)


def owner_in_person(view: View) -> View:
    """Mark an endpoint for owners that a script which has a token cannot get at: other people's accounts."""
    return _mark(Rule("owner", in_person=True))(view)


def mark_foreign(app: Flask, endpoint: str, mark: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Mark an endpoint that a library has added; in a shell of its own, because not every callable takes a mark."""
    app.view_functions[endpoint] = mark(partial(app.view_functions[endpoint]))


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """Return who may call an endpoint; None where nothing says so."""
    return getattr(app.view_functions.get(endpoint), ATTRIBUTE, None)
