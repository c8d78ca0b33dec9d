"""Batches for people: the list, the form before one starts, and one batch while it runs and after."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from apiflask import APIBlueprint
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from artworks.batches import batch as batches
from artworks.batches import owners, undo
from artworks.core.database import split_page
from artworks.core.errors import Conflict, Invalid
from artworks.web import context, templating
from artworks.web.batches import forms, presenters
from artworks.web.batches.api import (
    cancel_and_commit,
    failures,
    pause_and_commit,
    resume_and_enqueue,
    retry_and_enqueue,
    start_and_enqueue,
    take_over_and_commit,
)
from artworks.web.forms import int_argument
from artworks.web.permissions import requires
from artworks.web.settings.first_visit import question_context
from artworks.web.urls import link
from artworks.web.voice.forms import LANGUAGES
from models import Batch, db

pages = APIBlueprint("batch_pages", __name__, url_prefix="/batches", enable_openapi=False)
PAGE_SIZE = 30


@pages.get("")
@requires("editor")
def index() -> ResponseReturnValue:
    """List batches, newest first, or only the rows."""
    found = batches.recent(db.session(), PAGE_SIZE + 1, int_argument("before"))
    shown, last = split_page(found, PAGE_SIZE)
    rows = [_batch_context(batch) for batch in shown]
    more = f"/batches?before={last.id}" if last else None
    template = "batches/_rows.html" if request.args.get("fragment") == "rows" else "batches/index.html"
    return render_template(template, rows=rows, more=more, first=not int_argument("before"))


@pages.route("/new", methods=["GET", "POST"])
@requires("editor")
def new() -> ResponseReturnValue:
    """Show the form with its estimate, or only a piece of it; sent by POST because many ids fit no address."""
    form, fragment = forms.form_values(), request.values.get("fragment", "")
    if fragment == "estimate":
        return render_template("batches/_estimate.html", **forms.estimate_context(form))
    if fragment == "tray":
        return render_template(
            "batches/_tray_next.html", form=form, **question_context(), **forms.estimate_context(form)
        )
    template = "batches/_form.html" if fragment == "dialog" else "batches/new.html"
    return render_template(template, dialog=fragment == "dialog", **_form_context(form))


@pages.post("")
@requires("editor")
def start_page() -> ResponseReturnValue:
    """Start with a plain form; with a mistake the page comes back as it was typed."""
    forms.require_complete()
    form = forms.form_values()
    try:
        batch = start_and_enqueue(forms.order(form))
    except Invalid as error:
        db.session.rollback()
        return make_response(render_template("batches/new.html", **_form_context(form, error)), 422)
    return redirect(f"/batches/{batch.id}", 303)


def _form_context(form: forms.Form, error: Invalid | None = None) -> dict[str, Any]:
    return {**forms.form_context(form, error), "library": link("/", forms.filters(form).but(ids=()))}


@pages.get("/<int:batch_id>")
@requires("editor")
def detail(batch_id: int) -> ResponseReturnValue:
    """Show one batch, or only what changes while it runs."""
    batch = batches.find(db.session(), batch_id)
    if request.args.get("fragment") == "end":
        return render_template("batches/_end.html", batch=_batch_context(batch), **presenters.end_of(batch))
    template = "batches/_live.html" if request.args.get("fragment") == "live" else "batches/detail.html"
    orphaned = owners.nobody_pays(db.session(), batch)
    return render_template(
        template,
        batch=_batch_context(batch),
        orphaned=orphaned,
        failures=failures(batch),
        languages=LANGUAGES,
    )


def _batch_context(batch: Batch) -> dict[str, Any]:
    """Return one batch with the words that its pages say of it."""
    body = presenters.batch_to_json(batch)
    left, undone_at = body["eta_seconds"], undo.undone_at(db.session(), batch)
    priced = context.dependencies().ai_settings.source == "openai"
    return {
        **body,
        "row": batch,
        "undone": undone_at,
        "title": batch.about[:1].upper() + batch.about[1:],
        "state_label": "Undone" if undone_at else presenters.STATES[batch.state],
        "time_left": presenters.describe_duration(left) if left is not None else "",
        "way_out": presenters.next_step(batch),
        "left_out": presenters.describe_skipped(batch),
        "field_names": presenters.describe_fields(batch.fields),
        "only_label": presenters.ONLY[batch.only][0]
        + (", also what was approved" if batch.approved_too else ""),
        "raised_cap": _suggest_cap(batch),
        "cap": _format_cap(batch.cap_usd) if batch.cap_usd is not None else "",
        "money": priced or bool(batch.spent_usd),
    }


def _format_cap(usd: Decimal) -> str:
    """Return a cap in cents, as people type it; one from a program may be finer."""
    return f"${usd:,.2f}" if usd == round(usd, 2) else templating.usd(usd)


def _suggest_cap(batch: Batch) -> str:
    """Return a cap that would let the rest through, for the field that raises it; empty without one."""
    if batch.cap_usd is None:
        return ""
    tried = max(1, batch.done + batch.failed)
    rest = batch.spent_usd / tried * batch.left
    return f"{presenters.round_up_to_cap(max(batch.cap_usd * 2, batch.spent_usd + rest * forms.ESTIMATE_MARGIN)):.2f}"


@pages.post("/<int:batch_id>/pause")
@requires("editor")
def pause_page(batch_id: int) -> ResponseReturnValue:
    """Pause with a plain form."""
    return _act_and_redirect(batch_id, lambda: pause_and_commit(batch_id))


@pages.post("/<int:batch_id>/resume")
@requires("editor")
def resume_page(batch_id: int) -> ResponseReturnValue:
    """Go on with a plain form, if need be with a higher cap."""
    return _act_and_redirect(batch_id, lambda: resume_and_enqueue(batch_id, forms.higher_cap()))


@pages.post("/<int:batch_id>/take-over")
@requires("owner")
def take_over_page(batch_id: int) -> ResponseReturnValue:
    """Take a batch over with a plain form."""
    return _act_and_redirect(batch_id, lambda: take_over_and_commit(batch_id))


@pages.post("/<int:batch_id>/cancel")
@requires("editor")
def cancel_page(batch_id: int) -> ResponseReturnValue:
    """Cancel with a plain form."""
    return _act_and_redirect(batch_id, lambda: cancel_and_commit(batch_id))


@pages.post("/<int:batch_id>/retry")
@requires("editor")
def retry_page(batch_id: int) -> ResponseReturnValue:
    """Try what failed again with a plain form."""
    return _act_and_redirect(batch_id, lambda: retry_and_enqueue(batch_id)[0])


def _act_and_redirect(batch_id: int, act: Callable[[], Batch]) -> ResponseReturnValue:
    """Act and lead back to the batch, with a sentence when it could not be done."""
    try:
        act()
    except (Conflict, Invalid) as error:
        db.session.rollback()
        flash(error.message, "warning")
    return redirect(f"/batches/{batch_id}", 303)
