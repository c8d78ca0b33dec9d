"""Addresses: of this site, of its pages, and with the filters of a list in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from urllib.parse import quote_plus, urlencode, urlsplit

from flask import current_app, redirect, request
from flask.typing import ResponseReturnValue

from artworks.core.errors import Invalid
from artworks.core.network import is_loopback
from artworks.search.filters import ADDRESS_FILTERS, NAMES, Filters
from artworks.web import context
from artworks.web.schemas import SelectIn


def absolute_url(path: str) -> str:
    """Return the address under the name by which the page is open, unless that name works on this computer only."""
    fixed = configured_url(path)
    if leads_here_only(request.host_url) and not leads_here_only(fixed):
        return fixed
    return request.host_url.rstrip("/") + path


def configured_url(path: str) -> str:
    """Return the address by the settings alone: a stranger who asks for a mail must not choose where its link leads."""
    return str(current_app.config["LINK_ADDRESS"]) + path


def leads_here_only(url: str) -> bool:
    """Return whether an address works on this computer only."""
    return is_loopback(urlsplit(url).hostname or "")


def filters_from(args: Mapping[str, str]) -> Filters:
    """Read the filters of an address; raises Invalid."""
    given: dict[str, Any] = {name: args.get(name, "") for name in NAMES}
    return Filters(**given, zone=context.time_zone())


def link(path: str, filters: Filters, **more: str) -> str:
    """Write an address that keeps the filters."""
    pairs = {**filters.given, **more}
    return f"{path}?{urlencode(pairs)}" if pairs else path


def links_by(filters: Filters, name: str, values: Iterable[str]) -> dict[str, str]:
    """Return the address of the library with each value of one filter, and under "" the one without that filter.

    The other filters are the same in all of them and written once, as a page has sixty such addresses.
    """
    found = {"": link("/", filters.but(**{name: ""}))}
    read = next(row.read for row in ADDRESS_FILTERS if row.name == name)
    before = after = None
    for value in filter(None, values):
        if before is None:
            pairs = list(filters.but(**{name: value}).given.items())
            place = next(at for at, (one, _) in enumerate(pairs) if one == name)
            before, after = (urlencode(some) for some in (pairs[:place], pairs[place + 1 :]))
        found[value] = (
            f"/?{before}{'&' if before else ''}{name}={quote_plus(read(value))}{'&' if after else ''}{after}"
        )
    return found


def redirect_to_image(image_id: int, **typed: str) -> ResponseReturnValue:
    """Lead back to a picture's page with the filters of this request, and what was typed for its fields.

    A form that stands in the review says `back=review` and leads back there.
    """
    if request.args.get("back") == "review":
        kept = {name: request.args[name] for name in ("batch", "done") if name in request.args}
        return redirect(link(f"/review/{image_id}", filters_from(request.args), **kept, **typed), 303)
    return redirect(link(f"/images/{image_id}", filters_from(request.args), **typed), 303)


def show_image(image_id: int) -> ResponseReturnValue:
    """Show what `to_picture` leads to at once, for an answer that says by its status that nothing was done."""
    endpoint = "review.one" if request.args.get("back") == "review" else "library.detail"
    return cast(Callable[..., str], current_app.view_functions[endpoint])(image_id=image_id)


def query_of(filters: Filters) -> str:
    """Write the filters as the query part of an address, with its question mark; empty without filters."""
    return link("", filters)


def filters_of(select: SelectIn) -> Filters:
    """Read which pictures are chosen; raises Invalid."""
    if (select.ids is None) == (select.filter is None):
        raise Invalid("Choose pictures by their ids or by a filter: one of the two.", field="select")
    if select.ids is not None:
        return Filters(ids=tuple(dict.fromkeys(select.ids)))
    given = select.filter.model_dump() if select.filter else {}
    return Filters(**given, zone=context.time_zone())
