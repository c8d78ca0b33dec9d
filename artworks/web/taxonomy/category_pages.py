"""Categories for people: the tree with its counts, and a sheet to rename, move, merge or delete one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.core.errors import AppError, BadRequest, Invalid
from artworks.core.text import clean_name
from artworks.core.versions import Stale
from artworks.dependents import change_undo, uses
from artworks.taxonomy import categories
from artworks.taxonomy import queries as taxonomy
from artworks.taxonomy.categories import NameTaken, Parts
from artworks.web import forms
from artworks.web.dependents import presenters as dependents_presenters
from artworks.web.flash import bulk_undo_url, flash_with_call, flash_with_undo
from artworks.web.permissions import requires
from artworks.web.taxonomy.schemas import CategoryChange, CategoryDelete, CategoryIn, CategoryMerge
from artworks.web.templating import count_pictures
from models import Category, db

pages = APIBlueprint("category_pages", __name__, url_prefix="/categories", enable_openapi=False)
CATEGORIES_SHOWN = 100
CHOICES = 1000
# What a form says of a category that cannot be one.
WRONG = dict.fromkeys(("parent_id", "into"), "Choose a category.")


@pages.get("")
@requires("editor")
def index() -> ResponseReturnValue:
    """Show the tree, or only its rows."""
    if request.args.get("fragment") == "rows":
        return render_template("taxonomy/_tree.html", **_tree())
    return _render_index()


def _render_index(error: AppError | None = None, typed: str = "") -> str:
    return render_template("taxonomy/categories.html", **_tree(), error=error, typed=typed)


def _tree() -> dict[str, Any]:
    after = request.args.get("after", "").replace("\0", "")
    page = taxonomy.page_of_categories(db.session(), CATEGORIES_SHOWN, after)
    more = f"/categories?{urlencode({'after': page.next})}" if page.next else None
    return {"categories": page.categories, "more_url": more, "after": after}


@pages.post("")
@requires("editor")
def add_page() -> ResponseReturnValue:
    """Make a category with a plain form; after a mistake the page comes back with what was typed."""
    typed = forms.read(CategoryIn, request.form, ("name",)).name
    try:
        made = categories.create(db.session(), typed)
    except (Invalid, NameTaken) as error:
        return make_response(_render_index(error, typed), error.status)
    undo_id = change_undo.record_made(db.session(), made)
    db.session.commit()
    # Without scripts it is deleted where it stands.
    flash_with_call(f"“{made.name}” is there.", bulk_undo_url(undo_id), f"the category “{made.name}”")
    return _redirect_to_category(made.id)


@pages.get("/<int:category_id>")
@requires("editor")
def sheet(category_id: int) -> ResponseReturnValue:
    """Show what can be done with a category; a name in the address that is taken comes with an offer to merge."""
    return _render_sheet(category_id, typed=request.args.get("name"))


@pages.post("/<int:category_id>/rename")
@requires("editor")
def rename_page(category_id: int) -> ResponseReturnValue:
    """Rename with a plain form."""
    version = forms.version_of(request.form)
    given = forms.read(CategoryChange, request.form, ("name",), version=version)
    before = change_undo.snapshot(categories.find(db.session(), category_id))
    try:
        category = categories.change(db.session(), category_id, **given.model_dump(exclude_unset=True))
    except (Invalid, NameTaken, Stale) as error:
        return _sheet_with_error(category_id, error, given.name)
    _commit_change(category, before, f"It is called “{category.name}” now. Before it was “{before['name']}”.")
    return _redirect_to_category(category_id)


@pages.post("/<int:category_id>/move")
@requires("editor")
def move_page(category_id: int) -> ResponseReturnValue:
    """Put it under another category, or at the top, with a plain form."""
    version = forms.version_of(request.form)
    before = change_undo.snapshot(categories.find(db.session(), category_id))
    try:
        given = forms.read(CategoryChange, request.form, ("parent_id",), WRONG, version=version)
        category = categories.change(db.session(), category_id, **given.model_dump(exclude_unset=True))
    except (Invalid, NameTaken, Stale) as error:
        return _sheet_with_error(category_id, error)
    _commit_change(category, before, f"Moved. It is “{category.name}” now. Before it was “{before['name']}”.")
    return _redirect_to_category(category_id)


@pages.post("/<int:category_id>/merge")
@requires("editor")
def merge_page(category_id: int) -> ResponseReturnValue:
    """Merge into another category with a plain form."""
    session = db.session()
    try:
        into = forms.read(CategoryMerge, request.form, ("into",), WRONG).into
        names = categories.find(session, category_id).name, categories.find(session, into).name
        changed = categories.merge(session, category_id, into)
    except (Invalid, NameTaken) as error:
        return _sheet_with_error(category_id, error)
    db.session.commit()
    text = f"“{names[0]}” is merged into “{names[1]}”: {count_pictures(changed.live)} moved."
    flash_with_undo(text, changed.bulk_edit_id, back="/categories")
    return _redirect_to_category(into)


@pages.post("/<int:category_id>/delete")
@requires("editor")
def delete_page(category_id: int) -> ResponseReturnValue:
    """Delete with a plain form; the pictures stay."""
    session, parts = db.session(), _parts_from_form()
    category = categories.find(session, category_id)
    below = categories.subcategories_of(session, category) if parts == "too" else []
    name, goes = category.name, dependents_presenters.category(uses.of_category(session, category, below))
    try:
        changed = categories.delete(session, category_id, parts)
    except NameTaken as error:
        return _sheet_with_error(category_id, error)
    db.session.commit()
    stays = "stays" if changed.live == 1 else "stay"
    stay = f" {count_pictures(changed.live)} {stays} without a category." if changed.live else ""
    flash_with_undo(
        " ".join([f"“{name}” is deleted.{stay}", *goes]), changed.bulk_edit_id, back="/categories"
    )
    return redirect("/categories", 303)


def _parts_from_form() -> Parts:
    """Return what becomes of the parts; raises BadRequest."""
    try:
        return forms.read(
            CategoryDelete, request.form, [name for name in ("parts",) if name in request.form]
        ).parts
    except Invalid:
        raise BadRequest("This form is incomplete. Open the page again.") from None


def _commit_change(category: Category, before: dict[str, Any], text: str) -> None:
    """Commit what became of a category, and flash it with an undo."""
    undo_id = change_undo.record_change(db.session(), category, before)
    db.session.commit()
    flash_with_undo(text, undo_id, back="/categories")


def _redirect_to_category(category_id: int) -> ResponseReturnValue:
    return redirect(f"/categories#category-{category_id}", 303)


def _sheet_with_error(category_id: int, error: AppError, typed: str | None = None) -> ResponseReturnValue:
    db.session.rollback()
    return make_response(_render_sheet(category_id, error=error, typed=typed), error.status)


def _render_sheet(category_id: int, error: AppError | None = None, typed: str | None = None) -> str:
    session = db.session()
    category = categories.find(session, category_id)
    parts = categories.subcategories_of(session, category)
    choices = [
        one for one in taxonomy.categories_in_use(session, CHOICES, empty=True) if one.id != category_id
    ]
    template = "_category.html" if request.args.get("fragment") == "sheet" else "category.html"
    label = taxonomy.label_of(category.name) if category.parent_id else category.name
    return render_template(
        f"taxonomy/{template}",
        category=category,
        label=label,
        parts=parts,
        under=[one for one in choices if one.parent_id is None and one.id != category.parent_id],
        # What has parts cannot become a part.
        into=[one for one in choices if one.parent_id is None or not parts],
        own=category.images,
        whole=category.images + sum(part.images for part in parts),
        goes=dependents_presenters.category(uses.of_category(session, category)),
        goes_with_parts=dependents_presenters.category(uses.of_category(session, category, parts)),
        typed=label if typed is None else typed,
        other=_category_of_name(category, typed),
        error=error,
    )


def _category_of_name(category: Any, typed: str | None) -> Any:
    """Return the category that has the typed name already, if there is another one."""
    if typed is None:
        return None
    try:
        name = taxonomy.SEPARATOR.join(taxonomy.path_of(clean_name(typed)))
    except Invalid:
        return None
    session = db.session()
    if category.parent_id and taxonomy.SEPARATOR not in name:
        name = f"{categories.find(session, category.parent_id).name}{taxonomy.SEPARATOR}{name}"
    other = taxonomy.by_name(session, name)
    return other if other is not None and other.id != category.id else None
