"""The form of a batch: what was typed, the order it makes, and what is shown before it starts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from artworks.batches import estimates
from artworks.batches.batch import MOST_IDS, WRONG_TIER, BatchOrder
from artworks.batches.estimates import Estimate
from artworks.core.errors import BadRequest, Invalid
from artworks.core.text import clean
from artworks.drafting.request import WRONG_LANGUAGE, WRONG_POLICY
from artworks.search.filters import Filters, describe_filters
from artworks.usage import budget
from artworks.voice import voice
from artworks.web import context
from artworks.web import forms as web_forms
from artworks.web.batches import presenters
from artworks.web.batches.api import dollars, order_of
from artworks.web.batches.schemas import BatchIn, ResumeIn
from artworks.web.schemas import SelectIn
from artworks.web.urls import filters_from, filters_of
from artworks.web.voice.forms import LANGUAGES
from gpt_service import has_flex, price_of
from models import TEXT_FIELDS, db

Values = MultiDict[str, str]
Form = dict[str, Any]
# How many times its estimate a batch may cost before it pauses, where nobody typed another cap.
ESTIMATE_MARGIN = Decimal("1.5")
WRONG = {
    "only": WRONG_POLICY,
    "language": WRONG_LANGUAGE,
    "tier": WRONG_TIER,
    "ids": f"Choose up to {MOST_IDS:,} pictures, or use a filter.",
    "cap_usd": "The cap must be an amount such as 1.50.",
}


def form_values() -> Form:
    """Return what was typed; on the first visit the defaults."""
    values: Values = request.values
    first = "select" not in values
    ids = values.get("ids", "")
    # None that is ticked is not all there is, also where it only says what a batch would take.
    if values.get("select", "") == "ids" and not ids.strip():
        raise BadRequest("No picture was chosen. Open the page again.")
    return {
        "ids": ids,
        "filters": {} if ids else filters_from(values).given,
        "fields": list(TEXT_FIELDS) if first else values.getlist("fields"),
        "only": (only := values.get("only", "empty")),
        # Ticked under a choice that is not made any more, it means nothing.
        "approved_too": only == "ai" and "approved_too" in values,
        "note": web_forms.form_text(values.get("note", "")),
        "language": values.get("language", ""),
        "tier": values.get("tier", "standard"),
        "cap_usd": values.get("cap_usd", ""),
    }


def order(form: Form) -> BatchOrder:
    """Return the order that was typed; raises Invalid naming the field."""
    chosen = tuple(name for name in TEXT_FIELDS if name in form["fields"])
    if not chosen:
        raise Invalid("Choose at least one field.", field="fields")
    # All of them means all that may be written; naming each would also ask for facts the person wrote.
    fields = None if chosen == TEXT_FIELDS else list(chosen)
    values = {name: form[name] for name in ("only", "approved_too", "language", "tier")}
    values |= {"fields": fields, "note": clean(form["note"], "note"), "select": _select(form)}
    return order_of(web_forms.check(BatchIn, {**values, "cap_usd": web_forms.amount(form["cap_usd"])}, WRONG))


def filters(form: Form) -> Filters:
    """Return the filters of what was chosen; raises Invalid."""
    return filters_of(_select(form))


def require_complete() -> None:
    """Raise BadRequest for a form that is not there: nothing at all would mean everything."""
    if request.form.get("select") not in ("ids", "filter"):
        raise BadRequest("This form is incomplete. Open the page again.")
    if request.form["select"] == "ids" and not request.form.get("ids"):
        raise BadRequest("No picture was chosen. Open the page again.")


def _select(form: Form) -> SelectIn:
    given = {"ids": list(web_forms.ids_of(form["ids"]))} if form["ids"] else {"filter": form["filters"]}
    return web_forms.check(SelectIn, given, WRONG)


def higher_cap() -> Decimal | None:
    """Return the cap that was typed to go on with; None for the same. Raises Invalid."""
    return dollars(web_forms.read(ResumeIn, request.form, ("cap_usd",), WRONG).cap_usd)


def estimate_of(order: BatchOrder) -> Estimate:
    """Return what an order will take."""
    return estimates.estimate(db.session(), context.dependencies(), order)


def form_context(form: Form, error: Invalid | None = None) -> dict[str, Any]:
    """Return what the form shows; `error` is what did not fit in what was typed."""
    service = context.dependencies().ai_settings
    language = voice.choices_of(voice.current(db.session())).language
    found = estimate_context(form)
    return {
        **found,
        "form": {**form, "cap_usd": form["cap_usd"] or found["cap"]},
        "error": error or found["error"],
        "about": describe_filters(
            filters(form), db.session(), count=found["estimate"].chosen if found["estimate"] else 0
        ),
        "field_labels": presenters.FIELD_LABELS,
        "only_labels": presenters.ONLY,
        "languages": LANGUAGES,
        "voice_language": LANGUAGES.get(language, language),
        "flex": has_flex(service),
    }


def estimate_context(form: Form) -> dict[str, Any]:
    """Return what the estimate shows: the numbers, a fitting cap, or what does not fit."""
    service = context.dependencies().ai_settings
    priced = service.source == "openai" and price_of(service) is not None
    empty = {
        "estimate": None,
        "time": "",
        "cap": "",
        "least": "",
        "short": None,
        "priced": priced,
        "approved": "",
    }
    try:
        # What is typed as the cap does not change the estimate, so it may still be half an amount.
        found = estimate_of(order({**form, "cap_usd": ""}))
    except Invalid as error:
        return {**empty, "error": error}
    return {
        "estimate": found,
        "time": presenters.describe_duration(found.seconds),
        "cap": f"{_fitting_cap(found):.2f}" if priced else "",
        "least": f"{presenters.round_up_to_cent(found.least_cap):.2f}" if priced else "",
        "short": _budget_shortfall(found) if priced else None,
        "approved": _describe_approved(found.approved, form),
        "priced": priced,
        "error": None,
    }


def _describe_approved(count: int, form: Form) -> str:
    """Return what a batch that renews what AI wrote does to words that a person approved; empty for others."""
    if form["only"] != "ai" or not count:
        return ""
    pictures, has = ("1 picture", "has") if count == 1 else (f"{count:,} pictures", "have")
    if form["approved_too"]:
        return f"{pictures} {has} words that you approved. They are replaced, and stay in the history."
    return f"{pictures} {has} words that you approved. They are left alone."


def _fitting_cap(found: Estimate) -> Decimal:
    """Return a cap with room for the estimate to be wrong, and for what is set aside while calls are under way."""
    return presenters.round_up_to_cap(found.usd * ESTIMATE_MARGIN + found.least_cap * 2)


def _budget_shortfall(found: Estimate) -> Decimal | None:
    """Return what the month has left when that is less than the estimate."""
    spending = budget.month_spending(db.session(), context.dependencies().limits)
    if not spending.budget_usd:
        return None
    left = max(Decimal(0), Decimal(str(spending.budget_usd)) - spending.usd)
    return left if left < found.usd + found.least_cap else None
