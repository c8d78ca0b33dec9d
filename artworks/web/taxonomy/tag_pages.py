"""Tags for people: the list with counts, those that are nearly the same, and sheets to rename, merge and remove."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode

from apiflask import APIBlueprint
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.core.errors import AppError, Conflict, Invalid
from artworks.core.text import clean
from artworks.dependents import uses
from artworks.edits.field_updates import UpdateCount
from artworks.taxonomy import tags
from artworks.web import forms
from artworks.web.dependents import presenters as dependents_presenters
from artworks.web.flash import flash_with_undo
from artworks.web.permissions import requires
from artworks.web.taxonomy.schemas import LONGEST_TAG, TagMerge, TagRemove, TagRename
from artworks.web.templating import count_pictures
from models import db

pages = APIBlueprint("tag_pages", __name__, url_prefix="/tags", enable_openapi=False)
PAGE_SIZE = 100
MOST_SHOWN = 1000
# What an address of the list may hold, so that one comes back to the same place.
PLACE = ("prefix", "order", "after")
NAMED = 3


@pages.get("")
@requires("editor")
def index() -> ResponseReturnValue:
    """Show the list, or only its rows, or only the tags that are nearly the same."""
    fragment = request.args.get("fragment", "")
    if fragment == "alike":
        return render_template("taxonomy/_alike.html", groups=tags.alike(db.session()), back=_list_position())
    if fragment == "rows":
        return render_template("taxonomy/_tags.html", **_list_context())
    session = db.session()
    groups = tags.alike(session) if request.args.get("alike") else None
    orders = [
        {"label": label, "url": _list_url(order=order, after=""), "active": order == _order()}
        for order, label in tags.ORDERS.items()
    ]
    return render_template(
        "taxonomy/tags.html",
        **_list_context(),
        total=tags.count_in_use(session),
        groups=groups,
        orders=orders,
    )


def _order() -> str:
    return request.args.get("order") or "most"


def _list_context() -> dict[str, Any]:
    prefix, after = request.args.get("prefix", "").strip(), request.args.get("after", "")
    asked = forms.int_or_none(request.args.get("limit", ""), 5)
    limit = PAGE_SIZE if asked is None else max(1, min(asked, MOST_SHOWN))
    page = tags.page(db.session(), prefix, _order(), limit, after)
    return {
        "tags": page.tags,
        "more_url": _list_url(after=page.next) if page.next else None,
        "prefix": prefix,
        "order": _order(),
        "after": after,
        "back": _list_position(),
    }


def _list_url(**changes: str) -> str:
    """Write an address of the list, as this one but for some changes."""
    kept = {name: request.args.get(name, "") for name in PLACE} | changes
    pairs = {name: value for name, value in kept.items() if value}
    return f"/tags?{urlencode(pairs)}" if pairs else "/tags"


def _list_position() -> str:
    """Return the place in the list as the forms carry it: the query of its address."""
    return _list_url().partition("?")[2]


def _came_from() -> str:
    """Return the address of the place in the list that the form came from."""
    given = parse_qs(request.form.get("back", "")[:2000])
    pairs = {name: given[name][0] for name in PLACE if name in given}
    return f"/tags?{urlencode(pairs)}" if pairs else "/tags"


def _redirect_to_list() -> ResponseReturnValue:
    return redirect(_came_from(), 303)


def _redirect_after(text: str, changed: UpdateCount) -> ResponseReturnValue:
    """Lead back with a message that offers to undo it."""
    flash_with_undo(text, changed.bulk_edit_id, back=_came_from())
    return _redirect_to_list()


def _sheet(name: str, status: int = 200, **shown: Any) -> ResponseReturnValue:
    back = request.form.get("back") or request.args.get("back", "")
    template = f"_{name}.html" if request.args.get("fragment") == "sheet" else "tag_page.html"
    page = render_template(f"taxonomy/{template}", sheet=name, back=back, **shown)
    return make_response(page, status)


@pages.get("/edit")
@requires("editor")
def edit() -> ResponseReturnValue:
    """Show what can be done with a tag; a name in the address that is taken comes with an offer to merge."""
    return _tag_sheet(request.args.get("tag", ""), typed=request.args.get("name"))


def _tag_sheet(tag: str, error: AppError | None = None, typed: str | None = None) -> ResponseReturnValue:
    session = db.session()
    found = tags.find_or_fail(session, tag)
    other = None
    if typed is not None:
        try:
            other = tags.find(session, tags.target_of(typed, "name"))
        except Invalid:
            other = None
    return _sheet(
        "tag",
        error.status if error else 200,
        tag=found,
        typed=found.name if typed is None else typed,
        other=other if other and other.name != found.name else None,
        error=error,
        goes=_dependents([found.name]),
    )


def _dependents(names: list[str]) -> list[str]:
    """Return what hangs on tags that are about to be removed."""
    return dependents_presenters.tags(uses.of_tags(db.session(), names))


@pages.post("/rename")
@requires("editor")
def rename_page() -> ResponseReturnValue:
    """Rename with a plain form; a name that is there already is asked about first."""
    tag, typed = (forms.form_text(request.form.get(name, "")) for name in ("tag", "name"))
    version = forms.version_of(request.form)
    try:
        target = tags.target_of(typed, "name")
        # No tag is as long as the longest that the model takes: cut to that it is one that no picture has.
        listed = clean(tag, "hashtags")[:LONGEST_TAG]
        given = forms.check(TagRename, {"tag": listed, "name": target, "merge": False, "version": version})
        changed = tags.rename(db.session(), given.tag, given.name, merge=given.merge, version=given.version)
    except (Invalid, Conflict) as error:
        db.session.rollback()
        return _tag_sheet(tag, error, typed)
    db.session.commit()
    return _redirect_after(
        f"{_tag_summary([tag])} is {target} now, in {count_pictures(changed.live)}.", changed
    )


@pages.post("/merge")
@requires("editor")
def merge_page() -> ResponseReturnValue:
    """Merge with a plain form; without a tag to merge into, ask for it."""
    chosen, into = request.form.getlist("tags"), request.form.get("into")
    if not chosen:
        return _none_chosen()
    error: AppError | None = None
    if into is not None:
        try:
            given = forms.read(TagMerge, request.form, ("tags",), into=tags.target_of(into, "into"))
            changed = tags.merge(db.session(), given.tags, given.into)
        except Invalid as invalid:
            db.session.rollback()
            error = invalid
        else:
            db.session.commit()
            return _redirect_after(
                f"{_tag_summary(chosen)} → {given.into}: {count_pictures(changed.live)} changed.", changed
            )
    found = tags.find_all(db.session(), chosen)
    typed = into if into is not None else (found[0].name if found else "")
    return _sheet("merge", error.status if error else 200, tags=found, typed=typed, error=error)


@pages.post("/remove")
@requires("editor")
def remove_page() -> ResponseReturnValue:
    """Remove with a plain form, after asking."""
    chosen = forms.read(TagRemove, request.form, ("tags",)).tags
    if not chosen:
        return _none_chosen()
    if "sure" not in request.form:
        return _sheet("remove", tags=tags.find_all(db.session(), chosen), goes=_dependents(chosen))
    goes = _dependents(chosen)
    changed = tags.remove(db.session(), chosen)
    db.session.commit()
    return _redirect_after(
        " ".join([f"{_tag_summary(chosen)} removed from {count_pictures(changed.live)}.", *goes]), changed
    )


def _none_chosen() -> ResponseReturnValue:
    flash("Tick at least one tag first.", "warning")
    return _redirect_to_list()


def _tag_summary(chosen: list[str]) -> str:
    """Return the names of a few tags and the count of the others; messages have to fit into a cookie."""
    names = [f"#{tag.lstrip('#')}"[:60] for tag in chosen[:NAMED]]
    more = len(chosen) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
